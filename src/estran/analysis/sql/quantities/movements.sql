-- Decree 2023-266: the two categories of e-waste, less the exclusions; ten years are counted at the decommissioning.
SELECT *, weee_category IN ('2', '6') AND excluded_reason IS NULL
       AND NOT COALESCE(decommission_date > in_service_date + INTERVAL 10 YEAR, false) AS in_scope
FROM movements_rows
