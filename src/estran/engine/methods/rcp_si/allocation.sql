-- The impacts of hosts seen by virtual machine and by application: two views of the same total, never added to it (K).
-- Reads  host_impacts(host, stage, criterion, value), allocation_vms, allocation_applications.
-- Grain  level vm|application, host, vm, name, stage, criterion. At each level the sum is the host's impact.
-- value  unit of the criterion, per year
WITH machines AS (
    -- Distribution and end of life follow the embodied shares: the largest of the three ratios would not sum to 1.
    SELECT
        i.host,
        COALESCE(s.vm, '(unallocated)') AS vm,
        i.stage,
        i.criterion,
        i.value * COALESCE(s.share, 1) AS value,
        COALESCE(s.method, 'none') AS method
    FROM host_impacts i
    LEFT JOIN allocation_vms s
        ON s.host = i.host AND s.phase = CASE WHEN i.stage = 'use' THEN 'use' ELSE 'embodied' END
)
SELECT 'vm' AS level, host, vm, vm AS name, stage, criterion, value, method
FROM machines
UNION ALL
SELECT
    'application' AS level,
    m.host,
    m.vm,
    COALESCE(a.application, '(unallocated)') AS name,
    m.stage,
    m.criterion,
    m.value * COALESCE(a.share, 1) AS value,
    m.method
FROM machines m
-- What no machine carries has no application either.
LEFT JOIN allocation_applications a ON a.vm = m.vm
