-- Amount × factor for each flow, with the source of the factor, the heaviest first. year: that of the electricity mix taken
-- (Q10); 1900 stands for a mix without a date.
SELECT c.item_type, c.stage, c.flow, c.factor_flow, c.factor, c.factor_cv, c.amount, c.value, r.origin,
    s.id AS source, s.producer, s.title, s.edition, s.url, s.licence, f.note, f.quality,
    CASE WHEN c.flow = 'electricity_kwh' THEN NULLIF(CAST(regexp_extract(c.factor_source, '\d+$') AS INTEGER), 1900) END AS year
FROM (
    SELECT item_type, stage, flow, factor_flow, factor_source, factor, factor_cv, factor_origin,
        MIN(profile_id) AS profile_id,
        CAST(SUM(CAST(amount AS DECIMAL(38, 18))) AS DOUBLE) AS amount,
        CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value
    FROM figure_contributions WHERE factor IS NOT NULL
    GROUP BY item_type, stage, flow, factor_flow, factor_source, factor, factor_cv, factor_origin
) c
LEFT JOIN profiles p ON p.profile_id = c.profile_id AND c.flow = 'unit'
LEFT JOIN item_references r ON r.item_type = p.item_type AND r.criterion = figure_criterion()
    AND r.reference IS NOT DISTINCT FROM p.reference AND r.model IS NOT DISTINCT FROM p.model
LEFT JOIN factors f ON f.flow = c.factor_flow AND f.stage = c.stage AND f.criterion = figure_criterion()
LEFT JOIN sources s ON s.id = c.factor_origin
ORDER BY ABS(c.value) DESC, c.item_type, c.stage, c.factor_flow
