-- What becomes of each line of an extract of accounts (C6): a flow, a reason that sets it aside, or a person to ask.
-- In: ledger, matched (account, words and place of every rule that fits), account_rules, supplier_services, the variables
-- labels (a map: why a line is in no flow, by its status) and vat.
-- The rule: words before none, an authority's own before those of the catalogue, the longest account, the first of the table.
CREATE TABLE decided AS
WITH ranked AS (
    SELECT m.account, m.words, r.flow, r.label,
        row_number() OVER (
            PARTITION BY m.account, m.words ORDER BY r.words <> '' DESC, r.own DESC, length(r.account) DESC, r.place
        ) AS choice
    FROM matched m JOIN account_rules r USING (place)
),
services AS (
    SELECT named, min(s.service) AS service
    FROM (SELECT DISTINCT named FROM ledger) JOIN supplier_services s ON regexp_matches(named, s.words)
    GROUP BY named
)
SELECT l.line, l.account, l.account_label, l.amount, l.price_year, l.status, l.turned,
    l.supplier, coalesce(s.service, l.supplier) AS service,
    CASE WHEN l.status = 'kept' AND r.flow LIKE 'spend_%' THEN r.flow END AS flow,
    CASE
        WHEN l.status IN ('extra', 'amount') THEN 'rejected'
        WHEN l.status = 'total' THEN 'total'
        WHEN l.status = 'nameless' OR (l.status = 'kept' AND coalesce(r.flow, 'settle') = 'settle') THEN 'to_settle'
        WHEN l.status = 'kept' AND r.flow LIKE 'spend_%' THEN 'counted'
        ELSE 'set_aside'
    END AS state,
    CASE WHEN l.status = 'kept' THEN coalesce(r.label, getvariable('labels')['unknown']) ELSE getvariable('labels')[l.status] END AS reason
FROM ledger l
LEFT JOIN ranked r ON r.account = l.account AND r.words = l.words AND r.choice = 1
LEFT JOIN services s USING (named);

-- A service whose credits are more than its costs is no spend: set aside with its own reason.
CREATE TABLE spending AS
WITH summed AS (
    SELECT *, sum(CAST(amount AS DECIMAL(38, 6))) OVER (PARTITION BY state, flow, coalesce(service, reason)) AS whole FROM decided
)
SELECT * EXCLUDE (whole) REPLACE (
    CASE WHEN state = 'counted' AND whole < 0 THEN 'set_aside' ELSE state END AS state,
    CASE WHEN state = 'counted' AND whole < 0 THEN getvariable('labels')['negative'] ELSE reason END AS reason,
    CASE WHEN state = 'counted' AND whole < 0 THEN NULL ELSE flow END AS flow
)
FROM summed;

INSERT INTO activities BY NAME
SELECT coalesce(service, reason) AS service, flow, getvariable('vat') AS vat, price_year,
    CAST(sum(CAST(amount AS DECIMAL(38, 6))) AS DOUBLE) AS amount,
    concat_ws(' | ', coalesce(service, reason), flow) AS item_id
FROM spending WHERE state = 'counted' GROUP BY ALL;
