-- intervals: mean, standard deviation and 95 % interval of each scope: lognormal of this mean and variance (Q5, Q6).
-- Grain: one row per scope, name and criterion. Units: those of the criterion. A total of 0 or less takes the normal law.
WITH variances AS (
    SELECT scope, name, criterion, CAST(SUM(CAST(term AS DECIMAL(38, 30))) AS DOUBLE) AS relative_variance
    FROM uncertainty
    GROUP BY scope, name, criterion
),
moments AS (
    SELECT s.scope, s.name, s.criterion, s.mean, s.magnitude * SQRT(COALESCE(v.relative_variance, 0)) AS sd
    FROM scopes s
    LEFT JOIN variances v ON v.scope = s.scope AND v.name = s.name AND v.criterion = s.criterion
),
shaped AS (
    SELECT m.*, CASE WHEN mean > 0 THEN LN(1 + (sd / mean) * (sd / mean)) END AS log_variance FROM moments m
)
SELECT scope, name, criterion, mean, sd,
    CASE WHEN mean > 0 THEN mean * EXP(-log_variance / 2 - setting_z95() * SQRT(log_variance)) ELSE mean - setting_z95() * sd END AS low95,
    CASE WHEN mean > 0 THEN mean * EXP(-log_variance / 2 + setting_z95() * SQRT(log_variance)) ELSE mean + setting_z95() * sd END AS high95
FROM shaped
