-- The share of each host that each of its virtual machines carries (K1, K2, K3, K4, K6).
-- Reads  hosts(host, kind server|storage, load 30|full|idle), vms,
--        allocation_weights(kind, load, phase embodied|use, dimension vcpu|ram|storage, weight).
-- Grain  host, phase, vm. The vm `(unallocated)` carries what no machine does; shares of a host and phase sum to 1.
-- share  part of the host, 0 to 1 · method key | names of the dimensions used | equal | none
WITH reserved AS (
    -- A machine without declared hours is reserved all year; only ratios of hours matter.
    -- Exact decimals: the order of rows never shows in a sum.
    SELECT
        host,
        vm,
        CAST(key AS DECIMAL(38, 15)) AS key,
        CAST(vcpu * COALESCE(hours, 8760) AS DECIMAL(38, 15)) AS vcpu,
        CAST(ram_gb * COALESCE(hours, 8760) AS DECIMAL(38, 15)) AS ram,
        CAST(storage_gb * COALESCE(hours, 8760) AS DECIMAL(38, 15)) AS storage
    FROM vms
),
machines AS (
    SELECT
        host,
        vm,
        CAST(SUM(key) AS DOUBLE) AS key,
        CAST(SUM(vcpu) AS DOUBLE) AS vcpu,
        CAST(SUM(ram) AS DOUBLE) AS ram,
        CAST(SUM(storage) AS DOUBLE) AS storage
    FROM reserved
    GROUP BY host, vm
),
totals AS (
    -- NULL: not every machine of the host has it, or it is 0 everywhere; the dimension is then left out (K2).
    SELECT
        host,
        COUNT(DISTINCT vm) AS machines,
        CASE WHEN COUNT(*) = COUNT(key) THEN CAST(SUM(key) AS DOUBLE) END AS key,
        CASE WHEN COUNT(*) = COUNT(vcpu) THEN NULLIF(CAST(SUM(vcpu) AS DOUBLE), 0) END AS vcpu,
        CASE WHEN COUNT(*) = COUNT(ram) THEN NULLIF(CAST(SUM(ram) AS DOUBLE), 0) END AS ram,
        CASE WHEN COUNT(*) = COUNT(storage) THEN NULLIF(CAST(SUM(storage) AS DOUBLE), 0) END AS storage
    FROM reserved
    GROUP BY host
),
weights AS (
    -- Weights of the dimensions left; embodied weights do not depend on the load (K3).
    SELECT
        h.host,
        w.phase,
        MAX(CASE WHEN w.dimension = 'vcpu' AND t.vcpu IS NOT NULL THEN w.weight ELSE 0 END) AS vcpu,
        MAX(CASE WHEN w.dimension = 'ram' AND t.ram IS NOT NULL THEN w.weight ELSE 0 END) AS ram,
        MAX(CASE WHEN w.dimension = 'storage' AND t.storage IS NOT NULL THEN w.weight ELSE 0 END) AS storage
    FROM hosts h
    JOIN allocation_weights w ON w.kind = h.kind AND (w.phase = 'embodied' OR w.load = h.load)
    LEFT JOIN totals t ON t.host = h.host
    GROUP BY h.host, w.phase
),
shares AS (
    SELECT
        m.host,
        w.phase,
        m.vm,
        CASE
            WHEN t.key IS NOT NULL THEN m.key / CASE WHEN t.key > 1 THEN t.key ELSE 1 END
            WHEN w.vcpu + w.ram + w.storage > 0 THEN (
                w.vcpu * COALESCE(m.vcpu / t.vcpu, 0)
                + w.ram * COALESCE(m.ram / t.ram, 0)
                + w.storage * COALESCE(m.storage / t.storage, 0)
            ) / (w.vcpu + w.ram + w.storage)
            ELSE CAST(1 AS DOUBLE) / t.machines
        END AS share,
        CASE
            WHEN t.key IS NOT NULL THEN 'key'
            WHEN w.vcpu + w.ram + w.storage > 0 THEN CONCAT_WS(
                '+',
                CASE WHEN w.vcpu > 0 THEN 'vcpu' END,
                CASE WHEN w.ram > 0 THEN 'ram' END,
                CASE WHEN w.storage > 0 THEN 'storage' END
            )
            ELSE 'equal'
        END AS method
    FROM machines m
    JOIN totals t ON t.host = m.host
    JOIN weights w ON w.host = m.host
)
SELECT host, phase, vm, share, method
FROM shares
UNION ALL
SELECT
    w.host,
    w.phase,
    '(unallocated)' AS vm,
    CASE WHEN t.host IS NULL THEN CAST(1 AS DOUBLE) ELSE 1 - t.key END AS share,
    CASE WHEN t.host IS NULL THEN 'none' ELSE 'key' END AS method
FROM weights w
LEFT JOIN totals t ON t.host = w.host
-- Keys such as ten times 0.1 sum to 1 but for the last digit: no row for that.
WHERE t.host IS NULL OR t.key < 1 - 1e-12
