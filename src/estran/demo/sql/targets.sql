-- The targets of the strategy.
SELECT indicator, target, year, start, start_year FROM targets ORDER BY place
