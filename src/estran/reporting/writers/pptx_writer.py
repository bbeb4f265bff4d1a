"""A document as slides (PPTX): one a heading of level 1, native text, charts as pictures, notes of the speaker.

A template keeps its masters; without one, a plain wide slide, dark text on white. See docs/decisions/0034-slides.md.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from estran.reporting.blocks import Block, Chart, Document, Fold, Heading, Items, Paragraph, Table, plain
from estran.reporting.charts.drawing import Drawing, png, png_size

if TYPE_CHECKING:
    from pptx.presentation import Presentation as Slides

_WIDE, _HIGH = 13.333, 7.5  # inches
_LEFT, _TOP = 0.7, 1.75
_INK, _TINT = "17252C", "0B5A6B"


def write_pptx(document: Document, template: bytes | None = None) -> bytes:
    """The document as slides. Errors: BadZipFile, KeyError, ValueError when the template is not one."""
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation(io.BytesIO(template) if template else None)
    if template is None:
        show.slide_width, show.slide_height = Inches(_WIDE), Inches(_HIGH)
    about = show.core_properties
    about.title, about.author, about.language = document.title, document.author, document.lang
    stamps = [plain(one.text) for one in document.blocks if isinstance(one, Paragraph) and one.kind == "stamp"]
    for heading, blocks in _slides(document.blocks):
        _slide(show, heading, blocks, " – ".join([document.subtitle, *stamps]))
    packed = io.BytesIO()
    show.save(packed)
    return packed.getvalue()


def _slides(blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    slides: list[tuple[str, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            slides.append((block.text, []))
        elif slides:
            slides[-1][1].append(block)
    return slides


def _slide(show: Slides, heading: str, blocks: list[Block], footer: str) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    layout = next(
        (one for one in show.slide_layouts if one.name in ("Title Only", "Titre seul")), show.slide_layouts[0]
    )
    slide = show.slides.add_slide(layout)
    scale = (show.slide_width or Inches(_WIDE)) / Inches(_WIDE)
    title: Any = slide.shapes.title
    if title is None:
        title = slide.shapes.add_textbox(Inches(_LEFT), Inches(0.5), Inches(11.9), Inches(1))
    title.left, title.top = Inches(_LEFT * scale), Inches(0.45)
    title.width, title.height = Inches(11.9 * scale), Inches(1.15)
    title.text_frame.text, title.text_frame.word_wrap = heading, True
    _dress(title.text_frame, 30, bold=True, colour=_TINT)
    title.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    texts = [line for block in blocks for line in _texts(block)]
    chart = next((block for block in blocks if isinstance(block, Chart) and isinstance(block.drawing, Drawing)), None)
    picture = png(chart.drawing) if chart and isinstance(chart.drawing, Drawing) else b""
    width = 4.6 if picture else 11.9
    if texts:
        box: Any = slide.shapes.add_textbox(
            Inches(_LEFT * scale), Inches(_TOP), Inches(width * scale), Inches(4.9)
        ).text_frame
        box.word_wrap = True
        for place, text in enumerate(texts):
            paragraph = box.paragraphs[0] if place == 0 else box.add_paragraph()
            paragraph.text, paragraph.space_after = text, Pt(10)
        _dress(box, 20 if len(" ".join(texts)) < 500 else 16)
    if picture and chart and isinstance(chart.drawing, Drawing):
        wide, high = png_size(picture)
        across = min(7.1, 4.9 * wide / high)
        shown = slide.shapes.add_picture(
            io.BytesIO(picture), Inches((12.6 - across) * scale), Inches(_TOP), width=Inches(across * scale)
        )
        shown._element._nvXxPr.cNvPr.set("descr", chart.drawing.alt)
        shown._element._nvXxPr.cNvPr.set("title", chart.title)
    foot: Any = slide.shapes.add_textbox(
        Inches(_LEFT * scale), Inches(6.9), Inches(11.9 * scale), Inches(0.4)
    ).text_frame
    foot.text = footer
    _dress(foot, 11)
    notes = [line for block in blocks if isinstance(block, Fold) for part in block.blocks for line in _texts(part)]
    slide.notes_slide.notes_text_frame.text = "\n".join(notes)


def _texts(block: Block) -> list[str]:
    match block:
        case Paragraph():
            return [plain(block.text)]
        case Items():
            return [plain(item) for item in block.items]
        case Table():
            return [block.caption, *(" – ".join(plain(cell) for cell in row) for row in block.rows)]
    return []


def _dress(frame: Any, size: int, *, bold: bool = False, colour: str = _INK) -> None:
    """Give every run of a text its size and colour."""
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    for paragraph in frame.paragraphs:
        for run in paragraph.runs:
            run.font.size, run.font.bold, run.font.name = Pt(size), bold, "Arial"
            run.font.color.rgb = RGBColor.from_string(colour)
