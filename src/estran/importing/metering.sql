-- Readings of an electricity meter, by day. In: texts (one text per column of the format), the variables point, step, unit,
-- flow and physical that the file says once for all, the macros kept_flows(), kept_quantities() and unit_values() of the
-- format. Local times, as the meter writes them; an instant is the same time without its offset, so that the hour of the
-- clock change that comes twice is there twice.
CREATE OR REPLACE TEMP MACRO minutes_of(step) AS CASE
    WHEN regexp_matches(step, '^\d+$') THEN CAST(step AS INTEGER)
    ELSE CASE WHEN upper(step) LIKE '%D' THEN 1440 WHEN upper(step) LIKE '%H' THEN 60 ELSE 1 END
        * TRY_CAST(regexp_extract(step, '(\d+)[DHM]$', 1, 'i') AS INTEGER)
END;
CREATE OR REPLACE TEMP MACRO local_time(text) AS coalesce(
    TRY_CAST(replace(left(text, 19), 'T', ' ') AS TIMESTAMP),
    read_date(split_part(text, ' ', 1)) + coalesce(TRY_CAST(nullif(split_part(text, ' ', 2), '') AS TIME), TIME '00:00'));
CREATE OR REPLACE TEMP MACRO offset_of(text) AS  -- in minutes
    coalesce(60 * TRY_CAST(regexp_extract(text, '[T ].*([+-]\d\d):?\d\d$', 1) AS INTEGER), 0);

CREATE OR REPLACE TEMP TABLE judged_readings AS
WITH said AS (
    SELECT line, trim(concat_ws(' ', time, hour)) AS written, read_number(value) AS number, read_number(index_value) AS total,
        coalesce(point, getvariable('point')) AS point,
        minutes_of(coalesce(step, getvariable('step'))) AS step,
        plain(coalesce(unit, getvariable('unit'))) AS unit,
        plain(coalesce(flow, getvariable('flow'))) AS flow,
        plain(coalesce(physical, getvariable('physical'))) AS physical
    FROM texts
),
timed AS (
    SELECT *, local_time(written) AS moment, local_time(written) - to_minutes(offset_of(written)) AS instant,
        regexp_matches(written, '[+-]\d\d:?\d\d$|Z$') AS has_offset
    FROM said
)
SELECT *,
    CASE
        WHEN moment IS NULL THEN 'no_reading'
        WHEN flow IS NOT NULL AND NOT list_contains(kept_flows(), flow) THEN 'flow'
        WHEN physical IS NOT NULL AND NOT list_contains(kept_quantities(), physical) THEN 'physical'
        WHEN number IS NULL AND total IS NULL THEN 'empty'
        WHEN unit_values()[unit] IS NULL THEN 'unit'
        ELSE 'kept'
    END AS status,
    -- Without its offset, the hour that comes twice when the clocks go back cannot be told from a line repeated.
    CASE
        WHEN NOT has_offset AND month(moment) = 10 AND day(moment) > 24 AND hour(moment) BETWEEN 1 AND 3
            THEN row_number() OVER (PARTITION BY point, moment ORDER BY line)
        ELSE 1
    END AS occurrence
FROM timed;

-- Each instant once (of two readings, the last written), its time before or after: files name a step by its beginning, or by
-- its end when they end at midnight and do not begin there.
CREATE OR REPLACE TEMP TABLE readings AS
WITH once AS (
    SELECT * FROM judged_readings WHERE status = 'kept'
    QUALIFY row_number() OVER (PARTITION BY point, instant, occurrence ORDER BY line DESC) = 1
),
bounds AS (
    SELECT CAST(max(moment) AS TIME) = TIME '00:00' AND CAST(min(moment) AS TIME) <> TIME '00:00' AS names_the_end FROM once
),
spaced AS (
    SELECT *,
        date_diff('minute', lag(instant) OVER sorted, instant) AS before,
        date_diff('minute', instant, lead(instant) OVER sorted) AS after,
        lag(total) OVER sorted AS total_before, lag(moment) OVER sorted AS moment_before
    FROM once CROSS JOIN bounds
    WINDOW sorted AS (PARTITION BY point ORDER BY instant, occurrence)
),
usual AS (
    SELECT coalesce(mode(before) FILTER (WHERE before > 0), 1440) AS usual FROM spaced
),
stepped AS (
    SELECT *, CASE WHEN names_the_end THEN before ELSE after END AS gap FROM spaced CROSS JOIN usual
)
SELECT * EXCLUDE (step), coalesce(step, CASE WHEN gap BETWEEN 1 AND greatest(usual, 60) THEN gap ELSE usual END) AS step,
    unit_values()[unit] AS multiplier
FROM stepped;

CREATE OR REPLACE TEMP TABLE reading_days AS
WITH powers AS (
    SELECT point, CAST(moment - CASE WHEN names_the_end THEN to_minutes(CAST(step AS INTEGER)) ELSE to_minutes(0) END AS DATE) AS day,
        number * multiplier / 1000 * CASE WHEN unit LIKE '%h' THEN 1 ELSE step / 60 END AS kwh, step AS minutes
    FROM readings WHERE total IS NULL
),
indexes AS (  -- what was drawn between two indexes, over the days between; an index that goes back begins anew
    SELECT point, CAST(moment_before + INTERVAL 12 HOUR AS DATE) AS first_day, (total - total_before) * multiplier / 1000 AS drawn,
        greatest(1, CAST(round(date_diff('minute', moment_before, moment) / 1440) AS INTEGER)) AS days
    FROM readings WHERE total >= total_before
),
daily AS (
    FROM powers
    UNION ALL
    SELECT point, first_day + CAST(unnest(generate_series(0, days - 1)) AS INTEGER), drawn / days, 1440 FROM indexes
)
SELECT left(sha256(point), 8) AS point, day, year(day) AS year, round(sum(kwh), 6) AS kwh,
    CAST(least(sum(minutes), 1500) AS DOUBLE) AS minutes
FROM daily GROUP BY ALL;
