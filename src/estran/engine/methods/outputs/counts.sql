-- counts.json: what the run counted, set aside and could not resolve.
SELECT
    (SELECT COUNT(*) FROM inventory) AS rows,
    CAST((SELECT COALESCE(SUM(rows), 0) FROM cells) AS BIGINT) AS items,
    (SELECT COUNT(DISTINCT row_id) FROM activities WHERE gap IS NULL) AS activities,
    CAST((SELECT COALESCE(SUM(quantity), 0) FROM cells) AS DOUBLE) AS quantity,
    (SELECT COUNT(*) FROM guards) AS guards,
    -- Rows with something missing for the first criterion: the count of coverage.csv and of gap_weights.csv.
    (
        SELECT COALESCE(MAX(w.rows), 0)
        FROM gap_weights w JOIN run_criteria r ON r.criterion = w.criterion
        WHERE r.position = 0 AND w.item_type = '*' AND w.what = '*'
    ) AS incomplete_rows
