"""A document as blocks: chapters compose them and know no format; writers render them and know no content.

See docs/decisions/0012-editable-report.md. A text is a string, or a sequence of strings and of `Span`s.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from estran.common.language import colon
from estran.reporting import diagram
from estran.reporting.charts import drawing as drawings
from estran.reporting.charts.drawing import Drawing
from estran.reporting.diagram import Diagram


@dataclass(frozen=True)
class Span:
    """A piece of a text: `kind` is strong, code, cite, note (smaller) or below (a note on a line of its own).

    `link` is an address, or `#` and the anchor of a block; `hint` completes its text for who hears the page.
    """

    text: str
    kind: str = ""
    link: str = ""
    hint: str = ""


Text = str | Sequence[str | Span]


@dataclass(frozen=True)
class Source:
    """Where the figures of a block come from, as paper cites it."""

    name: str


@dataclass(frozen=True)
class Heading:
    """A heading, level 1 under the title; on a screen one of level 1 opens a section, `hidden` to the eyes.

    `kind` is empty or annex, which a word processor gives its own style.
    """

    text: str
    level: int = 1
    anchor: str = ""
    hidden: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: `kind` is empty, lead (larger), note (smaller), or a part of an act: visa, considering, article.

    A prompt is what someone still has to write, a stamp says how much is left.
    """

    text: Text
    kind: str = ""
    source: Source | None = None


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[Text]
    kind: str = ""


@dataclass(frozen=True)
class Facts:
    """Terms, each with what is said of it."""

    rows: Sequence[tuple[str, Text]]


@dataclass(frozen=True)
class KeyFigure:
    """The figure that a page opens with: a sentence, the value, its interval; `tag` says what kind of figure it is."""

    label: str
    value: str
    interval: str = ""
    source: Source | None = None
    tag: str = ""


@dataclass(frozen=True)
class Card:
    """A small figure: its value, what follows it (a unit, an interval), its label above, notes below."""

    value: str
    text: str = ""
    label: str = ""
    notes: Sequence[Text] = ()


@dataclass(frozen=True)
class Cards:
    """Small figures side by side."""

    cards: Sequence[Card]
    source: Source | None = None


@dataclass(frozen=True)
class Table:
    """A table: a caption, the heads of its columns, its rows of texts.

    `columns` has one letter per column: l (text, left), w (long text, wide), s (short words, never broken), r (numbers,
    right). The last cell of a row that is too short spans the columns left. `totals`: the numbers of the rows that are
    totals. A `long` table may run over pages.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Text]]
    columns: str = ""
    anchor: str = ""
    source: Source | None = None
    totals: Sequence[int] = ()
    long: bool = False

    @classmethod
    def of(
        cls,
        caption: str,
        anchor: str,
        rows: Iterable[Any],
        columns: Sequence[tuple[str, str, Callable[[Any], Text]]],
        source: Source | None = None,
        **more: Any,
    ) -> Table:
        """A row for each of `rows`; a column is its letter, its head, and what its cell says of a row."""
        letters, heads, says = zip(*columns, strict=True)
        cells = [[say(row) for say in says] for row in rows]
        return cls(caption, heads, cells, "".join(letters), anchor, source, **more)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", self.columns or "l" + "r" * (len(self.heads) - 1))


@dataclass(frozen=True)
class Chart:
    """A drawing with its title, the table of the same figures and a caption; without drawing in an older document."""

    anchor: str
    title: str
    drawing: Drawing | Diagram | None
    table: Table | None = None
    caption: Text = ""
    source: Source | None = None

    @property
    def spoken(self) -> str:
        """What the drawing shows, in words: its title, then its text alternative."""
        return f"{self.title.rstrip('.')}. {self.drawing.alt}" if self.drawing else self.title


@dataclass(frozen=True)
class Contents:
    """A list of headings of the document, as links on a screen and with their pages on paper."""

    title: str
    headings: Sequence[Heading] = ()


@dataclass(frozen=True)
class Fold:
    """Blocks that a screen folds behind a summary."""

    summary: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a page."""


Block = Heading | Paragraph | Items | Facts | KeyFigure | Cards | Table | Chart | Contents | Fold | PageBreak


@dataclass(frozen=True)
class Document:
    """A document: title, subtitle, language (fr or en), who signs it, its blocks; a footer; a cover; its day (ISO)."""

    title: str
    subtitle: str = ""
    lang: str = "fr"
    author: str = ""
    blocks: list[Block] = field(default_factory=list)
    footer: str = ""
    cover: bool = True
    day: str = ""

    def as_values(self) -> dict[str, Any]:
        """The document as values that JSON keeps."""
        return _as_values(self)

    @classmethod
    def of_values(cls, values: dict[str, Any]) -> Document:
        """The document that `as_values` gave."""
        return _of_values(values)


_KINDS: dict[str, Any] = {
    name: kind
    for module in (sys.modules[__name__], drawings, diagram)
    for name, kind in vars(module).items()
    if is_dataclass(kind)
}


def _as_values(part: Any) -> Any:
    if is_dataclass(part) and not isinstance(part, type):
        return {"is": type(part).__name__} | {at.name: _as_values(getattr(part, at.name)) for at in fields(part)}
    if isinstance(part, dict):
        return {name: _as_values(one) for name, one in part.items()}
    return [_as_values(one) for one in part] if isinstance(part, list | tuple) else part


def _of_values(values: Any) -> Any:
    if isinstance(values, list):
        return [_of_values(one) for one in values]
    if isinstance(values, dict):
        parts = {name: _of_values(value) for name, value in values.items() if name != "is"}
        if "is" not in values:
            return parts
        kind = _KINDS.get(values["is"])
        return kind(**parts) if kind else None  # a drawing of before 2026-12, which nothing draws any more
    return values


# ------------------------------------------------------------------------------------------------ what writers share


def spans(text: Text) -> Iterator[Span]:
    """The pieces of a text."""
    for one in [text] if isinstance(text, str) else text:
        yield Span(one) if isinstance(one, str) else one


def plain(text: Text) -> str:
    """A text without its marks; what stands below begins a line."""
    return "".join("\n" * (one.kind == "below") + one.text for one in spans(text))


def plain_texts(blocks: Iterable[Block]) -> Iterator[str]:
    """Every text of paragraphs, lists and tables, those that a screen folds too."""
    for block in blocks:
        match block:
            case Fold():
                yield block.summary
                yield from plain_texts(block.blocks)
            case Paragraph():
                yield plain(block.text)
            case Items():
                yield from map(plain, block.items)
            case Table():
                yield from [block.caption, *block.heads, *(plain(cell) for row in block.rows for cell in row)]


def cited(text: Text, source: Source | None) -> Text:
    """A text that cites its source before its full stop: « 540 t (bilan n° 3). »."""
    if source is None:
        return text
    *before, last = spans(text)
    stem, stop = (last.text[:-1], ".") if last.text.endswith(".") else (last.text, "")
    return [*before, replace(last, text=f"{stem} ({source.name}){stop}")]


def sourced(text: Text, source: Source | None) -> str:
    """A plain text that cites its source."""
    return plain(cited(text, source))


def printed(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks as paper has them: nothing is folded, figures and facts are sentences, a table follows its chart."""
    for block in blocks:
        match block:
            case Fold():
                yield from printed(block.blocks)
            case KeyFigure():
                figure = ", ".join(filter(None, [block.value, block.interval]))
                text = " ".join(filter(None, [block.label, figure]))
                yield Paragraph(sourced(f"{text}.", block.source), "lead")
            case Cards():
                yield Items([sourced(card_text(card), block.source) for card in block.cards])
            case Chart():
                if isinstance(block.drawing, Drawing):
                    yield block
                    yield from [Paragraph(block.caption, "note")] if block.caption else ()
                yield from printed([block.table] if block.table else ())
            case Facts():
                yield Items([colon(term, plain(text)) for term, text in block.rows])
            case Contents():
                pass
            case _:
                yield block


def card_text(card: Card) -> str:
    """A card in one line: « label : value, interval. Notes »."""
    figure = ", ".join(filter(None, [card.value, card.text])) if card.label else f"{card.value} {card.text}".strip()
    text = colon(card.label, figure) if card.label else figure
    notes = [plain(note) for note in card.notes]
    return f"{text}." if not notes else f"{text}. {' '.join(notes)}"


LINE, BOLD, MARGIN = 92, 1.2, 2.5  # characters on 166 mm of a table, how much wider bold ones are, around a cell


def widths(table: Table, line: float = LINE) -> list[float]:
    """The share of the width of each column of a table (their sum is 1): no word is cut, long texts get what is left.

    Counted in characters, `line` of them across: a column is never narrower than its longest word, a number never on
    two lines.
    """
    rows = [[plain(cell) for cell in row] for row in table.rows if len(row) == len(table.heads)]
    least, most = [], []
    for column, (head, kind) in enumerate(zip(table.heads, table.columns, strict=True)):
        texts = [line for row in rows for line in row[column].split("\n")]
        parts = texts if kind == "r" else [word for text in texts for word in text.split()]
        words = [len(word) * BOLD for word in head.split(" ")]
        least.append(max([4.0, *words, *(min(26, len(part)) for part in parts)]) + MARGIN)
        most.append(max(least[-1], min(60.0, max(map(len, [head, *texts])) + MARGIN)))
    left = line - sum(least)
    wanted = sum(more - less for less, more in zip(least, most, strict=True))
    if left > 0 and wanted:
        given = min(1.0, left / wanted)
        least = [less + (more - less) * given for less, more in zip(least, most, strict=True)]
    return [one / sum(least) for one in least]
