"""Files of outside services read through a format: the lines of a bill or statement, their dates, places and faults.

A format (catalogue/imports/*.toml with reader = "services") says which header holds what. Only those columns are read:
tags, accounts and names of resources, which may name people, never leave the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common import problems, vocabulary
from estran.common.files import sha256
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import in_words, rows_by_code
from estran.common.sql import parquet_scan, quoted
from estran.common.table_schema import places_of_columns
from estran.common.validation_messages import refused_line
from estran.common.vocabulary import text_key
from estran.importing import canonical, formats
from estran.importing.reading import readers
from estran.importing.reading.sheets import Sheet

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Format = Mapping[str, Any]
# What the queries of bills and statements read, whether the format has it or not.
_COLUMNS = ("service", "region", "version", "provider", "service_category", "commitment")


@dataclass(frozen=True)
class ServiceFile:
    """A sheet, its format, what the user said of it, a folder for temporary files and a DuckDB session."""

    sheet: Sheet
    format: Format
    entity: str
    within: str
    year: int | None
    unit: str
    work: Path
    con: duckdb.DuckDBPyConnection
    vat: str | Callable[[str], str] = ""
    overlay: Path | None = None

    def refuse(self, what: str, remedy: str) -> CannotUse:
        """The whole file is of no use."""
        return problems.refuse_file(self.sheet.file, what, remedy)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.con.execute(query).fetchall()

    def set_variables(self, **variables: Any) -> None:
        """Give variables their values: `getvariable('name')` in a query."""
        for name, value in variables.items():
            self.con.execute(f"SET VARIABLE {name} = ?", [value])

    def run(self, name: str, **variables: Any) -> None:
        """Run the statements of sql/<name>.sql with these variables."""
        self.set_variables(**variables)
        self.con.execute(query(name))


@dataclass(frozen=True)
class ServicesRead:
    """What a file of services gives.

    rows: activity rows, with columns of the inventory. read: rows of the file; written: those that the activities sum;
    refused: those left out because of a fault, as lines of rejects.csv; the others are set aside. problems: one per
    cause and value, not per row. notes: what a person should know (columns not read, months covered, unknown regions or
    models…). factors: the estate's own factors (table `factors`) for AI models, or None. decisions: what became of each
    account of an extract, rows of spending.csv.
    """

    rows: pa.Table
    read: int
    written: int
    refused: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    factors: pa.Table | None = None
    decisions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many rows of the file are rejected."""
        return len(self.refused)

    @property
    def set_aside(self) -> int:
        """How many rows of the file are neither rejected nor summed: of another kind, year or version."""
        return self.read - self.written - self.rejected


def query(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text("utf-8")


def squeezed(text: str) -> str:
    """A text as compared: letters and digits only, lower case, no accent."""
    return text_key(text).replace(" ", "")


def read_activities(file: ServiceFile) -> pa.Table:
    """The activity rows of a file that was read."""
    file.set_variables(entity=file.entity, quality=file.format.get("quality", ""))
    return file.con.sql(query("activities")).to_arrow_table()


# ------------------------------------------------------------------------------------------------------- lines


def read_lines(file: ServiceFile) -> list[str]:
    """Stage the mapped columns as the view `texts`: line, those of [columns] and [[values]], first_day, last_day, sku.

    Its line_status: extra, more cells than the header; left, of another kind. Its date_fault: start, which cannot be
    read; period, over two years. Returns notes.
    Raises CannotUse when a column of the signature is missing.
    """
    sku = file.format.get("sku", {}).get("columns", [])
    wanted: dict[str, list[str]] = {name: [] for name in _COLUMNS} | file.format["columns"]
    for value in file.format.get("values", []):
        headers = (value["value"], value.get("unit_column"), value.get("control"), *value.get("scopes", {}).values())
        wanted |= {header: [header] for header in headers if header}
    header, notes = file.sheet.header, list(file.sheet.notes)
    place = {text_key(name): f"c{i}" for i, name in reversed(list(enumerate(header)))}
    if missing := [text for text in file.format["signature"] if not formats.spellings(text) & place.keys()]:
        raise file.refuse(
            _("Il manque dans le fichier : {names}.").format(names=", ".join(missing).replace("|", " / ")),
            _("Refaire l’export du fournisseur avec toutes ses colonnes, sans renommer les en-têtes."),
        )

    def cell(headers: list[str]) -> str:
        """SQL of the first filled cell; exports of a data base write NULL where there is nothing."""
        cells = [f"nullif({place[text_key(header)]}, 'NULL')" for header in headers if text_key(header) in place]
        return f"coalesce({', '.join([*cells, 'CAST(NULL AS VARCHAR)'])})"

    day = "read_day(month_first({}))" if file.format.get("month_first") else "read_day({})"
    start, end = (day.format(cell(wanted.get(name, []))) for name in ("start", "end"))
    texts = {name: cell(headers) for name, headers in wanted.items()}
    if currency := file.format.get("currency_if_absent"):
        texts["currency"] = f"coalesce({texts.get('currency', 'NULL')}, {quoted(currency)})"
    if costs := file.format.get("cost_of", {}):  # of a line of another category, another header says the cost
        whens = (f"WHEN {quoted(kind.lower())} THEN {cell(header.split('|'))}" for kind, header in costs.items())
        texts["cost"] = f"CASE lower({texts['category']}) {' '.join(whens)} ELSE {texts['cost']} END"
    columns = [f'{text} AS "{name}"' for name, text in texts.items()]
    columns += [
        f"{start} AS first_day",
        f"greatest({start}, {end} - 1) AS last_day",  # the end of a period is not in it
        f"lower(concat_ws(' ', {', '.join([cell([header]) for header in sku] or ['NULL'])})) AS sku",
    ]
    staged = file.work / "lines.parquet"
    kinds = file.format.get("json", {}).get("keep", {})
    other = [f"{place[text_key(name)]} IS DISTINCT FROM {quoted(kind)}" for name, kind in kinds.items()]
    left = f"WHEN {' OR '.join(other)} THEN 'left'" if other else ""
    columns.append(f"{next((place[text_key(name)] for name in kinds), 'CAST(NULL AS VARCHAR)')} AS kind_of_line")
    columns.append(f"nullif(extra, '') AS extra, CASE {left} WHEN extra <> '' THEN 'extra' END AS line_status")
    canonical.write_parquet(file.con, f"SELECT line, {', '.join(columns)} FROM {file.sheet.rows}", staged)
    fault = "CASE WHEN first_day IS NULL THEN 'start' WHEN year(first_day) <> year(last_day) THEN 'period' END"
    file.con.execute(f"CREATE VIEW texts AS SELECT *, {fault} AS date_fault FROM {parquet_scan(staged)}")
    personal = {text_key(name) for name in file.format.get("personal", {}).get("columns", [])}
    if dropped := ", ".join(name for name in header if text_key(name) in personal):
        notes.append(_("Colonnes non lues, car elles peuvent nommer des personnes : {names}.").format(names=dropped))
    return notes


def is_json(path: Path) -> bool:
    """The file begins as JSON does."""
    try:
        with path.open("rb") as file:
            return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    except OSError:
        return False


def refuse_unknown_json(path: Path) -> CannotUse:
    """A JSON file that no format knows: which are read."""
    known = [one["label_fr"] for one in formats.formats().values() if "json" in one]
    remedy = _("Donner le fichier tel que l’outil l’exporte, ou son export CSV. Fichiers JSON lus : {names}.")
    what = _("Ce fichier JSON n’est d’aucun format connu.")
    return problems.refuse_file(path, what, remedy.format(names=", ".join(sorted(known))))


def open_file(path: Path, written: Format, work: Path) -> Sheet:
    """The sheet of a file of services: that with most headers of its format, or the records of JSON."""
    if is_json(path):
        return _json(path, written, work)
    if "table" in written:
        return readers.read_sheet(path, lambda row: len(places_of_columns(row, written["table"])), work)
    known = {text_key(name) for names in written["columns"].values() for name in names}
    known = known.union(*(formats.spellings(text) for text in written["signature"]))
    return readers.read_sheet(path, lambda row: sum(text_key(cell) in known for cell in row), work)


def _json(path: Path, written: Format, work: Path) -> Sheet:
    """The records of a JSON file (or of JSON lines) as a sheet, each with what its ancestors say."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.stat().st_size > vocabulary.limit("unpacked_bytes"):
        what, remedy = (
            _("Le fichier JSON est trop grand."),
            _("Le découper par mois, ou l’exporter en CSV ou en Parquet."),
        )
        raise problems.refuse_file(path, what, remedy)
    options = written.get("json", {})
    try:
        text = path.read_text(encoding="utf-8-sig")
        try:
            content = json.loads(text)
        except json.JSONDecodeError:
            content = [json.loads(line) for line in text.splitlines() if line.strip()]
        records = list(_records(content, options.get("records", ""), {}))
    except (ValueError, RecursionError):
        what = _("Le fichier JSON est abîmé ou incomplet.")
        raise problems.refuse_file(path, what, _("Télécharger de nouveau la réponse du fournisseur.")) from None
    header = list(dict.fromkeys(name for record in records for name in record))
    cells = {f"c{i}": pa.array([record.get(name) for record in records], pa.string()) for i, name in enumerate(header)}
    staged = work / "json.parquet"
    pq.write_table(pa.table({"line": pa.array(range(1, len(records) + 1), pa.int64()), **cells}), staged)
    scan = f"(SELECT *, '' AS extra FROM {parquet_scan(staged)})"
    return Sheet(path, header, 0, scan, sha256(path))


def _records(node: Any, name: str, inherited: dict[str, str]) -> Iterator[dict[str, str]]:
    """The objects of every list called `name` (or one name of several, `a|b`), with the scalars of their ancestors and
    that name, `(list)`.

    Without a name, those of the top list.
    """
    if not name:
        yield from (dict(_scalars(child)) for child in (node if isinstance(node, list) else [node]))
    elif isinstance(node, list):
        for child in node:
            yield from _records(child, name, inherited)
    elif isinstance(node, dict):
        inherited = inherited | dict(_scalars(node))
        for label, child in node.items():
            if label in name.split("|") and isinstance(child, list):
                yield from (inherited | dict(_scalars(leaf)) | {"(list)": label} for leaf in child)
            elif isinstance(child, list | dict):
                yield from _records(child, name, inherited)


def _scalars(node: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Texts and numbers of an object, those of inner objects under dotted names; of money in units and billionths, as
    several clouds write it, the `amount` too."""
    for name, value in node.items() if isinstance(node, dict) else ():
        if isinstance(value, dict):
            if {"currency_code", "units", "nanos"} <= value.keys():
                yield (
                    f"{prefix}{name}.amount",
                    str(int(value["units"] or 0) + Decimal(int(value["nanos"] or 0)).scaleb(-9)),
                )
            yield from _scalars(value, f"{prefix}{name}.")
        elif isinstance(value, str | int | float):
            yield prefix + name, str(value)


# -------------------------------------------------------------------------------------------------- typed by hand


def read_typed(file: ServiceFile, name: str) -> tuple[list[Problem], list[dict[str, Any]]]:
    """The good rows of the table of the format as the view `name`; the first faults of the others, and these rows."""
    table, staged = file.format["table"], file.work / "typed.parquet"
    refused = {"entity": canonical.is_outside(file.within)} if file.within else None
    canonical.stage_table(file.con, file.sheet, table, staged, has_macros=True, refused=refused)
    file.con.execute(f"CREATE VIEW {name} AS FROM {parquet_scan(staged)} WHERE {canonical.KEPT}")
    problems, _count, _rows = canonical.read_faults(file.con, staged, table, file.sheet.file.name)
    return problems, list(canonical.read_rejects(file.con, staged, table))


def count_rows(file: ServiceFile) -> int:
    """The rows of a file of services, blank ones left out."""
    return int(file.ask(f"SELECT count(*) FROM {file.sheet.rows}")[0][0])


# ------------------------------------------------------------------------------------------ periods, places, faults


def _find_year(file: ServiceFile) -> int:
    """The year asked for, else the only one of the lines. Raises CannotUse: several years."""
    if file.year is not None:
        return file.year
    years = [year for (year,) in file.ask("FROM years ORDER BY year")]
    if len(years) > 1:
        raise several_years(file, years)
    return years[0] if years else 0


def several_years(file: ServiceFile, years: list[int]) -> CannotUse:
    """An activity is the amount of one year: which one?"""
    return file.refuse(
        _("Le fichier couvre plusieurs années : {years}.").format(years=", ".join(map(str, years))),
        _("Choisir l’année à importer : --year {year}.").format(year=years[-1]),
    )


def sum_lines(file: ServiceFile) -> list[str]:
    """Sum the view `judged`, kept as `lines`, into the table `sums` (sql/sums.sql), of one year; notes on its months,
    regions and other years."""
    staged = file.work / "judged.parquet"
    canonical.write_parquet(file.con, "FROM judged", staged)
    file.con.execute(f"CREATE VIEW lines AS FROM {parquet_scan(staged)}")
    file.run("sums")
    file.run("one_year", year=_find_year(file))
    notes = []
    elsewhere = file.ask("SELECT count(*) FROM of_the_year WHERE NOT within")[0][0]
    if elsewhere := elsewhere // len(file.format.get("values", "1")):  # a line is there once per value
        notes.append(_("Lignes d’autres années, laissées : {n}.").format(n=elsewhere))
    months = file.ask("SELECT count(*) FROM months")[0][0]
    if 0 < months < 12:
        notes.append(_("Le fichier couvre {n} mois sur 12 : le reste de l’année n’est pas compté.").format(n=months))
    nowhere = "status = 'kept' AND region IS NOT NULL AND zone IS NULL"
    if unknown := file.ask(f"SELECT DISTINCT region FROM sums WHERE {nowhere} ORDER BY 1"):
        names = ", ".join(region for (region,) in unknown)
        notes.append(_("Régions sans zone électrique connue, laissée vide : {names}.").format(names=names))
    return notes


def problem_of_line(file: ServiceFile, code: str, value: str, line: int) -> Problem:
    """What is wrong with a line, as service_faults.csv says it."""
    row = rows_by_code("service_faults")[code]
    what, remedy = in_words(row, "what").format(value=value), in_words(row, "remedy")
    return Problem(what, remedy, file.sheet.file.name, line, row["column"], value)


def find_faults(file: ServiceFile) -> tuple[list[Problem], list[dict[str, Any]]]:
    """One problem per cause and faulty value; then the rejected lines, each with all its faults and remedies."""
    by_fault: dict[tuple[str, str], Problem] = {}
    problems = []
    for status, value, n, line in file.ask("FROM faults ORDER BY line, status, value"):
        problem = by_fault[status, value] = problem_of_line(file, status, value, line)
        if n > 1:
            what = _("{what} ({n} lignes, celle-ci est la première.)").format(what=problem.what, n=n)
            problem = replace(problem, what=what)
        problems.append(problem)
    refused = []
    for line, faults in file.ask("FROM refused ORDER BY line"):
        refused.append(refused_line(line, [by_fault[fault["status"], fault["value"]] for fault in faults]))
    return problems, refused


def find_json_format(path: Path, codes: Sequence[str]) -> str | None:
    """The format of services of a JSON file: the one asked for, else that whose whole signature is in the first bytes.

    None for other files. The names of inner objects may be written at length (`total.kg`) or one in the other.
    """
    if not is_json(path):
        return None
    if len(codes) == 1:
        return codes[0] if "reader" in formats.formats()[codes[0]] else None
    with path.open("rb") as file:
        head = file.read(1 << 20)
    for code in codes:
        written = formats.formats()[code]
        names = [[name.rsplit(".", 1)[-1] for name in text.split("|")] for text in written.get("signature", [])]
        whole = all(any(f'{name}"'.encode() in head for name in spelled) for spelled in names)
        if "reader" in written and names and whole:
            return code
    return None
