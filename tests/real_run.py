"""A small estate and its catalogue, written as their owner would write them, computed for real, read back."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import reading
from estran.common import table_schema
from estran.engine import runs

Rows = Iterable[Mapping[str, Any]]
CATALOGUE = ("factors", "defaults", "electricity")


def compute(folder: Path, tables_of: Mapping[str, Rows], **choices: Any) -> Run:
    """Write `<folder>/estate` (inventory, rooms, vms …) and `<folder>/catalogue`, and compute the run.

    Tables not given are empty; `choices` are those of runs.Choices.
    """
    estate, catalogue = folder / "estate", folder / "catalogue"
    write(
        estate,
        {name: rows for name, rows in tables_of.items() if name not in CATALOGUE}
        | {"inventory": tables_of["inventory"]},
    )
    write(catalogue, {name: tables_of.get(name, ()) for name in CATALOGUE})
    runs.compute([estate], runs.Choices(catalogue=catalogue, detail=True, **choices), folder / "run")
    return Run(folder / "run")


def write(folder: Path, tables_of: Mapping[str, Rows]) -> None:
    """One CSV file per table, with every column of the schema."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables_of.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [column.column for column in table_schema.columns(name)])
            writer.writeheader()
            writer.writerows({key: _written(value) for key, value in row.items()} for row in rows)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


class Run:
    """A run folder, read as anyone would read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rows(self, name: str, /, **where: str) -> list[reading.Row]:
        """The rows of `<name>.csv`, or of `gaps.parquet`, whose columns have these values."""
        table = reading.gaps(self.folder) if name == "gaps" else reading.rows(self.folder / f"{name}.csv")
        return [row for row in table if all(row[key] == value for key, value in where.items())]

    def total(self, name: str, column: str = "value", /, **where: str) -> float:
        """The sum of a column over those rows."""
        return math.fsum(float(row[column]) for row in self.rows(name, **where))
