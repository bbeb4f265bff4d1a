-- snapshot: the items of one run as their history needs them, retired rows included (L10).
-- Grain: one row per item that the run counts, or that it leaves out only because it left on an unknown day. Units: quantity
-- items; days since 1970. A row known by its line alone has no identifier: lines move from one list to the next.
SELECT p.row_id, p.item_id, p.item_type, p.entity, p.quantity, p.purchase_day, p.withdrawal_day,
    COALESCE(p.stop = 'withdrawal_date', FALSE) AS left_undated,
    CASE WHEN i.serial_key <> '' AND s.serial_key IS NULL THEN i.serial_key END AS serial_key,
    CASE WHEN i.source IS NULL OR i.item_id <> i.source THEN i.item_id END AS own_id
FROM presence p
JOIN inventory i ON i.row_id = p.row_id
LEFT JOIN serial_placeholders s ON s.serial_key = i.serial_key
WHERE p.quantity > 0 AND COALESCE(p.stop, 'withdrawal_date') = 'withdrawal_date'
