-- lifetimes, flow view: what was bought and what was withdrawn in the year (V2); no lifetime is used.
-- Grain: one row per item. Units: made and ended in units of the year.
SELECT p.*,
    CAST(NULL AS DOUBLE) AS lifetime_years,
    CAST(NULL AS VARCHAR(32)) AS lifetime_origin,
    CASE
        WHEN purchase_t >= setting_year() AND purchase_t < setting_year() + 1
            THEN quantity * share * (1 - COALESCE(refurbished_share, 0))
        WHEN purchase_t IS NOT NULL THEN 0.0
    END AS made,
    CASE
        WHEN withdrawal_t >= setting_year() AND withdrawal_t < setting_year() + 1
            THEN quantity * share * (1 - CASE WHEN reuse_proof THEN COALESCE(reuse_rate, 0) ELSE 0 END)
    END AS ended,
    CASE WHEN purchase_t IS NULL THEN 'purchase_date' END AS embodied_gap,
    FALSE AS lacks_mean_total_life
FROM presence p
