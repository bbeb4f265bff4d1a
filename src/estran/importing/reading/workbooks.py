"""XLSX, XLS and ODS workbooks: refused before they are unpacked if dangerous, then read sheet by sheet as texts."""

from __future__ import annotations

import hashlib
import re
import zipfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common.bounded import call_bounded
from estran.common.files import sha256
from estran.common.language import _
from estran.common.problems import CannotUse, refuse_file
from estran.common.sql import parquet_scan
from estran.common.vocabulary import limit, text_key, written_forms
from estran.importing.reading.blocks import Block, cut_blocks
from estran.importing.reading.extents import check_extents
from estran.importing.reading.sheets import CountKnownHeaders, Sheet, check_width, trim_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa


def read_workbook(path: Path, head: bytes, recognise: CountKnownHeaders, work: Path) -> list[Sheet]:
    """The sheets of a workbook that are lists, the most recognisable first. Errors: CannotUse."""
    filled: list[tuple[int, Sheet, list[list[str]]]] = []
    pages, hidden = call_bounded(path.name, _open_workbook, path, head.startswith(b"PK"))
    notes: list[str] = []
    for name, rows in pages:
        blocks = cut_blocks(rows, recognise)
        notes += note_on_blocks(blocks, name)
        for number, block in enumerate(blocks):
            sheet = sheet_of_block(path, block, f"{name} {block.place}" if number else name)
            filled.append((recognise(sheet.header), sheet, block.rows[block.header + 1 :]))
    filled.sort(key=lambda one: (-one[0], -len(one[2])))
    kept = [one for number, one in enumerate(filled) if number == 0 or _is_a_list(one[0], one[1])]
    names = {sheet.name for _known, sheet, _rows in kept}
    left = [f"« {sheet.name} »" for _known, sheet, _rows in filled if sheet.name not in names]
    notes += [_("Feuilles laissées : {names}.").format(names=", ".join(left))] if left else []
    if hidden:
        masked = ", ".join(f"« {name} »" for name in hidden)
        notes.append(_("Feuilles masquées, laissées : {names}.").format(names=masked))
    fingerprint = sha256(path)
    sheets = [write_texts(sheet, rows, fingerprint, work) for _known, sheet, rows in kept]
    return [replace(sheets[0], notes=(*notes, *sheets[0].notes)), *sheets[1:]]


def sheet_of_block(path: Path, block: Block, name: str) -> Sheet:
    """A list of a file, without its rows: its header, where that is, what is above."""
    header = trim_header(_merged(block.rows, block.header))
    above = tuple(map(tuple, block.rows[: block.header]))
    return Sheet(path, header, block.top + block.header + 1, "", "", name=name, above=above)


def note_on_blocks(blocks: Sequence[Block], name: str) -> list[str]:
    """Where the lists of a sheet begin, if there are several."""
    if len(blocks) < 2:
        return []
    places = ", ".join(
        f"{block.place} («\u00a0{block.title}\u00a0»)" if block.title else block.place for block in blocks
    )
    note = _("La feuille « {name} » tient {n} listes, lues une à une, qui commencent en {places}.")
    if not name:
        note = _("Le fichier tient {n} listes, lues une à une, qui commencent en {places}.")
    return [note.format(name=name, n=len(blocks), places=places)]


def _is_a_list(known: int, sheet: Sheet) -> bool:
    """The sheet is one more list: most headers are known, and its name does not say that it sums up the others."""
    sums_up = written_forms()["summary_sheet"].keys() & text_key(sheet.name).split()
    return known >= max(2, len(sheet.header) / 2) and not sums_up


def _open_workbook(path: Path, is_zip: bool) -> tuple[list[tuple[str, list[list[str]]]], list[str]]:
    """Name and texts of every sheet in sight that is not empty; the names of the hidden ones, unless all are.

    Errors: CannotUse.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    _check_container(path, is_zip)
    if is_zip:
        check_extents(path)
    known: dict[str, str] = {}
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = book.sheet_names[: limit("sheets")]
        shown = {one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible}
        hidden = [name for name in names if name not in shown] if shown else []
        pages = [(name, _rows(book.get_sheet_by_name(name), known)) for name in names if name not in hidden]
    except BaseException as error:
        damaged = (CalamineError, OSError, ValueError, KeyError)
        if not isinstance(error, damaged) and type(error).__name__ != "PanicException":
            raise
        raise refuse_file(
            path,
            _("Le classeur est abîmé, incomplet ou protégé par un mot de passe."),
            _("L’ouvrir dans le tableur, ôter le mot de passe, l’enregistrer de nouveau en XLSX ou en CSV."),
        ) from None
    if not (pages := [page for page in pages if any(page[1])]):
        raise _empty(path)
    return pages, hidden


def _rows(sheet: Any, known: dict[str, str]) -> list[list[str]]:
    """The texts of a sheet, none for an empty row; equal texts (`known`) are kept once.

    A text merged over several rows is the text of each of them that holds something else.
    """
    rows: list[list[str]] = []
    for cells in sheet.iter_rows():
        texts = [] if cells.count("") == len(cells) else [*map(_as_text, cells)]
        rows.append([known.setdefault(text, text) for text in texts] if any(texts) else [])
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or ():
        text = rows[top][left] if top < len(rows) and left < len(rows[top]) else ""
        if text and not text.replace(".", "").isdigit():
            for row in rows[top + 1 : bottom + 1]:
                if row:
                    row[left] = text
    return rows


def _empty(path: Path) -> CannotUse:
    """No sheet holds a text: perhaps pictures of a list."""
    with zipfile.ZipFile(path) if zipfile.is_zipfile(path) else nullcontext() as archive:
        names = archive.namelist() if archive else []
    if any(name.startswith(("xl/media/", "Pictures/")) for name in names):
        what = _("Le classeur ne contient qu’une image : aucune case n’est remplie.")
        return refuse_file(path, what, _("Recopier la liste dans les cases du tableur, une ligne par matériel."))
    return refuse_file(path, _("Le classeur est vide."), _("Refaire l’export et vérifier qu’il contient des lignes."))


def write_texts(sheet: Sheet, rows: list[list[str]], fingerprint: str, work: Path) -> Sheet:
    """The sheet with its rows, written as a Parquet file of texts."""
    import pyarrow.parquet as pq

    check_width(sheet.file, sheet.header, sheet.header_line)
    target = work / f"{hashlib.sha256(f'{sheet.file}/{sheet.name}'.encode()).hexdigest()[:12]}.parquet"
    table, notes = _arrow(rows, sheet)
    pq.write_table(table, target)
    return replace(sheet, scan=parquet_scan(target), sha256=fingerprint, notes=tuple(notes))


def _check_container(path: Path, is_zip: bool) -> None:
    """Refuse a zip bomb, a document that is not a workbook, an encrypted workbook, before any of it is unpacked."""
    entries: list[zipfile.ZipInfo] = []
    if is_zip:
        try:
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            what = _("Le classeur est incomplet : la fin du fichier manque.")
            raise refuse_file(path, what, _("Copier ou télécharger de nouveau le fichier.")) from None
    size, most = sum(entry.file_size for entry in entries), limit("unpacked_bytes")
    if size > most:
        what = _("Le classeur occuperait {size} Mo une fois ouvert, plus que les {most} Mo admis.")
        what = what.format(size=size // 1_000_000, most=most // 1_000_000)
        raise refuse_file(path, what, _("Enregistrer la feuille utile en CSV, sans images ni mises en forme."))
    names = {entry.filename for entry in entries}
    if is_zip and not (any(name.startswith("xl/") for name in names) or "content.xml" in names):
        what = _("Ce n’est pas un classeur, mais une archive ou un document d’un autre type.")
        raise refuse_file(path, what, _("Donner un classeur XLSX, XLS ou ODS, ou un fichier CSV."))
    encrypted = "EncryptedPackage".encode("utf-16-le")
    if any(entry.flag_bits & 1 for entry in entries) or (not is_zip and encrypted in path.read_bytes()[: 1 << 26]):
        what = _("Le classeur est protégé par un mot de passe.")
        raise refuse_file(path, what, _("L’ouvrir dans le tableur, ôter le mot de passe et l’enregistrer de nouveau."))


def _as_text(cell: Any) -> str:
    """A workbook cell as text: 3.0 → 3, dates as ISO, true and false."""
    if isinstance(cell, str):
        return cell.strip(" \t\n\r\u00a0\u202f\u2009\x00")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return "" if cell is None else str(cell)


def _merged(rows: list[list[str]], index: int) -> list[str]:
    """The header; a cell left empty by a merge takes the title just above it."""
    header = list(rows[index])
    above = rows[index - 1] if index else []
    for i, cell in enumerate(header):
        if not cell and i < len(above) and above[i]:
            header[i] = above[i]
    return header


def _arrow(rows: list[list[str]], sheet: Sheet) -> tuple[pa.Table, list[str]]:
    import pyarrow as pa

    width, notes = len(sheet.header), []
    numbered = [(sheet.header_line + 1 + i, row) for i, row in enumerate(rows) if any(row)]
    if numbered and _is_total(numbered[-1][1]):
        line, row = numbered.pop()
        note = _("Ligne {line} laissée : c’est un total (« {text} »).")
        notes.append(note.format(line=line, text=" ".join(filter(None, row))[:60]))
    columns: dict[str, pa.Array] = {"line": pa.array([line for line, _row in numbered], pa.int64())}
    for i in range(width):
        columns[f"c{i}"] = pa.array([row[i] or None if i < len(row) else None for _line, row in numbered], pa.string())
    columns["extra"] = pa.array([""] * len(numbered), pa.string())  # in a workbook no cell beyond is one cut in two
    if beside := [line for line, row in numbered if any(row[width:])]:
        lines = ", ".join(map(str, beside[:8])) + (_(" et {n} autres").format(n=len(beside) - 8) if beside[8:] else "")
        note = _("Cases laissées, à droite de la liste et sans en-tête : lignes {lines}.")
        notes.append(note.format(lines=lines))
    return pa.table(columns), notes


def _is_total(row: list[str]) -> bool:
    texts = [text_key(cell) for cell in row if cell]
    return bool(texts) and bool(re.match(r"(sous )?total|somme|ensemble$|total general", texts[0])) and len(texts) <= 3
