-- The trips of a year, alike each month.
SELECT cause || '-' || year || '-' || printf('%02d', month) AS entry_id, year || '-' || printf('%02d', month) AS period,
    cause, CAST(trips AS INTEGER) // 12 AS events, share_avoided, share_source, km_return, mode, beneficiary
FROM register_trips UNPIVOT (trips FOR year IN ("2023", "2024", "2025"))
CROSS JOIN range(1, 13) AS months (month)
ORDER BY year, place, month
