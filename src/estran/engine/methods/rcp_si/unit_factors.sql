-- unit_factors: factors of one unit of an item made and of one ended, of the flow that item_references chose (M2).
-- Grain: one row per item type, declared reference, model and criterion. Units: the criterion's per unit.
-- is_whole: 1 when the flow has a manufacturing factor.
SELECT r.item_type, COALESCE(r.reference, '') AS reference, COALESCE(r.model, '') AS model, r.criterion,
    COALESCE(CAST(SUM(CASE WHEN f.stage <> 'end_of_life' THEN CAST(f.value AS DECIMAL(38, 22)) END) AS DOUBLE), 0) AS made_factor,
    COALESCE(CAST(SUM(CASE WHEN f.stage = 'end_of_life' THEN CAST(f.value AS DECIMAL(38, 22)) END) AS DOUBLE), 0) AS ended_factor,
    MAX(CASE WHEN r.origin <> 'none' THEN 1 ELSE 0 END) AS is_whole
FROM item_references r
JOIN factors_in_use f ON f.flow = r.flow AND f.criterion = r.criterion AND f.stage <> 'use'
GROUP BY r.item_type, COALESCE(r.reference, ''), COALESCE(r.model, ''), r.criterion
