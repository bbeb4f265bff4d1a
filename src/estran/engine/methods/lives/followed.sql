-- followed: each item from the age at which its history begins to the age at which it left or was last seen (L10).
-- Grain: one row per item, known by its serial number, else by its identifier; the last snapshot wins. Units: quantity items;
-- ages in days. It ends `withdrawn` (on a known day), `vanished` (midway between two snapshots), `in_service`, or `lost`: its list
-- or its type is not in the next snapshot, so nothing says that it left. `left_out` says why an item gives nothing.
WITH listed AS (
    SELECT s.*,
        COALESCE('serial ' || s.serial_key, 'item ' || s.own_id) AS item_key,
        CASE WHEN s.serial_key IS NULL AND POSITION(':' IN s.own_id) > 0 THEN SPLIT_PART(s.own_id, ':', 1) ELSE s.entity END AS list
    FROM snapshots s
),
lists AS (SELECT DISTINCT year, list FROM listed),
types AS (SELECT DISTINCT year, item_type FROM listed),
seen AS (
    SELECT item_key, MIN(year) AS first_year, MAX(CASE WHEN NOT left_undated THEN year END) AS last_year
    FROM listed WHERE item_key IS NOT NULL GROUP BY item_key
),
latest AS (
    SELECT * FROM (
        SELECT l.*, ROW_NUMBER() OVER (PARTITION BY item_key ORDER BY year DESC, row_id) AS recent
        FROM listed l WHERE item_key IS NOT NULL
    ) AS ranked
    WHERE recent = 1
),
known AS (
    SELECT l.item_id, l.item_type, l.quantity, l.purchase_day, s.last_year,
        CASE WHEN l.purchase_day >= h.first_day THEN 0 ELSE f.first_day - l.purchase_day END AS entry_days,
        CASE
            WHEN l.withdrawal_day < h.end_day THEN l.withdrawal_day
            WHEN y.next_year IS NOT NULL AND (l.left_undated OR n.year IS NOT NULL AND t.year IS NOT NULL)
                THEN (y.end_day + y.next_end_day) / 2.0
            ELSE y.end_day
        END AS last_day,
        CASE
            WHEN l.withdrawal_day < h.end_day THEN 'withdrawn'
            WHEN s.last_year IS NULL THEN NULL
            WHEN y.next_year IS NULL THEN 'in_service'
            WHEN l.left_undated OR n.year IS NOT NULL AND t.year IS NOT NULL THEN 'vanished'
            ELSE 'lost'
        END AS ending
    FROM latest l
    JOIN seen s ON s.item_key = l.item_key
    JOIN snapshot_years f ON f.year = s.first_year
    LEFT JOIN snapshot_years y ON y.year = s.last_year
    LEFT JOIN lists n ON n.year = y.next_year AND n.list = l.list
    LEFT JOIN types t ON t.year = y.next_year AND t.item_type = l.item_type
    CROSS JOIN (SELECT MIN(first_day) AS first_day, MAX(end_day) AS end_day FROM snapshot_years) h
),
aged AS (SELECT k.*, last_day - purchase_day AS exit_days FROM known k)
SELECT item_id, item_type, quantity, entry_days, exit_days, ending,
    CASE
        WHEN purchase_day IS NULL THEN 'purchase_date'
        WHEN exit_days IS NULL THEN 'withdrawal_date'
        WHEN exit_days <= entry_days THEN 'before'
    END AS left_out
FROM aged
UNION ALL
SELECT item_id, item_type, quantity, NULL, NULL, NULL, 'identifier'
FROM listed WHERE item_key IS NULL AND year = (SELECT MAX(year) FROM snapshot_years)
