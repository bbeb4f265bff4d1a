-- curve: the part still in service at each age, by the product-limit estimate, with the 95 % interval of Greenwood's variance on the
-- scale of log(-log) (L10). It begins at the first age with enough items followed, given survival to it, and ends at the last one.
-- Grain: one row per item type and age with a departure, and one at each end. Units: days; items; shares from 0 to 1.
WITH ends AS (
    SELECT item_type, MIN(CASE WHEN at_risk_after >= lives_fewest_followed() THEN age_days END) AS first_days,
        MAX(CASE WHEN at_risk >= lives_fewest_followed() THEN age_days END) AS last_days
    FROM at_risk GROUP BY item_type
),
kept AS (
    SELECT r.item_type, r.age_days, r.at_risk, r.departures, r.vanished
    FROM at_risk r JOIN ends e ON e.item_type = r.item_type
    WHERE r.age_days > e.first_days AND (r.departures > 0 AND r.age_days < e.last_days OR r.age_days = e.last_days)
    UNION ALL
    SELECT r.item_type, r.age_days, r.at_risk_after, 0.0, 0.0
    FROM at_risk r JOIN ends e ON e.item_type = r.item_type AND e.first_days = r.age_days
    WHERE e.last_days > e.first_days
),
steps AS (
    SELECT k.*,
        SUM(LN(CASE WHEN departures < at_risk THEN 1 - departures / at_risk ELSE 1.0 END)) OVER ages AS log_share,
        MAX(CASE WHEN departures >= at_risk THEN 1 ELSE 0 END) OVER ages AS is_empty,
        SUM(CASE WHEN departures < at_risk THEN departures / (at_risk * (at_risk - departures)) ELSE 0.0 END) OVER ages AS relative_variance
    FROM kept k
    WINDOW ages AS (PARTITION BY item_type ORDER BY age_days ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
shares AS (
    SELECT s.*, CASE WHEN is_empty = 1 THEN 0.0 ELSE EXP(log_share) END AS share,
        CASE WHEN is_empty = 0 AND log_share < 0 THEN setting_z95() * SQRT(relative_variance) / -log_share END AS width
    FROM steps s
)
SELECT item_type, age_days, age_days / 365.25 AS age_years, at_risk, departures, vanished, share,
    CASE WHEN width IS NULL THEN share ELSE EXP(log_share * EXP(width)) END AS low95,
    CASE WHEN width IS NULL THEN share ELSE EXP(log_share * EXP(-width)) END AS high95
FROM shares
ORDER BY item_type, age_days
