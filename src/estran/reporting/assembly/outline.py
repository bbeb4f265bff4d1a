"""The outline of a moment, filled with facts: one list of parts, each with the documents it goes to.

An outline is the rows of assembly_outline.csv: sentences with slots. A sentence whose facts are not all known is left
out, or the one of kind `else` after it takes its place; so a document says what is known, and nothing more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter

from estran.common.language import _, ngettext
from estran.common.shipped import text_rows
from estran.reporting.blocks import Block, Chart, Document, Heading, Items, PageBreak, Paragraph, Table

REPORT, PAGE, SLIDES, NOTE, ACT, ANNEX = "report", "page", "slides", "note", "act", "annex"
PLACES = {"r": REPORT, "p": PAGE, "s": SLIDES, "n": NOTE, "d": ACT, "x": ANNEX}
OPENS = ("open", "heading")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Passage:
    """What a person writes: the text settled, else the suggestion that nobody has settled yet."""

    field: str
    label: str
    question: str
    most_words: int
    subject: str = ""
    about: str = ""
    suggestion: str = ""
    text: str | None = None

    @property
    def open(self) -> bool:
        """Nobody has settled it."""
        return self.text is None

    @property
    def blocks(self) -> list[Block]:
        """A paragraph a line; a mark where it is open, with the suggestion to be read again."""
        if self.text is not None:
            return [Paragraph(line) for line in self.text.splitlines() if line.strip()]
        about = f" ({self.about})" if self.about else ""
        mark = _("[À compléter, {label}{about} : {question}]").format(
            label=self.label, about=about, question=self.question
        )
        lines = [line for line in self.suggestion.splitlines() if line.strip()]
        again = _("[Proposition à relire] {text}")
        return [Paragraph(again.format(text=line), "prompt") for line in lines] or [Paragraph(mark, "prompt")]


@dataclass
class Material:
    """All that an outline is filled with: facts in words, lists of sentences, tables and charts, passages by field."""

    facts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def open_passages(self) -> int:
        """How many passages nobody has settled."""
        return sum(passage.open for passage in self.passages)


@dataclass(frozen=True)
class Part:
    """A block of an outline: the section it is in, the documents it goes to."""

    section: str
    places: frozenset[str]
    block: Block


def fill(template: str, facts: Mapping[str, str]) -> str | None:
    """A sentence with its facts; None when one of them is not known."""
    names = [name for _text, name, _spec, _conversion in Formatter().parse(template) if name]
    if any(not facts.get(name) for name in names):
        return None
    text = template.format_map(facts)
    return text[:1].upper() + text[1:]


def fill_known(template: str, facts: Mapping[str, str]) -> str:
    """The sentences of a template whose facts are known: each slot that is a sentence stands or falls alone."""
    whole = fill(template, facts)
    if whole is not None or not re.fullmatch(r"(\{\w+\}\s*)+", template):
        return whole or ""
    return " ".join(facts[name] for name in re.findall(r"\{(\w+)\}", template) if facts.get(name))


def parts_of(moment: str, material: Material) -> list[Part]:
    """The parts of a moment, in order."""
    parts: list[Part] = []
    sentences: list[str] = []
    open_at: tuple[str, frozenset[str]] | None = None

    def close() -> None:
        nonlocal open_at
        if sentences and open_at:
            parts.append(Part(*open_at, Paragraph(" ".join(sentences))))
        sentences.clear()
        open_at = None

    lacked = ""
    for row in text_rows("assembly_outline"):
        if row["moment"] != moment:
            continue
        kind, section = row["kind"], row["section"]
        places = frozenset(PLACES[letter] for letter in row["places"])
        if kind == "else":
            if not lacked:
                continue
            kind = lacked
        lacked = ""
        if kind in ("open", "text"):
            text = fill_known(row["text_fr"], material.facts)
            if kind == "open" or open_at != (section, places):
                close()
            if not text:
                lacked = kind
                continue
            open_at = (section, places)
            sentences.append(text)
            continue
        close()
        if kind == "heading":
            text = fill(row["text_fr"], material.facts) or ""
            lacked = "" if text else kind
            parts += [Part(section, places, Heading(text))] if text else []
        else:
            blocks = list(_named(kind, row["text_fr"], material))
            lacked = "" if blocks else kind
            parts += [Part(section, places, block) for block in blocks]
    close()
    return parts


def _named(kind: str, name: str, material: Material) -> Iterator[Block]:
    """The blocks of a list, of a passage, of a table or of a chart, by name."""
    if kind == "list":
        if rows := material.lists.get(name):
            yield Items(rows)
    elif kind == "field":
        for passage in material.passages:
            if passage.field == name:
                yield from _articles(passage) if name == "H10" else passage.blocks
    elif name in material.blocks:
        yield material.blocks[name]


def _articles(passage: Passage) -> Iterator[Block]:
    """The articles of the decision, numbered."""
    kind = "prompt" if passage.open else "article"
    lines = [line.strip() for line in (passage.text or passage.suggestion).splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        yield Paragraph(_("Article {n}. {text}").format(n=number, text=line), kind)


def blocks_for(parts: Iterable[Part], place: str) -> list[Block]:
    """The blocks of one document; a heading that nothing follows is left out."""
    chosen = [part.block for part in parts if place in part.places]
    return [
        block
        for at, block in enumerate(chosen)
        if not isinstance(block, Heading) or (at + 1 < len(chosen) and not isinstance(chosen[at + 1], Heading))
    ]


def numbered(blocks: list[Block], sources: Mapping[str, str]) -> list[Block]:
    """The blocks with « [run] », « [plan] »… as note numbers in order of first use, then the sources they lead to."""
    order: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        if match[1] not in sources:
            return ""
        place = order.setdefault(match[1], len(order) + 1)
        return str(place).translate(_SUPERSCRIPT)

    def marked(text: str) -> str:
        return re.sub(r"[ \u00a0]?\[([a-z]+)\]", number, text)

    written: list[Block] = []
    for block in blocks:
        match block:
            case Paragraph(text=str(text)):
                written.append(Paragraph(marked(text), block.kind, block.source))
            case Items(items=items):
                written.append(Items([marked(item) if isinstance(item, str) else item for item in items], block.kind))
            case _:
                written.append(block)
    if order:
        lines = [f"{place}. {sources[name]}" for name, place in order.items()]
        written += [Heading(_("Sources"), 2), *(Paragraph(line, "note") for line in lines)]
    return written


def plain_of(text: str) -> str:
    """A text without its marks of sources."""
    return re.sub(r"[ \u00a0]?\[[a-z]+\]", "", text)


def stamp(open_passages: int) -> list[Block]:
    """The line that a document bears as long as passages are open."""
    if not open_passages:
        return []
    text = ngettext("Projet – {n} passage à compléter", "Projet – {n} passages à compléter", open_passages)
    return [Paragraph(text.format(n=open_passages), "stamp")]


def share_of_sentences(blocks: Iterable[Block]) -> float:
    """How much of a body is sentences: their letters over all its letters, tables included, headings aside."""
    sentences = others = 0
    for block in blocks:
        match block:
            case Paragraph(text=str(text)):
                sentences += len(text)
            case Items(items=items):
                full = [str(item) for item in items if str(item).rstrip().endswith((".", "»"))]
                sentences += sum(map(len, full))
                others += sum(len(str(item)) for item in items) - sum(map(len, full))
            case Table():
                others += sum(len(str(cell)) for row in (block.heads, *block.rows) for cell in row)
            case Heading() | Chart() | PageBreak():
                pass
    return sentences / (sentences + others) if sentences + others else 0.0


def slides_of(parts: Iterable[Part], title: str) -> list[tuple[str, list[Block], str]]:
    """One slide a section: its title, what it shows, what its speaker says (the text of the report)."""
    slides: dict[str, tuple[str, list[Block], list[str]]] = {}
    for part in parts:
        heading = part.block.text if isinstance(part.block, Heading) else ""
        if SLIDES in part.places:
            slide = slides.setdefault(part.section, ("", [], []))
            if heading:
                slides[part.section] = (heading, slide[1], slide[2])
            else:
                slide[1].append(part.block)
        if REPORT in part.places and part.section in slides and isinstance(part.block, Paragraph | Items):
            texts = part.block.items if isinstance(part.block, Items) else [part.block.text]
            slides[part.section][2].extend(str(text) for text in texts)
    return [(head or title, blocks, "\n".join(notes)) for head, blocks, notes in slides.values() if blocks]


def document(title: str, subtitle: str, author: str, blocks: list[Block], day: str) -> Document:
    """A document of the session, in French, without a cover page."""
    return Document(title, subtitle, "fr", author, blocks, cover=False, day=day)
