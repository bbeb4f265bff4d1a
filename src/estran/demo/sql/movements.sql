-- One row per device: retired in October, gone in April of the next year.
WITH devices AS (
    SELECT *, printf('%04d', row_number() OVER (ORDER BY place)) AS number, proof = 'oui' AS is_proved
    FROM (SELECT *, UNNEST(range(CAST(quantity AS INTEGER))) FROM register_movements)
)
SELECT 'SORTIE-' || number AS asset_id, item_type, weee AS weee_category, in_service || '-06-01' AS in_service_date,
    decommissioned || '-10-15' AS decommission_date, excluded AS excluded_reason,
    CASE WHEN is_proved OR route = 'reassignment' THEN 'working' ELSE 'not_working' END AS state,
    "exit" || '-04-10' AS exit_date, route,
    CASE WHEN route = 'gift_association' THEN 'Ressourcerie du Trieux'
         WHEN mass_kg IS NOT NULL THEN 'Éco-organisme agréé' END AS beneficiary,
    proof AS reuse_commitment, CASE WHEN is_proved THEN 'Convention ' || "exit" END AS proof_ref,
    CASE WHEN is_proved THEN 'EFF-' || number END AS wiping_certificate, social_price,
    CASE WHEN route = 'gift_association' AND is_proved THEN "exit" || '-09-15' END AS passed_on_date,
    mass_kg, CASE WHEN mass_kg IS NOT NULL THEN 'BSD-' || "exit" END AS slip_ref
FROM devices ORDER BY number
