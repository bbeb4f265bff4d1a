-- The services as the facts list them.
SELECT * EXCLUDE (place) FROM register_online_services ORDER BY place
