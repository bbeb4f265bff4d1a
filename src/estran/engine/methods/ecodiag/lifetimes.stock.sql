-- lifetimes, EcoDiag stock view: the declared lifetime, else the model's, else the type's; no end of life.
-- Grain: one row per item. Units: years, made in units per year.
SELECT p.*,
    COALESCE(declared_lifetime_years, model_lifetime_years, type_lifetime_years) AS lifetime_years,
    CASE
        WHEN declared_lifetime_years IS NOT NULL THEN 'declared'
        WHEN model_lifetime_years IS NOT NULL THEN 'matched'
        WHEN type_lifetime_years IS NOT NULL THEN 'type_default'
    END AS lifetime_origin,
    quantity / NULLIF(COALESCE(declared_lifetime_years, model_lifetime_years, type_lifetime_years), 0) AS made,
    CAST(NULL AS DOUBLE) AS ended,
    CASE WHEN COALESCE(declared_lifetime_years, model_lifetime_years, type_lifetime_years) > 0 THEN NULL ELSE 'lifetime_years' END AS embodied_gap,
    FALSE AS lacks_mean_total_life
FROM presence p
