-- counts.json: what the run counted, set aside and could not resolve.
SELECT
    (SELECT COUNT(*) FROM inventory) AS rows,
    CAST((SELECT COALESCE(SUM(rows), 0) FROM cells) AS BIGINT) AS items,
    (SELECT COUNT(DISTINCT row_id) FROM activities WHERE gap IS NULL) AS activities,
    CAST((SELECT COALESCE(SUM(quantity), 0) FROM cells) AS DOUBLE) AS quantity,
    (SELECT COUNT(*) FROM guards) AS guards,
    (SELECT COUNT(*) FROM gaps) AS gaps
