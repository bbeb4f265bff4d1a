"""The files of one run, asked in SQL and named in words, and what its calculation rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

from estran.catalogue.labels import Labels
from estran.engine import runs
from estran.importing.reading import readers
from estran.reporting.figures import Figures, Row


@cache
def _queries() -> dict[str, str]:
    """The queries of run_files.sql by name."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    _head, *parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


class RunFiles:
    """One run folder: its CSV files as views of texts, its parameters, flows, products and sources as rows.

    Every list is made of plain rows (dicts); impacts are in the unit of their criterion. Raises `CannotUse` when the
    folder is not a run.
    """

    def __init__(self, path: Path, names: Labels) -> None:
        import duckdb

        self.path, self.name = path, path.resolve().name
        self.run: Row = runs.read_json(path)
        self.names = names
        self._connection = duckdb.connect()
        for file in path.glob("*.csv"):
            if file.stem != "gaps":
                self._connection.read_csv(str(file), **readers.OWN_CSV).create_view(file.stem)

    @property
    def year(self) -> int:
        """The year of the run."""
        return self.run["year"]

    @property
    def perimeter(self) -> Row:
        """The perimeter of the run."""
        return self.run["perimeter"]

    @property
    def lang(self) -> str:
        """The language of the labels: fr or en."""
        return self.names.lang

    @cached_property
    def figures(self) -> Figures:
        """How figures are written in the language of the labels."""
        return Figures(self.lang)

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of a query over the CSV files of the folder, each a view of texts."""
        result = self._connection.execute(sql, values)
        columns = [column[0] for column in result.description]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def read(self, query: str, *values: object) -> list[Row]:
        """The rows of a query of run_files.sql."""
        return self.rows(_queries()[query], *values)

    def labelled(self, table: str, rows: list[Row]) -> list[Row]:
        """The rows with the label of their code and, where they have one, of their source."""
        for row in rows:
            row["label"] = self.names.label(table, row["code"])
            if "source" in row:
                row["source"] = self.names.source_label(row["source"])
        return rows

    @cached_property
    def parameters(self) -> list[Row]:
        """Parameters used, by type and origin, those of most items first (F9, F10, F11)."""
        return self.labelled("item_type", self.read("parameters"))

    @cached_property
    def flows(self) -> list[Row]:
        """Amounts of the year: electricity, units amortised, paper, data, services (F10)."""
        rows = self.read("flows")
        return [row | self.names.describe_flow(row["code"]) for row in rows]

    @cached_property
    def products(self) -> list[Row]:
        """Climate change by item type and stage, beside the amount that makes it; several flows have no amount."""
        return self.read("products")

    @cached_property
    def fleet(self) -> list[Row]:
        """The items by type and origin of their life: how many, and their mean life in years."""
        return self.read("fleet")

    @cached_property
    def zones(self) -> list[str]:
        """The zones whose electricity is counted."""
        rows = self.rows("SELECT DISTINCT zone FROM amounts WHERE flow = 'electricity_kwh' AND zone IS NOT NULL")
        return sorted(row["zone"] for row in rows)

    @cached_property
    def mix_years(self) -> list[str]:
        """The years of the electricity mixes of climate change, the latest last; none in runs of before 2026-12."""
        if not self.rows("SELECT 1 FROM duckdb_columns() WHERE (table_name, column_name) = ('factors', 'electricity')"):
            return []
        rows = self.read("mix_years")
        return [row["year"] for row in rows]

    def sources_of(self, code: str, references: Sequence[str] = ()) -> list[str]:
        """The sources of the climate factors of an item type or flow, else of the first reference that has any."""
        for flow in (code, *references):
            if sources := [row["source"] for row in self._factor_sources if row["flow"] == flow]:
                return sources
        return []

    @cached_property
    def _factor_sources(self) -> list[Row]:
        return self.read("factor_sources")

    @cached_property
    def sources(self) -> list[Row]:
        """The sources used, with edition, licence and address (F12)."""
        return self.rows("SELECT * FROM sources ORDER BY producer, title, id")
