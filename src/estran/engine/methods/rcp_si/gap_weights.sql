-- gap_weights: what is missing, weighed: the order of magnitude of each group of gaps, never in a total (M6).
-- Grain: one row per criterion, item type (or flow), service and cause, '*' standing for all of them: an item type with all its
-- causes, a cause in all item types, everything. Units: rows of the inventory, each once; rooms; units in items, for an activity
-- in units of its flow; at_most in the unit of the criterion, NULL where nothing is known, with '*' the sum of what is known;
-- unknown_rows are rows and rooms without any order of magnitude, for several causes those of the one that has most; entity is
-- the one of most rows, bounded_by the flow whose largest factor served.
WITH kwh AS (
    SELECT criterion, COALESCE(MAX(CASE WHEN is_used THEN value END), MAX(value)) AS value
    FROM (
        SELECT e.criterion, e.value, e.zone = general_zone() OR z.zone IS NOT NULL AS is_used
        FROM electricity_factors e
        LEFT JOIN (SELECT DISTINCT zone FROM amounts WHERE flow = 'electricity_kwh') z ON z.zone = e.zone
    ) AS zones
    GROUP BY criterion
),
lives AS (
    -- In the flow view an item counts whole, whatever its life (V2).
    SELECT b.subject, CASE WHEN setting_view() = 'flow' THEN 1 ELSE g.value END AS value
    FROM (SELECT DISTINCT subject FROM bound_flows) AS b
    LEFT JOIN gap_bounds g ON g.subject = b.subject AND g.part = 'life'
),
weighed AS (
    SELECT r.criterion, s.item_type, s.service, s.what,
        CASE
            WHEN s.unquantified > 0 THEN NULL
            WHEN s.what = 'factor' AND s.stage = '' THEN s.quantity * w.value
            WHEN s.what = 'factor' THEN s.quantity * f.value
            WHEN s.what IN ('lifetime_years', 'mean_total_life_years') THEN s.quantity * e.value / l.value
            WHEN s.what = 'purchase_date' THEN s.quantity * e.value
            WHEN s.what IN ('dates', 'withdrawal_date', 'status', 'use_share')
                THEN s.quantity * (e.value / l.value + c.value * k.value)
            WHEN s.what = 'kwh' OR s.subject LIKE 'cloud:%' AND s.what IN ('pue', 'zone') THEN s.quantity * c.value * k.value
            WHEN s.what IN ('kwh_measured', 'zone', 'electricity factor') THEN s.quantity * k.value
        END AS at_most,
        CASE
            WHEN s.what = 'kwh' THEN c.flow
            WHEN s.what <> 'factor' THEN e.flow
            WHEN s.stage = '' THEN w.flow
            ELSE f.flow
        END AS bounded_by
    FROM gap_sums s
    JOIN run_criteria r ON s.criterion IN ('', r.criterion)
    LEFT JOIN kwh k ON k.criterion = r.criterion
    LEFT JOIN lives l ON l.subject = s.subject
    LEFT JOIN gap_bounds c ON c.subject = s.subject AND c.part = 'kwh'
    LEFT JOIN gap_bounds e ON e.subject = s.subject AND e.part = 'embodied' AND e.criterion = r.criterion
    LEFT JOIN gap_bounds w ON w.subject = s.subject AND w.part = 'whole' AND w.criterion = r.criterion
    LEFT JOIN gap_bounds f ON f.subject = s.subject AND f.part = s.stage AND f.criterion = r.criterion
),
bounds AS (
    SELECT criterion, item_type, service, what, SUM(CAST(at_most AS DECIMAL(38, 20))) AS at_most, MAX(bounded_by) AS bounded_by,
        COUNT(*) > COUNT(at_most) AS is_unknown
    FROM weighed
    GROUP BY criterion, item_type, service, what
),
counted AS (
    SELECT r.criterion, c.item_type, c.service, c.what, c.entity, SUM(c.rows) AS rows, SUM(c.rooms) AS rooms, SUM(c.units) AS units
    FROM gap_counts c JOIN run_criteria r ON c.criterion IN ('', r.criterion)
    GROUP BY r.criterion, c.item_type, c.service, c.what, c.entity
),
summed AS (
    SELECT criterion, item_type, service, what, SUM(rows) AS rows, SUM(rooms) AS rooms, SUM(units) AS units
    FROM counted
    GROUP BY criterion, item_type, service, what
),
causes AS (
    SELECT s.*, b.at_most, b.bounded_by, CASE WHEN b.is_unknown THEN s.rows + s.rooms ELSE 0 END AS unknown_rows
    FROM summed s
    JOIN bounds b ON b.criterion = s.criterion AND b.item_type = s.item_type AND b.service = s.service AND b.what = s.what
),
types AS (
    SELECT criterion, item_type, service, SUM(at_most) AS at_most, MAX(bounded_by) AS bounded_by, MAX(unknown_rows) AS unknown_rows
    FROM causes
    GROUP BY criterion, item_type, service
),
groups AS (
    SELECT criterion, item_type, service, what, rows, rooms, units, CASE WHEN unknown_rows = 0 THEN at_most END AS at_most, bounded_by,
        unknown_rows
    FROM causes
    UNION ALL
    SELECT s.criterion, s.item_type, s.service, s.what, s.rows, s.rooms, s.units, t.at_most, t.bounded_by, t.unknown_rows
    FROM summed s JOIN types t ON t.criterion = s.criterion AND t.item_type = s.item_type AND t.service = s.service
    WHERE s.what = '*'
    UNION ALL
    SELECT criterion, '*', '*', what, SUM(rows), SUM(rooms), NULL, SUM(at_most), NULL, SUM(unknown_rows)
    FROM causes GROUP BY criterion, what
    UNION ALL
    SELECT s.criterion, '*', '*', '*', SUM(s.rows), SUM(s.rooms), NULL, SUM(t.at_most), NULL, SUM(t.unknown_rows)
    FROM summed s JOIN types t ON t.criterion = s.criterion AND t.item_type = s.item_type AND t.service = s.service
    WHERE s.what = '*'
    GROUP BY s.criterion
),
places AS (
    SELECT criterion, item_type, service, what, entity,
        ROW_NUMBER() OVER (PARTITION BY criterion, item_type, service, what ORDER BY SUM(rows + rooms) DESC, entity) AS place
    FROM (
        SELECT criterion, item_type, service, what, entity, rows, rooms FROM counted
        UNION ALL
        SELECT criterion, '*', '*', what, entity, rows, rooms FROM counted
    ) AS by_entity
    GROUP BY criterion, item_type, service, what, entity
),
settled AS (
    SELECT criterion, item_type, service, what, COUNT(*) AS entities, MAX(CASE WHEN place = 1 THEN entity END) AS entity
    FROM places
    GROUP BY criterion, item_type, service, what
)
SELECT g.criterion, g.item_type, g.service, g.what, CAST(g.rows AS BIGINT) AS rows, CAST(g.rooms AS BIGINT) AS rooms,
    CAST(g.units AS DOUBLE) AS units, s.entities, s.entity, CAST(g.at_most AS DOUBLE) AS at_most, g.bounded_by,
    CAST(g.unknown_rows AS BIGINT) AS unknown_rows
FROM groups g
JOIN settled s ON s.criterion = g.criterion AND s.item_type = g.item_type AND s.service = g.service AND s.what = g.what
