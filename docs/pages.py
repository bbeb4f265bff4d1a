"""What every page of the reference is made of: its registration, the rows of the catalogue, Markdown tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from estran.common.shipped import text_rows

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "src" / "estran" / "catalogue"

Row = dict[str, str]
Page = Callable[[], Iterator[str]]
PAGES: dict[str, tuple[str, Page]] = {}


def page(name: str, title: str) -> Callable[[Page], Page]:
    """Register what makes one page of the reference."""

    def register(make: Page) -> Page:
        PAGES[name] = (title, make)
        return make

    return register


def rows_of(name: str) -> list[Row]:
    return list(text_rows(name))


def table(rows: Iterable[Row], **columns: str) -> str:
    """A Markdown table: one keyword per column, `column of the row = heading`."""

    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    body = [line(row.get(column) or "" for column in columns) for row in rows]
    return "\n".join([line(columns.values()), "|" + "---|" * len(columns), *body]) + "\n"


def coded(rows: Iterable[Row], *columns: str) -> list[Row]:
    """The rows with these columns set in code type."""
    return [row | {column: f"`{row[column]}`" if row[column] else "" for column in columns} for row in rows]


def labels(name: str, key: str) -> dict[str, str]:
    return {row[key]: row["label_fr"] for row in rows_of(name)}
