-- general: the defaults that hold for every type, in force in the year (E10 zone, L8-L9, R3 PUE, R7 load, R8 leaks, T1, U1).
-- Grain: one row. Units: shares and rates without unit, EUR per person-day.
WITH in_force AS (
    SELECT d.parameter, d.value, d.cv,
           ROW_NUMBER() OVER (PARTITION BY d.parameter ORDER BY COALESCE(d.valid_from, -9999) DESC, d.value) AS rank
    FROM defaults d
    WHERE d.item_type = '*' AND COALESCE(d.valid_from, -9999) <= setting_year()
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
    MAX(CASE WHEN parameter = 'eur_per_person_day' THEN TRY_CAST(value AS DOUBLE) END) AS eur_per_person_day
FROM in_force CROSS JOIN (SELECT cv FROM uncertainty_classes WHERE kind = 'default') u
WHERE rank = 1
