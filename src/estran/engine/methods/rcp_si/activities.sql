-- activities: the flow and the amount that each activity row counts for (C3-C7, G6, O1-O3, N1, N2, T1, T2).
-- Grain: one row per activity row; a telework row makes two boxes, each its own row source.
-- Units: amount in the unit of the flow (a spend in EUR excluding VAT, at the prices of the year of its factor); made in boxes
-- per year; kwh in kWh in the year, for boxes and for instances of a cloud. use_gap: why an instance has no electricity.
WITH kept AS (
    SELECT i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, i.flow AS written_flow, i.service, i.amount,
        COALESCE(i.zone, general_zone()) AS zone, CASE WHEN i.zone IS NOT NULL THEN 'declared' ELSE 'type_default' END AS zone_origin,
        i.quality, i.criterion, COALESCE(i.stage, 'use') AS stage, i.hosting, i.acquisition,
        LOWER(i.site) AS region, i.vat, COALESCE(i.price_year, setting_year()) AS price_year
    FROM inventory i
    LEFT JOIN guards x ON x.row_id = i.row_id
    WHERE i.flow IS NOT NULL AND x.row_id IS NULL
),
own_factors AS (
    SELECT flow, MAX(price_year) AS price_year, MAX(CASE WHEN stage = 'use' THEN 1 ELSE 0 END) AS has_use
    FROM factors_in_use
    GROUP BY flow
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
instances AS (
    -- An instance is written with its provider or, where only one provider has a type of that name, without it (C7).
    SELECT flow AS spelling, flow, provider, kwh_per_hour FROM cloud_instances
    UNION ALL
    SELECT 'cloud:' || type, MIN(flow), MIN(provider), MIN(kwh_per_hour)
    FROM cloud_instances GROUP BY 'cloud:' || type HAVING COUNT(*) = 1
),
regions AS (
    SELECT k.row_id, MIN(u.pue) AS pue
    FROM kept k
    JOIN instances n ON n.spelling = LOWER(k.written_flow)
    JOIN cloud_pues u ON u.provider = n.provider AND k.region LIKE u.region
    GROUP BY k.row_id
),
plain AS (
    SELECT k.*, n.kwh_per_hour, r.pue,
        CASE
            WHEN k.written_flow = 'service_person_days' AND o.flow IS NULL THEN 'spend_it_services_eur'
            -- Boxes counted as items: the factor per GB must not hold them again (N2, G6).
            WHEN k.written_flow = 'data_gb_fixed' AND b.rows > 0 AND w.flow IS NOT NULL THEN w.flow
            WHEN o.flow IS NULL AND n.flow IS NOT NULL THEN n.flow
            ELSE k.written_flow
        END AS flow,
        CASE
            WHEN k.written_flow = 'service_person_days' AND o.flow IS NULL THEN k.amount * general_eur_per_person_day()
            WHEN k.written_flow LIKE 'spend_%' THEN
                k.amount / CASE WHEN k.vat = 'included' THEN 1 + general_vat_rate() ELSE 1 END
                    * COALESCE(p.value / NULLIF(q.value, 0), 1)
            ELSE k.amount
        END AS counted_amount,
        CASE
            WHEN k.written_flow = 'service_person_days' AND o.flow IS NULL OR k.written_flow LIKE 'spend_%' THEN 'proxy'
            ELSE 'declared'
        END AS origin,
        -- A flow that has its own factor of use keeps it (C7).
        n.flow IS NOT NULL AND COALESCE(o.has_use, v.has_use, 0) = 0 AS draws
    FROM kept k
    CROSS JOIN counted_boxes b
    LEFT JOIN instances n ON n.spelling = LOWER(k.written_flow)
    LEFT JOIN regions r ON r.row_id = k.row_id
    LEFT JOIN own_factors o ON o.flow = k.written_flow
    LEFT JOIN own_factors v ON v.flow = n.flow
    LEFT JOIN own_factors w ON w.flow = 'data_gb_fixed_without_box'
    LEFT JOIN price_indices p ON p.year = o.price_year
    LEFT JOIN price_indices q ON q.year = k.price_year
    WHERE k.written_flow <> 'telework_person_days'
)
SELECT
    row_id, item_id, entity, item_type AS written_type, COALESCE(item_type, written_flow) AS item_type, written_flow, flow,
    service, counted_amount AS amount, origin, zone, zone_origin, quality, criterion, stage, hosting, acquisition,
    CAST(NULL AS DOUBLE) AS made,
    CASE WHEN draws AND zone IS NOT NULL THEN amount * kwh_per_hour * COALESCE(pue, general_pue()) END AS kwh,
    draws AND pue IS NULL AS pue_is_default,
    CASE
        WHEN counted_amount IS NULL THEN written_flow
        WHEN written_flow = 'declared_impact' AND criterion IS NULL THEN 'criterion'
        WHEN flow = 'electricity_kwh' AND zone IS NULL THEN 'zone'
    END AS gap,
    CASE
        WHEN NOT draws OR amount IS NULL THEN NULL
        WHEN kwh_per_hour IS NULL THEN 'kwh'
        WHEN pue IS NULL AND general_pue() IS NULL THEN 'pue'
        WHEN zone IS NULL THEN 'zone'
    END AS use_gap
FROM plain
UNION ALL
SELECT
    k.row_id, k.item_id, k.entity, k.item_type, b.box_type, k.written_flow, 'unit',
    k.service, k.amount / 365 / general_persons_per_household() * b.share, 'declared', k.zone, k.zone_origin, k.quality,
    k.criterion, k.stage, k.hosting, k.acquisition,
    k.amount / 365 / general_persons_per_household() * b.share / NULLIF(p.lifetime_years, 0),
    k.amount / 365 / general_persons_per_household() * b.share * p.kwh_per_year,
    FALSE,
    CASE
        WHEN k.amount / 365 / general_persons_per_household() * b.share IS NULL THEN k.written_flow
        WHEN p.lifetime_years IS NULL THEN 'lifetime_years'
        WHEN p.kwh_per_year IS NULL THEN 'kwh'
        WHEN k.zone IS NULL THEN 'zone'
    END,
    CAST(NULL AS VARCHAR(32))
FROM kept k
CROSS JOIN boxes b
LEFT JOIN parameters p ON p.item_type = b.box_type
WHERE k.written_flow = 'telework_person_days'
