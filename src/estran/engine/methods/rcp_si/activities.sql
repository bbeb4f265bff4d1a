-- activities: the flow and the amount that each activity row counts for (C3-C5, G6, O1-O3, N1, N2, T1, T2).
-- Grain: one row per activity row; a telework row makes two boxes, each its own row source.
-- Units: amount in the unit of the flow; made in boxes per year, kwh in kWh for boxes.
WITH kept AS (
    SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, i.flow AS written_flow, i.service, i.amount,
        COALESCE(i.zone, general_zone()) AS zone, CASE WHEN i.zone IS NOT NULL THEN 'declared' ELSE 'type_default' END AS zone_origin,
        i.quality, i.criterion, COALESCE(i.stage, 'use') AS stage, i.hosting, i.acquisition
    FROM inventory i
    LEFT JOIN guards x ON x.row_id = i.row_id
    WHERE i.flow IS NOT NULL AND x.row_id IS NULL
),
own_factors AS (
    SELECT DISTINCT flow FROM factors_in_use
),
boxes AS (
    SELECT 'box_fibre' AS box_type, general_box_fibre_share() AS share
    UNION ALL
    SELECT 'box_adsl', 1 - general_box_fibre_share()
),
counted_boxes AS (
    SELECT COUNT(*) AS rows
    FROM (
        SELECT row_id FROM kept WHERE written_flow = 'telework_person_days'
        UNION ALL
        SELECT c.rows FROM cells c JOIN parameters p ON p.item_type = c.item_type WHERE p.is_internet_box = 1
    ) AS with_box
),
plain AS (
    SELECT k.*,
        CASE
            WHEN k.written_flow = 'service_person_days' AND o.flow IS NULL THEN 'spend_it_services_eur'
            -- Boxes counted as items: the factor per GB must not hold them again (N2, G6).
            WHEN k.written_flow = 'data_gb_fixed' AND b.rows > 0 AND w.flow IS NOT NULL THEN w.flow
            ELSE k.written_flow
        END AS flow,
        CASE WHEN k.written_flow = 'service_person_days' AND o.flow IS NULL THEN k.amount * general_eur_per_person_day() ELSE k.amount END
            AS counted_amount,
        CASE WHEN k.written_flow = 'service_person_days' AND o.flow IS NULL THEN 'proxy' ELSE 'declared' END AS origin
    FROM kept k
    CROSS JOIN counted_boxes b
    LEFT JOIN own_factors o ON o.flow = k.written_flow
    LEFT JOIN own_factors w ON w.flow = 'data_gb_fixed_without_box'
    WHERE k.written_flow <> 'telework_person_days'
)
SELECT
    row_id, item_id, entity, item_type AS written_type, COALESCE(item_type, written_flow) AS item_type, written_flow, flow,
    service, counted_amount AS amount, origin, zone, zone_origin, quality, criterion, stage, hosting, acquisition,
    CAST(NULL AS DOUBLE) AS made, CAST(NULL AS DOUBLE) AS kwh,
    CASE
        WHEN counted_amount IS NULL THEN written_flow
        WHEN written_flow = 'declared_impact' AND criterion IS NULL THEN 'criterion'
        WHEN flow = 'electricity_kwh' AND zone IS NULL THEN 'zone'
    END AS gap
FROM plain
UNION ALL
SELECT
    k.row_id, k.item_id, k.entity, k.item_type, b.box_type, k.written_flow, 'unit',
    k.service, k.amount / 365 / general_persons_per_household() * b.share, 'declared', k.zone, k.zone_origin, k.quality,
    k.criterion, k.stage, k.hosting, k.acquisition,
    k.amount / 365 / general_persons_per_household() * b.share / NULLIF(p.lifetime_years, 0),
    k.amount / 365 / general_persons_per_household() * b.share * p.kwh_per_year,
    CASE
        WHEN k.amount / 365 / general_persons_per_household() * b.share IS NULL THEN k.written_flow
        WHEN p.lifetime_years IS NULL THEN 'lifetime_years'
        WHEN p.kwh_per_year IS NULL THEN 'kwh'
        WHEN k.zone IS NULL THEN 'zone'
    END
FROM kept k
CROSS JOIN boxes b
LEFT JOIN parameters p ON p.item_type = b.box_type
WHERE k.written_flow = 'telework_person_days'
