"""The files of the demonstration: invented facts in, tables and workbooks out, the same bytes on every machine.

Workbooks are packed without compression, as two machines do not always compress alike. XlsxWriter writes the XLSX;
an ODS is one XML page, written in this module: no kept library writes it fast and twice the same.
"""

import csv
import io
import tomllib
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from estran.common.files import write_whole

FACTS = Path(__file__).parent / "facts"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
Cell = str | int | float | date | None


@cache
def read_facts(name: str) -> list[dict[str, str]]:
    """The rows of one table of invented facts."""
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def read_layouts(name: str) -> dict[str, Any]:
    """How the files of one kind of tool look: name → file, encoding, columns…"""
    with (FACTS / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook: its rows, and the texts of row `merged_row` that each span several columns."""

    name: str
    rows: list[list[Cell]]
    merged_row: int = 0
    spans: Sequence[tuple[str, int]] = ()


@dataclass
class Writer:
    """Writes under one folder."""

    root: Path

    def data(self, path: str, content: bytes) -> None:
        """One file, whole."""
        write_whole(self.root / path, content)

    def text(self, path: str, content: str) -> None:
        """A text in UTF-8."""
        self.data(path, content.encode())

    def csv(
        self,
        path: str,
        rows: Iterable[Sequence[Cell]],
        separator: str = ",",
        encoding: str = "utf-8",
        quoting: int = csv.QUOTE_MINIMAL,
        newline: str = "\n",
    ) -> None:
        """A table as text; the first row is the header."""
        text = io.StringIO()
        csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=newline).writerows(rows)  # type: ignore[arg-type]
        self.data(path, text.getvalue().encode(encoding))

    def xlsx(self, path: str, sheets: Iterable[Sheet], made_on: date) -> None:
        """A workbook of Excel."""
        import xlsxwriter

        buffer = io.BytesIO()
        options = {"in_memory": True, "default_date_format": "dd/mm/yyyy", "strings_to_formulas": False}
        with xlsxwriter.Workbook(buffer, options) as book:
            book.set_properties({"created": datetime(made_on.year, made_on.month, made_on.day)})
            centred = book.add_format({"align": "center", "bold": True})
            for sheet in sheets:
                page = book.add_worksheet(sheet.name)
                for line, row in enumerate(sheet.rows):
                    page.write_row(line, 0, row)
                column = 0
                for text, width in sheet.spans:
                    if text:
                        page.merge_range(sheet.merged_row, column, sheet.merged_row, column + width - 1, text, centred)
                    column += width
        with zipfile.ZipFile(buffer) as packed:
            self.data(path, _zip({name: packed.read(name) for name in packed.namelist()}))

    def ods(self, path: str, sheets: Iterable[Sheet]) -> None:
        """A workbook of LibreOffice."""
        tables = "".join(
            f"<table:table table:name={quoteattr(sheet.name)}>"
            + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in sheet.rows)
            + "</table:table>"
            for sheet in sheets
        )
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        names = " ".join(f'xmlns:{part}="{_OASIS}:{part}:1.0"' for part in ("office", "table", "text"))
        content = (
            f'{_XML}<office:document-content {names} office:version="1.2"><office:body><office:spreadsheet>'
            f"{tables}</office:spreadsheet></office:body></office:document-content>"
        )
        files = "".join(
            f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{media}"/>'
            for name, media in (("/", kind), ("content.xml", "text/xml"))
        )
        manifest = (
            f'{_XML}<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0" manifest:version="1.2">'
            f"{files}</manifest:manifest>"
        )
        entries = {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}
        self.data(path, _zip({name: text.encode() for name, text in entries.items()}))


def _zip(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 0  # or the bytes would tell the operating system
            archive.writestr(entry, content)
    return buffer.getvalue()


def _ods_cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, date):
        kind, shown = f'"date" office:date-value="{cell.isoformat()}"', f"{cell:%d/%m/%Y}"
    elif isinstance(cell, str):
        kind, shown = '"string"', escape(cell)
    else:
        kind, shown = f'"float" office:value="{cell}"', str(cell).replace(".", ",")
    return f"<table:table-cell office:value-type={kind}><text:p>{shown}</text:p></table:table-cell>"
