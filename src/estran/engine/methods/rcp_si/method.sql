-- method: the parameters that a compatibility method fixes by itself (Y1-Y4), from method_parameters.
-- Grain: one row. Units: shares and ratios without unit, years, days per year.
SELECT
    MAX(CASE WHEN parameter = 'cope_share' THEN value END) AS cope_share,
    MAX(CASE WHEN parameter = 'pue' THEN value END) AS pue,
    MAX(CASE WHEN parameter = 'lifetime_years' THEN value END) AS lifetime_years,
    MAX(CASE WHEN parameter = 'days_per_year' THEN value END) AS days_per_year
FROM method_parameters
WHERE method = setting_method()
