"""Spreadsheets that people send: their rows, and the field that each column holds."""

import tempfile
from pathlib import Path
from typing import Any

import duckdb

from estran.common import vocabulary
from estran.importing import readers
from estran.importing.sheets import Sheet
from estran.portal.common.catalogue_rows import codes_by_spelling


def match_columns(table: str, headers: list[str]) -> dict[int, str]:
    """Place of a column → the field it holds, by the spellings of a table; of two for one field, the first."""
    known, fields = codes_by_spelling(table), dict[int, str]()
    for place, header in enumerate(headers):
        field = known.get(vocabulary.text_key(header))
        if field and field not in fields.values():
            fields[place] = field
    return fields


def read_rows(table: str, name: str, content: bytes) -> tuple[Sheet, list[dict[str, Any]]]:
    """The sheet of a file whose headers a table of columns knows best, and its rows (`line`, `c0`, `c1`…), as texts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).name or "table")
        path.write_bytes(content)
        sheet = readers.read_sheet(path, lambda headers: len(match_columns(table, headers)), Path(folder))
        with duckdb.connect() as db:
            result = db.sql(f"SELECT * FROM {sheet.scan} ORDER BY line")
            return sheet, [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
