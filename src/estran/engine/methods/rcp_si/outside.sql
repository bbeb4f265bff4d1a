-- outside: inventory rows that are no part of the footprint: outside the perimeter (S2), else a market-based supplier figure
-- (C5).
-- Grain: one row per such row. Units: none.
WITH outside_entities AS (
    SELECT entity FROM entities WHERE NOT inside
),
outside_flows AS (
    SELECT flow FROM known_flows
    WHERE (include = 'paper' AND NOT setting_include_paper())
       OR (include = 'telework' AND NOT setting_include_telework())
       OR (include = 'it_department' AND NOT setting_include_it_department())
       OR (include = 'cloud_and_services' AND NOT setting_include_cloud_and_services())
),
ruled AS (
    SELECT i.row_id, 1 AS place, 'S2' AS rule
    FROM inventory i JOIN outside_entities o ON o.entity = COALESCE(i.entity, '')
    UNION ALL
    SELECT i.row_id, 1, 'S2' FROM inventory i JOIN outside_flows f ON f.flow = i.flow
    UNION ALL
    SELECT row_id, 2, 'C5' FROM inventory WHERE flow = 'declared_impact' AND basis = 'market'
),
ranked AS (
    SELECT row_id, rule, ROW_NUMBER() OVER (PARTITION BY row_id ORDER BY place) AS choice FROM ruled
)
-- Names are read for the few rows set aside only.
SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, r.rule
FROM ranked r JOIN inventory i ON i.row_id = r.row_id
WHERE r.choice = 1
