"""One session of calculation: the inputs become tables, the SQL steps of a method run in order, the results are tables.

No clock, no network, no global state. The steps are those of steps.py.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterable, Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from estran.common.sql import parquet_scan, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from estran.engine.steps import Step

TABLES = (
    *("declared_rooms", "models", "vms", "applications", "entities", "run_criteria"),
    *("factors", "defaults", "electricity", "method_parameters", "ecodiag_rules"),
    *("uncertainty_classes", "allocation_weights"),
    *("price_indices", "cloud_instances", "cloud_pues"),
    *("criteria", "item_types", "flows", "guard_patterns", "serial_placeholders", "ghg_categories"),
)


class Session:
    """A DuckDB session holding the inputs of one run and, after `run`, the table of every step.

    The inputs are the view `inventory` and the tables of TABLES, whose columns are those of columns.csv and of the
    catalogue's own tables. The constants hold what DuckDB and Spark say differently: days since 1 January 1970, a text
    without what is no letter or digit, one whole number by text. `alone`: no other session can share its tables.
    """

    DAY_NUMBER = "DATE_DIFF('day', DATE '1970-01-01', {})"
    LETTERS = "REGEXP_REPLACE(LOWER({}), '[^a-z0-9]', '', 'g')"
    HASH = "HASH({})"
    alone = False

    def __init__(self, *, memory_limit: str = "800MB", threads: int | None = None) -> None:
        import duckdb

        self.con: duckdb.DuckDBPyConnection = duckdb.connect(
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        self.con.execute("SET enable_progress_bar = false; SET preserve_insertion_order = false")
        # Every step that reads the inventory opens the same file; tables live too shortly to be worth compressing.
        self.con.execute("SET parquet_metadata_cache = true; SET checkpoint_threshold = '1TB'")
        self.con.execute(f"SET memory_limit = '{memory_limit}'; SET temp_directory = {quoted(_spill())}")
        if threads:
            self.con.execute(f"SET threads = {threads}")

    def beside(self, name: str) -> Session:
        """A session that sees the tables of this one and makes its own apart, on another thread if need be."""
        other = copy(self)
        other.con = self.con.cursor()
        other.con.execute(f"CREATE SCHEMA {name}; SET search_path = '{name},main'")
        return other

    def read(self, name: str, path: Path) -> None:
        """Make a Parquet file a table."""
        self._create("table", name, f"SELECT * FROM {parquet_scan(path)}")

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name."""
        self.con.register(f"arrow_{name}", table)
        self.con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM arrow_{name}")
        self.con.unregister(f"arrow_{name}")

    def inventory(
        self,
        source: str,
        present: Iterable[str],
        row_id: str,
        types: Mapping[str, str],
        zones: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        *,
        unknown_labels_are_types: bool = False,
    ) -> None:
        """The adapter view of the inventory: every column of the schema, dates also as decimal years and days (P1).

        `source` is the SQL of a scan, `present` the columns it has, `row_id` the SQL of the order of the file,
        `types` the SQL type of every column of the schema; absent columns are NULL. `zones` are those written otherwise
        than in the electricity table, `labels` those that are an item type of the catalogue; with
        `unknown_labels_are_types`, the label of a row without a type stands for it.
        """
        there = set(present)
        columns = []
        for short, column in (
            ("purchase", "purchase_date"),
            ("withdrawal", "withdrawal_date"),
            ("planned", "planned_withdrawal_date"),
        ):
            day = f"CAST({self.DAY_NUMBER.format(column)} AS DOUBLE)"
            columns += [f"{_decimal_year(column)} AS {short}_t", f"{day} AS {short}_day"]
        columns += [f"{self.HASH.format('serial_key')} AS serial_hash"]
        serial = self.LETTERS.format("serial") if "serial" in there else "CAST(NULL AS STRING)"
        model = "LOWER(TRIM(model))" if "model" in there else "CAST(NULL AS STRING)"
        renamed = {"zone": ("zone", zones or {}), "item_type": ("label", labels or {})}
        own = []
        for name, kind in types.items():
            value = f"CAST({name if name in there else 'NULL'} AS {kind})"
            if name == "item_type" and unknown_labels_are_types and "label" in there:
                value = f"COALESCE({value}, NULLIF(TRIM(label), ''))"
            read, codes = renamed.get(name, ("", {}))
            whens = "".join(f" WHEN {quoted(text)} THEN {quoted(code)}" for text, code in codes.items())
            own.append(f"CASE {read}{whens} ELSE {value} END AS {name}" if whens else f"{value} AS {name}")
        self._create(
            "view",
            "inventory",
            f"SELECT *, {', '.join(columns)} FROM (SELECT {row_id} AS row_id, {', '.join(own)}, "
            f"{serial} AS serial_key, {model} AS model_key FROM {source})",
        )

    def constants(self, prefix: str, query: str) -> None:
        """Make each column of a one-row query a constant of later steps: `<prefix>_<column>()`."""
        result = self.con.execute(query)
        for (name, kind, *_rest), value in zip(result.description or [], result.fetchall()[0], strict=True):
            literal = "NULL" if value is None else quoted(str(value))
            self.con.execute(f"CREATE OR REPLACE MACRO {prefix}_{name}() AS CAST({literal} AS {kind})")

    def run(self, steps: Iterable[Step]) -> None:
        """Carry out steps in order, but for those whose table has no row."""
        for step in steps:
            if step.only_with and not self.table(f"SELECT 1 AS any_row FROM {step.only_with} LIMIT 1").num_rows:
                continue
            if step.made_as == "constants":
                self.constants(step.name, step.sql)
            else:
                self._create(step.made_as, step.name, step.sql)

    def fill(self, table: str, column: str, text: str) -> None:
        """Give a column of a table one text on every row."""
        chosen = (f"{quoted(text)} AS {name}" if name == column else name for name in self._columns(table))
        self._create("table", table, f"SELECT {', '.join(chosen)} FROM {table}")

    def _create(self, kind: str, name: str, sql: str) -> None:
        self.con.execute(f"CREATE OR REPLACE {kind.upper()} {name} AS {sql}")

    def _columns(self, name: str) -> list[str]:
        return [row[0] for row in self.con.execute(f"DESCRIBE {name}").fetchall()]

    def table(self, query: str) -> pa.Table:
        """The result of a query as an Arrow table."""
        return self.con.sql(query).to_arrow_table()

    def write_csv(self, query: str, path: Path) -> None:
        """Write the result of a query as CSV: UTF-8, comma, header, full precision."""
        self.con.execute(f"COPY ({query}) TO {quoted(str(path))} (FORMAT csv, HEADER true)")

    def write_parquet(self, query: str, path: Path) -> None:
        """Write the result of a query as Parquet."""
        self.con.execute(f"COPY ({query}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def _spill() -> str:
    """Where a session spills what memory cannot hold: its own folder among the temporary files of the machine."""
    return str(Path(tempfile.gettempdir()) / f"estran-{os.getpid()}-{uuid.uuid4().hex[:8]}")


def _decimal_year(date: str) -> str:
    """Decimal year of a date: year + (day of year - 1) / days in the year (P1)."""
    year = f"YEAR({date})"
    days = f"CASE WHEN {year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0) THEN 366 ELSE 365 END"
    return f"{year} + (DAYOFYEAR({date}) - 1) / CAST({days} AS DOUBLE)"
