"""The files of an imported estate, written together: rows get their item type, what is doubtful is listed.

inventory.csv (or .parquet), the small tables, rejects.csv and unmatched.csv (a person corrects and imports them
again), matches.csv (how each label was understood), import.json (what was read).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common import table_schema, validation_messages
from estran.common.sql import quoted
from estran.common.vocabulary import limit, text_key
from estran.importing import canonical, formats, matching
from estran.importing.matching import Thing
from estran.importing.normalising import NormalisedSheet

if TYPE_CHECKING:
    import duckdb

THING = ("said", "manufacturer", "model", "size", "kind", "strict")
KEYS = {
    "rooms": ("room",),
    "models": ("item_type", "model"),
    "vms": ("vm", "host"),
    "applications": ("application", "vm"),
    "factors": ("flow", "stage", "criterion"),
}
INVENTORY = ("inventory.parquet", "inventory.csv")
LABELS = ("label", "manufacturer", "model")


class EstateFiles:
    """The estate folder and what an import adds to it. `out` receives the files; `put_in_place` moves them together."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        work: Path,
        estate: Path,
        overlay: Path,
        parts: list[NormalisedSheet],
        settled: list[dict[str, str]],
    ) -> None:
        self.con, self.work, self.estate, self.overlay = con, work, estate, overlay
        self.parts, self.settled = parts, settled
        self.out = work / "out"
        self.out.mkdir()
        self.rows = self.unmatched = self.labels = self.rejected = 0
        self.states = dict.fromkeys((matching.RECOGNISED, matching.LEARNED, matching.TO_SETTLE), 0)

    def write(self, before: Mapping[str, dict[str, Any]]) -> None:
        """Write every file; `before` are the files of earlier imports, by key."""
        self._learn()
        for table in KEYS:
            self._small_table(table)
        self._inventory()
        self._rejects()
        files = dict(before)
        for part in self.parts:
            if part.layout.format != formats.REJECTS:
                files[f"{part.report.table}:{part.report.key}"] = asdict(part.report)
        summary = {
            "files": list(files.values()),
            "rows": self.rows,
            "rejected": self.rejected,
            "unmatched": self.unmatched,
            "unmatched_labels": self.labels,
        }
        text = json.dumps(summary, ensure_ascii=False, indent=2)
        (self.out / "import.json").write_text(text + "\n", encoding="utf-8")
        self._put_in_place()

    def _put_in_place(self) -> None:
        """Move the new files over the old ones, import.json last; those that are no longer due go."""
        for name in (*INVENTORY, "rejects.csv", "unmatched.csv"):
            if not (self.out / name).exists():
                (self.estate / name).unlink(missing_ok=True)
        learned = self.out / "overlay"
        if learned.exists():
            self.overlay.mkdir(parents=True, exist_ok=True)
            (learned / "labels.csv").replace(self.overlay / "labels.csv")
            learned.rmdir()
        for path in sorted(self.out.iterdir(), key=lambda path: path.name == "import.json"):
            path.replace(self.estate / path.name)

    def _learn(self) -> None:
        """Add the settled labels to the overlay's labels.csv; the last choice for a label wins."""
        if not self.settled:
            return
        names = [column.column for column in table_schema.columns("labels")]
        old = self.overlay / "labels.csv"
        earlier = canonical.read_small_table(old, "labels")[0].to_pylist() if old.exists() else []
        lines = {tuple(text_key(row.get(name) or "") for name in LABELS): row for row in [*earlier, *self.settled]}
        (self.out / "overlay").mkdir()
        write_csv(self.out / "overlay" / "labels.csv", names, lines.values())

    # ------------------------------------------------------------------------------------------------ small tables

    def _small_table(self, table: str) -> None:
        """rooms, models, vms, applications, factors: the new rows replace those of the same key."""
        parts = [part for part in self.parts if part.report.table == table]
        if not parts:
            return
        unions = []
        if old := next((path for path in sorted(self.estate.glob(f"{table}.*"))), None):
            before, _faults = canonical.read_small_table(old, table)
            self.con.register(f"old_{table}", before)
            unions.append(f"SELECT *, 0 AS turn FROM old_{table}")
        for turn, part in enumerate(parts, start=1):
            kept = "WHERE reject IS NULL" if "reject" in self._columns(_scan(part.parquet)) else ""
            unions.append(f"SELECT *, {turn} AS turn FROM {_scan(part.parquet)} {kept}")
        rows = " UNION ALL BY NAME ".join(unions)
        present = self._columns(f"({rows})")
        listed = ", ".join(column.column for column in table_schema.columns(table) if column.column in present)
        same = ", ".join(f"coalesce({name}, '')" for name in KEYS[table])
        query = (
            f"SELECT {listed} FROM (SELECT *, row_number() OVER () AS place FROM ({rows}))"
            f" QUALIFY turn = max(turn) OVER (PARTITION BY {same}) ORDER BY place"
        )
        self.con.execute(f"COPY ({query}) TO {quoted(str(self.out / f'{table}.csv'))} (HEADER)")

    def _columns(self, scan: str) -> set[str]:
        return {row[0] for row in self.con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}

    # --------------------------------------------------------------------------------------------------- inventory

    def _inventory(self) -> None:
        """The earlier rows that no file replaces, then the new ones, each with the type of its label."""
        unions, present = self._unions()
        if not unions:
            return
        self.con.execute(f"CREATE VIEW said_rows AS {' UNION ALL BY NAME '.join(unions)}")
        things = self._match()
        flags = {thing["flag"] for thing in things} & {"virtual", "internal_panel"}
        item_type = "coalesce(r.settled, m.item_type)"
        sql = {
            "item_type": item_type,
            "label": f"CASE WHEN ({item_type} IS NULL OR r.label_kept) AND r.flow IS NULL THEN r.said END",
        }
        for flag in flags:
            stated = f"r.{flag}" if flag in present else "CAST(NULL AS BOOLEAN)"
            sql[flag] = f"coalesce({stated}, CASE WHEN m.flag = '{flag}' THEN true END)"
        join = " AND ".join(f"coalesce(CAST(r.{name} AS VARCHAR), '') = m.{name}" for name in THING)
        source = f"said_rows r LEFT JOIN matches m ON {join} AND r.settled IS NULL AND r.flow IS NULL"
        if "model" in present and self._model_sheets():
            source += " LEFT JOIN sheets s ON coalesce(r.manufacturer, '') = s.by_manufacturer AND r.model = s.by_model"
            sql["model"] = "coalesce(s.sheet, r.model)"
        present |= flags | {"item_id", "item_type", "label", "source"}
        names = [column.column for column in table_schema.columns("inventory") if column.column in present]
        chosen = ", ".join(f"{sql.get(name, f'r.{name}')} AS {name}" for name in names)
        merged = self.work / "merged.parquet"
        canonical.copy(self.con, f"SELECT {chosen} FROM {source} ORDER BY r.turn, r.row_id", merged)
        self._write_inventory(merged, names)
        for thing in things:
            self.states[thing["state"]] += thing["rows"]
        self._unmatched(_scan(merged), set(names))
        self._matches(things)

    def _write_inventory(self, merged: Path, names: list[str]) -> None:
        """inventory.csv, or .parquet beyond a size; an identifier met twice gets a number."""
        count = f"SELECT count(*), count(*) - count(DISTINCT item_id) FROM {_scan(merged)}"
        self.rows, repeated = self.con.execute(count).fetchall()[0]
        query = f"SELECT * FROM {_scan(merged)}"
        if repeated:
            chosen = ", ".join(
                "item_id || CASE WHEN n > 1 THEN '#' || n ELSE '' END AS item_id" if name == "item_id" else name
                for name in names
            )
            scan = f"read_parquet({quoted(str(merged))}, file_row_number = true)"
            numbered = f"SELECT *, row_number() OVER (PARTITION BY item_id ORDER BY file_row_number) AS n FROM {scan}"
            query = f"SELECT {chosen} FROM ({numbered}) ORDER BY file_row_number"
        if self.rows <= limit("csv_rows"):
            self.con.execute(f"COPY ({query}) TO {quoted(str(self.out / 'inventory.csv'))} (HEADER)")
        elif repeated:
            canonical.copy(self.con, query, self.out / "inventory.parquet")
        else:
            (self.out / "inventory.parquet").hardlink_to(merged)

    def _unions(self) -> tuple[list[str], set[str]]:
        """SQL of the rows: the earlier ones, then each part; and the columns of the inventory that they have."""
        known = {column.column for column in table_schema.columns("inventory")}
        parts = [part for part in self.parts if part.report.table == "inventory"]
        gone = " OR ".join(f"coalesce({part.replaces}, false)" for part in parts) or "false"
        unions: list[str] = []
        present: set[str] = set()
        if old := next((self.estate / name for name in INVENTORY if (self.estate / name).exists()), None):
            earlier = canonical.read_inventory(old, self.work / "earlier.parquet")
            present |= set(earlier.columns)
            option = ", file_row_number = true" if earlier.row_id == "file_row_number" else ""
            kept = f"WHERE NOT ({gone})" if "source" in present else ""
            scan = f"read_parquet({quoted(str(earlier.path))}{option}) {kept}"
            unions.append(_said(scan, set(earlier.columns), 0, earlier.row_id, settled=True))
        for turn, part in enumerate(parts, start=1):
            has = self._columns(_scan(part.parquet))
            present |= has & known
            row_id = "row_id" if "row_id" in has else "row_number() OVER ()"
            scan = f"{_scan(part.parquet)} WHERE reject IS NULL"
            unions.append(_said(scan, has, turn, row_id, settled=False))
        return unions, present

    def _match(self) -> list[dict[str, Any]]:
        """The type of each distinct text, kept as the table `matches`."""
        import pyarrow as pa

        choices = matching.learned(self.out / "overlay" if self.settled else self.overlay)
        listed = ", ".join(f"coalesce(CAST({name} AS VARCHAR), '') AS {name}" for name in THING)
        query = (
            f"SELECT {listed}, count(*) FROM said_rows WHERE settled IS NULL AND flow IS NULL GROUP BY ALL ORDER BY ALL"
        )
        things = []
        for *texts, rows in self.con.execute(query).fetchall():
            said, manufacturer, model, size, kind, strict = texts
            found = matching.match(Thing(said, manufacturer, model, size, kind), choices, exact_codes=strict == "true")
            outcome = {
                "item_type": found.item_type or None,
                "flag": found.flag,
                "state": found.state,
                "reason": found.reason,
            }
            things.append({**dict(zip(THING, texts, strict=True)), **outcome, "rows": rows})
        names = (*THING, "item_type", "flag")
        self._arrow(
            "matches", pa.table({name: pa.array([thing[name] for thing in things], pa.string()) for name in names})
        )
        return things

    def _arrow(self, name: str, table: Any) -> None:
        self.con.register(f"{name}_arrow", table)
        self.con.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")

    def _model_sheets(self) -> bool:
        """Table `sheets`: models of the list that are the model of a sheet, by another spelling. False without any."""
        import pyarrow as pa

        sheets: set[tuple[str, str]] = set()
        for folder in (self.overlay, self.estate):
            if (path := folder / "models.csv").exists():
                table, _faults = canonical.read_small_table(path, "models")
                sheets |= {(row["manufacturer"] or "", row["model"]) for row in table.to_pylist()}
        if not sheets:
            return False
        query = "SELECT DISTINCT coalesce(manufacturer, ''), model FROM said_rows WHERE model IS NOT NULL ORDER BY ALL"
        found = matching.sheets_of(self.con.execute(query).fetchall(), sorted(sheets))
        texts = {
            "by_manufacturer": [manufacturer for manufacturer, _model in found],
            "by_model": [model for _manufacturer, model in found],
            "sheet": list(found.values()),
        }
        self._arrow("sheets", pa.table({name: pa.array(values, pa.string()) for name, values in texts.items()}))
        return True

    # ------------------------------------------------------------------- labels to settle, rejects, what was matched

    def _unmatched(self, scan: str, names: set[str]) -> None:
        """unmatched.csv: the labels without a type, with candidates for a person."""
        sql = {name: name if name in names else "NULL" for name in (*LABELS, "quantity", "entity", "flow")}
        texts = ", ".join(f"coalesce({sql[name]}, '')" for name in LABELS)
        query = (
            f"SELECT {texts}, count(*), coalesce(sum({sql['quantity']}), 0),"
            f" list_sort(list_distinct(list({sql['entity']})))"
            f" FROM {scan} WHERE item_type IS NULL AND {sql['flow']} IS NULL GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"
        )
        lines: list[dict[str, Any]] = []
        for label, manufacturer, model, rows, quantity, entities in self.con.execute(query).fetchall():
            line = {
                "label": label,
                "manufacturer": manufacturer,
                "model": model,
                "rows": rows,
                "quantity": f"{quantity:g}",
            }
            line["entities"] = " | ".join((entities or [])[:5])
            if len(lines) < limit("candidates"):
                for n, candidate in enumerate(matching.candidates(Thing(label, manufacturer, model)), start=1):
                    line[f"candidate_{n}"], line[f"score_{n}"] = candidate.item_type, candidate.score
                    line[f"reason_{n}"] = candidate.reason
            lines.append(line)
            self.unmatched += rows
        self.labels = len(lines)
        proposals = [f"{what}_{n}" for n in (1, 2, 3) for what in ("candidate", "score", "reason")]
        if lines:
            write_csv(
                self.out / "unmatched.csv", [*LABELS, "rows", "quantity", "entities", *proposals, "item_type"], lines
            )

    def _rejects(self) -> None:
        """rejects.csv: one line per rejected row, its faults, its texts; corrected, it is imported again."""
        lines = list(self._rejects_kept())
        for part in self.parts:
            if part.report.rejected and "texts" in self._columns(_scan(part.parquet)):
                query = (
                    f"SELECT line, reject, texts FROM {_scan(part.parquet)} WHERE reject IS NOT NULL ORDER BY row_id"
                )
                cursor = self.con.execute(query)
                while chunk := cursor.fetchmany(10_000):
                    lines.extend(_reject(part, line, cells, texts or {}) for line, cells, texts in chunk)
        self.rejected = len(lines)
        if not lines:
            return
        filled = {name for line in lines for name, value in line.items() if value not in (None, "")}
        names = ["file", "line", "column", "value", "what", "remedy", "source"]
        columns = [column.column for table in ("inventory", *KEYS) for column in table_schema.columns(table)]
        names += [name for name in dict.fromkeys(columns) if name in filled and name not in names]
        write_csv(self.out / "rejects.csv", names, lines)

    def _rejects_kept(self) -> Iterator[dict[str, Any]]:
        """Earlier rejects, but for those of files read again and those that a person has just corrected."""
        path = self.estate / "rejects.csv"
        if not path.exists():
            return
        corrected: set[str] = set()
        again: list[str] = []
        for part in self.parts:
            if part.layout.format == formats.REJECTS:
                corrected |= {
                    row[0] for row in self.con.execute(f"SELECT source FROM {_scan(part.parquet)}").fetchall()
                }
            else:
                again.append(part.report.key + ":")
        for row in csv_rows(path):
            if row["source"] not in corrected and not row["source"].startswith(tuple(again)):
                yield row

    def _matches(self, things: list[dict[str, Any]]) -> None:
        """matches.csv: how each label was understood, so that the three states can be seen and judged."""
        names = [*LABELS, "rows", "state", "item_type", "reason"]
        old = self.estate / "matches.csv"
        lines: dict[tuple[str, ...], dict[str, Any]] = {}
        for row in csv_rows(old) if old.exists() else ():
            lines[tuple(row[name] for name in LABELS)] = row
        for thing in things:
            line = {**thing, "label": thing["said"]}
            lines[tuple(line[name] for name in LABELS)] = line
        if lines:
            write_csv(self.out / "matches.csv", names, lines.values())


def _scan(path: Path) -> str:
    return f"read_parquet({quoted(str(path))})"


def _said(scan: str, has: set[str], turn: int, row_id: str, *, settled: bool) -> str:
    """SQL of one set of rows: `settled` is a type that stands (earlier rows: always), `said` what the list calls it,
    `label_kept` says that it stays beside the type (earlier rows: always)."""
    label, item_type, flow = (
        name if name in has else "CAST(NULL AS VARCHAR)" for name in ("label", "item_type", "flow")
    )
    apart = ("item_type", "label", "flow", "manufacturer", "model")
    chosen = [
        column.column
        for column in table_schema.columns("inventory")
        if column.column in has and column.column not in apart
    ]
    chosen += [f"CAST({name if name in has else 'NULL'} AS VARCHAR) AS {name}" for name in ("manufacturer", "model")]
    chosen.append(f"CAST({flow} AS VARCHAR) AS flow")
    chosen.append(
        f"CAST(CASE WHEN {'true' if settled else f'{flow} IS NOT NULL'} THEN {item_type} END AS VARCHAR) AS settled"
    )
    chosen.append(f"CAST({label if settled else f'coalesce({item_type}, {label})'} AS VARCHAR) AS said")
    chosen += [f"CAST({name if name in has else 'NULL'} AS VARCHAR) AS {name}" for name in ("size", "kind")]
    chosen.append(f"{'label_kept' if 'label_kept' in has else str(settled).lower()} AS label_kept")
    chosen += [f"{'strict' if 'strict' in has else 'false'} AS strict", f"{turn} AS turn", f"{row_id} AS row_id"]
    return f"SELECT {', '.join(chosen)} FROM {scan}"


def _reject(
    part: NormalisedSheet, line: int, cells: list[dict[str, str]], texts: dict[str, str | None]
) -> dict[str, Any]:
    by_name = {column.column: column for column in table_schema.columns(part.report.table)}
    problems = [validation_messages.problem_of_reject(by_name, cell, part.report.name, line) for cell in cells]
    return {
        **{name: text for name, text in texts.items() if text is not None},
        "file": part.report.name,
        "line": line,
        "column": " | ".join(cell["name"] for cell in cells),
        "value": " | ".join(cell["value"] or "" for cell in cells),
        "what": " ".join(problem.what for problem in problems),
        "remedy": " ".join(dict.fromkeys(problem.remedy for problem in problems)),
        "source": texts.get("source") or f"{part.report.key}:{line}",
    }


def csv_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file that an import wrote."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def write_csv(path: Path, names: list[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV: UTF-8, comma, header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
