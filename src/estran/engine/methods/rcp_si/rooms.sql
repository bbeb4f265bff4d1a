-- rooms: IT electricity, overhead, environment and leaks of each computer room, counted once (R1-R3, R5, R7, R8, G3, G5).
-- Grain: one row per described room. Units: kWh, kW, m2 and kg in the year. A meter is never multiplied by the PUE.
WITH keys AS (
    SELECT room, CAST(SUM(CAST(key_kwh AS DECIMAL(38, 18))) AS DOUBLE) AS key_kwh FROM room_keys GROUP BY room
),
described AS (
    SELECT
        r.*, COALESCE(k.key_kwh, 0.0) AS key_kwh,
        COALESCE(r.pue, general_pue()) AS used_pue, COALESCE(r.zone, general_zone()) AS use_zone,
        general_room_load() AS room_load, general_leak_rate() AS default_leak_rate
    FROM declared_rooms r
    LEFT JOIN keys k ON k.room = r.room
),
metered AS (
    SELECT d.*,
        facility_kwh IS NOT NULL OR it_kwh IS NOT NULL AS is_metered,
        CASE
            WHEN facility_kwh IS NOT NULL AND it_kwh IS NOT NULL THEN LEAST(it_kwh, facility_kwh)
            WHEN facility_kwh IS NOT NULL THEN COALESCE(facility_kwh / NULLIF(used_pue, 0), facility_kwh)
            ELSE COALESCE(it_kwh, key_kwh)
        END AS room_it_kwh
    FROM described d
),
balanced AS (
    SELECT m.*,
        CASE
            WHEN facility_kwh IS NOT NULL THEN facility_kwh - room_it_kwh
            ELSE room_it_kwh * (used_pue - 1)
        END AS overhead_kwh,
        NOT (facility_kwh IS NOT NULL AND it_kwh IS NOT NULL) AND pue IS NULL AND used_pue IS NOT NULL AS pue_is_default
    FROM metered m
)
SELECT
    room, COALESCE(entity, '') AS entity, use_zone, zone IS NOT NULL AS zone_declared, hosting, quality, is_metered,
    key_kwh, room_it_kwh, overhead_kwh, used_pue, pue_is_default,
    room_it_kwh / NULLIF(key_kwh, 0) AS it_per_key,
    CASE WHEN is_metered AND key_kwh = 0 THEN room_it_kwh ELSE 0.0 END AS unshared_it_kwh,
    CASE
        WHEN it_kw IS NOT NULL THEN it_kw
        WHEN floor_m2 IS NULL AND room_it_kwh > 0 THEN room_it_kwh / (8760 * NULLIF(room_load, 0))
    END AS environment_kw,
    CASE WHEN it_kw IS NULL AND floor_m2 IS NULL THEN 'proxy' ELSE 'declared' END AS environment_origin,
    CASE WHEN it_kw IS NULL THEN floor_m2 END AS environment_m2,
    refrigerant, COALESCE(refrigerant_topup_kg, refrigerant_charge_kg * COALESCE(leak_rate, default_leak_rate)) AS refrigerant_kg,
    fuel_kg,
    it_kwh > facility_kwh AS meters_disagree,
    facility_kwh IS NULL AND used_pue IS NULL AS lacks_pue,
    it_kw IS NULL AND floor_m2 IS NULL
        AND room_it_kwh / (8760 * NULLIF(room_load, 0)) > 0 IS NOT TRUE AS lacks_environment,
    refrigerant IS NOT NULL AND refrigerant_topup_kg IS NULL
        AND refrigerant_charge_kg * COALESCE(leak_rate, default_leak_rate) IS NULL AS lacks_refrigerant,
    is_metered AND key_kwh > 0 AS keys_only,
    it_kw IS NOT NULL AND floor_m2 IS NOT NULL AS kw_and_m2
FROM balanced
