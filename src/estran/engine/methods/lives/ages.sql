-- ages: the curve read at whole years, for tables and drawings (L10).
-- Grain: one row per item type and whole year within its curve. Units: years; items followed at that age; shares from 0 to 1.
WITH points AS (
    SELECT l.item_type, w.age_years FROM lives l JOIN whole_years w ON w.age_years BETWEEN l.first_years AND l.last_years
),
shares AS (
    SELECT p.item_type, p.age_years, c.share, c.low95, c.high95,
        ROW_NUMBER() OVER (PARTITION BY p.item_type, p.age_years ORDER BY c.age_days DESC) AS place
    FROM points p JOIN curve c ON c.item_type = p.item_type AND c.age_years <= p.age_years
),
counts AS (
    SELECT p.item_type, p.age_years, r.at_risk,
        ROW_NUMBER() OVER (PARTITION BY p.item_type, p.age_years ORDER BY r.age_days) AS place
    FROM points p JOIN at_risk r ON r.item_type = p.item_type AND r.age_days >= p.age_years * 365.25
)
SELECT s.item_type, s.age_years, c.at_risk, s.share, s.low95, s.high95
FROM shares s
LEFT JOIN counts c ON c.item_type = s.item_type AND c.age_years = s.age_years AND c.place = 1
WHERE s.place = 1
ORDER BY s.item_type, s.age_years
