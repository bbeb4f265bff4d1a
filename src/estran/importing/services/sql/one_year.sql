-- What became of the lines of a bill or a statement, once the year to read is known.
-- In: sums, lines, the variable year. Only the sums of that year stay, with those of no year.
CREATE VIEW of_the_year AS
SELECT *, status IN ('left', 'extra', 'start', 'period') OR year(first_day) = getvariable('year') AS within FROM lines;

DELETE FROM sums
WHERE status NOT IN ('left', 'extra', 'start', 'period') AND year(first_month) <> getvariable('year');

-- One row per cause and faulty value.
CREATE VIEW faults AS
SELECT status, coalesce(fault, '') AS value, sum(lines) AS lines, min(line) AS line
FROM sums WHERE status NOT IN ('kept', 'beside', 'left', 'empty') GROUP BY ALL;

-- One row per rejected line, with its faults.
CREATE VIEW refused AS
SELECT line, list_sort(list(DISTINCT {'status': status, 'value': coalesce(fault, '')})) AS faults
FROM of_the_year WHERE within AND status NOT IN ('kept', 'beside', 'left', 'empty') GROUP BY line;
