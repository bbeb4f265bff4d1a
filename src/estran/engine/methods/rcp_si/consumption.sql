-- consumption: electricity of an item in the year, its zone of use and the room it stands in (E1-E6, E8, E10, R9).
-- Grain: one row per item. Units: kWh in the year. In a metered room this is only the allocation key (R4, G3).
WITH resolved AS (
    SELECT l.*,
        r.room IS NOT NULL AS in_described_room,
        r.room IS NOT NULL AND (r.facility_kwh IS NOT NULL OR r.it_kwh IS NOT NULL) AS in_metered_room,
        CASE
            WHEN presence = 0 THEN NULL
            WHEN status = 'spare' THEN 0.0
            WHEN kwh_measured IS NOT NULL THEN kwh_measured * share
            WHEN kwh_per_unit IS NOT NULL THEN kwh_per_unit * quantity * share * presence
            WHEN power_w IS NOT NULL AND hours_per_year IS NOT NULL
                THEN power_w * hours_per_year / 1000 * quantity * share * presence
            ELSE COALESCE(model_kwh_per_year, type_kwh_per_year) * quantity * share * presence
        END AS modelled_kwh,
        CASE
            WHEN status = 'spare' THEN 'spare'
            WHEN kwh_measured IS NOT NULL OR kwh_per_unit IS NOT NULL THEN 'declared'
            WHEN power_w IS NOT NULL AND hours_per_year IS NOT NULL THEN 'declared'
            WHEN model_kwh_per_year IS NOT NULL THEN 'matched'
            WHEN type_kwh_per_year IS NOT NULL THEN 'type_default'
        END AS kwh_origin,
        CASE WHEN r.room IS NULL THEN l.zone ELSE r.zone END AS declared_zone
    FROM lifetimes l
    LEFT JOIN declared_rooms r ON r.room = l.room
)
SELECT r.*,
    COALESCE(declared_zone, general_zone()) AS use_zone,
    CASE WHEN declared_zone IS NULL THEN 'type_default' ELSE 'declared' END AS zone_origin,
    CASE
        WHEN stop IS NULL AND presence = 0 AND kwh_measured IS NOT NULL AND status IS DISTINCT FROM 'spare' THEN 'kwh_measured'
        WHEN stop IS NULL AND presence > 0 AND modelled_kwh IS NULL AND NOT in_metered_room THEN 'kwh'
        WHEN stop IS NULL AND presence > 0 AND modelled_kwh <> 0 AND COALESCE(declared_zone, general_zone()) IS NULL THEN 'zone'
    END AS kwh_gap,
    stop IS NULL AND presence > 0 AND room IS NOT NULL AND NOT in_described_room AS lacks_room
FROM resolved r
