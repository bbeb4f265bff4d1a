-- factors_in_use: impact of one unit of a flow, with its coefficient of variation: its own, else its quality's (Q2).
-- Grain: one row per flow, stage and criterion. Units: the criterion's per unit of the flow.
SELECT f.flow, f.stage, f.criterion, f.value, COALESCE(f.cv, u.cv, d.cv) AS cv, f.source, f.price_year, f.approximate
FROM factors f
LEFT JOIN uncertainty_classes u ON u.kind = 'factor_quality' AND u.class = CAST(CAST(f.quality AS INTEGER) AS VARCHAR(9))
CROSS JOIN (SELECT cv FROM uncertainty_classes WHERE kind = 'factor_default') d
