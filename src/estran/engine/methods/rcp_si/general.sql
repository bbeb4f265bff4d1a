-- general: the defaults that hold for every type, in force in the year, or what the method and its edition fix in their place
-- (C6 VAT, E10 zone, L8-L9, R3 PUE, R7 load, R8 leaks, T1, U1; Q8-Q10; Y1-Y4).
-- Grain: one row. Units: shares, rates and ratios without unit, years, days per year, EUR per person-day.
WITH known AS (
    SELECT d.parameter, d.value, d.cv, COALESCE(d.valid_from, -9999) AS valid_from
    FROM defaults d
    WHERE d.item_type = '*' AND COALESCE(d.valid_from, -9999) <= setting_year()
    UNION ALL
    SELECT parameter, CAST(value AS VARCHAR(32)), NULL, 9999 FROM method_parameters
),
in_force AS (
    SELECT k.*, ROW_NUMBER() OVER (PARTITION BY k.parameter ORDER BY k.valid_from DESC, k.value) AS rank FROM known k
)
SELECT
    MAX(CASE WHEN parameter = 'zone' THEN value END) AS zone,
    MAX(CASE WHEN parameter = 'byod_share' THEN TRY_CAST(value AS DOUBLE) END) AS byod_share,
    MAX(CASE WHEN parameter = 'cope_share' THEN TRY_CAST(value AS DOUBLE) END) AS cope_share,
    MAX(CASE WHEN parameter = 'pue' THEN TRY_CAST(value AS DOUBLE) END) AS pue,
    MAX(CASE WHEN parameter = 'pue' THEN COALESCE(in_force.cv, u.cv) END) AS pue_cv,
    MAX(CASE WHEN parameter = 'room_load' THEN TRY_CAST(value AS DOUBLE) END) AS room_load,
    MAX(CASE WHEN parameter = 'leak_rate' THEN TRY_CAST(value AS DOUBLE) END) AS leak_rate,
    MAX(CASE WHEN parameter = 'persons_per_household' THEN TRY_CAST(value AS DOUBLE) END) AS persons_per_household,
    MAX(CASE WHEN parameter = 'box_fibre_share' THEN TRY_CAST(value AS DOUBLE) END) AS box_fibre_share,
    MAX(CASE WHEN parameter = 'eur_per_person_day' THEN TRY_CAST(value AS DOUBLE) END) AS eur_per_person_day,
    MAX(CASE WHEN parameter = 'vat_rate' THEN TRY_CAST(value AS DOUBLE) END) AS vat_rate,
    MAX(CASE WHEN parameter = 'lifetime_years' THEN TRY_CAST(value AS DOUBLE) END) AS lifetime_years,
    MAX(CASE WHEN parameter = 'days_per_year' THEN TRY_CAST(value AS DOUBLE) END) AS days_per_year,
    MAX(CASE WHEN parameter = 'producer_share' THEN TRY_CAST(value AS DOUBLE) END) AS producer_share,
    MAX(CASE WHEN parameter = 'proxy_cv' THEN TRY_CAST(value AS DOUBLE) END) AS proxy_cv,
    MAX(CASE WHEN parameter = 'elec_age_cv_per_year' THEN TRY_CAST(value AS DOUBLE) END) AS elec_age_cv_per_year,
    MAX(CASE WHEN parameter = 'elec_age_cv_most' THEN TRY_CAST(value AS DOUBLE) END) AS elec_age_cv_most
FROM in_force CROSS JOIN (SELECT cv FROM uncertainty_classes WHERE kind = 'default') u
WHERE rank = 1
