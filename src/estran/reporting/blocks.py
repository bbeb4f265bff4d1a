"""A report as a list of blocks: whoever composes a document knows no format; a writer knows no content.

See docs/decisions/0012-editable-report.md; the writers are documents.py (PDF, DOCX) and opendocument.py (ODT).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

LINE, BOLD, MARGIN = 92, 1.2, 2.5  # characters on 166 mm of a table, how much wider bold ones are, around a cell


@dataclass(frozen=True)
class Block:
    """One block: `kind` is heading, text, lead, note, items, table, picture or page.

    `text` is that of a heading, of a paragraph or the caption of a table; `level` from 1. A table has `heads` and
    `rows` of texts, whose columns of `numbers` are aligned to the right. A picture is SVG, drawn in the PDF only: an
    editable document has the table of the same figures.
    """

    kind: str
    text: str = ""
    level: int = 1
    items: Sequence[str] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    numbers: Sequence[int] = ()
    svg: str = ""


@dataclass(frozen=True)
class Document:
    """A document: title, subtitle, language (fr or en), who signs it, and its blocks."""

    title: str
    subtitle: str = ""
    lang: str = "fr"
    author: str = ""
    blocks: list[Block] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The document as values that JSON keeps."""
        return asdict(self)

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> Document:
        """The document that `as_json` gave."""
        return cls(**{**values, "blocks": [Block(**block) for block in values["blocks"]]})


def heading_block(text: str, level: int = 1) -> Block:
    """A heading."""
    return Block("heading", text, level)


def text_block(said: str, kind: str = "text") -> Block:
    """A paragraph: text, lead (larger) or note (smaller)."""
    return Block(kind, said)


def items_block(said: Sequence[str]) -> Block:
    """A list."""
    return Block("items", items=list(said))


def table_block(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], texts: Sequence[int] = ()) -> Block:
    """A table; every column but the first and those of `texts` holds numbers."""
    numbers = [column for column in range(1, len(heads)) if column not in texts]
    return Block("table", caption, heads=list(heads), rows=[list(row) for row in rows], numbers=numbers)


def widths(block: Block, line: float = LINE) -> list[float]:
    """The share of the width of each column of a table (their sum is 1): no word is cut, long texts get what is left.

    Counted in characters, `line` of them across: a column is never narrower than its longest word, a number never on
    two lines.
    """
    columns = [[row[column] for row in (block.heads, *block.rows)] for column in range(len(block.heads))]
    least, most = [], []
    for column, texts in enumerate(columns):
        parts = texts[1:] if column in block.numbers else [word for one in texts[1:] for word in one.split(" ")]
        heads = [len(word) * BOLD for word in texts[0].split(" ")]
        least.append(max([4.0, *heads, *(min(26, len(part)) for part in parts)]) + MARGIN)
        most.append(max(least[-1], min(60.0, max(map(len, texts)) + MARGIN)))
    left = line - sum(least)
    asked = sum(more - less for less, more in zip(least, most, strict=True))
    if left > 0 and asked:
        given = min(1.0, left / asked)
        least = [less + (more - less) * given for less, more in zip(least, most, strict=True)]
    return [one / sum(least) for one in least]
