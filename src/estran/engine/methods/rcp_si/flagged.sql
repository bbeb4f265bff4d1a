-- flagged: items that a look at the row alone sets aside, by the first rule that applies: virtual machine (G1), integrated
-- panel (G2), excluded type (X1).
-- Grain: one row per such item. Units: none.
WITH virtual_models AS (
    SELECT m.model
    FROM (SELECT DISTINCT model FROM inventory WHERE model IS NOT NULL) m
    JOIN guard_patterns g ON LOWER(m.model) LIKE g.pattern
    GROUP BY m.model
),
excluded_types AS (
    SELECT item_type FROM parameters WHERE excluded = 1
),
ruled AS (
    SELECT row_id, 1 AS place, 'G1' AS rule FROM inventory WHERE virtual AND flow IS NULL
    UNION ALL
    SELECT i.row_id, 1, 'G1' FROM inventory i JOIN virtual_models v ON v.model = i.model WHERE i.flow IS NULL
    UNION ALL
    SELECT row_id, 2, 'G2' FROM inventory WHERE internal_panel AND flow IS NULL
    UNION ALL
    SELECT i.row_id, 3, 'X1' FROM inventory i JOIN excluded_types x ON x.item_type = i.item_type WHERE i.flow IS NULL
),
ranked AS (
    SELECT r.row_id, r.rule, ROW_NUMBER() OVER (PARTITION BY r.row_id ORDER BY r.place) AS choice
    FROM ruled r
    LEFT JOIN outside o ON o.row_id = r.row_id
    WHERE o.row_id IS NULL
)
-- Names are read for the few rows set aside only.
SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, r.rule
FROM ranked r JOIN inventory i ON i.row_id = r.row_id
WHERE r.choice = 1
