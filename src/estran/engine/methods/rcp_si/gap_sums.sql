-- gap_sums: the quantities that are missing, added up (M6).
-- Grain: one row per criterion of a gap ('' for all), item type, service, subject, cause and stage. Units: quantity as in gaps.
SELECT criterion, item_type, service, subject, what, stage, CAST(SUM(CAST(quantity AS DECIMAL(38, 15))) AS DOUBLE) AS quantity,
    COUNT(*) - COUNT(quantity) AS unquantified
FROM gap_rows
GROUP BY criterion, item_type, service, subject, what, stage
