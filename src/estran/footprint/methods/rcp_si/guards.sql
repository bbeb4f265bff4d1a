-- guards: inventory rows set aside, listed and reversible; the first rule that applies (G1, G2, X1, then G4; G8; S2 perimeter).
-- The compatibility methods have no guard: only the perimeter and market-based figures apply there.
-- Grain: one row per row set aside. kept_row_id: the row kept instead (G4).
WITH flagged_models AS (
    SELECT m.model
    FROM (SELECT DISTINCT model FROM inventory WHERE model IS NOT NULL) m
    JOIN guard_patterns g ON LOWER(m.model) LIKE g.pattern
    WHERE g.rule = 'G1'
    GROUP BY m.model
),
outside AS (
    SELECT i.row_id, 'S2' AS rule
    FROM inventory i
    LEFT JOIN entities e ON e.entity = COALESCE(i.entity, '')
    LEFT JOIN flows f ON f.flow = i.flow
    CROSS JOIN settings s
    WHERE NOT COALESCE(e.inside, TRUE)
       OR (f.include = 'paper' AND NOT s.include_paper)
       OR (f.include = 'telework' AND NOT s.include_telework)
       OR (f.include = 'it_department' AND NOT s.include_it_department)
       OR (f.include = 'cloud_and_services' AND NOT s.include_cloud_and_services)
),
not_an_item AS (
    SELECT i.row_id,
        CASE
            WHEN i.virtual OR f.model IS NOT NULL THEN 'G1'
            WHEN i.internal_panel THEN 'G2'
            WHEN p.excluded = 1 THEN 'X1'
        END AS rule
    FROM inventory i
    LEFT JOIN flagged_models f ON f.model = i.model
    LEFT JOIN parameters p ON p.item_type = i.item_type
    WHERE i.flow IS NULL AND (i.virtual OR f.model IS NOT NULL OR i.internal_panel OR p.excluded = 1)
),
first_rules AS (
    SELECT row_id, rule FROM outside
    UNION ALL
    SELECT n.row_id, n.rule FROM not_an_item n LEFT JOIN outside o ON o.row_id = n.row_id WHERE o.row_id IS NULL
),
with_serial AS (
    SELECT i.row_id, i.item_type, i.serial_key
    FROM inventory i
    LEFT JOIN first_rules r ON r.row_id = i.row_id
    LEFT JOIN serial_placeholders h ON h.serial_key = i.serial_key
    WHERE i.flow IS NULL AND i.serial_key IS NOT NULL AND i.serial_key <> ''
      AND r.row_id IS NULL AND h.serial_key IS NULL
),
repeated AS (
    SELECT item_type, serial_key, MIN(row_id) AS kept_row_id
    FROM with_serial
    GROUP BY item_type, serial_key
    HAVING COUNT(*) > 1
),
duplicates AS (
    SELECT w.row_id, r.kept_row_id
    FROM with_serial w
    JOIN repeated r ON r.serial_key = w.serial_key AND COALESCE(r.item_type, '') = COALESCE(w.item_type, '')
    WHERE w.row_id <> r.kept_row_id
),
used_services AS (
    SELECT DISTINCT COALESCE(entity, '') AS entity, service
    FROM inventory
    WHERE flow IS NOT NULL AND service IS NOT NULL AND flow NOT LIKE 'spend_%' AND flow <> 'declared_impact'
),
spend_beside_use AS (
    SELECT i.row_id
    FROM inventory i
    JOIN used_services u ON u.service = i.service AND u.entity = COALESCE(i.entity, '')
    LEFT JOIN outside o ON o.row_id = i.row_id
    WHERE i.flow LIKE 'spend_%' AND o.row_id IS NULL
),
market_based AS (
    SELECT i.row_id
    FROM inventory i
    LEFT JOIN outside o ON o.row_id = i.row_id
    WHERE i.flow = 'declared_impact' AND i.basis = 'market' AND o.row_id IS NULL
),
all_rules AS (
    SELECT row_id, rule, CAST(NULL AS BIGINT) AS kept_row_id FROM first_rules
    UNION ALL
    SELECT row_id, 'G4', kept_row_id FROM duplicates
    UNION ALL
    SELECT row_id, 'G8', CAST(NULL AS BIGINT) FROM spend_beside_use
    UNION ALL
    SELECT row_id, 'C5', CAST(NULL AS BIGINT) FROM market_based
)
SELECT a.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, a.rule, k.item_id AS kept_item_id
FROM all_rules a
JOIN inventory i ON i.row_id = a.row_id
LEFT JOIN inventory k ON k.row_id = a.kept_row_id
CROSS JOIN settings s
WHERE s.guarded OR a.rule IN ('S2', 'C5')
