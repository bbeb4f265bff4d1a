-- The lines of a bill or a statement that the activities sum: one row per line and value.
-- In: of_the_year, sums, activities. Not those of a service whose every total is negative, nor an earlier version of a month.
CREATE VIEW written AS
WITH services AS (
    SELECT w.whole
    FROM (SELECT DISTINCT concat_ws(' > ', provider, service) AS whole FROM summed_lines) w
    JOIN activities a ON a.service = w.whole OR starts_with(a.service, w.whole || ' > ') OR starts_with(a.service, w.whole || ' (')
    GROUP BY w.whole HAVING max(coalesce(a.amount, 0)) >= 0
),
summed AS (
    SELECT DISTINCT written_provider, service, first_month, version
    FROM summed_lines WHERE concat_ws(' > ', provider, service) IN (SELECT whole FROM services)
)
SELECT line FROM of_the_year l SEMI JOIN summed s
    ON s.written_provider IS NOT DISTINCT FROM l.provider AND s.service IS NOT DISTINCT FROM l.service
    AND s.first_month = date_trunc('month', l.first_day) AND s.version IS NOT DISTINCT FROM l.version
WHERE l.within AND l.status = 'kept';
