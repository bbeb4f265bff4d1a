"""Spreadsheets that people send (their rows, the field that each column holds) and those that they download."""

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from estran.common import vocabulary
from estran.common.bounded import call_bounded
from estran.common.formatting import plain
from estran.importing.column_maps import ColumnMap
from estran.importing.reading import readers
from estran.importing.reading.sheets import CountKnownHeaders, Sheet
from estran.portal.common import storage
from estran.portal.common.catalogue_rows import codes_by_spelling


def match_columns(table: str, headers: list[str]) -> dict[int, str]:
    """Place of a column → the field it holds, by the spellings of a table; of two for one field, the first."""
    known, fields = codes_by_spelling(table), dict[int, str]()
    for place, header in enumerate(headers):
        field = known.get(vocabulary.text_key(header))
        if field and field not in fields.values():
            fields[place] = field
    return fields


def read_rows(
    table: str, name: str, content: bytes, maps: Sequence[ColumnMap] = ()
) -> tuple[Sheet, list[dict[str, Any]]]:
    """The sheet of a file whose headers a table of columns, or a map, knows best, and its rows. Errors: CannotUse."""
    return read_sheets(name, content, partial(count_columns, table, maps))[0]


def count_columns(table: str, maps: Sequence[ColumnMap], headers: list[str]) -> int:
    """How many headers a table of columns knows, or a map that a person made."""
    return max(len(match_columns(table, headers)), *(len(one.choose(headers)) for one in maps), 0)


def read_sheets(name: str, content: bytes, recognise: CountKnownHeaders) -> list[tuple[Sheet, list[dict[str, Any]]]]:
    """Every sheet of a file that was sent, best known first, and its rows (`line`, `c0`, `c1`…), as texts.

    recognise: can be pickled, for another process reads the file. Errors: CannotUse.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / storage.clean_file_name(name)
        path.write_bytes(content)
        return call_bounded(path.name, readers.read_texts, path, recognise, Path(folder))


def write_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows, the headers first, as a CSV that a French spreadsheet opens at once: semicolons, UTF-8 with its mark.

    A formula stays a text.
    """
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(
        [plain(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return text.getvalue().encode("utf-8-sig")


def write_workbook(
    title: str, rows: Iterable[Sequence[Any]], widths: Sequence[int], *, frozen: tuple[int, int] = (1, 0)
) -> bytes:
    """A workbook of one sheet, its first lines bold and frozen: numbers and dates as such, everything else as text.

    `widths` of its columns are in characters; `frozen` are the lines of the header and the columns that stay in view.
    """
    import xlsxwriter

    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold, day = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "dd/mm/yyyy"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(*frozen)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width, text)
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(line, place, cell, day)
                elif isinstance(cell, int | float):
                    sheet.write_number(line, place, cell)
                elif cell:
                    sheet.write_string(line, place, str(cell), bold if line < frozen[0] else None)
    return packed.getvalue()
