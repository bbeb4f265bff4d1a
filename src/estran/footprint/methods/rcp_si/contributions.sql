-- contributions: amount times factor (method, section 2), with the name and cv of the factor's source of uncertainty (E9, Q4).
-- Grain: one row per line and criterion; factor NULL where the catalogue has none: a gap when the amount is not 0 (M4).
-- Units: value in the unit of the criterion.
SELECT l.*, r.criterion, r.flow AS factor_flow, ('factor ' || r.flow || ' ' || l.stage) AS factor_source,
    f.value AS factor, f.cv AS factor_cv, l.amount * f.value AS value,
    l.type_amount * f.value AS type_value, l.model_amount * f.value AS model_value, CAST(NULL AS DOUBLE) AS pue_value,
    f.source AS factor_origin
FROM lines l
JOIN profiles p ON p.profile_id = l.profile_id
JOIN item_references r ON r.item_type = p.item_type AND COALESCE(r.reference, '') = COALESCE(p.reference, '')
    AND COALESCE(r.model, '') = COALESCE(p.model, '')
LEFT JOIN factors_in_use f ON f.flow = r.flow AND f.stage = l.stage AND f.criterion = r.criterion
WHERE l.flow = 'unit'
UNION ALL
SELECT l.*, c.criterion, l.zone, ('electricity ' || l.zone || ' ' || CAST(CAST(e.year AS BIGINT) AS VARCHAR(9))),
    e.value, e.cv, l.amount * e.value, l.type_amount * e.value, l.model_amount * e.value, l.pue_amount * e.value,
    e.source
FROM lines l
CROSS JOIN run_criteria c
LEFT JOIN electricity_factors e ON e.zone = l.zone AND e.criterion = c.criterion
WHERE l.flow = 'electricity_kwh'
UNION ALL
SELECT l.*, c.criterion, l.flow, ('factor ' || l.flow || ' ' || l.stage), f.value, f.cv, l.amount * f.value, NULL, NULL, NULL,
    f.source
FROM lines l
CROSS JOIN run_criteria c
LEFT JOIN factors_in_use f ON f.flow = l.flow AND f.stage = l.stage AND f.criterion = c.criterion
WHERE l.flow NOT IN ('unit', 'electricity_kwh')
