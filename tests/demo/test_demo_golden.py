"""One year of the fictional département, from its files to its results: a change of any result shows, line by line."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb

import reading

GOLDEN = "demo/2025"


def test_the_results_of_the_demonstration(demo_run: Path, tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    write(tmp_path / "impacts.csv", impacts(demo_run))
    write(tmp_path / "intervals.csv", [row for row in reading.rows(demo_run / "intervals.csv") if row["entity"] == "*"])
    for name in ("headline", "coverage"):
        write(tmp_path / f"{name}.csv", reading.rows(demo_run / f"{name}.csv"))
    rules = Counter(row["rule"].split()[0] for row in reading.rows(demo_run / "guards.csv"))
    write(tmp_path / "guards_by_rule.csv", [{"rule": rule, "rows": str(rules[rule])} for rule in sorted(rules)])
    golden(tmp_path, GOLDEN)


def impacts(run: Path) -> list[reading.Row]:
    """Impacts by part, item type, stage and criterion: those of single entities are in the run."""
    parts = {
        (entity, item_type): part
        for entity, item_type, part in duckdb.execute(
            "SELECT DISTINCT entity, item_type, part FROM read_parquet(?)", [str(run / "amounts.parquet")]
        ).fetchall()
    }
    rows = [
        {**row, "part": parts.get((row["entity"], row["item_type"]), "services")}
        for row in reading.rows(run / "impacts.csv")
    ]
    keys = ("part", "item_type", "stage", "criterion", "unit", "basis")
    return [
        {**dict(zip(keys, key, strict=True)), "value": str(value)}
        for key, value in sorted(reading.sums(rows, keys).items())
    ]


def write(path: Path, rows: Iterable[reading.Row]) -> None:
    """The rows, numbers at twelve digits: the last ones of a logarithm are not the same on every processor."""
    table = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: twelve_digits(cell) for name, cell in row.items()} for row in table)


def twelve_digits(cell: str) -> str:
    try:
        return f"{float(cell):.12g}"
    except ValueError:
        return cell
