"""One number for the origins of an item's parameters (M1) and how it is held, from methods/origin_codes.csv.

The codes of one column use bits of their own, so that a sum tells every value; the commonest value comes first.
"""

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "methods" / "origin_codes.csv"


@cache
def _values() -> dict[str, list[tuple[str, int]]]:
    """Column → its values (an empty one is NULL) with their codes; the value of code 0 stands for all others."""
    columns: dict[str, list[tuple[str, int]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            columns.setdefault(row["column"], []).append((row["value"], int(row["code"])))
    return columns


def code_sql() -> str:
    """SQL of the number of an item, from its columns."""
    cases = []
    for column, values in _values().items():
        whens = " ".join(f"WHEN '{value}' THEN {code}" for value, code in values if code)
        cases.append(f"CASE {column} {whens} ELSE 0 END")
    return "\n        + ".join(cases)


def table_sql() -> str:
    """SQL of the table that reads a number back: one row per combination, `origin_code` and the columns."""
    columns = _values()
    parts = []
    for column, values in columns.items():
        texts = ((code, f"'{value}'" if value else "NULL") for value, code in values)
        rows = ", ".join(f"({code}, {text})" for code, text in texts)
        parts.append(f"{column} AS (SELECT code, value FROM (VALUES {rows}) AS v (code, value))")
    number = " + ".join(f"{column}.code" for column in columns)
    chosen = ", ".join(f"{column}.value AS {column}" for column in columns)
    return (
        "-- origin_codes: the number by which the sums know origins and holding (M1).\n"
        "-- Grain: one row per combination.\n"
        f"WITH {', '.join(parts)}\n"
        f"SELECT CAST({number} AS SMALLINT) AS origin_code, {chosen} FROM {' CROSS JOIN '.join(columns)}"
    )
