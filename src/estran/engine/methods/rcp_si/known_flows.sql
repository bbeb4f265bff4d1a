-- known_flows: family, part and use of each flow written in the inventory or made by a room; `*` in flows stands for any end.
-- Grain: one row per flow.
WITH written AS (
    SELECT DISTINCT flow FROM inventory WHERE flow IS NOT NULL
    UNION
    SELECT 'room_kw_year'
)
SELECT flow, family, part, include
FROM (
    SELECT w.flow, f.family, f.part, f.include,
        ROW_NUMBER() OVER (PARTITION BY w.flow ORDER BY LENGTH(f.flow) DESC, f.flow) AS choice
    FROM written w JOIN flows f ON w.flow LIKE REPLACE(f.flow, '*', '%')
) AS matched
WHERE choice = 1
