-- The default lives that differ between two years of one catalogue (D6), of types that the second run counts.
-- In: defaults, equipment (equipment.csv of the second run), sides (side 0 the one before, 1 the one after; year).
WITH lives AS (
    SELECT item_type, TRY_CAST(value AS DOUBLE) AS years, value, cv, source, COALESCE(valid_from, -9999) AS since
    FROM defaults WHERE parameter = 'lifetime_years' AND item_type <> '*'
),
in_force AS (
    SELECT s.side, l.*, ROW_NUMBER() OVER (PARTITION BY s.side, l.item_type ORDER BY l.since DESC, l.value) AS place
    FROM lives l JOIN sides s ON l.since <= s.year
)
SELECT a.item_type, b.years AS before, a.years AS after, a.source
FROM in_force a JOIN in_force b ON b.item_type = a.item_type AND b.side = 0 AND b.place = 1
WHERE a.side = 1 AND a.place = 1 AND a.years <> b.years
    AND a.item_type IN (SELECT item_type FROM equipment)
ORDER BY a.item_type
