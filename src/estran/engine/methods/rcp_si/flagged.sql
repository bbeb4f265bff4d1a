-- flagged: inventory rows that one look at the row alone sets aside, by the first rule that applies: outside the perimeter (S2),
-- market-based supplier figure (C5), virtual machine (G1), integrated panel (G2), excluded type (X1).
-- Grain: one row per such row. The compatibility methods have no guard: only S2 and C5 apply there.
WITH virtual_models AS (
    SELECT m.model
    FROM (SELECT DISTINCT model FROM inventory WHERE model IS NOT NULL) m
    JOIN guard_patterns g ON LOWER(m.model) LIKE g.pattern
    GROUP BY m.model
),
outside_entities AS (
    SELECT entity FROM entities WHERE NOT inside
),
excluded_types AS (
    SELECT item_type FROM parameters WHERE excluded = 1
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
    UNION ALL
    SELECT row_id, 3, 'G1' FROM inventory WHERE virtual AND flow IS NULL AND setting_guarded()
    UNION ALL
    SELECT i.row_id, 3, 'G1'
    FROM inventory i JOIN virtual_models v ON v.model = i.model
    WHERE i.flow IS NULL AND setting_guarded()
    UNION ALL
    SELECT row_id, 4, 'G2' FROM inventory WHERE internal_panel AND flow IS NULL AND setting_guarded()
    UNION ALL
    SELECT i.row_id, 5, 'X1'
    FROM inventory i JOIN excluded_types x ON x.item_type = i.item_type
    WHERE i.flow IS NULL AND setting_guarded()
),
ranked AS (
    SELECT row_id, rule, ROW_NUMBER() OVER (PARTITION BY row_id ORDER BY place) AS choice FROM ruled
)
-- Names are read for the few rows set aside only.
SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, r.rule
FROM ranked r JOIN inventory i ON i.row_id = r.row_id
WHERE r.choice = 1
