-- What is missing beside the figure, by kind.
SELECT what, CAST(SUM(rows) AS BIGINT) AS rows FROM gap_counts
WHERE in_figure(entity, item_type) AND (criterion = '' OR criterion = figure_criterion())
    AND (stage = '' OR matches(stage, figure_stage()))
GROUP BY what ORDER BY rows DESC, what
