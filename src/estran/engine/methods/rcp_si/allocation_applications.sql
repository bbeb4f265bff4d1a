-- The share of each virtual machine that each of its applications carries (K5, K6).
-- Reads  vms, applications.
-- Grain  vm, application. `(unallocated)` carries what no application does; shares of a machine sum to 1.
-- share  part of the machine, 0 to 1
WITH declared AS (
    -- Distinct applications: a name written twice on a machine counts once, its declared shares add up.
    SELECT vm, application, CAST(SUM(CAST(share AS DECIMAL(38, 15))) AS DOUBLE) AS share
    FROM applications
    GROUP BY vm, application
),
totals AS (
    -- NULL: not every application of the machine has a declared share; equal parts then.
    SELECT
        vm,
        COUNT(DISTINCT application) AS applications,
        CASE WHEN COUNT(*) = COUNT(share) THEN CAST(SUM(CAST(share AS DECIMAL(38, 15))) AS DOUBLE) END AS share
    FROM applications
    GROUP BY vm
)
SELECT
    d.vm,
    d.application,
    CASE
        WHEN t.share IS NOT NULL THEN d.share / CASE WHEN t.share > 1 THEN t.share ELSE 1 END
        ELSE CAST(1 AS DOUBLE) / t.applications
    END AS share
FROM declared d
JOIN totals t ON t.vm = d.vm
UNION ALL
SELECT
    m.vm,
    '(unallocated)' AS application,
    CASE WHEN t.vm IS NULL THEN CAST(1 AS DOUBLE) ELSE 1 - t.share END AS share
FROM (SELECT DISTINCT vm FROM vms) m
LEFT JOIN totals t ON t.vm = m.vm
WHERE t.vm IS NULL OR t.share < 1 - 1e-12
