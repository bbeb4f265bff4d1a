"""Blocks as HTML, and a document as one light page without script nor outside request, or as the PDF of that page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from estran import __version__
from estran.reporting.blocks import Block, Chart, Document, Heading, Span, Text, cited, spans, widths
from estran.reporting.charts.drawing import svg
from estran.reporting.charts.slimming import with_halos_below
from estran.reporting.diagram import Diagram
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


def write_html(document: Document) -> str:
    """The document as a page."""
    return _page(document)


def _page(document: Document, *, paper: bool = False, printed: bool = False) -> str:
    """The page; on `paper` it has a cover, and each block cites its source; `printed`, it has the wide drawings."""
    values = {"document": document, "sections": _sections(document.blocks), "paper": paper, "printed": printed}
    return _environment().get_template("document.html").render(values, version=__version__)


def write_pdf(document: Document) -> bytes:
    """The page of the document as a tagged PDF (PDF/UA-1), with a cover when the document has one."""
    from weasyprint import HTML

    page = _page(document, paper=document.cover, printed=True)
    return HTML(string=page).write_pdf(pdf_variant="pdf/ua-1")


def write_blocks(blocks: Iterable[Block]) -> Markup:
    """Blocks as a part of a page."""
    from markupsafe import Markup

    macros: Any = _environment().get_template("blocks.html").make_module({"paper": False, "printed": False})
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
        "drawn": _drawn,
        "widths": widths,
        "id": lambda heading: f"{heading.anchor or _slug(heading.text)}-title",
        "slug": _slug,
        "class": _class,
    }
    return environment


def _drawn(chart: Chart, *, printed: bool) -> Markup:
    """The drawings of a chart: for a wide page and for a phone; on paper the wide one alone."""
    from markupsafe import Markup, escape

    drawing = chart.drawing
    if drawing is None:
        return Markup()
    if printed:  # a PDF takes the text alternative of a drawing from its title
        drawn = drawing.draw() if isinstance(drawing, Diagram) else svg(drawing, patient=True)
        halos = with_halos_below(drawn) if drawn else ""
        return Markup(halos.replace(">", f"><title>{escape(chart.spoken)}</title>", 1))
    if isinstance(drawing, Diagram):
        return drawing.draw()
    both = len(drawing.variants) > 1
    parts = [
        svg(drawing, variant).replace(
            "<svg ", f'<svg class="{variant}" aria-hidden="true" ' if both else '<svg aria-hidden="true" ', 1
        )
        for variant in drawing.variants
    ]
    return Markup("".join(parts)) if all(parts) else Markup()


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
