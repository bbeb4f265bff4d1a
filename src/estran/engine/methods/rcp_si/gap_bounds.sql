-- gap_bounds: the largest factor known in any factor set for the subject of a gap, else for what stands for it, else in its
-- family; with the smallest default life and the largest default electricity, chosen in the same order (M6).
-- Grain: one row per subject, part (a stage, 'embodied', 'whole', 'life', 'kwh') and criterion, '' for life and kwh. Units: of the
-- criterion per unit of the flow, years, kWh per year (for an instance of a cloud kWh per hour).
WITH by_stage AS (
    SELECT flow, stage AS part, criterion, value, factor_set FROM known_factors
),
summed AS (
    SELECT flow, 'embodied' AS part, criterion, CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value, factor_set
    FROM known_factors
    WHERE stage <> 'use'
    GROUP BY flow, criterion, factor_set
    UNION ALL
    SELECT flow, 'whole', criterion, CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE), factor_set
    FROM known_factors
    GROUP BY flow, criterion, factor_set
),
known AS (
    SELECT b.subject, b.rank, s.part, s.criterion, s.value, s.value AS size, b.flow, s.factor_set
    FROM bound_flows b
    JOIN (SELECT * FROM by_stage UNION ALL SELECT * FROM summed) AS s ON s.flow = b.flow
    UNION ALL
    SELECT b.subject, b.rank, 'life', '', p.lifetime_years, -p.lifetime_years, b.flow, ''
    FROM bound_flows b JOIN parameters p ON p.item_type = b.flow
    WHERE p.lifetime_years > 0
    UNION ALL
    SELECT b.subject, b.rank, 'kwh', '', p.kwh_per_year, p.kwh_per_year, b.flow, ''
    FROM bound_flows b JOIN parameters p ON p.item_type = b.flow
    WHERE p.kwh_per_year IS NOT NULL
    UNION ALL
    SELECT b.subject, b.rank, 'kwh', '', n.kwh_per_hour * COALESCE(u.pue, 1), n.kwh_per_hour, b.flow, ''
    FROM bound_flows b
    JOIN cloud_instances n ON n.flow = b.flow
    CROSS JOIN (SELECT GREATEST(MAX(pue), general_pue()) AS pue FROM cloud_pues) AS u
    WHERE n.kwh_per_hour IS NOT NULL
)
SELECT subject, part, criterion, value, flow, factor_set, rank
FROM (
    SELECT k.*, ROW_NUMBER() OVER (
        PARTITION BY subject, part, criterion ORDER BY rank, size DESC, flow, factor_set
    ) AS choice
    FROM known k
) AS ordered
WHERE choice = 1
