-- Activities of a cloud bill: one row per service, zone and flow.
-- In: sums, cloud_providers, the variables hour_units, storage_units, not_instances and storage_words of the format.
-- Euros of each service (C4); hours of each instance (C3) and terabytes kept for a year (G8) where the lines name them.
CREATE VIEW summed_lines AS FROM sums WHERE status = 'kept';

INSERT INTO activities BY NAME
WITH kept AS (
    SELECT sums.*, concat_ws(' > ', sums.provider, service) AS whole, squeezed(sums.unit) AS unit_key,
        regexp_extract(sku, instance_pattern) AS instance, concat_ws(' ', lower(service_category), sku) AS words
    FROM sums LEFT JOIN cloud_providers USING (provider)
    WHERE status = 'kept'
),
storage AS (
    SELECT unnest(getvariable('storage_units'), recursive := true)
),
flows AS (
    SELECT whole, zone, 'spend_cloud_eur' AS flow, amount FROM kept
    UNION ALL
    SELECT whole, zone, 'cloud:' || nullif(instance, ''), consumed FROM kept
    WHERE used AND list_contains(getvariable('hour_units'), unit_key)
        AND NOT regexp_matches(sku, getvariable('not_instances'))
    UNION ALL
    SELECT whole, zone, 'storage_tb_year', consumed * tb_year FROM kept JOIN storage ON storage.unit = unit_key
    WHERE used AND regexp_matches(words, getvariable('storage_words'))
)
SELECT whole AS service, zone, flow, CAST(sum(amount) AS DOUBLE) AS amount
FROM flows WHERE flow IS NOT NULL GROUP BY ALL;
