-- Lines summed by month and by every other column: whatever is dear to compute is computed on the sums.
-- In: lines (of a bill or a statement, judged), cloud_providers and cloud_regions of the catalogue.
-- Exact sums: the order of the lines never shows. provider: its name in cloud_providers.csv; zone: that of the region in
-- cloud_regions.csv, NULL when nothing there is like it. lines: how many; line: the first of them.
CREATE TABLE sums AS
WITH summed AS (
    SELECT
        * EXCLUDE (line, first_day, last_day, amount, consumed),
        date_trunc('month', first_day) AS first_month,
        date_trunc('month', coalesce(last_day, first_day)) AS last_month,
        count(*) AS lines,
        min(line) AS line,
        sum(CAST(amount AS DECIMAL(38, 15))) AS amount,
        sum(CAST(consumed AS DECIMAL(38, 15))) AS consumed
    FROM lines
    GROUP BY ALL
),
providers AS (
    SELECT DISTINCT squeezed(unnest(string_split(names, '|'))) AS name, provider FROM cloud_providers
),
named AS (
    SELECT s.* REPLACE (coalesce(p.provider, s.provider) AS provider), s.provider AS written_provider
    FROM summed s LEFT JOIN providers p ON p.name = squeezed(s.provider)
),
places AS (
    SELECT s.provider, s.region, min(r.zone) AS zone
    FROM (SELECT DISTINCT provider, region FROM named) s
    JOIN cloud_regions r ON r.provider = s.provider AND replace(lower(s.region), ' ', '') LIKE r.region
    GROUP BY ALL
)
SELECT s.*, p.zone FROM named s LEFT JOIN places p USING (provider, region);

-- The years of the lines that are a use of a service, whether they can be read or not.
CREATE VIEW years AS
SELECT DISTINCT year(first_month) AS year FROM sums WHERE first_month IS NOT NULL AND status NOT IN ('left', 'extra');

CREATE VIEW months AS
SELECT DISTINCT unnest(generate_series(first_month, last_month, INTERVAL 1 MONTH)) AS month
FROM sums WHERE status = 'kept';

