-- Activities of a cloud bill: one row per service, zone and flow.
-- In: sums, cloud_providers, bill_units, instance_types (flow), the variables not_instances and storage_words of the format.
-- Each line counts once (C3, C4, C6): hours of an instance that has figures, terabytes kept for a year, else its euros. The
-- euros of the lines that use describes are there too, under the name of their service: the calculation sets them aside (G8).
-- Those of its other lines bear a name of their own. Euros in a currency without a rate have no amount: a gap.
CREATE VIEW summed_lines AS FROM sums WHERE status = 'kept';

INSERT INTO activities BY NAME
WITH hours AS (
    SELECT written AS unit FROM bill_units WHERE kind = 'hour'
),
storage AS (  -- a size then a time, as compared (gbmonth) → TB.year in one of it
    SELECT size.written || time.written AS unit, CAST(size.value AS DOUBLE) / CAST(time.value AS DOUBLE) AS tb_year
    FROM bill_units size JOIN bill_units time ON size.kind = 'size' AND time.kind = 'time'
),
kept AS (
    SELECT sums.*, concat_ws(' > ', sums.provider, service) AS whole, concat_ws(' ', lower(service_category), sku) AS words,
        squeezed(sums.unit) AS unit_key, instance_flow(code, sku, instance_pattern) AS instance
    FROM sums LEFT JOIN cloud_providers USING (provider)
    WHERE status = 'kept'
),
uses AS (
    SELECT kept.*,
        CASE
            WHEN used AND consumed IS NOT NULL AND unit_key IN (SELECT unit FROM hours)
                AND NOT regexp_matches(sku, getvariable('not_instances')) THEN instance
        END AS instance_used,
        CASE
            WHEN used AND regexp_matches(words, getvariable('storage_words')) THEN CAST(consumed * tb_year AS DECIMAL(38, 15))
        END AS tb
    FROM kept LEFT JOIN storage ON storage.unit = unit_key
),
lines AS (
    SELECT *, tb IS NOT NULL OR (instance_used IS NOT NULL AND instance_used IN (SELECT flow FROM instance_types)) AS by_use
    FROM uses
),
named AS (
    SELECT *, bool_or(by_use) OVER (PARTITION BY whole) AS used_in_part FROM lines
),
flows AS (
    SELECT whole || CASE WHEN used_in_part AND NOT by_use THEN ' > autres lignes' ELSE '' END || coalesce(' (' || unpriced || ')', '')
            AS service,
        zone, NULL AS site, 'spend_cloud_eur' AS flow, CAST(amount AS DECIMAL(38, 15)) AS amount,
        first_year AS price_year
    FROM (SELECT *, year(first_month) AS first_year FROM named)
    UNION ALL
    SELECT whole, zone, region, instance_used, consumed, NULL FROM named WHERE by_use AND instance_used IS NOT NULL
    UNION ALL
    -- Hours that cost nothing, of a type without figures: nothing else would say that they are missing.
    SELECT whole || ' > ' || instance_used, zone, region, instance_used, consumed, NULL
    FROM named WHERE NOT by_use AND instance_used IS NOT NULL AND amount = 0
    UNION ALL
    SELECT whole, zone, NULL, 'storage_tb_year', tb, NULL FROM named WHERE tb IS NOT NULL
)
SELECT service, zone, site, flow, price_year, CAST(sum(amount) AS DOUBLE) AS amount
FROM flows GROUP BY ALL;
