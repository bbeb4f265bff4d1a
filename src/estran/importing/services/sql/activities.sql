-- The activity rows that a file of services gives to the inventory, sorted: same input, same bytes.
-- In: activities, the variables entity and quality, which hold where the file says neither.
SELECT * REPLACE (
    coalesce(item_id, concat_ws(' | ', service, zone, flow, basis)) AS item_id,
    coalesce(entity, nullif(getvariable('entity'), '')) AS entity,
    coalesce(quality, nullif(getvariable('quality'), '')) AS quality,
    'third_party' AS hosting
)
FROM activities WHERE amount >= 0 OR amount IS NULL ORDER BY ALL;
