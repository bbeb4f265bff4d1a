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
found AS (
    SELECT c.* FROM consumption c
    WHERE stop IS NOT NULL OR embodied_gap IS NOT NULL OR lacks_mean_total_life OR kwh_gap IS NOT NULL OR lacks_room
    UNION
    SELECT c.*
    FROM consumption c
    JOIN missing_units m ON m.item_type = c.item_type AND m.reference = COALESCE(c.reference, '')
        AND m.model = COALESCE(c.model, '')
    WHERE c.made <> 0 OR c.ended <> 0
    UNION
    SELECT c.* FROM consumption c JOIN missing_zones z ON z.zone = c.use_zone WHERE c.modelled_kwh <> 0
)
SELECT
    f.row_id, f.item_id, f.entity, f.item_type, f.reference, f.model, f.quantity, f.stop, f.embodied_gap,
    f.lacks_mean_total_life, f.kwh_gap, f.kwh_measured, f.lacks_room, f.room, f.use_zone, f.made, f.ended,
    CASE WHEN f.in_metered_room THEN f.modelled_kwh * r.it_per_key ELSE f.modelled_kwh END AS kwh
FROM found f
LEFT JOIN rooms r ON r.room = f.room
