"""Files of fleet tools and schools become one canonical estate: inventory, rejects, labels to settle, and what was read.

Each file: its format is recognised (formats), its rows are typed (staging); then the labels of the whole estate are
matched to item types (matching) and the files of the estate are written and put in place together.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.footprint import formats, matching, readers, staging, tables
from estran.footprint.formats import Ask, Found, Layout
from estran.footprint.matching import Thing
from estran.footprint.readers import Sheet, key, limit, quoted
from estran.footprint.staging import FileReport, Staged
from estran.lang import _
from estran.problems import CannotUse, Problem

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, float], None]
THING = ("said", "manufacturer", "model", "size", "kind", "strict")
KEYS = {"rooms": ("room",), "models": ("item_type", "model"), "vms": ("vm", "host"), "applications": ("application", "vm")}
KEYS["factors"] = ("flow", "stage", "criterion")


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
        sheet = readers.read(path, lambda row: formats.recognise(row, codes), Path(folder))
    layout = formats.detect(path, sheet.header, "auto", {}, sheet.header_line).layout
    return (layout.format, layout.table) == (formats.CANONICAL, "inventory")


def read(
    files: Sequence[Path],
    format: str = "auto",
    entity: str | None = None,
    *,
    estate: Path,
    overlay: Path | None = None,
    column_map: Path | None = None,
    ask: Ask | None = None,
    year: int | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Read files into an estate folder, beside what it already holds; a file already read (same bytes) is replaced.

    format: `auto` or a code of catalogue/imports. entity: the entity of every row, whatever the file says. overlay: folder
    of learned choices (labels.csv, columns.toml), by default `overlay` in the estate. column_map: a columns.toml. ask: asked
    for each header of a free spreadsheet that nobody knows. year: for files of services that cover several.
    A file that cannot be used is among the problems; CannotUse when none can, and nothing is written.
    """
    if format != "auto" and format not in formats.formats():
        what = _("Le format « {format} » n'existe pas.").format(format=format)
        raise CannotUse(Problem(what, _("Choisir auto ou l'un de ces formats : {names}.").format(names=", ".join(sorted(formats.formats())))))
    new = not estate.exists()
    estate.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=estate, prefix=".import-") as folder, tables.connect() as con:
        con.execute(f"SET temp_directory = {quoted(folder)}")
        session = _Session(con, Path(folder), estate, overlay or estate / "overlay", format, entity, year, progress)
        unusable: list[Problem] = []
        known = {**formats.column_map(session.overlay / "columns.toml"), **formats.column_map(column_map)}
        for file in files:
            try:
                session.stage(Path(file), known, ask)
            except CannotUse as error:
                unusable.extend(error.problems)
        report = session.write(unusable) if session.parts or session.settled else None
    if report is None:
        if new:
            estate.rmdir()
        raise CannotUse(*unusable)
    return report


class _Session:
    """One call of `read`: files are staged one after the other, then the estate is written in one go."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        work: Path,
        estate: Path,
        overlay: Path,
        format: str,
        entity: str | None,
        year: int | None,
        progress: Progress | None,
    ) -> None:
        self.con, self.work, self.estate, self.overlay = con, work, estate, overlay
        self.format, self.entity, self.year, self.progress = format, entity, year, progress
        self.before = _earlier_files(estate)
        self.parts: list[Staged] = []
        self.settled: list[dict[str, str]] = []
        self.problems: list[Problem] = []
        self.faults = 0

    # ------------------------------------------------------------------------------------------- reading the files

    def stage(self, path: Path, known: dict[str, str], ask: Ask | None) -> None:
        """Recognise a file and stage its rows. Errors: CannotUse."""
        codes = list(formats.formats()) if self.format == "auto" else [self.format]
        if (code := _json_format(path, codes)) is not None:
            self._services(path, code, _("fichier JSON de « {format} »").format(format=formats.formats()[code]["label_fr"]))
            return

        def recognised(row: list[str]) -> int:
            return max(formats.recognise(row, codes), sum(1 for cell in row if key(cell) in known))

        for number, sheet in enumerate(readers.read_all(path, recognised, self.work)):
            found = self._found(sheet, known, ask)
            if found.layout.options.get("reader") == "services":
                self._services(path, found.layout.format, found.reason)
            elif found.layout.table == "labels":
                self._settle(sheet, found)
            else:
                told = (lambda share: self.progress(path.name, share)) if self.progress else None
                file_key = self._key(path.stem, f"/{sheet.name}" if number else "", sheet.sha256)
                self._add(staging.stage(self.con, sheet, found, file_key, self.entity, self._part(), told))

    def _found(self, sheet: Sheet, known: dict[str, str], ask: Ask | None) -> Found:
        """The layout of a sheet, with the choices of a person for a free spreadsheet."""
        chosen = {i: known[key(text)] for i, text in enumerate(sheet.header) if key(text) in known}
        wanted = formats.SCHOOL if chosen and self.format == "auto" else self.format
        found = None
        try:
            found = formats.detect(sheet.file, sheet.header, wanted, chosen, sheet.header_line)
        except CannotUse:
            if ask is None:
                raise
        if ask is None or found is not None and found.layout.format != formats.SCHOOL:
            assert found is not None
            return found
        chosen, new = formats.ask_columns(sheet.header, known, ask)
        found = formats.detect(sheet.file, sheet.header, formats.SCHOOL, chosen, sheet.header_line)
        formats.write_column_map(self.overlay / "columns.toml", new)
        return found

    def _part(self) -> Path:
        return self.work / f"part{len(self.parts)}.parquet"

    def _add(self, part: Staged) -> None:
        self.parts.append(part)
        self.problems.extend(part.problems[: max(0, limit("faults_shown") - len(self.problems))])
        self.faults += part.faults

    def _key(self, stem: str, sheet: str, sha256: str) -> str:
        """The name of a file in the estate: the one it had with the same bytes, else its stem, numbered if taken."""
        taken = {name: entry["sha256"] for name, entry in self.before.items()} | {part.report.key: part.report.sha256 for part in self.parts}
        for name, fingerprint in taken.items():
            if fingerprint == sha256 and name.partition("/")[2] == sheet.lstrip("/"):
                return name
        name, n = stem + sheet, 1
        while name in taken:
            n += 1
            name = f"{stem}-{n}{sheet}"
        return name

    def _services(self, path: Path, code: str, reason: str) -> None:
        """Hand a bill, a statement or a list of AI uses to `services`."""
        import pyarrow.parquet as pq

        from estran.footprint import services

        result = services.read_services(path, formats.formats()[code], entity=self.entity or "", year=self.year)
        fingerprint = readers.sha256(path)
        file_key = self._key(path.stem, "", fingerprint)
        layout = Layout(code, formats.formats()[code]["label_fr"], "inventory", {})
        report = FileReport(file_key, path.name, fingerprint, code, reason, "inventory", result.read, result.rows.num_rows, result.rejected)
        report.notes = list(result.notes)
        rows, target = self.work / "services.parquet", self._part()
        pq.write_table(result.rows, rows)
        numbered = f"SELECT *, {quoted(file_key + ':')} || row_number() OVER () AS source, NULL AS reject FROM read_parquet({quoted(str(rows))})"
        tables.copy(self.con, numbered, target)
        self._add(Staged(report, layout, target, f"starts_with(source, {quoted(file_key + ':')})", result.problems, len(result.problems)))
        if result.factors is not None and result.factors.num_rows:
            target = self._part()
            pq.write_table(result.factors, target)
            named = FileReport(file_key, path.name, fingerprint, code, reason, "factors", result.factors.num_rows, result.factors.num_rows)
            self._add(Staged(named, Layout(code, layout.label, "factors", {}), target, "false"))

    def _settle(self, sheet: Sheet, found: Found) -> None:
        """Take the item types a person wrote in unmatched.csv as learned choices."""
        cells = {name: f"c{places[0]}" for name, places in found.places.items()}
        query = ", ".join(cells.get(name, "NULL") for name in ("label", "manufacturer", "model", "item_type"))
        before = len(self.settled)
        for line, label, manufacturer, model, item_type in self.con.execute(f"SELECT line, {query} FROM {sheet.scan}").fetchall():
            if code := matching.code_of(item_type or ""):
                self.settled.append({"label": label or "", "manufacturer": manufacturer or "", "model": model or "", "item_type": code})
            elif item_type:
                self.faults += 1
                what = _("« {value} » n'est pas un type de matériel du catalogue.").format(value=item_type)
                remedy = _("Mettre un code du catalogue, par exemple laptop ou monitor.")
                self.problems.append(Problem(what, remedy, sheet.file.name, line, "item_type", item_type))
        if len(self.settled) == before:
            what = _("Aucun type valable n'est rempli dans ce fichier de libellés.")
            raise readers.refuse(sheet.file, what, _("Écrire dans la colonne item_type le code du type choisi, puis importer à nouveau."))

    # ------------------------------------------------------------------------------------------ writing the estate

    def write(self, unusable: list[Problem]) -> ImportReport:
        """Write every file of the estate in the work folder, then put them in place together."""
        out = self.work / "out"
        out.mkdir()
        self._learn(out)
        choices = matching.learned(out / "overlay" if (out / "overlay").exists() else self.overlay)
        for table in KEYS:
            self._write_small(table, out)
        rows, states, things = self._write_inventory(out, choices)
        labels, unmatched_rows = self._write_unmatched(out)
        rejected = self._write_rejects(out)
        self._write_matches(out, things)
        reports = [part.report for part in self.parts]
        kept = {**self.before, **{report.key + ("#" + report.table if report.table == "factors" else ""): asdict(report) for report in reports if report.format != formats.REJECTS}}
        summary = {"files": list(kept.values()), "rows": rows, "rejected": rejected, "unmatched": unmatched_rows, "unmatched_labels": labels}
        (out / "import.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        self._put_in_place(out)
        problems = (unusable + self.problems)[: limit("faults_shown")]
        return ImportReport(self.estate, reports, rows, rejected, problems, self.faults + len(unusable), states, labels)

    def _put_in_place(self, out: Path) -> None:
        for name in ("inventory.csv", "inventory.parquet"):
            if not (out / name).exists():
                (self.estate / name).unlink(missing_ok=True)
        for name in ("rejects.csv", "unmatched.csv"):
            if not (out / name).exists():
                (self.estate / name).unlink(missing_ok=True)
        for path in sorted(out.iterdir(), key=lambda path: path.name == "import.json"):
            if path.is_dir():
                self.overlay.mkdir(parents=True, exist_ok=True)
                (path / "labels.csv").replace(self.overlay / "labels.csv")
            else:
                path.replace(self.estate / path.name)

    def _learn(self, out: Path) -> None:
        """Add the settled labels to the overlay's labels.csv; the last choice for a label wins."""
        if not self.settled:
            return
        names = ["label", "manufacturer", "model", "item_type", "decided_on", "note"]
        lines: dict[tuple[str, ...], dict[str, str]] = {}
        old = self.overlay / "labels.csv"
        for row in [*(_csv_rows(old) if old.exists() else ()), *self.settled]:
            lines[tuple(key(row.get(name) or "") for name in names[:3])] = {name: row.get(name) or "" for name in names}
        (out / "overlay").mkdir()
        _write_csv(out / "overlay" / "labels.csv", names, lines.values())

    def _write_small(self, table: str, out: Path) -> None:
        """rooms, models, vms, applications, factors: the new rows replace those of the same key."""
        parts = [part for part in self.parts if part.report.table == table]
        if not parts:
            return
        names = [column.column for column in tables.columns(table)]
        unions = []
        for number, part in enumerate(parts):
            reject = "WHERE reject IS NULL" if "reject" in self._columns(part.parquet) else ""
            unions.append(f"SELECT *, {number + 1} AS turn FROM read_parquet({quoted(str(part.parquet))}) {reject}")
        for ending in ("csv", "xlsx", "ods", "xls", "parquet"):
            if (old := self.estate / f"{table}.{ending}").exists():
                before, _faults = tables.read(old, table)
                self.con.register(f"old_{table}", before)
                unions.insert(0, f"SELECT *, 0 AS turn FROM old_{table}")
                break
        rows = " UNION ALL BY NAME ".join(unions)
        by = ", ".join(f"coalesce({name}, '')" for name in KEYS[table])
        present = {row[0] for row in self.con.execute(f"DESCRIBE {rows}").fetchall()}
        listed = ", ".join(name for name in names if name in present)
        query = (
            f"SELECT {listed} FROM (SELECT *, row_number() OVER () AS place FROM ({rows}))"
            f" QUALIFY turn = max(turn) OVER (PARTITION BY {by}) ORDER BY place"
        )
        self.con.execute(f"COPY ({query}) TO {quoted(str(out / f'{table}.csv'))} (HEADER)")

    def _columns(self, parquet: Path) -> set[str]:
        return {row[0] for row in self.con.execute(f"DESCRIBE SELECT * FROM read_parquet({quoted(str(parquet))})").fetchall()}

    def _write_inventory(self, out: Path, choices: dict[tuple[str, str, str], str]) -> tuple[int, dict[str, int], list[dict[str, Any]]]:
        """The earlier rows that no file replaces, then the new ones, with the type of each label."""
        unions, present = self._unions()
        if not unions:
            return 0, {}, []
        self.con.execute(f"CREATE VIEW said_rows AS {' UNION ALL BY NAME '.join(unions)}")
        things = self._match(choices)
        flags = {thing["flag"] for thing in things}
        present |= {"item_id", "item_type", "label", "source"} | ({"virtual"} if "virtual" in flags else set())
        present |= {"internal_panel"} if "internal_panel" in flags else set()
        sheets = self._model_sheets(present)
        sql = {
            "item_type": "coalesce(r.settled, m.item_type)",
            "label": "CASE WHEN coalesce(r.settled, m.item_type) IS NULL AND r.flow IS NULL THEN r.said END",
            "virtual": f"coalesce({'r.virtual' if 'virtual' in self.typed else 'NULL'}, CASE WHEN m.flag = 'virtual' THEN true END)",
            "internal_panel": f"coalesce({'r.internal_panel' if 'internal_panel' in self.typed else 'NULL'}, CASE WHEN m.flag = 'internal_panel' THEN true END)",
            "model": "coalesce(s.sheet, r.model)" if sheets else "r.model",
        }
        names = [column.column for column in tables.columns("inventory") if column.column in present]
        on = " AND ".join(f"coalesce(CAST(r.{name} AS VARCHAR), '') = m.{name}" for name in THING)
        join = f"LEFT JOIN matches m ON {on} AND r.settled IS NULL AND r.flow IS NULL"
        if sheets:
            join += " LEFT JOIN sheets s ON coalesce(r.manufacturer, '') = s.by_manufacturer AND r.model = s.by_model"
        chosen = ", ".join(f"{sql.get(name, 'r.' + name)} AS {name}" for name in names)
        query = f"SELECT {chosen} FROM said_rows r {join} ORDER BY r.turn, r.row_id"
        merged = self.work / "merged.parquet"
        tables.copy(self.con, query, merged)
        scan = f"read_parquet({quoted(str(merged))})"
        rows, repeated = self.con.execute(f"SELECT count(*), count(*) - count(DISTINCT item_id) FROM {scan}").fetchall()[0]
        final = f"SELECT * FROM {scan}"
        if repeated:
            final = (
                "SELECT * REPLACE (item_id || CASE WHEN turn > 1 THEN '#' || turn ELSE '' END AS item_id) FROM"
                f" (SELECT *, row_number() OVER (PARTITION BY item_id ORDER BY file_row_number) AS turn FROM read_parquet({quoted(str(merged))},"
                " file_row_number=true)) ORDER BY file_row_number"
            )
            final = f"SELECT {', '.join(names)} FROM ({final})"
        self._scan_final = scan
        if rows <= limit("csv_rows"):
            self.con.execute(f"COPY ({final}) TO {quoted(str(out / 'inventory.csv'))} (HEADER)")
        else:
            tables.copy(self.con, final, out / "inventory.parquet")
        states = {state: 0 for state in (matching.RECOGNISED, matching.LEARNED, matching.TO_SETTLE)}
        for thing in things:
            states[thing["state"]] += thing["rows"]
        return rows, states, things

    def _unions(self) -> tuple[list[str], set[str]]:
        """SQL of the rows of the estate: the earlier ones, then each part; and the columns of the inventory they have."""
        parts = [part for part in self.parts if part.report.table == "inventory"]
        unions, self.typed = [], set()
        known = [column.column for column in tables.columns("inventory")]
        gone = " OR ".join(f"coalesce({part.replaces}, false)" for part in parts) or "false"
        for name in ("inventory.parquet", "inventory.csv"):
            if (old := self.estate / name).exists():
                earlier = tables.read_inventory(old, self.work / "earlier.parquet")
                self.typed |= set(earlier.columns)
                has = set(earlier.columns)
                where = f"WHERE NOT ({gone})" if "source" in has else ""
                option = ", file_row_number=true" if earlier.row_id == "file_row_number" else ""
                unions.append(
                    self._select(f"read_parquet({quoted(str(earlier.path))}{option}) {where}", has, known, 0, earlier.row_id, kept=True)
                )
                break
        for number, part in enumerate(parts):
            has = self._columns(part.parquet)
            self.typed |= has & set(known)
            row_id = "row_id" if "row_id" in has else "row_number() OVER ()"
            unions.append(
                self._select(f"read_parquet({quoted(str(part.parquet))}) WHERE reject IS NULL", has, known, number + 1, row_id, kept=False)
            )
        return unions, self.typed & set(known)

    def _select(self, scan: str, has: set[str], known: list[str], turn: int, row_id: str, kept: bool) -> str:
        """One set of rows: `settled` is a type that stands, `said` what a list calls the thing."""
        flow = "flow" if "flow" in has else "CAST(NULL AS VARCHAR)"
        label, item_type = ("label" if "label" in has else "NULL"), ("item_type" if "item_type" in has else "NULL")
        chosen = [name for name in known if name in has and name not in ("item_type", "label", "flow", "manufacturer", "model")]
        chosen += [f"CAST({name if name in has else 'NULL'} AS VARCHAR) AS {name}" for name in ("manufacturer", "model")]
        chosen.append(f"{flow} AS flow")
        said = f"coalesce({label}, {item_type})" if not kept and label == "NULL" else f"coalesce({item_type}, {label})"
        chosen.append(f"CAST(CASE WHEN {'true' if kept else flow + ' IS NOT NULL'} THEN {item_type} END AS VARCHAR) AS settled")
        chosen.append(f"CAST({label if kept else said} AS VARCHAR) AS said")
        chosen += [f"CAST({name if name in has else repr('')} AS VARCHAR) AS {name}" for name in ("size", "kind")]
        chosen += [f"{'strict' if 'strict' in has else 'false'} AS strict", f"{turn} AS turn", f"{row_id} AS row_id"]
        return f"SELECT {', '.join(chosen)} FROM {scan}"

    def _match(self, choices: dict[tuple[str, str, str], str]) -> list[dict[str, Any]]:
        """The type of each distinct text, as the table `matches`."""
        import pyarrow as pa

        listed = ", ".join(f"coalesce(CAST({name} AS VARCHAR), '') AS {name}" for name in THING)
        distinct = self.con.execute(f"SELECT {listed}, count(*) FROM said_rows WHERE settled IS NULL AND flow IS NULL GROUP BY ALL ORDER BY ALL").fetchall()
        things = []
        for *texts, rows in distinct:
            thing = dict(zip(THING, texts, strict=True))
            found = matching.match(
                Thing(thing["said"], thing["manufacturer"], thing["model"], thing["size"], thing["kind"]), choices, thing["strict"] == "true"
            )
            things.append({**thing, "item_type": found.item_type or None, "flag": found.flag, "state": found.state, "reason": found.reason, "rows": rows})
        texts_of = (*THING, "item_type", "flag")
        table = pa.table({name: pa.array([thing[name] for thing in things], pa.string()) for name in texts_of})
        self.con.register("matches_arrow", table)
        self.con.execute("CREATE TABLE matches AS SELECT * FROM matches_arrow")
        return things

    def _model_sheets(self, present: set[str]) -> bool:
        """Table `sheets`: models of the list that are a model sheet's, by another spelling."""
        import pyarrow as pa

        if "model" not in present:
            return False
        sheets: set[tuple[str, str]] = set()
        for folder in (readers.CATALOGUE, self.overlay, self.estate):
            if (path := folder / "models.csv").exists():
                table, _faults = tables.read(path, "models")
                sheets |= {(row["manufacturer"] or "", row["model"]) for row in table.to_pylist()}
        if not sheets:
            return False
        query = "SELECT DISTINCT coalesce(manufacturer, ''), model FROM said_rows WHERE model IS NOT NULL ORDER BY ALL"
        found = matching.sheets_of(self.con.execute(query).fetchall(), sorted(sheets))
        columns = {"by_manufacturer": [maker for maker, _model in found], "by_model": [model for _maker, model in found], "sheet": list(found.values())}
        self.con.register("sheets_arrow", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))
        self.con.execute("CREATE TABLE sheets AS SELECT * FROM sheets_arrow")
        return bool(found)

    # ------------------------------------------------------------------- labels to settle, rejects, what was matched

    def _write_unmatched(self, out: Path) -> tuple[int, int]:
        """unmatched.csv: labels and rows without a type, with candidates for a person."""
        if not hasattr(self, "_scan_final"):
            return 0, 0
        has = {row[0] for row in self.con.execute(f"DESCRIBE SELECT * FROM {self._scan_final}").fetchall()}
        named = {name: name if name in has else "NULL" for name in ("label", "manufacturer", "model", "quantity", "entity", "flow")}
        rows = self.con.execute(
            f"SELECT coalesce({named['label']}, ''), coalesce({named['manufacturer']}, ''), coalesce({named['model']}, ''), count(*),"
            f" coalesce(sum({named['quantity']}), 0), list_sort(list_distinct(list({named['entity']})))"
            f" FROM {self._scan_final} WHERE item_type IS NULL AND {named['flow']} IS NULL GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"
        ).fetchall()
        lines = []
        for number, (label, manufacturer, model, count, quantity, entities) in enumerate(rows):
            line = {"label": label, "manufacturer": manufacturer, "model": model, "rows": count, "quantity": f"{quantity:g}"}
            line["entities"] = " | ".join((entities or [])[:5])
            if number < limit("candidates"):
                for n, candidate in enumerate(matching.candidates(Thing(label, manufacturer, model)), start=1):
                    line |= {f"candidate_{n}": candidate.item_type, f"score_{n}": candidate.score, f"reason_{n}": candidate.reason}
            lines.append(line)
        names = ["label", "manufacturer", "model", "rows", "quantity", "entities"]
        names += [f"{what}_{n}" for n in (1, 2, 3) for what in ("candidate", "score", "reason")] + ["item_type"]
        if lines:
            _write_csv(out / "unmatched.csv", names, lines)
        return len(lines), sum(row[3] for row in rows)

    def _write_rejects(self, out: Path) -> int:
        """rejects.csv: one line per rejected row, its faults, and the texts of its cells, to be corrected and imported again."""
        parts = [part for part in self.parts if part.report.rejected and "texts" in self._columns(part.parquet)]
        lines = [*self._rejects_kept()]
        for part in parts:
            by_name = {column.column: column for column in tables.columns(part.report.table)}
            cursor = self.con.execute(
                f"SELECT line, reject, texts FROM read_parquet({quoted(str(part.parquet))}) WHERE reject IS NOT NULL ORDER BY row_id"
            )
            while chunk := cursor.fetchmany(10_000):
                for line, cells, texts in chunk:
                    lines.append(_reject(part.report, line, cells, texts, by_name))
        if not lines:
            return 0
        filled = {name for line in lines for name, value in line.items() if value not in (None, "")}
        names = ["file", "line", "column", "value", "what", "remedy", "source"]
        names += [column.column for table in ("inventory", *KEYS) for column in tables.columns(table) if column.column in filled and column.column != "source"]
        _write_csv(out / "rejects.csv", list(dict.fromkeys(names)), lines)
        return len(lines)

    def _rejects_kept(self) -> Iterator[dict[str, Any]]:
        """Earlier rejects, but for those of files read again and those that a person has just corrected."""
        path = self.estate / "rejects.csv"
        if not path.exists():
            return
        again = tuple(part.report.key + ":" for part in self.parts if part.layout.format != formats.REJECTS)
        corrected: set[str] = set()
        for part in self.parts:
            if part.layout.format == formats.REJECTS:
                corrected |= {row[0] for row in self.con.execute(f"SELECT source FROM read_parquet({quoted(str(part.parquet))})").fetchall()}
        for row in _csv_rows(path):
            if row["source"] not in corrected and not row["source"].startswith(again or ("\x00",)):
                yield row

    def _write_matches(self, out: Path, things: list[dict[str, Any]]) -> None:
        """matches.csv: how each label was understood, so that the three states can be seen and judged."""
        names = ["label", "manufacturer", "model", "rows", "state", "item_type", "reason"]
        lines: dict[tuple[str, str, str], dict[str, Any]] = {}
        old = self.estate / "matches.csv"
        for row in _csv_rows(old) if old.exists() else ():
            lines[row["label"], row["manufacturer"], row["model"]] = row
        for thing in things:
            line = {**{name: thing.get(name) or "" for name in names}, "label": thing["said"]}
            lines[thing["said"], thing["manufacturer"], thing["model"]] = line
        if lines:
            _write_csv(out / "matches.csv", names, lines.values())


def _reject(report: FileReport, line: int, cells: list[dict[str, str]], texts: dict[str, str], by_name: dict[str, tables.Column]) -> dict[str, Any]:
    problems = [tables.fault_of(by_name, cell, report.name, line) for cell in cells]
    return {
        **{name: text for name, text in (texts or {}).items() if text is not None},
        "file": report.name,
        "line": line,
        "column": " | ".join(cell["name"] for cell in cells),
        "value": " | ".join(cell["value"] or "" for cell in cells),
        "what": " ".join(problem.what for problem in problems),
        "remedy": " ".join(dict.fromkeys(problem.remedy for problem in problems)),
        "source": (texts or {}).get("source") or f"{report.key}:{line}",
    }


def _csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _write_csv(path: Path, names: list[str], rows: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _earlier_files(estate: Path) -> dict[str, dict[str, Any]]:
    """Files of earlier imports, by key; an unreadable import.json counts as none."""
    try:
        return {entry["key"]: entry for entry in json.loads((estate / "import.json").read_text(encoding="utf-8"))["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _json_format(path: Path, codes: Sequence[str]) -> str | None:
    """The format of services of a JSON file: the one all of whose signature is in its first bytes; None for other files."""
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
