-- Units in which an impact may be declared: one row per criterion and unit as compared.
-- In: impact_units and criteria of the catalogue. multiplier: units of the criterion in one of this unit.
CREATE TABLE units AS
SELECT criterion, squeezed(unit) AS unit, max(CAST(multiplier AS DOUBLE)) AS multiplier
FROM (SELECT criterion, unit, multiplier FROM impact_units UNION ALL SELECT code, unit, '1' FROM criteria)
GROUP BY ALL;
