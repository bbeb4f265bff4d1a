-- scopes: modelled total and magnitude of the whole, of each entity, part, family, stage and item type (S2).
-- Grain: one row per scope, name and criterion. Units: those of the criterion; magnitude is the sum of absolute values.
SELECT
    CASE
        WHEN GROUPING(entity) = 0 THEN 'entity' WHEN GROUPING(part) = 0 THEN 'part' WHEN GROUPING(family) = 0 THEN 'family'
        WHEN GROUPING(stage) = 0 THEN 'stage' WHEN GROUPING(item_type) = 0 THEN 'item_type' ELSE 'whole'
    END AS scope,
    COALESCE(entity, part, family, stage, item_type, '*') AS name,
    criterion,
    CAST(SUM(value) AS DOUBLE) AS mean,
    CAST(SUM(magnitude) AS DOUBLE) AS magnitude
FROM totals
GROUP BY GROUPING SETS (
    (criterion), (criterion, entity), (criterion, part), (criterion, family), (criterion, stage), (criterion, item_type)
)
