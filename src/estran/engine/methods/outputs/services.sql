-- services.csv: what each bought service weighs and what its figure rests on: use, money, or the supplier's word (C3-C7).
-- Grain: one row per criterion, entity, service, flow and origin. Units: amount in the unit of the flow, a spend in EUR excluding
-- VAT at the prices of the year of its factor; share of the modelled total, empty for what suppliers declare, which is not in it.
WITH of_profiles AS (
    SELECT c.criterion, p.entity, p.service, p.written_flow AS flow,
        CASE WHEN p.flow LIKE 'spend_%' THEN 'money' ELSE 'use' END AS origin, p.profile_id, MAX(p.made) AS amount,
        SUM(CAST(c.value AS DECIMAL(38, 22))) AS value
    FROM contributions c
    JOIN profiles p ON p.profile_id = c.profile_id
    WHERE c.kind = 'activity' AND c.part = 'services' AND c.value IS NOT NULL
    GROUP BY c.criterion, p.entity, p.service, p.written_flow, CASE WHEN p.flow LIKE 'spend_%' THEN 'money' ELSE 'use' END,
        p.profile_id
),
modelled_services AS (
    SELECT DISTINCT entity, service, criterion FROM of_profiles WHERE service IS NOT NULL
),
pieces AS (
    SELECT criterion, entity, service, flow, origin, CAST(amount AS DECIMAL(38, 15)) AS amount, value FROM of_profiles
    UNION ALL
    SELECT a.criterion, a.entity, a.service, a.flow,
        CASE WHEN m.service IS NULL THEN 'declared' ELSE 'declared_for_comparison' END,
        CAST(NULL AS DECIMAL(38, 15)), CAST(a.amount AS DECIMAL(38, 22))
    FROM activities a
    LEFT JOIN modelled_services m ON m.entity = a.entity AND m.service = a.service AND m.criterion = a.criterion
    WHERE a.flow = 'declared_impact' AND a.gap IS NULL
),
summed AS (
    SELECT criterion, entity, service, flow, origin, CAST(SUM(amount) AS DOUBLE) AS amount, CAST(SUM(value) AS DOUBLE) AS value
    FROM pieces
    GROUP BY criterion, entity, service, flow, origin
),
whole AS (
    SELECT criterion, CAST(SUM(value) AS DOUBLE) AS value FROM totals GROUP BY criterion
)
SELECT s.criterion, s.entity, s.service, s.flow, s.origin, s.amount, s.value,
    CASE WHEN s.origin IN ('use', 'money') THEN s.value / NULLIF(w.value, 0) END AS share
FROM summed s
JOIN run_criteria r ON r.criterion = s.criterion
LEFT JOIN whole w ON w.criterion = s.criterion
ORDER BY r.position, s.value DESC, s.entity, s.service NULLS LAST, s.flow, s.origin
