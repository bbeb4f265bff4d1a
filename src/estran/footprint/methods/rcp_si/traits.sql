-- origins: the number by which the sums know the origins of an item's lifetime, electricity and zone (M1).
-- Grain: one row per combination.
WITH lifetime AS (
    SELECT number, origin
    FROM (VALUES (0, NULL), (1, 'declared'), (2, 'dates'), (3, 'planned'), (4, 'matched'), (5, 'type_default'),
        (6, 'planned+outlived'), (7, 'matched+outlived'), (8, 'type_default+outlived'),
        (9, 'method_default'), (10, 'scenario')) AS v (number, origin)
),
kwh AS (
    SELECT number, origin
    FROM (VALUES (0, NULL), (16, 'declared'), (32, 'matched'), (48, 'type_default'), (64, 'spare'), (80, 'scenario'))
        AS v (number, origin)
),
zone AS (
    SELECT number, origin FROM (VALUES (0, 'type_default'), (128, 'declared')) AS v (number, origin)
)
SELECT CAST(l.number + k.number + z.number AS SMALLINT) AS origins,
    l.origin AS lifetime_origin, k.origin AS kwh_origin, z.origin AS zone_origin
FROM lifetime l CROSS JOIN kwh k CROSS JOIN zone z
