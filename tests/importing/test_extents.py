"""Small files that would take all the memory are refused at once, with the sheet and the cell; so is a dying reader."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from estran.common import bounded
from estran.common.bounded import call_bounded
from estran.common.problems import CannotUse
from estran.importing import estate_import
from estran.importing.reading import readers

WAYS = {"fresh": (), "ready": ("estran.importing.workbooks",)}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Both ways of having a process of its own."""
    before = tuple(bounded._ready)
    bounded.keep_ready(*WAYS[request.param])
    yield request.param
    bounded.keep_ready(*before)


def refusal(path: Path) -> str:
    with pytest.raises(CannotUse) as refused:
        estate_import.import_files([path], estate=path.parent / "parc")
    assert not (path.parent / "parc").exists()
    return refused.value.problems[0].what


def xlsx(path: Path, cell: str) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Lisez-moi")
        sheet = book.add_worksheet("Parc")
        sheet.write_column(0, 0, ["Type", "écran", "portable"])
        sheet.write_column(0, 1, ["Quantité", 2, 3])
        sheet.write(cell, "x")
        sheet.write_blank("XFD1048575", None, book.add_format({"bold": True}))  # a format fills no cell
    return path


def ods(path: Path, rows: str, doctype: str = "") -> Path:
    kinds = ("office", "table", "text")
    names = " ".join(f'xmlns:{kind}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"' for kind in kinds)
    header = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in ("Type", "Quantité")
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?>{doctype}<office:document-content {names}><office:body><office:spreadsheet>'
            f'<table:table table:name="Parc"><table:table-row>{header}</table:table-row>{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_row(repeated: int, column: int, text: str = "écran", times: int = 1) -> str:
    """A row, repeated, whose cell in a column holds a text, repeated too."""
    before = f'<table:table-cell table:number-columns-repeated="{column - 1}"/>' if column > 1 else ""
    cell = (
        f'<table:table-cell table:number-columns-repeated="{times}" office:value-type="string"><text:p>{text}</text:p>'
    )
    repeats = f'table:number-rows-repeated="{repeated}"'
    return (
        f"<table:table-row {repeats}>{before}{cell}</table:table-cell></table:table-row>"
        if text
        else (
            f'<table:table-row {repeats}><table:table-cell table:number-columns-repeated="{column}"/></table:table-row>'
        )
    )


@pytest.mark.parametrize("cell", ["XFD1048576", "AZ1048576"])
def test_a_cell_at_the_end_of_a_sheet_is_named(tmp_path: Path, cell: str) -> None:
    begun = time.monotonic()
    assert f"La feuille «\xa0Parc\xa0» s’étend jusqu’à {cell}" in refusal(xlsx(tmp_path / "parc.xlsx", cell))
    assert time.monotonic() - begun < 20


def test_two_far_cells_are_both_named(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "parc.xlsx", "A1048576")
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Parc")
        sheet.write("A1048576", "x")
        sheet.write("XFD2", "x")
    assert "jusqu’à XFD2, A1048576" in refusal(path)


def test_a_format_to_the_end_and_a_cell_some_way_off_are_no_fault(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "parc.xlsx", "F5000")
    assert estate_import.import_files([path], estate=tmp_path / "parc").rows == 2


@pytest.mark.parametrize(
    ("row", "far"),
    [
        (ods_row(1048575, 1, times=1024), "AMJ1048576"),
        (ods_row(1, 2**31), "FXSHRXX2"),
        (ods_row(2**31, 1), "B1, A2147483649"),
        (ods_row(1048000, 1, "") + ods_row(1, 16384), "XFD1048002"),
    ],
)
def test_repeats_of_an_ods_are_multiplied(tmp_path: Path, row: str, far: str) -> None:
    assert f"La feuille «\xa0Parc\xa0» s’étend jusqu’à {far}" in refusal(ods(tmp_path / "parc.ods", row))


def test_an_ods_ends_with_empty_repeats(tmp_path: Path) -> None:
    """As LibreOffice writes every one of them."""
    path = ods(tmp_path / "parc.ods", ods_row(2, 1) + ods_row(1048573, 16384, ""))
    sheet = readers.read_sheets(path, len, tmp_path)[0]
    assert sheet.header == ["Type", "Quantité"]


def test_entities_of_its_own_are_refused(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    assert "ses propres entités XML" in refusal(ods(tmp_path / "parc.ods", ods_row(1, 1, "&b;"), doctype))


# ------------------------------------------------------------------------------------------ a process of its own


def test_a_function_gives_its_result_or_its_refusal(tmp_path: Path, way: str) -> None:
    assert call_bounded("parc.xlsx", divmod, 7, 2) == (3, 1)
    with pytest.raises(CannotUse, match="n’existe pas"):
        call_bounded("parc.xlsx", readers.read_sheets, tmp_path / "parc.csv", len, tmp_path)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        call_bounded("parc.xlsx", divmod, 7, 0)
    assert call_bounded("parc.xlsx", os.getpid) != os.getpid()


def test_a_server_reads_whatever_the_length_of_its_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    script = "from estran.common import bounded as b; b.keep_ready('estran.common.problems'); " + (
        "print(b.call_bounded('parc.xlsx', divmod, 7, 2))"
    )
    called = [sys.executable, "-c", script]
    done = subprocess.run(called, env=os.environ | {"TMPDIR": str(deep)}, capture_output=True, text=True, check=False)
    assert done.stdout == "(3, 1)\n", done.stderr
    assert not list(deep.iterdir())


@pytest.mark.parametrize(
    ("function", "argument", "what"),
    [
        (bytearray, 1 << 33, "demande plus de mémoire que les 800 Mo admis"),
        (signal.raise_signal, signal.SIGABRT, "demande plus de mémoire que les 800 Mo admis"),
        (signal.raise_signal, signal.SIGXCPU, "demande plus que les 20 secondes admises"),
        (signal.raise_signal, signal.SIGKILL, "s’est arrêtée net (signal 9)"),
        (signal.raise_signal, signal.SIGSEGV, "s’est arrêtée net (signal 11)"),
    ],
)
def test_the_death_of_a_reader_is_a_refusal_with_its_reason(way: str, function: Any, argument: int, what: str) -> None:
    with pytest.raises(CannotUse) as refused:
        call_bounded("parc.xlsx", function, argument)
    problem = refused.value.problems[0]
    assert what in problem.what and problem.remedy and problem.file == "parc.xlsx"


def test_a_reader_that_is_asked_to_stop_says_nothing_of_the_file(way: str) -> None:
    with pytest.raises(RuntimeError, match="was stopped"):
        call_bounded("parc.xlsx", signal.raise_signal, signal.SIGTERM)


@pytest.mark.slow
def test_a_reader_that_never_ends_is_stopped(way: str) -> None:
    with pytest.raises(CannotUse, match="secondes admises"):
        call_bounded("parc.xlsx", sum, range(10**12))
