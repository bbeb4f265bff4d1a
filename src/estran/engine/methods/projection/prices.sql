-- prices: what one unit of a type costs to replace: the authority's own value, else the mean price paid for what it bought in the
-- last years, else for all that it has; as the inventory writes it, with or without VAT.
-- Grain: one row per item type with a price. Units: EUR per unit; year of the newest purchase counted; units counted.
WITH own AS (
    SELECT item_type, TRY_CAST(value AS DOUBLE) AS price_eur, source,
        ROW_NUMBER() OVER (PARTITION BY item_type ORDER BY COALESCE(valid_from, -9999) DESC, value) AS place
    FROM defaults
    WHERE parameter = 'replacement_price_eur' AND COALESCE(valid_from, -9999) <= setting_year()
),
paid AS (
    SELECT c.item_type, c.quantity, i.price_eur, FLOOR(c.purchase_t) AS purchase_year,
        COALESCE(c.purchase_t >= setting_year() + 1 - renewal_price_years(), FALSE) AS is_recent
    FROM consumption c JOIN inventory i ON i.row_id = c.row_id
    WHERE c.stop IS NULL AND c.quantity > 0 AND i.price_eur > 0
),
means AS (
    SELECT item_type, is_recent,
        CAST(SUM(CAST(price_eur AS DECIMAL(38, 9))) AS DOUBLE) / CAST(SUM(CAST(quantity AS DECIMAL(38, 9))) AS DOUBLE) AS price_eur,
        CAST(MAX(purchase_year) AS INTEGER) AS purchase_year, SUM(quantity) AS units,
        ROW_NUMBER() OVER (PARTITION BY item_type ORDER BY CASE WHEN is_recent THEN 0 ELSE 1 END) AS place
    FROM paid GROUP BY item_type, is_recent
)
SELECT COALESCE(o.item_type, m.item_type) AS item_type, COALESCE(o.price_eur, m.price_eur) AS price_eur,
    CASE WHEN o.item_type IS NULL THEN m.purchase_year END AS purchase_year, CASE WHEN o.item_type IS NULL THEN m.units END AS units,
    o.source
FROM (SELECT * FROM own WHERE place = 1) o
FULL JOIN (SELECT * FROM means WHERE place = 1) m ON m.item_type = o.item_type
ORDER BY 1
