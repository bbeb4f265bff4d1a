-- lifetimes, EcoDiag flow view: a row without a date, or bought in the year, counts whole (Y7); no end of life.
-- Grain: one row per item. Units: made in units of the year.
SELECT p.*,
    CAST(NULL AS DOUBLE) AS lifetime_years, CAST(NULL AS VARCHAR(32)) AS lifetime_origin,
    CASE WHEN purchase_t IS NULL OR (purchase_t >= setting_year() AND purchase_t < setting_year() + 1) THEN quantity ELSE 0.0 END AS made,
    CAST(NULL AS DOUBLE) AS ended, CAST(NULL AS VARCHAR(32)) AS embodied_gap, FALSE AS lacks_mean_total_life
FROM presence p
