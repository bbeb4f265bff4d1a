-- problem_rows: the items with at least one thing missing (M3): in the row itself, or a factor for what the row counts.
-- Grain: one row per such item. Units: made, ended units and kwh of the year, quantity items.
WITH missing_units AS (
    SELECT DISTINCT p.item_type, COALESCE(p.reference, '') AS reference, COALESCE(p.model, '') AS model
    FROM contributions c JOIN profiles p ON p.profile_id = c.profile_id
    WHERE c.kind = 'item' AND c.flow = 'unit' AND c.factor IS NULL AND c.amount <> 0
),
missing_zones AS (
    SELECT DISTINCT zone FROM contributions WHERE kind = 'item' AND flow = 'electricity_kwh' AND factor IS NULL AND amount <> 0
),
incomplete AS (
    SELECT
        c.row_id, c.entity, c.item_type, c.reference, c.model, c.quantity, c.stop, c.embodied_gap,
        c.lacks_mean_total_life, c.kwh_gap, c.kwh_measured, c.lacks_room, c.room, c.use_zone, c.made, c.ended,
        CASE WHEN c.in_metered_room THEN c.modelled_kwh * r.it_per_key ELSE c.modelled_kwh END AS kwh
    FROM consumption c
    LEFT JOIN missing_units m ON m.item_type = c.item_type AND m.reference = COALESCE(c.reference, '')
        AND m.model = COALESCE(c.model, '')
    LEFT JOIN missing_zones z ON z.zone = c.use_zone
    LEFT JOIN rooms r ON r.room = c.room
    WHERE c.stop IS NOT NULL OR c.embodied_gap IS NOT NULL OR c.lacks_mean_total_life OR c.kwh_gap IS NOT NULL OR c.lacks_room
        OR (m.item_type IS NOT NULL AND (c.made <> 0 OR c.ended <> 0))
        OR (z.zone IS NOT NULL AND c.modelled_kwh <> 0)
)
-- Names are read for the few rows kept only.
SELECT f.*, i.item_id FROM incomplete f JOIN inventory i ON i.row_id = f.row_id
