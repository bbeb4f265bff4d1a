-- gaps.parquet: everything missing, row by row, in the order of the inventory, with the reason in words (M3).
-- Grain: one row per thing missing. Units: quantity in items, in units of the flow for a factor, in kWh for electricity.
SELECT g.item_id, NULLIF(g.entity, '') AS entity, NULLIF(g.item_type, '') AS item_type, g.what, NULLIF(g.stage, '') AS stage,
    NULLIF(g.criterion, '') AS criterion,
    COALESCE(l.label_fr, n.label_fr) || CASE WHEN g.detail <> '' THEN ' (' || g.detail || ')' ELSE '' END AS reason,
    g.quantity
FROM gaps g
LEFT JOIN gap_labels l ON l.code = g.what
CROSS JOIN (SELECT label_fr FROM gap_labels WHERE code = 'flow') n
ORDER BY g.row_id NULLS LAST, g.item_id, g.what, g.stage, g.criterion, g.detail, g.quantity
