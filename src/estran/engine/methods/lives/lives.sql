-- lives: the mean length of use between both ends of the curve, with Greenwood's variance of an area (L10); `at_least` when more than
-- a known part still serves at its end; an indicator from a known number of departures on.
-- Grain: one row per item type with an item followed or left out. Units: years; items.
WITH areas AS (
    SELECT c.*, share * (LEAD(age_days) OVER (PARTITION BY item_type ORDER BY age_days) - age_days) AS area FROM curve c
),
tails AS (
    SELECT a.*, COALESCE(SUM(area) OVER (
        PARTITION BY item_type ORDER BY age_days ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING), 0.0) AS tail
    FROM areas a
),
moments AS (
    SELECT item_type, MIN(age_days) / 365.25 AS first_years, MAX(age_days) / 365.25 AS last_years,
        (MIN(age_days) + SUM(area)) / 365.25 AS mean_years, MIN(share) AS last_share,
        SQRT(SUM(tail * tail * departures / NULLIF(at_risk * (at_risk - departures), 0))) / 365.25 AS sd_years,
        SUM(departures) AS departures, SUM(vanished) AS vanished
    FROM tails GROUP BY item_type
),
histories AS (
    SELECT item_type, SUM(CASE WHEN left_out IS NULL THEN quantity ELSE 0.0 END) AS followed,
        SUM(CASE WHEN ending = 'lost' AND left_out IS NULL THEN quantity ELSE 0.0 END) AS lost,
        SUM(CASE WHEN left_out = 'purchase_date' THEN quantity ELSE 0.0 END) AS without_purchase_date,
        SUM(CASE WHEN left_out = 'identifier' THEN quantity ELSE 0.0 END) AS without_identifier,
        SUM(CASE WHEN left_out IN ('withdrawal_date', 'before') THEN quantity ELSE 0.0 END) AS left_before
    FROM followed GROUP BY item_type
)
SELECT h.item_type, h.followed, COALESCE(m.departures, 0.0) AS departures, COALESCE(m.vanished, 0.0) AS vanished, h.lost,
    h.without_purchase_date, h.without_identifier, h.left_before, m.first_years, m.last_years, m.mean_years, m.sd_years,
    m.mean_years - setting_z95() * m.sd_years AS low95, m.mean_years + setting_z95() * m.sd_years AS high95, m.last_share,
    COALESCE(m.last_share > lives_served_at_the_end(), FALSE) AS at_least,
    COALESCE(m.departures >= lives_fewest_departures(), FALSE) AS is_indicator
FROM histories h
LEFT JOIN moments m ON m.item_type = h.item_type
ORDER BY h.item_type
