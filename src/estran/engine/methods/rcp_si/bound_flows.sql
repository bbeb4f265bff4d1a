-- bound_flows: the flows whose factors bound what a gap weighs, the nearest first (M6): rank 1 the type or flow itself, 2 what
-- stands for it (proxy, generic type, a type named as heavier), 3 its family, for a flow those of the same unit in it.
-- Grain: one row per subject, rank and flow.
WITH subjects AS (
    SELECT DISTINCT subject FROM gap_rows WHERE subject <> ''
),
kinds AS (
    SELECT flow, family, unit
    FROM (
        SELECT n.flow, f.family, f.unit,
            ROW_NUMBER() OVER (PARTITION BY n.flow ORDER BY LENGTH(f.flow) DESC, f.flow) AS choice
        FROM (SELECT subject AS flow FROM subjects UNION SELECT flow FROM known_factors) AS n
        JOIN flows f ON n.flow LIKE REPLACE(f.flow, '*', '%')
    ) AS matched
    WHERE choice = 1
)
SELECT subject, 1 AS rank, subject AS flow FROM subjects
UNION ALL
SELECT s.subject, 1, p.reference
FROM subjects s JOIN parameters p ON p.item_type = s.subject
WHERE p.reference <> s.subject
UNION ALL
SELECT s.subject, 2, p.proxy_reference
FROM subjects s JOIN parameters p ON p.item_type = s.subject
WHERE p.proxy_reference IS NOT NULL
UNION ALL
SELECT s.subject, 2, d.value FROM subjects s JOIN defaults d ON d.item_type = s.subject AND d.parameter = 'at_most_like'
UNION ALL
SELECT s.subject, 2, t.variant_of FROM subjects s JOIN item_types t ON t.code = s.subject WHERE t.variant_of IS NOT NULL
UNION ALL
SELECT s.subject, 3, o.code
FROM subjects s
JOIN item_types t ON t.code = s.subject
JOIN item_types o ON o.family = t.family
UNION ALL
SELECT s.subject, 3, o.flow
FROM subjects s
JOIN kinds k ON k.flow = s.subject
JOIN kinds o ON o.family = k.family AND o.unit = k.unit
