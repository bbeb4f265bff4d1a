-- host_impacts: impact of each host in the year, its own share of the electricity of a metered room included (K, R4).
-- Grain: one row per host, stage and criterion. Units: those of the criterion.
WITH host_rows AS (
    SELECT c.item_id AS host, c.item_type, c.reference, c.model, c.use_zone, c.made, c.ended,
        CASE WHEN c.in_metered_room THEN c.modelled_kwh * r.it_per_key ELSE c.modelled_kwh END AS kwh
    FROM consumption c
    JOIN hosts h ON h.host = c.item_id
    LEFT JOIN rooms r ON r.room = c.room
    WHERE c.stop IS NULL AND c.presence > 0
),
pieces AS (
    SELECT h.host, f.stage, f.criterion, CASE WHEN f.stage = 'end_of_life' THEN h.ended ELSE h.made END * f.value AS value
    FROM host_rows h
    JOIN item_references r ON r.item_type = h.item_type AND COALESCE(r.reference, '') = COALESCE(h.reference, '')
        AND COALESCE(r.model, '') = COALESCE(h.model, '')
    JOIN factors_in_use f ON f.flow = r.flow AND f.criterion = r.criterion AND f.stage <> 'use'
    UNION ALL
    SELECT h.host, 'use', e.criterion, h.kwh * e.value
    FROM host_rows h
    JOIN electricity_factors e ON e.zone = h.use_zone
    JOIN run_criteria c ON c.criterion = e.criterion
)
SELECT host, stage, criterion, CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value
FROM pieces
WHERE value IS NOT NULL
GROUP BY host, stage, criterion
