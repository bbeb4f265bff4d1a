-- The meters of the rooms that have some, month by month: the year is that of the rooms of the estate, summers a little
-- higher for the cooling (weights that sum to 1200).
SELECT room AS room_id, year || '-' || printf('%02d', month) AS period,
    round_even(CAST(facility_kwh AS DOUBLE) * weight / 1200, 1) AS total_kwh, round_even(CAST(it_kwh AS DOUBLE) / 12, 1) AS it_kwh,
    'meter' AS reading_kind, 'oui' AS in_building_bill
FROM rooms
CROSS JOIN (SELECT UNNEST([97, 95, 96, 97, 100, 104, 108, 108, 103, 99, 97, 96]) AS weight, UNNEST(range(1, 13)) AS month)
WHERE facility_kwh IS NOT NULL ORDER BY place, month
