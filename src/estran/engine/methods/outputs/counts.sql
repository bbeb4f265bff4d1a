-- counts.json: what the run counted, set aside and could not resolve.
SELECT
    (SELECT COUNT(*) FROM inventory) AS rows,
    CAST((SELECT COALESCE(SUM(rows), 0) FROM cells) AS BIGINT) AS items,
    CAST((SELECT COALESCE(SUM(quantity), 0) FROM cells) AS DOUBLE) AS quantity,
    (SELECT COUNT(*) FROM guards) AS guards,
    (SELECT COUNT(*) FROM gaps) AS gaps
