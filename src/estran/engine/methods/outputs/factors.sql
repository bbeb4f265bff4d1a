-- factors.csv: the factors this run used, frozen, each with the date of its source; electricity says its year.
SELECT DISTINCT factor_flow AS flow, c.stage, c.criterion, c.factor AS value, c.factor_cv AS cv, f.quality, c.factor_origin AS source,
    s.date AS source_date, CASE WHEN c.flow = 'electricity_kwh' THEN c.factor_source END AS electricity
FROM contributions c
LEFT JOIN factors f ON f.flow = c.factor_flow AND f.stage = c.stage AND f.criterion = c.criterion
LEFT JOIN sources s ON s.id = c.factor_origin
WHERE c.factor IS NOT NULL
ORDER BY flow, stage, criterion, electricity
