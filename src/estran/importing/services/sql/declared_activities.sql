-- Impacts that a person typed from a supplier's statement (C5): one row per row of the table supplier_statements.
-- In: typed (that table), criteria of the catalogue, units, the variable year (NULL: whatever the year).
-- criterion: a code or a name of criteria.csv; amount: in the unit of the criterion, which is `own_unit`.
CREATE TABLE known AS
WITH names AS (
    SELECT DISTINCT squeezed(unnest([label_fr, label_en, code])) AS name, code, unit AS own_unit FROM criteria
)
SELECT typed.*, code, own_unit, multiplier
FROM typed
LEFT JOIN names ON name = squeezed(typed.criterion)
LEFT JOIN units ON units.criterion = code AND units.unit = squeezed(typed.unit)
WHERE coalesce(year = CAST(getvariable('year') AS INTEGER), true);

INSERT INTO activities BY NAME
SELECT concat_ws(' | ', provider, service, code, basis) AS item_id, entity, service, 'declared_impact' AS flow,
    amount * multiplier AS amount, zone, code AS criterion, coalesce(stage, 'use') AS stage, basis, boundary,
    supplier_quality, quality
FROM known WHERE multiplier IS NOT NULL;
