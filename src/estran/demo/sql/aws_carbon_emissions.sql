-- The statement CARBON_EMISSIONS of AWS Data Exports, month by month: tonnes, by location (lbm) and by market (mbm).
WITH scopes AS (
    SELECT *, CAST(tonnes_$year AS DOUBLE) / 12 AS tonnes, CAST(market_share AS DOUBLE) AS cleaner,
        tonnes * CAST(scope_1_share AS DOUBLE) AS scope_1, tonnes * CAST(scope_2_share AS DOUBLE) AS scope_2,
        tonnes - scope_1 - scope_2 AS scope_3, scope_2 * cleaner * 0.1e0 AS bought
    FROM cloud_statements
)
SELECT '$next_year-03-18 06:12:40Z' AS last_refresh_timestamp, 'Europe (Paris)' AS "location", 'v3.0.0' AS model_version,
    '$payer' AS payer_account_id, product AS product_code, region AS region_code,
    'MTCO2e' AS total_lbm_emissions_unit, format('{:.9f}', tonnes) AS total_lbm_emissions_value,
    'MTCO2e' AS total_mbm_emissions_unit,
    format('{:.9f}', scope_1 + bought + scope_3 * cleaner) AS total_mbm_emissions_value,
    'MTCO2e' AS total_scope_1_emissions_unit, format('{:.9f}', scope_1) AS total_scope_1_emissions_value,
    'MTCO2e' AS total_scope_2_lbm_emissions_unit, format('{:.9f}', scope_2) AS total_scope_2_lbm_emissions_value,
    'MTCO2e' AS total_scope_2_mbm_emissions_unit, format('{:.9f}', bought) AS total_scope_2_mbm_emissions_value,
    'MTCO2e' AS total_scope_3_lbm_emissions_unit, format('{:.9f}', scope_3) AS total_scope_3_lbm_emissions_value,
    'MTCO2e' AS total_scope_3_mbm_emissions_unit,
    format('{:.9f}', scope_3 * cleaner) AS total_scope_3_mbm_emissions_value,
    '$account' AS usage_account_id,
    CAST(make_date($year, month, 1) + INTERVAL 1 MONTH AS DATE) || 'T00:00:00Z' AS usage_period_end,
    make_date($year, month, 1) || 'T00:00:00Z' AS usage_period_start
FROM scopes CROSS JOIN range(1, 13) AS months (month)
ORDER BY month, place
