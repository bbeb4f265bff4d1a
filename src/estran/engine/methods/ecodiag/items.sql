-- items, EcoDiag: every item not set aside, with the type and the model that its texts say (Y7) and the defaults of its type.
-- Grain: one row per item. Units: those of columns.csv; *_t decimal years, *_day days since 1970.
SELECT
    i.row_id, i.item_id, COALESCE(i.entity, '') AS entity, COALESCE(x.item_type, i.item_type) AS item_type, i.status, i.quality,
    i.reference, i.acquisition, i.ownership, i.hosting, i.zone, i.room, i.quantity AS declared_quantity, i.serial, i.use_share,
    i.lifetime_years AS declared_lifetime_years, i.refurbished_share, i.upstream_years, i.upstream_proof,
    i.reuse_rate, i.reuse_proof, i.kwh_measured, i.kwh_per_unit, i.power_w, i.hours_per_year,
    i.purchase_t, i.withdrawal_t, i.planned_t, i.purchase_day, i.withdrawal_day,
    m.model, m.lifetime_years AS model_lifetime_years, m.kwh_per_year AS model_kwh_per_year,
    p.lifetime_years AS type_lifetime_years, p.kwh_per_year AS type_kwh_per_year, p.mean_total_life_years, p.is_server
FROM inventory i
LEFT JOIN recognised_texts x ON x.label = COALESCE(LOWER(i.label), '') AND x.model = COALESCE(i.model_key, '')
    AND x.declared_type = CASE WHEN i.label IS NULL THEN COALESCE(i.item_type, '') ELSE '' END
LEFT JOIN parameters p ON p.item_type = COALESCE(x.item_type, i.item_type)
LEFT JOIN recognised_models m ON m.item_type = COALESCE(x.item_type, i.item_type) AND m.model = COALESCE(x.flow, i.model_key)
LEFT JOIN guards g ON g.row_id = i.row_id
WHERE i.flow IS NULL AND g.row_id IS NULL
