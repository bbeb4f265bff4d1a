-- amounts: every amount of the year, by profile, flow, stage and zone, with what moves it (A1, R4-R8, T1).
-- Grain: one row per profile and stage, or per room, entity, flow and stage. Units: of the flow (units, kWh, kW, m2, kg …).
-- component names the moment of profiles that carries the errors of the rows; row_source, when there is one, replaces it.
WITH row_cv AS (
    SELECT class, cv FROM uncertainty_classes WHERE kind = 'row_quality'
),
stages_of_flow AS (
    SELECT DISTINCT flow, stage FROM factors_in_use
),
of_profiles AS (
    SELECT profile_id, kind, entity, item_type, acquisition, ownership, hosting, 'unit' AS flow, 'manufacturing' AS stage,
        'made' AS component, CAST(NULL AS VARCHAR(255)) AS zone, made AS amount, 'lifetime_years' AS parameter,
        made_type AS type_amount, made_model AS model_amount, CAST(NULL AS VARCHAR(255)) AS row_source
    FROM profiles WHERE kind IN ('item', 'box')
    UNION ALL
    SELECT profile_id, kind, entity, item_type, acquisition, ownership, hosting, 'unit', 'distribution',
        'made', NULL, made, 'lifetime_years', made_type, made_model, NULL
    FROM profiles WHERE kind IN ('item', 'box')
    UNION ALL
    SELECT p.profile_id, p.kind, p.entity, p.item_type, p.acquisition, p.ownership, p.hosting, 'unit', 'end_of_life',
        'ended', NULL, p.ended, 'lifetime_years', p.made_type, p.made_model, NULL
    FROM profiles p WHERE p.kind IN ('item', 'box')
    UNION ALL
    SELECT profile_id, kind, entity, item_type, acquisition, ownership, hosting, 'electricity_kwh', 'use',
        'kwh', zone, kwh, 'kwh_per_year', kwh_type, kwh_model, metered_room
    FROM profiles WHERE kind IN ('item', 'box') AND zone IS NOT NULL
    UNION ALL
    SELECT profile_id, kind, entity, item_type, acquisition, ownership, hosting, flow, 'use',
        'made', zone, made, NULL, NULL, NULL, NULL
    FROM profiles WHERE kind = 'activity' AND flow = 'electricity_kwh'
    UNION ALL
    SELECT p.profile_id, p.kind, p.entity, p.item_type, p.acquisition, p.ownership, p.hosting, p.flow, s.stage,
        'made', NULL, p.made, NULL, NULL, NULL, NULL
    FROM profiles p JOIN stages_of_flow s ON s.flow = p.flow
    WHERE p.kind = 'activity' AND p.flow <> 'electricity_kwh'
),
entity_shares AS (
    SELECT r.room, COALESCE(k.entity, r.entity) AS entity,
        CASE WHEN k.entity IS NULL THEN 1.0 ELSE k.key_kwh / r.key_kwh END AS share
    FROM rooms r
    LEFT JOIN room_keys k ON k.room = r.room AND r.key_kwh > 0
),
room_flows AS (
    SELECT room, 'electricity_kwh' AS flow, 'use' AS stage, use_zone AS zone, overhead_kwh AS amount,
        CASE WHEN pue_is_default THEN overhead_kwh END AS pue_amount
    FROM rooms WHERE use_zone IS NOT NULL
    UNION ALL
    SELECT r.room, 'room_kw_year', s.stage, NULL, r.environment_kw, NULL
    FROM rooms r JOIN stages_of_flow s ON s.flow = 'room_kw_year'
    UNION ALL
    SELECT r.room, 'room_m2_year', s.stage, NULL, r.environment_m2, NULL
    FROM rooms r JOIN stages_of_flow s ON s.flow = 'room_m2_year'
    UNION ALL
    SELECT r.room, ('refrigerant_kg:' || r.refrigerant), 'use', NULL, r.refrigerant_kg, NULL
    FROM rooms r
    UNION ALL
    SELECT r.room, 'fuel_kg', s.stage, NULL, r.fuel_kg, NULL
    FROM rooms r JOIN stages_of_flow s ON s.flow = 'fuel_kg'
),
of_rooms AS (
    SELECT e.entity, f.flow, f.stage, f.zone, f.amount * e.share AS amount, f.pue_amount * e.share AS pue_amount, f.room
    FROM room_flows f JOIN entity_shares e ON e.room = f.room
    WHERE f.amount IS NOT NULL
    UNION ALL
    SELECT entity, 'electricity_kwh', 'use', use_zone, unshared_it_kwh, NULL, room
    FROM rooms WHERE unshared_it_kwh > 0 AND use_zone IS NOT NULL
),
all_amounts AS (
    SELECT profile_id, kind, entity, item_type, acquisition, ownership, hosting, flow, stage, component, zone, amount,
        parameter, type_amount, model_amount, CAST(NULL AS DOUBLE) AS pue_amount, row_source
    FROM of_profiles
    WHERE amount IS NOT NULL
    UNION ALL
    SELECT CAST(NULL AS BIGINT), 'room', o.entity, 'room', CAST(NULL AS VARCHAR(32)), CAST(NULL AS VARCHAR(32)), r.hosting,
        o.flow, o.stage, CAST(NULL AS VARCHAR(32)), o.zone, o.amount,
        CAST(NULL AS VARCHAR(32)), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), o.pue_amount, o.room
    FROM of_rooms o JOIN rooms r ON r.room = o.room
)
SELECT
    a.*, q.cv AS row_source_cv,
    CASE
        WHEN a.kind = 'activity' AND f.part = 'services' THEN 'services'
        WHEN e.school THEN 'schools'
        ELSE 'administration'
    END AS part,
    COALESCE(t.family, f.family, 'other') AS family
FROM all_amounts a
LEFT JOIN entities e ON e.entity = a.entity
LEFT JOIN rooms r ON r.room = a.row_source
LEFT JOIN row_cv q ON q.class = COALESCE(r.quality, 'low') AND a.row_source IS NOT NULL
LEFT JOIN profiles p ON p.profile_id = a.profile_id AND a.kind = 'activity'
LEFT JOIN known_flows f ON f.flow = CASE a.kind WHEN 'room' THEN 'room_kw_year' ELSE p.written_flow END
LEFT JOIN item_types t ON t.code = a.item_type
