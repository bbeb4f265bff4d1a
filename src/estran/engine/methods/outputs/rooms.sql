-- rooms.csv: each computer room: IT electricity, overhead, PUE and environment, with their origins.
SELECT room, entity, use_zone AS zone, room_it_kwh AS it_kwh, overhead_kwh,
    COALESCE((room_it_kwh + overhead_kwh) / NULLIF(room_it_kwh, 0), used_pue) AS pue,
    CASE WHEN pue_is_default THEN 'type_default' ELSE 'declared' END AS pue_origin,
    environment_kw AS it_kw, CASE WHEN environment_kw IS NOT NULL THEN environment_origin END AS it_kw_origin,
    is_metered AS metered
FROM rooms
ORDER BY room
