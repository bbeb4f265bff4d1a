-- parameters.csv: lifetimes and electricity used, by type and origin (F9, F10): value is the mean over the items counted.
SELECT c.item_type, 'lifetime_years' AS parameter,
    CAST(SUM(c.present) AS DOUBLE) / NULLIF(CAST(SUM(c.made) AS DOUBLE), 0) AS value, c.lifetime_origin AS origin,
    MAX(CASE WHEN c.lifetime_origin LIKE 'type_default%' THEN p.lifetime_source END) AS source,
    CAST(SUM(c.rows) AS BIGINT) AS rows, CAST(SUM(c.quantity) AS DOUBLE) AS quantity
FROM cells c LEFT JOIN parameters p ON p.item_type = c.item_type
WHERE c.lifetime_origin IS NOT NULL
GROUP BY c.item_type, c.lifetime_origin
UNION ALL
SELECT c.item_type, 'kwh_per_year', CAST(SUM(c.kwh) AS DOUBLE) / NULLIF(CAST(SUM(c.present) AS DOUBLE), 0), c.kwh_origin,
    MAX(CASE WHEN c.kwh_origin = 'type_default' THEN p.kwh_source END),
    CAST(SUM(c.rows) AS BIGINT), CAST(SUM(c.quantity) AS DOUBLE)
FROM cells c LEFT JOIN parameters p ON p.item_type = c.item_type
WHERE c.kwh_origin IS NOT NULL
GROUP BY c.item_type, c.kwh_origin
ORDER BY item_type, parameter, origin
