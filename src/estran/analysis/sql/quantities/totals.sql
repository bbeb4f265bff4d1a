-- The totals of a run with their intervals.
SELECT 'whole' AS scope, entity AS name, criterion, mean::DOUBLE AS mean, low95::DOUBLE AS low95,
       high95::DOUBLE AS high95 FROM intervals WHERE entity = '*'
UNION ALL SELECT scope, name, criterion, mean::DOUBLE, low95::DOUBLE, high95::DOUBLE FROM subtotals
