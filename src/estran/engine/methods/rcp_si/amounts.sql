-- amounts: every amount of the year, by profile, flow, stage and zone, with what moves it (A1, C7, R4-R8, T1).
-- Grain: one row per profile and stage, or per room, entity, flow and stage. Units: of the flow (units, kWh, kW, m2, kg …).
-- component names the moment of profiles that carries the errors of the rows; row_source, when there is one, replaces it.
WITH row_cv AS (
    SELECT class, cv FROM uncertainty_classes WHERE kind = 'row_quality'
),
stages_of_flow AS (
    SELECT DISTINCT flow, stage FROM factors_in_use WHERE flow <> 'electricity_kwh'
    UNION ALL
    SELECT 'electricity_kwh', 'use'
),
of_equipment AS (
    SELECT p.profile_id, p.kind, p.entity, p.item_type, p.acquisition, p.ownership, p.hosting, f.flow, f.stage, f.component,
        CASE WHEN f.flow <> 'unit' THEN p.zone END AS zone,
        CASE f.component WHEN 'made' THEN p.made WHEN 'ended' THEN p.ended ELSE p.kwh END AS amount,
        CASE WHEN f.flow = 'unit' THEN 'lifetime_years' ELSE 'kwh_per_year' END AS parameter,
        CASE WHEN f.flow = 'unit' THEN p.made_type ELSE p.kwh_type END AS type_amount,
        CASE WHEN f.flow = 'unit' THEN p.made_model ELSE p.kwh_model END AS model_amount,
        CAST(NULL AS DOUBLE) AS pue_amount,
        CASE WHEN f.flow <> 'unit' THEN p.metered_room END AS row_source, CAST(NULL AS VARCHAR(255)) AS written_flow
    FROM profiles p
    CROSS JOIN (VALUES
        ('unit', 'manufacturing', 'made'), ('unit', 'distribution', 'made'), ('unit', 'end_of_life', 'ended'),
        ('electricity_kwh', 'use', 'kwh')) AS f (flow, stage, component)
    WHERE p.kind IN ('item', 'box') AND (f.flow = 'unit' OR p.zone IS NOT NULL)
),
of_activities AS (
    SELECT p.profile_id, p.kind, p.entity, p.item_type, p.acquisition, p.ownership, p.hosting, p.flow, s.stage,
        'made' AS component, CASE WHEN p.flow = 'electricity_kwh' THEN p.zone END AS zone, p.made AS amount,
        CAST(NULL AS VARCHAR(32)) AS parameter, CAST(NULL AS DOUBLE) AS type_amount, CAST(NULL AS DOUBLE) AS model_amount,
        CAST(NULL AS DOUBLE) AS pue_amount, CAST(NULL AS VARCHAR(255)) AS row_source, p.written_flow
    FROM profiles p JOIN stages_of_flow s ON s.flow = p.flow
    WHERE p.kind = 'activity'
    UNION ALL
    SELECT profile_id, kind, entity, item_type, acquisition, ownership, hosting, 'electricity_kwh', 'use', 'kwh', zone, kwh,
        CAST(NULL AS VARCHAR(32)), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), kwh_type, CAST(NULL AS VARCHAR(255)), written_flow
    FROM profiles
    WHERE kind = 'activity' AND kwh IS NOT NULL
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
    SELECT room, ('refrigerant_kg:' || refrigerant), 'use', NULL, refrigerant_kg, NULL FROM rooms
    UNION ALL
    SELECT r.room, s.flow, s.stage, NULL,
        CASE s.flow WHEN 'room_kw_year' THEN r.environment_kw WHEN 'room_m2_year' THEN r.environment_m2 ELSE r.fuel_kg END, NULL
    FROM rooms r CROSS JOIN stages_of_flow s
    WHERE s.flow IN ('room_kw_year', 'room_m2_year', 'fuel_kg')
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
        parameter, type_amount, model_amount, pue_amount, row_source, written_flow
    FROM (SELECT * FROM of_equipment UNION ALL SELECT * FROM of_activities) AS of_profiles
    WHERE amount IS NOT NULL
    UNION ALL
    SELECT CAST(NULL AS BIGINT), 'room', o.entity, 'room', CAST(NULL AS VARCHAR(32)), CAST(NULL AS VARCHAR(32)), r.hosting,
        o.flow, o.stage, CAST(NULL AS VARCHAR(32)), o.zone, o.amount,
        CAST(NULL AS VARCHAR(32)), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), o.pue_amount, o.room, 'room_kw_year'
    FROM of_rooms o JOIN rooms r ON r.room = o.room
)
SELECT a.profile_id, a.kind, a.entity, a.item_type, a.acquisition, a.ownership, a.hosting, a.flow, a.stage, a.component, a.zone,
    a.amount, a.parameter, a.type_amount, a.model_amount, a.pue_amount, a.row_source, q.cv AS row_source_cv,
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
LEFT JOIN known_flows f ON f.flow = a.written_flow
LEFT JOIN item_types t ON t.code = a.item_type
