-- groups.csv: what a total is made of, for comparing years: items by entity, type and zone, then all other amounts (D2).
-- Grain: one row per entity, item type, flow, zone and criterion. Units: items present in the year; covered, those of them whose
-- flow is computed for the criterion (D4); amount in the unit of the flow, of what is computed; impact in the criterion's.
-- The overhead of a room goes with the electricity of its items (k holds the PUE); without items it stays with the room.
WITH item_cells AS (
    SELECT c.entity, c.item_type, c.reference, c.model, c.zone, CAST(NULL AS VARCHAR(255)) AS include,
        c.quantity, c.quantity_made, c.quantity_kwh, c.made, c.ended,
        c.kwh * (1 + COALESCE(CASE WHEN r.key_kwh > 0 THEN r.overhead_kwh / NULLIF(r.room_it_kwh, 0) END, 0)) AS kwh
    FROM (
        SELECT entity, item_type, reference, model, zone, described_room,
            SUM(quantity) AS quantity, SUM(CASE WHEN made IS NOT NULL THEN quantity END) AS quantity_made,
            SUM(CASE WHEN kwh IS NOT NULL THEN quantity END) AS quantity_kwh,
            SUM(made) AS made, SUM(ended) AS ended, SUM(kwh) AS kwh
        FROM cells
        GROUP BY entity, item_type, reference, model, zone, described_room
    ) AS c
    LEFT JOIN rooms r ON r.room = c.described_room
    UNION ALL
    SELECT p.entity, p.item_type, NULL, NULL, p.zone, f.include, p.quantity,
        CASE WHEN p.made IS NOT NULL THEN p.quantity END, CASE WHEN p.kwh IS NOT NULL THEN p.quantity END,
        p.made, p.ended, p.kwh
    FROM profiles p LEFT JOIN known_flows f ON f.flow = p.written_flow
    WHERE p.kind = 'box'
),
of_items AS (
    SELECT c.entity, c.item_type, 'unit' AS flow, c.zone, c.include, r.criterion, c.quantity AS items,
        CASE WHEN u.is_whole = 1 THEN c.quantity_made END AS covered,
        CASE WHEN u.item_type IS NOT NULL THEN c.made END AS amount,
        COALESCE(c.made * u.made_factor, 0) + COALESCE(c.ended * u.ended_factor, 0) AS impact
    FROM item_cells c
    CROSS JOIN run_criteria r
    LEFT JOIN unit_factors u ON u.item_type = c.item_type AND u.reference = COALESCE(c.reference, '')
        AND u.model = COALESCE(c.model, '') AND u.criterion = r.criterion
    UNION ALL
    SELECT c.entity, c.item_type, 'electricity_kwh', c.zone, c.include, r.criterion, c.quantity,
        CASE WHEN e.zone IS NOT NULL THEN c.quantity_kwh END,
        CASE WHEN e.zone IS NOT NULL THEN c.kwh END,
        c.kwh * e.value
    FROM item_cells c
    CROSS JOIN run_criteria r
    LEFT JOIN electricity_factors e ON e.zone = c.zone AND e.criterion = r.criterion
),
of_the_rest AS (
    SELECT l.entity, l.item_type, l.flow, l.zone, f.include, l.criterion, l.part, l.family,
        CAST(SUM(CAST(l.amount AS DECIMAL(38, 18))) AS DOUBLE) / COUNT(DISTINCT l.stage) AS amount, SUM(CAST(l.value AS DECIMAL(38, 22))) AS impact
    FROM contributions l
    LEFT JOIN profiles p ON p.profile_id = l.profile_id
    LEFT JOIN known_flows f ON f.flow = p.written_flow
    LEFT JOIN rooms r ON r.room = l.row_source
    WHERE (l.kind = 'activity' OR l.kind = 'room' AND (l.flow <> 'electricity_kwh' OR NOT (r.key_kwh > 0 AND r.room_it_kwh > 0)))
        AND l.value IS NOT NULL
    GROUP BY l.profile_id, l.row_source, l.entity, l.item_type, l.flow, l.zone, f.include, l.criterion, l.part, l.family
),
grouped AS (
    SELECT i.entity, i.item_type, i.flow, i.zone, i.include, i.criterion,
        CASE WHEN e.school THEN 'schools' ELSE 'administration' END AS part, COALESCE(t.family, 'other') AS family,
        CAST(SUM(CAST(i.items AS DECIMAL(38, 18))) AS DOUBLE) AS items,
        COALESCE(CAST(SUM(CAST(i.covered AS DECIMAL(38, 18))) AS DOUBLE), 0) AS covered,
        COALESCE(CAST(SUM(CAST(i.amount AS DECIMAL(38, 18))) AS DOUBLE), 0) AS amount,
        COALESCE(CAST(SUM(CAST(i.impact AS DECIMAL(38, 22))) AS DOUBLE), 0) AS impact
    FROM of_items i
    LEFT JOIN entities e ON e.entity = i.entity
    LEFT JOIN item_types t ON t.code = i.item_type
    GROUP BY i.entity, i.item_type, i.flow, i.zone, i.include, i.criterion,
        CASE WHEN e.school THEN 'schools' ELSE 'administration' END, COALESCE(t.family, 'other')
    UNION ALL
    SELECT entity, item_type, flow, zone, include, criterion, part, family, NULL, NULL,
        CAST(SUM(CAST(amount AS DECIMAL(38, 18))) AS DOUBLE), CAST(SUM(impact) AS DOUBLE)
    FROM of_the_rest
    GROUP BY entity, item_type, flow, zone, include, criterion, part, family
)
SELECT entity, item_type, family, part, flow, zone, include, criterion, items, covered, amount, impact
FROM grouped
ORDER BY entity, item_type, items NULLS LAST, flow, zone NULLS LAST, include NULLS LAST, criterion, family, part
