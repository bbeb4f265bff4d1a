-- totals: the modelled impact, summed exactly: every sub-total and the result come from here (S2, S5).
-- Grain: one row per entity, part, family, item type, stage and criterion. Units: those of the criterion; magnitude is the sum
-- of absolute values.
SELECT entity, part, family, item_type, stage, criterion,
    SUM(CAST(value AS DECIMAL(38, 22))) AS value, SUM(CAST(ABS(value) AS DECIMAL(38, 22))) AS magnitude
FROM contributions
WHERE value IS NOT NULL
GROUP BY entity, part, family, item_type, stage, criterion
