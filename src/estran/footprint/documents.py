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
LINE, BOLD, MARGIN = 92, 1.2, 2.5  # characters on 166 mm of a table, how much wider bold ones are, around a cell
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


# ----------------------------------------------------------------------------------------------------------------- ODT

_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'office:version="{version}"'
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
    # LibreOffice opens no file whose parts are of another version of the format than its manifest.
    said = re.search(r'manifest:version="([\d.]+)"', manifest)
    spaces = _SPACES.format(version=said[1] if said else "1.3")
    parts["content.xml"] = _content(document, spaces).encode()
    parts["meta.xml"] = _meta(document, spaces).encode()
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


def _meta(document: Document, spaces: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-meta {spaces}><office:meta>'
        f"<dc:title>{escape(document.title)}</dc:title><dc:creator>{escape(document.author)}</dc:creator>"
        f"<dc:language>{document.lang}</dc:language></office:meta></office:document-meta>"
    )


def _content(document: Document, spaces: str) -> str:
    body = [
        _p(document.title, "title"),
        *([_p(document.subtitle, "subtitle")] if document.subtitle else []),
    ]
    turned, automatic = True, ""  # the cover has a page of its own
    for number, block in enumerate(document.blocks):
        said = _odt_block(block, number)
        if turned and said:
            found = re.search(r'<text:[ph] text:style-name="(\w+)"', said)
            assert found, "every block holds a paragraph"
            said = said[: found.start(1)] + f"Page{number}" + said[found.end(1) :]
            automatic += (
                f'<style:style style:name="Page{number}" style:family="paragraph" style:parent-style-name="{found[1]}">'
                '<style:paragraph-properties fo:break-before="page"/></style:style>'
            )
        turned = block.kind == "page" or (turned and not said)
        body.append(said)
    automatic += (
        '<style:style style:name="Grid" style:family="table"><style:table-properties style:rel-width="100%" '
        'table:align="margins"/></style:style>'
        '<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties '
        'fo:padding="0.06cm" fo:padding-right="0.2cm" fo:border="none" fo:border-bottom="0.5pt solid #a9b4b8"/>'
        "</style:style>"
        '<style:style style:name="Row" style:family="table-row"><style:table-row-properties fo:keep-together="always"/>'
        "</style:style>"
    )
    for name in ("Contents", "Heading"):
        automatic += (
            f'<style:style style:name="{name}Right" style:family="paragraph" style:parent-style-name="Table_20_{name}">'
            '<style:paragraph-properties fo:text-align="end"/></style:style>'
        )
    # In 65,535ths of the width, as LibreOffice writes them: it takes small numbers for too narrow a column.
    for percent in sorted({_percent(one) for block in document.blocks if block.heads for one in widths(block)}):
        automatic += (
            f'<style:style style:name="Column{percent}" style:family="table-column">'
            f'<style:table-column-properties style:rel-column-width="{percent * 655}*"/></style:style>'
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {spaces}>'
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
    if block.kind == "items":
        rows = "".join(f"<text:list-item>{_p(one)}</text:list-item>" for one in block.items)
        return f'<text:list text:style-name="List_20_1">{rows}</text:list>'
    if block.kind == "table":
        return _p(block.text, "note") + _odt_table(block, number)
    return "" if block.kind in ("picture", "page") else _p(block.text, block.kind)


def _odt_table(block: Block, number: int) -> str:
    def row(cells: Sequence[str], head: bool) -> str:
        found = []
        for column, said in enumerate(cells):
            name = "Heading" if head else "Contents"
            style = f"{name}Right" if column in block.numbers else f"Table_20_{name}"
            cell = '<table:table-cell table:style-name="Cell" office:value-type="string">'
            found.append(f"{cell}{_p(said, style)}</table:table-cell>")
        return f'<table:table-row table:style-name="Row">{"".join(found)}</table:table-row>'

    heads = f"<table:table-header-rows>{row(block.heads, True)}</table:table-header-rows>"
    rows = "".join(row(cells, False) for cells in block.rows)
    columns = "".join(f'<table:table-column table:style-name="Column{_percent(one)}"/>' for one in widths(block))
    return (
        f'<table:table table:name="Table{number}" table:style-name="Grid">{columns}{heads}{rows}</table:table>{_p("")}'
    )


def _escaped(said: str) -> str:
    """The text of a paragraph: line breaks kept, signs that XML does not admit left out."""
    plain = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", said)
    return escape(plain).replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>")
