-- guards: inventory rows set aside, listed and reversible: the flagged ones, the duplicates (G4), the virtual machines of a
-- counted server listed as cloud (G7), and the invoices of a service already described by its use (G8).
-- Grain: one row per row set aside.
WITH activity_rows AS (
    SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, i.flow, i.service
    FROM inventory i
    LEFT JOIN flagged x ON x.row_id = i.row_id
    WHERE i.flow IS NOT NULL AND i.service IS NOT NULL AND x.row_id IS NULL AND setting_guarded()
),
used_services AS (
    SELECT DISTINCT entity, service FROM activity_rows WHERE flow NOT LIKE 'spend_%' AND flow <> 'declared_impact'
)
SELECT row_id, item_id, entity, item_type, rule, CAST(NULL AS VARCHAR(255)) AS kept_item_id FROM flagged
UNION ALL
SELECT row_id, item_id, entity, item_type, 'G4', kept_item_id FROM duplicates
UNION ALL
SELECT a.row_id, a.item_id, a.entity, a.item_type, 'G8', CAST(NULL AS VARCHAR(255))
FROM activity_rows a
JOIN used_services u ON u.service = a.service AND u.entity = a.entity
WHERE a.flow LIKE 'spend_%'
UNION ALL
SELECT a.row_id, a.item_id, a.entity, a.item_type, 'G7', v.host
FROM activity_rows a
JOIN (SELECT vm, MIN(host) AS host FROM vms GROUP BY vm) v ON v.vm = a.service
JOIN (
    SELECT DISTINCT i.item_id FROM inventory i JOIN vms ON vms.host = i.item_id WHERE i.flow IS NULL
) h ON h.item_id = v.host
WHERE a.flow LIKE 'cloud:%'
