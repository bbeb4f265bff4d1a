"""A table of the schema read from any file: typed rows, and the faults of the rows that do not pass.

A row with a fault is rejected whole, with the place and the remedy of each fault; the other rows are kept.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import text_rows
from estran.common.sql import parquet_scan, quoted
from estran.common.table_schema import SQL_TYPES, columns, is_personal, places_of_columns
from estran.common.validation_messages import problem_of_reject, refused_row, refusing_damaged, unreadable
from estran.common.vocabulary import limit
from estran.importing.column_maps import ColumnMap, find_map
from estran.importing.formats import IGNORE, UNKNOWN_HEADERS
from estran.importing.parsing import create_macros, fault_sql, value_sql
from estran.importing.reading import readers
from estran.importing.reading.sheets import Sheet

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Progress = Callable[[float], None]

# The types of a Parquet column that a column of the schema takes by a mere cast.
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")

CAST_FROM = {
    "text": ("VARCHAR",),
    "choice": ("VARCHAR",),
    "number": (*WHOLE, "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL"),
    "integer": WHOLE,
    "date": ("DATE", "TIMESTAMP"),
    "boolean": ("BOOLEAN",),
}


@dataclass(frozen=True)
class InventoryRead:
    """An inventory ready for the engine.

    `path` is a Parquet file: the one written, or the input itself when its columns were already typed; `row_id` is the
    SQL name of the order of the file in it (the column `row_id`, from 0, rejected rows included, or DuckDB's
    `file_row_number`); `columns` are those of the schema.
    `problems` are the first faults, `faults` counts all of them, `rejected` the rows left out because of them.
    """

    path: Path
    row_id: str
    columns: list[str]
    rows: int
    rejected: int
    problems: list[Problem]
    faults: int
    notes: list[str]
    sha256: str


def _header_notes(sheet: Sheet, used: set[int]) -> list[str]:
    left = [text for i, text in enumerate(sheet.header) if i not in used and text]
    notes = list(sheet.notes)
    if personal := ", ".join(text for text in left if is_personal(text)):
        notes.append(_("Colonnes personnelles écartées : {names}.").format(names=personal))
    if ignored := ", ".join(text for text in left if not is_personal(text)):
        notes.append(_("Colonnes inconnues ignorées : {names}.").format(names=ignored))
    return notes


def _check_headers(sheet: Sheet, table: str, places: Collection[str]) -> None:
    seen = ", ".join(f"« {text} »" for text in sheet.header[:12] if text) or _("(aucun)")
    expected = ", ".join(column.column for column in columns(table)[:8])
    remedy = _(
        "Nommer les colonnes comme dans Estran ({expected}…), ou passer par « estran import » et une table de colonnes."
    )
    missing = [column.column for column in columns(table) if column.required and column.column not in places]
    if table == "inventory" and not {"item_type", "label", "flow"} & set(places):
        missing = ["item_type"]
    what = _("Il manque la colonne {missing} ; en-têtes lus : {seen}.")
    if not places:
        what = _("Aucun en-tête n’est reconnu dans la table « {table} » ; en-têtes lus : {seen}.")
    if missing or not places:
        what = what.format(table=table, missing=", ".join(missing), seen=seen)
        where = (sheet.file.name, sheet.header_line)
        raise CannotUse(Problem(what, remedy.format(expected=expected), *where, code=UNKNOWN_HEADERS))


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB session for reading: in memory, no network, no extension, no progress bar of its own."""
    import duckdb

    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    con.execute("SET enable_progress_bar = false; SET memory_limit = '500MB'")
    # A list of texts in IN would become a join, after which numbering rows in order keeps them all in memory.
    con.execute("SET disabled_optimizers = 'in_clause'")
    return con


@lru_cache(maxsize=4096)
def read_day(text: str) -> date | None:
    """The day that a text of a file or a form says, by the one reader of dates (macros.sql); None if it says none."""
    query = f"SELECT read_date({quoted(text.strip())})"
    with connect() as con:
        create_macros(con, query)
        day: date | None = con.execute(query).fetchall()[0][0]
    return day


# What names a row of each small table: a later row of the same key replaces it.
KEYS = {
    "rooms": ("room",),
    "meter_days": ("source",),  # the days of a file read again replace all it gave
    "models": ("item_type", "model"),
    "vms": ("vm", "host"),
    "applications": ("application", "vm"),
    "factors": ("flow", "stage", "criterion"),
}


@cache
def register_keys() -> dict[str, tuple[str, ...]]:
    """The same for the registers that are kept row by row."""
    return {row["register"]: tuple(row["key"].split("|")) for row in text_rows("register_names") if row["key"]}


def key_of(table: str) -> tuple[str, ...]:
    """What names a row of a small table or a register."""
    return KEYS.get(table) or register_keys()[table]


SPENDING = "spending.csv"  # of an estate: what became of each account of an extract of accounts
KEPT = "reject IS NULL AND aside IS NULL"  # the rows of `typed_rows_sql(…, aside=…)` that are read


def typed_rows_sql(
    table: str,
    raw: Mapping[str, str],
    source: str,
    keep: str = "",
    *,
    aside: str = "",
    refused: Mapping[str, str] | None = None,
) -> str:
    """SQL of the typed rows of a table: `row_id` (from 0), `line` in the file, the columns, `reject` (faulty cells).

    `raw`: column → SQL of its text in `source`, which has `line` and `extra` (cells beyond the header). `keep`: further
    columns of `source`, as `, a, b`. `reject` is NULL for a good row. Rows without any of the columns are not rows; but
    with `aside`, every row of `source` is there: `aside` says why it is no row of the table (by this SQL over `source`,
    or `empty`), and `texts` gives column → text of every cell of a rejected row. `refused`: column → SQL condition on
    `raw_<column>`, the values that are faulty though they are of its type.
    """
    used = [column for column in columns(table) if column.column in raw]
    names = ", ".join(column.column for column in used)
    texts = ", ".join(f"{raw[column.column]} AS raw_{column.column}" for column in used)
    values = ", ".join(f"{value_sql(column, f'raw_{column.column}')} AS {column.column}" for column in used)
    filled = " OR ".join(f"raw_{column.column} IS NOT NULL" for column in used)
    faults = {column.column: fault_sql(column, f"raw_{column.column}", column.column) for column in used}
    faults |= {name: f"({faults[name]} OR coalesce({test}, false))" for name, test in (refused or {}).items()}
    faults = {name: test for name, test in faults.items() if test != "false"}
    faulty = " OR ".join([*faults.values(), "extra <> ''"])
    cells = [f"CASE WHEN {test} THEN {{'name': '{name}', 'value': raw_{name}}} END" for name, test in faults.items()]
    cells.append("CASE WHEN extra <> '' THEN {'name': '', 'value': extra} END")
    reject = f"CASE WHEN faulty THEN list_filter([{', '.join(cells)}], lambda cell: cell IS NOT NULL) END AS reject"
    if aside:
        pairs = ", ".join(f"'{column.column}': raw_{column.column}" for column in used)
        reject += f", CASE WHEN faulty THEN MAP {{{pairs}}} END AS texts, aside"
        aside = f", coalesce({aside}, CASE WHEN NOT ({filled}) AND coalesce(extra, '') = '' THEN 'empty' END) AS aside"
    rows = f"SELECT line, extra, {texts}{keep}{aside} FROM {source}"
    typed = f"SELECT *, {values} FROM ({rows}){'' if aside else f' WHERE {filled}'}"
    judged = f"SELECT *, {'aside IS NULL AND ' if aside else ''}({faulty}) AS faulty FROM ({typed})"
    return f"SELECT row_number() OVER () - 1 AS row_id, line, {names}, {reject}{keep} FROM ({judged})"


def is_outside(within: str) -> str:
    """SQL condition on the text of an entity: neither this one nor a part of it. See `typed_rows_sql`."""
    return f"(raw_entity <> {quoted(within)} AND NOT starts_with(raw_entity, {quoted(within + ' > ')}))"


def is_taken(table: str, within: str, raw: Collection[str], earlier: Sequence[Path]) -> dict[str, str]:
    """Column → SQL condition, for `typed_rows_sql`: a row that whoever writes for `within` may not give.

    A model or a factor counts for the whole estate, so that such a person gives none; a room, a virtual machine or an
    application that an earlier file of the import gives to another entity stays as it is. `raw`: the columns there are.
    """
    types = {column.column: column.type for column in columns(table)}
    keys = [name for name in KEYS.get(table, ()) if name in raw]
    named = next((name for name in keys if types[name] == "text"), "")
    if named and "entity" not in types:
        return {named: f"raw_{named} IS NOT NULL"}
    if not named or not earlier:
        return {}
    same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM raw_{name}" for name in keys)
    rows = " UNION ALL BY NAME ".join(f"(FROM {parquet_scan(path)} WHERE {KEPT})" for path in earlier)
    outside = is_outside(within).replace("raw_entity", "coalesce(t.entity, '')")
    return {named: f"EXISTS (SELECT 1 FROM ({rows}) t WHERE {same} AND {outside})"}


def write_parquet(con: duckdb.DuckDBPyConnection, query: str, target: Path, progress: Progress | None = None) -> None:
    """Write a query to Parquet in bounded memory, reporting the progress from 0 to 1."""
    statement = f"COPY ({query}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    if progress is None:
        con.execute(statement)
        return
    done = threading.Event()

    def report() -> None:
        while not done.wait(0.1):
            progress(max(0.0, min(1.0, con.query_progress() / 100)))

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        con.execute(statement)
    finally:
        done.set()
        reporter.join()
    progress(1.0)


def read_faults(con: duckdb.DuckDBPyConnection, staged: Path, table: str, file: str) -> tuple[list[Problem], int, int]:
    """First faults of a file of typed rows, count of all, count of rejected rows."""
    by_name = {column.column: column for column in columns(table)}
    scan = parquet_scan(staged)
    counted = con.execute(f"SELECT coalesce(sum(len(reject)), 0), count(reject) FROM {scan}").fetchall()[0]
    if not counted[1]:
        return [], 0, 0
    rows = con.execute(
        f"SELECT line, unnest(reject) AS cell FROM {scan} WHERE reject IS NOT NULL"
        f" ORDER BY row_id LIMIT {limit('faults_shown')}"
    ).fetchall()
    return [problem_of_reject(by_name, cell, file, line) for line, cell in rows], int(counted[0]), int(counted[1])


def read_rejects(con: duckdb.DuckDBPyConnection, staged: Path, table: str) -> Iterator[dict[str, Any]]:
    """The rejected rows of a file of typed rows, as lines of rejects.csv without their file."""
    cursor = con.cursor()
    rows = f"FROM {parquet_scan(staged)} WHERE reject IS NOT NULL ORDER BY row_id"
    cursor.execute(f"SELECT line, reject, texts {rows}")
    while chunk := cursor.fetchmany(10_000):
        yield from (refused_row(table, line, cells, texts or {}) for line, cells, texts in chunk)


def open_sheet(path: Path, table: str, work: Path) -> tuple[Sheet, dict[str, int]]:
    """The sheet of a canonical table and the place of its columns. Errors: CannotUse."""
    sheet = readers.read_sheet(path, lambda row: len(places_of_columns(row, table)), work)
    places = places_of_columns(sheet.header, table)
    _check_headers(sheet, table, places)
    return sheet, places


EMPTY = "NULL::VARCHAR"


def _raw_cells(sheet: Sheet, table: str, column_map: ColumnMap | None) -> dict[str, str]:
    """Column → SQL of its text: by the names of the schema, and before them by what a person said of the headers."""
    places = places_of_columns(sheet.header, table)
    chosen = column_map.choose(sheet.header) if column_map else {}
    places = {name: i for name, i in places.items() if i not in chosen}
    for i, name in chosen.items():
        if name != IGNORE:
            places[name] = i
    raw = {column.column: EMPTY for column in columns(table)} | {name: f"c{i}" for name, i in places.items()}
    if column_map:
        dates = {column.column for column in columns(table) if column.type == "date"} & places.keys()
        raw |= {name: f"month_first({raw[name]})" for name in dates if column_map.dates == "mdy"}
        raw |= {name: quoted(value) for name, value in column_map.constants.items() if raw.get(name) == EMPTY}
    return raw


def stage_table(
    con: duckdb.DuckDBPyConnection,
    sheet: Sheet,
    table: str,
    target: Path,
    *,
    has_macros: bool = False,
    refused: Mapping[str, str] | None = None,
    column_map: ColumnMap | None = None,
) -> None:
    """The rows of a small table as `typed_rows_sql` accounts for all of them, in Parquet. Errors: CannotUse."""
    import duckdb

    raw = _raw_cells(sheet, table, column_map)
    _check_headers(sheet, table, [name for name, cell in raw.items() if cell != EMPTY])
    try:
        query = typed_rows_sql(table, raw, sheet.rows, aside="NULL", refused=refused)
        if not has_macros:
            create_macros(con, query)
        write_parquet(con, query, target)
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.DataError) as error:
        raise unreadable(sheet.file, error) from None


def read_small_table(
    path: Path, table: str, *, lines: bool = False, maps: Sequence[ColumnMap] = ()
) -> tuple[pa.Table, list[Problem]]:
    """A small table (CSV, XLSX, XLS, ODS or Parquet): every column of the schema, typed, file order; and its faults.

    Rows with a fault are left out; with `lines`, a column `line` says where each one stands. maps: what people said of
    headers that are not those of the schema. Errors: CannotUse when nothing can be read.
    """
    with tempfile.TemporaryDirectory() as folder, connect() as con, refusing_damaged(path):
        work = Path(folder)

        def count_known(row: list[str]) -> int:
            return max(len(places_of_columns(row, table)), *(len(one.choose(row)) for one in maps), 0)

        sheet = readers.read_sheet(Path(path), count_known, work)
        staged = work / "staged.parquet"
        stage_table(con, sheet, table, staged, column_map=find_map(sheet.header, maps))
        problems, _count, _rows = read_faults(con, staged, table, sheet.file.name)
        cells = [f"CAST({column.column} AS {SQL_TYPES[column.type]}) AS {column.column}" for column in columns(table)]
        names = ", ".join([*cells, "line"] if lines else cells)
        result = con.sql(f"SELECT {names} FROM {parquet_scan(staged)} WHERE {KEPT} ORDER BY row_id")
        return result.to_arrow_table(), problems


def read_inventory(path: Path, parquet: Path, progress: Progress | None = None) -> InventoryRead:
    """A canonical inventory of any size, in one pass and bounded memory, to typed Parquet; the rows keep their order.

    A Parquet input whose columns a mere cast brings to the types and bounds of the schema is used as it is. `progress`
    receives a share from 0 to 1. Errors: CannotUse.
    """
    import duckdb

    with tempfile.TemporaryDirectory() as folder, connect() as con, refusing_damaged(path):
        work = Path(folder)
        sheet, places = open_sheet(Path(path), "inventory", work)
        notes = _header_notes(sheet, set(places.values()))
        names = [column.column for column in columns("inventory") if column.column in places]
        if sheet.typed and (rows := _rows_if_sound(con, sheet, places)) is not None:
            return InventoryRead(sheet.file, "file_row_number", names, rows, 0, [], 0, notes, sheet.sha256)
        staged = parquet.with_name(parquet.name + ".part")
        con.execute(f"SET temp_directory = {quoted(str(work))}")
        try:
            raw = {name: f"c{i}" for name, i in places.items()}
            query = typed_rows_sql("inventory", raw, sheet.scan)
            create_macros(con, query)
            write_parquet(con, query, staged, progress)
            problems, count, rejected = read_faults(con, staged, "inventory", sheet.file.name)
            if rejected and _has_unknown_status(con, staged):
                raw |= _with_unknown_status(raw)
                names = [column.column for column in columns("inventory") if column.column in raw]
                write_parquet(con, typed_rows_sql("inventory", raw, sheet.scan), staged, progress)
                problems, count, rejected = read_faults(con, staged, "inventory", sheet.file.name)
                unknown = unknown_statuses(con, f"(FROM {parquet_scan(staged)} WHERE reject IS NULL)")
                problems, count = [problem_of_statuses(unknown, sheet.file.name), *problems], count + 1
            good = f"SELECT row_id, {', '.join(names)} FROM {parquet_scan(staged)} WHERE reject IS NULL"
            if rejected:
                write_parquet(con, good, parquet)
                staged.unlink()
            else:
                staged.replace(parquet)
            total = con.execute(f"SELECT count(*) FROM {parquet_scan(parquet)}").fetchall()[0]
        except (duckdb.InvalidInputException, duckdb.IOException, duckdb.DataError) as error:
            raise unreadable(sheet.file, error) from None
        finally:
            staged.unlink(missing_ok=True)
        return InventoryRead(parquet, "row_id", names, int(total[0]), rejected, problems, count, notes, sheet.sha256)


def _has_unknown_status(con: duckdb.DuckDBPyConnection, staged: Path) -> bool:
    """Rows are rejected for this alone, that no text of choices.csv gives their status."""
    names = "list_transform(reject, lambda cell: cell.name)"
    return bool(con.execute(f"SELECT count(*) FROM {parquet_scan(staged)} WHERE {names} = ['status']").fetchall()[0][0])


def unknown_statuses(con: duckdb.DuckDBPyConnection, rows: str, quantity: str = "1") -> list[tuple[str, int, float]]:
    """The words of statuses that nobody has settled: word, rows, things (`quantity`: SQL), the most rows first."""
    query = f"SELECT status_label, count(*), coalesce(sum({quantity}), 0) FROM {rows} WHERE status_label <> ''"
    return con.execute(f"{query} GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()


def problem_of_statuses(words: Sequence[tuple[str, int, float]], file: str) -> Problem:
    """Statuses that nobody has settled, and what to do."""
    texts = ", ".join(f"« {word} » ({rows})" for word, rows, _quantity in words[:8])
    what = _("Statuts inconnus, dont les lignes ne seront pas comptées : {texts}.").format(texts=texts)
    remedy = _("Dire s’ils veulent dire en service, de rechange ou réformé : dans statuses.csv, puis l’importer.")
    return Problem(what, remedy, file, value=words[0][0])


def _with_unknown_status(raw: Mapping[str, str]) -> dict[str, str]:
    """SQL of the texts of a status: the one known, and the one that nobody has settled, whose row is not counted."""
    column = next(column for column in columns("inventory") if column.column == "status")
    known, label = f"{value_sql(column, raw['status'])} IS NOT NULL", raw.get("status_label", "NULL")
    unknown = f"coalesce(CASE WHEN NOT ({known}) THEN {raw['status']} END, {label})"
    return {"status": f"CASE WHEN {known} THEN {raw['status']} END", "status_label": unknown}


def _rows_if_sound(con: duckdb.DuckDBPyConnection, sheet: Sheet, places: dict[str, int]) -> int | None:
    """Rows of a Parquet file that can be used as it is: names, types (but for a cast) and bounds of the schema."""
    source = parquet_scan(sheet.file)
    types = {row[0]: row[1].split("(")[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    tests = []
    for column in columns("inventory"):
        if column.column not in places:
            continue
        if types.get(column.column) not in CAST_FROM[column.type]:
            return None
        name = column.column
        if column.type == "choice":
            tests.append(f"count_if({name} NOT IN ({', '.join(map(quoted, column.choices))})) > 0")
        elif column.type not in ("text", "boolean"):  # the extremes stand for all values: NaN is above any number
            tests += [fault_sql(column, f"{extreme}({name})", f"{extreme}({name})") for extreme in ("min", "max")]
    bad = " OR ".join(f"coalesce({test}, false)" for test in tests) or "false"
    rows, faulty = con.execute(f"SELECT count(*), {bad} FROM {source}").fetchall()[0]
    return None if faulty else int(rows)
