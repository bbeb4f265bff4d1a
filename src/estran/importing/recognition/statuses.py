"""From the words of a status (« Déployé », « Archived ») to in service, spare or retired.

The words that a tool always means alike are in choices.csv; the others are asked once and kept in the overlay's
statuses.csv. A word that nobody has settled stays beside the row (`status_label`), which is then not counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from estran.common import table_schema
from estran.common.files import write_csv
from estran.common.table_schema import Column
from estran.common.vocabulary import plain_text, written_forms
from estran.importing import canonical
from estran.importing.parsing import map_sql, value_sql

FILE = "statuses.csv"
TABLE = "statuses"


@dataclass(frozen=True)
class UnknownStatus:
    """A word that nobody has settled: its rows, and how many things they are."""

    written: str
    rows: int
    quantity: float


@cache
def status_column() -> Column:
    """The column of the inventory."""
    return next(column for column in table_schema.columns("inventory") if column.column == "status")


def words_of_format(code: str) -> dict[str, str]:
    """The statuses that a tool has of its own (choices.csv, `<format>.status`): text as compared → status."""
    return written_forms().get(f"{code}.status", {})


def read_answers(path: Path) -> list[dict[str, Any]]:
    """The lines of a statuses.csv that a person filled in; none where there is no such file."""
    if not path.exists():
        return []
    return [row for row in canonical.read_small_table(path, TABLE)[0].to_pylist() if row["status"]]


def settled_words(answers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Word as compared → status; the last answer wins."""
    return {plain_text(row["written"]): row["status"] for row in answers}


def status_sql(text: str, settled: Mapping[str, str]) -> str:
    """SQL of the status that `text` (SQL of a text) says: as settled, else by choices.csv; NULL if nobody knows.

    A text of several levels (« En service > Prêté ») says it whole, else by its first level, else by its last; signs
    between its words count for nothing (`In-service`).
    """

    def known(cell: str) -> str:
        own = f"{map_sql(dict(settled))}[plain({cell})]" if settled else "NULL"
        words = f"trim(regexp_replace({cell}, '[-_.]+', ' ', 'g'))"
        return f"{own}, {value_sql(status_column(), cell)}, {value_sql(status_column(), words)}"

    first, last = (f"trim(split_part({text}, '>', {n}))" for n in (1, -1))
    nested = f"CASE WHEN contains({text}, '>') THEN coalesce({known(first)}, {known(last)}) END"
    return f"coalesce({known(text)}, {nested})"


def settled_rows_sql(rows: str, present: Collection[str], settled: Mapping[str, str]) -> str:
    """SQL of rows that have these columns of the inventory, their statuses to settle read anew."""
    if "status_label" not in present:
        return f"SELECT * FROM {rows}"
    answer = f"CASE WHEN status_label IS NOT NULL THEN {status_sql('status_label', settled)} END"
    return (
        "SELECT * REPLACE (coalesce(status, answer) AS status,"
        " CASE WHEN status IS NULL AND answer IS NULL THEN status_label END AS status_label)"
        f" FROM (SELECT *, {answer} AS answer FROM {rows})"
    )


def write_answers(path: Path, answers: Iterable[Mapping[str, Any]]) -> None:
    """Write what was settled, one line per word, the last answer for it."""
    lines = {plain_text(row["written"]): row for row in answers}
    write_csv(path, [column.column for column in table_schema.columns(TABLE)], lines.values())


def write_unknown(path: Path, unknown: Iterable[UnknownStatus]) -> None:
    """Write the words to settle, with an empty column `status` for a person to fill in."""
    lines = ({"written": one.written, "rows": one.rows, "quantity": f"{one.quantity:g}"} for one in unknown)
    write_csv(path, ("written", "status", "rows", "quantity"), lines)
