-- allocation.csv: the impacts of hosts seen by virtual machine and by application; views of the same total (K).
SELECT level, name, host, vm, stage, criterion, method, CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value
FROM allocation
GROUP BY level, name, host, vm, stage, criterion, method
ORDER BY level, host, vm, name, stage, criterion
