-- ghg_statement: the digital part of the regulatory GHG statement, by category (B1-B4; the table ghg_categories gives the rule).
-- Grain: one row per category and criterion. Units: those of the criterion. Electricity (2.1) is a subset of the buildings' own.
WITH described AS (
    SELECT c.kind, COALESCE(p.written_flow, c.flow) AS flow, c.stage, COALESCE(c.acquisition, 'owned') AS acquisition,
        COALESCE(c.ownership, 'professional') AS ownership, COALESCE(c.hosting, 'own') AS hosting, c.criterion, c.value
    FROM contributions c LEFT JOIN profiles p ON p.profile_id = c.profile_id
    WHERE c.value IS NOT NULL
    UNION ALL
    SELECT 'activity', flow, stage, 'owned', 'professional', 'third_party', criterion, amount
    FROM activities WHERE flow = 'declared_impact' AND gap IS NULL
),
cases AS (
    SELECT DISTINCT kind, flow, stage, acquisition, ownership, hosting FROM described
),
ruled AS (
    SELECT d.*, g.category,
        ROW_NUMBER() OVER (
            PARTITION BY d.kind, d.flow, d.stage, d.acquisition, d.ownership, d.hosting ORDER BY g.position
        ) AS choice
    FROM cases d
    JOIN ghg_categories g ON (g.kind = '*' OR g.kind = d.kind) AND d.flow LIKE g.flow
        AND (g.stage = '*' OR g.stage = d.stage) AND (g.acquisition = '*' OR g.acquisition = d.acquisition)
        AND (g.ownership = '*' OR g.ownership = d.ownership) AND (g.hosting = '*' OR g.hosting = d.hosting)
)
SELECT r.category, d.criterion, CAST(SUM(CAST(d.value AS DECIMAL(38, 22))) AS DOUBLE) AS value
FROM described d
JOIN ruled r ON r.kind = d.kind AND r.flow = d.flow AND r.stage = d.stage AND r.acquisition = d.acquisition
    AND r.ownership = d.ownership AND r.hosting = d.hosting AND r.choice = 1
GROUP BY r.category, d.criterion
