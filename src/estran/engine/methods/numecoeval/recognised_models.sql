-- recognised_models, NumEcoEval: a model is recognised whatever the type, declared or not (M1); one sheet per model.
-- Grain: one row per item type and model. Units: years, kWh per year.
SELECT item_type, model, reference, lifetime_years, kwh_per_year
FROM (
    SELECT t.item_type, LOWER(TRIM(m.model)) AS model, m.reference, m.lifetime_years, m.kwh_per_year,
        ROW_NUMBER() OVER (PARTITION BY t.item_type, LOWER(TRIM(m.model))
            ORDER BY CASE WHEN m.item_type = '*' THEN 1 ELSE 0 END,
                m.reference NULLS LAST, m.lifetime_years NULLS LAST, m.kwh_per_year NULLS LAST) AS choice
    FROM models m
    JOIN (SELECT DISTINCT item_type FROM inventory WHERE item_type IS NOT NULL) t
        ON m.item_type = t.item_type OR m.item_type = '*'
    WHERE m.model IS NOT NULL
) AS sheets
WHERE choice = 1
