"""The files of an imported estate, written together: rows get their item type, what is doubtful is listed.

inventory.csv (or .parquet), the small tables, rejects.csv and unmatched.csv (a person corrects and imports them
again), matches.csv (how each label was understood), import.json (what was read).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common import table_schema
from estran.common.files import read_csv, write_csv
from estran.common.sql import parquet_scan, quoted
from estran.common.vocabulary import limit, text_key
from estran.importing import canonical, corrections, formats, inspection, inspection_text, metering
from estran.importing.corrections import CorrectionWriter
from estran.importing.normalising import BATTERY, SIZE, NormalisedSheet
from estran.importing.recognition import candidates, matching, model_sheets, statuses
from estran.importing.recognition.matching import Description, Match
from estran.importing.services import ledgers

if TYPE_CHECKING:
    import duckdb

# What the type of a row is looked for in: distinct values are matched once.
MATCHED = ("designation", "manufacturer", "model", "size", "list_kind", "exact_codes")
MERGED_TEXTS = ("manufacturer", "model", "flow", "size", "list_kind", "battery")
INVENTORY = ("inventory.parquet", "inventory.csv")
LABELS = ("label", "manufacturer", "model")
PAGE = "import.md"  # what the import has to say, for a person


class EstateWriter:
    """The estate folder and what an import adds to it: every file is written apart, then all are moved together."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        work: Path,
        estate: Path,
        overlay: Path,
        agents: int = 0,
        year: int | None = None,
    ) -> None:
        self.con, self.work, self.estate, self.overlay = con, work, estate, overlay
        self.counted_for = (agents, year)
        self.out = work / "out"
        self.sheets: list[NormalisedSheet] = []
        self.settled: list[dict[str, str]] = []
        self.answers: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.inspection: inspection.Inspection | None = None
        self.known_answers = [
            answer for folder in (overlay, estate) for answer in statuses.read_answers(folder / statuses.FILE)
        ]
        self.unknown_statuses: list[statuses.UnknownStatus] = []
        self.read_again: set[str] = set()
        self.decisions: list[dict[str, Any]] = []
        self.rows = self.unmatched = self.labels = self.rejected = 0
        self.states = dict.fromkeys((matching.RECOGNISED, matching.LEARNED, matching.TO_SETTLE), 0)

    def write(
        self,
        sheets: list[NormalisedSheet],
        settled: list[dict[str, str]],
        earlier: Mapping[str, dict[str, Any]],
        read_again: set[str],
    ) -> None:
        """Write the files of the estate.

        settled: labels to which a person gave a type. earlier: the files of earlier imports, by table and key.
        read_again: sources of the rejected rows that come again as a table of their own.
        """
        self.sheets, self.settled, self.read_again = sheets, settled, read_again
        self.out.mkdir()
        self.corrections = CorrectionWriter(self.con)
        self._learn_labels()
        self._learn_statuses()
        for table in (*canonical.KEYS, *canonical.register_keys()):
            self._write_small_table(table)
        self._write_metered_rooms()
        self._write_inventory()
        self._write_rejects()
        self._write_decisions()
        files = dict(earlier)
        strangers = self._count_corrected(files)
        for sheet in sheets:
            if sheet.layout.format != formats.REJECTS and not sheet.derived:
                files[f"{sheet.report.table}:{sheet.report.key}"] = asdict(sheet.report)
        self._write_corrections(files.values())
        summary = {"files": list(files.values()), "rows": self.rows, "rejected": self.rejected}
        summary |= {"set_aside": strangers + sum(file.get("set_aside", 0) for file in files.values())}
        summary |= {"unmatched": self.unmatched, "unmatched_labels": self.labels}
        summary |= {"unsettled_statuses": sum(one.rows for one in self.unknown_statuses)}
        if self.inspection:
            summary["inspection"] = asdict(self.inspection)
            page = inspection_text.write_page(self.inspection, files.values(), self.rejected, self.labels)
            (self.out / PAGE).write_text(page, encoding="utf-8")
        text = json.dumps(summary, ensure_ascii=False, indent=2)
        (self.out / "import.json").write_text(text + "\n", encoding="utf-8")
        self._put_in_place()

    def _put_in_place(self) -> None:
        """Move the new files over the old ones, import.json last; those that are no longer due go."""
        for name in (*INVENTORY, "rejects.csv", "unmatched.csv", statuses.FILE, corrections.FILE):
            if not (self.out / name).exists():
                (self.estate / name).unlink(missing_ok=True)
        learned = self.out / "overlay"
        if learned.exists():
            self.overlay.mkdir(parents=True, exist_ok=True)
            for path in learned.iterdir():
                path.replace(self.overlay / path.name)
            learned.rmdir()
        for path in sorted(self.out.iterdir(), key=lambda path: path.name == "import.json"):
            path.replace(self.estate / path.name)

    def _learn_labels(self) -> None:
        """Add the settled labels to the overlay's labels.csv; the last choice for a label wins."""
        if not self.settled:
            return
        names = [column.column for column in table_schema.columns("labels")]
        old = self.overlay / "labels.csv"
        earlier = canonical.read_small_table(old, "labels")[0].to_pylist() if old.exists() else []
        lines = {tuple(text_key(row.get(name) or "") for name in LABELS): row for row in [*earlier, *self.settled]}
        (self.out / "overlay").mkdir()
        write_csv(self.out / "overlay" / "labels.csv", names, lines.values())

    def _write_decisions(self) -> None:
        """spending.csv: what became of each account of the extracts of accounts, those of earlier imports kept."""
        if self.decisions:
            path, again = self.estate / canonical.SPENDING, {row["file"] for row in self.decisions}
            kept = [row for row in read_csv(path) if row["file"] not in again] if path.exists() else []
            write_csv(self.out / canonical.SPENDING, ledgers.DECISIONS, [*kept, *self.decisions])

    def _learn_statuses(self) -> None:
        """Add to the overlay's statuses.csv the words settled in this call, or in the statuses.csv of the estate."""
        if new := [*statuses.read_answers(self.estate / statuses.FILE), *self.answers]:
            self.known_answers += self.answers
            (self.out / "overlay").mkdir(exist_ok=True)
            earlier = statuses.read_answers(self.overlay / statuses.FILE)
            statuses.write_answers(self.out / "overlay" / statuses.FILE, [*earlier, *new])

    # ------------------------------------------------------------------------------------------------ small tables

    def _write_small_table(self, table: str) -> None:
        """rooms, models, vms, applications, factors: the new rows replace those of the same key."""
        sheets = [sheet for sheet in self.sheets if sheet.report.table == table]
        if not sheets:
            return
        unions = []
        if old := next((path for path in sorted(self.estate.glob(f"{table}.*"))), None):
            before, _faults = canonical.read_small_table(old, table)
            self.con.register(f"old_{table}", before)
            unions.append(f"SELECT *, 0 AS turn FROM old_{table}")
        for number, sheet in enumerate(sheets, start=1):
            turn = -1 if sheet.derived and table == "rooms" else number  # what is typed wins over what is inferred
            unions.append(f"SELECT *, {turn} AS turn FROM {parquet_scan(sheet.parquet)} WHERE {canonical.KEPT}")
        rows = " UNION ALL BY NAME ".join(unions)
        present = self._columns(f"({rows})")
        listed = ", ".join(column.column for column in table_schema.columns(table) if column.column in present)
        same = ", ".join(f"coalesce({name}, '')" for name in canonical.key_of(table))
        query = (
            f"SELECT {listed} FROM (SELECT *, row_number() OVER () AS place FROM ({rows}))"
            f" QUALIFY turn = max(turn) OVER (PARTITION BY {same}) ORDER BY place"
        )
        self.con.execute(f"COPY ({query}) TO {quoted(str(self.out / f'{table}.csv'))} (HEADER)")

    def _metered(self) -> list[NormalisedSheet]:
        return [sheet for sheet in self.sheets if sheet.report.table == metering.TABLE]

    def _write_metered_rooms(self) -> None:
        """The rooms whose meter was read in this import, with the days of earlier imports."""
        if metered := self._metered():
            year, quality = metered[-1].layout.options["year"], formats.formats()[metered[-1].layout.format]["quality"]
            metered[-1].report.notes += metering.write_rooms(self.con, self.out, self.estate, year, quality)

    def _columns(self, scan: str) -> set[str]:
        return {row[0] for row in self.con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}

    # --------------------------------------------------------------------------------------------------- inventory

    def _write_inventory(self) -> None:
        """The earlier rows that no file replaces, then the new ones, each with the type of its label."""
        unions, present = self._rows_to_merge()
        if not unions and (self.out / "rooms.csv").exists() and self._metered():
            write_csv(self.out / "inventory.csv", ["item_id", "entity", "item_type", "label", "quantity", "source"], [])
        if not unions:
            return
        self.con.execute(f"CREATE VIEW merged_rows AS {' UNION ALL BY NAME '.join(unions)}")
        self._settle_statuses(present)
        things = self._match_types(present)
        flags = {thing["flag"] for thing in things} & {"virtual", "internal_panel"}
        item_type = "coalesce(r.settled, m.item_type)"
        sql = {
            "item_type": item_type,
            "label": f"CASE WHEN ({item_type} IS NULL OR r.label_kept) AND r.flow IS NULL THEN r.designation END",
        }
        for flag in flags:
            stated = f"r.{flag}" if flag in present else "CAST(NULL AS BOOLEAN)"
            sql[flag] = f"coalesce({stated}, CASE WHEN m.flag = '{flag}' THEN true END)"
        join = " AND ".join(f"coalesce(CAST(r.{name} AS VARCHAR), '') = m.{name}" for name in MATCHED)
        source = f"described_rows r LEFT JOIN matches m ON {join} AND r.settled IS NULL AND r.flow IS NULL"
        if "model" in present and self._match_models():
            source += " LEFT JOIN models k ON coalesce(r.manufacturer, '') = k.manufacturer AND r.model = k.spelling"
            sql["model"] = "coalesce(k.model, r.model)"
        present |= flags | {"item_id", "item_type", "label", "source"}
        names = [column.column for column in table_schema.columns("inventory") if column.column in present]
        chosen = ", ".join(f"{sql.get(name, f'r.{name}')} AS {name}" for name in names)
        merged = self.work / "merged.parquet"
        canonical.write_parquet(self.con, f"SELECT {chosen} FROM {source} ORDER BY r.turn, r.row_id", merged)
        self._write_rows(merged, names)
        for thing in things:
            self.states[thing["state"]] += thing["rows"]
        self._write_unmatched(parquet_scan(merged), set(names), things)
        self._write_matches()
        self.corrections.add_settled(things, MATCHED, "described_rows")
        scan, whom = parquet_scan(merged), self.counted_for
        self.inspection = inspection.inspect_rows(self.con, scan, set(names), self.lines, *whom)

    def _settle_statuses(self, present: set[str]) -> None:
        """View `described_rows`: the rows, their statuses settled by what people answered; words left are listed."""
        settled = statuses.settled_words(self.known_answers)
        self.con.execute(f"CREATE VIEW described_rows AS {statuses.settled_rows_sql('merged_rows', present, settled)}")
        if "status_label" in present:
            unknown = canonical.unknown_statuses(
                self.con, "described_rows", "quantity" if "quantity" in present else "0"
            )
            self.unknown_statuses = [statuses.UnknownStatus(*one) for one in unknown]
            if unknown:
                statuses.write_unknown(self.out / statuses.FILE, self.unknown_statuses)
            else:
                present.remove("status_label")

    def _write_rows(self, merged: Path, names: list[str]) -> None:
        """inventory.csv, or .parquet beyond a size; an identifier met twice gets a number."""
        count = f"SELECT count(*), count(*) - count(DISTINCT item_id) FROM {parquet_scan(merged)}"
        self.rows, repeated = self.con.execute(count).fetchall()[0]
        query = f"SELECT * FROM {parquet_scan(merged)}"
        if repeated:
            chosen = ", ".join(
                "item_id || CASE WHEN n > 1 THEN '#' || n ELSE '' END AS item_id" if name == "item_id" else name
                for name in names
            )
            scan = parquet_scan(merged, "file_row_number = true")
            numbered = f"SELECT *, row_number() OVER (PARTITION BY item_id ORDER BY file_row_number) AS n FROM {scan}"
            query = f"SELECT {chosen} FROM ({numbered}) ORDER BY file_row_number"
        if self.rows <= limit("csv_rows"):
            self.con.execute(f"COPY ({query}) TO {quoted(str(self.out / 'inventory.csv'))} (HEADER)")
        elif repeated:
            canonical.write_parquet(self.con, query, self.out / "inventory.parquet")
        else:
            (self.out / "inventory.parquet").hardlink_to(merged)

    def _rows_to_merge(self) -> tuple[list[str], set[str]]:
        """SQL of the rows: the earlier ones, then each sheet; and the columns of the inventory that they have."""
        known = {column.column for column in table_schema.columns("inventory")}
        sheets = [sheet for sheet in self.sheets if sheet.report.table == "inventory"]
        gone = " OR ".join(f"coalesce({sheet.replaces}, false)" for sheet in sheets) or "false"
        unions: list[str] = []
        present: set[str] = set()
        if old := next((self.estate / name for name in INVENTORY if (self.estate / name).exists()), None):
            earlier = canonical.read_inventory(old, self.work / "earlier.parquet")
            present |= set(earlier.columns)
            option = "file_row_number = true" if earlier.row_id == "file_row_number" else ""
            kept = f"WHERE NOT ({gone})" if "source" in present else ""
            scan, has = f"{parquet_scan(earlier.path, option)} {kept}", set(earlier.columns)
            settled, designation = (name if name in has else "NULL" for name in ("item_type", "label"))
            unions.append(
                _merged_columns(
                    scan,
                    has,
                    {"settled": settled, "designation": designation, "file": _file_of_rows(has)},
                    0,
                    earlier.row_id,
                )
            )
        for turn, sheet in enumerate(sheets, start=1):
            has = self._columns(parquet_scan(sheet.parquet))
            present |= has & known
            row_id = "row_id" if "row_id" in has else "row_number() OVER ()"
            scan = f"{parquet_scan(sheet.parquet)} WHERE {canonical.KEPT}"
            unions.append(_new_rows(scan, has, sheet, turn, row_id))
        return unions, present

    def _match_types(self, present: set[str]) -> list[dict[str, Any]]:
        """The type of each distinct text, kept as the table `matches`; in `lines`, what each file has of it."""
        choices = matching.read_learned_labels(self.out / "overlay" if self.settled else self.overlay)
        listed = ", ".join(f"coalesce(CAST({name} AS VARCHAR), '') AS {name}" for name in MATCHED)
        rows_to_match = "FROM described_rows WHERE settled IS NULL AND flow IS NULL"
        query = f"SELECT {listed}, {inspection.measures_sql(present)} {rows_to_match} GROUP BY ALL ORDER BY ALL"
        rows = self.con.execute(query).fetchall()
        asked = list(dict.fromkeys(row[: len(MATCHED)] for row in rows))
        matches = matching.match_descriptions([(Description(*one[:5]), one[5] == "true") for one in asked], choices)
        things = {
            texts: dict(zip(MATCHED, texts, strict=True)) | _outcome(match, texts[0]) | {"rows": 0}
            for texts, match in zip(asked, matches, strict=True)
        }
        for row in rows:
            texts, measures = row[: len(MATCHED)], dict(zip(inspection.MEASURES, row[len(MATCHED) :], strict=True))
            things[texts]["rows"] += measures["rows"]
            self.lines.append(things[texts] | measures)
        names = (*MATCHED, "item_type", "flag")
        self._create_table("matches", names, [tuple(thing[name] for name in names) for thing in things.values()])
        return list(things.values())

    def _create_table(self, name: str, columns: tuple[str, ...], rows: list[tuple[str | None, ...]]) -> None:
        """Create a table of texts."""
        import pyarrow as pa

        cells = {column: pa.array([row[i] for row in rows], pa.string()) for i, column in enumerate(columns)}
        self.con.register(name, pa.table(cells))

    def _match_models(self) -> bool:
        """Table `models`: those of the rows that are a model of models.csv by another spelling. False without any."""
        known: set[tuple[str, str]] = set()
        for folder in (self.overlay, self.estate):
            if (path := folder / "models.csv").exists():
                table, _faults = canonical.read_small_table(path, "models")
                known |= {(row["manufacturer"] or "", row["model"]) for row in table.to_pylist()}
        if not known:
            return False
        named = "FROM described_rows WHERE model IS NOT NULL"
        query = f"SELECT DISTINCT coalesce(manufacturer, ''), model {named} ORDER BY ALL"
        same = model_sheets.match_models(self.con.execute(query).fetchall(), sorted(known))
        self._create_table(
            "models", ("manufacturer", "spelling", "model"), [(*key, model) for key, model in same.items()]
        )
        return True

    # ------------------------------------------------------------------- labels to settle, rejects, what was matched

    def _write_unmatched(self, scan: str, present: set[str], things: list[dict[str, Any]]) -> None:
        """unmatched.csv: the labels without a type, with candidates for a person."""
        sql = {name: name if name in present else "NULL" for name in (*LABELS, "quantity", "entity", "flow")}
        texts = ", ".join(f"coalesce({sql[name]}, '')" for name in LABELS)
        query = (
            f"SELECT {texts}, count(*), coalesce(sum({sql['quantity']}), 0),"
            f" list_sort(list_distinct(list({sql['entity']})))"
            f" FROM {scan} WHERE item_type IS NULL AND {sql['flow']} IS NULL GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"
        )
        rows_of = self.con.execute(query).fetchall()
        kinds = {(thing["designation"], thing["manufacturer"], thing["model"]): thing["list_kind"] for thing in things}
        described = [
            Description(label, manufacturer, model, kind=kinds.get((label, manufacturer, model), ""))
            for label, manufacturer, model, *_counts in rows_of[: limit("candidates")]
        ]
        proposed = [*candidates.suggest_all(described), *[()] * (len(rows_of) - len(described))]
        lines: list[dict[str, Any]] = []
        for (label, manufacturer, model, rows, quantity, entities), types in zip(rows_of, proposed, strict=True):
            line = {"label": label, "manufacturer": manufacturer, "model": model, "rows": rows}
            line |= {"quantity": f"{quantity:g}", "entities": " | ".join((entities or [])[:5])}
            for n, candidate in enumerate(types, start=1):
                line[f"candidate_{n}"], line[f"score_{n}"] = candidate.item_type, candidate.score
                line[f"reason_{n}"] = candidate.reason
            lines.append(line)
            self.unmatched += rows
        self.labels = len(lines)
        proposals = [f"{what}_{n}" for n in (1, 2, 3) for what in ("candidate", "score", "reason")]
        names = [*LABELS, "rows", "quantity", "entities", *proposals, "item_type"]
        if lines:
            write_csv(self.out / "unmatched.csv", names, lines)

    def _write_rejects(self) -> None:
        """rejects.csv: one line per rejected row, its faults, its texts; corrected, it is imported again."""
        lines = list(self._earlier_rejects())
        for sheet in self.sheets:
            refused: Iterable[Mapping[str, Any]] = sheet.refused
            if sheet.report.rejected and not refused and not sheet.derived:
                refused = canonical.read_rejects(self.con, sheet.parquet, sheet.report.table)
            lines.extend(_refused_line(sheet, row) for row in refused)
        self.rejected = len(lines)
        filled = {name for line in lines for name, value in line.items() if value not in (None, "")}
        names = ["file", "line", "column", "value", "what", "remedy", "source", "table"]
        tables = ("inventory", *canonical.KEYS, *formats.service_tables(), *canonical.register_keys())
        columns = [column.column for table in tables for column in table_schema.columns(table)]
        names += [name for name in dict.fromkeys(columns) if name in filled and name not in names]
        if lines:
            write_csv(self.out / "rejects.csv", names, lines)

    def _earlier_rejects(self) -> Iterator[dict[str, Any]]:
        """Earlier rejects, but for those of files read again and those that a person has just corrected."""
        path = self.estate / "rejects.csv"
        if not path.exists():
            return
        corrected = set(self.read_again)
        again: list[str] = []
        for sheet in self.sheets:
            if sheet.layout.format == formats.REJECTS:
                query = f"SELECT source FROM {parquet_scan(sheet.parquet)} WHERE aside IS NULL"
                rows = self.con.execute(query).fetchall()
                corrected |= {source for (source,) in rows}
            else:
                again.append(sheet.report.key + ":")
        for row in read_csv(path):
            if row["source"] not in corrected and not row["source"].startswith(tuple(again)):
                yield row

    def _write_corrections(self, files: Iterable[Mapping[str, Any]]) -> None:
        """corrections.csv: the cells that people put right, labels settled and rejected rows."""
        again = {sheet.report.key for sheet in self.sheets if sheet.layout.format != formats.REJECTS}
        for sheet in self.sheets:
            if sheet.layout.format == formats.REJECTS:
                self.corrections.add_rejects(sheet.parquet, self.estate / "rejects.csv")
        self.corrections.write(self.estate / corrections.FILE, again, files, self.out / corrections.FILE)

    def _count_corrected(self, files: dict[str, dict[str, Any]]) -> int:
        """A rejected row that a person corrected is one more row read of its own file, and one less rejected.

        Returns the rows set aside that no file of the estate counts: the estate never saw them rejected.
        """
        path = self.estate / "rejects.csv"
        rejected = {row["source"] for row in read_csv(path)} if path.exists() else set()
        strangers = 0
        for sheet in self.sheets:
            if sheet.layout.format == formats.REJECTS:
                query = f"SELECT source, {canonical.KEPT} FROM {parquet_scan(sheet.parquet)}"
                for source, kept in self.con.execute(f"{query} WHERE {canonical.KEPT} OR aside IS NOT NULL").fetchall():
                    name = f"{sheet.report.table}:{(source or '').rpartition(':')[0]}"
                    if kept and source in rejected and name in files:
                        file = files[name]
                        counts = {"rows_written": file["rows_written"] + 1, "rejected": file["rejected"] - 1}
                        files[name] = file | counts
                    elif not kept and source not in rejected:
                        strangers += 1
        return strangers

    def _write_matches(self) -> None:
        """matches.csv: how each label of each file was understood, so that the three states can be seen and judged."""
        self.lines = inspection.merge_lines(self._earlier_lines(), self.lines)
        if self.lines:
            write_csv(self.out / "matches.csv", inspection.COLUMNS, self.lines)

    def _earlier_lines(self) -> Iterator[dict[str, Any]]:
        """Lines of earlier imports, but for those of files read again and of labels that were looked for again."""
        path = self.estate / "matches.csv"
        again = {sheet.report.key for sheet in self.sheets if sheet.layout.format != formats.REJECTS}
        labels = {tuple(line[name] for name in LABELS) for line in self.lines}
        for line in read_csv(path) if path.exists() else ():
            known = "file" in line or tuple(line[name] for name in LABELS) not in labels  # imports of before 2026-12
            if line.get("file") not in again and line["item_type"] and known:
                yield line


def _outcome(match: Match, label: str) -> dict[str, Any]:
    """What was found for a distinct text, and why."""
    outcome = {"item_type": match.item_type or None, "flag": match.flag, "how": match.how}
    return outcome | {"state": match.state, "reason": match.reason, "label": label}


def _new_rows(scan: str, has: set[str], sheet: NormalisedSheet, turn: int, row_id: str) -> str:
    """SQL of the rows of a sheet: their type is to be matched from `designation`, but for those of a flow."""
    names = ("item_type", "label", "flow")
    item_type, label, flow = (name if name in has else "CAST(NULL AS VARCHAR)" for name in names)
    chosen = {
        "settled": f"CASE WHEN {flow} IS NOT NULL THEN {item_type} END",
        "designation": f"coalesce({item_type}, {label})",
        "size": f'"{SIZE}"' if SIZE in has else "NULL",
        "battery": f'"{BATTERY}"' if BATTERY in has else "NULL",
        "file": _file_of_rows(has) if sheet.layout.format == formats.REJECTS else quoted(sheet.report.key),
        "list_kind": quoted(sheet.list_kind),
    }
    options = sheet.layout.options
    exact = str(bool(options.get("strict") or options.get("exact_codes"))).lower()
    kept = str(bool(options.get("label_kept"))).lower()
    return _merged_columns(scan, has, chosen, turn, row_id, exact, kept)


def _file_of_rows(has: set[str]) -> str:
    """SQL of the file that rows come from, as their source names it."""
    return "coalesce(regexp_replace(source, ':[^:]*$', ''), '')" if "source" in has else "''"


def _merged_columns(
    scan: str, has: set[str], chosen: dict[str, str], turn: int, row_id: str, exact: str = "false", kept: str = "true"
) -> str:
    """SQL of one set of rows with the columns that matching needs; those of the inventory as they are.

    A row that the estate holds keeps its type (`settled`). `exact`: a designation that is a code is that type; `kept`:
    a label stays beside the type found.
    """
    texts = {name: name if name in has else "NULL" for name in MERGED_TEXTS}
    texts |= chosen
    apart = {"item_type", "label", *texts}
    others = [column.column for column in table_schema.columns("inventory") if column.column in has - apart]
    columns = [*others, *(f"CAST({sql} AS VARCHAR) AS {name}" for name, sql in texts.items())]
    columns += [f"{kept} AS label_kept", f"{exact} AS exact_codes", f"{turn} AS turn", f"{row_id} AS row_id"]
    return f"SELECT {', '.join(columns)} FROM {scan}"


def _refused_line(sheet: NormalisedSheet, row: Mapping[str, Any]) -> dict[str, Any]:
    """A line of rejects.csv: a rejected row with its file, its source and its table."""
    source = row.get("source") or f"{sheet.report.key}:{row['line']}"
    return {"table": sheet.report.table, **row, "file": sheet.report.name, "source": source}
