-- Both years side by side: one row per group and zone, then one per flow. The rows are sorted, so that the sums do not
-- depend on the order they came in. A group that draws no electricity needs no grid.
CREATE TABLE both_groups AS
WITH grid AS (
    SELECT zone, coalesce(b.g, c.g) AS g0, coalesce(c.g, b.g) AS g1 FROM grid0 b FULL JOIN grid1 c USING (zone)
)
SELECT {sections}
    coalesce(b.n, 0) AS n0, coalesce(c.n, 0) AS n1,
    coalesce(b.units_per_item, c.units_per_item) AS a0, coalesce(c.units_per_item, b.units_per_item) AS a1,
    coalesce(b.kwh_per_item, c.kwh_per_item) AS k0, coalesce(c.kwh_per_item, b.kwh_per_item) AS k1,
    coalesce(b.embodied, c.embodied) AS e0, coalesce(c.embodied, b.embodied) AS e1,
    CASE WHEN k0 = 0 AND k1 = 0 THEN 0 ELSE g0 END AS g0,
    CASE WHEN k0 = 0 AND k1 = 0 THEN 0 ELSE g1 END AS g1
FROM groups0 b FULL JOIN groups1 c USING ("group", zone) LEFT JOIN grid USING (zone)
ORDER BY "group", zone;

CREATE TABLE both_activities AS
SELECT {sections}
    coalesce(b.amount, 0) AS x0, coalesce(c.amount, 0) AS x1,
    coalesce(b.factor, c.factor) AS f0, coalesce(c.factor, b.factor) AS f1
FROM activities0 b FULL JOIN activities1 c USING (flow)
ORDER BY flow;
