"""How far the cells of a workbook reach, read from its XML before anything is allocated for them.

A reader keeps the whole rectangle from A1 to the farthest cell: one cell at the end of a sheet costs as much as a sheet
filled to there. Of an XLS, whose cells are no XML, the limits of the reader's process alone decide.
"""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from estran.common.formatting import count
from estran.common.language import _
from estran.common.problems import CannotUse, refuse_file
from estran.common.vocabulary import limit

_CELL = re.compile(r"([A-Za-z]{1,3})([0-9]{1,9})")
_CHUNK = 1 << 16
Start = Callable[[str, dict[str, str]], None]


class _Reach:
    """The farthest filled cell to the right and to the bottom of a sheet, columns and rows counted from 1."""

    def __init__(self) -> None:
        self.right, self.bottom = (0, 0), (0, 0)

    def add(self, column: int, row: int) -> None:
        """Note a filled cell."""
        if column > self.right[0]:
            self.right = (column, row)
        if row > self.bottom[1]:
            self.bottom = (column, row)

    def check(self, path: Path, sheet: str) -> None:
        """Refuse a sheet whose rectangle has too many cells."""
        cells, most = self.right[0] * self.bottom[1], limit("sheet_cells")
        if cells > most:
            far = ", ".join(dict.fromkeys(name_cell(*cell) for cell in (self.right, self.bottom)))
            what = _("La feuille « {sheet} » s’étend jusqu’à {far} : {cells} cases, plus que les {most} admises.")
            remedy = _("Effacer ce qui est loin de la liste (Ctrl+Fin y mène), ou enregistrer la feuille utile en CSV.")
            numbers = {"cells": count(cells), "most": count(most)}
            raise refuse_file(path, what.format(sheet=sheet, far=far, **numbers), remedy)


def check_extents(path: Path) -> None:
    """Refuse a workbook one of whose sheets would fill the memory. Errors: CannotUse."""
    with zipfile.ZipFile(path) as archive:
        names = _names_of_sheets(archive, path)
        for entry in archive.infolist():
            if entry.filename in names or re.fullmatch(r"xl/worksheets/[^/]+\.xml", entry.filename, re.IGNORECASE):
                reach = _Reach()
                _parse(path, archive, entry, _cells_of_xlsx(reach))
                reach.check(path, names.get(entry.filename, entry.filename))
            elif entry.filename == "content.xml":
                reaches: dict[str, _Reach] = {}
                _parse(path, archive, entry, _cells_of_ods(reaches))
                for name, reach in reaches.items():
                    reach.check(path, name)


def _cells_of_xlsx(reach: _Reach) -> Start:
    """What to do at the start of each element of a sheet of an XLSX. A cell is filled when it has a value."""
    column = row = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal column, row
        name = name.rpartition(":")[2]
        if name == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            column, row = (_number_of_column(place[1]), int(place[2])) if place else (column + 1, row)
        elif name == "row":
            given = attributes.get("r", "")
            column, row = 0, int(given) if given.isdecimal() and len(given) < 10 else row + 1
        elif name in ("v", "is"):
            reach.add(column, row)

    return start


def _cells_of_ods(reaches: dict[str, _Reach]) -> Start:
    """What to do at the start of each element of an ODS, where a cell and a row say how often they are repeated."""
    column = width = row = height = 0
    reach = _Reach()

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal column, width, row, height, reach
        if name == "table:table":
            column = width = row = height = 0
            reach = reaches.setdefault(attributes.get("table:name", ""), _Reach())
        elif name == "table:table-row":
            row, column, width = row + height, 0, 0
            height = _times(attributes.get("table:number-rows-repeated"))
        elif name in ("table:table-cell", "table:covered-table-cell"):
            column += width
            width = _times(attributes.get("table:number-columns-repeated"))
        if name == "text:p" or "office:value-type" in attributes:
            reach.add(column + width, row + height)

    return start


def _times(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 20 else 1


def _names_of_sheets(archive: zipfile.ZipFile, path: Path) -> dict[str, str]:
    """File of a sheet in an XLSX → the name that people see."""
    files: dict[str, str] = {}
    names: dict[str, str] = {}

    def relation(_name: str, attributes: dict[str, str]) -> None:
        target = attributes.get("Target", "")
        files[attributes.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target}"

    def sheet(_name: str, attributes: dict[str, str]) -> None:
        if name := attributes.get("name"):
            names[files.get(attributes.get("r:id", ""), "")] = name

    for part, start in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
        for entry in archive.infolist():
            if entry.filename == part:
                _parse(path, archive, entry, start)
    return names


def _parse(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, start: Start) -> None:
    """Go through the beginning of an XML; what is damaged is for the reader to judge. Errors: CannotUse."""

    def refuse(*_given: object) -> None:
        what = _("Le classeur définit ses propres entités XML, ce qu’aucun tableur n’écrit.")
        raise refuse_file(path, what, _("L’ouvrir dans le tableur et l’enregistrer de nouveau en XLSX ou en CSV."))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, refuse
    left = limit("scanned_bytes")
    try:
        with archive.open(entry) as file:
            while left > 0 and (chunk := file.read(_CHUNK)):
                left -= len(chunk)
                parser.Parse(chunk)
    except CannotUse:
        raise
    except Exception:  # damaged: whatever zip, deflate or XML says
        return


def _number_of_column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def name_cell(column: int, row: int) -> str:
    """The name of a cell, such as XFD1048576."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
