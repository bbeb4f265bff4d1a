-- at_risk: how many items were followed at each age where something changes, and how many left there (L10).
-- Grain: one row per item type and age. Units: days; items. at_risk those with entry < age <= exit, at_risk_after those just after.
WITH moves AS (
    SELECT item_type, entry_days AS age_days, quantity AS entered, 0.0 AS gone, 0.0 AS departures, 0.0 AS vanished
    FROM followed WHERE left_out IS NULL
    UNION ALL
    SELECT item_type, exit_days, 0.0, quantity, CASE WHEN ending IN ('withdrawn', 'vanished') THEN quantity ELSE 0.0 END,
        CASE WHEN ending = 'vanished' THEN quantity ELSE 0.0 END
    FROM followed WHERE left_out IS NULL
),
by_age AS (
    SELECT item_type, CAST(age_days AS DOUBLE) AS age_days,
        SUM(CAST(entered AS DECIMAL(28, 9))) AS entered, SUM(CAST(gone AS DECIMAL(28, 9))) AS gone,
        SUM(CAST(departures AS DECIMAL(28, 9))) AS departures, SUM(CAST(vanished AS DECIMAL(28, 9))) AS vanished
    FROM moves GROUP BY item_type, CAST(age_days AS DOUBLE)
),
cumulated AS (
    SELECT b.*, SUM(entered - gone) OVER (PARTITION BY item_type ORDER BY age_days) AS after
    FROM by_age b
)
SELECT item_type, age_days, CAST(departures AS DOUBLE) AS departures, CAST(vanished AS DOUBLE) AS vanished,
    CAST(after - entered + gone AS DOUBLE) AS at_risk, CAST(after AS DOUBLE) AS at_risk_after
FROM cumulated
