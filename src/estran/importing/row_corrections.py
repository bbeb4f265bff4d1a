"""Corrections of rows of an inventory, laid over what was sent, which never changes: overlay table `row_corrections`.

A correction names one row (serial number, else identifier) or all rows of a filter, one column, its value, why and who.
They apply in order, so that a later one sees what an earlier one gave. Each is one SQL statement over columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.catalogue.labels import words_of
from estran.common import formatting, table_schema
from estran.common.files import write_csv
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import row_labels
from estran.common.sql import identifier, quoted
from estran.importing import canonical
from estran.importing.parsing import create_macros, fault_sql, value_sql
from estran.importing.recognition import matching

if TYPE_CHECKING:
    import duckdb

TABLE = "row_corrections"
FILE = f"{TABLE}.csv"
ROWS = "corrected_rows.parquet"  # of a run: the cells that changed
ONE_ROW = ("serial", "item_id")
FILTER = ("entity", "item_type", "label", "manufacturer", "model")
FIXED = ("item_id", "source", "status_label")  # what names a row, or is settled elsewhere
ANY = "*"  # `before` of a correction that replaces every value
Row = dict[str, Any]


def read_corrections(folder: Path | None, year: int) -> list[Row]:
    """The corrections of an overlay that a year is computed with, in order, with `number`. Errors: CannotUse."""
    path = folder / FILE if folder else None
    if not path or not path.exists():
        return []
    table, faults = canonical.read_small_table(path, TABLE, lines=True)
    rows = table.to_pylist()
    if problems := [*faults, *faults_of_corrections(rows, FILE)]:
        raise CannotUse(*problems)
    numbered = ({**row, "number": row["number"] or place} for place, row in enumerate(rows, 1))
    return [row for row in numbered if (row["valid_from"] or 0) <= year <= (row["valid_to"] or year)]


def faults_of_corrections(rows: Iterable[Mapping[str, Any]], file: str) -> Iterator[Problem]:
    """Corrections of an unknown column, to a value that the column cannot have, or of an unknown type."""
    by_name = {column.column: column for column in table_schema.columns("inventory") if column.column not in FIXED}
    with canonical.connect() as con:
        create_macros(con)
        for row in rows:
            column, value = by_name.get(row["corrected"]), row["value"]
            if column is None:
                remedy = _("Écrire l’une de ces colonnes : {names}.").format(names=", ".join(by_name))
                what, wrong = _("Cette colonne ne se corrige pas."), "corrected"
            elif value and not _is_readable(con, column, value):
                what = _("« {value} » n’est pas une valeur de « {column} ».")
                what, wrong = what.format(value=value, column=column.label_fr), "value"
                remedy = _remedy(column)
            else:
                continue
            yield Problem(what, remedy, file, row.get("line"), wrong, row[wrong])


def _is_readable(con: duckdb.DuckDBPyConnection, column: table_schema.Column, text: str) -> bool:
    if column.column == "item_type":
        return bool(matching.find_item_type(text))
    cell = quoted(text)
    return not con.execute(f"SELECT {fault_sql(column, cell, f'({value_sql(column, cell)})')}").fetchall()[0][0]


def _remedy(column: table_schema.Column) -> str:
    """What the value of a column may be."""
    if column.column == "item_type":
        return _("Écrire un type du catalogue, par son code ou son nom.")
    if column.choices:
        return _("Écrire l’une de ces valeurs : {names}.").format(names=", ".join(column.choices))
    if column.type == "date":
        return _("Écrire un jour (12/03/2021), un mois (03/2021) ou une année (2021).")
    return _("Écrire une valeur entre {low} et {high}.").format(low=column.minimum or "−∞", high=column.maximum or "∞")


class CorrectedRows:
    """The rows of an inventory under corrections, in the table `rows` of a connection; what changed is in `corrected`.

    `rows` has `row_id` and the columns of the inventory that it had or that a correction gives; `corrected` has row_id,
    number of the correction, name of the column, before and after as texts. `counts`: number of a correction → rows
    it is about, and those it changed.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, scan: str, row_id: str, columns: Sequence[str], corrections: Sequence[Row]
    ) -> None:
        self.con, self.corrections = con, corrections
        self._known = {column.column: column for column in table_schema.columns("inventory")}
        used = {name for row in corrections for name in (row["corrected"], *(one for one in FILTER if row[one]))}
        used |= set(ONE_ROW) | ({"status_label"} & set(columns))
        self.columns = [name for name in self._known if name in {*columns, *used}]
        given = ", ".join(
            name if name in columns else f"CAST(NULL AS {self._type(name)}) AS {name}" for name in self.columns
        )
        create_macros(con)
        con.execute(f"CREATE TABLE rows AS SELECT {row_id} AS row_id, {given} FROM {scan}")
        con.execute(
            "CREATE TABLE corrected (row_id BIGINT, number BIGINT, name VARCHAR, before VARCHAR, after VARCHAR)"
        )
        for group in _groups(corrections):
            self._apply(group)
        same = "before IS NOT DISTINCT FROM after"
        counted = con.execute(f"SELECT number, count(*), count_if(NOT ({same})) FROM corrected GROUP BY 1").fetchall()
        counts = {number: (matched, changed) for number, matched, changed in counted}
        self.counts = {row["number"]: counts.get(row["number"], (0, 0)) for row in corrections}
        con.execute(f"DELETE FROM corrected WHERE {same}")

    def add_columns(self, names: Iterable[str]) -> None:
        """Add columns that the inventory does not have, empty."""
        for name in names:
            if name not in self.columns:
                self.con.execute(f"ALTER TABLE rows ADD COLUMN {name} {self._type(name)}")
                self.columns.append(name)

    def write(self, target: Path, changed: Path | None = None) -> None:
        """Write the corrected inventory, in its order, and the cells that changed."""
        names = ", ".join(self.columns)
        canonical.write_parquet(self.con, f"SELECT row_id, {names} FROM rows ORDER BY row_id", target)
        if changed:
            query = "SELECT * FROM corrected ORDER BY row_id, number"
            canonical.write_parquet(self.con, query, changed)

    @property
    def typed(self) -> int:
        """The rows without type that a correction gave one."""
        query = "SELECT count(DISTINCT row_id) FROM corrected WHERE name = 'item_type' AND before IS NULL"
        return int(self.con.execute(query).fetchall()[0][0])

    def _type(self, name: str) -> str:
        return table_schema.SQL_TYPES[self._known[name].type].replace("STRING", "VARCHAR")

    def _apply(self, group: Sequence[Row]) -> None:
        """Apply corrections of which none sees another: note what changes, then change it, one column at a time."""
        for name in dict.fromkeys(row["corrected"] for row in group):
            rows = [row for row in group if row["corrected"] == name]
            self._ask(name, rows)
            after = "a.value" if name == "item_type" else value_sql(self._known[name], "a.value")
            self.con.execute(
                f"INSERT INTO corrected SELECT r.row_id, a.number, {quoted(name)}, CAST(r.{name} AS VARCHAR),"
                f" CAST({after} AS VARCHAR) FROM rows r JOIN asked a ON {_conditions(rows)}"
                f" WHERE a.before = '{ANY}' OR coalesce(CAST(r.{name} AS VARCHAR), '') = a.before"
            )
            self.con.execute(
                f"UPDATE rows SET {name} = CAST(c.after AS {self._type(name)}) FROM corrected c"
                f" WHERE c.row_id = rows.row_id AND c.name = {quoted(name)}"
                " AND c.number IN (SELECT number FROM asked)"
            )
            if name == "status" and "status_label" in self.columns:
                self.con.execute("UPDATE rows SET status_label = NULL WHERE status IS NOT NULL")

    def _ask(self, name: str, rows: Sequence[Row]) -> None:
        """Table `asked`: the corrections of one column, types by their codes, old values as they are kept."""
        import pyarrow as pa

        column = self._known[name]
        texts = [{key: row[key] or "" for key in (*ONE_ROW, *FILTER, "before", "value")} for row in rows]
        for row in texts:
            row["item_type"] = matching.find_item_type(row["item_type"]) or row["item_type"]
            if name == "item_type":
                row["value"] = matching.find_item_type(row["value"])
        cells = {key: pa.array([row[key] for row in texts], pa.string()) for key in texts[0]}
        cells["number"] = pa.array([row["number"] for row in rows], pa.int64())
        self.con.register("asked_texts", pa.table(cells))
        before = (
            "before" if name == "item_type" else f"coalesce(CAST({value_sql(column, 'before')} AS VARCHAR), before)"
        )
        kept = f"CASE WHEN before IN ('', '{ANY}') THEN before ELSE {before} END AS before"
        self.con.execute(
            f"CREATE OR REPLACE TABLE asked AS SELECT * REPLACE ({kept}, nullif(value, '') AS value) FROM asked_texts"
        )
        self.con.unregister("asked_texts")


def _groups(corrections: Sequence[Row]) -> Iterator[list[Row]]:
    """Corrections that can be applied together: of rows and columns that differ; one of a filter stands alone."""
    group: list[Row] = []
    seen: set[tuple[str, str]] = set()
    for row in corrections:
        name = _named_by(row)
        key = (row[name] if name else "", row["corrected"])
        if group and (not name or name != _named_by(group[0]) or key in seen or row["corrected"] in FILTER):
            yield group
            group, seen = [], set()
        group.append(row)
        seen.add(key)
    if group:
        yield group


def _named_by(row: Mapping[str, Any]) -> str:
    """The column that names the one row of a correction: a serial number whatever the file, else its place."""
    return next((name for name in ONE_ROW if row[name]), "")


def _conditions(rows: Sequence[Row]) -> str:
    """SQL of the rows `r` that corrections `a` are about: each of them one row, or a single one a filter."""
    tests = [f"r.{name} = a.{name}"] if (name := _named_by(rows[0])) else []
    tests += [_entity("a.entity")] if any(row["entity"] for row in rows) else []
    given = [name for name in FILTER[1:] if any(row[name] for row in rows)]
    tests += [f"(a.{name} = '' OR coalesce(r.{name}, '') = a.{name})" for name in given]
    return " AND ".join(tests) or "true"


def _entity(text: str) -> str:
    return f"({text} = '' OR r.entity = {text} OR starts_with(r.entity, {text} || ' > '))"


def read_value(column_name: str, text: str) -> str:
    """A text as the inventory keeps it in a column, by the reader of every file. Errors: CannotUse, with the remedy."""
    if column_name == "item_type":
        return matching.find_item_type(text)
    column = next(one for one in table_schema.columns("inventory") if one.column == column_name)
    with canonical.connect() as con:
        create_macros(con)
        if not _is_readable(con, column, text):
            what = _("« {value} » n’est pas une valeur de « {column} ».")
            raise CannotUse(Problem(what.format(value=text, column=column.label_fr), _remedy(column), value=text))
        return cell_text(con.execute(f"SELECT {value_sql(column, quoted(text))}").fetchall()[0][0])


def cell_text(value: Any) -> str:
    """A value of an inventory as a correction writes it."""
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def describe_correction(row: Mapping[str, Any]) -> str:
    """A correction in words: of what rows, which column becomes what."""
    labels = {column.column: column.label_fr for column in table_schema.columns("inventory")}
    types = row_labels("item_types")
    given = [str(row[name]) for name in (*ONE_ROW, *FILTER) if row.get(name)]
    where = ", ".join(types.get(text, text) for text in given) or _("toutes les lignes")
    text = _("{where} : {column} = {value}")
    return text.format(
        where=where, column=labels[row["corrected"]].lower(), value=value_label(row["corrected"], row.get("value"))
    )


def value_label(column: str, value: str | None) -> str:
    """A value of a column as people read it."""
    if not value:
        return _("vide")
    if column == "item_type":
        return row_labels("item_types").get(value, value)
    if column == "status":
        return words_of("status").get(value, value)
    return formatting.day(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else value


def problem_of_lost(row: Mapping[str, Any]) -> Problem:
    """A correction that no row of the inventory is about any more."""
    what = _("La correction n° {n} ne trouve plus de ligne ({what}).")
    remedy = _("La retirer si le fichier est juste, ou corriger la ligne qui l’a remplacée.")
    return Problem(what.format(n=row["number"], what=describe_correction(row)), remedy, FILE)


def write_corrections(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write corrections as the command line reads them in an overlay."""
    write_csv(path, [column.column for column in table_schema.columns(TABLE)], rows)


def filter_sql(asked: Mapping[str, str]) -> str:
    """SQL of the rows of `rows r` that a filter asks for: its columns, and `missing`, a column that must be empty."""
    tests = [f"coalesce(r.{name}, '') = {quoted(asked[name])}" for name in FILTER[1:] if asked.get(name)]
    tests += [_entity(quoted(asked["entity"]))] if asked.get("entity") else []
    tests += [f"r.{identifier(asked['missing'])} IS NULL"] if asked.get("missing") else []
    return " AND ".join(tests) or "true"
