-- room_keys: modelled electricity of the items of each described room, the key of every sharing (R4, R6).
-- Grain: one row per room and entity. Units: kWh in the year.
SELECT room, entity, CAST(SUM(CAST(modelled_kwh AS DECIMAL(38, 18))) AS DOUBLE) AS key_kwh
FROM consumption
WHERE room IS NOT NULL AND in_described_room AND stop IS NULL AND presence > 0 AND modelled_kwh IS NOT NULL
GROUP BY room, entity
