-- Lines of an extract of accounts (C6): one row per line of the file, before any decision.
-- In: cells (one text per column of ledger.toml; account: the digits of the account), the variables basis (the amount that is
-- read), receipts, cancelled, person and company (patterns) and year (NULL: the only one of the file).
-- amount: euros as written, a cancelled payment below zero. supplier: only where its name is that of no person.
-- status: kept; other: another currency; total, a line that adds up others; elsewhere, of another year; receipt; nameless,
-- without an account; or a fault, which rejects the line: extra, amount.
CREATE TEMP MACRO money(text) AS CASE
    WHEN regexp_matches(text, '^\(.*\)$') THEN -read_amount(trim(text, '() '))
    WHEN regexp_matches(text, '\d\s*-\s*(€|eur)?$') THEN -read_amount(regexp_replace(text, '\s*-\s*(€|eur)?$', ''))
    ELSE read_amount(text)
END;

CREATE TABLE ledger AS
WITH judged AS (
    SELECT *, coalesce(spaced(sense), '') AS kind,
        CASE getvariable('basis')
            WHEN 'debit' THEN coalesce(money(debit), 0) - coalesce(money(credit), 0)
            ELSE money(price)
        END AS written,
        CASE WHEN getvariable('basis') = 'debit' THEN coalesce(debit, credit) ELSE price END AS price_text,
        ' ' || spaced(concat_ws(' ', object, object_more, supplier)) || ' ' AS words,
        spaced(supplier) AS named, TRY_CAST(regexp_extract(exercise, '(?:19|20)\d\d') AS BIGINT) AS price_year
    FROM cells
)
SELECT line, account, account_label, words, price_year, extra, price_text,
    CASE
        WHEN regexp_matches(named, getvariable('company')) AND NOT regexp_matches(named, getvariable('person'))
            AND NOT regexp_matches(coalesce(plain(supplier_kind), ''), 'physique|particulier|individuel')
            THEN trim(supplier)
    END AS supplier,
    named,
    CASE WHEN regexp_matches(kind, getvariable('cancelled')) AND written > 0 THEN -written ELSE written END AS amount,
    regexp_matches(kind, getvariable('cancelled')) AND written > 0 AS turned,
    CASE
        WHEN extra <> '' THEN 'extra'
        WHEN account IS NULL AND (written IS NULL OR regexp_matches(any_text, '(?i)\b(sous[- ]?)?totaux?\b|\btotal\b')) THEN 'total'
        WHEN written IS NULL THEN 'amount'
        WHEN price_year <> getvariable('year') THEN 'elsewhere'
        WHEN upper(currency) NOT IN ('EUR', 'EURO', 'EUROS', '€') THEN 'other'
        WHEN regexp_matches(kind, getvariable('receipts')) THEN 'receipt'
        WHEN account IS NULL THEN 'nameless'
        ELSE 'kept'
    END AS status
FROM judged;
