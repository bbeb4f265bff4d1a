-- cells: the sums with the electricity of the year: in a metered room, the share of its meter by the key (R4).
-- Grain and units as in sums; kwh is the electricity of the items.
SELECT s.entity, s.item_type, s.reference, s.model, s.zone, s.described_room,
    CASE WHEN r.is_metered THEN s.described_room END AS metered_room,
    s.quality, o.acquisition, o.ownership, o.hosting, o.lifetime_origin, o.kwh_origin, o.zone_origin,
    s.rows, s.quantity, s.present, s.made, s.ended,
    CASE WHEN r.is_metered THEN CAST(CAST(s.kwh AS DOUBLE) * r.it_per_key AS DECIMAL(38, 18)) ELSE s.kwh END AS kwh,
    s.made_sq, s.made_x_ended, s.ended_sq, s.made_x_kwh, s.ended_x_kwh, s.kwh_sq
FROM sums s
JOIN origin_codes o ON o.origin_code = s.origin_code
LEFT JOIN rooms r ON r.room = s.described_room
