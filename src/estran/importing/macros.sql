-- How the texts of a list are read. A macro takes a text (NULL where the cell is empty) and gives a value, or NULL where
-- the text cannot be read as one. The words people use (months, numbers in letters, units) are lines of
-- catalogue/schema/choices.csv; parsing.py gives them as the macros any_…(), a pattern, and …_words(), a map to codes.

-- ------------------------------------------------------------------------------------------------------------- texts

-- As words are compared: lower case, no accent; with one space between words; letters and digits only.
CREATE TEMP MACRO plain(text) AS strip_accents(lower(text));
CREATE TEMP MACRO spaced(text) AS trim(regexp_replace(plain(text), '[\s\x{a0}\x{202f}]+', ' ', 'g'));
CREATE TEMP MACRO without_spaces(text) AS regexp_replace(text, '[\s\x{a0}\x{202f}]', '', 'g');
CREATE TEMP MACRO squeezed(text) AS regexp_replace(plain(text), '[^a-z0-9]+', '', 'g');

-- A group of a pattern, NULL where there is none.
CREATE TEMP MACRO part(text, pattern, number) AS nullif(regexp_extract(text, pattern, number), '');

-- NULL where people write that they have nothing to say: « - », « n/a », « néant ». Accents are dear to strip: only from
-- texts that are short enough.
CREATE TEMP MACRO unless_empty(cell) AS CASE
    WHEN strlen(cell) <= most_bytes_of_empty() AND list_contains(empty_texts(), plain(cell)) THEN NULL
    ELSE cell
END;

-- A text that a spreadsheet would carry out as a formula takes an apostrophe. Its first sign comes before the letters.
CREATE TEMP MACRO without_formula(text) AS CASE
    WHEN text < 'A' THEN regexp_replace(text, '(?s)^([=@\t\r].*|[+-].*[^0-9., ].*)$', '''\1')
    ELSE text
END;

CREATE TEMP MACRO is_address(text) AS  -- e-mail, IP or MAC
    regexp_matches(text, '^[^@\s]+@[^@\s]+\.[a-z]{2,}$|^(\d{1,3}\.){3}\d{1,3}$|^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$');

CREATE TEMP MACRO is_total(text) AS regexp_matches(plain(text), '^(sous[- ]?)?total\b');

-- ----------------------------------------------------------------------------------------------------------- numbers

-- Between thousands, also an apostrophe.
CREATE TEMP MACRO any_space() AS '[\s\x{a0}\x{202f}\x{2009}''\x{2019}]';

-- A decimal comma; thousands after a space, a full stop or a comma; a decimal point; a percentage as a share of 1.
CREATE TEMP MACRO number_as_written(text) AS CASE
    WHEN text IS NULL THEN NULL
    WHEN regexp_matches(text, '^[+-]?\d*,?\d+$|^[+-]?\d+,$') THEN TRY_CAST(replace(text, ',', '.') AS DOUBLE)
    WHEN regexp_matches(text, '^[+-]?\d{1,3}(' || any_space() || '\d{3})+([.,]\d+)?$')
        THEN TRY_CAST(replace(regexp_replace(text, any_space(), '', 'g'), ',', '.') AS DOUBLE)
    WHEN regexp_matches(text, '^[+-]?\d{1,3}(\.\d{3})+,\d+$')
        THEN TRY_CAST(replace(replace(text, '.', ''), ',', '.') AS DOUBLE)
    WHEN regexp_matches(text, '^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$') THEN TRY_CAST(replace(text, ',', '') AS DOUBLE)
    WHEN regexp_matches(text, '^[+-]?\d+\.\d*$') THEN TRY_CAST(text AS DOUBLE)
    WHEN regexp_matches(text, '^\d+([.,]\d+)?' || any_space() || '*%$')
        THEN TRY_CAST(regexp_extract(replace(text, ',', '.'), '^[\d.]+') AS DOUBLE) / 100
END;

-- Most cells are plain: the direct cast first. `units`: a pattern of the units that may follow the number.
CREATE TEMP MACRO read_number(cell) AS
    coalesce(TRY_CAST(cell AS DOUBLE), number_as_written(replace(lower(cell), '−', '-'))),
(cell, units) AS
    coalesce(
        TRY_CAST(cell AS DOUBLE),
        number_as_written(
            regexp_replace(strip_accents(replace(lower(cell), '−', '-')), any_space() || '*(' || units || ')$', '')));

CREATE TEMP MACRO whole(number) AS CASE WHEN number = floor(number) THEN TRY_CAST(number AS BIGINT) END;

-- An amount of money or of a unit that a service bills; exact, NULL beyond 10^19.
CREATE TEMP MACRO read_amount(text) AS
    coalesce(TRY_CAST(text AS DECIMAL(34, 15)), TRY_CAST(read_number(text, any_euro()) AS DECIMAL(34, 15)));

-- ------------------------------------------------------------------------------------------------- dates and periods

-- ISO; day, month and year with any separator; yyyymmdd; a serial number of a spreadsheet. A time may follow the day.
CREATE TEMP MACRO read_date(cell) AS CASE
    WHEN cell LIKE '____-__-__' THEN TRY_CAST(cell AS DATE)
    WHEN cell IS NULL THEN NULL
    WHEN regexp_matches(cell, '^\d\d[/. -]\d\d[/. -]\d{4}$')
        THEN TRY_CAST(right(cell, 4) || '-' || substr(cell, 4, 2) || '-' || left(cell, 2) AS DATE)
    WHEN regexp_matches(cell, '^\d{1,2}[/. -]\d{1,2}[/. -](\d{4}|\d{2})([ T].*)?$')
        THEN CAST(
            try_strptime(
                regexp_extract(translate(cell, '. -', '///'), '^\d{1,2}/\d{1,2}/\d{2,4}'), ['%d/%m/%y', '%d/%m/%Y']
            ) AS DATE)
    WHEN regexp_matches(cell, '^\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?$')
        THEN TRY_CAST(regexp_extract(replace(cell, '/', '-'), '^\d{4}-\d{1,2}-\d{1,2}') AS DATE)
    WHEN regexp_matches(cell, '^\d{8}$') THEN CAST(try_strptime(cell, '%Y%m%d') AS DATE)
    WHEN regexp_matches(cell, '^\d{5}([.,]\d+)?$') THEN DATE '1899-12-30' + CAST(left(cell, 5) AS INTEGER)
END;

-- The day of a line of a bill: most files write ISO times.
CREATE TEMP MACRO read_day(text) AS coalesce(TRY_CAST(left(text, 10) AS DATE), read_date(text));

CREATE TEMP MACRO year_before_month(text) AS  -- 12/31/2024 → 2024-12-31
    regexp_replace(text, '^(\d{1,2})/(\d{1,2})/(\d{4})', '\3-\1-\2');

-- A year or a month: 2025, 2025-03, 03/2025.
CREATE TEMP MACRO month_last(cell) AS
    regexp_replace(regexp_replace(cell, '^(\d{1,2})[/-](\d{4})$', '\2-0\1'), '-0(\d\d)$', '-\1');
CREATE TEMP MACRO read_period(cell) AS
    CASE WHEN regexp_matches(month_last(cell), '^(19|20)\d\d(-(0[1-9]|1[0-2]))?$') THEN month_last(cell) END;

-- « 12 mars 2020 »; a year, a month or a school year alone becomes its middle. Another text stays as it is.
CREATE TEMP MACRO year_only() AS '^(?:19|20)\d\d$';
CREATE TEMP MACRO month_and_year() AS '^\d{1,2}[/. -](?:19|20)\d\d$';
CREATE TEMP MACRO school_year() AS '^((?:19|20)\d\d) ?[-/] ?((?:19|20)\d\d)$';
CREATE TEMP MACRO month_in_letters() AS '^(?:(\d{1,2})(?:er)? )?(' || any_month() || ')\.? ((?:19|20)\d\d)$';
CREATE TEMP MACRO month_number(text) AS month_words()[part(spaced(text), month_in_letters(), 2)];
CREATE TEMP MACRO year_of_school(text, number) AS TRY_CAST(part(spaced(text), school_year(), number) AS INT);
CREATE TEMP MACRO complete_date(text) AS CASE
    WHEN regexp_matches(text, year_only()) THEN text || '-07-01'
    WHEN regexp_matches(text, month_and_year()) THEN '15/' || translate(text, '.- ', '///')
    WHEN month_number(text) IS NOT NULL
        THEN coalesce(part(spaced(text), month_in_letters(), 1), '15') || '/' || month_number(text) || '/'
            || part(spaced(text), month_in_letters(), 3)
    WHEN year_of_school(text, 1) + 1 = year_of_school(text, 2)
        THEN CAST(year_of_school(text, 2) AS VARCHAR) || '-01-01'
    ELSE text
END;
CREATE TEMP MACRO is_partial_date(text) AS coalesce(
    regexp_matches(
        spaced(text),
        year_only() || '|' || month_and_year() || '|' || school_year()
            || '|^(?:' || any_month() || ')\.? (?:19|20)\d\d$'),
    false);

-- ----------------------------------------------------------------------------------------------------------- choices

-- A code, or a text that `words` (a map) takes to its code.
CREATE TEMP MACRO read_choice(cell, codes, words) AS CASE
    WHEN cell IS NULL THEN NULL
    WHEN list_contains(codes, cell) THEN cell
    ELSE words[plain(cell)]
END;
CREATE TEMP MACRO read_boolean(cell) AS CAST(read_choice(cell, ['true', 'false'], boolean_words()) AS BOOLEAN);

-- The zone of a country or territory named in `zones` (a map). Another text stays as it is.
CREATE TEMP MACRO zone_named(text, zones) AS coalesce(zones[plain(text)], text);

-- ------------------------------------------------------------------------------------- how many, as people write it

-- « 15 PC », « 15 (dont 3 HS) », « dix », « environ 30 », « une vingtaine de PC ». Another text stays as it is.
CREATE TEMP MACRO perhaps_about() AS '^(?:(?:' || any_about() || '|[~≈]) ?)?';
CREATE TEMP MACRO count_in_digits() AS
    perhaps_about() || '(?:[x×] ?)?(\d{1,3}(?: \d{3})+|\d+)(?: ?[a-z. ]+| ?\(.*\))?$';
CREATE TEMP MACRO count_in_letters() AS
    perhaps_about() || '(?:une )?(' || any_count() || '|' || any_about_count() || ')(?: [a-z. ]+)?$';
CREATE TEMP MACRO count_of(text) AS coalesce(
    replace(part(spaced(text), count_in_digits(), 1), ' ', ''),
    count_words()[part(spaced(text), count_in_letters(), 1)],
    about_count_words()[part(spaced(text), count_in_letters(), 1)],
    text);

CREATE TEMP MACRO is_about(text) AS coalesce(
    regexp_matches(
        spaced(text), '^(?:' || any_about() || '|[~≈])|^(?:une )?(?:' || any_about_count() || ')(?: |$)'),
    false);

-- The number of things that a label gives, NULL when it gives none, and the label without it: « 15 PC fixes »,
-- « 3 x imprimantes », « Tablettes (12) », « Écrans : 8 »; not « 22 pouces », a measure.
CREATE TEMP MACRO number_then_label() AS '^(\d{1,4}) ?(?:[x×*] ?| )(\pL.*)$';
CREATE TEMP MACRO label_then_number() AS '^(.*[^\s:(x×])(?:\s+\((\d{1,4})\)|\s*:\s*(\d{1,4})|\s+[x×] ?(\d{1,2}))$';
CREATE TEMP MACRO is_measure(label) AS
    regexp_matches(spaced(label), '^\d+ ?(?:' || any_not_a_count() || ')(?:[^a-z]|$)');
CREATE TEMP MACRO count_in_label(label) AS coalesce(
    CASE WHEN NOT is_measure(label) THEN part(label, number_then_label(), 1) END,
    part(label, label_then_number(), 2),
    part(label, label_then_number(), 3),
    part(label, label_then_number(), 4));
CREATE TEMP MACRO label_without_count(label) AS coalesce(
    CASE WHEN NOT is_measure(label) THEN part(label, number_then_label(), 2) END,
    part(label, label_then_number(), 1),
    label);
