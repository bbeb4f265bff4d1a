"""A document as ODT, that can be edited: a zip of XML, with the styles of a template where it has them.

No library: see docs/decisions/0012-editable-report.md.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from estran.common.language import _
from estran.reporting.blocks import (
    Block,
    Document,
    Heading,
    Items,
    PageBreak,
    Paragraph,
    Table,
    Text,
    plain,
    printed,
    sourced,
    widths,
)

_TEMPLATES = Path(__file__).parent.parent / "templates"
_ODT = "application/vnd.oasis.opendocument.text"

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


def write_odt(document: Document, template: bytes | None = None) -> bytes:
    """The document as ODT. Errors: BadZipFile, KeyError, ValueError when the template is not one."""
    parts: dict[str, bytes] = {}
    ours = _read("document.styles.xml").replace("{lang}", document.lang)
    if template:
        with zipfile.ZipFile(io.BytesIO(template)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        if "styles.xml" not in parts:
            raise ValueError(_("styles.xml absent"))
        parts["styles.xml"] = _completed(parts["styles.xml"].decode("utf-8"), ours).encode()
        manifest = (
            parts["META-INF/manifest.xml"].decode("utf-8").replace("opendocument.text-template", "opendocument.text")
        )
    else:
        parts["styles.xml"] = ours.encode()
        manifest = _read("document.manifest.xml")
    # LibreOffice opens no file whose parts are of another version of the format than its manifest.
    version = re.search(r'manifest:version="([\d.]+)"', manifest)
    spaces = _SPACES.format(version=version[1] if version else "1.3")
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


def _completed(theirs: str, ours: str) -> str:
    """The styles of a template, with those of ours that it lacks."""
    styles = re.findall(r'<(style:style|text:list-style) (style:name="\w+".*?</\1>)', ours, re.S)
    lacking = [f"<{tag} {rest}" for tag, rest in styles if rest.split(" ")[0] not in theirs]
    return theirs.replace("</office:styles>", f"{''.join(lacking)}</office:styles>", 1)


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _meta(document: Document, spaces: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-meta {spaces}><office:meta>'
        f"<dc:title>{escape(document.title, quote=False)}</dc:title>"
        f"<dc:creator>{escape(document.author, quote=False)}</dc:creator>"
        f"<dc:language>{document.lang}</dc:language></office:meta></office:document-meta>"
    )


def _content(document: Document, spaces: str) -> str:
    body = [
        _p(document.title, "title"),
        *([_p(document.subtitle, "subtitle")] if document.subtitle else []),
    ]
    breaks, automatic = True, ""  # the cover has a page of its own
    blocks = list(printed(document.blocks))
    for number, block in enumerate(blocks):
        written = _block(block, number)
        if breaks and written:
            style = re.search(r'<text:[ph] text:style-name="(\w+)"', written)
            assert style, "every block holds a paragraph"
            written = written[: style.start(1)] + f"Page{number}" + written[style.end(1) :]
            automatic += (
                f'<style:style style:name="Page{number}" style:family="paragraph" style:parent-style-name="{style[1]}">'
                '<style:paragraph-properties fo:break-before="page"/></style:style>'
            )
        breaks = isinstance(block, PageBreak) or (breaks and not written)
        body.append(written)
    automatic += (
        '<style:style style:name="Grid" style:family="table"><style:table-properties style:rel-width="100%" '
        'table:align="margins"/></style:style>'
        '<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties '
        'fo:padding="0.06cm" fo:padding-right="0.2cm" fo:border="none" fo:border-bottom="0.5pt solid #a9b4b8"/>'
        "</style:style>"
    )
    for name in ("Contents", "Heading"):
        automatic += (
            f'<style:style style:name="{name}Right" style:family="paragraph" style:parent-style-name="Table_20_{name}">'
            '<style:paragraph-properties fo:text-align="end"/></style:style>'
        )
    # In 65,535ths of the width, as LibreOffice writes them: it takes small numbers for too narrow a column.
    for percent in sorted({_percent(one) for block in blocks if isinstance(block, Table) for one in widths(block)}):
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


def _p(text: Text, kind: str = "text") -> str:
    return f'<text:p text:style-name="{_STYLES.get(kind, kind)}">{_escaped(plain(text))}</text:p>'


def _block(block: Block, number: int) -> str:
    match block:
        case Heading(level=level):
            style = f"Heading_20_{level}"
            return f'<text:h text:style-name="{style}" text:outline-level="{level}">{_escaped(block.text)}</text:h>'
        case Items():
            rows = "".join(f"<text:list-item>{_p(one)}</text:list-item>" for one in block.items)
            return f'<text:list text:style-name="List_20_1">{rows}</text:list>'
        case Table():
            return _p(sourced(block.caption, block.source), "note") + _table(block, number)
        case Paragraph():
            return _p(sourced(block.text, block.source), block.kind or "text")
    return ""


def _table(block: Table, number: int) -> str:
    heads = f"<table:table-header-rows>{_row(block, block.heads, True)}</table:table-header-rows>"
    rows = "".join(_row(block, row, place in block.totals) for place, row in enumerate(block.rows))
    columns = "".join(f'<table:table-column table:style-name="Column{_percent(one)}"/>' for one in widths(block))
    return (
        f'<table:table table:name="Table{number}" table:style-name="Grid">{columns}{heads}{rows}</table:table>{_p("")}'
    )


def _row(block: Table, row: Sequence[Text], strong: bool) -> str:
    """A row; the last cell of one that is too short spans the columns left."""
    name, left = "Heading" if strong else "Contents", len(block.heads) - len(row)
    cells = []
    for column, text in enumerate(row):
        style = f"{name}Right" if block.columns[column] == "r" and not left else f"Table_20_{name}"
        span = f' table:number-columns-spanned="{left + 1}"' if left and column == len(row) - 1 else ""
        cell = f'<table:table-cell table:style-name="Cell" office:value-type="string"{span}>'
        cells.append(f"{cell}{_p(text, style)}</table:table-cell>")
    return f"<table:table-row>{''.join(cells)}{'<table:covered-table-cell/>' * left}</table:table-row>"


def _escaped(text: str) -> str:
    """The text of a paragraph: line breaks kept, signs that XML does not admit left out."""
    admitted = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
    return escape(admitted, quote=False).replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>")
