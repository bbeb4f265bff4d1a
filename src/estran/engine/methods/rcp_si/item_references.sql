-- item_references: the flow that gives the embodied factors of an item, chosen per criterion (M2): declared, matched model,
-- type default, proxy; the first that has a manufacturing factor, else the last candidate, whose missing factors are gaps.
-- Grain: one row per item type, declared reference, model and criterion. stands_in: a proxy answers for the type (Q9).
WITH wanted AS (
    SELECT DISTINCT item_type, reference, model FROM profiles WHERE kind IN ('item', 'box')
),
candidates AS (
    SELECT w.item_type, w.reference, w.model, 1 AS rank, w.reference AS flow, 'declared' AS origin FROM wanted w
    UNION ALL
    SELECT w.item_type, w.reference, w.model, 2, m.reference, 'matched'
    FROM wanted w JOIN recognised_models m ON m.item_type = w.item_type AND m.model = w.model
    UNION ALL
    SELECT w.item_type, w.reference, w.model, 3, COALESCE(p.reference, w.item_type), 'type_default'
    FROM wanted w LEFT JOIN parameters p ON p.item_type = w.item_type
    UNION ALL
    SELECT w.item_type, w.reference, w.model, 4, p.proxy_reference, 'proxy'
    FROM wanted w JOIN parameters p ON p.item_type = w.item_type
),
with_factor AS (
    SELECT c.*, r.criterion, r.position, f.flow IS NOT NULL AS has_factor
    FROM candidates c
    CROSS JOIN run_criteria r
    LEFT JOIN factors_in_use f ON f.flow = c.flow AND f.criterion = r.criterion AND f.stage = 'manufacturing'
    WHERE c.flow IS NOT NULL
),
chosen AS (
    SELECT w.*,
        ROW_NUMBER() OVER (
            PARTITION BY item_type, reference, model, criterion
            ORDER BY CASE WHEN has_factor THEN 0 ELSE 1 END, CASE WHEN has_factor THEN rank ELSE -rank END
        ) AS choice
    FROM with_factor w
)
SELECT item_type, reference, model, criterion, position, flow, CASE WHEN has_factor THEN origin ELSE 'none' END AS origin,
    rank = 4 AS stands_in
FROM chosen
WHERE choice = 1
