"""The columns of every table (catalogue/schema: columns.csv, registers.csv); what people write becomes typed values.

A row with a fault is rejected whole, with the place and the remedy of each fault; the other rows are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from estran.common.shipped import text_rows
from estran.common.sql import quoted
from estran.common.vocabulary import text_key, written_forms

SQL_TYPES = {
    "text": "STRING",
    "choice": "STRING",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "date": "DATE",
    "boolean": "BOOLEAN",
    "period": "STRING",
}
SCHEMAS = ("columns", "registers")


@dataclass(frozen=True)
class Column:
    """One column of a table: its type, unit, bounds, the values a choice admits, what it is called and means."""

    table: str
    column: str
    type: str
    unit: str
    required: bool
    minimum: str
    maximum: str
    choices: tuple[str, ...]
    label_fr: str
    label_en: str
    meaning_fr: str


@cache
def _schema() -> dict[str, list[Column]]:
    tables: dict[str, list[Column]] = {}
    for name in SCHEMAS:
        for row in text_rows(name):
            values = {name: (value or "").strip() for name, value in row.items()}
            choices = tuple(choice for choice in values.pop("choices").split("|") if choice)
            required = values.pop("required") == "yes"
            tables.setdefault(values["table"], []).append(Column(choices=choices, required=required, **values))
    return tables


def columns(table: str) -> list[Column]:
    """The columns of a table (inventory, rooms, models, vms, factors…, or a register), in order."""
    return _schema()[table]


# ------------------------------------------------------------------------------------------------------ parsing


def parse_sql(column: Column, raw: str) -> str:
    """SQL that turns `raw` (SQL of a text, NULL when empty) into a typed value, or NULL if it cannot be read.

    Numbers take a decimal comma, thousands separated by a space of any width, an apostrophe or a full stop, `%`, and
    the column's own unit. Dates take ISO, day/month/year with any separator, yyyymmdd, a time after the day, two-digit
    years and spreadsheet serial numbers. A period is a year or a month, 2025-03 or 03/2025. Booleans and choices take
    their code or a text of choices.csv. Bounds are not checked here: see `fault_sql`.
    """
    if column.type == "text":
        return raw
    if column.type == "number":
        return _number_sql(raw, column.unit)
    if column.type == "integer":
        number = _number_sql(raw, column.unit)
        return f"CASE WHEN {number} = floor({number}) THEN CAST({number} AS BIGINT) END"
    if column.type == "date":
        return _date_sql(raw)
    if column.type == "period":
        month = f"regexp_replace({raw}, '^(\\d{{1,2}})[/-](\\d{{4}})$', '\\2-0\\1')"
        iso = f"regexp_replace({month}, '-0(\\d\\d)$', '-\\1')"
        return f"CASE WHEN regexp_matches({iso}, '^(19|20)\\d\\d(-(0[1-9]|1[0-2]))?$') THEN {iso} END"
    codes = ("true", "false") if column.type == "boolean" else column.choices
    # A choice of the same name may have other values in another table: its own words come first.
    kinds = ("boolean",) if column.type == "boolean" else (f"{column.table}.{column.column}", column.column)
    table = {
        **{code: code for code in codes},
        **next(written_forms()[kind] for kind in kinds if kind in written_forms()),
    }
    entries = ", ".join(f"{quoted(text)}: {quoted(code)}" for text, code in table.items())
    known = ", ".join(quoted(code) for code in codes)
    said = f"MAP {{{entries}}}[strip_accents(lower({raw}))]"
    plain = f"CASE WHEN {raw} IN ({known}) THEN {raw} WHEN {raw} IS NULL THEN NULL ELSE {said} END"
    return f"CAST({plain} AS BOOLEAN)" if column.type == "boolean" else plain


def _number_sql(raw: str, unit: str) -> str:
    """The direct cast first, as most cells are plain; the rest only where it failed."""
    space = "[\\s\\x{a0}\\x{202f}\\x{2009}''\\x{2019}]"
    text = f"replace(lower({raw}), '\u2212', '-')"
    if units := sorted(written_forms().get(unit, ()), key=len, reverse=True):
        text = f"regexp_replace(strip_accents({text}), '{space}*({'|'.join(units)})$', '')"
    spaced = f"regexp_replace({text}, '{space}', '', 'g')"
    shapes = {
        "^[+-]?\\d*,?\\d+$|^[+-]?\\d+,$": f"replace({text}, ',', '.')",
        f"^[+-]?\\d{{1,3}}({space}\\d{{3}})+([.,]\\d+)?$": f"replace({spaced}, ',', '.')",
        "^[+-]?\\d{1,3}(\\.\\d{3})+,\\d+$": f"replace(replace({text}, '.', ''), ',', '.')",
        "^[+-]?\\d{1,3}(,\\d{3})+(\\.\\d+)?$": f"replace({text}, ',', '')",
        "^[+-]?\\d+\\.\\d*$": text,
    }
    whens = "".join(
        f" WHEN regexp_matches({text}, '{shape}') THEN TRY_CAST({plain} AS DOUBLE)" for shape, plain in shapes.items()
    )
    share = f"TRY_CAST(regexp_extract(replace({text}, ',', '.'), '^[\\d.]+') AS DOUBLE) / 100"
    whens += f" WHEN regexp_matches({text}, '^\\d+([.,]\\d+)?{space}*%$') THEN {share}"
    return f"coalesce(TRY_CAST({raw} AS DOUBLE), CASE WHEN {raw} IS NULL THEN NULL{whens} END)"


def _date_sql(raw: str) -> str:
    day_month_year = "^\\d{1,2}[/. -]\\d{1,2}[/. -](\\d{4}|\\d{2})([ T].*)?$"
    day = f"regexp_extract(translate({raw}, '. -', '///'), '^\\d{{1,2}}/\\d{{1,2}}/\\d{{2,4}}')"
    year_first = f"regexp_extract(replace({raw}, '/', '-'), '^\\d{{4}}-\\d{{1,2}}-\\d{{1,2}}')"
    shapes = {
        day_month_year: f"CAST(try_strptime({day}, ['%d/%m/%y', '%d/%m/%Y']) AS DATE)",
        "^\\d{4}[-/]\\d{1,2}[-/]\\d{1,2}([ T].*)?$": f"TRY_CAST({year_first} AS DATE)",
        "^\\d{8}$": f"CAST(try_strptime({raw}, '%Y%m%d') AS DATE)",
        "^\\d{5}([.,]\\d+)?$": f"DATE '1899-12-30' + CAST(left({raw}, 5) AS INTEGER)",
    }
    whens = "".join(f" WHEN regexp_matches({raw}, '{shape}') THEN {value}" for shape, value in shapes.items())
    return f"CASE WHEN {raw} LIKE '____-__-__' THEN TRY_CAST({raw} AS DATE) WHEN {raw} IS NULL THEN NULL{whens} END"


def fault_sql(column: Column, raw: str, value: str) -> str:
    """SQL condition, never NULL: the text is there but is no value of the column, or a required one is missing."""
    tests = [] if column.type == "text" else [f"({raw} IS NOT NULL AND {value} IS NULL)"]
    if column.type == "number":
        tests.append(f"coalesce(NOT isfinite({value}), false)")
    bound = (lambda text: f"DATE '{text}'") if column.type == "date" else str
    if column.minimum:
        tests.append(f"coalesce({value} < {bound(column.minimum)}, false)")
    if column.maximum:
        tests.append(f"coalesce({value} > {bound(column.maximum)}, false)")
    if column.required:
        tests.append(f"{raw} IS NULL")
    return "(" + " OR ".join(tests) + ")" if tests else "false"


# ------------------------------------------------------------------------------------------------------ headers


@cache
def _headers(table: str) -> dict[str, str]:
    """Header as compared (code, French or English label) → column."""
    known: dict[str, str] = {}
    for column in columns(table):
        for text in (column.column, column.label_fr, column.label_en):
            known.setdefault(text_key(text), column.column)
    return known


@cache
def personal_words() -> tuple[str, ...]:
    """Headers that name a person or lead to one, as compared; read from catalogue/schema/personal.csv."""
    return tuple(row["header"] for row in text_rows("personal"))


def is_personal(header: str) -> bool:
    """The header names a person, an account or a network address (whole words of catalogue/schema/personal.csv)."""
    words = f" {text_key(header)} "
    return any(f" {word} " in words for word in personal_words())


def places_of_columns(header: list[str], table: str) -> dict[str, int]:
    """Column of the table → index in the header; the first wins."""
    found: dict[str, int] = {}
    known = _headers(table)
    for i, text in enumerate(header):
        if (column := known.get(text_key(text))) is not None:
            found.setdefault(column, i)
    return found


# ------------------------------------------------------------------------------------------------------ reading
