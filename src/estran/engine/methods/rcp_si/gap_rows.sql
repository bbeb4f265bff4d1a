-- gap_rows: each gap with the row it is missing from, the subject whose factors bound it and the service it was bought for (M6).
-- Grain: one row per gap. Units: quantity as in gaps; units in items, for an activity in units of its flow. row_key is the row of
-- the inventory, below 0 for a room.
WITH of_activities AS (
    SELECT row_id, MIN(written_flow) AS written_flow, MIN(CASE WHEN flow = 'unit' THEN item_type ELSE flow END) AS subject,
        MIN(service) AS service, MAX(amount) AS amount
    FROM activities
    GROUP BY row_id
),
numbered_rooms AS (
    SELECT room, ROW_NUMBER() OVER (ORDER BY room) AS number FROM rooms
)
SELECT COALESCE(g.row_id, -r.number) AS row_key, CASE WHEN g.row_id IS NULL THEN 0 ELSE 1 END AS is_row,
    g.entity, g.what, g.stage, g.criterion, COALESCE(a.service, '') AS service, COALESCE(a.written_flow, g.item_type, '') AS item_type,
    CASE
        WHEN a.row_id IS NOT NULL THEN a.subject
        WHEN g.row_id IS NULL AND g.what = 'factor' THEN g.detail
        ELSE COALESCE(g.item_type, '')
    END AS subject,
    g.quantity, COALESCE(p.quantity, a.amount) AS units
FROM gaps g
LEFT JOIN problem_rows p ON p.row_id = g.row_id
LEFT JOIN of_activities a ON a.row_id = g.row_id
LEFT JOIN numbered_rooms r ON r.room = g.item_id AND g.row_id IS NULL
