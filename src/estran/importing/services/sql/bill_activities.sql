-- Activities of a cloud bill: one row per service, zone and flow.
-- In: sums, cloud_providers, bill_units, the variables not_instances and storage_words of the format.
-- Euros of each service (C4); hours of each instance (C3) and terabytes kept for a year (G8) where the lines name them.
CREATE VIEW summed_lines AS FROM sums WHERE status = 'kept';

INSERT INTO activities BY NAME
WITH kept AS (
    SELECT sums.*, concat_ws(' > ', sums.provider, service) AS whole, squeezed(sums.unit) AS unit_key,
        regexp_extract(sku, instance_pattern) AS instance, concat_ws(' ', lower(service_category), sku) AS words
    FROM sums LEFT JOIN cloud_providers USING (provider)
    WHERE status = 'kept'
),
hours AS (
    SELECT written AS unit FROM bill_units WHERE kind = 'hour'
),
storage AS (  -- a size then a time, as compared (gbmonth) → TB.year in one of it
    SELECT size.written || time.written AS unit, CAST(size.value AS DOUBLE) / CAST(time.value AS DOUBLE) AS tb_year
    FROM bill_units size JOIN bill_units time ON size.kind = 'size' AND time.kind = 'time'
),
flows AS (
    SELECT whole, zone, 'spend_cloud_eur' AS flow, amount FROM kept
    UNION ALL
    SELECT whole, zone, 'cloud:' || nullif(instance, ''), consumed FROM kept
    WHERE used AND unit_key IN (SELECT unit FROM hours)
        AND NOT regexp_matches(sku, getvariable('not_instances'))
    UNION ALL
    SELECT whole, zone, 'storage_tb_year', consumed * tb_year FROM kept JOIN storage ON storage.unit = unit_key
    WHERE used AND regexp_matches(words, getvariable('storage_words'))
)
SELECT whole AS service, zone, flow, CAST(sum(amount) AS DOUBLE) AS amount
FROM flows WHERE flow IS NOT NULL GROUP BY ALL;
