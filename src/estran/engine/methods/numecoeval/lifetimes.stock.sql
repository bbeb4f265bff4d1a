-- lifetimes, NumEcoEval: withdrawal, else the day of calculation, minus purchase, in years of 365 days: the age of kit in
-- service (Y1); without a purchase date the type's default, else a general default (Y2); swapped dates: no embodied amount.
-- Grain: one row per item. Units: years; made and ended in units per year.
WITH dated AS (
    SELECT p.*,
        CASE
            WHEN purchase_day IS NOT NULL
                THEN (COALESCE(withdrawal_day, setting_calculation_day()) - purchase_day) / general_days_per_year()
            ELSE COALESCE(type_lifetime_years, general_lifetime_years())
        END AS years,
        CASE
            WHEN purchase_day IS NOT NULL THEN 'dates'
            WHEN type_lifetime_years IS NOT NULL THEN 'type_default'
            ELSE 'method_default'
        END AS lifetime_origin
    FROM presence p
)
SELECT d.*,
    CASE WHEN years > 0 THEN years END AS lifetime_years,
    CASE WHEN years > 0 THEN quantity * share / years END AS made,
    CASE WHEN years > 0 THEN quantity * share / years END AS ended,
    CASE WHEN years > 0 THEN NULL ELSE 'dates' END AS embodied_gap,
    FALSE AS lacks_mean_total_life
FROM dated d
