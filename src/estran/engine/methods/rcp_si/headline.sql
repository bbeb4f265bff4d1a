-- headline: modelled, plus declared by suppliers for services of which nothing is modelled, beside declared for comparison (C5).
-- Grain: one row per criterion and part. Units: those of the criterion.
WITH modelled_services AS (
    SELECT DISTINCT p.entity, p.service, c.criterion
    FROM contributions c JOIN profiles p ON p.profile_id = c.profile_id
    WHERE p.service IS NOT NULL AND c.value IS NOT NULL
),
parts AS (
    SELECT criterion, 'modelled' AS part, value FROM totals
    UNION ALL
    SELECT a.criterion, CASE WHEN m.service IS NULL THEN 'declared' ELSE 'declared_for_comparison' END,
        CAST(a.amount AS DECIMAL(38, 22))
    FROM activities a
    LEFT JOIN modelled_services m ON m.entity = a.entity AND m.service = a.service AND m.criterion = a.criterion
    WHERE a.flow = 'declared_impact' AND a.gap IS NULL
)
SELECT criterion, part, CAST(SUM(value) AS DOUBLE) AS value FROM parts GROUP BY criterion, part
