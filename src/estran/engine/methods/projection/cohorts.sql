-- cohorts: the items still there at the end of the year, ready to be renewed year by year (Z2).
-- Grain: one row per pool (the items that the same levers touch and the same factors weigh) and year of purchase.
-- Units: quantity items; units items times professional share; units_per_year units made per year at the life of L1-L7; kwh and
-- overhead_kwh kWh in a whole year, as if each item were there all year; kwh_type the part that a default of the type gives.
WITH present AS (
    SELECT s.signature, c.item_type, c.reference, c.model, c.use_zone AS zone,
        r.overhead_kwh IS NOT NULL AND r.room_it_kwh > 0 AS in_cooled_room,
        c.internal_years IS NOT NULL AS has_life, c.modelled_kwh IS NOT NULL AS has_kwh,
        COALESCE(c.refurbished_share, 0.0) AS refurbished_share,
        CASE WHEN c.upstream_proof THEN COALESCE(c.upstream_years, 0.0) ELSE 0.0 END AS upstream_years,
        CASE WHEN c.reuse_proof THEN COALESCE(c.reuse_rate, 0.0) ELSE 0.0 END AS reuse_rate, c.mean_total_life_years,
        projection_by_power() AND c.kwh_origin = 'declared' AND c.kwh_measured IS NULL AND c.kwh_per_unit IS NULL AS by_power,
        c.power_w, c.hours_per_year, CAST(FLOOR(c.purchase_t) AS INTEGER) AS purchase_year,
        c.quantity, c.share, c.internal_years,
        c.modelled_kwh / c.presence * CASE WHEN c.in_metered_room THEN r.it_per_key ELSE 1.0 END AS kwh,
        r.overhead_kwh / NULLIF(r.room_it_kwh, 0) AS overhead_per_kwh,
        c.kwh_origin = 'type_default' AND NOT c.in_metered_room AS kwh_is_default
    FROM consumption c
    JOIN lever_rows s ON s.row_id = c.row_id
    LEFT JOIN rooms r ON r.room = c.room
    WHERE c.stop IS NULL AND c.presence > 0 AND COALESCE(c.withdrawal_t >= setting_year() + 1, TRUE)
),
keyed AS (
    SELECT signature, item_type, reference, model, zone, in_cooled_room, has_life, has_kwh, refurbished_share, upstream_years,
        reuse_rate, mean_total_life_years,
        CASE WHEN by_power THEN power_w END AS power_w, CASE WHEN by_power THEN hours_per_year END AS hours_per_year,
        purchase_year, quantity, share, internal_years, kwh, overhead_per_kwh, kwh_is_default
    FROM present
)
SELECT signature, item_type, reference, model, zone, in_cooled_room, has_life, has_kwh, refurbished_share, upstream_years,
    reuse_rate, mean_total_life_years, power_w, hours_per_year, purchase_year,
    COUNT(*) AS rows,
    CAST(SUM(CAST(quantity AS DECIMAL(38, 18))) AS DOUBLE) AS quantity,
    CAST(SUM(CAST(quantity * share AS DECIMAL(38, 18))) AS DOUBLE) AS units,
    CAST(SUM(CAST(quantity * share / internal_years AS DECIMAL(38, 18))) AS DOUBLE) AS units_per_year,
    CAST(SUM(CAST(kwh AS DECIMAL(38, 18))) AS DOUBLE) AS kwh,
    CAST(SUM(CAST(kwh * overhead_per_kwh AS DECIMAL(38, 18))) AS DOUBLE) AS overhead_kwh,
    CAST(SUM(CAST(CASE WHEN kwh_is_default THEN kwh END AS DECIMAL(38, 18))) AS DOUBLE) AS kwh_type
FROM keyed
GROUP BY signature, item_type, reference, model, zone, in_cooled_room, has_life, has_kwh, refurbished_share, upstream_years,
    reuse_rate, mean_total_life_years, power_w, hours_per_year, purchase_year
ORDER BY signature, item_type, reference, model, zone, in_cooled_room, has_life, has_kwh, refurbished_share, upstream_years,
    reuse_rate, mean_total_life_years, power_w, hours_per_year, purchase_year
