"""Writes a document: DOCX and ODT that can be edited, PDF that reads the same (docs/decisions/0012-editable-report.md).

A template keeps its styles, its page, its headers and its footers; its text is replaced.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.reporting import odt
from estran.reporting.blocks import LINE, Block, Document, widths

if TYPE_CHECKING:
    from docx.document import Document as Docx

FORMATS = (".docx", ".odt", ".pdf")
_TEMPLATES = Path(__file__).parent / "templates"


def write_document(document: Document, form: str, template: bytes | None = None) -> bytes:
    """The document as .docx, .odt or .pdf; a template of another kind, or damaged, is refused (CannotUse)."""
    if form == ".pdf":
        return _pdf(document)
    try:
        return _docx(document, template) if form == ".docx" else odt.write_odt(document, template)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        what = _("Le modèle ne peut pas être lu : {error}.").format(error=error)
        raise CannotUse(
            Problem(what, _("Donner un modèle fait par un traitement de texte, dans le même format."))
        ) from None


# ----------------------------------------------------------------------------------------------------------------- PDF


def page(document: Document) -> str:
    """The document as one HTML page."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("document.html").render(document=document, widths=widths)


def _pdf(document: Document) -> bytes:
    from weasyprint import HTML

    return HTML(string=page(document)).write_pdf(pdf_variant="pdf/ua-1")


# ---------------------------------------------------------------------------------------------------------------- DOCX


def _docx(document: Document, template: bytes | None) -> bytes:
    import docx
    from docx.oxml.ns import qn
    from docx.text.paragraph import Paragraph

    made = docx.Document(io.BytesIO(template) if template else None)
    body = made.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    # LibreOffice writes the relation of the properties otherwise: they would be there twice, and the file not open.
    relations = made.part.package.rels
    for name, one in list(relations.items()):
        if one.reltype.endswith("officedocument/2006/relationships/metadata/core-properties"):
            del relations[name]
    made.core_properties.title, made.core_properties.author = document.title, document.author
    made.core_properties.language = document.lang
    if template is None:
        _own_docx(made, document.lang)
    _paragraph(made, document.title, "Title")
    if document.subtitle:
        _paragraph(made, document.subtitle, "Subtitle")
    turned = True  # the cover has a page of its own
    for block in document.blocks:
        if block.kind == "page":
            turned = True
            continue
        end = len(body) - 1
        _docx_block(made, block)
        if turned and len(body) - 1 > end:
            Paragraph(body[end], made).paragraph_format.page_break_before = True
            turned = False
    packed = io.BytesIO()
    made.save(packed)
    return packed.getvalue()


def _own_docx(made: Docx, lang: str) -> None:
    """Without a template: A4, page numbers, a plain face, the language of the text, the look of the PDF."""
    from docx.oxml.ns import qn
    from docx.shared import Mm

    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin = section.bottom_margin = Mm(20)
    section.different_first_page_header_footer = True
    for name, look in _LOOKS.items():
        style = made.styles[name]
        for part, drawn in ((style.element.pPr, "w:pBdr"), (style.element.rPr, "w:spacing")):
            for one in part.findall(qn(drawn)) if part is not None else ():
                part.remove(one)
        _dress(style, look)
    _page_number(section.footer.paragraphs[0])
    for element in made.styles.element.iter(qn("w:lang")):
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
    "Normal": _Look(10.5),
    "Title": _Look(26, True, _TINT, before=150, after=14),
    "Subtitle": _Look(14),
    "Heading 1": _Look(16, True, _TINT, before=20, after=8, kept=True),
    "Heading 2": _Look(12.5, True, before=14, kept=True),
    "Heading 3": _Look(11, True, before=10, after=4, kept=True),
    "List Bullet": _Look(10.5, after=3),
    "Caption": _Look(9, True, before=8, after=3, kept=True),
    "Intense Quote": _Look(13, True, _TINT, before=8, after=10, left=11),
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


def _style(made: Docx, name: str) -> Any:
    """A style of the template; one that it lacks is made, in the face of its ordinary text."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    if name in {one.name for one in made.styles}:
        return made.styles[name]
    style: Any = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name in _LOOKS)
    style.base_style = made.styles["Normal"] if "Normal" in {one.name for one in made.styles} else None
    _dress(style, _LOOKS.get(name, _CELL_LOOK))
    style.element.rPr.remove(style.element.rPr.rFonts)
    if name.startswith("Heading"):
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(int(name[-1]) - 1))
        style.element.get_or_add_pPr().append(level)
    return style


def _page_number(paragraph: Any) -> None:
    """The number of the page and how many there are, at the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for asked in ("PAGE", " / ", "NUMPAGES"):
        if asked == " / ":
            paragraph.add_run(asked)
            continue
        field_ = OxmlElement("w:fldSimple")
        field_.set(qn("w:instr"), asked)
        paragraph._p.append(field_)


def _paragraph(made: Docx, said: str, style: str) -> Any:
    return made.add_paragraph(said, style=_style(made, style))


def _docx_block(made: Docx, block: Block) -> None:
    if block.kind == "heading":
        _paragraph(made, block.text, f"Heading {block.level}")
    elif block.kind == "items":
        bullet = "" if "List Bullet" in {one.name for one in made.styles} else "–\u00a0"
        for one in block.items:
            _paragraph(made, bullet + one, "List Bullet" if not bullet else "Normal")
    elif block.kind == "table":
        _docx_table(made, block)
    elif block.kind != "picture":
        _paragraph(made, block.text, {"lead": "Intense Quote", "note": "Caption"}.get(block.kind, "Normal"))


def _docx_table(made: Docx, block: Block) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Emu, Mm

    _paragraph(made, block.text, "Caption").paragraph_format.keep_with_next = True
    grid = made.add_table(rows=1, cols=len(block.heads))
    _lines(grid)
    # Said again at the top of each page, and read as headings by a screen reader.
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    section = made.sections[0]
    across = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    shares = widths(block, LINE * across / Mm(166))
    grid.autofit = False
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Emu(int(across * share))
    inside = _style(made, _CELL)
    for row in (block.heads, *block.rows):
        line = grid.rows[0] if row is block.heads else grid.add_row()
        line._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))
        for column, (cell, said) in enumerate(zip(line.cells, row, strict=True)):
            cell.width = Emu(int(across * shares[column]))
            paragraph = cell.paragraphs[0]
            paragraph.style = inside
            paragraph.add_run(said).bold = row is block.heads or None
            paragraph.paragraph_format.keep_with_next = row is block.heads or None
            if column in block.numbers:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _paragraph(made, "", _CELL)


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
