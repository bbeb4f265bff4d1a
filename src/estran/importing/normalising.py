"""One sheet of a fleet list becomes typed rows of an Estran table, in SQL over the whole sheet.

The cells are put right as the layout of the format says, one step after the other (partial dates, counted words, zones,
values that mean nothing), then typed; the rows that do not pass keep their texts, so that a person can correct them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common import table_schema, validation_messages
from estran.common.language import _, ngettext
from estran.common.problems import Problem
from estran.common.sql import identifier, parquet_scan, quoted
from estran.importing import canonical, column_styles, formats, rows_aside, tool_lists
from estran.importing.formats import Layout, RecognisedFormat
from estran.importing.parsing import map_sql, value_sql
from estran.importing.reading.sheets import Sheet
from estran.importing.recognition import rules, statuses

if TYPE_CHECKING:
    import duckdb


@dataclass
class FileReport:
    """One file of an import: key in the estate, format and why, rows, what was dropped, notes, the entity given, the
    column map it was read with, the header of each column (the first, of several).

    rows_read: the rows that the file holds, under its header. Each of them is written (`rows_written`; those of a bill
    or a statement are summed), rejected because of a fault, or set aside: no row of the table, or not of this year.
    """

    key: str
    name: str
    sha256: str
    format: str
    reason: str
    table: str
    rows_read: int = 0
    rows_written: int = 0
    rejected: int = 0
    set_aside: int = 0
    personal: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entity: str = ""
    map: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def check_rows(self) -> None:
        """No row is lost in silence: those read, rejected and set aside are those of the file."""
        if self.rows_read != self.rows_written + self.rejected + self.set_aside:
            raise AssertionError(f"{self.rows_read} != {self.rows_written} + {self.rejected} + {self.set_aside}")


@dataclass(frozen=True)
class NormalisedSheet:
    """The typed rows of one sheet: Parquet with the columns of its table, `reject`, `aside`, what matching needs.

    `replaces`: SQL condition on `source`, the rows of the estate that these replace. `list_kind`: the kind of list, a
    code of list_kinds.csv. `refused`: rejected rows that are not in the Parquet, as lines of rejects.csv without their
    file. `derived`: the rows are computed from those of another sheet.
    """

    report: FileReport
    layout: Layout
    parquet: Path
    replaces: str
    problems: list[Problem] = field(default_factory=list)
    faults: int = 0
    list_kind: str = ""
    refused: Sequence[Mapping[str, Any]] = ()
    derived: bool = False


class TextRows:
    """The rows of a sheet as SQL: `line`, `extra`, and a text for each name of `columns`; each step adds a layer."""

    def __init__(self, source: str, texts: Mapping[str, str]) -> None:
        self.columns: list[str] = list(texts)
        self.sql = f"(SELECT line, extra{_named(texts)} FROM {source})"

    def set(self, texts: Mapping[str, str]) -> None:
        """Give columns, new or not, the value of an SQL expression over the columns as they were before."""
        new = {name: sql for name, sql in texts.items() if name not in self.columns}
        changed = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in texts.items() if name not in new)
        replaced = f" REPLACE ({changed})" if changed else ""
        if texts:
            self.sql = f"(SELECT *{replaced}{_named(new)} FROM {self.sql})"
        self.columns += new

    def having(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are columns here."""
        return [name for name in names if name in self.columns]


def _named(texts: Mapping[str, str]) -> str:
    return "".join(f", {sql} AS {identifier(name)}" for name, sql in texts.items())


def normalise_sheet(
    con: duckdb.DuckDBPyConnection,
    sheet: Sheet,
    recognised: RecognisedFormat,
    file_key: str,
    entity: str,
    target: Path,
    progress: Callable[[float], None] | None = None,
    within: str = "",
    earlier: Sequence[Path] = (),
    settled: dict[str, str] | None = None,
    dates: str = "",
) -> NormalisedSheet:
    """Type the rows of a sheet into `target` (Parquet).

    entity: of every row. within: the entity of rows that name none; those of one that is no part of it are rejected.
    earlier: what was typed of the same table before, whose rows someone who writes `within` an entity does not replace.
    settled: words of statuses that a person settled.
    dates: the order of day and month that a person chose (see column_styles.DATE_ORDERS).
    Errors: CannotUse when the bytes cannot be read to the end, or nothing tells the order of day and month.
    """
    import duckdb

    layout = recognised.layout
    report = FileReport(file_key, sheet.file.name, sheet.sha256, layout.format, recognised.reason, layout.table)
    report.personal, report.ignored = list(recognised.personal), list(recognised.ignored)
    report.notes, report.entity = list(sheet.notes), entity
    report.map = str(layout.options.get("map", ""))
    report.headers = {name: sheet.header[places[0]] for name, places in recognised.places.items() if places}
    try:
        _drop_addresses(con, sheet, recognised, report)
        if not within:
            entity = _entity_of_rows(sheet, recognised, report)
        styles = column_styles.decide_styles(con, sheet, recognised, dates)
        rows = _read_cells(sheet, recognised, rows_aside.set_aside(con, sheet, recognised, report.notes))
        rows.set(styles.texts)
        rows.set(_label_of_sheet(sheet, recognised, report))
        report.notes += styles.notes
        _correct_texts(rows, layout, settled or {})
        if layout.table == "inventory":
            _identify(rows, layout, file_key, entity)
        known = {column.column for column in table_schema.columns(layout.table)}
        refused = dict(styles.refused)
        if within and "entity" in known:
            named = "coalesce(entity, {})" if "entity" in rows.columns else "{}"
            rows.set({"entity": named.format(quoted(within))})
            refused["entity"] = canonical.is_outside(within)
        if within:
            refused |= canonical.is_taken(layout.table, within, rows.having(known), earlier)
        keep = "".join(f", {identifier(name)}" for name in rows.columns if name not in {*known, *COMPUTED_FROM})
        raw = {name: name for name in rows.having(known)}
        query = canonical.typed_rows_sql(layout.table, raw, rows.sql, keep, aside=LEFT_ASIDE, refused=refused)
        canonical.write_parquet(con, query, target, progress)
        problems, faults, report.rejected = canonical.read_faults(con, target, layout.table, sheet.file.name)
        report.rows_read, report.rows_written, report.set_aside = count_rows(con, target)
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.DataError) as error:
        raise validation_messages.unreadable(sheet.file, error) from None
    report.notes += [*rows_aside.note_rows_aside(con, target), *_notes_on_changes(con, target, rows, recognised)]
    replaces = f"starts_with(source, {quoted(report.key + ':')})"
    if layout.format == formats.REJECTS:
        replaces = f"source IN (SELECT source FROM {parquet_scan(target)} WHERE aside IS NULL)"
    return NormalisedSheet(report, layout, target, replaces, problems, faults, _list_kind(sheet, rows, layout))


def count_rows(con: duckdb.DuckDBPyConnection, target: Path) -> tuple[int, int, int]:
    """Of the staged rows of a sheet: all, those read, those set aside."""
    counts = f"count(*), count(*) FILTER (WHERE {canonical.KEPT}), count(aside)"
    every, kept, aside = con.execute(f"SELECT {counts} FROM {parquet_scan(target)}").fetchall()[0]
    return every, kept, aside


def _drop_addresses(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, recognised: RecognisedFormat, report: FileReport
) -> None:
    """Drop a column whose values are e-mail, IP or MAC addresses, whatever its header."""
    shares = ", ".join(f"avg(CAST(is_address(c{i}) AS INT))" for i in range(len(sheet.header)))
    query = f"SELECT {shares} FROM (SELECT * FROM {sheet.scan} LIMIT 2000)"
    hidden = tool_lists.hashed_places(recognised)
    for i, share in enumerate(con.execute(query).fetchall()[0]):
        header = sheet.header[i] or _("colonne {n}").format(n=i + 1)
        if i in hidden:
            continue
        if share is not None and share > 0.3 and header not in report.personal:
            report.personal.append(header)
            if header in report.ignored:
                report.ignored.remove(header)
            for places in recognised.places.values():
                if i in places:
                    places.remove(i)


# ---------------------------------------------------------------------------------------------------- rows and cells


def _read_cells(sheet: Sheet, recognised: RecognisedFormat, left_aside: str) -> TextRows:
    """The first filled cell of each column; texts that mean « nothing » are empty but in Estran's own tables.

    LEFT_ASIDE says why a row is left, as SQL over the cells.
    """
    names = {
        column.column for column in table_schema.columns(recognised.layout.table) if column.type in ("text", "choice")
    }
    texts = {}
    for name, places in recognised.places.items():
        filled = "unless_empty(c{})" if name in names and name != "serial" else "unless_unknown(c{})"
        cell = "c{}" if recognised.layout.options.get("strict") else filled
        texts[name] = [cell.format(i) for i in places]
    columns = {name: f"coalesce({', '.join(cells)})" for name, cells in texts.items() if cells}
    return TextRows(sheet.rows, columns | {LEFT_ASIDE: left_aside})


# ------------------------------------------------------------------------------------------------------------- texts

# Columns read to compute others, and written nowhere.
SHARED, UNIT_PRICE, SIZE, BATTERY = "_global", column_styles.UNIT_PRICE, "_size", "_battery"
PROVIDER, INSTANCE, HOURS = "_provider", "_instance", "_hours"
LEFT_ASIDE, IN_LABEL = "_left_aside", "_in_label"
_WORDS_OF_TITLE = 3
COMPUTED_FROM = (SHARED, UNIT_PRICE, LEFT_ASIDE, IN_LABEL, PROVIDER, INSTANCE, HOURS, *tool_lists.COMPUTED)


def _correct_texts(rows: TextRows, layout: Layout, settled: dict[str, str]) -> None:
    """Put the texts right as the options of the layout say (imports/*.toml), in this order; mark what dates lack.

    settled: words of statuses that a person settled.
    """
    columns = {column.column: column for column in table_schema.columns(layout.table)}
    options = layout.options
    dates = rows.having(name for name in columns if columns[name].type == "date")
    if layout.table == "inventory" and dates:
        rows.set({"partial": " OR ".join(f"is_part_of_year({name})" for name in dates)})
    if options.get("counted_with_words"):
        _read_counts(rows, options.get("quantity_if_absent", ""))
    absent = {"quantity": options["quantity_if_absent"]} if "quantity_if_absent" in options else {}
    constants = {**layout.constants, **absent}
    rows.set({name: quoted(value) for name, value in constants.items() if name not in rows.columns})
    if SHARED in rows.columns:
        _leave_shared_records(rows, options["global_values"])
    if options.get("cloud_hours"):
        _name_cloud_hours(rows)
    if UNIT_PRICE in rows.columns and "price_eur" not in rows.columns:
        _multiply_unit_price(rows, columns)
    for name in rows.having(options.get("zones", ())):
        rows.set({name: f"zone_named({name}, {map_sql(formats.zones())})"})
    for name in rows.having(layout.lenient):
        if (layout.table, name) == ("inventory", "status"):
            _read_status(rows, statuses.words_of_format(layout.format) | settled)
        else:
            _leave_unknown_choice(rows, columns[name])
    tool_lists.correct_texts(rows, layout)
    texts = [name for name in columns if columns[name].type == "text" and name not in ("source", "item_id")]
    rows.set({name: f"without_formula({name})" for name in rows.having(texts)})


def _read_counts(rows: TextRows, absent: str) -> None:
    """Read the number of things, which people also write with words or in the label; about right is of low quality.

    `counted` keeps the text that the number was read in; `contradicted`, the label that says another number than its
    column, which stands. `absent`: the quantity of a list without one.
    """
    written = "quantity" in rows.columns
    quantity, in_label = ("count_of(quantity)" if written else "NULL"), "NULL"
    texts, counted = {}, []
    if name := next(iter(rows.having(("label", "item_type"))), ""):
        rows.set({IN_LABEL: f"counted_label({name})"})
        in_label, texts[name] = f"{IN_LABEL}.number", f"coalesce({IN_LABEL}.rest, {name})"
        counted.append(f"WHEN {quantity} IS NULL AND {in_label} IS NOT NULL THEN {name}")
        if written:
            contradicts = f"TRY_CAST({quantity} AS DOUBLE) <> CAST({in_label} AS DOUBLE)"
            texts["contradicted"] = f"CASE WHEN {contradicts} THEN {name} END"
    if written:  # a space between thousands is no text to tell of
        counted.append(f"WHEN {quantity} <> without_spaces(quantity) THEN quantity")
    texts["counted"] = f"CASE {' '.join(counted)} END" if counted else "CAST(NULL AS VARCHAR)"
    last = quoted(absent) if absent and not written else "NULL"
    texts["quantity"] = f"coalesce({quantity}, {in_label}, {last})"
    if written and "quality" not in rows.columns:
        texts["quality"] = "CASE WHEN is_about(quantity) THEN 'low' END"
    rows.set(texts)


def _leave_shared_records(rows: TextRows, yes: list[str]) -> None:
    """Leave empty the quantity and the serial number of a record that several things share."""
    shared = f"coalesce(plain({identifier(SHARED)}) IN ({', '.join(map(quoted, yes))}), false)"
    serial = "serial" if "serial" in rows.columns else "CAST(NULL AS VARCHAR)"
    kept = {"quantity": "quantity", "serial": serial}
    rows.set({name: f"CASE WHEN NOT {shared} THEN {text} END" for name, text in kept.items()})


def _name_cloud_hours(rows: TextRows) -> None:
    """The hours of the instances of a cloud, as the flow of their provider and type; all the year if none is said."""
    texts = {name: name if name in rows.columns else "NULL" for name in (PROVIDER, INSTANCE, HOURS, "quantity")}
    flow = f"'cloud:' || lower(concat_ws(':', {texts[PROVIDER]}, {texts[INSTANCE]}))"
    hours = f"coalesce(read_number({texts['quantity']}), 1) * coalesce(read_number({texts[HOURS]}), 8760)"
    rows.set({"flow": flow, "amount": f"CAST({hours} AS VARCHAR)", "service": texts[PROVIDER]})
    rows.set({"quantity": "CAST(NULL AS VARCHAR)", "hosting": "'third_party'"})


def _multiply_unit_price(rows: TextRows, columns: Mapping[str, table_schema.Column]) -> None:
    """The price of a row from that of one thing."""
    price = value_sql(columns["price_eur"], identifier(UNIT_PRICE))
    count = value_sql(columns["quantity"], "quantity" if "quantity" in rows.columns else "'1'")
    rows.set({"price_eur": f"CAST(round({price} * coalesce({count}, 1), 2) AS VARCHAR)"})


def _read_status(rows: TextRows, settled: dict[str, str]) -> None:
    """A status that nobody knows stays as it is written, in a column of its own: the row will not be counted."""
    known = statuses.status_sql("status", settled)
    written = "status_label" if "status_label" in rows.columns else "NULL"
    unknown = f"coalesce(CASE WHEN {known} IS NULL THEN status END, {written})"
    rows.set({"status": f"CASE WHEN status IS NOT NULL THEN {known} END", "status_label": unknown})


def _leave_unknown_choice(rows: TextRows, column: table_schema.Column) -> None:
    """Leave empty a value that is no choice, which a list may well hold; `unknown_…` keeps it for the notes."""
    name, unknown = column.column, f"unknown_{column.column}"
    rows.set({name: f"trim(split_part({name}, ' > ', 1))"})
    rows.set({unknown: f"CASE WHEN {value_sql(column, name)} IS NULL THEN {name} END"})
    rows.set({name: f"CASE WHEN {unknown} IS NULL THEN {name} END"})


def _identify(rows: TextRows, layout: Layout, file_key: str, entity: str) -> None:
    """Give the rows of an inventory their source line, their identifier and, where it is given, their entity."""
    key, options = quoted(file_key + ":"), layout.options
    corrected = layout.format == formats.REJECTS and "source" in rows.columns
    rows.set({"source": f"coalesce(source, {key} || line)" if corrected else f"{key} || line"})
    item_id = "item_id" if "item_id" in rows.columns else "NULL"
    rows.set({"item_id": f"coalesce({f'{key} || {item_id}' if options.get('id_of_file') else item_id}, source)"})
    rows.set({"entity": quoted(entity)} if entity else {})


def _entity_of_rows(sheet: Sheet, recognised: RecognisedFormat, report: FileReport) -> str:
    """The entity given for the file; else, in a list that names none, the name of the file, with a note."""
    layout = recognised.layout
    if report.entity or recognised.places.get("entity") or not layout.options.get("entity_from_file"):
        return report.entity
    name = sheet.file.stem.replace("_", " ")
    report.notes.append(_("Entité prise dans le nom du fichier : « {name} ».").format(name=name))
    return name


def _label_of_sheet(sheet: Sheet, recognised: RecognisedFormat, report: FileReport) -> dict[str, str]:
    """The label of every row, in a list of a person whose columns say no type but whose title or sheet does."""
    if not recognised.layout.options.get("counted_with_words") or {"label", "item_type"} & recognised.places.keys():
        return {}
    for text in (sheet.title, sheet.name):
        if 0 < len(text.split()) <= _WORDS_OF_TITLE and rows_aside.names_a_thing(text):
            note = _("Aucune colonne ne dit le type : « {text} », au-dessus de la liste, vaut pour ses lignes.")
            report.notes.append(note.format(text=text))
            return {"label": quoted(text)}
    return {}


def _list_kind(sheet: Sheet, rows: TextRows, layout: Layout) -> str:
    """The kind of list: the layout's, else what the file name announces; a list with screen sizes is of monitors."""
    if layout.options.get("kind_of_sheet"):
        return sheet.name
    if layout.table != "inventory" or not layout.options.get("kinds"):
        return str(layout.options.get("kind", ""))
    named = layout.options.get("kind") or rules.find_list_kind(sheet.file.name)
    return named or ("monitor" if SIZE in rows.columns else "")


# ------------------------------------------------------------------------------------------------------------- notes


def _notes_on_changes(
    con: duckdb.DuckDBPyConnection, target: Path, rows: TextRows, recognised: RecognisedFormat
) -> list[str]:
    """Values left empty because nobody knows them, counts and dates read in texts, what the format itself says."""
    layout, scan, notes = recognised.layout, f"(FROM {parquet_scan(target)} WHERE {canonical.KEPT})", []
    labels = {column.column: column.label_fr for column in table_schema.columns(layout.table)}
    for name in sorted(name.removeprefix("unknown_") for name in rows.columns if name.startswith("unknown_")):
        query = f"SELECT unknown_{name}, count(*) FROM {scan} WHERE unknown_{name} <> '' GROUP BY 1"
        if unknown := con.execute(f"{query} ORDER BY 2 DESC, 1").fetchall():
            texts = ", ".join(f"« {text} » ({count})" for text, count in unknown[:8])
            note = _("{name} : valeurs inconnues, laissées vides : {texts}.")
            notes.append(note.format(name=labels[name], texts=texts))
    if "counted" in rows.columns:
        query = f"SELECT counted, quantity, count(*) FROM {scan} WHERE counted <> '' GROUP BY 1, 2"
        if counted := con.execute(f"{query} ORDER BY 3 DESC, 1").fetchall():
            texts = ", ".join(f"« {text} » {quantity:g}" for text, quantity, _rows in counted[:8])
            more = _(" et {n} autres").format(n=len(counted) - 8) if len(counted) > 8 else ""
            notes.append(_("Quantités lues dans un texte : {texts}{more}.").format(texts=texts, more=more))
    if "contradicted" in rows.columns:
        query = f"SELECT contradicted, quantity, count(*) FROM {scan} WHERE contradicted <> '' GROUP BY 1, 2"
        if others := con.execute(f"{query} ORDER BY 3 DESC, 1, 2").fetchall():
            texts = ", ".join(f"« {text} » {quantity:g}" for text, quantity, _rows in others[:8])
            more = _(" et {n} autres").format(n=len(others) - 8) if len(others) > 8 else ""
            note = _("Le libellé dit un autre nombre que la colonne, qui est prise : {texts}{more}.")
            notes.append(note.format(texts=texts, more=more))
    partial = f"SELECT count(*) FROM {scan} WHERE partial"
    if "partial" in rows.columns and (n := con.execute(partial).fetchall()[0][0]):
        note = ngettext(
            "{n} date sans jour, lue au milieu de son mois, de son trimestre ou de son année.",
            "{n} dates sans jour, lues au milieu de leur mois, de leur trimestre ou de leur année.",
            n,
        )
        notes.append(note.format(n=n))
    if "counted" in rows.columns and not {"quantity", "serial"} & recognised.places.keys():
        notes.append(_("Aucune colonne ne dit combien : chaque ligne compte pour un, sauf nombre écrit."))
    if "note" in layout.options:
        notes.append(_(layout.options["note"]))
    return notes
