-- sums: the only step that reads every row. Exact decimal sums, whatever the threads and the order of rows (A1, R4, V2, V3).
-- Grain: one row per set of items that share entity, type, reference, model, zone, room, quality and origin code (the number of
-- origin_codes: rows are grouped by one number sooner than by six texts).
-- Units: quantity items; present items times share and presence; made and ended units (in the stock view the same); kwh
-- modelled kWh, in a metered room the key of its sharing (cells); *_sq and *_x_* second moments of single rows (Q1), of which a
-- shared meter has none.
WITH counted AS (
    SELECT entity, item_type, reference, model, use_zone AS zone, CASE WHEN in_described_room THEN room END AS described_room,
        quality, CAST({origin_code} AS SMALLINT) AS origin_code,
        quantity, quantity * share * presence AS present, made, CASE WHEN setting_view() = 'flow' THEN ended ELSE made END AS ended,
        modelled_kwh, CASE WHEN NOT in_metered_room THEN modelled_kwh END AS own_kwh
    FROM consumption
    WHERE stop IS NULL AND (presence > 0 OR (setting_view() = 'flow' AND (made IS NOT NULL OR ended IS NOT NULL)))
)
SELECT entity, item_type, reference, model, zone, described_room, quality, origin_code,
    COUNT(*) AS rows,
    SUM(CAST(quantity AS DECIMAL(38, 18))) AS quantity,
    SUM(CAST(present AS DECIMAL(38, 18))) AS present,
    SUM(CAST(made AS DECIMAL(38, 18))) AS made,
    SUM(CAST(ended AS DECIMAL(38, 18))) AS ended,
    SUM(CAST(modelled_kwh AS DECIMAL(38, 18))) AS kwh,
    SUM(CAST(made * made AS DECIMAL(38, 18))) AS made_sq,
    SUM(CAST(made * ended AS DECIMAL(38, 18))) AS made_x_ended,
    SUM(CAST(ended * ended AS DECIMAL(38, 18))) AS ended_sq,
    SUM(CAST(made * own_kwh AS DECIMAL(38, 15))) AS made_x_kwh,
    SUM(CAST(ended * own_kwh AS DECIMAL(38, 15))) AS ended_x_kwh,
    SUM(CAST(own_kwh * own_kwh AS DECIMAL(38, 12))) AS kwh_sq
FROM counted
GROUP BY entity, item_type, reference, model, zone, described_room, quality, origin_code
