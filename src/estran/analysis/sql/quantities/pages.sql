-- The last mark of each followed page in the period.
SELECT page_url, ARG_MAX(ecoindex, measure_date) AS ecoindex FROM online_services_rows
WHERE ecoindex IS NOT NULL AND measure_date BETWEEN first_day() AND last_day() GROUP BY page_url
