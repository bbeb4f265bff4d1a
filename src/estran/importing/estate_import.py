"""Files of fleet tools and schools become one canonical estate, with what was rejected and what is to settle.

Each file: its format is recognised (formats), its rows are typed (normalising); then the labels of the whole estate are
matched to item types and the files of the estate are written together (estate_files).
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from estran.common.files import work_folder
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.common.vocabulary import limit
from estran.importing import canonical, column_maps, column_styles, formats, own_tables
from estran.importing.column_maps import ColumnMap
from estran.importing.column_styles import AskDates
from estran.importing.estate_files import EstateWriter
from estran.importing.file_reader import FileReader, Progress
from estran.importing.inspection import Inspection
from estran.importing.metering import METERS, MeteredRoom
from estran.importing.normalising import FileReport
from estran.importing.parsing import create_macros
from estran.importing.reading.folders import open_given
from estran.importing.recognition import statuses
from estran.importing.recognition.statuses import UnknownStatus
from estran.importing.sheet_formats import Ask, FormatFinder


@dataclass(frozen=True)
class ImportReport:
    """The estate written: what was read, its rows, rejected rows, faults (the first ones, and their count).

    `files`: in each, rows read, written, rejected, set aside. `rejected`: rows of rejects.csv, those of earlier imports
    included, and faulty lines of unmatched.csv. `unread`: names of the files that could not be used. `states`: rows
    whose type was looked for in this call, by state: recognised, learned, to_settle. `labels_to_settle`: distinct
    labels of unmatched.csv. `statuses_to_settle`: words of statuses.csv, whose rows are not counted.
    `inspection`: what the whole estate holds.
    """

    estate: Path
    files: list[FileReport]
    rows: int
    rejected: int
    problems: list[Problem]
    faults: int
    states: dict[str, int]
    labels_to_settle: int
    unread: list[str]
    statuses_to_settle: list[UnknownStatus] = field(default_factory=list)
    inspection: Inspection | None = None

    @property
    def set_aside(self) -> int:
        """Rows of the files of this call that are neither in the estate nor rejected."""
        return sum(file.set_aside for file in self.files)


def import_files(
    files: Sequence[Path],
    format: str = "auto",
    entity: str | Mapping[Path, str] | None = None,
    *,
    within: Mapping[Path, str] | None = None,
    estate: Path,
    overlay: Path | None = None,
    column_map: str | Path = "",
    maps: Mapping[Path, Sequence[ColumnMap]] | None = None,
    ask: Ask | None = None,
    always_ask: bool = False,
    year: int | None = None,
    unit: str = "",
    room: str = "",
    meter: str = "facility",
    vat: str | Callable[[str], str] = "",
    agents: int = 0,
    dates: str | Mapping[Path, str] = "",
    ask_dates: AskDates | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Read files into an estate folder, beside what it already holds; a file already read (same bytes) is replaced.

    files: also folders and archives, for all the files in them (see reading/folders.py).
    format: `auto` or a code of catalogue/imports. entity: the entity of every row, whatever the file says; or that of
    the rows of each file, those left out say their own. within: the entity of files that may name it or a part of it,
    and no other: rows of another are rejected. overlay: folder of learned choices (labels.csv, maps), by
    default `overlay` in the estate. column_map: the name of a map of the overlay, or its file. maps: further maps that
    a file may be read with. ask: asked what the headers of a list are that no format knows, or (always_ask) of any;
    the map it gives is kept in the overlay. year: for files of services that cover several.
    unit: of the impacts in a supplier's file that does not say it (kg CO2 eq). vat: `included` or `excluded`, what the
    amounts of an extract of accounts are when its header does not say, or who to ask (the name of the file is given).
    agents: how many people the estate serves, 0 when unknown: too many computers for them is odd.
    room, meter: what the readings of a meter measure, a room by its general meter (`facility`) or that of IT (`it`).
    dates: `dmy` or `mdy`, the order of day and month, of every file or of each; without it the columns say it.
    ask_dates: asked where they do not.
    A file that cannot be used is among the problems; CannotUse when none can, and nothing is written.
    """
    if meter not in METERS:
        what = _("Le compteur « {meter} » n’existe pas.").format(meter=meter)
        raise CannotUse(Problem(what, _("Écrire --meter facility (compteur général) ou --meter it (informatique).")))
    if format != "auto" and format not in formats.formats():
        what = _("Le format « {format} » n’existe pas.").format(format=format)
        remedy = _("Choisir auto ou l’un de ces formats : {names}.")
        raise CannotUse(Problem(what, remedy.format(names=", ".join(sorted(formats.formats())))))
    column_styles.check_orders(dates.values() if isinstance(dates, Mapping) else [dates])
    own = overlay or estate / "overlay"
    if own.is_dir() and (faults := own_tables.faults_of_overlay(own)):
        raise CannotUse(*faults)
    given = column_maps.pick_map(str(column_map), own) if column_map else None
    finder = FormatFinder(format, own, given, column_maps.read_maps(own), maps or {}, ask, always_ask)
    with _estate_folder(estate), work_folder(estate, "import") as folder, canonical.connect() as con:
        create_macros(con)
        con.execute(f"SET temp_directory = {quoted(str(folder))}")
        writer = EstateWriter(con, folder, estate, own, agents, year)
        metered = MeteredRoom(room, meter, year=year)
        said_of_files = (year, unit, metered, vat, dates, ask_dates, progress)
        reader = FileReader(writer, _earlier_files(estate), finder, entity, within or {}, *said_of_files)
        unusable: list[Problem] = []
        unread: list[str] = []
        apart = isinstance(entity, Mapping) or bool(within)
        # What a person settled comes first.
        ordered = sorted(map(Path, files), key=lambda file: file.stem != Path(canonical.SPENDING).stem)
        for one in open_given(ordered, folder, together=not apart):
            for error in [one] if isinstance(one, CannotUse) else reader.read_given(one):
                unusable.extend(error.problems)
                unread.extend(dict.fromkeys(problem.file for problem in error.problems if problem.file))
        usable = bool(reader.sheets or reader.settled or reader.answers)
        if usable:
            writer.answers = reader.answers
            writer.write(reader.sheets, reader.settled, reader.earlier, reader.read_again)
    if not usable:
        raise CannotUse(*unusable)
    return ImportReport(
        estate,
        reader.reports,
        writer.rows,
        writer.rejected + sum(report.rejected for report in reader.reports if report.table == "labels"),
        (unusable + reader.problems)[: limit("faults_shown")],
        reader.faults + len(unusable),
        writer.states,
        writer.labels,
        unread,
        writer.unknown_statuses,
        writer.inspection,
    )


def settle_statuses(report: ImportReport, answers: Mapping[str, str], overlay: Path | None = None) -> ImportReport:
    """Settle words of statuses in the estate that an import wrote (word → status); its report after that.

    The answers are kept in the overlay, for the next imports.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, statuses.FILE)
        statuses.write_answers(path, [{"written": word, "status": status} for word, status in answers.items()])
        after = import_files([path], estate=report.estate, overlay=overlay)
    return replace(report, rows=after.rows, statuses_to_settle=after.statuses_to_settle, inspection=after.inspection)


@contextlib.contextmanager
def _estate_folder(estate: Path) -> Iterator[None]:
    """The folder of an estate, made if it is not there; a new one goes if nothing was written into it."""
    new = not estate.exists()
    estate.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if new and not any(estate.iterdir()):
            estate.rmdir()


def _earlier_files(estate: Path) -> dict[str, dict[str, Any]]:
    """Files of earlier imports, by table and key; an unreadable import.json counts as none."""
    try:
        return {
            f"{entry['table']}:{entry['key']}": entry
            for entry in json.loads((estate / "import.json").read_text(encoding="utf-8"))["files"]
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}
