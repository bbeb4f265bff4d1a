-- A room that is not read twelve months out of twelve gives no figure of a year.
SELECT *, SUM(length) OVER (PARTITION BY room_id, in_period) AS months,
       SUM(CASE WHEN it_kwh IS NULL THEN 0 ELSE length END) OVER (PARTITION BY room_id, in_period) AS it_months
FROM (SELECT *, CASE LENGTH(period) WHEN 4 THEN 12 ELSE 1 END AS length FROM energy_readings_rows)
