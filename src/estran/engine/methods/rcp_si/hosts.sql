-- hosts: the items of the inventory that carry virtual machines (K); a storage pool has weights of its own (K3).
-- Grain: one row per host. kind: server or storage; load: the load the weights are read at.
SELECT c.item_id AS host, MAX(CASE WHEN p.is_storage = 1 THEN 'storage' ELSE 'server' END) AS kind, '30' AS load
FROM consumption c
JOIN (SELECT DISTINCT host FROM vms) v ON v.host = c.item_id
LEFT JOIN parameters p ON p.item_type = c.item_type
WHERE c.stop IS NULL AND c.presence > 0
GROUP BY c.item_id
