-- gap_weights: what is missing, weighed: the order of magnitude of each group of gaps, never in a total (M6).
-- Grain: one row per criterion, item type (or flow), service and cause, '*' standing for all of them: an item type with all its
-- causes, a cause in all item types, everything. Units: rows of the inventory, each once; rooms; units in items, for an activity
-- in units of its flow; at_most in the unit of the criterion, NULL where nothing is known, with '*' the sum of what is known;
-- unknown_rows are rows and rooms without any order of magnitude; entity is the one of most rows, bounded_by
-- the flow whose largest factor served.
WITH kwh AS (
    SELECT criterion, COALESCE(MAX(CASE WHEN is_used THEN value END), MAX(value)) AS value
    FROM (
        SELECT e.criterion, e.value, e.zone = general_zone() OR z.zone IS NOT NULL AS is_used
        FROM electricity_factors e LEFT JOIN (SELECT DISTINCT zone FROM amounts WHERE flow = 'electricity_kwh') z ON z.zone = e.zone
    ) AS zones
    GROUP BY criterion
),
lives AS (
    SELECT subject, CASE WHEN setting_view() = 'flow' THEN 1 ELSE value END AS value FROM gap_bounds WHERE part = 'life'
),
weighed AS (
    SELECT g.row_key, g.is_row, g.entity, g.item_type, g.service, g.what, r.criterion, g.units,
        CASE
            WHEN g.what = 'factor' AND g.stage = '' THEN g.quantity * w.value
            WHEN g.what = 'factor' THEN g.quantity * f.value
            WHEN g.what IN ('lifetime_years', 'mean_total_life_years') THEN g.quantity * e.value / l.value
            WHEN g.what = 'purchase_date' THEN g.quantity * e.value
            WHEN g.what IN ('dates', 'withdrawal_date', 'status', 'use_share')
                THEN g.quantity * (e.value / l.value + c.value * k.value)
            WHEN g.what = 'kwh' OR g.subject LIKE 'cloud:%' AND g.what IN ('pue', 'zone') THEN g.quantity * c.value * k.value
            WHEN g.what IN ('kwh_measured', 'zone', 'electricity factor') THEN g.quantity * k.value
        END AS at_most,
        CASE
            WHEN g.what = 'kwh' THEN c.flow
            WHEN g.what <> 'factor' THEN e.flow
            WHEN g.stage = '' THEN w.flow
            ELSE f.flow
        END AS bounded_by
    FROM gap_rows g
    JOIN run_criteria r ON g.criterion IN ('', r.criterion)
    LEFT JOIN kwh k ON k.criterion = r.criterion
    LEFT JOIN lives l ON l.subject = g.subject
    LEFT JOIN gap_bounds c ON c.subject = g.subject AND c.part = 'kwh'
    LEFT JOIN gap_bounds e ON e.subject = g.subject AND e.part = 'embodied' AND e.criterion = r.criterion
    LEFT JOIN gap_bounds w ON w.subject = g.subject AND w.part = 'whole' AND w.criterion = r.criterion
    LEFT JOIN gap_bounds f ON f.subject = g.subject AND f.part = g.stage AND f.criterion = r.criterion
),
causes AS (
    SELECT criterion, row_key, is_row, entity, item_type, service, what, MAX(units) AS units,
        SUM(CAST(at_most AS DECIMAL(38, 20))) AS at_most, MAX(bounded_by) AS bounded_by, MAX(CASE WHEN at_most IS NULL THEN 1 ELSE 0 END) AS is_unknown
    FROM weighed
    GROUP BY criterion, row_key, is_row, entity, item_type, service, what
),
counted AS (
    SELECT c.*, ROW_NUMBER() OVER (PARTITION BY criterion, row_key ORDER BY what) AS place,
        MAX(is_unknown) OVER (PARTITION BY criterion, row_key) AS lacks_any
    FROM causes c
),
by_entity AS (
    SELECT criterion, item_type, service, what, entity, is_row AS rows, 1 - is_row AS rooms, units, at_most, bounded_by, is_unknown
    FROM counted
    UNION ALL
    SELECT criterion, item_type, service, '*', entity, CASE WHEN place = 1 THEN is_row ELSE 0 END,
        CASE WHEN place = 1 THEN 1 - is_row ELSE 0 END, CASE WHEN place = 1 THEN units END, at_most, bounded_by,
        CASE WHEN place = 1 THEN lacks_any ELSE 0 END
    FROM counted
    UNION ALL
    SELECT criterion, '*', '*', what, entity, is_row, 1 - is_row, NULL, at_most, NULL, is_unknown FROM counted
    UNION ALL
    SELECT criterion, '*', '*', '*', entity, CASE WHEN place = 1 THEN is_row ELSE 0 END,
        CASE WHEN place = 1 THEN 1 - is_row ELSE 0 END, NULL, at_most, NULL, CASE WHEN place = 1 THEN lacks_any ELSE 0 END
    FROM counted
),
placed AS (
    SELECT b.*, ROW_NUMBER() OVER (PARTITION BY criterion, item_type, service, what ORDER BY rows DESC, rooms DESC, entity) AS place
    FROM (
        SELECT criterion, item_type, service, what, entity, SUM(rows) AS rows, SUM(rooms) AS rooms,
            SUM(CAST(units AS DECIMAL(38, 18))) AS units, SUM(at_most) AS at_most, MAX(bounded_by) AS bounded_by,
            SUM(is_unknown) AS unknown_rows
        FROM by_entity
        GROUP BY criterion, item_type, service, what, entity
    ) AS b
)
SELECT criterion, item_type, service, what, CAST(SUM(rows) AS BIGINT) AS rows, CAST(SUM(rooms) AS BIGINT) AS rooms,
    CAST(SUM(units) AS DOUBLE) AS units, COUNT(*) AS entities, MAX(CASE WHEN place = 1 THEN entity END) AS entity,
    CASE WHEN what = '*' OR SUM(unknown_rows) = 0 THEN CAST(SUM(at_most) AS DOUBLE) END AS at_most,
    MAX(bounded_by) AS bounded_by, CAST(SUM(unknown_rows) AS BIGINT) AS unknown_rows
FROM placed
GROUP BY criterion, item_type, service, what
