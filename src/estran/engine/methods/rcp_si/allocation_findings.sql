-- What a person should look at in the tables of virtual machines and applications (K1, K5, M3).
-- Reads  hosts, vms, applications.
-- Grain  what, name.
-- what   allocation key: the declared keys of the host sum above 1 and were normalised
--        allocation share: the declared shares of the machine sum above 1 and were normalised
--        allocation host: machines stand on a host that has no impact · allocation vm: applications on an unknown machine
-- value  the sum declared, or the number of rows left out
SELECT 'allocation key' AS what, host AS name, CAST(SUM(CAST(key AS DECIMAL(38, 15))) AS DOUBLE) AS value
FROM vms
GROUP BY host
HAVING COUNT(*) = COUNT(key) AND SUM(CAST(key AS DECIMAL(38, 15))) > 1
UNION ALL
SELECT 'allocation share' AS what, vm AS name, CAST(SUM(CAST(share AS DECIMAL(38, 15))) AS DOUBLE) AS value
FROM applications
GROUP BY vm
HAVING COUNT(*) = COUNT(share) AND SUM(CAST(share AS DECIMAL(38, 15))) > 1
UNION ALL
SELECT 'allocation host' AS what, v.host AS name, CAST(COUNT(*) AS DOUBLE) AS value
FROM vms v
LEFT JOIN hosts h ON h.host = v.host
WHERE h.host IS NULL
GROUP BY v.host
UNION ALL
SELECT 'allocation vm' AS what, a.vm AS name, CAST(COUNT(*) AS DOUBLE) AS value
FROM applications a
LEFT JOIN vms v ON v.vm = a.vm
WHERE v.vm IS NULL
GROUP BY a.vm
