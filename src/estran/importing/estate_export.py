"""An estate written in the files of another tool, through the layouts that read them (`written_as`, catalogue/imports).

In: the folder of an estate. Out: one file per table, semicolons, UTF-8. Read again, they give the same estate, but for
what the tool has no column for, which is in the notes.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from estran.common import table_schema
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import text_rows
from estran.common.sql import identifier, parquet_scan, quoted
from estran.common.vocabulary import written_forms
from estran.importing import canonical, formats
from estran.importing.formats import Layout
from estran.importing.parsing import map_sql

if TYPE_CHECKING:
    import duckdb

HOURS_OF_A_YEAR = 8760
ITEMS, INSTANCES, OTHERS = "flow IS NULL", "flow LIKE 'cloud:%:%'", "flow IS NOT NULL AND flow NOT LIKE 'cloud:%:%'"
_APART = ("item_id", "item_type", "source", "flow", "amount", "service", "hosting")  # never among the columns lost


@dataclass
class ExportReport:
    """The files written, each with its rows; what a person should know."""

    files: dict[Path, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def export_estate(estate: Path, output: Path, code: str = "numecoeval") -> ExportReport:
    """Write an estate in the files of a format. Errors: CannotUse (no estate there)."""
    report = ExportReport()
    with tempfile.TemporaryDirectory() as work, canonical.connect() as con:
        tables = _open_tables(con, estate, Path(work))
        if not tables:
            what = _("« {name} » n’est pas un dossier fait par « estran import ».").format(name=estate)
            raise CannotUse(Problem(what, _("Donner ce dossier, qui contient inventory.csv."), file=str(estate)))
        output.mkdir(parents=True, exist_ok=True)
        for layout in (layout for layout in formats.layouts(code) if "written_as" in layout.options):
            if layout.table in tables:
                _write_table(con, layout, tables[layout.table], output, report)
        if "inventory" in tables:
            _note_what_is_lost(con, code, tables["inventory"], report)
    return report


def _open_tables(con: duckdb.DuckDBPyConnection, estate: Path, work: Path) -> dict[str, set[str]]:
    """The tables of an estate as views of their name; the columns of each that hold something."""
    tables: dict[str, set[str]] = {}
    for path in sorted(estate.glob("inventory.*")):
        read = canonical.read_inventory(path, work / "inventory.parquet")
        con.execute(f"CREATE OR REPLACE VIEW inventory AS FROM {parquet_scan(read.path)}")
        tables["inventory"] = set(read.columns)
    for table in ("rooms", "vms", "applications"):
        for path in sorted(estate.glob(f"{table}.*")):
            con.register(f"read_{table}", canonical.read_small_table(path, table)[0])
            con.execute(f"CREATE OR REPLACE VIEW {table} AS FROM read_{table}")
            tables[table] = {column.column for column in table_schema.columns(table)}
    return tables


def _write_table(
    con: duckdb.DuckDBPyConnection, layout: Layout, present: set[str], output: Path, report: ExportReport
) -> None:
    """One file of the tool: the columns that its layout reads, under the first header of each."""
    of_clouds = bool(layout.options.get("cloud_hours"))
    where = "true" if layout.table != "inventory" or "flow" not in present else INSTANCES if of_clouds else ITEMS
    if of_clouds and "flow" not in present:
        return
    sql = _instance_columns() if of_clouds else {}
    sql |= {name: _text_of(layout, name, present) for name in layout.columns if name not in sql}
    cells = {layout.columns[name][0]: text for name, text in sql.items()}
    constants = layout.options.get("written_with", {})
    cells |= {header: quoted(value) for header, value in constants.items()}
    rows = con.sql(
        f"SELECT {', '.join(f'{text} AS {identifier(header)}' for header, text in cells.items())}"
        f" FROM {layout.table} WHERE {where}"
    ).to_arrow_table()
    if not rows.num_rows:
        return
    path = output / layout.options["written_as"]
    con.register("written_rows", rows)
    con.execute(f"COPY (FROM written_rows) TO {quoted(str(path))} (HEADER, DELIMITER ';')")
    report.files[path] = rows.num_rows
    for header in layout.options.get("needed_there", ()):
        if header in rows.column_names and (empty := rows[header].null_count):
            note = ngettext(
                "{file} : {n} ligne sans {header}, que l’outil exige.",
                "{file} : {n} lignes sans {header}, que l’outil exige.",
                empty,
            )
            report.notes.append(note.format(file=path.name, n=empty, header=header))
    if constants:
        names = ", ".join(f"{header} = « {value} »" for header, value in constants.items())
        report.notes.append(
            _("{file} : l’inventaire ne le dit pas, écrit d’office : {names}.").format(file=path.name, names=names)
        )


def _instance_columns() -> dict[str, str]:
    """The columns of a line of cloud: as many instances as hours need, each for a year at most."""
    count = f"greatest(1, ceil(amount / {HOURS_OF_A_YEAR}))"
    return {
        "quantity": f"CAST({count} AS BIGINT)",
        "_provider": "split_part(flow, ':', 2)",
        "_instance": "split_part(flow, ':', 3)",
        "_hours": f"amount / {count}",
    }


def _text_of(layout: Layout, name: str, present: set[str]) -> str:
    """SQL of a column as the tool writes it: countries by their English name, types and choices by their words."""
    column = next((column for column in table_schema.columns(layout.table) if column.column == name), None)
    if column is None or (name not in present and name != "label"):
        return "CAST(NULL AS VARCHAR)"
    if name == "label" and layout.table == "inventory":
        types = {row["code"]: row["label_fr"] for row in text_rows("item_types")}
        label = "label" if "label" in present else "NULL"
        return f"coalesce({label}, {map_sql(types)}[item_type], item_type)" if "item_type" in present else label
    if name == "zone":
        names = {row["zone"]: row["label_en"] for row in text_rows("zones")}
        return f"coalesce({map_sql(names)}[zone], zone)"
    if column.type == "choice":
        forms = written_forms().get(name, {})
        words = {code: word for word, code in reversed(forms.items())}
        return f"coalesce({map_sql(words)}[{name}], {name})"
    return name


def _note_what_is_lost(con: duckdb.DuckDBPyConnection, code: str, present: set[str], report: ExportReport) -> None:
    """The rows and the columns of the inventory that the tool has no place for."""
    carried = {name for layout in formats.layouts(code) if layout.table == "inventory" for name in layout.columns}
    lost = [
        column
        for column in table_schema.columns("inventory")
        if column.column in present - carried and column.column not in _APART
    ]
    counts = ", ".join(f"count({column.column})" for column in lost) or "0"
    numbers = con.execute(f"SELECT {counts} FROM inventory").fetchall()[0]
    if texts := ", ".join(f"{column.label_fr} ({n})" for column, n in zip(lost, numbers, strict=False) if n):
        report.notes.append(_("Ces fichiers n’ont pas de colonne pour : {names}.").format(names=texts))
    if "flow" in present and (n := con.execute(f"SELECT count(*) FROM inventory WHERE {OTHERS}").fetchall()[0][0]):
        note = ngettext(
            "{n} ligne n’y est pas : ce n’est ni un matériel ni une instance de nuage.",
            "{n} lignes n’y sont pas : ce ne sont ni des matériels ni des instances de nuage.",
            n,
        )
        report.notes.append(note.format(n=n))
