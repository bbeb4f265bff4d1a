-- factor_sets.csv: the whole under each factor set in turn: interval, rows without a factor, share given by the set's own sources.
-- Grain: one row per criterion. {own} stands for the list of the set's own sources.
WITH own AS (
    SELECT criterion,
        CAST(SUM(CAST(CASE WHEN factor_origin IN ({own}) THEN ABS(value) ELSE 0 END AS DECIMAL(38, 22))) AS DOUBLE)
            / NULLIF(CAST(SUM(CAST(ABS(value) AS DECIMAL(38, 22))) AS DOUBLE), 0) AS own_share
    FROM contributions WHERE value IS NOT NULL AND flow <> 'electricity_kwh'
    GROUP BY criterion
),
lacking AS (
    SELECT criterion, SUM(rows) AS gap_rows
    FROM (
        SELECT DISTINCT c.criterion, c.profile_id, p.rows
        FROM contributions c JOIN profiles p ON p.profile_id = c.profile_id
        WHERE c.factor IS NULL AND c.amount <> 0
    ) AS without_factor
    GROUP BY criterion
)
SELECT i.criterion, i.mean, i.sd, i.low95, i.high95, CAST(COALESCE(l.gap_rows, 0) AS BIGINT) AS gap_rows, o.own_share
FROM intervals i
JOIN run_criteria r ON r.criterion = i.criterion
LEFT JOIN own o ON o.criterion = i.criterion
LEFT JOIN lacking l ON l.criterion = i.criterion
WHERE i.scope = 'whole'
ORDER BY r.position
