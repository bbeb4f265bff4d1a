-- sources.csv: where the factors and the defaults used come from; a default may rest on several, joined by | (rule M7).
WITH used AS (
    SELECT factor_origin AS id FROM contributions WHERE factor IS NOT NULL
    UNION
    SELECT p.lifetime_source FROM parameters p JOIN cells c ON c.item_type = p.item_type WHERE c.lifetime_origin = 'type_default'
    UNION
    SELECT p.kwh_source FROM parameters p JOIN cells c ON c.item_type = p.item_type WHERE c.kwh_origin = 'type_default'
)
SELECT DISTINCT COALESCE(s.id, u.id) AS id, s.producer, s.title, s.edition, s.date, s.url, s.page, s.licence, s.redistributable,
    s.review_by, s.withdrawn
FROM used u LEFT JOIN sources s ON ('|' || u.id || '|') LIKE ('%|' || s.id || '|%')
WHERE u.id IS NOT NULL
ORDER BY id
