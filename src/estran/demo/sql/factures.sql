-- What is spent, typed by hand in Estran's columns.
SELECT 'FAC-' || printf('%02d', row_number() OVER (ORDER BY s.place)) AS item_id, entity, service, label, flow,
    "$year" AS amount, zone, quality
FROM services s JOIN entities ON code = directorate
WHERE file = 'factures' ORDER BY s.place
