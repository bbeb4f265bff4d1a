-- contributions: amount times factor (method, section 2), with the name and cv of the factor's sources of uncertainty (E9,
-- Q4, Q8-Q10): its own error, of which a part is common to its producer, and what it stands for: another item (proxy) or another
-- year (elec_age).
-- Grain: one row per amount and criterion; factor NULL where the catalogue has none: a gap when the amount is not 0 (M4).
-- Units: value in the unit of the criterion; type_value, model_value and pue_value are the parts that a default moves.
WITH matched AS (
    SELECT a.*, r.criterion, r.flow AS factor_flow, ('factor ' || r.flow || ' ' || a.stage) AS factor_source,
        f.value AS factor, f.cv AS factor_cv, f.source AS factor_origin, f.source AS producer,
        CASE WHEN r.stands_in OR f.approximate THEN 'proxy ' || a.item_type || ' ' || r.flow END AS stand_in, general_proxy_cv() AS stand_in_cv
    FROM amounts a
    JOIN profiles p ON p.profile_id = a.profile_id
    JOIN item_references r ON r.item_type = p.item_type AND COALESCE(r.reference, '') = COALESCE(p.reference, '')
        AND COALESCE(r.model, '') = COALESCE(p.model, '')
    LEFT JOIN factors_in_use f ON f.flow = r.flow AND f.stage = a.stage AND f.criterion = r.criterion
    WHERE a.flow = 'unit'
    UNION ALL
    SELECT a.*, c.criterion, a.zone, ('electricity ' || a.zone || ' ' || CAST(CAST(e.year AS BIGINT) AS VARCHAR(9))),
        e.value, e.cv, e.source, NULL,
        'elec_age ' || a.zone || ' ' || CAST(CAST(e.year AS BIGINT) AS VARCHAR(9)), e.age_cv
    FROM amounts a
    CROSS JOIN run_criteria c
    LEFT JOIN electricity_factors e ON e.zone = a.zone AND e.criterion = c.criterion
    WHERE a.flow = 'electricity_kwh'
    UNION ALL
    SELECT a.*, c.criterion, a.flow, ('factor ' || a.flow || ' ' || a.stage), f.value, f.cv, f.source, f.source,
        CASE WHEN f.approximate AND a.stage <> 'use' THEN 'proxy ' || a.item_type || ' ' || a.flow END, general_proxy_cv()
    FROM amounts a
    CROSS JOIN run_criteria c
    LEFT JOIN factors_in_use f ON f.flow = a.flow AND f.stage = a.stage AND f.criterion = c.criterion
    WHERE a.flow NOT IN ('unit', 'electricity_kwh')
)
SELECT profile_id, kind, entity, part, family, item_type, flow, stage, component, zone, amount, parameter,
    row_source, row_source_cv, criterion, factor_flow, factor_source, factor, factor_cv, factor_origin,
    CASE WHEN general_producer_share() > 0 THEN producer END AS producer,
    CASE WHEN stand_in_cv > 0 THEN stand_in END AS stand_in, stand_in_cv,
    amount * factor AS value, type_amount * factor AS type_value, model_amount * factor AS model_value,
    pue_amount * factor AS pue_value
FROM matched
