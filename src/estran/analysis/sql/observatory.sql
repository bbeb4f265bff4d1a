-- What the authorities of an observatory are compared by. In: authorities, and all_amounts, all_impacts, all_equipment
-- and all_gaps, the files of the run, whose entities are authorities.

-- authorities.csv: each authority with its number of items and of rows with a gap.
CREATE VIEW counted AS
SELECT a.*, COALESCE(e.items, 0) AS items, COALESCE(g.gaps, 0) AS gaps
FROM authorities a
LEFT JOIN (
    SELECT entity, SUM(CAST(quantity AS DOUBLE) ORDER BY item_type) AS items FROM all_equipment GROUP BY entity
) e ON e.entity = a.authority
LEFT JOIN (
    SELECT entity, COUNT(DISTINCT item_id) AS gaps FROM all_gaps GROUP BY entity
) g ON g.entity = a.authority;

-- One row per authority and measure: an impact in the unit of its criterion, or the number of items.
CREATE VIEW measured AS
SELECT a.authority, a.type, a.size, a.agents, v.measure, v.unit, v.value
FROM (
    SELECT entity, criterion AS measure, unit, SUM(CAST(value AS DOUBLE) ORDER BY item_type, stage) AS value
    FROM all_impacts WHERE basis = 'modelled' GROUP BY entity, criterion, unit
    UNION ALL
    SELECT entity, 'items', 'item', SUM(CAST(quantity AS DOUBLE) ORDER BY item_type)
    FROM all_equipment GROUP BY entity
) v
JOIN authorities a ON a.authority = v.entity
WHERE a.agents > 0;
