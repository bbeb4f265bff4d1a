"""Files of fleet tools and schools become one canonical estate, with what was rejected and what is to settle.

Each file: its format is recognised (formats), its rows are typed (staging); then the labels of the whole estate are
matched to item types and the files of the estate are written together (estate_files).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common import files, problems
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.common.vocabulary import limit, text_key
from estran.importing import canonical, crosstabs, formats, matching, normalising, own_tables, readers
from estran.importing.estate_files import EstateFiles
from estran.importing.formats import Ask, Layout, RecognisedFormat
from estran.importing.normalising import FileReport, NormalisedSheet
from estran.importing.parsing import create_macros
from estran.importing.sheets import Sheet

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class ImportReport:
    """The estate written: what was read, its rows, rejected rows, faults (the first ones, and their count).

    `states`: rows whose type was looked for in this call, by state: recognised, learned, to_settle. `labels_to_settle`:
    distinct labels of unmatched.csv.
    """

    estate: Path
    files: list[FileReport]
    rows: int
    rejected: int
    problems: list[Problem]
    faults: int
    states: dict[str, int]
    labels_to_settle: int


def is_canonical(path: Path) -> bool:
    """The file is an inventory with Estran's own columns. Errors: CannotUse."""
    codes = list(formats.formats())
    with tempfile.TemporaryDirectory() as folder:
        sheet = readers.read_sheet(path, lambda row: formats.recognise(row, codes), Path(folder))
    layout = formats.detect(path, sheet.header, "auto", {}, sheet.header_line).layout
    return (layout.format, layout.table) == (formats.CANONICAL, "inventory")


def import_files(
    files: Sequence[Path],
    format: str = "auto",
    entity: str | Mapping[Path, str] | None = None,
    *,
    estate: Path,
    overlay: Path | None = None,
    column_map: Path | None = None,
    ask: Ask | None = None,
    year: int | None = None,
    unit: str = "",
    progress: Progress | None = None,
) -> ImportReport:
    """Read files into an estate folder, beside what it already holds; a file already read (same bytes) is replaced.

    format: `auto` or a code of catalogue/imports. entity: the entity of every row, whatever the file says; or that of
    the rows of each file, those left out say their own. overlay: folder of learned choices (labels.csv, columns.toml),
    by default `overlay` in the estate. column_map: columns.toml.
    ask: asked for each unknown header of a free spreadsheet. year: for files of services that cover several.
    unit: of the impacts in a supplier's file that does not say it (kg CO2 eq).
    A file that cannot be used is among the problems; CannotUse when none can, and nothing is written.
    """
    if format != "auto" and format not in formats.formats():
        what = _("Le format « {format} » n’existe pas.").format(format=format)
        raise CannotUse(
            Problem(
                what,
                _("Choisir auto ou l’un de ces formats : {names}.").format(names=", ".join(sorted(formats.formats()))),
            )
        )
    own = overlay or estate / "overlay"
    if own.is_dir() and (faults := own_tables.faults_of_overlay(own)):
        raise CannotUse(*faults)
    new = not estate.exists()
    estate.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=estate, prefix=".import-") as folder, canonical.connect() as con:
        create_macros(con)
        con.execute(f"SET temp_directory = {quoted(folder)}")
        session = _Session(con, Path(folder), estate, own, format, entity, year, unit, progress)
        unusable: list[Problem] = []
        known = {**formats.column_map(session.overlay / "columns.toml"), **formats.column_map(column_map)}
        for file in files:
            try:
                session.stage(Path(file), known, ask)
            except CannotUse as error:
                unusable.extend(error.problems)
        usable = bool(session.parts or session.settled)
        if usable:
            written = EstateFiles(con, Path(folder), estate, session.overlay, session.parts, session.settled)
            written.write(session.before)
    if not usable:
        if new:
            estate.rmdir()
        raise CannotUse(*unusable)
    return ImportReport(
        estate,
        [part.report for part in session.parts],
        written.rows,
        written.rejected,
        (unusable + session.problems)[: limit("faults_shown")],
        session.faults + len(unusable),
        written.states,
        written.labels,
    )


class _Session:
    """One call of `read`: files are staged one after the other, then the estate is written in one go."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        work: Path,
        estate: Path,
        overlay: Path,
        format: str,
        entity: str | Mapping[Path, str] | None,
        year: int | None,
        unit: str,
        progress: Progress | None,
    ) -> None:
        self.con, self.work, self.estate, self.overlay = con, work, estate, overlay
        self.format, self.entity, self.year, self.unit, self.progress = format, entity, year, unit, progress
        self.before = _earlier_files(estate)
        self.parts: list[NormalisedSheet] = []
        self.settled: list[dict[str, str]] = []
        self.problems: list[Problem] = []
        self.faults = 0

    # ------------------------------------------------------------------------------------------- reading the files

    def _entity(self, file: Path) -> str | None:
        return self.entity.get(file) if isinstance(self.entity, Mapping) else self.entity

    def stage(self, path: Path, known: dict[str, str], ask: Ask | None) -> None:
        """Recognise a file and stage its rows. Errors: CannotUse."""
        codes = list(formats.formats()) if self.format == "auto" else [self.format]
        if (code := _json_format(path, codes)) is not None:
            self._services(
                path, code, _("fichier JSON de « {format} »").format(format=formats.formats()[code]["label_fr"])
            )
            return

        def recognised(row: list[str]) -> int:
            return max(formats.recognise(row, codes), sum(1 for cell in row if text_key(cell) in known))

        sheets = readers.read_sheets(path, recognised, self.work)
        if self.format in ("auto", formats.SCHOOL):
            sheets = [one for sheet in sheets for one in crosstabs.unpivoted_lists(self.con, sheet)]
        for number, sheet in enumerate(sheets):
            recognised_format = self._found(sheet, known, ask)
            if recognised_format.layout.options.get("reader") == "services":
                self._services(path, recognised_format.layout.format, recognised_format.reason)
            elif recognised_format.layout.table == "labels":
                self._settle(sheet, recognised_format)
            else:
                told = partial(self.progress, path.name) if self.progress else None
                file_key = self._key(path, f"/{sheet.name}" if number else "", sheet.sha256)
                self._add(
                    normalising.normalise_sheet(
                        self.con, sheet, recognised_format, file_key, self._entity(path), self._part(), told
                    )
                )

    def _found(self, sheet: Sheet, known: dict[str, str], ask: Ask | None) -> RecognisedFormat:
        """The layout of a sheet, with the choices of a person for a free spreadsheet."""
        chosen = {i: known[text_key(text)] for i, text in enumerate(sheet.header) if text_key(text) in known}
        wanted = formats.SCHOOL if chosen and self.format == "auto" else self.format
        recognised_format = None
        try:
            recognised_format = formats.detect(sheet.file, sheet.header, wanted, chosen, sheet.header_line)
        except CannotUse:
            if ask is None:
                raise
        if ask is None or (recognised_format is not None and recognised_format.layout.format != formats.SCHOOL):
            assert recognised_format is not None
            return recognised_format
        chosen, new = formats.ask_columns(sheet.header, known, ask)
        recognised_format = formats.detect(sheet.file, sheet.header, formats.SCHOOL, chosen, sheet.header_line)
        formats.write_column_map(self.overlay / "columns.toml", new)
        return recognised_format

    def _part(self) -> Path:
        return self.work / f"part{len(self.parts)}.parquet"

    def _add(self, part: NormalisedSheet) -> None:
        self.parts.append(part)
        self.problems.extend(part.problems[: max(0, limit("faults_shown") - len(self.problems))])
        self.faults += part.faults

    def _key(self, file: Path, sheet: str, sha256: str) -> str:
        """The name of a file in the estate: the one it had with the same bytes for the same entity, else its stem,
        numbered if taken."""
        known = {entry["key"]: (entry["sha256"], entry.get("entity", "")) for entry in self.before.values()}
        taken = known | {part.report.key: (part.report.sha256, part.report.entity) for part in self.parts}
        for name, same in taken.items():
            if same == (sha256, self._entity(file) or "") and name.partition("/")[2] == sheet.lstrip("/"):
                return name
        name, n = file.stem + sheet, 1
        while name in taken:
            n += 1
            name = f"{file.stem}-{n}{sheet}"
        return name

    def _services(self, path: Path, code: str, reason: str) -> None:
        """Hand a bill, a statement or a list of AI uses to `services`."""
        import pyarrow.parquet as pq

        from estran.importing import services

        format_ = formats.formats()[code]
        result = services.read_services(path, format_, entity=self._entity(path) or "", year=self.year, unit=self.unit)
        fingerprint = files.sha256(path)
        file_key = self._key(path, "", fingerprint)
        layout = Layout(code, formats.formats()[code]["label_fr"], "inventory", {})
        report = FileReport(
            file_key,
            path.name,
            fingerprint,
            code,
            reason,
            "inventory",
            result.read,
            result.rows.num_rows,
            result.rejected,
        )
        report.notes, report.entity = list(result.notes), self._entity(path) or ""
        rows, target = self.work / "services.parquet", self._part()
        pq.write_table(result.rows, rows)
        source = f"{quoted(file_key + ':')} || row_number() OVER () AS source"
        numbered = f"SELECT *, {source}, NULL AS reject FROM read_parquet({quoted(str(rows))})"
        canonical.write_parquet(self.con, numbered, target)
        self._add(
            NormalisedSheet(
                report,
                layout,
                target,
                f"starts_with(source, {quoted(file_key + ':')})",
                result.problems,
                len(result.problems),
            )
        )
        if result.factors is not None and result.factors.num_rows:
            target = self._part()
            pq.write_table(result.factors, target)
            named = FileReport(
                file_key,
                path.name,
                fingerprint,
                code,
                reason,
                "factors",
                result.factors.num_rows,
                result.factors.num_rows,
            )
            self._add(NormalisedSheet(named, Layout(code, layout.label, "factors", {}), target, "false"))

    def _settle(self, sheet: Sheet, recognised_format: RecognisedFormat) -> None:
        """Take the item types a person wrote in unmatched.csv as learned choices."""
        cells = {name: f"c{places[0]}" for name, places in recognised_format.places.items()}
        query = ", ".join(cells.get(name, "NULL") for name in ("label", "manufacturer", "model", "item_type"))
        before = len(self.settled)
        for line, label, manufacturer, model, item_type in self.con.execute(
            f"SELECT line, {query} FROM {sheet.scan}"
        ).fetchall():
            if code := matching.code_of(item_type or ""):
                self.settled.append(
                    {"label": label or "", "manufacturer": manufacturer or "", "model": model or "", "item_type": code}
                )
            elif item_type:
                self.faults += 1
                what = _("« {value} » n’est pas un type de matériel du catalogue.").format(value=item_type)
                remedy = _("Mettre un code du catalogue, par exemple laptop ou monitor.")
                self.problems.append(Problem(what, remedy, sheet.file.name, line, "item_type", item_type))
        if len(self.settled) == before:
            what = _("Aucun type valable n’est rempli dans ce fichier de libellés.")
            raise problems.refuse_file(
                sheet.file, what, _("Écrire dans la colonne item_type le code du type choisi, puis importer à nouveau.")
            )


def _earlier_files(estate: Path) -> dict[str, dict[str, Any]]:
    """Files of earlier imports, by table and key; an unreadable import.json counts as none."""
    try:
        return {
            f"{entry['table']}:{entry['key']}": entry
            for entry in json.loads((estate / "import.json").read_text(encoding="utf-8"))["files"]
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _json_format(path: Path, codes: Sequence[str]) -> str | None:
    """The format of services of a JSON file: all its signature is in the first bytes; None for other files."""
    try:
        with path.open("rb") as file:
            head = file.read(1 << 20)
    except OSError:
        return None
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
        return None
    for code in codes:
        written = formats.formats()[code]
        names = [name.rsplit(".", 1)[-1] for name in written.get("signature", [])]
        if written.get("reader") == "services" and names and all(f'"{name}"'.encode() in head for name in names):
            return code
    return None
