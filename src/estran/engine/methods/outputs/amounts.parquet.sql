-- amounts.parquet: every amount of the year with what moves it, as the step makes them.
SELECT * FROM lines ORDER BY ALL NULLS LAST
