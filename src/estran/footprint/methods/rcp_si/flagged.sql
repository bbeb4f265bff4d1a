-- flagged: inventory rows that one look at the row alone sets aside, by the first rule that applies: outside the perimeter (S2),
-- virtual machine (G1), integrated panel (G2), excluded type (X1), market-based supplier figure (C5).
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
    SELECT i.row_id,
        CASE
            WHEN o.entity IS NOT NULL OR f.flow IS NOT NULL THEN 'S2'
            WHEN i.flow = 'declared_impact' AND i.basis = 'market' THEN 'C5'
            WHEN i.flow IS NOT NULL OR NOT setting_guarded() THEN NULL
            WHEN i.virtual OR v.model IS NOT NULL THEN 'G1'
            WHEN i.internal_panel THEN 'G2'
            WHEN x.item_type IS NOT NULL THEN 'X1'
        END AS rule
    FROM inventory i
    LEFT JOIN outside_entities o ON o.entity = COALESCE(i.entity, '')
    LEFT JOIN outside_flows f ON f.flow = i.flow
    LEFT JOIN virtual_models v ON v.model = i.model
    LEFT JOIN excluded_types x ON x.item_type = i.item_type
)
-- Names are read for the few rows set aside only.
SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, r.rule
FROM ruled r JOIN inventory i ON i.row_id = r.row_id
WHERE r.rule IS NOT NULL
