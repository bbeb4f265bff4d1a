-- lifetimes, stock view: how long an item is expected to be used by its owner, never its age (L1-L7), the lives before and
-- after this owner (L8, L9), and units per year, the same at the three embodied stages (A1).
-- Grain: one row per item. Units: years; made and ended in units per year.
WITH expected AS (
    SELECT p.*,
        CASE
            WHEN declared_lifetime_years > 0 THEN declared_lifetime_years
            WHEN purchase_t IS NOT NULL AND withdrawal_t IS NOT NULL THEN withdrawal_t - purchase_t
            WHEN purchase_t IS NOT NULL AND planned_t IS NOT NULL THEN planned_t - purchase_t
            ELSE COALESCE(model_lifetime_years, type_lifetime_years)
        END AS expected_years,
        CASE
            WHEN declared_lifetime_years > 0 THEN 'declared'
            WHEN purchase_t IS NOT NULL AND withdrawal_t IS NOT NULL THEN 'dates'
            WHEN purchase_t IS NOT NULL AND planned_t IS NOT NULL THEN 'planned'
            WHEN model_lifetime_years IS NOT NULL THEN 'matched'
            WHEN type_lifetime_years IS NOT NULL THEN 'type_default'
        END AS expected_origin
    FROM presence p
),
floored AS (
    SELECT e.*,
        setting_outlived() = 'floor' AND expected_origin IN ('planned', 'matched', 'type_default')
            AND expected_years > 0 AND setting_year() + 1 - purchase_t > expected_years AS outlived,
        setting_year() + 1 - purchase_t AS age_years
    FROM expected e
),
internal AS (
    SELECT f.*,
        CASE WHEN outlived THEN age_years WHEN expected_years > 0 THEN expected_years END AS internal_years,
        CASE
            WHEN outlived THEN CASE expected_origin
                WHEN 'planned' THEN 'planned+outlived' WHEN 'matched' THEN 'matched+outlived' ELSE 'type_default+outlived'
            END
            ELSE expected_origin
        END AS lifetime_origin,
        CASE WHEN upstream_proof THEN COALESCE(upstream_years * refurbished_share, 0) ELSE 0 END AS upstream_bonus_years
    FROM floored f
),
complete AS (
    SELECT i.*,
        internal_years + upstream_bonus_years
            + CASE
                WHEN reuse_proof AND reuse_rate > 0 AND mean_total_life_years IS NOT NULL
                    THEN reuse_rate * GREATEST(0.0, mean_total_life_years - internal_years - upstream_bonus_years)
                ELSE 0
              END AS lifetime_years
    FROM internal i
)
SELECT c.*,
    CASE WHEN presence > 0 THEN quantity * share * presence / lifetime_years END AS made,
    CASE WHEN presence > 0 THEN quantity * share * presence / lifetime_years END AS ended,
    CASE WHEN presence > 0 AND lifetime_years IS NULL THEN 'lifetime_years' END AS embodied_gap,
    presence > 0 AND lifetime_years IS NOT NULL AND reuse_proof AND reuse_rate > 0 AND mean_total_life_years IS NULL
        AS lacks_mean_total_life
FROM complete c
