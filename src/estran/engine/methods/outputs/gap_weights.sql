-- gap_weights.csv: what is missing, weighed (M6): every row of gap_weights, the heaviest first, what nobody can weigh last.
SELECT w.criterion, w.item_type, NULLIF(w.service, '') AS service, w.what, w.rows, w.rooms, w.units, w.entities,
    NULLIF(w.entity, '') AS entity, w.at_most, w.bounded_by, w.unknown_rows
FROM gap_weights w
JOIN run_criteria r ON r.criterion = w.criterion
ORDER BY r.position, w.at_most DESC NULLS LAST, w.rows DESC, w.item_type, w.service, w.what
