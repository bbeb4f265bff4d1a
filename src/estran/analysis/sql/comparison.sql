-- What two runs can be compared on (D4), `side` 0 the one before, 1 the one after.
-- In: groups0 and groups1 (groups.csv, one criterion), gaps0 and gaps1 (gaps.csv), shared_entities and outside_uses,
-- which say what both perimeters hold.

-- The groups of each run, and whether both perimeters hold them.
CREATE TABLE groups AS
WITH read AS (SELECT 0 AS side, * FROM groups0 UNION ALL BY NAME SELECT 1 AS side, * FROM groups1)
SELECT side, COALESCE(entity, '') AS entity, item_type, family, part, flow, COALESCE(zone, '') AS zone, include,
    CAST(items AS DOUBLE) AS items, CAST(covered AS DOUBLE) AS covered,
    CAST(amount AS DOUBLE) AS amount, CAST(impact AS DOUBLE) AS impact,
    COALESCE(entity, '') IN (SELECT entity FROM shared_entities)
    AND COALESCE(include, '') NOT IN (SELECT include FROM outside_uses) AS common
FROM read;

-- An activity that a run could not compute is known by its entity and its flow (F, codes of `what`).
CREATE TABLE lacking AS
SELECT side, COALESCE(entity, '') AS entity, item_type, what, SUM(TRY_CAST(quantity AS DOUBLE)) AS items
FROM (SELECT 0 AS side, * FROM gaps0 UNION ALL BY NAME SELECT 1 AS side, * FROM gaps1)
GROUP BY ALL;

-- Items of an unknown zone are counted with those of their group whose zone is known: one year may know it.
CREATE TABLE main_zones AS
SELECT entity, item_type, FIRST(zone ORDER BY items DESC, zone) AS main_zone
FROM (
    SELECT entity, item_type, zone, SUM(items) AS items FROM groups
    WHERE common AND items > 0 AND flow = 'electricity_kwh' AND covered > 0
    GROUP BY entity, item_type, zone
) GROUP BY entity, item_type;

-- One row per group of items of one year: n items, units and kWh, share of the items for which these are computed. Rows
-- with unusable dates are items too, of which nothing is computed.
CREATE TABLE items AS
WITH kinds AS (
    SELECT entity, item_type, ANY_VALUE(family) AS family, ANY_VALUE(part) AS part
    FROM groups WHERE common AND items > 0
    GROUP BY entity, item_type
),
present AS (
    SELECT g.side, g.entity, g.item_type, g.family, g.part, g.flow, g.items, g.covered, g.amount, g.impact,
        CASE WHEN g.zone = '' OR k.known IS NULL THEN COALESCE(z.main_zone, g.zone) ELSE g.zone END AS zone
    FROM groups g
    LEFT JOIN main_zones z USING (entity, item_type)
    LEFT JOIN (
        SELECT DISTINCT zone, TRUE AS known FROM groups WHERE flow = 'electricity_kwh' AND covered > 0
    ) k ON k.zone = g.zone
    WHERE g.common AND g.items > 0
    UNION ALL
    SELECT l.side, l.entity, l.item_type, k.family, k.part, 'unit', l.items, 0, 0, 0, COALESCE(z.main_zone, '')
    FROM lacking l JOIN kinds k USING (entity, item_type) LEFT JOIN main_zones z USING (entity, item_type)
    WHERE l.what = 'dates' AND l.items > 0
)
SELECT side, entity || ' · ' || item_type AS "group", zone, ANY_VALUE(family) AS family, ANY_VALUE(part) AS part,
    SUM(items) FILTER (flow = 'unit') AS n,
    COALESCE(SUM(covered) FILTER (flow = 'unit'), 0) / SUM(items) FILTER (flow = 'unit') AS unit_cover,
    COALESCE(SUM(amount) FILTER (flow = 'unit'), 0) AS units,
    COALESCE(SUM(impact) FILTER (flow = 'unit'), 0) AS unit_impact,
    COALESCE(SUM(covered) FILTER (flow <> 'unit'), 0) / SUM(items) FILTER (flow = 'unit') AS kwh_cover,
    COALESCE(SUM(amount) FILTER (flow <> 'unit'), 0) AS kwh,
    COALESCE(SUM(impact) FILTER (flow <> 'unit'), 0) AS kwh_impact
FROM present
GROUP BY side, entity, item_type, zone;

-- The share of a group that both years can compute: what only one of them could is no change of the estate. A group
-- absent one year keeps all it has.
CREATE TABLE covered AS
SELECT b.*, o.unit_impact / NULLIF(o.units, 0) AS other_embodied,
    CASE WHEN o.n IS NULL OR GREATEST(b.unit_cover, o.unit_cover) = 0 THEN 1
         WHEN LEAST(b.unit_cover, o.unit_cover) = 0 THEN 0
         ELSE LEAST(1, o.unit_cover / b.unit_cover) END AS unit_kept,
    CASE WHEN o.n IS NULL OR GREATEST(b.kwh_cover, o.kwh_cover) = 0 THEN 1
         WHEN LEAST(b.kwh_cover, o.kwh_cover) = 0 THEN 0
         ELSE LEAST(1, o.kwh_cover / b.kwh_cover) END AS kwh_kept
FROM items b LEFT JOIN items o ON o.side = 1 - b.side AND o."group" = b."group" AND o.zone = b.zone;

-- Everything else: activities, rooms, and the electricity that no item carries; `only_here`: the other year lacks it.
CREATE TABLE rest AS
SELECT side, entity || ' · ' || item_type || ' · ' || flow || ' · ' || zone AS flow, flow = 'electricity_kwh' AS is_grid,
    ANY_VALUE(family) AS family, ANY_VALUE(part) AS part, SUM(amount) AS amount, SUM(impact) AS impact,
    BOOL_OR(EXISTS (
        SELECT 1 FROM lacking l WHERE l.side = 1 - g.side AND l.entity = g.entity AND l.what IN (g.flow, g.item_type)
    ) AND NOT EXISTS (
        SELECT 1 FROM groups o
        WHERE o.side = 1 - g.side AND o.entity = g.entity AND o.item_type = g.item_type AND o.flow = g.flow
    )) AS only_here
FROM groups g WHERE common AND COALESCE(items, 0) = 0 AND impact <> 0
GROUP BY side, entity, item_type, flow, zone;

-- What is taken out of both totals first, and the cause that it is an effect of.
CREATE VIEW incomparable AS
SELECT side, 'perimeter' AS cause, family, part, impact FROM groups WHERE NOT common
UNION ALL
SELECT side, 'completeness', family, part, unit_impact * (1 - unit_kept) + kwh_impact * (1 - kwh_kept) FROM covered
UNION ALL
SELECT side, 'completeness', family, part, impact FROM rest WHERE only_here;
