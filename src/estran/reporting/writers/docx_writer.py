"""A document as DOCX, that can be edited: docs/decisions/0012-editable-report.md.

A template keeps its styles, its page, its headers and its footers; its text is replaced.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from estran.reporting.blocks import (
    LINE,
    Block,
    Chart,
    Document,
    Heading,
    Items,
    PageBreak,
    Paragraph,
    Table,
    plain,
    printed,
    sourced,
    widths,
)
from estran.reporting.charts.drawing import Drawing, png, png_size

if TYPE_CHECKING:
    from docx.document import Document as Docx


def write_docx(document: Document, template: bytes | None = None) -> bytes:
    """The document as DOCX. Errors: BadZipFile, KeyError, ValueError when the template is not one."""
    import docx
    from docx.oxml.ns import qn
    from docx.text.paragraph import Paragraph as DocxParagraph

    word = docx.Document(io.BytesIO(template) if template else None)
    body = word.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    # LibreOffice writes the relation of the properties otherwise: they would be there twice, and the file not open.
    relations = word.part.package.rels
    for name, one in list(relations.items()):
        if one.reltype.endswith("officedocument/2006/relationships/metadata/core-properties"):
            del relations[name]
    word.core_properties.title, word.core_properties.author = document.title, document.author
    word.core_properties.language = document.lang
    if document.day:
        word.core_properties.created = word.core_properties.modified = datetime.fromisoformat(document.day)
    if template is None:
        _own_docx(word, document.lang)
    title = _paragraph(word, document.title, "Title")
    if document.subtitle:
        _paragraph(word, document.subtitle, "Subtitle")
    breaks = document.cover  # a cover has a page of its own
    if not breaks:
        title.paragraph_format.space_before = 0
    for block in printed(document.blocks):
        if isinstance(block, PageBreak):
            breaks = True
            continue
        end = len(body) - 1
        _block(word, block)
        if breaks and len(body) - 1 > end:
            DocxParagraph(body[end], word).paragraph_format.page_break_before = True
            breaks = False
    packed = io.BytesIO()
    word.save(packed)
    return packed.getvalue()


def _own_docx(word: Docx, lang: str) -> None:
    """Without a template: A4, page numbers, a plain face, the language of the text, the look of the PDF."""
    from docx.oxml.ns import qn
    from docx.shared import Mm

    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(16)
    section.different_first_page_header_footer = True
    for name, look in _LOOKS.items():
        style = word.styles[name]
        for part, drawn in ((style.element.pPr, "w:pBdr"), (style.element.rPr, "w:spacing")):
            for one in part.findall(qn(drawn)) if part is not None else ():
                part.remove(one)
        _dress(style, look)
    _page_number(section.footer.paragraphs[0])
    for element in word.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), "fr-FR" if lang == "fr" else "en-GB")


@dataclass(frozen=True)
class _Look:
    """Size in points, weight, colour, space before and after in points, of a style that a template lacks."""

    size: float
    bold: bool = False
    colour: str = "17252C"
    before: float = 0
    after: float = 6
    left: float = 0
    kept: bool = False  # on the page of what follows


_TINT = "0B5A6B"
_LOOKS = {
    "Normal": _Look(9.5, after=4),
    "Title": _Look(18, True, _TINT, before=150, after=14),
    "Subtitle": _Look(12, after=4),
    "Heading 1": _Look(15, True, _TINT, before=10, after=6, kept=True),
    "Heading 2": _Look(12.5, True, before=10, after=4, kept=True),
    "Heading 3": _Look(11, True, before=10, after=4, kept=True),
    "List Bullet": _Look(9.5, after=1),
    "Caption": _Look(9, True, before=4, after=3, kept=True),
    "Intense Quote": _Look(13, True, _TINT, before=4, after=6, left=11),
}
# Styles of an act, which no word processor brings: a template that has one of these names styles it.
_STYLES = {
    "lead": "Intense Quote", "note": "Table Contents", "visa": "Visa", "considering": "Considérant",
    "article": "Article", "prompt": "Passage à compléter", "stamp": "Projet",
}  # fmt: skip
_OWN = {
    "Visa": _Look(10.5, after=4, left=11),
    "Considérant": _Look(10.5, after=4, left=11),
    "Article": _Look(11, before=4, after=6),
    "Annexe": _Look(16, True, _TINT, before=20, after=8, kept=True),
    "Passage à compléter": _Look(10.5, colour="9F4407"),
    "Projet": _Look(11, True, "9F4407", after=10),
}
_CELL = "Table Contents"  # what LibreOffice calls the text of a cell; a template may style it
_CELL_LOOK = _Look(9, after=1, before=1)


def _dress(style: Any, look: _Look) -> None:
    """Give a style this look."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    font, space = style.font, style.paragraph_format
    font.name, font.size, font.bold, font.italic = "Arial", Pt(look.size), look.bold, False
    font.color.rgb = RGBColor.from_string(look.colour)
    space.space_before, space.space_after = Pt(look.before), Pt(look.after)
    if look.left:
        space.left_indent = space.right_indent = Pt(look.left)
    space.keep_with_next = look.kept
    fonts = style.element.rPr.rFonts
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)


def _style(word: Docx, name: str) -> Any:
    """A style of the template; one that it lacks is made, in the face of its ordinary text."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    if name in {one.name for one in word.styles}:
        return word.styles[name]
    style: Any = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name in _LOOKS)
    style.base_style = word.styles["Normal"] if "Normal" in {one.name for one in word.styles} else None
    _dress(style, _LOOKS.get(name) or _OWN.get(name, _CELL_LOOK))
    style.element.rPr.remove(style.element.rPr.rFonts)
    if name.startswith("Heading") or name == "Annexe":
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), "0" if name == "Annexe" else str(int(name[-1]) - 1))
        style.element.get_or_add_pPr().append(level)
    return style


def _page_number(paragraph: Any) -> None:
    """The number of the page and how many there are, at the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for field in ("PAGE", " / ", "NUMPAGES"):
        if field == " / ":
            paragraph.add_run(field)
            continue
        element = OxmlElement("w:fldSimple")
        element.set(qn("w:instr"), field)
        paragraph._p.append(element)


def _paragraph(word: Docx, text: str, style: str) -> Any:
    return word.add_paragraph(text, style=_style(word, style))


def _block(word: Docx, block: Block) -> None:
    match block:
        case Heading():
            _paragraph(word, block.text, "Annexe" if block.kind else f"Heading {block.level}")
        case Items():
            bullet = "" if "List Bullet" in {one.name for one in word.styles} else "–\u00a0"
            for one in block.items:
                _paragraph(word, bullet + plain(one), "List Bullet" if not bullet else "Normal")
        case Table():
            _table(word, block)
        case Chart(drawing=Drawing()):
            _picture(word, block)
        case Paragraph():
            _paragraph(word, sourced(block.text, block.source), _STYLES.get(block.kind, "Normal"))


def _picture(word: Docx, chart: Chart) -> None:
    """The drawing of a chart under its title, with its text alternative; the title alone when it cannot be drawn."""
    from docx.shared import Emu, Mm

    assert isinstance(chart.drawing, Drawing)
    _paragraph(word, sourced(chart.title, chart.source), "Caption").paragraph_format.keep_with_next = True
    if picture := png(chart.drawing):
        wide = Mm(25.4 / 96 * png_size(picture)[0])
        shape = word.add_picture(io.BytesIO(picture), width=Emu(min(wide, _across(word))))
        shape._inline.docPr.set("descr", chart.drawing.alt)
        shape._inline.docPr.set("title", chart.title)
        word.paragraphs[-1].paragraph_format.keep_with_next = True


def _across(word: Docx) -> int:
    """The width of the text."""
    section = word.sections[0]
    return (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)


def _table(word: Docx, block: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Emu, Mm

    _paragraph(word, sourced(block.caption, block.source), "Caption").paragraph_format.keep_with_next = True
    grid = word.add_table(rows=1, cols=len(block.heads))
    _lines(grid)
    # Said again at the top of each page, and read as headings by a screen reader.
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    across = _across(word)
    shares = widths(block, LINE * across / Mm(166))
    grid.autofit = False
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Emu(int(across * share))
    inside = _style(word, _CELL)
    strong = {0, *(1 + row for row in block.totals)}
    for number, row in enumerate((block.heads, *block.rows)):
        line = grid.rows[0] if number == 0 else grid.add_row()
        line._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))
        if len(row) < len(shares):
            line.cells[len(row) - 1].merge(line.cells[-1])
        for column, (cell, text) in enumerate(zip(line.cells, row, strict=False)):
            cell.width = Emu(int(across * (shares[column] if column < len(row) - 1 else sum(shares[column:]))))
            paragraph = cell.paragraphs[0]
            paragraph._p.style = inside.style_id  # sooner than `paragraph.style`, which looks for the default each time
            paragraph.add_run(plain(text)).bold = number in strong or None
            paragraph.paragraph_format.keep_with_next = number == 0 or None
            if block.columns[column] == "r" and len(row) == len(shares):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _paragraph(word, "", _CELL)


def _lines(grid: Any) -> None:
    """A thin line under each row: a template seldom has a style for tables."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "A9B4B8")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    properties = grid._tbl.tblPr
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
