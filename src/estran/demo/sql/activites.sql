-- What is used, typed by hand in Estran's columns; then paper and telework: so much per agent of each directorate, so much
-- per pupil of each school.
WITH heads AS (
    SELECT 'agent' AS per, d.place, code, entity, CAST(agents AS INTEGER) AS heads
    FROM directorates d JOIN entities USING (code)
    UNION ALL
    SELECT 'pupil', place, uai, name || ' (' || commune || ')', CAST(pupils_$year AS INTEGER) FROM colleges
)
SELECT item_id, entity, service, label, flow, amount, zone, quality
FROM (
    SELECT 0 AS kind, s.place, 'ACT-' || printf('%02d', row_number() OVER (ORDER BY s.place)) AS item_id, entity, service,
        label, flow, "$year" AS amount, zone, quality
    FROM services s JOIN entities ON code = directorate WHERE file = 'activites'
    UNION ALL
    SELECT u.place, CASE per WHEN 'agent' THEN list_position(string_split(directorates, '|'), code) ELSE h.place END,
        'USA-' || u.place || '-' || code, entity, NULL, label, flow,
        CAST(CAST(round_even(CAST("$year" AS DOUBLE) * heads, 0) AS INTEGER) AS VARCHAR), 'FRA', quality
    FROM uses u JOIN heads h USING (per)
    WHERE per <> 'agent' OR list_contains(string_split(directorates, '|'), code)
)
ORDER BY kind, place
