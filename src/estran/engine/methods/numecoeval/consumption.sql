-- consumption, NumEcoEval: the PUE multiplies the servers attached to a data centre only, in the data centre's country; the
-- others stay in their country of use (Y3). No metered room, no presence.
-- Grain: one row per item. Units: kWh in the year.
SELECT l.*,
    FALSE AS in_described_room, FALSE AS in_metered_room, FALSE AS lacks_room,
    COALESCE(kwh_measured, COALESCE(kwh_per_unit, model_kwh_per_year, type_kwh_per_year) * quantity) * share
        * CASE WHEN is_server = 1 AND r.room IS NOT NULL THEN COALESCE(r.pue, general_pue()) ELSE 1.0 END AS modelled_kwh,
    CASE
        WHEN kwh_measured IS NOT NULL OR kwh_per_unit IS NOT NULL THEN 'declared'
        WHEN model_kwh_per_year IS NOT NULL THEN 'matched'
        WHEN type_kwh_per_year IS NOT NULL THEN 'type_default'
    END AS kwh_origin,
    CASE WHEN is_server = 1 AND r.room IS NOT NULL THEN COALESCE(r.zone, l.zone, general_zone()) ELSE COALESCE(l.zone, general_zone()) END
        AS use_zone,
    CASE WHEN l.zone IS NOT NULL OR (is_server = 1 AND r.zone IS NOT NULL) THEN 'declared' ELSE 'type_default' END AS zone_origin,
    CASE
        WHEN stop IS NULL AND COALESCE(kwh_measured, kwh_per_unit, model_kwh_per_year, type_kwh_per_year) IS NULL THEN 'kwh'
    END AS kwh_gap
FROM lifetimes l
LEFT JOIN declared_rooms r ON r.room = l.room
