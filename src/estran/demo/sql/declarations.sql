-- Statements of suppliers copied from their reports, in tonnes, under the French names of Estran's columns.
SELECT entity AS "Entité", provider AS "Fournisseur", service AS "Service", $year AS "Année", zone AS "Zone électrique",
    'gwp' AS "Critère", "$year" AS "Valeur", 't CO2 eq' AS "Unité", basis AS "Base", boundary AS "Frontière",
    supplier_quality AS "Qualité du facteur fournisseur", quality AS "Qualité"
FROM declarations d JOIN entities ON code = directorate ORDER BY d.place
