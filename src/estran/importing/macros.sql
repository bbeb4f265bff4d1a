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
-- texts that begin as these do and are short enough.
CREATE TEMP MACRO unless_empty(cell) AS CASE
    WHEN NOT contains(first_signs_of_empty(), left(cell, 1)) THEN cell
    WHEN strlen(cell) <= most_bytes_of_empty() AND list_contains(empty_texts(), plain(cell)) THEN NULL
    ELSE cell
END;

-- The same for a date, a number, a serial number: also « ? », « inconnu ». A name may be « inconnu » and stays.
CREATE TEMP MACRO unless_unknown(cell) AS CASE
    WHEN NOT contains(first_signs_of_unknown(), left(cell, 1)) THEN cell
    WHEN strlen(cell) <= most_bytes_of_unknown() AND list_contains(unknown_texts(), plain(cell)) THEN NULL
    ELSE cell
END;

-- A text that a spreadsheet would carry out as a formula takes an apostrophe. Its first sign comes before the letters.
CREATE TEMP MACRO without_formula(text) AS CASE
    WHEN text < 'A' THEN regexp_replace(text, '(?s)^([=@\t\r].*|[+-].*[^0-9., ].*)$', '''\1')
    ELSE text
END;

CREATE TEMP MACRO is_address(text) AS  -- e-mail, IP or MAC
    regexp_matches(text, '^[^@\s]+@[^@\s]+\.[a-z]{2,}$|^(\d{1,3}\.){3}\d{1,3}$|^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$');

CREATE TEMP MACRO is_total(text) AS regexp_matches(lower(text), '^(?:' || any_sum() || ')\b|^ensemble$');

-- ----------------------------------------------------------------------------------------------------------- numbers

-- Between thousands, also an apostrophe.
CREATE TEMP MACRO any_space() AS '[\s\x{a0}\x{202f}\x{2009}''\x{2019}]';

-- A decimal comma; thousands after a space, a full stop or a comma; a decimal point; a percentage as a share of 1.
CREATE TEMP MACRO number_as_written(text) AS CASE
    WHEN text IS NULL THEN NULL
    WHEN regexp_matches(text, '^[+-]?\d*,?\d+$|^[+-]?\d+,$') THEN TRY_CAST(replace(text, ',', '.') AS DOUBLE)
    WHEN regexp_matches(text, '^[+-]?\d{1,3}(' || any_space() || '\d{3})+([.,]\d+)?$')
        THEN TRY_CAST(replace(regexp_replace(text, any_space(), '', 'g'), ',', '.') AS DOUBLE)
    WHEN regexp_matches(text, '^[+-]?\d{1,3}(\.\d{3})+,\d+$|^[+-]?\d{1,3}(\.\d{3}){2,}$')
        THEN TRY_CAST(replace(replace(text, '.', ''), ',', '.') AS DOUBLE)
    WHEN regexp_matches(text, '^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$') THEN TRY_CAST(replace(text, ',', '') AS DOUBLE)
    WHEN regexp_matches(text, '^[+-]?\d+\.\d*$') THEN TRY_CAST(text AS DOUBLE)
    WHEN regexp_matches(text, '^\d+([.,]\d+)?' || any_space() || '*%$')
        THEN TRY_CAST(regexp_extract(replace(text, ',', '.'), '^[\d.]+') AS DOUBLE) / 100
END;

-- What a number says of the sign before the decimals of its column: , or . ; of a number like 1.200 or 1,200, which may be
-- a thousand and more, that sign after « either ».
CREATE TEMP MACRO number_style(cell) AS CASE
    WHEN cell NOT LIKE '%.%' AND cell NOT LIKE '%,%' THEN NULL
    WHEN regexp_matches(cell, '^\D*[1-9]\d{0,2}\.\d{3}\D*$') AND cell NOT LIKE '%,%' THEN 'either.'
    WHEN regexp_matches(cell, '^\D*[1-9]\d{0,2},\d{3}\D*$') AND cell NOT LIKE '%.%' THEN 'either,'
    WHEN regexp_matches(cell, '^\D*[\d\s\x{a0}\x{202f}\x{2009}''\x{2019}.]*,\d+\D*$|\.\d{3}\.\d{3}') THEN ','
    WHEN regexp_matches(cell, '^\D*[\d\s\x{a0}\x{202f}\x{2009}''\x{2019},]*\.\d+\D*$|,\d{3},\d{3}') THEN '.'
END;
CREATE TEMP MACRO without_thousands(cell, sign) AS  -- 1.200 PC → 1200 PC, where `sign` is the point
    CASE WHEN number_style(cell) = 'either' || sign THEN replace(cell, sign, '') ELSE cell END;

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

-- ISO; day, month and year with any separator; yyyymmdd; a serial number of a spreadsheet; a month in letters. A time may
-- follow the day. Which of two numbers is the day: see column_styles.py.
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
    WHEN regexp_matches(cell, '^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?$')
        THEN TRY_CAST(regexp_extract(translate(cell, '/.', '--'), '^\d{4}-\d{1,2}-\d{1,2}') AS DATE)
    WHEN regexp_matches(cell, '^\d{8}$') THEN CAST(try_strptime(cell, '%Y%m%d') AS DATE)
    WHEN regexp_matches(cell, '^\d{5}([.,]\d+)?$') THEN DATE '1899-12-30' + CAST(left(cell, 5) AS INTEGER)
    ELSE day_in_letters(date_words(cell))
END;

-- The day of a line of a bill: most files write ISO times.
CREATE TEMP MACRO read_day(text) AS coalesce(TRY_CAST(left(text, 10) AS DATE), read_date(text));

-- A year or a month: 2025, 2025-03, 03/2025.
CREATE TEMP MACRO month_last(cell) AS
    regexp_replace(regexp_replace(cell, '^(\d{1,2})[/-](\d{4})$', '\2-0\1'), '-0(\d\d)$', '-\1');
CREATE TEMP MACRO read_period(cell) AS
    CASE WHEN regexp_matches(month_last(cell), '^(19|20)\d\d(-(0[1-9]|1[0-2]))?$') THEN month_last(cell) END;

-- The same, or a year, a part of it, a month or a school year alone: the middle of it.
CREATE TEMP MACRO read_date_or_part(cell) AS CASE
    WHEN cell LIKE '____-__-__' OR cell IS NULL THEN TRY_CAST(cell AS DATE)
    ELSE coalesce(read_date(cell), middle_of(date_words(cell)))
END;
CREATE TEMP MACRO is_part_of_year(cell) AS CASE
    WHEN cell IS NULL OR cell LIKE '____-__-__' OR cell LIKE '__/__/____' THEN false
    ELSE read_date(cell) IS NULL AND middle_of(date_words(cell)) IS NOT NULL
END;

-- Two numbers and a year between slashes or dashes, of which either may be the day; dots are written after a day.
CREATE TEMP MACRO slashed_date() AS '^(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?:[ T].*)?$';
CREATE TEMP MACRO slashed_part(cell, number) AS lpad(part(cell, slashed_date(), number), 2, '0');

CREATE TEMP MACRO order_of_numbers(one, other) AS CASE  -- of two digits
    WHEN one <= '12' AND other <= '12' THEN CASE WHEN one <> other THEN 'either' END
    WHEN one BETWEEN '13' AND '31' AND other <= '12' THEN 'dmy'
    WHEN other BETWEEN '13' AND '31' AND one <= '12' THEN 'mdy'
END;

-- What a slashed date says of its column: dmy, mdy, either; NULL of any other text, and where the order does not matter.
CREATE TEMP MACRO order_of_date(cell) AS CASE
    WHEN cell LIKE '____-__-__' THEN NULL
    WHEN cell LIKE '__/__/____' THEN order_of_numbers(left(cell, 2), substr(cell, 4, 2))
    WHEN regexp_matches(cell, slashed_date()) THEN order_of_numbers(slashed_part(cell, 1), slashed_part(cell, 2))
END;
CREATE TEMP MACRO month_first(cell) AS coalesce(  -- 12/31/2024 → 2024-12-31; another text stays as it is
    CAST(CAST(
        try_strptime(
            regexp_extract(replace(cell, '-', '/'), '^\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})'), ['%m/%d/%y', '%m/%d/%Y']
        ) AS DATE) AS VARCHAR),
    cell);

-- « Lundi 13 sept. 2021 à 10:30 » → « 13 sept 2021 »; « T2-2024 » → « t2 2024 ».
CREATE TEMP MACRO date_words(cell) AS trim(regexp_replace(
    regexp_replace(
        regexp_replace(spaced(cell), '[,./\- ]+', ' ', 'g'), ' (?:a |at )?(?:\d{1,2}[:h]\d\d.*|\d{1,2}h)$', ''),
    '^(?:le |the )?(?:(?:' || any_weekday() || ') )?(?:le |the )?', ''));
CREATE TEMP MACRO year_in_full(text) AS
    CASE WHEN strlen(text) = 4 THEN text WHEN text > '68' THEN '19' || text WHEN text <> '' THEN '20' || text END;

-- Words as one pattern, whose groups a list of one element holds, so that they are looked for once.
CREATE TEMP MACRO day_in_letters(words) AS list_transform(
    [regexp_extract(
        words,
        '^(?:(\d{1,2})(?:er|st|nd|rd|th)? (?:de |of )?(' || any_month() || ') (?:de |of )?((?:19|20)?\d\d)|('
            || any_month() || ') (\d{1,2})(?:st|nd|rd|th)? ((?:19|20)\d\d))$',
        ['day', 'month', 'year', 'month_before', 'day_after', 'full_year'])],
    lambda g: TRY_CAST(
        year_in_full(g.year || g.full_year) || '-' || month_words()[g.month || g.month_before] || '-' || g.day || g.day_after
        AS DATE))[1];

-- 2019 → 1 July; 03/2023, juin 2021, sept-21 → the 15th; T2 2024 → 15 May; 2019-2020, a school year → 1 January between.
CREATE TEMP MACRO perhaps_about() AS '^(?:(?:' || any_about() || '|[~≈]) ?)?';
CREATE TEMP MACRO part_of_year() AS
    perhaps_about() || '(?:((?:19|20)\d\d)|(0?[1-9]|1[0-2]|' || any_month() || ') (?:de |of )?((?:19|20)?\d\d)|'
        || '((?:19|20)\d\d) (0?[1-9]|1[0-2]|' || any_month() || ')|'
        || '(' || any_part_of_year() || ') ?(?:de |d |of )?((?:19|20)?\d\d)|((?:19|20)\d\d) ?(' || any_part_of_year() || ')|'
        || '(?:annee scolaire )?((?:19|20)\d\d) ((?:19|20)?\d\d))$';
CREATE TEMP MACRO middle_of(words) AS list_transform(
    [regexp_extract(
        words, part_of_year(), ['year', 'month', 'of', 'in', 'month_after', 'part', 'of_part', 'in_part', 'part_after', 'first', 'next'])],
    lambda g: TRY_CAST(
        CASE
            WHEN g.year <> '' THEN g.year || '-07-01'
            WHEN g.of || g.in <> '' THEN year_in_full(g.of || g.in) || '-'
                || coalesce(month_words()[g.month || g.month_after], g.month || g.month_after) || '-15'
            WHEN g.of_part || g.in_part <> ''
                THEN year_in_full(g.of_part || g.in_part) || '-' || part_of_year_words()[g.part || g.part_after]
            WHEN TRY_CAST(g.first AS INT) + 1 = TRY_CAST(year_in_full(g.next) AS INT) THEN year_in_full(g.next) || '-01-01'
        END AS DATE))[1];

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
-- « 3 x imprimantes », « Tablettes (12) », « classe mobile (x16) », « Écrans : 8 », « lot de 12 tablettes »; not « 22 pouces »,
-- a measure, nor « 4 USB-C 1 jack », an enumeration, nor a year, nor a ThinkPad x13.
CREATE TEMP MACRO number_then_label() AS '^(\d{1,4}) ?(?:[x×*] ?| )(\pL.*)$';
CREATE TEMP MACRO label_then_number() AS '^(.*[^\s:,(x×*–-])(?:\s+\((\d{1,4})\)|\s*\([xX×*] ?(\d{1,4})\)|\s*\((\d{1,4}) ?(?:[x×*]|(?i:'
    || any_unit_of_count() || ')\.?)\)|\s*:\s*(\d{1,4})|\s+[x×*](\d{1,2})|\s+[x×*]\s+(\d{1,4})|[\s,-]+(\d{1,4})\s(?i:'
    || any_unit_of_count() || ')\.?)$';
CREATE TEMP MACRO lot_in_label() AS
    '^(?i:(.*?)[\s,(:–-]*\b(?:' || any_lot() || ')\s(?:de|of)\s(\d{1,4})\b\)?\s*(.*))$';
CREATE TEMP MACRO is_measure(label) AS  -- « 24 ports », « 4 USB-C 1 jack », « 2021 MacBook »
    regexp_matches(spaced(label), '^\d+ ?(?:' || any_not_a_count() || ')(?:[^a-z]|$)|^(?:19|20)\d\d ')
    OR (regexp_matches(spaced(label), '^\d+ ?[^\d]+ \d+ [a-z]')
        AND NOT regexp_matches(spaced(label), '^\d+ ?[^\d]+ \d+ ?(?:' || any_not_a_count() || ')(?:[^a-z]|$)'));
CREATE TEMP MACRO ends_with_model(label) AS regexp_matches(spaced(label), '\b(?:' || any_x_family() || ') x\d+$');
CREATE TEMP MACRO count_after_label(label) AS list_transform(
    [regexp_extract(label, label_then_number(), ['rest', 'a', 'b', 'c', 'd', 'e', 'f', 'g'])],
    lambda g: {'number': nullif(g.a || g.b || g.c || g.d || g.e || g.f || g.g, ''), 'rest': nullif(g.rest, '')})[1];
CREATE TEMP MACRO lot_of_label(label) AS list_transform(
    [regexp_extract(label, lot_in_label(), ['before', 'number', 'after'])],
    lambda g: CASE WHEN g.number <> '' AND NOT is_measure(g.number || ' ' || g.after)
        THEN {'number': g.number, 'rest': nullif(trim(g.before || ' ' || g.after), '')} END)[1];
CREATE TEMP MACRO is_year(number) AS coalesce(number BETWEEN '1980' AND '2049' AND strlen(number) = 4, false);
CREATE TEMP MACRO counted_label(label) AS CASE  -- the number and the rest of the label, or NULL
    WHEN NOT regexp_matches(label, '\d') THEN NULL
    WHEN lot_of_label(label) IS NOT NULL THEN lot_of_label(label)
    WHEN regexp_matches(label, number_then_label()) AND NOT is_measure(label)
        THEN {'number': part(label, number_then_label(), 1), 'rest': part(label, number_then_label(), 2)}
    WHEN NOT is_year(count_after_label(label).number) AND NOT ends_with_model(label) THEN count_after_label(label)
END;
