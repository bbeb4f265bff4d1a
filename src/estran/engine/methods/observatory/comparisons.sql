-- comparisons: each measure by agent among the authorities of a stratum: by type and size, by type, by size, all (`*`).
-- Grain: one row per measure, type and size. Reads measured(authority, type, size, agents, measure, unit, value).
-- Units: value and total in `unit`, for the year; q1, median and q3 in `unit` by agent.
SELECT
    measure, unit,
    CASE WHEN GROUPING(type) = 0 THEN type ELSE '*' END AS type,
    CASE WHEN GROUPING(size) = 0 THEN size ELSE '*' END AS size,
    COUNT(*) AS authorities,
    CAST(SUM(CAST(agents AS DECIMAL(38, 6))) AS DOUBLE) AS agents,
    CAST(SUM(CAST(value AS DECIMAL(38, 15))) AS DOUBLE) AS total,
    PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY value / NULLIF(agents, 0)) AS q1,
    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY value / NULLIF(agents, 0)) AS median,
    PERCENTILE_CONT(0.75) WITHIN GROUP (ORDER BY value / NULLIF(agents, 0)) AS q3
FROM measured
GROUP BY GROUPING SETS ((measure, unit), (measure, unit, type), (measure, unit, size), (measure, unit, type, size))
ORDER BY measure, type, size
