-- Every item that no guard set aside and whose status is settled, with what people wrote of it and its presence in the year.
SELECT v.item_id, v.item_type, v.status, v.site, v.purchase_date, v.withdrawal_date, v.purchase_t,
       v.withdrawal_t, p.quantity, p.presence, k.kind,
       CASE WHEN e.school THEN 'schools' ELSE 'administration' END AS part
FROM presence p JOIN inventory v ON v.row_id = p.row_id
LEFT JOIN entities e ON e.entity = COALESCE(v.entity, '')
LEFT JOIN type_kinds k ON k.item_type = v.item_type
WHERE COALESCE(p.stop, '') <> 'status'
