-- Lines of a cloud bill (C3, C4): one row per line of the file, before any sum.
-- In: texts (one text per column of the format), the variables kept_category (in capitals) and currency.
-- amount: the cost in euros; consumed: the quantity in the unit billed; used: not a commitment paid for nothing.
-- status: kept, or what leaves the line out: extra, it has more cells than the header; left, it is no use of a service;
-- start or period, its dates; currency; cost.
CREATE VIEW judged AS
SELECT
    line, first_day, last_day, read_amount(cost) AS amount, read_amount(quantity) AS consumed,
    CASE
        WHEN line_status IS NOT NULL THEN line_status
        WHEN upper(category) IS DISTINCT FROM getvariable('kept_category') THEN 'left'
        WHEN date_fault IS NOT NULL THEN date_fault
        WHEN upper(currency) IS DISTINCT FROM getvariable('currency') THEN 'currency'
        WHEN read_amount(cost) IS NULL THEN 'cost'
        ELSE 'kept'
    END AS status,
    CASE status
        WHEN 'extra' THEN extra
        WHEN 'left' THEN category
        WHEN 'currency' THEN currency
        WHEN 'cost' THEN cost
        WHEN 'start' THEN start
        WHEN 'period' THEN start
    END AS fault,
    provider, service, version, service_category, region, unit, sku, NULL AS basis,
    coalesce(lower(commitment), '') <> 'unused' AS used
FROM texts;
