"""One session of calculation: the inputs become tables, the SQL steps of a method run in order, the results are tables.

No clock, no network, no global state. The steps are in methods/<method>/, their order in methods/steps.csv.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

METHODS = Path(__file__).parent / "methods"
BASE_METHOD = "rcp_si"


@dataclass(frozen=True)
class Step:
    """One step of the walk: the table or view it makes and the rules it carries out."""

    name: str
    made_as: str
    rules: str
    meaning: str

    def sql(self, method: str, view: str) -> str:
        """The text of the step: the method's own when it differs from the base method's, one file per view when views differ."""
        for folder in (METHODS / method, METHODS / BASE_METHOD):
            for name in (f"{self.name}.{view}.sql", f"{self.name}.sql"):
                if (folder / name).exists():
                    return (folder / name).read_text(encoding="utf-8")
        raise FileNotFoundError(self.name)


@cache
def steps() -> tuple[Step, ...]:
    """The steps of every method in the order of the walk, read from methods/steps.csv."""
    with (METHODS / "steps.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Step(row["step"], row["made_as"], row["rules"], row["meaning"]) for row in csv.DictReader(file))


@dataclass(frozen=True)
class Settings:
    """What a run fixes beside its inputs: year, view, and the options of the method."""

    year: int
    view: str = "stock"
    method: str = BASE_METHOD
    outlived: str = "floor"
    calculation_day: str | None = None
    include: Mapping[str, bool] = field(default_factory=dict)

    def row(self) -> str:
        """The settings as one SQL row."""
        include = {name: self.include.get(name, True) for name in ("paper", "telework", "it_department", "cloud_and_services")}
        flags = ", ".join(f"{str(value).upper()} AS include_{name}" for name, value in include.items())
        day = f"DATE '{self.calculation_day}'" if self.calculation_day else f"DATE '{self.year}-12-31'"
        own = str(self.method == BASE_METHOD).upper()  # guards and rooms: the compatibility methods have none (Y3, Y7)
        return (
            f"SELECT CAST({self.year} AS DOUBLE) AS year, '{self.view}' AS view, '{self.outlived}' AS outlived, "
            f"CAST(DATE_DIFF('day', DATE '1970-01-01', {day}) AS DOUBLE) AS calculation_day, {own} AS guarded, {own} AS rooms_counted, "
            f" CAST(1.959963984540054 AS DOUBLE) AS z95, {flags}"
        )


class Session:
    """A DuckDB session holding the inputs of one run and, after `run`, the table of every step.

    `tables` are Arrow tables: inventory (or a Parquet path), declared_rooms, models, factors, defaults, electricity,
    method_parameters, criteria, run_criteria, item_types, flows, uncertainty_classes, guard_patterns, serial_placeholders, ghg_categories,
    entities. Their columns are those of catalogue/columns.csv and of the catalogue's own tables.
    """

    def __init__(self, *, memory_limit: str = "800MB", threads: int | None = None) -> None:
        import duckdb

        self.con: duckdb.DuckDBPyConnection = duckdb.connect(
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        self.con.execute("SET enable_progress_bar = false; SET preserve_insertion_order = false")
        self.con.execute(f"SET memory_limit = '{memory_limit}'")
        if threads:
            self.con.execute(f"SET threads = {threads}")

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name."""
        self.con.register(f"arrow_{name}", table)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arrow_{name}")
        self.con.unregister(f"arrow_{name}")

    def inventory(self, source: str, present: Iterable[str], row_id: str, types: Mapping[str, str]) -> None:
        """The adapter view of the inventory: every column of the schema, dates also as decimal years and day numbers (P1).

        `source` is the SQL of a scan, `present` the columns it has, `row_id` the SQL of the order of the file,
        `types` the SQL type of every column of the schema; absent columns are NULL.
        """
        there = set(present)
        columns = [name if name in there else f"CAST(NULL AS {kind}) AS {name}" for name, kind in types.items()]
        dates = {"purchase": "purchase_date", "withdrawal": "withdrawal_date", "planned": "planned_withdrawal_date"}
        columns += [_decimal_year(column if column in there else "CAST(NULL AS DATE)", f"{short}_t") for short, column in dates.items()]
        columns += [_day_number(column if column in there else "CAST(NULL AS DATE)", f"{short}_day") for short, column in dates.items()]
        serial = "NULLIF(REGEXP_REPLACE(LOWER(serial), '[^a-z0-9]', '', 'g'), '')" if "serial" in there else "CAST(NULL AS VARCHAR)"
        model = "LOWER(TRIM(model))" if "model" in there else "CAST(NULL AS VARCHAR)"
        columns += [f"{serial} AS serial_key", f"{model} AS model_key"]
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW inventory AS SELECT {row_id} AS row_id, {', '.join(columns)} FROM {source}")

    def run(self, settings: Settings, *, until: str | None = None) -> None:
        """Carry out the steps of the method in order, up to and including `until`."""
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW settings AS {settings.row()}")
        for step in steps():
            sql = step.sql(settings.method, settings.view)
            self.con.execute(f"CREATE OR REPLACE TEMP {step.made_as.upper()} {step.name} AS {sql}")
            if step.name == until:
                return

    def table(self, query: str) -> pa.Table:
        """The result of a query as an Arrow table."""
        return self.con.sql(query).to_arrow_table()


def _decimal_year(date: str, name: str) -> str:
    """Decimal year of a date: year + (day of year - 1) / days in the year (P1)."""
    year = f"YEAR({date})"
    days = f"CASE WHEN {year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0) THEN 366 ELSE 365 END"
    return f"{year} + (DAYOFYEAR({date}) - 1) / CAST({days} AS DOUBLE) AS {name}"


def _day_number(date: str, name: str) -> str:
    """Days since 1 January 1970."""
    return f"CAST(DATE_DIFF('day', DATE '1970-01-01', {date}) AS DOUBLE) AS {name}"
