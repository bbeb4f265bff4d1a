"""The tables that come with Estran: where each one stands in the folders of the catalogue, and its rows as texts."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from estran.common.language import current_language

CATALOGUE = Path(__file__).parent.parent / "catalogue"
SOURCES = "sources"  # one folder per source, whose tables bear the same names


@cache
def _places(root: Path) -> dict[str, Path]:
    folders = [path for path in sorted(root.iterdir()) if path.is_dir() and path.name != SOURCES]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.csv"))}


def table_path(name: str, root: Path = CATALOGUE) -> Path:
    """The file of a table, whatever folder it stands in; a table has one name in the whole catalogue."""
    return _places(root)[name]


@cache
def text_rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a table, every cell a text."""
    with table_path(name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def in_words(row: Mapping[str, str], name: str) -> str:
    """A text of a row (label, remedy, why…) in the language in use."""
    return row[f"{name}_{current_language()}"]


@cache
def rows_by_code(name: str) -> dict[str, dict[str, str]]:
    """The rows of a table, by code."""
    return {row["code"]: row for row in text_rows(name)}


def row_labels(name: str, key: str = "code") -> dict[str, str]:
    """The label of each row of a table, in the language in use, by its code."""
    return _labels(name, key, f"label_{current_language()}")


@cache
def _labels(name: str, key: str, column: str) -> dict[str, str]:
    return {row[key]: row[column] for row in text_rows(name)}


@cache
def translated_texts() -> dict[str, str]:
    """The English of every French text of the tables: of each column `…_fr` that has its `…_en`."""
    english: dict[str, str] = {}
    for name in _places(CATALOGUE):
        for row in text_rows(name):
            pairs = ((row[column], row.get(f"{column[:-3]}_en")) for column in row if column and column.endswith("_fr"))
            english |= {french: text for french, text in pairs if french and text}
    return english
