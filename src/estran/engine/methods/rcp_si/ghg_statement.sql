-- ghg_statement: the digital part of the regulatory GHG statement, by category (B1-B4; the table ghg_categories gives the rule).
-- Grain: one row per category, holding of the equipment, basis and criterion. Units: those of the criterion. holding is owned,
-- leased, consumable (below the capitalisation threshold) or byod, empty for what is no equipment. informative: electricity of own
-- sites (2.1), a subset of the buildings' own meters, never added (B2). Basis as in headline (C5).
WITH modelled_services AS (
    SELECT DISTINCT p.entity, p.service, c.criterion
    FROM contributions c JOIN profiles p ON p.profile_id = c.profile_id
    WHERE p.service IS NOT NULL AND c.value IS NOT NULL
),
described AS (
    SELECT c.kind, COALESCE(p.written_flow, c.flow) AS flow, c.stage, COALESCE(p.acquisition, 'owned') AS acquisition,
        COALESCE(p.ownership, 'professional') AS ownership,
        COALESCE(CASE WHEN c.kind = 'room' THEN r.hosting ELSE p.hosting END, 'own') AS hosting, c.criterion,
        'modelled' AS basis, CAST(c.value AS DECIMAL(38, 22)) AS value,
        CASE WHEN c.kind <> 'item' THEN '' WHEN p.ownership = 'byod' THEN 'byod' ELSE COALESCE(p.acquisition, 'owned') END AS holding
    FROM contributions c
    LEFT JOIN profiles p ON p.profile_id = c.profile_id
    LEFT JOIN rooms r ON r.room = c.row_source
    WHERE c.value IS NOT NULL
    UNION ALL
    SELECT 'activity', a.flow, a.stage, 'owned', 'professional', 'third_party', a.criterion,
        CASE WHEN m.service IS NULL THEN 'declared' ELSE 'declared_for_comparison' END, CAST(a.amount AS DECIMAL(38, 22)), ''
    FROM activities a
    LEFT JOIN modelled_services m ON m.entity = a.entity AND m.service = a.service AND m.criterion = a.criterion
    WHERE a.flow = 'declared_impact' AND a.gap IS NULL
),
summed AS (
    SELECT kind, flow, stage, acquisition, ownership, hosting, holding, basis, criterion, SUM(value) AS value
    FROM described
    GROUP BY kind, flow, stage, acquisition, ownership, hosting, holding, basis, criterion
),
cases AS (
    SELECT DISTINCT kind, flow, stage, acquisition, ownership, hosting FROM summed
),
ruled AS (
    SELECT d.*, g.category, g.informative,
        ROW_NUMBER() OVER (
            PARTITION BY d.kind, d.flow, d.stage, d.acquisition, d.ownership, d.hosting ORDER BY g.position
        ) AS choice
    FROM cases d
    JOIN ghg_categories g ON (g.kind = '*' OR g.kind = d.kind) AND d.flow LIKE g.flow
        AND (g.stage = '*' OR g.stage = d.stage) AND (g.acquisition = '*' OR g.acquisition = d.acquisition)
        AND (g.ownership = '*' OR g.ownership = d.ownership) AND (g.hosting = '*' OR g.hosting = d.hosting)
)
SELECT r.category, r.informative, d.holding, d.basis, d.criterion,
    CAST(SUM(d.value) AS DOUBLE) AS value
FROM summed d
JOIN ruled r ON r.kind = d.kind AND r.flow = d.flow AND r.stage = d.stage AND r.acquisition = d.acquisition
    AND r.ownership = d.ownership AND r.hosting = d.hosting AND r.choice = 1
GROUP BY r.category, r.informative, d.holding, d.basis, d.criterion
