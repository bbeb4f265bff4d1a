-- recognised_models, EcoDiag: its models as model sheets, beside those of the authority (Y7, M1).
-- Grain: one row per item type and model. Units: years, kWh per year.
SELECT DISTINCT item_type, flow AS model, flow AS reference, lifetime_years, kwh_per_year FROM ecodiag_rules
UNION ALL
SELECT item_type, model, reference, lifetime_years, kwh_per_year
FROM (
    SELECT item_type, LOWER(TRIM(model)) AS model, reference, lifetime_years, kwh_per_year,
        ROW_NUMBER() OVER (PARTITION BY item_type, LOWER(TRIM(model))
            ORDER BY reference NULLS LAST, lifetime_years NULLS LAST, kwh_per_year NULLS LAST) AS choice
    FROM models
    WHERE model IS NOT NULL
) AS sheets
WHERE choice = 1
