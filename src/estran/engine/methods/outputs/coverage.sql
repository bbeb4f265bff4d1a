-- coverage.csv: share of the rows of the year fully computed, by criterion (M3). gap_quantity counts items.
WITH counted AS (
    SELECT (SELECT COALESCE(SUM(rows), 0) FROM cells) + (SELECT COUNT(*) FROM problem_rows WHERE stop IS NOT NULL)
        + (SELECT COUNT(DISTINCT row_id) FROM activities) AS rows
),
with_gap AS (
    SELECT DISTINCT r.criterion, g.row_id
    FROM gaps g JOIN run_criteria r ON g.criterion = r.criterion OR g.criterion = ''
    WHERE g.row_id IS NOT NULL
)
SELECT r.criterion, CAST(c.rows AS BIGINT) AS rows, CAST(c.rows AS BIGINT) - COUNT(w.row_id) AS rows_complete,
    COUNT(w.row_id) AS gap_rows, COALESCE(CAST(SUM(CAST(p.quantity AS DECIMAL(38, 18))) AS DOUBLE), 0) AS gap_quantity
FROM run_criteria r
CROSS JOIN counted c
LEFT JOIN with_gap w ON w.criterion = r.criterion
LEFT JOIN problem_rows p ON p.row_id = w.row_id
GROUP BY r.criterion, r.position, c.rows
ORDER BY r.position
