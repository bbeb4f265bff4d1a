-- impacts: the result, modelled and declared by suppliers side by side, never mixed (S5, S6, C5).
-- Grain: one row per entity, item type, stage, criterion and basis. Units: those of the criterion.
WITH all_values AS (
    SELECT entity, item_type, stage, criterion, 'modelled' AS basis, value FROM totals
    UNION ALL
    SELECT entity, item_type, stage, criterion, 'declared', CAST(amount AS DECIMAL(38, 22))
    FROM activities WHERE flow = 'declared_impact' AND gap IS NULL
)
SELECT setting_view() AS view, v.entity, v.item_type, v.stage, v.criterion, COALESCE(c.unit, '') AS unit, v.basis,
    CAST(SUM(v.value) AS DOUBLE) AS value
FROM all_values v
LEFT JOIN criteria c ON c.code = v.criterion
GROUP BY v.entity, v.item_type, v.stage, v.criterion, COALESCE(c.unit, ''), v.basis
