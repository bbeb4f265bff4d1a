"""Whatever the bytes and the cells, an import gives a report or a clear refusal: never another exception."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estran.common import table_schema
from estran.common.problems import CannotUse
from estran.importing import canonical, estate_import, formats
from examples import examples

pytestmark = pytest.mark.slow
SETTINGS = settings(max_examples=examples(20), derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
ODD_CELLS = ["", "0", "-1", "1,5", "15 PC", "31/02/2021", "1899-12-30", "44256", "0000-00-00", "NaN", "1e999", "oui"]
ODD_CELLS += [
    "écran",
    "Latitude 5440",
    '"',
    "'",
    ";",
    "\n",
    "\x00",
    "=1+1",
    "²",
    "\u202f12",
    "٣",
    "99999999999999999999",
]
CELLS = st.one_of(st.text(max_size=12), st.sampled_from(ODD_CELLS))
LAYOUTS = [layout for code in ("glpi", "school", "numecoeval") for layout in formats.layouts(code)]
HEADERS = sorted({name for layout in LAYOUTS for names in layout.columns.values() for name in names})
HEADERS += [column.column for column in table_schema.columns("inventory")]


def outcome(data: bytes, name: str, format: str = "auto") -> None:
    """Import the bytes; the only exception allowed says what to do."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(data)
        try:
            report = estate_import.import_files([file], format, estate=Path(folder) / "parc")
        except CannotUse as refused:
            assert all(problem.what and problem.remedy for problem in refused.problems)
        else:
            assert report.rows + report.rejected >= 0
            assert sum(file.rows_written for file in report.files if file.table == "inventory") == report.rows
            assert all(problem.what and problem.remedy for problem in report.problems)


@pytest.mark.parametrize("name", ["parc.csv", "parc.xlsx", "parc.ods", "parc.xls", "parc.parquet", "parc.json"])
@given(data=st.binary(max_size=300))
@SETTINGS
def test_arbitrary_bytes(name: str, data: bytes) -> None:
    outcome(data, name)


MAGIC = [
    b"PK\x03\x04",
    b"PAR1",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"{",
    b"[",
    b"item_type,quantity\n",
]


@given(magic=st.sampled_from(MAGIC), data=st.binary(max_size=300))
@SETTINGS
def test_arbitrary_bytes_after_the_first_bytes_of_a_known_kind(magic: bytes, data: bytes) -> None:
    outcome(magic + data, "parc.csv")


@given(text=st.text(max_size=300), encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]))
@SETTINGS
def test_arbitrary_text(text: str, encoding: str) -> None:
    outcome(("Type;Quantité;Date d'achat\n" + text).encode(encoding, errors="replace"), "parc.csv")


@given(
    header=st.lists(st.sampled_from(HEADERS), min_size=1, max_size=8),
    rows=st.lists(st.lists(CELLS, max_size=9), max_size=6),
    separator=st.sampled_from([";", ",", "\t"]),
)
@settings(SETTINGS, max_examples=examples(60))
def test_arbitrary_cells_under_known_headers(header: list[str], rows: list[list[str]], separator: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([header, *rows])
    outcome(text.getvalue().encode("utf-8", errors="replace"), "parc.csv")


@given(data=st.data())
@SETTINGS
def test_a_damaged_workbook(data: st.DataObject, workbook: bytes) -> None:
    start = data.draw(st.integers(0, len(workbook) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=40))
    outcome(workbook[:start] + damage + workbook[start + len(damage) :], "parc.xlsx")


@pytest.fixture(scope="module")
def workbook() -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Type", "Quantité"])
        sheet.write_row(1, 0, ["écran", 2])
    return buffer.getvalue()


@pytest.mark.parametrize("table", ["rooms", "models", "vms", "applications", "factors", "labels"])
@given(rows=st.lists(st.lists(CELLS, max_size=8), max_size=5))
@SETTINGS
def test_arbitrary_cells_in_a_small_table(table: str, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([[column.column for column in table_schema.columns(table)], *rows])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{table}.csv"
        file.write_bytes(text.getvalue().encode("utf-8", errors="replace"))
        try:
            read, problems = canonical.read_small_table(file, table)
        except CannotUse:
            return
        assert read.num_columns == len(table_schema.columns(table))
        assert all(problem.remedy for problem in problems)
