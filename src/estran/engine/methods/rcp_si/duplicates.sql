-- duplicates: what is counted elsewhere: items of the same type that repeat a serial number, of which the first is kept (G4);
-- virtual machines of a counted server listed as cloud (G7); invoices of a service already described by its use (G8);
-- hardware bought by an entity whose inventory, or that of a part of it, counts a device bought in the year (G10).
-- Grain: one row per row that repeats another, which kept_item_id names when it is known. Units: none.
WITH repeated_hashes AS (
    SELECT serial_hash FROM serials GROUP BY serial_hash HAVING COUNT(*) > 1
),
suspects AS (
    SELECT s.row_id FROM serials s JOIN repeated_hashes h ON h.serial_hash = s.serial_hash
),
not_flagged AS (
    SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, i.serial_key
    FROM inventory i
    LEFT JOIN outside o ON o.row_id = i.row_id
    LEFT JOIN flagged x ON x.row_id = i.row_id
    WHERE i.row_id IN (SELECT row_id FROM suspects) AND o.row_id IS NULL AND x.row_id IS NULL
),
same_serial AS (
    SELECT c.row_id, c.item_id, c.entity, c.item_type,
        ROW_NUMBER() OVER (PARTITION BY c.item_type, c.serial_key ORDER BY c.row_id) AS rank,
        FIRST_VALUE(c.item_id) OVER (PARTITION BY c.item_type, c.serial_key ORDER BY c.row_id) AS kept_item_id
    FROM not_flagged c
    LEFT JOIN serial_placeholders p ON p.serial_key = c.serial_key
    WHERE p.serial_key IS NULL AND c.serial_key <> ''
),
activity_rows AS (
    SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, i.flow, i.service
    FROM inventory i
    LEFT JOIN outside o ON o.row_id = i.row_id
    WHERE i.flow IS NOT NULL AND i.service IS NOT NULL AND o.row_id IS NULL
),
hardware_spends AS (
    SELECT DISTINCT COALESCE(i.entity, '') AS entity
    FROM inventory i LEFT JOIN outside o ON o.row_id = i.row_id
    WHERE i.flow = 'spend_it_hardware_eur' AND o.row_id IS NULL
),
bought AS (
    SELECT DISTINCT s.entity
    FROM inventory i
    JOIN hardware_spends s ON s.entity IN ('', COALESCE(i.entity, '')) OR i.entity LIKE (s.entity || ' > %')
    LEFT JOIN outside o ON o.row_id = i.row_id
    LEFT JOIN flagged x ON x.row_id = i.row_id
    LEFT JOIN (SELECT row_id FROM same_serial WHERE rank > 1) d ON d.row_id = i.row_id
    WHERE i.flow IS NULL AND i.item_type IS NOT NULL AND o.row_id IS NULL AND x.row_id IS NULL AND d.row_id IS NULL
        AND i.purchase_t >= setting_year() AND i.purchase_t < setting_year() + 1
        AND COALESCE(i.quantity, CASE WHEN i.serial IS NOT NULL THEN 1.0 END) > 0
        AND (i.withdrawal_t IS NULL AND COALESCE(i.status, '') <> 'retired' OR i.withdrawal_t > i.purchase_t)
),
described AS (
    SELECT DISTINCT entity, service, SUBSTRING(service, 1, POSITION(' > ' IN service) - 1) AS supplier
    FROM activity_rows WHERE flow NOT LIKE 'spend_%' AND flow <> 'declared_impact'
),
used_services AS (
    -- What accounts say of a supplier holds what its bills say service by service, here or for the whole organisation.
    SELECT entity, service FROM described
    UNION
    SELECT entity, supplier FROM described WHERE service LIKE '% > %'
    UNION
    SELECT '', supplier FROM described WHERE service LIKE '% > %'
)
SELECT row_id, item_id, entity, item_type, 'G4' AS rule, kept_item_id FROM same_serial WHERE rank > 1
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
UNION ALL
SELECT i.row_id, i.item_id, COALESCE(i.entity, ''), i.item_type, 'G10', CAST(NULL AS VARCHAR(255))
FROM inventory i
JOIN bought b ON b.entity = COALESCE(i.entity, '')
LEFT JOIN outside o ON o.row_id = i.row_id
WHERE i.flow = 'spend_it_hardware_eur' AND o.row_id IS NULL
