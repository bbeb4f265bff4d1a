-- The equipment of a run, with the kind of each type.
SELECT e.*, k.kind FROM equipment_rows e LEFT JOIN type_kinds k ON k.item_type = e.item_type
