-- traits: the number by which the sums know the origins of an item's lifetime, electricity and zone (M1), and how it is held.
-- Grain: one row per combination.
WITH lifetime AS (
    SELECT number, origin
    FROM (VALUES (0, NULL), (1, 'declared'), (2, 'dates'), (3, 'planned'), (4, 'matched'), (5, 'type_default'),
        (6, 'planned+outlived'), (7, 'matched+outlived'), (8, 'type_default+outlived'),
        (9, 'method_default')) AS v (number, origin)
),
kwh AS (
    SELECT number, origin
    FROM (VALUES (0, NULL), (16, 'declared'), (32, 'matched'), (48, 'type_default'), (64, 'spare'))
        AS v (number, origin)
),
zone AS (
    SELECT number, origin FROM (VALUES (0, 'type_default'), (128, 'declared')) AS v (number, origin)
),
acquisition AS (
    SELECT number, code FROM (VALUES (0, NULL), (256, 'owned'), (512, 'leased'), (768, 'consumable')) AS v (number, code)
),
ownership AS (
    SELECT number, code FROM (VALUES (0, NULL), (1024, 'professional'), (2048, 'cope'), (3072, 'byod')) AS v (number, code)
),
hosting AS (
    SELECT number, code FROM (VALUES (0, NULL), (4096, 'own'), (8192, 'third_party')) AS v (number, code)
)
SELECT CAST(l.number + k.number + z.number + a.number + o.number + h.number AS SMALLINT) AS traits,
    l.origin AS lifetime_origin, k.origin AS kwh_origin, z.origin AS zone_origin,
    a.code AS acquisition, o.code AS ownership, h.code AS hosting
FROM lifetime l CROSS JOIN kwh k CROSS JOIN zone z CROSS JOIN acquisition a CROSS JOIN ownership o CROSS JOIN hosting h
