-- guards: inventory rows set aside, listed and reversible (S2, C5, G1-G8, X1).
-- Grain: one row per row set aside. Units: none.
SELECT row_id, item_id, entity, item_type, rule, CAST(NULL AS VARCHAR(255)) AS kept_item_id FROM outside
UNION ALL
SELECT row_id, item_id, entity, item_type, rule, CAST(NULL AS VARCHAR(255)) FROM flagged
UNION ALL
SELECT row_id, item_id, entity, item_type, rule, kept_item_id FROM duplicates
