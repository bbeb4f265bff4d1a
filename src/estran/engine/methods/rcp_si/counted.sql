-- counted: what the sums group items by, and the electricity that is the item's own and not the key of a shared meter (R4).
-- Grain: one row per item. Units: kWh. origin_code: the number that origin_codes.csv gives to the origins and the holding
-- of an item; ten million rows are grouped by one number sooner than by six texts.
SELECT c.*,
    CASE WHEN in_described_room THEN room END AS described_room,
    CASE WHEN NOT in_metered_room THEN modelled_kwh END AS own_kwh,
    CAST(origin_code() AS SMALLINT) AS origin_code
FROM consumption c
