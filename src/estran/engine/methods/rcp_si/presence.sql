-- presence: quantity, professional share and presence in the year (A2, P1-P4, U1-U2).
-- Grain: one row per item. Units: quantity items, share and presence without unit (a year is 1).
-- stop: the gap that keeps the row from being computed at all; a status that nobody has settled is one (A2).
SELECT i.*,
    COALESCE(declared_quantity, CASE WHEN serial IS NOT NULL THEN 1.0 END) AS quantity,
    COALESCE(use_share, CASE ownership WHEN 'byod' THEN general_byod_share() WHEN 'cope' THEN general_cope_share() ELSE 1.0 END) AS share,
    GREATEST(0.0,
        CASE WHEN withdrawal_t < setting_year() + 1 THEN withdrawal_t ELSE setting_year() + 1 END
            - CASE WHEN purchase_t > setting_year() THEN purchase_t ELSE setting_year() END) AS presence,
    CASE
        WHEN item_type IS NULL THEN 'item_type'
        WHEN declared_quantity IS NULL AND serial IS NULL THEN 'quantity'
        WHEN withdrawal_day < purchase_day THEN 'dates'
        WHEN status IS NULL AND status_label IS NOT NULL THEN 'status'
        WHEN status = 'retired' AND withdrawal_day IS NULL THEN 'withdrawal_date'
        WHEN use_share IS NULL AND ownership = 'byod' AND general_byod_share() IS NULL THEN 'use_share'
        WHEN use_share IS NULL AND ownership = 'cope' AND general_cope_share() IS NULL THEN 'use_share'
    END AS stop
FROM items i
