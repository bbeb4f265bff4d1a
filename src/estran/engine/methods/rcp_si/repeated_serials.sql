-- repeated_serials: items not flagged whose serial number, by its hash, is on another item too (G4).
-- Grain: one row per such item: few, so the numbers themselves can be compared.
WITH repeated_hashes AS (
    SELECT serial_hash FROM serials GROUP BY serial_hash HAVING COUNT(*) > 1
),
suspects AS (
    SELECT s.row_id FROM serials s JOIN repeated_hashes h ON h.serial_hash = s.serial_hash
)
SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, i.serial_key
FROM inventory i
LEFT JOIN flagged x ON x.row_id = i.row_id
WHERE i.row_id IN (SELECT row_id FROM suspects) AND x.row_id IS NULL
