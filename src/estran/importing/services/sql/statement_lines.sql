-- Lines of a supplier's statement (C5): one row per line of the file and per value that it declares, before any sum.
-- In: declared_values (texts, with the value, its unit, criterion, basis and boundary), units, the variable supplier.
-- amount: the impact in the unit of its criterion.
-- status: kept, or what leaves the value out: extra, the line has more cells than the header; left, it is of another
-- kind; empty; start or period, its dates; value, no number; unit, not known; beside, one of these, in another value.
CREATE VIEW judged AS
WITH judged_alone AS (
SELECT
    line, first_day, last_day, read_amount(declared) * multiplier AS amount, NULL AS consumed,
    CASE
        WHEN line_status IS NOT NULL THEN line_status
        WHEN declared IS NULL THEN 'empty'
        WHEN date_fault IS NOT NULL THEN date_fault
        WHEN read_amount(declared) IS NULL THEN 'value'
        WHEN multiplier IS NULL THEN 'unit'
        ELSE 'kept'
    END AS status,
    CASE status
        WHEN 'extra' THEN extra
        WHEN 'left' THEN kind_of_line
        WHEN 'value' THEN declared
        WHEN 'unit' THEN declared_unit
        WHEN 'start' THEN start
        WHEN 'period' THEN start
    END AS fault,
    getvariable('supplier') AS provider, service, region, version, declared_values.criterion, basis, boundary
FROM declared_values
LEFT JOIN units ON units.criterion = declared_values.criterion AND units.unit = squeezed(declared_unit)
)
SELECT * REPLACE (
    CASE
        WHEN status = 'kept' AND bool_or(status IN ('value', 'unit')) OVER (PARTITION BY line) THEN 'beside' ELSE status
    END AS status
)
FROM judged_alone;
