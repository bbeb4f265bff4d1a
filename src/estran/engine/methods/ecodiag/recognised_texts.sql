-- recognised_texts, EcoDiag: the device that it reads in the text of a type and in that of a model (Y7). Each pattern met
-- scores one; the best score wins, then the first rule. A type alone is its usual device.
-- Grain: one row per label and model of the inventory (capitals ignored), and per item type where there is no label: a
-- declared type stands, only its model is looked for.
WITH texts AS (
    SELECT DISTINCT COALESCE(LOWER(label), '') AS label, COALESCE(model_key, '') AS model,
        CASE WHEN label IS NULL THEN COALESCE(item_type, '') ELSE '' END AS declared_type
    FROM inventory
    WHERE flow IS NULL AND (label IS NOT NULL OR model_key IS NOT NULL)
),
types_in_label AS (
    SELECT x.label, r.item_type
    FROM (SELECT DISTINCT label FROM texts) x
    JOIN ecodiag_rules r ON REGEXP_REPLACE(x.label, r.type_pattern, '') <> x.label
),
rules_in_model AS (
    SELECT x.model, r.position
    FROM (SELECT DISTINCT model FROM texts) x
    JOIN ecodiag_rules r ON REGEXP_REPLACE(x.model, r.model_pattern, '') <> x.model
    WHERE r.unless_model IS NULL OR REGEXP_REPLACE(x.model, r.unless_model, '') = x.model
),
scored AS (
    SELECT x.label, x.model, x.declared_type, r.position, r.item_type, r.flow, r.model_pattern,
        CASE WHEN l.label IS NOT NULL OR r.item_type IN (t.code, t.variant_of) THEN 1 ELSE 0 END AS type_matches,
        CASE WHEN m.model IS NOT NULL THEN 1 ELSE 0 END AS model_matches
    FROM texts x
    CROSS JOIN ecodiag_rules r
    LEFT JOIN types_in_label l ON l.label = x.label AND l.item_type = r.item_type
    LEFT JOIN rules_in_model m ON m.model = x.model AND m.position = r.position
    LEFT JOIN item_types t ON t.code = x.declared_type
),
ranked AS (
    SELECT s.*,
        ROW_NUMBER() OVER (PARTITION BY label, model, declared_type ORDER BY type_matches + model_matches DESC, position) AS choice
    FROM scored s
    WHERE (model_matches = 1 AND (declared_type = '' OR type_matches = 1))
       OR (model_pattern IS NULL AND declared_type = '' AND type_matches = 1)
)
SELECT label, model, declared_type, item_type, flow FROM ranked WHERE choice = 1
