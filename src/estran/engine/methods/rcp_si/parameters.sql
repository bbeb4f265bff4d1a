-- parameters: the defaults of each item type in force in the year: the latest valid_from not after it (L5, L9, E5, M2, X1).
-- Grain: one row per item type. Units: years, kWh per year; cv without unit (Q3: its own, else the class 'default').
WITH in_force AS (
    SELECT d.item_type, d.parameter, d.value, COALESCE(d.cv, u.cv) AS cv, d.source,
           ROW_NUMBER() OVER (
               PARTITION BY d.item_type, d.parameter ORDER BY COALESCE(d.valid_from, -9999) DESC, d.value
           ) AS rank
    FROM defaults d
    CROSS JOIN (SELECT cv FROM uncertainty_classes WHERE kind = 'default') u
    WHERE d.item_type <> '*' AND COALESCE(d.valid_from, -9999) <= setting_year()
),
by_type AS (
    SELECT
        item_type,
        MAX(CASE WHEN parameter = 'lifetime_years' THEN TRY_CAST(value AS DOUBLE) END) AS lifetime_years,
        MAX(CASE WHEN parameter = 'lifetime_years' THEN cv END) AS lifetime_cv,
        MAX(CASE WHEN parameter = 'kwh_per_year' THEN TRY_CAST(value AS DOUBLE) END) AS kwh_per_year,
        MAX(CASE WHEN parameter = 'power_w' THEN TRY_CAST(value AS DOUBLE) END) AS power_w,
        MAX(CASE WHEN parameter = 'hours_per_year' THEN TRY_CAST(value AS DOUBLE) END) AS hours_per_year,
        MAX(CASE WHEN parameter = 'kwh_per_year' THEN cv END) AS kwh_cv,
        MAX(CASE WHEN parameter = 'power_w' THEN cv END) AS power_cv,
        MAX(CASE WHEN parameter = 'lifetime_years' THEN source END) AS lifetime_source,
        MAX(CASE WHEN parameter IN ('kwh_per_year', 'power_w') THEN source END) AS kwh_source,
        MAX(CASE WHEN parameter = 'mean_total_life_years' THEN TRY_CAST(value AS DOUBLE) END) AS mean_total_life_years,
        MAX(CASE WHEN parameter = 'excluded' THEN TRY_CAST(value AS DOUBLE) END) AS excluded,
        MAX(CASE WHEN parameter = 'is_server' THEN TRY_CAST(value AS DOUBLE) END) AS is_server,
        MAX(CASE WHEN parameter = 'is_storage' THEN TRY_CAST(value AS DOUBLE) END) AS is_storage,
        MAX(CASE WHEN parameter = 'is_internet_box' THEN TRY_CAST(value AS DOUBLE) END) AS is_internet_box,
        MAX(CASE WHEN parameter = 'reference' THEN value END) AS reference,
        MAX(CASE WHEN parameter = 'proxy_reference' THEN value END) AS proxy_reference
    FROM in_force
    WHERE rank = 1
    GROUP BY item_type
)
SELECT
    item_type, lifetime_years, lifetime_cv,
    COALESCE(kwh_per_year, power_w * hours_per_year / 1000) AS kwh_per_year,
    COALESCE(kwh_cv, power_cv) AS kwh_cv,
    lifetime_source, kwh_source, mean_total_life_years, excluded, is_server, is_storage, is_internet_box, reference, proxy_reference
FROM by_type
