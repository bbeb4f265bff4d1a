"""The same walk on Spark: the same text of the steps, for more rows than one machine should hold.

The master is a local one, the address of a cluster, or that of a Spark Connect server. Spark reads the inventory where
the run folder holds it and keeps its large tables beside: a cluster needs that folder on storage that all its machines
see, under the same path.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.engine.session import Session

if TYPE_CHECKING:
    import pyarrow as pa

# Under so many rows of inventory the driver holds the tables: a file for each would cost more than to make it.
HELD = 20_000
OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
}


def connect(master: str) -> Any:
    """A Spark session on a master (`local[2]`, `spark://host:7077`, `yarn` …) or a Spark Connect server (`sc://host`).

    Errors: CannotUse (PySpark or Java missing, no answer).
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        remedy = _("Installer l’extra : pip install estran[spark], avec Java 17.")
        raise CannotUse(Problem(_("PySpark n’est pas installé."), remedy)) from error
    builder = SparkSession.builder.appName("estran")
    builder = builder.remote(master) if master.startswith("sc://") else builder.master(master)
    for name, value in OPTIONS.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError) as error:
        what = _("Spark ne répond pas à « {master} ».").format(master=master)
        raise CannotUse(
            Problem(what, _("Vérifier l’adresse, et que Java 17 et l’extra estran[spark] sont installés."))
        ) from error


class Spark(Session):
    """A session whose tables are Spark's; DuckDB only writes the files of the run, so that they read the same.

    `work` is a folder that all machines see and that the caller removes, `rows` the size of the inventory.
    """

    DAY_NUMBER = "UNIX_DATE({})"
    LETTERS = "REGEXP_REPLACE(LOWER({}), '[^a-z0-9]', '')"
    HASH = "XXHASH64({})"
    alone = True

    def __init__(self, master: str, work: Path, *, rows: int) -> None:
        super().__init__()
        self.spark = connect(master)
        self.work, self.held = work, rows < HELD

    def scan(self, path: Path, row_id: str) -> tuple[str, str]:
        """The SQL of a scan of the inventory and of the number of its rows, in the order of the file."""
        written = self.spark.read.parquet(str(path))
        if row_id == "file_row_number":  # as DuckDB names it; Spark hides it behind a view
            written = written.selectExpr("*", "_metadata.row_index AS file_row_number")
        written.createOrReplaceTempView("written_inventory")
        return "written_inventory", row_id

    def read(self, name: str, path: Path) -> None:
        """Make a Parquet file known under a name."""
        import pyarrow.parquet as pq

        self.register(name, pq.ParquetFile(path).read())

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name."""
        self.spark.createDataFrame(table).createOrReplaceTempView(name)

    def constants(self, prefix: str, query: str) -> None:
        """Make each column of a one-row query a constant of later steps: `<prefix>_<column>()`."""
        frame = self._sql(query)
        for field, value in zip(frame.schema.fields, frame.first(), strict=True):
            kind = field.dataType.simpleString()
            literal = "NULL" if value is None else quoted(str(value))
            function = f"{prefix}_{field.name}() RETURNS {kind} RETURN CAST({literal} AS {kind})"
            self._sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {function}")

    def table(self, query: str) -> pa.Table:
        """The result of a query as an Arrow table."""
        return self._sql(query).toArrow()

    def write_csv(self, query: str, path: Path) -> None:
        """Write the result of a query as CSV, its bytes those that DuckDB writes."""
        with self._brought(query) as name:
            super().write_csv(f"SELECT * FROM {name}", path)

    def write_parquet(self, query: str, path: Path) -> None:
        """Write the result of a query as Parquet, one file."""
        with self._brought(query) as name:
            super().write_parquet(f"SELECT * FROM {name}", path)

    def _sql(self, query: str) -> Any:
        """A query as a data frame: for Spark a backslash in a text is an escape, in our SQL it is itself."""
        return self.spark.sql(query.replace("\\", "\\\\"))

    def _create(self, kind: str, name: str, sql: str) -> None:
        """A table is kept, or every later step would make it again; a view too where that is cheap."""
        frame = self._sql(sql)
        if self.held:
            frame = self.spark.createDataFrame(frame.toArrow())
        elif kind == "table":
            frame = self.spark.read.schema(frame.schema).parquet(str(self._kept(frame)))
        frame.createOrReplaceTempView(name)

    def _columns(self, name: str) -> list[str]:
        return list(self.spark.table(name).columns)

    def _kept(self, frame: Any) -> Path:
        """The rows of a data frame as a folder of Parquet files, in their order."""
        folder = self.work / uuid.uuid4().hex
        frame.write.parquet(str(folder))
        return folder

    @contextmanager
    def _brought(self, query: str) -> Iterator[str]:
        """The name under which DuckDB reads the result of a query, in its order."""
        self.con.execute("SET preserve_insertion_order = true")
        if self.held:
            self.con.register("brought", self.table(query))
        else:
            files = quoted(str(self._kept(self._sql(query)) / "*.parquet"))
            self.con.execute(f"CREATE OR REPLACE TEMP VIEW brought AS FROM read_parquet({files})")
        yield "brought"
