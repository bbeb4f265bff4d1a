-- Lines of a cloud bill (C3, C4): one row per line of the file, before any sum.
-- In: texts (one text per column of the format), rates, the variables kept_categories (in capitals), currency and supplier (of
-- a format of one provider).
-- amount: the cost in euros, at the mean rate of its year (C6); unpriced: its currency when no rate is known; consumed: the quantity in the unit, without its block: « 100 Hours » is a unit of hours, and 24
-- of it are 2,400 hours, unless most lines would then last longer than their days (Azure writes either).
-- used: not a commitment paid for nothing.
-- status: kept, or what leaves the line out: extra, it has more cells than the header; left, it is no use of a service;
-- start or period, its dates; currency; cost.
CREATE VIEW units_of_lines AS
WITH parts AS (
    SELECT *,
        CASE WHEN unit < ':' THEN TRY_CAST(regexp_extract(unit, '^(\d+) ?[^\d.,]', 1) AS DECIMAL(4, 0)) END AS block,
        CASE WHEN unit < ':' THEN regexp_replace(unit, '^\d+ ?([^\d.,])', '\1') ELSE unit END AS unit_alone
    FROM texts
),
days AS (
    SELECT median(read_amount(quantity) * block / (24 * (1 + date_diff('day', first_day, last_day)))) > 1 AS too_long
    FROM parts
    WHERE block > 1 AND lower(unit_alone) LIKE 'hour%'
        AND list_contains(getvariable('kept_categories'), upper(coalesce(category, '')))
)
SELECT parts.* REPLACE (unit_alone AS unit),
    read_amount(quantity) * CASE WHEN too_long OR block IS NULL THEN CAST(1 AS DECIMAL(4, 0)) ELSE block END AS consumed
FROM parts CROSS JOIN days;

CREATE VIEW judged AS
SELECT
    line, first_day, last_day,
    CASE
        WHEN upper(currency) = getvariable('currency') THEN read_amount(cost)
        ELSE TRY_CAST(read_amount(cost) / units_per_eur AS DECIMAL(34, 15))
    END AS amount,
    consumed,
    CASE
        WHEN line_status IS NOT NULL THEN line_status
        WHEN NOT list_contains(getvariable('kept_categories'), upper(coalesce(category, ''))) THEN 'left'
        WHEN date_fault IS NOT NULL THEN date_fault
        WHEN NOT coalesce(regexp_matches(currency, '(?i)^[a-z]{3}$'), false) THEN 'currency'
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
    coalesce(provider, getvariable('supplier')) AS provider, service, version, service_category, region, unit, sku, NULL AS basis,
    coalesce(lower(commitment), '') <> 'unused' AS used,
    CASE WHEN upper(currency) <> getvariable('currency') AND units_per_eur IS NULL THEN upper(currency) END AS unpriced,
    CASE WHEN units_per_eur IS NOT NULL THEN upper(currency) || ' ' || year(first_day) END AS converted
FROM units_of_lines LEFT JOIN rates ON rates.code = upper(currency) AND rates.year = year(first_day);
