-- quality.csv: rows and share of the impact by quality of the data, and by origin of each parameter (Q13, M1).
WITH sorts AS (
    SELECT c.item_type, c.reference, c.model, c.zone, c.metered_room IS NOT NULL AS is_metered,
        c.quality, c.lifetime_origin, c.kwh_origin, c.zone_origin,
        SUM(c.rows) AS rows, CAST(SUM(c.made) AS DOUBLE) AS made, CAST(SUM(c.ended) AS DOUBLE) AS ended,
        CAST(SUM(c.kwh) AS DOUBLE) AS kwh
    FROM cells c
    GROUP BY c.item_type, c.reference, c.model, c.zone, c.metered_room IS NOT NULL,
        c.quality, c.lifetime_origin, c.kwh_origin, c.zone_origin
),
cell_impacts AS (
    SELECT s.quality, s.lifetime_origin, s.kwh_origin, s.zone_origin, s.is_metered, s.rows, c.criterion,
        COALESCE(s.made * u.made_factor, 0) + COALESCE(s.ended * u.ended_factor, 0) AS embodied,
        CASE WHEN s.is_metered THEN 0 ELSE COALESCE(s.kwh * e.value, 0) END AS electricity
    FROM sorts s
    CROSS JOIN run_criteria c
    LEFT JOIN unit_factors u ON u.item_type = s.item_type AND u.reference = COALESCE(s.reference, '')
        AND u.model = COALESCE(s.model, '') AND u.criterion = c.criterion
    LEFT JOIN electricity_factors e ON e.zone = s.zone AND e.criterion = c.criterion
    WHERE s.made * u.made_factor IS NOT NULL OR s.ended * u.ended_factor IS NOT NULL
        OR (s.kwh * e.value IS NOT NULL AND NOT s.is_metered)
),
others AS (
    SELECT COALESCE(a.quality, 'low') AS quality, f.criterion, COUNT(*) AS rows,
        SUM(CAST(CASE WHEN a.flow = 'unit' THEN COALESCE(a.made, 0) * (f.made_factor + f.ended_factor) + COALESCE(a.kwh, 0) * f.kwh_factor
            ELSE a.amount * f.made_factor + COALESCE(a.kwh, 0) * f.kwh_factor END AS DECIMAL(38, 22))) AS value
    FROM activities a
    JOIN profiles p ON p.kind IN ('activity', 'box') AND p.entity = a.entity AND p.item_type = a.item_type
        AND p.written_flow = a.written_flow AND p.service IS NOT DISTINCT FROM CASE WHEN p.kind = 'box' THEN NULL ELSE a.service END
        AND (p.flow IS NULL OR p.flow = a.flow)
        AND p.acquisition IS NOT DISTINCT FROM a.acquisition AND p.hosting IS NOT DISTINCT FROM a.hosting
        AND p.zone IS NOT DISTINCT FROM CASE WHEN p.kind = 'box' OR a.flow = 'electricity_kwh' OR a.kwh IS NOT NULL THEN a.zone END
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
    FROM cell_impacts WHERE NOT is_metered
    UNION ALL
    SELECT criterion, 'kwh', 'metered_room', 0, CAST(value AS DECIMAL(38, 22))
    FROM contributions WHERE row_source IS NOT NULL AND flow = 'electricity_kwh' AND kind = 'item' AND value IS NOT NULL
    UNION ALL
    SELECT criterion, 'zone', zone_origin, rows, CAST(electricity AS DECIMAL(38, 22)) FROM cell_impacts WHERE NOT is_metered
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
