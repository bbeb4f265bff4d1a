-- duplicates: items of the same type that repeat a serial number already seen among the rows not flagged; the first is kept (G4).
-- Grain: one row per repeated row.
WITH ranked AS (
    SELECT c.row_id, c.item_id, c.entity, c.item_type,
        ROW_NUMBER() OVER (PARTITION BY c.item_type, c.serial_key ORDER BY c.row_id) AS seen,
        FIRST_VALUE(c.item_id) OVER (PARTITION BY c.item_type, c.serial_key ORDER BY c.row_id) AS kept_item_id
    FROM repeated_serials c
    LEFT JOIN serial_placeholders p ON p.serial_key = c.serial_key
    WHERE p.serial_key IS NULL AND c.serial_key <> ''
)
SELECT row_id, item_id, entity, item_type, kept_item_id FROM ranked WHERE seen > 1
