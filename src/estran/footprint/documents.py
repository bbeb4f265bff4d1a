"""A report as a list of blocks, and its writers: DOCX and ODT that can be edited, PDF that reads the same.

Whoever composes a document knows no format; a writer knows no content (docs/decisions/0012-editable-report.md).
A template keeps its styles, its page, its headers and its footers; its text is replaced.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from estran.lang import _
from estran.problems import CannotUse, Problem

if TYPE_CHECKING:
    from docx.document import Document as Docx

FORMATS = (".docx", ".odt", ".pdf")
_TEMPLATES = Path(__file__).parent / "templates"
_ODT = "application/vnd.oasis.opendocument.text"


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


def heading(text: str, level: int = 1) -> Block:
    """A heading."""
    return Block("heading", text, level)


def text(said: str, kind: str = "text") -> Block:
    """A paragraph: text, lead (larger) or note (smaller)."""
    return Block(kind, said)


def items(said: Sequence[str]) -> Block:
    """A list."""
    return Block("items", items=list(said))


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], texts: Sequence[int] = ()) -> Block:
    """A table; every column but the first and those of `texts` holds numbers."""
    numbers = [column for column in range(1, len(heads)) if column not in texts]
    return Block("table", caption, heads=list(heads), rows=[list(row) for row in rows], numbers=numbers)


def write(document: Document, form: str, template: bytes | None = None) -> bytes:
    """The document as .docx, .odt or .pdf; a template of another kind, or damaged, is refused (CannotUse)."""
    if form == ".pdf":
        return _pdf(document)
    try:
        return _docx(document, template) if form == ".docx" else _odt(document, template)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        what = _("Le modèle ne peut pas être lu : {error}.").format(error=error)
        raise CannotUse(
            Problem(what, _("Donner un modèle fait par un traitement de texte, dans le même format."))
        ) from None


def widths(block: Block) -> list[float]:
    """The share of the width of each column of a table (their sum is 1), after the longest text of the column."""
    rows = [block.heads, *block.rows]
    longest = [min(38, max(10, *(len(row[column]) for row in rows))) for column in range(len(block.heads))]
    return [one / sum(longest) for one in longest]


# ----------------------------------------------------------------------------------------------------------------- PDF


def page(document: Document) -> str:
    """The document as one HTML page."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("document.html").render(document=document)


def _pdf(document: Document) -> bytes:
    from weasyprint import HTML

    return HTML(string=page(document)).write_pdf(pdf_variant="pdf/ua-1")


# ---------------------------------------------------------------------------------------------------------------- DOCX


def _docx(document: Document, template: bytes | None) -> bytes:
    import docx
    from docx.oxml.ns import qn

    made = docx.Document(io.BytesIO(template) if template else None)
    body = made.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    made.core_properties.title, made.core_properties.author = document.title, document.author
    made.core_properties.language = document.lang
    if template is None:
        _own_docx(made, document.lang)
    _paragraph(made, document.title, "Title")
    if document.subtitle:
        _paragraph(made, document.subtitle, "Subtitle")
    made.add_page_break()
    for block in document.blocks:
        _docx_block(made, block)
    packed = io.BytesIO()
    made.save(packed)
    return packed.getvalue()


def _own_docx(made: Docx, lang: str) -> None:
    """Without a template: A4, a plain face, the language of the text."""
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin = section.bottom_margin = Mm(20)
    for name in ("Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3"):
        font = made.styles[name].font
        font.name = "Arial"
        fonts = made.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("w:asciiTheme", "w:hAnsiTheme"):
            fonts.attrib.pop(qn(theme), None)
        if name != "Normal":
            font.color.rgb = RGBColor(0x0B, 0x5A, 0x6B)
    made.styles["Normal"].font.size = Pt(10.5)
    made.styles["Caption"].font.color.rgb = RGBColor(0x17, 0x25, 0x2C)
    for element in made.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), "fr-FR" if lang == "fr" else "en-GB")


def _paragraph(made: Docx, said: str, style: str) -> Any:
    """A paragraph in a style of the template; without that style, in its ordinary one."""
    known = {one.name for one in made.styles}
    return made.add_paragraph(said, style=style if style in known else None)


def _docx_block(made: Docx, block: Block) -> None:
    if block.kind == "heading":
        _paragraph(made, block.text, f"Heading {block.level}")
    elif block.kind == "page":
        made.add_page_break()
    elif block.kind == "items":
        for one in block.items:
            _paragraph(made, one, "List Bullet")
    elif block.kind == "table":
        _docx_table(made, block)
    elif block.kind != "picture":
        _paragraph(made, block.text, {"lead": "Intense Quote", "note": "Caption"}.get(block.kind, "Normal"))


def _docx_table(made: Docx, block: Block) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Emu

    _paragraph(made, block.text, "Caption").paragraph_format.keep_with_next = True
    grid = made.add_table(rows=1, cols=len(block.heads))
    if "Table Grid" in {one.name for one in made.styles}:
        grid.style = "Table Grid"
    # Said again at the top of each page, and read as headings by a screen reader.
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    section = made.sections[0]
    across = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    shares = widths(block)
    grid.autofit = False
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Emu(int(across * share))
    for row in (block.heads, *block.rows):
        cells = grid.rows[0].cells if row is block.heads else grid.add_row().cells
        for column, (cell, said) in enumerate(zip(cells, row, strict=True)):
            cell.width = Emu(int(across * shares[column]))
            paragraph = cell.paragraphs[0]
            paragraph.add_run(said).bold = row is block.heads
            if column in block.numbers:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.add_paragraph()


# ----------------------------------------------------------------------------------------------------------------- ODT

_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'office:version="1.3"'
)
_STYLES = {"title": "Title", "subtitle": "Subtitle", "lead": "Quotations", "note": "Caption", "text": "Text_20_body"}


def _odt(document: Document, template: bytes | None) -> bytes:
    parts: dict[str, bytes] = {}
    if template:
        with zipfile.ZipFile(io.BytesIO(template)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        if "styles.xml" not in parts:
            raise ValueError(_("styles.xml absent"))
        manifest = (
            parts["META-INF/manifest.xml"].decode("utf-8").replace("opendocument.text-template", "opendocument.text")
        )
    else:
        parts["styles.xml"] = _read("document.styles.xml").replace("{lang}", document.lang).encode()
        manifest = _read("document.manifest.xml")
    parts["content.xml"] = _content(document).encode()
    parts["meta.xml"] = _meta(document).encode()
    if "meta.xml" not in manifest:
        entry = '<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>'
        manifest = manifest.replace("</manifest:manifest>", f"{entry}</manifest:manifest>")
    parts["META-INF/manifest.xml"] = manifest.encode()
    parts.pop("mimetype", None)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        # The kind of the file comes first, not compressed; a fixed date: the same document makes the same bytes.
        for name, content in [("mimetype", _ODT.encode()), *parts.items()]:
            entry_ = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry_.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry_, content)
    return packed.getvalue()


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _meta(document: Document) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-meta {_SPACES}><office:meta>'
        f"<dc:title>{escape(document.title)}</dc:title><dc:creator>{escape(document.author)}</dc:creator>"
        f"<dc:language>{document.lang}</dc:language></office:meta></office:document-meta>"
    )


def _content(document: Document) -> str:
    body = [
        _p(document.title, "title"),
        *([_p(document.subtitle, "subtitle")] if document.subtitle else []),
        _p("", "Break"),
    ]
    for number, block in enumerate(document.blocks):
        body.append(_odt_block(block, number))
    automatic = (
        '<style:style style:name="Break" style:family="paragraph" style:parent-style-name="Text_20_body">'
        '<style:paragraph-properties fo:break-before="page"/></style:style>'
        '<style:style style:name="Right" style:family="paragraph" style:parent-style-name="Table_20_Contents">'
        '<style:paragraph-properties fo:text-align="end"/></style:style>'
        '<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties '
        'fo:padding="0.08cm" fo:border="0.5pt solid #8a9499"/></style:style>'
    )
    for percent in sorted({_percent(one) for block in document.blocks if block.heads for one in widths(block)}):
        automatic += (
            f'<style:style style:name="Column{percent}" style:family="table-column">'
            f'<style:table-column-properties style:rel-column-width="{percent}*"/></style:style>'
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {_SPACES}>'
        f"<office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:text>{''.join(body)}</office:text></office:body></office:document-content>"
    )


def _percent(share: float) -> int:
    return max(1, round(share * 100))


def _p(said: str, kind: str = "text") -> str:
    return f'<text:p text:style-name="{_STYLES.get(kind, kind)}">{_escaped(said)}</text:p>'


def _odt_block(block: Block, number: int) -> str:
    if block.kind == "heading":
        level = block.level
        style = f"Heading_20_{level}"
        return f'<text:h text:style-name="{style}" text:outline-level="{level}">{_escaped(block.text)}</text:h>'
    if block.kind == "page":
        return _p("", "Break")
    if block.kind == "items":
        rows = "".join(f"<text:list-item>{_p(one)}</text:list-item>" for one in block.items)
        return f'<text:list text:style-name="List_20_1">{rows}</text:list>'
    if block.kind == "table":
        return _p(block.text, "note") + _odt_table(block, number)
    return "" if block.kind == "picture" else _p(block.text, block.kind)


def _odt_table(block: Block, number: int) -> str:
    def row(cells: Sequence[str], head: bool) -> str:
        found = []
        for column, said in enumerate(cells):
            style = "Table_20_Heading" if head else "Right" if column in block.numbers else "Table_20_Contents"
            cell = '<table:table-cell table:style-name="Cell" office:value-type="string">'
            found.append(f"{cell}{_p(said, style)}</table:table-cell>")
        return f"<table:table-row>{''.join(found)}</table:table-row>"

    heads = f"<table:table-header-rows>{row(block.heads, True)}</table:table-header-rows>"
    rows = "".join(row(cells, False) for cells in block.rows)
    columns = "".join(f'<table:table-column table:style-name="Column{_percent(one)}"/>' for one in widths(block))
    return f'<table:table table:name="Table{number}">{columns}{heads}{rows}</table:table>{_p("")}'


def _escaped(said: str) -> str:
    """The text of a paragraph: line breaks kept, signs that XML does not admit left out."""
    plain = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", said)
    return escape(plain).replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>")
