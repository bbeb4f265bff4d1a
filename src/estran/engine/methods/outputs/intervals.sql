-- intervals.csv: 95 % interval of each entity and of the whole (entity `*`).
SELECT criterion, name AS entity, mean, sd, low95, high95
FROM intervals
WHERE scope IN ('whole', 'entity')
ORDER BY criterion, CASE WHEN scope = 'whole' THEN 0 ELSE 1 END, name
