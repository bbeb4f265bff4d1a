-- Reams for the sheets that the activities of the year count, for every agent.
SELECT year AS period, 'Toutes les directions' AS unit_code,
    CAST(round_even(CAST(sheets AS INTEGER) * CAST(value AS INTEGER) / 500, 0) AS INTEGER) AS reams, 'A4' AS format,
    CASE WHEN flow LIKE '%recycled' THEN 'oui' ELSE 'non' END AS recycled
FROM uses UNPIVOT (sheets FOR year IN ("2023", "2024", "2025")) AS u JOIN headcounts USING (year)
WHERE who = 'agents' AND per = 'agent' AND flow LIKE 'paper_sheet%' ORDER BY year, u.place
