-- amounts.csv: how much of each flow in the year.
SELECT entity, item_type, flow, stage, zone, CAST(SUM(CAST(amount AS DECIMAL(38, 18))) AS DOUBLE) AS amount
FROM amounts
GROUP BY entity, item_type, flow, stage, zone
ORDER BY entity, item_type, flow, stage, zone NULLS LAST
