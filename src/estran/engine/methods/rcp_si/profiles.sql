-- profiles: amounts that share every factor and every common source of uncertainty: items, boxes, activities (Q1, Q3).
-- Grain: one row per profile. Units as in cells; *_type and *_model are the parts moved by a default of the type or the model
-- (of an activity, kwh_type is the part that the default PUE moves, C7);
-- the moments carry cv squared: var of a row is E^2 made_sq + 2 E G made_x_kwh + G^2 kwh_sq (method, uncertainty).
WITH row_cv AS (
    SELECT class, cv FROM uncertainty_classes WHERE kind = 'row_quality'
),
items_by_quality AS (
    SELECT entity, item_type, reference, model, zone, metered_room, acquisition, ownership, hosting, COALESCE(quality, 'low') AS quality,
        SUM(rows) AS rows, SUM(quantity) AS quantity, SUM(made) AS made, SUM(ended) AS ended, SUM(kwh) AS kwh,
        SUM(CASE WHEN lifetime_origin = 'type_default' THEN made END) AS made_type,
        SUM(CASE WHEN lifetime_origin = 'matched' THEN made END) AS made_model,
        SUM(CASE WHEN kwh_origin = 'type_default' AND metered_room IS NULL THEN kwh END) AS kwh_type,
        SUM(CASE WHEN kwh_origin = 'matched' AND metered_room IS NULL THEN kwh END) AS kwh_model,
        SUM(made_sq) AS made_sq, SUM(made_x_ended) AS made_x_ended, SUM(ended_sq) AS ended_sq,
        SUM(made_x_kwh) AS made_x_kwh, SUM(ended_x_kwh) AS ended_x_kwh, SUM(kwh_sq) AS kwh_sq
    FROM cells
    GROUP BY entity, item_type, reference, model, zone, metered_room, acquisition, ownership, hosting, COALESCE(quality, 'low')
),
item_profiles AS (
    SELECT
        'item' AS kind, entity, item_type, reference, model, zone, metered_room, acquisition, ownership, hosting,
        CAST(NULL AS VARCHAR(255)) AS flow, CAST(NULL AS VARCHAR(255)) AS written_flow, CAST(NULL AS VARCHAR(255)) AS service,
        SUM(rows) AS rows, SUM(quantity) AS quantity, SUM(made) AS made, SUM(ended) AS ended, SUM(kwh) AS kwh,
        SUM(made_type) AS made_type, SUM(made_model) AS made_model, SUM(kwh_type) AS kwh_type, SUM(kwh_model) AS kwh_model,
        CAST(SUM(CAST(q.cv * q.cv * CAST(made_sq AS DOUBLE) AS DECIMAL(38, 20))) AS DOUBLE) AS made_sq,
        CAST(SUM(CAST(q.cv * q.cv * CAST(made_x_ended AS DOUBLE) AS DECIMAL(38, 20))) AS DOUBLE) AS made_x_ended,
        CAST(SUM(CAST(q.cv * q.cv * CAST(ended_sq AS DOUBLE) AS DECIMAL(38, 20))) AS DOUBLE) AS ended_sq,
        CAST(SUM(CAST(q.cv * q.cv * CAST(made_x_kwh AS DOUBLE) AS DECIMAL(38, 18))) AS DOUBLE) AS made_x_kwh,
        CAST(SUM(CAST(q.cv * q.cv * CAST(ended_x_kwh AS DOUBLE) AS DECIMAL(38, 18))) AS DOUBLE) AS ended_x_kwh,
        CAST(SUM(CAST(q.cv * q.cv * CAST(kwh_sq AS DOUBLE) AS DECIMAL(38, 15))) AS DOUBLE) AS kwh_sq
    FROM items_by_quality i
    JOIN row_cv q ON q.class = i.quality
    GROUP BY entity, item_type, reference, model, zone, metered_room, acquisition, ownership, hosting
),
box_profiles AS (
    SELECT
        'box' AS kind, entity, a.item_type, CAST(NULL AS VARCHAR(255)) AS reference, CAST(NULL AS VARCHAR(255)) AS model, zone,
        CAST(NULL AS VARCHAR(255)) AS metered_room, acquisition, CAST(NULL AS VARCHAR(32)) AS ownership, hosting,
        CAST(NULL AS VARCHAR(255)) AS flow, written_flow, CAST(NULL AS VARCHAR(255)) AS service,
        COUNT(*) AS rows, SUM(CAST(amount AS DECIMAL(38, 18))) AS quantity,
        SUM(CAST(made AS DECIMAL(38, 18))) AS made, SUM(CAST(made AS DECIMAL(38, 18))) AS ended,
        SUM(CAST(kwh AS DECIMAL(38, 18))) AS kwh,
        SUM(CAST(made AS DECIMAL(38, 18))) AS made_type, CAST(NULL AS DECIMAL(38, 18)) AS made_model,
        SUM(CAST(kwh AS DECIMAL(38, 18))) AS kwh_type, CAST(NULL AS DECIMAL(38, 18)) AS kwh_model,
        CAST(SUM(CAST(q.cv * q.cv * made * made AS DECIMAL(38, 20))) AS DOUBLE) AS made_sq,
        CAST(SUM(CAST(q.cv * q.cv * made * made AS DECIMAL(38, 20))) AS DOUBLE) AS made_x_ended,
        CAST(SUM(CAST(q.cv * q.cv * made * made AS DECIMAL(38, 20))) AS DOUBLE) AS ended_sq,
        CAST(SUM(CAST(q.cv * q.cv * made * kwh AS DECIMAL(38, 18))) AS DOUBLE) AS made_x_kwh,
        CAST(SUM(CAST(q.cv * q.cv * made * kwh AS DECIMAL(38, 18))) AS DOUBLE) AS ended_x_kwh,
        CAST(SUM(CAST(q.cv * q.cv * kwh * kwh AS DECIMAL(38, 15))) AS DOUBLE) AS kwh_sq
    FROM activities a JOIN row_cv q ON q.class = COALESCE(a.quality, 'low')
    WHERE a.flow = 'unit'
    GROUP BY entity, a.item_type, zone, acquisition, hosting, written_flow
),
activity_profiles AS (
    SELECT
        'activity' AS kind, entity, a.item_type, CAST(NULL AS VARCHAR(255)) AS reference, CAST(NULL AS VARCHAR(255)) AS model,
        CASE WHEN flow = 'electricity_kwh' OR kwh IS NOT NULL THEN zone END AS zone, CAST(NULL AS VARCHAR(255)) AS metered_room,
        acquisition, CAST(NULL AS VARCHAR(32)) AS ownership, hosting, flow, written_flow, service,
        COUNT(*) AS rows, CAST(NULL AS DECIMAL(38, 18)) AS quantity,
        SUM(CAST(amount AS DECIMAL(38, 18))) AS made, CAST(NULL AS DECIMAL(38, 18)) AS ended,
        SUM(CAST(kwh AS DECIMAL(38, 18))) AS kwh,
        CAST(NULL AS DECIMAL(38, 18)) AS made_type, CAST(NULL AS DECIMAL(38, 18)) AS made_model,
        SUM(CASE WHEN pue_is_default THEN CAST(kwh AS DECIMAL(38, 18)) END) AS kwh_type, CAST(NULL AS DECIMAL(38, 18)) AS kwh_model,
        CAST(SUM(CAST(q.cv * q.cv * amount * amount AS DECIMAL(38, 15))) AS DOUBLE) AS made_sq,
        CAST(NULL AS DOUBLE) AS made_x_ended, CAST(NULL AS DOUBLE) AS ended_sq,
        CAST(SUM(CAST(q.cv * q.cv * amount * kwh AS DECIMAL(38, 15))) AS DOUBLE) AS made_x_kwh, CAST(NULL AS DOUBLE) AS ended_x_kwh,
        CAST(SUM(CAST(q.cv * q.cv * kwh * kwh AS DECIMAL(38, 15))) AS DOUBLE) AS kwh_sq
    FROM activities a JOIN row_cv q ON q.class = COALESCE(a.quality, 'low')
    WHERE a.flow <> 'unit' AND a.flow <> 'declared_impact' AND a.gap IS NULL
    GROUP BY entity, a.item_type, CASE WHEN flow = 'electricity_kwh' OR kwh IS NOT NULL THEN zone END, acquisition, hosting, flow, written_flow, service
)
SELECT
    ROW_NUMBER() OVER (
        ORDER BY kind, entity, item_type NULLS LAST, reference NULLS LAST, model NULLS LAST, zone NULLS LAST,
            metered_room NULLS LAST, acquisition NULLS LAST, ownership NULLS LAST, hosting NULLS LAST,
            flow NULLS LAST, written_flow NULLS LAST, service NULLS LAST
    ) AS profile_id,
    p.kind, p.entity, p.item_type, p.reference, p.model, p.zone, p.metered_room, p.acquisition, p.ownership, p.hosting,
    p.flow, p.written_flow, p.service, p.rows, CAST(p.quantity AS DOUBLE) AS quantity,
    CAST(p.made AS DOUBLE) AS made, CAST(p.ended AS DOUBLE) AS ended, CAST(p.kwh AS DOUBLE) AS kwh,
    CAST(p.made_type AS DOUBLE) AS made_type, CAST(p.made_model AS DOUBLE) AS made_model,
    CAST(p.kwh_type AS DOUBLE) AS kwh_type, CAST(p.kwh_model AS DOUBLE) AS kwh_model,
    COALESCE(p.made_sq, 0) AS made_sq, COALESCE(p.made_x_ended, 0) AS made_x_ended,
    COALESCE(p.ended_sq, 0) AS ended_sq, COALESCE(p.made_x_kwh, 0) AS made_x_kwh,
    COALESCE(p.ended_x_kwh, 0) AS ended_x_kwh, COALESCE(p.kwh_sq, 0) AS kwh_sq
FROM (
    SELECT * FROM item_profiles
    UNION ALL
    SELECT * FROM box_profiles
    UNION ALL
    SELECT * FROM activity_profiles
) AS p
