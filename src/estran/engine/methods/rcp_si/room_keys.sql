-- room_keys: modelled electricity of the items of each described room, the key of every sharing (R4, R6).
-- Grain: one row per room and entity. Units: kWh in the year.
SELECT described_room AS room, entity, CAST(SUM(kwh) AS DOUBLE) AS key_kwh
FROM sums
WHERE described_room IS NOT NULL AND kwh IS NOT NULL
GROUP BY described_room, entity
