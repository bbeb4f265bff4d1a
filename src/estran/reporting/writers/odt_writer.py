"""A document as ODT, that can be edited: a zip of XML, with the styles of a template where it has them.

No library: see docs/decisions/0012-editable-report.md.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from markupsafe import Markup

from estran.common.language import _
from estran.reporting.blocks import (
    Block,
    Chart,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Table,
    Text,
    plain,
    printed,
    sourced,
    widths,
)
from estran.reporting.charts.drawing import Drawing, png, png_size
from estran.reporting.rendering import templates

_TEMPLATES = Path(__file__).parent.parent / "templates"
_ODT = "application/vnd.oasis.opendocument.text"
_BODY = "Text_20_body"
_STYLES = {
    "lead": "Quotations", "note": "Table_20_Contents", "visa": "Visa", "considering": "Considerant",
    "article": "Article", "prompt": "Passage", "stamp": "Projet",
}  # fmt: skip


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
    written = _written(document, version[1] if version else "1.3")
    parts |= written
    for name in written:
        if f'"{name}"' not in manifest:
            kind = "image/png" if name.endswith(".png") else "text/xml"
            entry = f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>'
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


def _written(document: Document, version: str) -> dict[str, bytes]:
    """content.xml and meta.xml, in a version of the format, and the pictures."""
    blocks = list(printed(document.blocks))
    drawn = {
        number: picture
        for number, block in enumerate(blocks)
        if isinstance(block, Chart) and isinstance(block.drawing, Drawing) and (picture := png(block.drawing))
    }
    values = {
        "document": document,
        "version": version,
        "placed": list(_placed(blocks, document.cover)),
        "percents": {
            number: [max(1, round(share * 100)) for share in widths(block)]
            for number, block in enumerate(blocks)
            if isinstance(block, Table)
        },
        "pictures": {number: _centimetres(picture) for number, picture in drawn.items()},
        "escaped": _escaped,
        "sourced": sourced,
    }
    texts = {name: templates().get_template(f"document.{name}").render(values) for name in ("content.xml", "meta.xml")}
    pages = {name: "".join(map(str.strip, text.split("\n"))).encode() for name, text in texts.items()}
    return pages | {f"Pictures/{number}.png": picture for number, picture in drawn.items()}


def _centimetres(picture: bytes) -> tuple[float, float]:
    """Width and height of a picture on the page, which is 16.6 cm wide."""
    width, height = (pixels * 2.54 / 96 for pixels in png_size(picture))
    size = min(1.0, 16.6 / width)
    return round(width * size, 2), round(height * size, 2)


def _placed(blocks: Iterable[Block], cover: bool) -> Iterator[tuple[Block, int, str, str]]:
    """Each block with its number, the style of its first paragraph, and the style it has when it begins no page."""
    breaks = cover  # a cover has a page of its own
    for number, block in enumerate(blocks):
        if isinstance(block, PageBreak):
            breaks = True
            continue
        own = _style(block)
        yield block, number, f"Page{number}" if breaks else own, own
        breaks = False


def _style(block: Block) -> str:
    match block:
        case Heading():
            return "Annexe" if block.kind else f"Heading_20_{block.level}"
        case Table() | Chart():
            return "Caption"
        case Paragraph():
            return _STYLES.get(block.kind, _BODY)
    return _BODY


def _escaped(text: Text) -> Markup:
    """The text of a paragraph: line breaks kept, signs that XML does not admit left out."""
    admitted = escape(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", plain(text)), quote=False)
    return Markup(admitted.replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>"))
