-- subtotals.csv: 95 % interval of each part, family, stage and item type.
SELECT scope, name, criterion, mean, sd, low95, high95
FROM intervals
WHERE scope NOT IN ('whole', 'entity')
ORDER BY scope, name, criterion
