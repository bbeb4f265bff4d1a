-- guards.csv: what was set aside or read otherwise, in the order of the inventory.
WITH listed AS (
    SELECT row_id, item_id, entity, item_type, rule, COALESCE(' (' || kept_item_id || ')', '') AS detail FROM guards
    UNION ALL
    SELECT row_id, item_id, entity, item_type, 'G6', '' FROM activities WHERE flow = 'data_gb_fixed_without_box' AND flow <> written_flow
    UNION ALL
    SELECT CAST(NULL AS BIGINT), room, entity, 'room', 'G3', '' FROM rooms WHERE keys_only
    UNION ALL
    SELECT CAST(NULL AS BIGINT), room, entity, 'room', 'G5', '' FROM rooms WHERE kw_and_m2
)
SELECT g.item_id, NULLIF(g.entity, '') AS entity, g.item_type, g.rule || ' ' || COALESCE(l.label_fr, '') || g.detail AS rule
FROM listed g
LEFT JOIN guard_labels l ON l.rule = g.rule
ORDER BY g.row_id NULLS LAST, g.item_id, rule
