-- amounts.parquet: every amount of the year with what moves it, as the step makes them.
SELECT * FROM amounts ORDER BY ALL NULLS LAST
