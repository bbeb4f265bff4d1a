"""Files as they come: separators, encodings, workbooks, and those that are not tables at all."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from estran.common import vocabulary
from estran.common.problems import CannotUse
from estran.importing import canonical
from estran.importing.reading import readers

KNOWN = {"type", "quantite", "date d achat"}


def known(row: list[str]) -> int:
    return sum(vocabulary.text_key(cell) in KNOWN for cell in row)


def rows(path: Path, work: Path) -> list[tuple[Any, ...]]:
    """The rows of a file, with their line number."""
    sheet = readers.read_sheet(path, known, work)
    cells = ", ".join(f"c{i}" for i in range(len(sheet.header)))
    return canonical.connect().execute(f"SELECT line, {cells} FROM {sheet.scan}").fetchall()


TABLE = "Type;Quantité\nécran;2\nportable;3\n"


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_text_in_any_separator_and_encoding(tmp_path: Path, separator: str, encoding: str, newline: str) -> None:
    file = tmp_path / "parc.csv"
    file.write_bytes(TABLE.replace(";", separator).replace("\n", newline).encode(encoding))
    assert rows(file, tmp_path) == [(2, "écran", "2"), (3, "portable", "3")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Parc du collège\n\nType;Quantité\nécran;2\n", [(4, "écran", "2")]),  # titles above the header
        ("Type;Quantité\nécran;2\n\nportable;3\n", [(2, "écran", "2"), (3, None, None), (4, "portable", "3")]),
        ('Type;Quantité\n"écran\nplat";2\n', [(2, "écran\nplat", "2")]),  # an end of line inside quotes
        ('Type;Quantité\nPC;"deux\nlignes";x\n', [(2, "PC", "deux\nlignes")]),  # and a cell beyond the headers
        ('Type;Quantité\nécran 24";2\n', [(2, "écran 24", "2")]),  # a quote that nobody closes
        ("Type;Quantité\nécran\n", [(2, "écran", None)]),  # a short line
        ("Type;Quantité;;\nécran;2;;\n", [(2, "écran", "2")]),  # separators at the end of lines
    ],
)
def test_text_with_the_habits_of_exports(tmp_path: Path, text: str, expected: list[tuple[Any, ...]]) -> None:
    file = tmp_path / "parc.csv"
    file.write_text(text, encoding="utf-8")
    assert rows(file, tmp_path) == expected


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for i, line in enumerate(lines):
                sheet.write_row(i, 0, line)
    return path


def test_a_workbook_gives_its_most_recognisable_sheet(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "parc.xlsx",
        {
            "Notes": [["Fait par le gestionnaire"], ["à relire"]],
            "Parc": [
                ["Inventaire 2025"],
                [],
                ["Type", "Quantité", "Date d'achat"],
                ["écran", 2, date(2021, 3, 4)],
                ["portable", 3.5, None],
                ["Total", 5.5],
            ],
        },
    )
    sheet = readers.read_sheet(file, known, tmp_path)
    assert (sheet.name, sheet.header, sheet.header_line) == ("Parc", ["Type", "Quantité", "Date d'achat"], 3)
    assert rows(file, tmp_path) == [(4, "écran", "2", "2021-03-04"), (5, "portable", "3.5", None)]
    assert sheet.notes == (
        "Feuilles laissées\u00a0: «\u00a0Notes\u00a0».",
        "Ligne 6 laissée\u00a0: c’est un total («\u00a0Total 5.5\u00a0»).",
    )


def bomb(path: Path) -> Path:
    """A small workbook that declares gigabytes once unpacked."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        zeros = b"0" * (1 << 24)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as entry:
            for _n in range(64):
                entry.write(zeros)
    return path


def truncated(path: Path) -> Path:
    whole = workbook(path.with_suffix(".whole"), {"Parc": [["Type", "Quantité"], ["écran", 2]]}).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def encrypted(path: Path) -> Path:
    """The container of a workbook with a password: an OLE file that names its encrypted package."""
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 2000
    )
    return path


def archive(path: Path) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as content:
        content.writestr("lettre.txt", "bonjour")
    path.write_bytes(buffer.getvalue())
    return path


WRONG = {
    "empty": (lambda path: path.write_bytes(b""), "Le fichier est vide."),
    "only blanks": (lambda path: path.write_bytes(b" \n\n"), "Le fichier est vide."),
    "binary": (lambda path: path.write_bytes(bytes(range(256)) * 40), "Le fichier n’est pas du texte"),
    "picture": (
        lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50),
        "Ce n’est pas un tableau, mais un fichier",
    ),
    "pdf": (lambda path: path.write_bytes(b"%PDF-1.7\n" + b"x" * 50), "Ce n’est pas un tableau, mais un fichier"),
    "web page": (
        lambda path: path.write_bytes(b"<!DOCTYPE html><html></html>"),
        "Ce n’est pas un tableau, mais une page",
    ),
    "archive": (archive, "Ce n’est pas un classeur"),
    "truncated workbook": (truncated, "Le classeur est incomplet"),
    "workbook with a password": (encrypted, "Le classeur est protégé par un mot de passe."),
    "zip bomb": (bomb, "Le classeur occuperait 1073 Mo"),
    "damaged xls": (
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 900),
        "Le classeur est abîmé",
    ),
    "damaged parquet": (lambda path: path.write_bytes(b"PAR1" + b"\x01" * 900), "Le fichier Parquet est abîmé"),
    "300 columns": (
        lambda path: path.write_text(";".join(f"colonne {i}" for i in range(300)) + "\n1\n", encoding="utf-8"),
        "Le tableau a 300 colonnes",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_its_remedy(tmp_path: Path, case: str) -> None:
    make, said = WRONG[case]
    make(tmp_path / "parc.csv")
    with pytest.raises(CannotUse) as refused:
        readers.read_sheet(tmp_path / "parc.csv", known, tmp_path)
    problem = refused.value.problems[0]
    assert problem.what.startswith(said)
    assert problem.remedy.endswith(".")
    assert problem.file == "parc.csv"


def test_a_file_of_one_endless_line_is_never_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "parc.csv"
    with file.open("wb") as stream:
        stream.write(b"x" * 1_000_000)
        stream.truncate(2_000_000_000)  # a hole: two gigabytes that take no room
        stream.seek(1_000_000)
        stream.write(b"x" * 9_000_000)
    with pytest.raises(CannotUse) as refused:
        readers.read_sheet(file, known, tmp_path)
    assert "dépasse" in refused.value.problems[0].what


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotUse):
        readers.read_sheet(tmp_path / name, known, tmp_path)
