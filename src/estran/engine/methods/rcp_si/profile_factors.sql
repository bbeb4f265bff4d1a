-- profile_factors: impact of one unit made, one unit ended and one kWh of a profile, the stages added up (uncertainty, quality).
-- Grain: one row per profile and criterion; what another source moves as a whole (row_source) is left out. Units: per unit.
SELECT profile_id, entity, part, family, item_type, criterion,
    COALESCE(CAST(SUM(CASE WHEN component = 'made' THEN CAST(factor AS DECIMAL(38, 22)) END) AS DOUBLE), 0) AS made_factor,
    COALESCE(CAST(SUM(CASE WHEN component = 'ended' THEN CAST(factor AS DECIMAL(38, 22)) END) AS DOUBLE), 0) AS ended_factor,
    COALESCE(CAST(SUM(CASE WHEN component = 'kwh' THEN CAST(factor AS DECIMAL(38, 22)) END) AS DOUBLE), 0) AS kwh_factor
FROM contributions
WHERE value IS NOT NULL AND row_source IS NULL
GROUP BY profile_id, entity, part, family, item_type, criterion
