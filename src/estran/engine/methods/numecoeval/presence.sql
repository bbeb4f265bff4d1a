-- presence, NumEcoEval: the item counts for the whole year whatever its dates (Y5); its own share for COPE (Y4).
-- Grain: one row per item. Units: quantity items, share without unit.
SELECT i.*,
    COALESCE(declared_quantity, CASE WHEN serial IS NOT NULL THEN 1.0 END) AS quantity,
    COALESCE(use_share, CASE ownership WHEN 'byod' THEN general_byod_share() WHEN 'cope' THEN general_cope_share() ELSE 1.0 END) AS share,
    1.0 AS presence,
    CASE
        WHEN item_type IS NULL THEN 'item_type'
        WHEN declared_quantity IS NULL AND serial IS NULL THEN 'quantity'
    END AS stop
FROM items i
