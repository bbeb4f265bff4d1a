-- Each line of the year in two invoices, in March and in October: the regime of the decree changes between them.
WITH lines AS (
    SELECT * REPLACE (CAST(units AS INTEGER) AS units)
    FROM register_purchases UNPIVOT (units FOR year IN ("2023", "2024", "2025"))
),
invoices AS (
    SELECT *, year || '-' || month AS period, CASE month WHEN '03' THEN units // 2 ELSE units - units // 2 END AS bought
    FROM lines CROSS JOIN (VALUES ('03'), ('10')) AS months (month)
)
SELECT period || '-' || printf('%02d', place) AS line_id, period || '-02' AS order_date, period || '-25' AS invoice_date,
    item_type,
    CASE WHEN line = 'other' THEN 'out_of_scope'
         WHEN period < '2024-07' THEN line || '_2021'
         WHEN line IN ('computers', 'phones') THEN 'it_and_phones_2024'
         ELSE 'out_of_scope' END AS agec_category,
    bought AS quantity, bought * CAST(price_eur AS INTEGER) AS amount_excl_vat, origin,
    CASE origin WHEN 'gift' THEN 100 END AS gift_flat_value,  -- invented: the flat value of a tablet received
    recycled AS recycled_content,
    CASE perimeter WHEN 'services' THEN 'as_a_service' ELSE 'purchase' END AS acquisition_mode,
    ecolabel, "index" AS repairability_index, contract AS contract_ref, env_clause, social_proof, perimeter
FROM invoices WHERE bought > 0 ORDER BY year, place, month
