-- gaps.csv: the summary of gaps.parquet (M3).
-- Grain: one row per entity, item type, what, stage, criterion and reason. Units: rows of gaps.parquet; quantity in items, in
-- units of the flow for a factor, in kWh for electricity.
SELECT NULLIF(g.entity, '') AS entity, NULLIF(g.item_type, '') AS item_type, g.what, NULLIF(g.stage, '') AS stage,
    NULLIF(g.criterion, '') AS criterion,
    COALESCE(l.label_fr, n.label_fr) || CASE WHEN g.detail <> '' THEN ' (' || g.detail || ')' ELSE '' END AS reason,
    g.rows, g.quantity
FROM (
    SELECT entity, item_type, what, stage, criterion, detail, COUNT(*) AS rows,
        CAST(SUM(CAST(quantity AS DECIMAL(38, 15))) AS DOUBLE) AS quantity
    FROM gaps
    GROUP BY entity, item_type, what, stage, criterion, detail
) AS g
LEFT JOIN gap_labels l ON l.code = g.what
CROSS JOIN (SELECT label_fr FROM gap_labels WHERE code = 'flow') n
ORDER BY g.entity NULLS FIRST, g.item_type NULLS FIRST, g.what, g.stage, g.criterion, g.detail
