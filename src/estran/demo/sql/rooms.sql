-- The computer rooms, in Estran's own columns.
SELECT r.* EXCLUDE (place, year) REPLACE (e.entity AS entity)
FROM rooms r JOIN entities e ON e.code = r.entity WHERE year = '$year' ORDER BY r.place
