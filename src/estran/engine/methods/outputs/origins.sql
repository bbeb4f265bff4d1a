-- origins.csv (with --detail): the value and the origin of every parameter of every row (M1); a telework row has two
-- items, its boxes (T1).
WITH main_criterion AS (
    SELECT criterion FROM run_criteria WHERE position = (SELECT MIN(position) FROM run_criteria)
),
row_references AS (
    SELECT c.row_id, c.item_id,
        CASE
            WHEN c.reference IS NOT NULL AND d.flow IS NOT NULL THEN c.reference
            WHEN m.reference IS NOT NULL AND f.flow IS NOT NULL THEN m.reference
            WHEN t.flow IS NOT NULL THEN COALESCE(p.reference, c.item_type)
            WHEN x.flow IS NOT NULL THEN p.proxy_reference
        END AS value,
        CASE
            WHEN c.reference IS NOT NULL AND d.flow IS NOT NULL THEN 'declared'
            WHEN m.reference IS NOT NULL AND f.flow IS NOT NULL THEN 'matched'
            WHEN t.flow IS NOT NULL THEN 'type_default'
            WHEN x.flow IS NOT NULL THEN 'proxy'
            ELSE 'none'
        END AS origin
    FROM consumption c
    CROSS JOIN main_criterion k
    LEFT JOIN parameters p ON p.item_type = c.item_type
    LEFT JOIN recognised_models m ON m.item_type = c.item_type AND m.model = c.model
    LEFT JOIN factors_in_use d ON d.flow = c.reference AND d.stage = 'manufacturing' AND d.criterion = k.criterion
    LEFT JOIN factors_in_use f ON f.flow = m.reference AND f.stage = 'manufacturing' AND f.criterion = k.criterion
    LEFT JOIN factors_in_use t ON t.flow = COALESCE(p.reference, c.item_type) AND t.stage = 'manufacturing'
        AND t.criterion = k.criterion
    LEFT JOIN factors_in_use x ON x.flow = p.proxy_reference AND x.stage = 'manufacturing' AND x.criterion = k.criterion
    WHERE c.stop IS NULL
),
boxes AS (
    SELECT a.row_id, a.item_id || '/' || a.item_type AS item_id, COALESCE(p.reference, a.item_type) AS reference,
        p.lifetime_years, a.kwh, a.zone, a.zone_origin
    FROM activities a
    JOIN parameters p ON p.item_type = a.item_type
    WHERE a.written_flow = 'telework_person_days' AND a.gap IS NULL
),
listed AS (
    SELECT row_id, item_id, 1 AS position, 'reference' AS what, value, origin FROM row_references
    UNION ALL
    SELECT row_id, item_id, 2, 'lifetime_years', CAST(lifetime_years AS VARCHAR(32)), COALESCE(lifetime_origin, 'none')
    FROM consumption WHERE stop IS NULL AND presence > 0 AND setting_view() = 'stock'
    UNION ALL
    SELECT row_id, item_id, 3, 'kwh', CAST(modelled_kwh AS VARCHAR(32)), COALESCE(kwh_origin, 'none')
    FROM consumption WHERE stop IS NULL AND presence > 0
    UNION ALL
    SELECT row_id, item_id, 4, 'zone', use_zone, zone_origin
    FROM consumption WHERE stop IS NULL AND presence > 0 AND modelled_kwh IS NOT NULL AND NOT in_described_room
    UNION ALL
    SELECT row_id, item_id, 1, 'reference', reference, 'type_default' FROM boxes
    UNION ALL
    SELECT row_id, item_id, 2, 'lifetime_years', CAST(lifetime_years AS VARCHAR(32)), 'type_default' FROM boxes
    UNION ALL
    SELECT row_id, item_id, 3, 'kwh', CAST(kwh AS VARCHAR(32)), 'type_default' FROM boxes
    UNION ALL
    SELECT row_id, item_id, 4, 'zone', zone, zone_origin FROM boxes
    UNION ALL
    SELECT a.row_id, a.item_id, 5, a.written_flow, CAST(i.amount AS VARCHAR(32)), a.origin
    FROM activities a JOIN inventory i ON i.row_id = a.row_id
    WHERE a.origin = 'proxy' AND a.gap IS NULL
    UNION ALL
    SELECT NULL, '', 6, 'pue', CAST(used_pue AS VARCHAR(32)), 'type_default' FROM rooms WHERE pue_is_default
    UNION ALL
    SELECT NULL, '', 7, 'it_kw', CAST(environment_kw AS VARCHAR(32)), 'proxy'
    FROM rooms WHERE environment_kw IS NOT NULL AND environment_origin = 'proxy'
)
SELECT item_id, what, value, origin FROM listed ORDER BY row_id NULLS LAST, item_id, position, value
