"""How the tests read what a run wrote: rows of text, sums by columns, and what "the same number" means."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

Row = dict[str, str]
EXACT = 1e-9  # relative: the agreement asked between two independent calculators


def rows(path: Path) -> list[Row]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def gaps(run: Path) -> list[Row]:
    """The gaps of a run, row by row, as texts."""
    table = pq.read_table(run / "gaps.parquet").to_pylist()
    return [{name: "" if value is None else str(value) for name, value in row.items()} for row in table]


def sums(table: Iterable[Row], keys: Iterable[str], value: str = "value") -> dict[tuple[str, ...], float]:
    """The exact sums of a column by others."""
    terms: dict[tuple[str, ...], list[float]] = defaultdict(list)
    names = tuple(keys)
    for row in table:
        terms[tuple(row[name] for name in names)].append(float(row[value]))
    return {key: math.fsum(numbers) for key, numbers in terms.items()}


def same(one: float, other: float) -> bool:
    """Equal at 1e-9."""
    return math.isclose(one, other, rel_tol=EXACT)


def differences(
    found: dict[tuple[str, ...], float], expected: dict[tuple[str, ...], float]
) -> dict[tuple[str, ...], tuple[float, float]]:
    """What is found and what is expected, where they differ; what one of them does not list is worth 0."""
    pairs = {key: (found.get(key, 0.0), expected.get(key, 0.0)) for key in {*found, *expected}}
    return {key: pair for key, pair in pairs.items() if not same(*pair)}


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
