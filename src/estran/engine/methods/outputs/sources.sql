-- sources.csv: where the factors and the defaults used come from.
WITH used AS (
    SELECT factor_origin AS id FROM contributions WHERE factor IS NOT NULL
    UNION
    SELECT p.lifetime_source FROM parameters p JOIN cells c ON c.item_type = p.item_type WHERE c.lifetime_origin = 'type_default'
    UNION
    SELECT p.kwh_source FROM parameters p JOIN cells c ON c.item_type = p.item_type WHERE c.kwh_origin = 'type_default'
)
SELECT u.id, s.producer, s.title, s.edition, s.url, s.licence, s.redistributable, s.review_by
FROM used u LEFT JOIN sources s ON s.id = u.id
WHERE u.id IS NOT NULL
ORDER BY u.id
