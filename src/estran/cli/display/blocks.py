"""Blocks of a document in the terminal: what a page folds comes last, under its name; a link is its address."""

from collections.abc import Iterable

from rich.table import Table as Grid
from rich.text import Text as Line

from estran.cli.display.console import console, folded, numbers, plain_table
from estran.reporting.blocks import Block, Fold, Items, Paragraph, Span, Table, Text, spans


def show_blocks(blocks: Iterable[Block]) -> None:
    """Print paragraphs, lists, tables and what is folded."""
    terminal = console()
    for block in blocks:
        match block:
            case Paragraph():
                terminal.print(Line(_written(block.text), style="bold" if block.kind == "lead" else ""))
            case Items():
                for item in block.items:
                    terminal.print(Line(f"  – {_written(item)}"))
            case Table() if block.long:
                terminal.print(Line(block.caption))
                terminal.print(Line(f"  {' – '.join(head for head in block.heads if head)}", style="dim"))
                for first, *cells in block.rows:
                    terminal.print(Line("\n    ".join([f"  {_written(first)}", *map(_indented, cells)])))
            case Table():
                terminal.print(_grid(block))
            case Fold():
                terminal.print(Line(f"\n{block.summary}", style="bold"))
                show_blocks(block.blocks)


def _grid(table: Table) -> Grid:
    columns = [
        (numbers if kind == "r" else folded)(head) for head, kind in zip(table.heads, table.columns, strict=True)
    ]
    grid = plain_table(*columns, title=table.caption, title_justify="left")
    for row in table.rows:
        grid.add_row(*(Line(_written(cell)) for cell in row))
    return grid


def _indented(text: Text) -> str:
    """A cell under the first one of its row, all its lines at the same place."""
    return _written(text).replace("\n", "\n    ")


def _written(text: Text) -> str:
    return "".join(map(_span, spans(text)))


def _span(span: Span) -> str:
    before = "\n" if span.kind == "below" else ""
    address = f" <{span.link}>" if span.link.startswith("http") else ""
    return f"{before}{span.text}{address}"
