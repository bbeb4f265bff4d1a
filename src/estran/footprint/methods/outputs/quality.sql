-- quality.csv: rows and share of the impact by quality of the data, and by origin of each parameter (Q8, M1).
WITH cell_impacts AS (
    SELECT c.quality, c.lifetime_origin, c.kwh_origin, c.zone_origin, c.metered_room, c.rows, f.criterion,
        COALESCE(CAST(c.made AS DOUBLE) * f.made_factor, 0) + COALESCE(CAST(c.ended AS DOUBLE) * f.ended_factor, 0) AS embodied,
        CASE WHEN c.metered_room IS NULL THEN COALESCE(CAST(c.kwh AS DOUBLE) * f.kwh_factor, 0) ELSE 0 END AS electricity
    FROM cells c
    JOIN profiles p ON p.kind = 'item' AND p.entity = c.entity AND p.item_type = c.item_type
        AND p.reference IS NOT DISTINCT FROM c.reference AND p.model IS NOT DISTINCT FROM c.model
        AND p.zone IS NOT DISTINCT FROM c.zone AND p.metered_room IS NOT DISTINCT FROM c.metered_room
        AND p.acquisition IS NOT DISTINCT FROM c.acquisition AND p.ownership IS NOT DISTINCT FROM c.ownership
        AND p.hosting IS NOT DISTINCT FROM c.hosting
    JOIN profile_factors f ON f.profile_id = p.profile_id
),
others AS (
    SELECT COALESCE(a.quality, 'low') AS quality, f.criterion, COUNT(*) AS rows,
        SUM(CAST(CASE WHEN a.flow = 'unit' THEN COALESCE(a.made, 0) * (f.made_factor + f.ended_factor) + COALESCE(a.kwh, 0) * f.kwh_factor
            ELSE a.amount * f.made_factor END AS DECIMAL(38, 22))) AS value
    FROM activities a
    JOIN profiles p ON p.kind IN ('activity', 'box') AND p.entity = a.entity AND p.item_type = a.item_type
        AND p.written_flow = a.written_flow AND p.service IS NOT DISTINCT FROM CASE WHEN p.kind = 'box' THEN NULL ELSE a.service END
        AND (p.flow IS NULL OR p.flow = a.flow)
        AND p.acquisition IS NOT DISTINCT FROM a.acquisition AND p.hosting IS NOT DISTINCT FROM a.hosting
        AND (p.zone IS NULL OR p.zone = a.zone)
    JOIN profile_factors f ON f.profile_id = p.profile_id
    WHERE a.gap IS NULL AND a.flow <> 'declared_impact'
    GROUP BY COALESCE(a.quality, 'low'), f.criterion
),
room_values AS (
    SELECT COALESCE(r.quality, 'low') AS quality, c.criterion, SUM(CAST(c.value AS DECIMAL(38, 22))) AS value
    FROM contributions c JOIN rooms r ON r.room = c.row_source
    WHERE c.value IS NOT NULL
    GROUP BY COALESCE(r.quality, 'low'), c.criterion
),
pieces AS (
    SELECT criterion, 'quality' AS kind, COALESCE(quality, 'low') AS class, rows, CAST(embodied + electricity AS DECIMAL(38, 22)) AS value
    FROM cell_impacts
    UNION ALL
    SELECT criterion, 'quality', quality, rows, value FROM others
    UNION ALL
    SELECT criterion, 'quality', quality, 0, value FROM room_values
    UNION ALL
    SELECT criterion, 'lifetime_years', COALESCE(lifetime_origin, 'none'), rows, CAST(embodied AS DECIMAL(38, 22)) FROM cell_impacts
    UNION ALL
    SELECT criterion, 'kwh', COALESCE(kwh_origin, 'none'), rows, CAST(electricity AS DECIMAL(38, 22))
    FROM cell_impacts WHERE metered_room IS NULL
    UNION ALL
    SELECT criterion, 'kwh', 'metered_room', 0, CAST(value AS DECIMAL(38, 22))
    FROM contributions WHERE row_source IS NOT NULL AND flow = 'electricity_kwh' AND kind = 'item' AND value IS NOT NULL
    UNION ALL
    SELECT criterion, 'zone', zone_origin, rows, CAST(electricity AS DECIMAL(38, 22)) FROM cell_impacts WHERE metered_room IS NULL
    UNION ALL
    SELECT c.criterion, 'reference', r.origin, 0, CAST(c.value AS DECIMAL(38, 22))
    FROM contributions c
    JOIN profiles p ON p.profile_id = c.profile_id
    JOIN item_references r ON r.item_type = p.item_type AND r.criterion = c.criterion
        AND r.reference IS NOT DISTINCT FROM p.reference AND r.model IS NOT DISTINCT FROM p.model
    WHERE c.flow = 'unit' AND c.value IS NOT NULL
),
summed AS (
    SELECT criterion, kind, class, SUM(rows) AS rows, CAST(SUM(value) AS DOUBLE) AS value FROM pieces GROUP BY criterion, kind, class
),
totals AS (
    SELECT criterion, kind, CAST(SUM(value) AS DOUBLE) AS value FROM pieces GROUP BY criterion, kind
)
SELECT s.criterion, s.kind, s.class, CAST(s.rows AS BIGINT) AS rows, s.value / NULLIF(t.value, 0) AS share
FROM summed s JOIN totals t ON t.criterion = s.criterion AND t.kind = s.kind
ORDER BY s.criterion, s.kind, share DESC NULLS LAST, s.class
