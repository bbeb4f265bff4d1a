-- impacts.csv: the result, tidy and in full precision.
SELECT view, entity, item_type, stage, criterion, unit, basis, value
FROM impacts
ORDER BY view, entity, item_type, stage, criterion, basis
