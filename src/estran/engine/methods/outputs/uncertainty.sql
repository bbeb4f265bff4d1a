-- uncertainty.csv: share of the variance of the whole that each source explains (the shares of a criterion add up to 1), and what
-- one standard deviation of the source adds to the total: two runs are compared source by source (D5).
WITH totals AS (
    SELECT criterion, SUM(CAST(term AS DECIMAL(38, 30))) AS term FROM uncertainty WHERE scope = 'whole' GROUP BY criterion
)
SELECT u.criterion, u.source, u.term / NULLIF(CAST(t.term AS DOUBLE), 0) AS share, u.deviation
FROM uncertainty u JOIN totals t ON t.criterion = u.criterion
WHERE u.scope = 'whole'
ORDER BY u.criterion, share DESC, u.source
