-- consumption, EcoDiag: yearly electricity of the row, of its model or of its type, no PUE (Y8 gives the factor, in the catalogue).
-- Grain: one row per item. Units: kWh in the year.
SELECT l.*,
    FALSE AS in_described_room, FALSE AS in_metered_room, FALSE AS lacks_room,
    COALESCE(kwh_per_unit, model_kwh_per_year, type_kwh_per_year) * quantity AS modelled_kwh,
    CASE
        WHEN kwh_per_unit IS NOT NULL THEN 'declared'
        WHEN model_kwh_per_year IS NOT NULL THEN 'matched'
        WHEN type_kwh_per_year IS NOT NULL THEN 'type_default'
    END AS kwh_origin,
    COALESCE(l.zone, general_zone()) AS use_zone,
    CASE WHEN l.zone IS NOT NULL THEN 'declared' ELSE 'type_default' END AS zone_origin,
    CASE WHEN stop IS NULL AND COALESCE(kwh_per_unit, model_kwh_per_year, type_kwh_per_year) IS NULL THEN 'kwh' END AS kwh_gap
FROM lifetimes l
