-- rows: what each inventory row counts for in the year, beside the profile that gives its factors (A1, E1-E8, R4, V2, T1, C3).
-- Grain: one row per item counted, per activity counted and per telework box.
-- Units: quantity items (or units of the flow), made and ended units, kwh kWh in the year (in a metered room its share of the meter).
WITH counted AS (
    SELECT c.*, r.room AS metered_room, r.it_per_key
    FROM consumption c
    LEFT JOIN rooms r ON r.room = c.room AND r.is_metered
    WHERE c.stop IS NULL
        AND (c.presence > 0 OR (setting_view() = 'flow' AND (c.made IS NOT NULL OR c.ended IS NOT NULL)))
),
of_items AS (
    SELECT c.row_id, p.profile_id, c.quantity, c.share, c.presence, c.lifetime_years, c.lifetime_origin, c.made, c.ended,
        CASE WHEN c.metered_room IS NULL THEN c.modelled_kwh ELSE c.modelled_kwh * c.it_per_key END AS kwh, c.kwh_origin
    FROM counted c
    JOIN profiles p ON p.kind = 'item' AND p.entity = c.entity AND p.item_type = c.item_type
        AND p.reference IS NOT DISTINCT FROM c.reference AND p.model IS NOT DISTINCT FROM c.model
        AND p.zone IS NOT DISTINCT FROM c.use_zone AND p.metered_room IS NOT DISTINCT FROM c.metered_room
        AND p.acquisition IS NOT DISTINCT FROM c.acquisition AND p.ownership IS NOT DISTINCT FROM c.ownership
        AND p.hosting IS NOT DISTINCT FROM c.hosting
),
of_activities AS (
    SELECT a.row_id, p.profile_id, a.amount AS quantity, CAST(NULL AS DOUBLE) AS share, CAST(NULL AS DOUBLE) AS presence,
        CAST(NULL AS DOUBLE) AS lifetime_years, CAST(NULL AS VARCHAR(32)) AS lifetime_origin,
        CASE WHEN a.flow = 'unit' THEN a.made ELSE a.amount END AS made, a.made AS ended, a.kwh,
        CAST(NULL AS VARCHAR(32)) AS kwh_origin
    FROM activities a
    JOIN profiles p ON p.kind = CASE WHEN a.flow = 'unit' THEN 'box' ELSE 'activity' END
        AND p.entity = a.entity AND p.item_type = a.item_type AND p.written_flow = a.written_flow
        AND p.flow IS NOT DISTINCT FROM CASE WHEN a.flow <> 'unit' THEN a.flow END
        AND p.service IS NOT DISTINCT FROM CASE WHEN a.flow <> 'unit' THEN a.service END
        AND p.zone IS NOT DISTINCT FROM CASE WHEN a.flow IN ('unit', 'electricity_kwh') OR a.kwh IS NOT NULL THEN a.zone END
        AND p.acquisition IS NOT DISTINCT FROM a.acquisition AND p.hosting IS NOT DISTINCT FROM a.hosting
    WHERE a.flow = 'unit' OR a.gap IS NULL
)
SELECT * FROM of_items
UNION ALL
SELECT * FROM of_activities
