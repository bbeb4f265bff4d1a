-- presence, EcoDiag: every item counts for the whole year, wholly professional.
-- Grain: one row per item. Units: quantity items.
SELECT i.*, declared_quantity AS quantity, 1.0 AS share, 1.0 AS presence,
    CASE WHEN item_type IS NULL THEN 'item_type' WHEN declared_quantity IS NULL THEN 'quantity' END AS stop
FROM items i
