"""Named quantities: what a run, its inventory, the registers and typed figures say, each one line of quantities.csv.

A quantity is a sum over the rows of one table in a period. It is known, with its date, or unknown, with the reason.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.analysis.decided_lives import count_as_before
from estran.analysis.drivers import total_differences
from estran.catalogue.loading import arrow_table, read_table
from estran.common import table_schema
from estran.common.language import _, current_language
from estran.common.problems import CannotUse, Problem
from estran.engine import execution, runs
from estran.importing import canonical
from estran.importing.reading import readers

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]
ENDINGS = ("csv", "xlsx", "ods", "parquet")
LAST_STEP = "presence"  # the step of the method that gives each item its presence in the year
TODAY = "today"
ONE_PERIMETER = ("entities", "schools", "include")

# The tables that quantities.csv names and that are not one file as it stands. Each `<register>_rows` is the register as
# read, with the kind of its items and whether its row is of the period, which `first_day()` and `last_day()` bound.
VIEWS = {path.stem: path.read_text("utf-8") for path in (Path(__file__).parent / "sql" / "quantities").glob("*.sql")}
NEEDS = {"pages": "online_services"}


@dataclass(frozen=True)
class Quantity:
    """A value in the unit of quantities.csv, None when unknown, then with `why`; `dated` is a day or a period, ISO.

    `low` and `high` bound it at 95 % where the run has its interval; `left_out` rows had no value to sum.
    `rooms` are those that the rows of a register are about.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    dated: str | None = None
    left_out: int = 0
    why: str = ""
    rooms: tuple[str, ...] = ()


@cache
def _unknown_when_empty() -> frozenset[str]:
    """The tables where no row means unknown, not zero."""
    return frozenset(row["table"] for row in read_table("quantity_tables") if row["when_empty"] == "unknown")


@cache
def declared_quantities() -> dict[str, Row]:
    """The quantities of quantities.csv by name."""
    return {row["quantity"]: row for row in read_table("quantities")}


@cache
def declared_registers() -> dict[str, Row]:
    """The registers of register_names.csv by name: labels, the column that dates a row, and for the portal:

    `address`, empty for a register of which it keeps yearly totals alone; `key`, the columns that name a row; `shown`,
    those of its list.
    """
    return {row["register"]: row for row in read_table("register_names")}


def read_registers(folder: Path | None) -> tuple[dict[str, pa.Table], list[Problem]]:
    """The registers and `typed` found in a folder, by name, and the faults of their rows (left out).

    Errors: CannotUse, the folder holds none of them, or one cannot be read at all.
    """
    registers: dict[str, pa.Table] = {}
    problems: list[Problem] = []
    if folder is None:
        return registers, problems
    for name in (*declared_registers(), "typed"):
        path = next((path for ending in ENDINGS if (path := folder / f"{name}.{ending}").exists()), None)
        if path:
            registers[name], faults = canonical.read_small_table(path, name)
            problems += faults
    if not registers:
        what = _("« {folder} » n’a aucun registre.").format(folder=folder)
        remedy = _("Y mettre un fichier par registre : {names}.")
        raise CannotUse(Problem(what, remedy.format(names=", ".join(f"{name}.csv" for name in declared_registers()))))
    return registers, problems


class Quantities:
    """The quantities of one run, with the registers, in its year or in a period of it.

    `reference` is the run of the reference year, for what is counted since then. A register dated by « today » says the
    state of today: it serves the `latest` year alone.
    """

    def __init__(
        self, run: Path, given: Mapping[str, pa.Table], reference: Path | None = None, *, latest: bool = True
    ) -> None:
        self.folder = run
        self.run = runs.read_json(run)
        self.year: int = self.run["year"]
        self._reference = runs.read_json(reference)["year"] if reference else None
        self._absent: dict[str, str] = {}
        session, steps = execution.open_session(run / "inputs")
        names = [step.name for step in steps]
        session.run(steps[: names.index(LAST_STEP) + 1])
        self._con = session.con
        for name in ("intervals", "subtotals", "quality", "amounts", "rooms", "ghg_statement", "equipment"):
            view = "equipment_rows" if name == "equipment" else name
            relation = self._con.read_csv(str(run / f"{name}.csv"), **readers.OWN_CSV)
            relation.create_view(view)
        session.register("type_kinds", arrow_table(read_table("type_kinds")))
        heads = self.run["perimeter"].get("headcounts", [])
        rows = [{"who": head["who"], "value": float(head["value"]), "date": head.get("date")} for head in heads]
        session.register("headcounts", arrow_table(rows, ("who", "value", "date")))
        self.over(date(self.year, 1, 1), date(self.year, 12, 31))
        registers = declared_registers()
        for name in (*registers, "typed"):
            if name in given and not latest and name in registers and registers[name]["dated_by"] == TODAY:
                self._absent[name] = _("ce registre dit l’état d’aujourd’hui : il ne vaut que pour la dernière année")
            elif name in given and given[name].num_rows:
                session.register(f"{name}_given", given[name])
                self._con.execute(f"CREATE TEMP VIEW {name}_rows AS {self._rows(name, given[name].column_names)}")
                self._con.execute(f"CREATE TEMP VIEW {name} AS {VIEWS.get(name, f'SELECT * FROM {name}_rows')}")
            elif name in registers:
                label = registers[name][f"label_{current_language()}"]
                self._absent[name] = _("le registre « {name} » n’est pas donné, ou vide").format(name=label)
            else:
                self._absent[name] = ""
        for name in ("totals", "equipment", "fleet", "pages"):
            if NEEDS.get(name) not in self._absent:
                self._con.execute(f"CREATE TEMP VIEW {name} AS {VIEWS[name]}")
            else:
                self._absent[name] = self._absent[NEEDS[name]]
        self._since(run, reference)

    @staticmethod
    def _rows(name: str, columns: list[str]) -> str:
        """SQL of a register as read, with `in_period` where its rows are dated, and the kind of its items."""
        dated_by = declared_registers()[name]["dated_by"] if name in declared_registers() else None
        dated_by = None if dated_by == TODAY else dated_by
        day = f"CAST(LEFT({dated_by} || '-01-01', 10) AS DATE)" if dated_by == "period" else dated_by
        in_period = f", {day} BETWEEN first_day() AND last_day() AS in_period" if dated_by else ""
        if "item_type" in columns:
            return f"SELECT r.*{in_period}, k.kind FROM {name}_given r LEFT JOIN type_kinds k USING (item_type)"
        return f"SELECT *{in_period} FROM {name}_given"

    def _since(self, run: Path, reference: Path | None) -> None:
        """The table `reference`: the change since the reference year, between comparable runs (D1, D5, D6)."""
        if reference is None:
            self._absent["reference"] = _("il faut aussi le calcul de l’année de référence")
        elif not are_comparable(self.run, runs.read_json(reference)):
            self._absent["reference"] = _("la référence a un autre périmètre, une autre méthode ou d’autres facteurs")
        else:
            rows = [
                {"criterion": change.criterion, "mean_before": change.before, "mean": change.delta}
                | {"low95": change.low95, "high95": change.high95}
                for change in total_differences(reference, count_as_before(reference, run))
            ]
            import pyarrow as pa

            self._con.register("reference", pa.Table.from_pylist(rows))

    def over(self, first: date, last: date) -> None:
        """Count in this period from now on."""
        self._cache: dict[str, Quantity] = {}
        self.first, self.last = first, last
        for name, day in (("first_day", first), ("last_day", last)):
            self._con.execute(f"CREATE OR REPLACE TEMP MACRO {name}() AS DATE '{day}'")

    def __getitem__(self, name: str) -> Quantity:
        if name not in self._cache:
            self._cache[name] = self._find(declared_quantities()[name])
        return self._cache[name]

    def _find(self, row: Row) -> Quantity:
        table, meaning = row["table"], row[f"meaning_{current_language()}"]
        typed = _("à saisir : « {meaning} »").format(meaning=meaning)
        if table in self._absent:
            return self._total(row) or Quantity(None, why=self._absent[table] or typed)
        where = row["filter"] or "true"
        if empty := self._never_filled(table, where):
            return Quantity(None, why=_("la colonne « {name} » n’est jamais remplie").format(name=empty))
        summed = re.fullmatch(r"sum\((.*)\)", row["measure"])
        measures = {"value": row["measure"], "rows": "COUNT(*)"}
        measures["left_out"] = f"COUNT(*) FILTER (({summed[1]}) IS NULL)" if summed else "0"
        if row["dated"] == "own":
            measures |= {"day": "MAX(date)", "undated": "COUNT(*) - COUNT(date)"}
        if table in ("totals", "reference"):
            measures |= {"low": "MAX(low95)", "high": "MAX(high95)"}
        sums = self._one(f"SELECT {_columns(measures)} FROM {table} WHERE {where}")
        value = sums["value"]
        if "in_period" in where and not self._one(f"SELECT COUNT(*) AS n FROM {table} WHERE in_period")["n"]:
            name = declared_registers()[table][f"label_{current_language()}"]
            return Quantity(None, why=_("« {name} » n’a aucune ligne de {year}").format(name=name, year=self.year))
        if value is None and not sums["rows"] and summed and table not in _unknown_when_empty():
            value = 0.0
        if value is None:
            return Quantity(None, why=typed if table == "typed" else _("inconnu : {meaning}").format(meaning=meaning))
        alone = sums["rows"] == 1 and row["measure"] == "sum(mean)"
        return Quantity(
            float(value),
            sums.get("low") if alone else None,
            sums.get("high") if alone else None,
            self._dated(row["dated"], sums),
            sums["left_out"],
            rooms=self._rooms_of(table, where),
        )

    def _rooms_of(self, table: str, where: str) -> tuple[str, ...]:
        """The rooms that the rows of a register are about: an indicator of rooms says which ones it holds (I1)."""
        if table not in declared_registers() or "room_id" not in {one.column for one in table_schema.columns(table)}:
            return ()
        rows = self._con.execute(f"SELECT DISTINCT room_id FROM {table} WHERE {where} ORDER BY ALL").fetchall()
        return tuple(row[0] for row in rows if row[0])

    def _total(self, row: Row) -> Quantity | None:
        """The yearly total typed for a quantity whose register is not given; a part of a year has none."""
        if row["table"] not in declared_registers() or "typed" in self._absent or not self._whole_year:
            return None
        name = row["quantity"]
        sums = self._one(
            f"SELECT SUM(value) AS value, MAX(date) AS day FROM typed WHERE quantity = '{name}' AND year = {self.year}"
        )
        if sums["value"] is None:
            return None
        return Quantity(float(sums["value"]), dated=self._dated(row["dated"], sums | {"undated": 0}))

    @property
    def _whole_year(self) -> bool:
        return (self.first, self.last) == (date(self.year, 1, 1), date(self.year, 12, 31))

    def _never_filled(self, table: str, where: str) -> str:
        """The label of a yes-or-no or of a choice that the filter asks for and that no row of the register fills."""
        if table not in declared_registers():
            return ""
        asked = [
            column
            for column in table_schema.columns(table)
            if column.type in ("boolean", "choice") and column.column in names_of(where)
        ]
        for column in asked:
            if not self._one(f"SELECT COUNT({column.column}) AS n FROM {table}_rows")["n"]:
                return column.label_fr if current_language() == "fr" else column.label_en
        return ""

    def _dated(self, how: str, sums: Row) -> str | None:
        if how == "own":
            return str(sums["day"]) if sums["day"] and not sums["undated"] else None
        if how == "reference":
            return str(self._reference)
        if how == "year":
            return str(self.year) if self._whole_year else f"{self.first}/{self.last}"
        return str(self.first if how == "start" else self.last)

    def _one(self, sql: str) -> Row:
        result = self._con.execute(sql)
        return dict(zip([column[0] for column in result.description or []], result.fetchall()[0], strict=True))


def are_comparable(run: Row, other: Row) -> bool:
    """Two runs (their run.json) count the same things in the same way: their totals make a series (D1)."""

    def key(described: Row) -> object:
        scope = described["perimeter"]
        return (
            *(described[name] for name in ("method", "method_version", "view", "factor_set")),
            described["catalogue"]["edition"],
            *(scope.get(name) for name in ONE_PERIMETER),
        )

    return key(run) == key(other)


# ------------------------------------------------------------------------------------------------------- expressions

OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def names_of(expression: str) -> list[str]:
    """The quantities that an expression names, in order."""
    return list(dict.fromkeys(re.findall(r"[a-z_]\w*", expression)))


def evaluate_expression(expression: str, values: Mapping[str, float]) -> float:
    """The value of an expression over named quantities: + − × ÷ and numbers."""

    def of(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](of(node.left), of(node.right))
        return values[node.id] if isinstance(node, ast.Name) else float(ast.literal_eval(node))

    return of(ast.parse(expression, mode="eval").body)


@dataclass(frozen=True)
class Ratio:
    """times × numerator ÷ denominator, or the reason why there is none; bounds at 95 % where the numerator has them."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    dated: str | None = None
    left_out: int = 0
    why: str = ""
    rooms: tuple[str, ...] = ()


def compute_ratio(numerator: str, denominator: str, times: float, get: Callable[[str], Quantity]) -> Ratio:
    """The ratio of two expressions over quantities; without a denominator, the numerator alone.

    Unknown, undated in the denominator or divided by zero: a reason and no number (never 0, never 100 %).
    """
    above = {name: get(name) for name in names_of(numerator)}
    below = {name: get(name) for name in names_of(denominator)}
    reasons = [quantity.why for quantity in (above | below).values() if quantity.value is None]
    reasons += [
        _("refusé : « {meaning} » n’a pas de date").format(
            meaning=declared_quantities()[name][f"meaning_{current_language()}"]
        )
        for name, quantity in below.items()
        if quantity.value is not None and not quantity.dated
    ]
    if reasons:
        return Ratio(why=_(" ; ").join(dict.fromkeys(reasons)))
    known = {name: quantity.value for name, quantity in (above | below).items() if quantity.value is not None}
    top, bottom = (
        evaluate_expression(numerator, known),
        evaluate_expression(denominator, known) if denominator else None,
    )
    left_out = sum(quantity.left_out for quantity in (above | below).values())
    rooms = tuple(sorted({room for quantity in (above | below).values() for room in quantity.rooms}))
    dated = " ".join(sorted({quantity.dated for quantity in below.values() if quantity.dated})) or None
    if bottom == 0:
        return Ratio(numerator=top, denominator=0.0, dated=dated, why=_("non calculable : le dénominateur est nul"))
    scale = times / (bottom or 1.0)
    alone = next(iter(above.values())) if list(above) == [numerator] else Quantity(None)
    low, high = (None if bound is None else bound * scale for bound in (alone.low, alone.high))
    return Ratio(top * scale, low, high, top, bottom, dated, left_out, rooms=rooms)


def _columns(measures: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in measures.items())
