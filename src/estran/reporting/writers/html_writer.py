"""Blocks as HTML, and a document as one light page without script nor outside request, or as the PDF of that page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from estran import __version__
from estran.reporting import charts, curves
from estran.reporting.blocks import Block, Document, Heading, Span, Text, cited, spans, widths
from estran.reporting.rendering import templates

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_CLASSES = {"r": "n", "w": "wide", "s": "state"}  # of the cells of a column
_MARKS = {
    "strong": "<strong>{}</strong>",
    "code": "<code>{}</code>",
    "cite": "<cite>{}</cite>",
    "note": '<span class="note">{}</span>',
    "below": '<br><span class="note">{}</span>',
}


def write_html(document: Document, *, paper: bool = False) -> str:
    """The document as a page; on `paper` it has a cover, and each block cites its source."""
    template = _environment().get_template("document.html")
    values = {"document": document, "sections": _sections(document.blocks), "paper": paper, "version": __version__}
    return template.render(values)


def write_pdf(document: Document) -> bytes:
    """The page of the document as a tagged PDF (PDF/UA-1), with a cover when the document has one."""
    from weasyprint import HTML

    return HTML(string=write_html(document, paper=document.cover)).write_pdf(pdf_variant="pdf/ua-1")


def write_blocks(blocks: Iterable[Block]) -> Markup:
    """Blocks as a part of a page."""
    from markupsafe import Markup

    macros: Any = _environment().get_template("blocks.html").make_module({"paper": False})
    return Markup(macros.sections_of(_sections(list(blocks))))


def _sections(blocks: Sequence[Block]) -> list[tuple[Heading | None, list[Block]]]:
    """The blocks in sections, each opened by a heading of level 1; those before the first one have none."""
    sections: list[tuple[Heading | None, list[Block]]] = [(None, [])]
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            sections.append((block, []))
        else:
            sections[-1][1].append(block)
    return sections


@cache
def _environment() -> Environment:
    environment = templates()
    environment.filters |= {
        "kind": lambda block: type(block).__name__,
        "marked": _marked,
        "cited": cited,
        "draw": charts.draw,
        "wide": lambda drawing: isinstance(drawing, curves.Trajectory | curves.Areas),  # no phone is
        "widths": widths,
        "id": lambda heading: f"{heading.anchor or _slug(heading.text)}-title",
        "slug": _slug,
        "class": _class,
    }
    return environment


def _marked(text: Text) -> Markup:
    from markupsafe import Markup

    return Markup("").join(map(_span, spans(text)))


def _span(span: Span) -> Markup:
    from markupsafe import Markup, escape

    written = escape(span.text)
    if span.link:
        hint = Markup('<span class="hidden"> {}</span>').format(span.hint) if span.hint else ""
        written = Markup('<a href="{}">{}{}</a>').format(span.link, span.text, hint)
    return Markup(_MARKS.get(span.kind, "{}")).format(written)


def _class(kind: str | None) -> Markup:
    from markupsafe import Markup

    name = _CLASSES.get(kind or "")
    return Markup(' class="{}"').format(name) if name else Markup("")


def _slug(text: str) -> str:
    """An id made of the letters of a text."""
    return "-".join("".join(sign if sign.isalnum() else " " for sign in text.lower()).split())
