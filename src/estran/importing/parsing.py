"""The SQL that reads a cell as a value of its column, with the macros of macros.sql, and that tells a faulty cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from estran.common.sql import quoted
from estran.common.table_schema import Column
from estran.common.vocabulary import written_forms

if TYPE_CHECKING:
    import duckdb

# Kinds of choices.csv that macros.sql needs: as a pattern (any_…), as a map to codes (…_words).
PATTERNS = ("about", "about_count", "count", "month", "not_a_count", "part_of_year", "sum", "weekday", "x_family")
ACCENTED = ("lot", "unit_of_count")  # patterns of texts as they are, accents and all
MAPS = ("about_count", "boolean", "count", "month", "part_of_year")
_ACCENTS = {"a": "aàâä", "e": "eéèêë", "i": "iîï", "o": "oôö", "u": "uùûü"}
_MACRO = re.compile(r"^CREATE TEMP MACRO .*?;$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"\b(\w+)\(")


def create_macros(con: duckdb.DuckDBPyConnection, query: str = "") -> None:
    """Create, for this connection, the macros that a query calls, and those that these call; by default all of them."""
    macros = _macros()
    wanted: dict[str, str] = {} if query else macros
    calls = [query]
    while calls:
        for name in _CALL.findall(calls.pop()):
            if name in macros and name not in wanted:
                wanted[name] = macros[name]
                calls.append(macros[name])
    con.execute("".join(statement for name, statement in macros.items() if name in wanted))


@cache
def _macros() -> dict[str, str]:
    """Name → statement: those of the words of choices.csv, then macros.sql in its order."""
    words = written_forms()
    values = {f"any_{kind}": quoted(_any_of(map(re.escape, words[kind]))) for kind in PATTERNS}
    values |= {f"any_{kind}": quoted(_with_accents(_any_of(words[kind]))) for kind in ACCENTED}
    values["any_euro"] = quoted(_any_of(words["EUR"]))
    values |= {f"{kind}_words": map_sql(words[kind]) for kind in MAPS}
    for kind, texts in (("empty", [*words["empty"]]), ("unknown", [*words["empty"], *words["unknown"]])):
        values[f"{kind}_texts"] = list_sql(texts)
        values[f"most_bytes_of_{kind}"] = str(2 * max(len(text.encode()) for text in texts))
        first = "".join(sorted({_ACCENTS.get(text[0], text[0]) for text in texts}))
        values[f"first_signs_of_{kind}"] = quoted(first + first.upper())
    macros = {name: f"CREATE TEMP MACRO {name}() AS {value};" for name, value in values.items()}
    for statement in _MACRO.findall(Path(__file__).with_name("macros.sql").read_text(encoding="utf-8")):
        macros[_CALL.findall(statement)[0]] = statement
    return macros


def _any_of(patterns: Iterable[str]) -> str:
    """A pattern of any of these, the longest first."""
    return "|".join(sorted(patterns, key=len, reverse=True))


def _with_accents(pattern: str) -> str:
    """A pattern of plain letters that admits those that French puts an accent on."""
    return "".join(f"[{_ACCENTS[letter]}]" if letter in _ACCENTS else letter for letter in pattern)


def map_sql(words: dict[str, str]) -> str:
    """A SQL map from text to text."""
    return "MAP {" + ", ".join(f"{quoted(word)}: {quoted(code)}" for word, code in words.items()) + "}"


def list_sql(texts: Iterable[str]) -> str:
    """A SQL list of texts."""
    return "[" + ", ".join(map(quoted, texts)) + "]"


def value_sql(column: Column, cell: str) -> str:
    """SQL of the typed value of `cell` (SQL of a text, NULL when empty), NULL if it cannot be read.

    Numbers may carry the column's own unit; choices are written by their code or a text of choices.csv. Bounds are not
    checked here: see `fault_sql`.
    """
    if column.type in ("number", "integer"):
        units = _any_of(written_forms().get(column.unit, ()))
        number = f"read_number({cell}, {quoted(units)})" if units else f"read_number({cell})"
        return f"whole({number})" if column.type == "integer" else number
    if column.type == "choice":
        # A choice of the same name may have other values in another table: its own words come first.
        kinds = (f"{column.table}.{column.column}", column.column)
        words = next(written_forms()[kind] for kind in kinds if kind in written_forms())
        known = {code: code for code in column.choices} | words
        return f"read_choice({cell}, {list_sql(column.choices)}, {map_sql(known)})"
    if column.type == "date" and column.table == "inventory":  # when things were bought, a year may be all one knows
        return f"read_date_or_part({cell})"
    return cell if column.type == "text" else f"read_{column.type}({cell})"


def fault_sql(column: Column, cell: str, value: str) -> str:
    """SQL condition, never NULL: the text is there but is no value of the column, or a required one is missing."""
    tests = [] if column.type == "text" else [f"({cell} IS NOT NULL AND {value} IS NULL)"]
    if column.type == "number":
        tests.append(f"coalesce(NOT isfinite({value}), false)")
    bound = (lambda text: f"DATE '{text}'") if column.type == "date" else str
    if column.minimum:
        tests.append(f"coalesce({value} < {bound(column.minimum)}, false)")
    if column.maximum:
        tests.append(f"coalesce({value} > {bound(column.maximum)}, false)")
    if column.required:
        tests.append(f"{cell} IS NULL")
    return "(" + " OR ".join(tests) + ")" if tests else "false"
