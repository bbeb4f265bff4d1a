-- The items behind the figure by type and origin of their life: how many, and their mean life in years.
SELECT c.item_type, CAST(SUM(c.quantity) AS DOUBLE) AS quantity,
    CAST(SUM(c.present) AS DOUBLE) / NULLIF(CAST(SUM(c.made) AS DOUBLE), 0) AS life
FROM cells c
WHERE in_figure(c.entity, c.item_type)
GROUP BY c.item_type, c.lifetime_origin
ORDER BY c.item_type, quantity DESC, c.lifetime_origin
