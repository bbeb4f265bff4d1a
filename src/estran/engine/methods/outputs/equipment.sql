-- equipment.csv: items present in the year.
SELECT c.entity, c.item_type, COALESCE(t.family, 'other') AS family,
    CASE WHEN e.school THEN 'schools' ELSE 'administration' END AS part, CAST(SUM(c.quantity) AS DOUBLE) AS quantity
FROM cells c
LEFT JOIN item_types t ON t.code = c.item_type
LEFT JOIN entities e ON e.entity = c.entity
GROUP BY c.entity, c.item_type, COALESCE(t.family, 'other'), CASE WHEN e.school THEN 'schools' ELSE 'administration' END
ORDER BY entity, item_type
