-- recognised_texts, EcoDiag: the device that it reads in the text of a type and in that of a model (Y7). Each found pattern
-- scores one; the best score wins, then the first rule. A text without a pattern of its model is the type's usual device.
-- Grain: one row per label and model of the inventory (capitals ignored), and per item type where there is no label: a
-- declared type stands, only its model is looked for.
WITH texts AS (
    SELECT DISTINCT COALESCE(LOWER(label), '') AS label, COALESCE(model_key, '') AS model,
        CASE WHEN label IS NULL THEN COALESCE(item_type, '') ELSE '' END AS declared_type
    FROM inventory
    WHERE flow IS NULL AND (label IS NOT NULL OR model_key IS NOT NULL)
),
found AS (
    SELECT x.label, x.model, x.declared_type, r.position, r.item_type, r.flow, r.model_pattern,
        CASE
            WHEN x.declared_type <> '' THEN CASE WHEN r.item_type IN (t.code, t.variant_of) THEN 1 ELSE 0 END
            WHEN REGEXP_REPLACE(x.label, k.type_pattern, '') <> x.label THEN 1 ELSE 0
        END AS type_found,
        CASE
            WHEN REGEXP_REPLACE(x.model, r.model_pattern, '') <> x.model
                AND REGEXP_REPLACE(x.model, COALESCE(r.unless_model, ''), '') = x.model THEN 1 ELSE 0
        END AS model_found
    FROM texts x
    CROSS JOIN ecodiag_rules r
    JOIN ecodiag_rules k ON k.item_type = r.item_type AND k.type_pattern IS NOT NULL
    LEFT JOIN item_types t ON t.code = x.declared_type
),
ranked AS (
    SELECT f.*,
        ROW_NUMBER() OVER (PARTITION BY label, model, declared_type ORDER BY type_found + model_found DESC, position) AS choice
    FROM found f
    WHERE model_found + CASE WHEN model_pattern IS NULL AND declared_type = '' THEN type_found ELSE 0 END > 0
      AND (declared_type = '' OR type_found = 1)
)
SELECT label, model, declared_type, item_type, flow FROM ranked WHERE choice = 1
