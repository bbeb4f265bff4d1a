-- Impacts that suppliers declared, kept apart (C5), the heaviest.
SELECT entity, service, item_type, amount AS value FROM activities
WHERE flow = 'declared_impact' AND gap IS NULL AND criterion = figure_criterion()
    AND in_figure(entity, item_type) AND matches('use', figure_stage())
ORDER BY amount DESC, row_id
LIMIT 10
