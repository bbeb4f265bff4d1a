-- lifetimes, stock view: lives before and after this owner (L8, L9), and units per year, the same at the three embodied stages (A1).
-- Grain: one row per item. Units: years; made and ended in units per year.
WITH internal AS (
    SELECT e.*, CASE WHEN upstream_proof THEN COALESCE(upstream_years * refurbished_share, 0) ELSE 0 END AS upstream_bonus_years
    FROM expected_lives e
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
