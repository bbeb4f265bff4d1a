-- The same figure under the other factor sets of the catalogue, in their order.
SELECT factor_set, CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value FROM factor_sets
WHERE place > 0 AND criterion = figure_criterion() AND matches(entity, figure_entity())
    AND matches(item_type, figure_item_type()) AND matches(stage, figure_stage())
    AND matches(family, figure_family()) AND matches(part, figure_part())
GROUP BY factor_set HAVING SUM(value) IS NOT NULL ORDER BY MIN(place)
