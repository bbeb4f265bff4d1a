-- sums, stock view: the only step that reads every row. Exact decimal sums, whatever the threads and the order of rows (A1, R4).
-- Grain: one row per set of items that share entity, type, reference, model, zone, room, quality, origins and holding.
-- Units: quantity items, present items times share and presence, made and ended units, kwh modelled kWh (in a metered room only the key of its sharing: cells); *_sq and *_x_* are second moments of single rows (Q1, uncertainty).
SELECT
    entity, item_type, reference, model, use_zone AS zone, described_room, quality, origin_code,
    COUNT(*) AS rows, SUM(CAST(quantity AS DECIMAL(38, 18))) AS quantity,
    SUM(CAST(quantity * share * presence AS DECIMAL(38, 18))) AS present,
    SUM(CAST(made AS DECIMAL(38, 18))) AS made,
    SUM(CAST(made AS DECIMAL(38, 18))) AS ended,
    SUM(CAST(modelled_kwh AS DECIMAL(38, 18))) AS kwh,
    SUM(CAST(made * made AS DECIMAL(38, 18))) AS made_sq,
    SUM(CAST(made * made AS DECIMAL(38, 18))) AS made_x_ended,
    SUM(CAST(made * made AS DECIMAL(38, 18))) AS ended_sq,
    SUM(CAST(made * own_kwh AS DECIMAL(38, 15))) AS made_x_kwh,
    SUM(CAST(made * own_kwh AS DECIMAL(38, 15))) AS ended_x_kwh,
    SUM(CAST(own_kwh * own_kwh AS DECIMAL(38, 12))) AS kwh_sq
FROM counted
WHERE stop IS NULL AND presence > 0
GROUP BY entity, item_type, reference, model, use_zone, described_room, quality, origin_code
