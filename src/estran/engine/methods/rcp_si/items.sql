-- items: every item not set aside, with its recognised model and the defaults of its type (M1; the model ignores capitals).
-- Grain: one row per item. Units: those of columns.csv; *_t decimal years, *_day days since 1970.
SELECT
    i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, i.item_type, i.status, i.status_label, i.quality,
    i.reference, i.acquisition, i.ownership, i.hosting, i.zone, i.room, i.quantity AS declared_quantity, i.serial, i.use_share,
    i.lifetime_years AS declared_lifetime_years, i.refurbished_share, i.upstream_years, i.upstream_proof,
    i.reuse_rate, i.reuse_proof, i.kwh_measured, i.kwh_per_unit, i.power_w, i.hours_per_year,
    i.purchase_t, i.withdrawal_t, i.planned_t, i.purchase_day, i.withdrawal_day,
    m.model, m.lifetime_years AS model_lifetime_years, m.kwh_per_year AS model_kwh_per_year,
    p.lifetime_years AS type_lifetime_years, p.kwh_per_year AS type_kwh_per_year, p.mean_total_life_years, p.is_server
FROM inventory i
LEFT JOIN parameters p ON p.item_type = i.item_type
LEFT JOIN recognised_models m ON m.item_type = i.item_type AND m.model = i.model_key
LEFT JOIN guards x ON x.row_id = i.row_id
WHERE i.flow IS NULL AND x.row_id IS NULL
