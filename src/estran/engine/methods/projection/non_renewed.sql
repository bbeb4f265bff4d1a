-- standing: what a projection holds constant unless a lever moves it: activities, telework boxes, computer rooms (Z2, V3).
-- Grain: one row per set of levers, kind and flow. Units: amount in the unit of the flow (units per year for a box);
-- kwh and overhead_kwh in kWh per year. A room's overhead is here only when no listed item carries it (R5, R6).
WITH constant AS (
    SELECT s.signature, CASE WHEN a.flow = 'unit' THEN 'box' ELSE 'activity' END AS kind, a.item_type, a.flow,
        CASE WHEN a.flow IN ('unit', 'electricity_kwh') OR a.kwh IS NOT NULL THEN a.zone END AS zone,
        CASE a.flow WHEN 'unit' THEN a.made WHEN 'electricity_kwh' THEN NULL ELSE a.amount END AS amount,
        CASE WHEN a.flow = 'electricity_kwh' THEN a.amount ELSE a.kwh END AS kwh, CAST(NULL AS DOUBLE) AS overhead_kwh
    FROM activities a JOIN lever_rows s ON s.row_id = a.row_id
    WHERE a.gap IS NULL AND a.flow <> 'declared_impact'
    UNION ALL
    SELECT s.signature, 'room', 'room', l.flow, NULL, l.amount, NULL, NULL
    FROM (
        SELECT room, flow, MAX(amount) AS amount
        FROM (
            SELECT row_source AS room, flow, stage, CAST(SUM(CAST(amount AS DECIMAL(38, 18))) AS DOUBLE) AS amount
            FROM amounts WHERE kind = 'room' AND flow <> 'electricity_kwh' GROUP BY row_source, flow, stage
        ) AS by_stage
        GROUP BY room, flow
    ) l
    JOIN lever_rooms s ON s.room = l.room
    UNION ALL
    SELECT s.signature, 'room', 'room', 'electricity_kwh', r.use_zone, NULL, r.unshared_it_kwh, r.overhead_kwh
    FROM rooms r JOIN lever_rooms s ON s.room = r.room
    WHERE r.key_kwh = 0 AND r.use_zone IS NOT NULL
)
SELECT signature, kind, item_type, flow, zone, COUNT(*) AS rows,
    CAST(SUM(CAST(amount AS DECIMAL(38, 18))) AS DOUBLE) AS amount,
    CAST(SUM(CAST(kwh AS DECIMAL(38, 18))) AS DOUBLE) AS kwh,
    CAST(SUM(CAST(overhead_kwh AS DECIMAL(38, 18))) AS DOUBLE) AS overhead_kwh
FROM constant
GROUP BY signature, kind, item_type, flow, zone
ORDER BY signature, kind, item_type, flow, zone
