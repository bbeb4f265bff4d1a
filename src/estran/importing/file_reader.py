"""The files of one import, read one after the other: its format is recognised (sheet_formats) and its rows are typed
(normalising), or handed to `services` and `metering`; what a person settled is taken apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.catalogue.codes import remedy_near
from estran.common import problems, table_schema
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import row_labels
from estran.common.sql import parquet_scan, quoted
from estran.common.validation_messages import refusing_damaged
from estran.common.vocabulary import limit, text_key
from estran.importing import canonical, column_styles, formats, normalising
from estran.importing.column_styles import AskDates
from estran.importing.estate_files import LABELS, EstateWriter
from estran.importing.formats import Layout, RecognisedFormat
from estran.importing.metering import MeteredRoom
from estran.importing.normalising import FileReport, NormalisedSheet
from estran.importing.reading import inventories, readers
from estran.importing.reading.folders import Given
from estran.importing.reading.sheets import Sheet
from estran.importing.recognition import crosstabs, matching, statuses
from estran.importing.services import service_files
from estran.importing.sheet_formats import FormatFinder

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[str, float], None]


@dataclass
class FileReader:
    """The files of one import, read one after the other: their sheets normalised, what a person settled (labels, and
    `answers` about statuses).

    What the caller said of the files: see `import_files`. answered: the order of dates that a person gave for a file.
    """

    writer: EstateWriter
    earlier: dict[str, dict[str, Any]]
    finder: FormatFinder
    entity: str | Mapping[Path, str] | None
    within: Mapping[Path, str]
    year: int | None
    unit: str
    metered: MeteredRoom
    vat: str | Callable[[str], str]
    dates: str | Mapping[Path, str]
    ask_dates: AskDates | None
    progress: Progress | None
    given: Path = Path()  # what the caller named, where the file at hand is
    sheets: list[NormalisedSheet] = field(default_factory=list)
    settled: list[dict[str, str]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    reports: list[FileReport] = field(default_factory=list)
    read_again: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    faults: int = 0
    answered: dict[Path, str] = field(default_factory=dict)
    given_before: dict[tuple[str, str], str] = field(default_factory=dict)  # bytes and entity → name of the file
    rows_before: dict[tuple[str, str], str] = field(default_factory=dict)  # rows and entity given → name of the file

    def _entity_given(self) -> str:
        """The entity given for the file at hand, or an empty text."""
        return (self.entity.get(self.given) if isinstance(self.entity, Mapping) else self.entity) or ""

    def read_given(self, given: Given) -> Iterator[CannotUse]:
        """Read the files of what a person named; why each of those that are of no use is not read."""
        self.given, first = given.path, len(self.reports)
        for path in given.files:
            before = [len(one) for one in self._lists()], self.faults
            try:
                with refusing_damaged(path):
                    self.read_file(path)
            except CannotUse as error:
                self._go_back_to(*before)
                yield error
        if given.inventories:
            try:
                with refusing_damaged(given.path):
                    yield from (CannotUse(problem) for problem in self.read_inventories(given))
            except CannotUse as error:
                yield error
        if given.left and (reports := self.reports[first:]):
            reports[0].notes.append(_("Fichiers laissés : {names}.").format(names=" ; ".join(given.left)))

    def read_inventories(self, given: Given) -> list[Problem]:
        """Normalise the list of each kind that the inventories of machines make; the problems of those of no use."""
        sheets, problems = inventories.read_inventories(self.writer.con, given.inventories, given.named)
        notes = inventories.notes_on_inventories(self.writer.con, len(given.inventories), len(problems))
        labels = row_labels("list_kinds", "kind")
        for number, sheet in enumerate(sheets):
            recognised = formats.recognise_format(sheet.file, sheet.header, formats.INVENTORIES, {}, 0)
            key = self._file_key(given.named, f"/{sheet.name}", sheet.sha256)
            normalised = self._normalise(sheet, recognised, key)
            normalised.report.name = f"{given.named.name} ({labels[sheet.name]})"
            normalised.report.notes += notes if number == 0 else []
            self._add(normalised)
        return problems

    def _normalise(self, sheet: Sheet, recognised: RecognisedFormat, key: str) -> NormalisedSheet:
        """Type the rows of a sheet; where nothing tells the order of day and month, ask a person if there is one."""
        progress = partial(self.progress, sheet.file.name) if self.progress else None
        earlier = [one.parquet for one in self.sheets if one.report.table == recognised.layout.table]
        options = (self._entity_given(), self._next_parquet(), progress, self.within.get(self.given, ""), earlier)
        settled = statuses.settled_words([*self.writer.known_answers, *self.answers])
        chosen = self.dates if isinstance(self.dates, str) else self.dates.get(self.given, "")
        dates = self.answered.get(sheet.file) or chosen
        try:
            return normalising.normalise_sheet(
                self.writer.con, sheet, recognised, key, *options, settled=settled, dates=dates
            )
        except CannotUse as error:
            unclear = next((one for one in error.problems if one.code == column_styles.DATES), None)
            if unclear is None or self.ask_dates is None or not (answer := self.ask_dates(unclear.what)):
                raise
            self.answered[sheet.file] = answer
            return self._normalise(sheet, recognised, key)

    def _go_back_to(self, lengths: list[int], faults: int) -> None:
        """Leave what a file gave before it proved unusable: a file is read whole or not at all."""
        self.faults = faults
        for one, length in zip(self._lists(), lengths, strict=True):
            del one[length:]

    def _lists(self) -> tuple[list[Any], ...]:
        return self.sheets, self.settled, self.answers, self.reports, self.problems

    def read_file(self, path: Path) -> None:
        """Recognise a file and normalise its sheets. Errors: CannotUse."""
        con, wanted = self.writer.con, self.finder.format
        codes = list(formats.formats()) if wanted == "auto" else [wanted]
        if (code := service_files.find_json_format(path, codes)) is not None:
            reason = _("fichier JSON de « {format} »")
            written = formats.formats()[code]
            sheet = service_files.open_file(path, written, self.writer.work)
            read = self._read_meter if written["reader"] == "meters" else self._read_services
            key = self._file_key(path, "", sheet.sha256)
            read(sheet, key, code, reason.format(format=written["label_fr"]))
            return
        if service_files.is_json(path):
            raise service_files.refuse_unknown_json(path)

        def count_known(row: list[str]) -> int:
            return self.finder.count_known(row, codes, path)

        sheets = readers.read_sheets(path, count_known, self.writer.work)
        self._refuse_again(path, sheets[0].sha256)
        if wanted in ("auto", formats.SCHOOL):
            sheets = [one for sheet in sheets for one in crosstabs.unpivot_crosstab(con, sheet)]
        for number, sheet in enumerate(sheets):
            recognised = self.finder.recognise(con, sheet)
            if recognised.layout.format != formats.REJECTS:
                self._read_again(sheet)
            key = self._file_key(path, f"/{sheet.name}" if number else "", sheet.sha256)
            if recognised.layout.options.get("reader") == "meters":
                self._read_meter(sheet, key, recognised.layout.format, recognised.reason)
            elif recognised.layout.options.get("reader") == "services":
                self._read_services(sheet, key, recognised.layout.format, recognised.reason)
            elif recognised.layout.table == "labels":
                self._read_settled_labels(sheet, recognised)
            elif recognised.layout.table == statuses.TABLE:
                self._read_settled_statuses(sheet, recognised)
            else:
                beside = self._read_beside(sheet, recognised, key)
                normalised = self._normalise(sheet, recognised, key)
                if beside:
                    _count_beside(normalised.report, *beside)
                self._add(normalised)

    def _refuse_again(self, path: Path, fingerprint: str) -> None:
        """Errors: CannotUse when a file of this import has the same bytes, for the same entity."""
        same = self.given_before.setdefault(
            (fingerprint, self._entity_given() or self.within.get(self.given, "")), path.name
        )
        if same != path.name:
            what = _("C’est une copie de « {file} » : elle n’est pas lue une seconde fois.").format(file=same)
            raise problems.refuse_file(path, what, _("Ôter l’un des deux fichiers."))

    def _warn_of_same_rows(self, sheet: NormalisedSheet) -> None:
        """Say that an earlier file of this import has the very same rows, under another name or encoding."""
        if sheet.report.rows_written < limit("same_rows") or sheet.report.table != "inventory":
            return
        where = f"{parquet_scan(sheet.parquet)} WHERE {canonical.KEPT}"
        present = {row[0] for row in self.writer.con.execute(f"DESCRIBE SELECT * FROM {where}").fetchall()}
        own = {"source", "entity", *(() if "item_id" in sheet.report.headers else ("item_id",))}
        names = sorted(present & ({one.column for one in table_schema.columns("inventory")} - own))
        rows = f"SELECT bit_xor(hash({', '.join(names)})), count(*) FROM {where}"
        digest = str(self.writer.con.execute(rows).fetchall()[0])
        same = self.rows_before.setdefault((digest, self._entity_given()), sheet.report.name)
        if same != sheet.report.name:
            what = _("Ce fichier a les mêmes lignes que « {file} » : elles comptent deux fois.").format(file=same)
            self.problems.append(
                Problem(what, _("Refaire l’import dans un dossier neuf, sans l’un des deux."), sheet.report.name)
            )
            self.faults += 1

    def _read_beside(self, sheet: Sheet, recognised: RecognisedFormat, key: str) -> tuple[FileReport, list[str]] | None:
        """The rows of a list that are of another table, as the cloud instances of G4IT: their report, its headers."""
        other = formats.recognise_beside(recognised.layout, sheet.header)
        if other is None:
            return None
        read = self._normalise(sheet, other, key)
        if read.report.rows_written + read.report.rejected == 0:
            return None
        self._add(replace(read, derived=True))
        return read.report, [sheet.header[place] for places in other.places.values() for place in places]

    def _read_again(self, sheet: Sheet) -> None:
        """Rejected rows that come again as a table of their own: what is still wrong with them is said anew."""
        places = {text_key(header): i for i, header in enumerate(sheet.header)}
        if {text_key(name) for name in formats.formats()[formats.REJECTS]["signature"]} <= places.keys():
            sources = self.writer.con.execute(f"SELECT c{places['source']} FROM {sheet.rows}").fetchall()
            self.read_again |= {source for (source,) in sources}

    def _next_parquet(self) -> Path:
        return self.writer.work / f"sheet{len(self.sheets)}.parquet"

    def _add(self, sheet: NormalisedSheet) -> None:
        self.sheets.append(sheet)
        if sheet.layout.options.get("describes_rooms"):
            self._describe_rooms(sheet)
        if not sheet.derived:
            self._report(sheet.report)
            self._warn_of_same_rows(sheet)
        self.problems.extend(sheet.problems[: max(0, limit("faults_shown") - len(self.problems))])
        self.faults += sheet.faults

    def _describe_rooms(self, sheet: NormalisedSheet) -> None:
        """The rooms that the rows name, as rows of the table of rooms: those that another table describes are left."""
        scan = f"{parquet_scan(sheet.parquet)} WHERE {canonical.KEPT} AND room IS NOT NULL"
        entity = quoted(sheet.report.entity) if sheet.report.entity else "CAST(NULL AS VARCHAR)"
        rooms = self.writer.con.sql(f"SELECT DISTINCT room, {entity} AS entity FROM {scan} ORDER BY room")
        report = replace(sheet.report, table="rooms", notes=[])
        layout = Layout(sheet.layout.format, sheet.layout.label, "rooms", {})
        rows = self._stage(rooms.to_arrow_table())
        self.sheets.append(NormalisedSheet(report, layout, rows, "false", derived=True))

    def _report(self, report: FileReport) -> None:
        """Every file, whatever its format, is accounted for here."""
        report.check_rows()
        self.reports.append(report)

    def _file_key(self, file: Path, sheet: str, sha256: str) -> str:
        """The name of a file in the estate: the one it had with the same bytes for the same entity, else its stem,
        numbered if taken."""
        known = {entry["key"]: (entry["sha256"], entry.get("entity", "")) for entry in self.earlier.values()}
        taken = known | {one.report.key: (one.report.sha256, one.report.entity) for one in self.sheets}
        for name, same in taken.items():
            if same == (sha256, self._entity_given()) and name.partition("/")[2] == sheet.lstrip("/"):
                return name
        name, n = file.stem + sheet, 1
        while name in taken:
            n += 1
            name = f"{file.stem}-{n}{sheet}"
        return name

    def _read_services(self, sheet: Sheet, key: str, code: str, reason: str) -> None:
        """Hand a bill, a statement or a list of AI uses to `services`."""
        from estran.importing.services import activities

        written, entity = formats.formats()[code], self._entity_given()
        read = activities.read_services(
            sheet,
            written,
            entity=entity,
            within=self.within.get(self.given, ""),
            year=self.year,
            unit=self.unit,
            vat=self.vat,
            overlay=self.writer.overlay,
        )
        self.writer.decisions += read.decisions
        file = (key, sheet.file.name, sheet.sha256, code, reason)
        report = FileReport(*file, "inventory", read.read, read.written, read.rejected, read.set_aside, entity=entity)
        report.notes = list(read.notes)
        layout = Layout(code, written["label_fr"], "inventory", {})
        replaces = f"starts_with(source, {quoted(report.key + ':')})"
        target = self._stage(read.rows, f", {quoted(report.key + ':')} || row_number() OVER () AS source")
        faults = max(read.rejected, len(read.problems))
        refused = [row | {"table": written.get("table", code)} for row in read.refused]
        self._add(NormalisedSheet(report, layout, target, replaces, read.problems, faults, refused=refused))
        if read.factors is not None and read.factors.num_rows:
            layout, of_factors = Layout(code, layout.label, "factors", {}), FileReport(*file, "factors")
            self._add(NormalisedSheet(of_factors, layout, self._stage(read.factors), "false", derived=True))

    def _stage(self, rows: pa.Table, more: str = "") -> Path:
        """Computed rows as a Parquet file of a sheet: none is rejected, none set aside."""
        target = self._next_parquet()
        self.writer.con.register("computed_rows", rows)
        query = f"SELECT *{more}, NULL AS reject, NULL AS aside FROM computed_rows"
        canonical.write_parquet(self.writer.con, query, target)
        self.writer.con.unregister("computed_rows")
        return target

    def _read_meter(self, sheet: Sheet, key: str, code: str, reason: str) -> None:
        """The days of a file of meter readings, for the room that the caller named."""
        from estran.importing import metering

        what = replace(self.metered, entity=self._entity_given() or self.within.get(self.given, ""))
        read = metering.read_meter(self.writer.con, sheet, formats.formats()[code], what, key, self._next_parquet())
        self.metered = replace(self.metered, year=read.year)  # the files of one import make one year
        file = (key, sheet.file.name, sheet.sha256, code, reason, metering.TABLE)
        report = FileReport(*file, read.read, read.written, 0, read.read - read.written)
        report.notes = read.notes
        layout = Layout(code, formats.formats()[code]["label_fr"], metering.TABLE, {}, options={"year": read.year})
        self._add(NormalisedSheet(report, layout, read.parquet, "false"))

    def _read_settled_labels(self, sheet: Sheet, recognised: RecognisedFormat) -> None:
        """Take the item types a person wrote in unmatched.csv as learned choices."""
        cells = {name: f"c{places[0]}" for name, places in recognised.places.items()}
        query = ", ".join(cells.get(name, "NULL") for name in ("item_type", *LABELS))
        rows = self.writer.con.execute(f"SELECT line, {query} FROM {sheet.rows} ORDER BY line").fetchall()
        report = FileReport("", sheet.file.name, sheet.sha256, recognised.layout.format, recognised.reason, "labels")
        report.rows_read = len(rows)
        for line, item_type, *texts in rows:
            if code := matching.find_item_type(item_type or ""):
                label = {name: text or "" for name, text in zip(LABELS, texts, strict=True)}
                self.settled.append(label | {"item_type": code})
                report.rows_written += 1
            elif not item_type:
                report.set_aside += 1
            else:
                self.faults += 1
                report.rejected += 1
                what = _("« {value} » n’est pas un type de matériel du catalogue.").format(value=item_type)
                near = remedy_near("item_type", item_type, matching.item_types())
                remedy = _("{near} Ou « ne pas compter ».").format(near=near)
                self.problems.append(Problem(what, remedy, sheet.file.name, line, "item_type", item_type))
        self._report(report)
        if not report.rows_written:
            what = _("Aucun type valable n’est rempli dans ce fichier de libellés.")
            remedy = _("Écrire dans la colonne item_type le code du type choisi, puis importer à nouveau.")
            raise problems.refuse_file(sheet.file, what, remedy)

    def _read_settled_statuses(self, sheet: Sheet, recognised: RecognisedFormat) -> None:
        """Take what a person wrote in statuses.csv as learned choices."""
        rows, faults = canonical.read_small_table(sheet.file, statuses.TABLE)
        answers = [row for row in rows.to_pylist() if row["status"]]
        report = FileReport("", sheet.file.name, sheet.sha256, recognised.layout.format, recognised.reason, "statuses")
        report.rows_written, report.rejected = len(answers), len({problem.line for problem in faults})
        report.set_aside = rows.num_rows - len(answers)
        report.rows_read = rows.num_rows + report.rejected
        self._report(report)
        self.answers += answers
        self.problems += faults
        self.faults += len(faults)
        if not answers:
            what = _("Aucun statut valable n’est rempli dans ce fichier.")
            remedy = _("Écrire dans la colonne status en service, de rechange ou réformé, puis importer à nouveau.")
            raise problems.refuse_file(sheet.file, what, remedy)


def _count_beside(report: FileReport, beside: FileReport, headers: list[str]) -> None:
    """The rows of a file that were read beside its own table are read too, as are their headers."""
    report.rows_written += beside.rows_written
    report.rejected += beside.rejected
    report.set_aside -= beside.rows_written + beside.rejected
    report.notes += beside.notes
    report.ignored = [header for header in report.ignored if header not in headers]
