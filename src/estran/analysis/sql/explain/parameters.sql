-- Lifetime and electricity of the items behind the figure, by origin; mean over the items counted.
SELECT * FROM (
    SELECT c.item_type, 'lifetime_years' AS parameter, c.lifetime_origin AS origin,
        CAST(SUM(c.present) AS DOUBLE) / NULLIF(CAST(SUM(c.made) AS DOUBLE), 0) AS value,
        MAX(CASE WHEN c.lifetime_origin LIKE 'type_default%' THEN p.lifetime_source END) AS source,
        CAST(SUM(c.rows) AS BIGINT) AS rows, CAST(SUM(c.quantity) AS DOUBLE) AS quantity
    FROM cells c LEFT JOIN parameters p ON p.item_type = c.item_type
    WHERE in_figure(c.entity, c.item_type) AND c.lifetime_origin IS NOT NULL
    GROUP BY c.item_type, c.lifetime_origin
    UNION ALL
    SELECT c.item_type, 'kwh_per_year', c.kwh_origin,
        CAST(SUM(c.kwh) AS DOUBLE) / NULLIF(CAST(SUM(c.present) AS DOUBLE), 0),
        MAX(CASE WHEN c.kwh_origin = 'type_default' THEN p.kwh_source END),
        CAST(SUM(c.rows) AS BIGINT), CAST(SUM(c.quantity) AS DOUBLE)
    FROM cells c LEFT JOIN parameters p ON p.item_type = c.item_type
    WHERE in_figure(c.entity, c.item_type) AND c.kwh_origin IS NOT NULL
    GROUP BY c.item_type, c.kwh_origin
) AS used
WHERE figure_stage() IS NULL
    OR parameter = CASE figure_stage() WHEN 'use' THEN 'kwh_per_year' ELSE 'lifetime_years' END
ORDER BY item_type, parameter, quantity DESC, origin
LIMIT 40
