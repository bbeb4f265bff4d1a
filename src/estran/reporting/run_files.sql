-- What documents say of one run, from the texts of its files: impacts in the unit of their criterion, shares 0 to 1.
-- One query a name; `?` are its values, in order.

-- name: criteria
SELECT i.criterion AS code, i.mean::DOUBLE AS mean, i.low95::DOUBLE AS low, i.high95::DOUBLE AS high,
       c.rows_complete::BIGINT / NULLIF(c.rows::BIGINT, 0) AS coverage, c.rows::BIGINT AS rows,
       c.gap_rows::BIGINT AS gap_rows
FROM intervals i LEFT JOIN coverage c ON c.criterion = i.criterion
WHERE i.entity = '*'

-- name: subtotals
SELECT name AS code, mean::DOUBLE AS mean, low95::DOUBLE AS low, high95::DOUBLE AS high
FROM subtotals WHERE scope = ? AND criterion = ? ORDER BY mean DESC, name

-- name: stage_shares
SELECT stage, criterion, total / NULLIF(sum(total) OVER (PARTITION BY criterion), 0) AS share
FROM (SELECT stage, criterion, sum(value::DOUBLE) AS total FROM impacts
      WHERE basis = 'modelled' GROUP BY stage, criterion)

-- name: entities
SELECT i.entity AS code, i.mean::DOUBLE AS mean, i.low95::DOUBLE AS low, i.high95::DOUBLE AS high,
       coalesce(e.school, false) AS school, e.quantity
FROM intervals i
LEFT JOIN (SELECT entity, bool_or(part = 'schools') AS school, sum(quantity::DOUBLE) AS quantity
           FROM equipment GROUP BY entity) e ON e.entity = i.entity
WHERE i.criterion = 'gwp' AND i.entity <> '*' ORDER BY i.mean::DOUBLE DESC, i.entity

-- name: schools
SELECT count(*) AS number, quantile_cont(mean, 0.1) AS low, median(mean) AS middle,
       quantile_cont(mean, 0.9) AS high
FROM (SELECT i.mean::DOUBLE AS mean FROM intervals i
      WHERE i.criterion = 'gwp' AND i.entity IN (SELECT entity FROM equipment WHERE part = 'schools'))

-- name: guards
SELECT split_part(rule, ' ', 1) AS code, count(*) AS rows, any_value(rule) AS rule
FROM guards GROUP BY ALL ORDER BY code

-- name: classes
SELECT class, rows::BIGINT AS rows, rows::BIGINT / NULLIF(sum(rows::BIGINT) OVER (), 0) AS rows_share,
       share::DOUBLE AS share
FROM quality WHERE criterion = ? AND kind = ? ORDER BY share::DOUBLE DESC, class

-- name: uncertainty
SELECT source, share::DOUBLE AS share FROM uncertainty
WHERE criterion = ? ORDER BY share::DOUBLE DESC, source LIMIT 5

-- name: factor_sets
SELECT factor_set AS code, mean::DOUBLE AS mean, low95::DOUBLE AS low, high95::DOUBLE AS high,
       gap_rows::BIGINT AS gap_rows, own_share::DOUBLE AS own_share
FROM factor_sets WHERE criterion = ? ORDER BY factor_set

-- name: rooms
SELECT room, it_kwh::DOUBLE AS it_kwh, overhead_kwh::DOUBLE AS overhead_kwh, pue::DOUBLE AS pue, pue_origin,
       it_kw::DOUBLE AS it_kw, it_kw_origin, metered = 'true' AS metered
FROM rooms ORDER BY it_kwh::DOUBLE DESC NULLS LAST, room

-- name: services
SELECT item_type AS code, sum(value::DOUBLE) AS value FROM impacts
WHERE criterion = 'gwp' AND basis = 'modelled' GROUP BY item_type ORDER BY value DESC, code

-- name: by_service
SELECT service, flow, origin, sum(value::DOUBLE) AS value, sum(share::DOUBLE) AS share
FROM services WHERE criterion = 'gwp' GROUP BY ALL ORDER BY value DESC, service, flow, origin

-- name: weak_factors
SELECT DISTINCT flow AS code, TRY_CAST(quality AS INTEGER) AS quality, source FROM factors
WHERE coalesce(TRY_CAST(quality AS INTEGER), 1) < 5 AND criterion = 'gwp' ORDER BY quality, code

-- name: parameters
SELECT *, sum(quantity) OVER (PARTITION BY code) AS of_type
FROM (SELECT item_type AS code, parameter, origin, source, min(TRY_CAST(value AS DOUBLE)) AS low,
             max(TRY_CAST(value AS DOUBLE)) AS high, any_value(value) AS text,
             sum(TRY_CAST(quantity AS DOUBLE)) AS quantity
      FROM parameters GROUP BY ALL)
ORDER BY of_type DESC NULLS LAST, code, parameter DESC, quantity DESC NULLS LAST, origin, source

-- name: flows
-- An amount stands at each stage that has a factor: it is the same one, and counts once.
SELECT code, max(amount) AS amount
FROM (SELECT CASE flow WHEN 'unit' THEN item_type ELSE flow END AS code, flow, sum(amount::DOUBLE) AS amount
      FROM amounts WHERE flow <> 'unit' OR stage = 'manufacturing' GROUP BY 1, 2, stage)
GROUP BY code ORDER BY bool_or(flow = 'unit') DESC, amount DESC, code

-- name: families_by_part
SELECT family, part, sum(quantity::DOUBLE) AS quantity FROM equipment
GROUP BY family, part ORDER BY quantity DESC, family

-- name: products
SELECT i.item_type, i.stage, i.value, CASE WHEN a.flows = 1 THEN a.flow ELSE '' END AS flow,
       CASE WHEN a.flows = 1 THEN a.amount END AS amount
FROM (SELECT item_type, stage, sum(value::DOUBLE) AS value FROM impacts
      WHERE criterion = 'gwp' AND basis = 'modelled' GROUP BY ALL) i
JOIN (SELECT item_type, stage, any_value(flow) AS flow, sum(amount::DOUBLE) AS amount, count(DISTINCT flow) AS flows
      FROM amounts GROUP BY item_type, stage) a USING (item_type, stage)
WHERE i.value <> 0
ORDER BY i.value DESC, i.item_type, i.stage

-- name: fleet
SELECT item_type, sum(TRY_CAST(quantity AS DOUBLE)) AS quantity, sum(TRY_CAST(quantity AS DOUBLE))
       / NULLIF(sum(TRY_CAST(quantity AS DOUBLE) / NULLIF(TRY_CAST(value AS DOUBLE), 0)), 0) AS life
FROM parameters WHERE parameter = 'lifetime_years' GROUP BY item_type, origin ORDER BY item_type, quantity DESC, origin

-- name: factor_sources
SELECT DISTINCT flow, source FROM factors WHERE criterion = 'gwp' AND source IS NOT NULL ORDER BY flow, source

-- name: mix_years
SELECT DISTINCT right(electricity, 4) AS year FROM factors
WHERE criterion = 'gwp' AND electricity LIKE 'electricity %' AND electricity NOT LIKE '% 1900' ORDER BY year -- 1900: no year known
