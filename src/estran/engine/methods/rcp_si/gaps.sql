-- gaps: everything that could not be resolved, never counted as zero (M3, M4).
-- Grain: one row per thing missing. Units: quantity in items, in units of the flow for a factor, in kWh for electricity.
WITH missing AS (
    SELECT c.*, p.reference, p.model FROM contributions c LEFT JOIN profiles p ON p.profile_id = c.profile_id
    WHERE c.factor IS NULL AND c.amount <> 0
),
missing_units AS (
    SELECT DISTINCT item_type, COALESCE(reference, '') AS reference, COALESCE(model, '') AS model, stage, component,
        criterion, factor_flow
    FROM missing WHERE kind = 'item' AND flow = 'unit'
),
missing_zones AS (
    SELECT DISTINCT zone, criterion FROM missing WHERE kind = 'item' AND flow = 'electricity_kwh'
),
missing_flows AS (
    SELECT DISTINCT kind, COALESCE(row_source, '') AS room, item_type, flow, stage, zone, criterion
    FROM missing WHERE kind <> 'item'
),
of_items AS (
    SELECT row_id, item_id, entity, item_type, stop AS what, '' AS stage, '' AS criterion, '' AS detail, quantity
    FROM problem_rows WHERE stop IS NOT NULL
    UNION ALL
    SELECT row_id, item_id, entity, item_type, embodied_gap, '', '', '', quantity
    FROM problem_rows WHERE stop IS NULL AND embodied_gap IS NOT NULL
    UNION ALL
    SELECT row_id, item_id, entity, item_type, 'mean_total_life_years', '', '', '', quantity
    FROM problem_rows WHERE stop IS NULL AND lacks_mean_total_life
    UNION ALL
    SELECT row_id, item_id, entity, item_type, kwh_gap, 'use', '', '',
        CASE WHEN kwh_gap = 'kwh_measured' THEN kwh_measured WHEN kwh_gap = 'zone' THEN kwh ELSE quantity END
    FROM problem_rows WHERE stop IS NULL AND kwh_gap IS NOT NULL
    UNION ALL
    SELECT row_id, item_id, entity, item_type, 'room', '', '', room, CAST(NULL AS DOUBLE)
    FROM problem_rows WHERE stop IS NULL AND lacks_room
    UNION ALL
    SELECT r.row_id, r.item_id, r.entity, r.item_type, 'factor', m.stage, m.criterion, m.factor_flow,
        CASE WHEN m.component = 'ended' THEN r.ended ELSE r.made END
    FROM problem_rows r
    JOIN missing_units m ON m.item_type = r.item_type AND m.reference = COALESCE(r.reference, '')
        AND m.model = COALESCE(r.model, '')
    WHERE r.stop IS NULL AND CASE WHEN m.component = 'ended' THEN r.ended ELSE r.made END <> 0
    UNION ALL
    SELECT r.row_id, r.item_id, r.entity, r.item_type, 'electricity factor', 'use', z.criterion, r.use_zone, r.kwh
    FROM problem_rows r JOIN missing_zones z ON z.zone = r.use_zone
    WHERE r.stop IS NULL AND r.kwh <> 0
),
of_activities AS (
    SELECT row_id, item_id, entity, COALESCE(written_type, '') AS item_type, gap AS what, '' AS stage, '' AS criterion,
        '' AS detail, amount AS quantity
    FROM activities
    WHERE gap IS NOT NULL AND (written_flow <> 'telework_person_days' OR item_type = 'box_fibre' OR gap <> written_flow)
    UNION ALL
    SELECT row_id, item_id, entity, COALESCE(written_type, ''), use_gap, 'use', '', '', amount
    FROM activities WHERE use_gap IS NOT NULL AND amount <> 0
    UNION ALL
    SELECT a.row_id, a.item_id, a.entity, COALESCE(a.written_type, ''),
        CASE WHEN m.flow = 'electricity_kwh' THEN 'electricity factor' ELSE 'factor' END, m.stage, m.criterion,
        CASE WHEN m.flow = 'electricity_kwh' THEN m.zone WHEN m.kind = 'box' THEN m.item_type ELSE m.flow END,
        CASE
            WHEN m.flow = 'electricity_kwh' AND a.kwh IS NOT NULL THEN a.kwh
            WHEN m.kind = 'box' THEN a.made
            ELSE a.amount
        END
    FROM activities a
    JOIN missing_flows m ON m.flow = a.flow OR (m.kind = 'box' AND a.flow = 'unit' AND m.item_type = a.item_type)
        OR (m.kind = 'activity' AND m.flow = 'electricity_kwh' AND a.flow <> 'unit' AND a.kwh IS NOT NULL)
    WHERE m.kind <> 'room' AND a.gap IS NULL AND COALESCE(m.zone, a.zone, '') = COALESCE(a.zone, '')
        AND m.item_type = a.item_type AND a.amount <> 0
    UNION ALL
    SELECT a.row_id, a.item_id, a.entity, COALESCE(a.written_type, ''), 'factor', '', '', a.flow, a.amount
    FROM activities a
    LEFT JOIN (SELECT DISTINCT flow FROM factors_in_use) f ON f.flow = a.flow
    WHERE f.flow IS NULL AND a.flow NOT IN ('unit', 'electricity_kwh', 'declared_impact') AND a.gap IS NULL AND a.amount <> 0
),
of_rooms AS (
    SELECT room, entity, 'room meters' AS what, '' AS stage, '' AS criterion, '' AS detail, CAST(NULL AS DOUBLE) AS quantity
    FROM rooms WHERE meters_disagree
    UNION ALL
    SELECT room, entity, 'pue', '', '', '', NULL FROM rooms WHERE lacks_pue
    UNION ALL
    SELECT room, entity, 'room environment', '', '', '', NULL FROM rooms WHERE lacks_environment
    UNION ALL
    SELECT room, entity, 'refrigerant', '', '', refrigerant, NULL FROM rooms WHERE lacks_refrigerant
    UNION ALL
    SELECT room, entity, 'zone', 'use', '', '', overhead_kwh + unshared_it_kwh
    FROM rooms WHERE use_zone IS NULL AND overhead_kwh + unshared_it_kwh <> 0
    UNION ALL
    SELECT r.room, r.entity, CASE WHEN m.flow = 'electricity_kwh' THEN 'electricity factor' ELSE 'factor' END,
        m.stage, m.criterion, COALESCE(m.zone, m.flow),
        CASE m.flow WHEN 'electricity_kwh' THEN r.overhead_kwh + r.unshared_it_kwh WHEN 'room_kw_year' THEN r.environment_kw
            WHEN 'room_m2_year' THEN r.environment_m2 WHEN 'fuel_kg' THEN r.fuel_kg ELSE r.refrigerant_kg END
    FROM rooms r JOIN missing_flows m ON m.kind = 'room' AND m.room = r.room
    UNION ALL
    SELECT r.room, r.entity, 'factor', '', '', r.flow, r.amount
    FROM (
        SELECT room, entity, 'room_kw_year' AS flow, environment_kw AS amount FROM rooms
        UNION ALL
        SELECT room, entity, 'room_m2_year', environment_m2 FROM rooms
        UNION ALL
        SELECT room, entity, 'fuel_kg', fuel_kg FROM rooms
    ) AS r
    LEFT JOIN (SELECT DISTINCT flow FROM factors_in_use) f ON f.flow = r.flow
    WHERE f.flow IS NULL AND r.amount <> 0
)
SELECT row_id, item_id, entity, item_type, what, stage, criterion, detail, quantity FROM of_items
UNION ALL
SELECT row_id, item_id, entity, item_type, what, stage, criterion, detail, quantity FROM of_activities
UNION ALL
SELECT CAST(NULL AS BIGINT), room, entity, 'room', what, stage, criterion, detail, quantity FROM of_rooms
