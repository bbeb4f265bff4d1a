-- The electricity of each metered room in a year. In: all_meter_days (the table meter_days), the variable metered_year.
-- Of files that overlap in a day, the fullest counts. share: how much of the year is measured, of the meter least read.
CREATE OR REPLACE TEMP TABLE metered_rooms AS
WITH fullest AS (
    SELECT room, meter, point, day, max(entity) AS entity, least(sum(minutes), 1500) AS minutes,
        CASE WHEN sum(minutes) <= 1440 THEN sum(kwh) ELSE arg_max(kwh, minutes) END AS kwh
    FROM all_meter_days WHERE year(day) = getvariable('metered_year') GROUP BY room, meter, point, day
),
points AS (
    SELECT room, meter, point, max(entity) AS entity, sum(kwh) AS kwh,
        sum(minutes) / (1440 * dayofyear(make_date(getvariable('metered_year'), 12, 31))) AS share
    FROM fullest GROUP BY room, meter, point
)
SELECT room, meter, max(entity) AS entity, round(sum(kwh), 3) AS kwh, least(min(share), 1) AS share
FROM points GROUP BY room, meter;
