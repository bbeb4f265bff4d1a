-- gap_counts: the rows that lack something, each once per cause, and once in all with the cause '*' (M6). A gap without criterion
-- is one for every criterion: a row that has one counts there, and no more for a criterion.
-- Grain: one row per criterion of a gap ('' for all), item type, service, cause and entity. Units: as in gap_rows.
WITH in_common AS (
    SELECT DISTINCT row_key FROM gap_rows WHERE criterion = ''
),
by_row AS (
    SELECT g.row_key, g.criterion, MIN(g.item_type) AS item_type, MIN(g.service) AS service, MIN(g.entity) AS entity, g.what,
        MAX(g.is_row) AS is_row, MAX(g.units) AS units
    FROM gap_rows g
    GROUP BY g.row_key, g.criterion, g.what
    UNION ALL
    SELECT g.row_key, g.criterion, MIN(g.item_type), MIN(g.service), MIN(g.entity), '*', MAX(g.is_row), MAX(g.units)
    FROM gap_rows g
    LEFT JOIN in_common c ON c.row_key = g.row_key
    WHERE g.criterion = '' OR c.row_key IS NULL
    GROUP BY g.row_key, g.criterion
)
SELECT criterion, item_type, service, what, entity, SUM(is_row) AS rows, SUM(1 - is_row) AS rooms,
    SUM(CAST(units AS DECIMAL(38, 15))) AS units
FROM by_row
GROUP BY criterion, item_type, service, what, entity
