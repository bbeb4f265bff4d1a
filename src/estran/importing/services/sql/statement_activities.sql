-- Impacts that a supplier declares (C5): one row per service, zone, criterion, basis and boundary.
-- In: sums, the variable supplier_quality (rule C1).
-- Of two versions of the supplier's method for one month, the latest.
CREATE VIEW latest AS
SELECT * FROM sums WHERE status = 'kept' QUALIFY 1 = dense_rank() OVER (
    PARTITION BY first_month
    ORDER BY CAST(regexp_extract_all(version, '[0-9]+') AS BIGINT[]) DESC NULLS LAST
);

CREATE VIEW summed_lines AS FROM latest;

INSERT INTO activities BY NAME
SELECT concat_ws(' > ', provider, service) AS service, zone, 'declared_impact' AS flow, criterion, 'use' AS stage,
    basis, boundary, getvariable('supplier_quality') AS supplier_quality, CAST(sum(amount) AS DOUBLE) AS amount
FROM latest GROUP BY ALL;
