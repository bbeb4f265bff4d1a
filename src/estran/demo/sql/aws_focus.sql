-- A bill in a part of FOCUS 1.0 with two of the columns AWS adds; each month ends with a tax, which is no usage.
WITH usage AS (
    SELECT month, place, round(CAST(monthly_$year AS DOUBLE) * (0.97e0 + month % 4 * 0.02e0), 2) AS quantity,
        round(quantity * CAST(eur_per_unit AS DOUBLE), 4) AS cost, 'Usage' AS charge, unit, 'eu-west-3' AS region,
        'Europe (Paris)' AS region_name, 'arn:demo:' || resource AS resource_id, resource, resource_type, category,
        service_name, 'TBSKU' || printf('%011d', place) AS sku, '{"service": "' || tag || '"}' AS tags, service_code,
        usage_type
    FROM cloud_usage CROSS JOIN range(1, 13) AS months (month)
),
lines AS (
    FROM usage WHERE quantity <> 0
    UNION ALL BY NAME
    SELECT month, NULL AS place, round(SUM(cost ORDER BY place) * 0.2e0, 4) AS cost, 'Tax' AS charge, 'Other' AS category,
        'Tax' AS service_name
    FROM usage GROUP BY month
),
dated AS (
    SELECT *, make_date($year, month, 1) || 'T00:00:00Z' AS first_day,
        CAST(make_date($year, month, 1) + INTERVAL 1 MONTH AS DATE) || 'T00:00:00Z' AS next
    FROM lines
)
SELECT cost AS "BilledCost", '$payer' AS "BillingAccountId", 'EUR' AS "BillingCurrency", next AS "BillingPeriodEnd",
    first_day AS "BillingPeriodStart", charge AS "ChargeCategory", next AS "ChargePeriodEnd",
    first_day AS "ChargePeriodStart", quantity AS "ConsumedQuantity", unit AS "ConsumedUnit", cost AS "EffectiveCost",
    'AWS' AS "ProviderName", region AS "RegionId", region_name AS "RegionName", resource_id AS "ResourceId",
    resource AS "ResourceName", resource_type AS "ResourceType", category AS "ServiceCategory",
    service_name AS "ServiceName", sku AS "SkuId", '$account' AS "SubAccountId", 'trieux-blavet' AS "SubAccountName",
    tags AS "Tags", service_code AS "x_ServiceCode", usage_type AS "x_UsageType"
FROM dated ORDER BY month, place NULLS LAST
