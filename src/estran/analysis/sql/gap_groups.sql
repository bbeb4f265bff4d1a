-- What a run of before gap_weights.csv misses for a criterion: the same rows as that file, without any weight.
WITH of_criterion AS (
    SELECT coalesce(item_type, '') AS item_type, what, coalesce(entity, '') AS entity, item_type = 'room' AS is_room,
        coalesce(entity, '') || ' ' || item_id AS row_key,
        max(CASE WHEN what <> 'factor' THEN TRY_CAST(quantity AS DOUBLE) END) AS units
    FROM gaps WHERE coalesce(criterion, '') IN ('', ?)
    GROUP BY ALL
),
counted AS (
    SELECT *, row_number() OVER (PARTITION BY item_type, row_key ORDER BY units DESC NULLS LAST) AS place FROM of_criterion
)
SELECT coalesce(item_type, '*') AS item_type, '' AS service, coalesce(what, '*') AS what,
    count(DISTINCT row_key) FILTER (is_room IS NOT true) AS rows, count(DISTINCT row_key) FILTER (is_room) AS rooms,
    CASE WHEN GROUPING(what) = 1 THEN sum(units) FILTER (place = 1) ELSE sum(units) END AS units,
    count(DISTINCT entity) AS entities, mode(entity) AS entity, NULL AS at_most, NULL AS bounded_by,
    count(DISTINCT row_key) AS unknown_rows
FROM counted
GROUP BY GROUPING SETS ((item_type, what), (item_type), ())
