"""The method as steps: what each makes, in the order of the walk, with its SQL (the folder methods)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from estran.common.files import read_csv, write_csv
from estran.common.normal_law import Z95
from estran.common.sql import quoted

METHODS = Path(__file__).parent / "methods"
OUTPUTS = METHODS / "outputs"
BASE_METHOD = "rcp_si"
USES = ("paper", "telework", "it_department", "cloud_and_services")


@dataclass(frozen=True)
class Step:
    """One step of the walk: the table, view or constants it makes, whether it reads factors, and its text.

    `only_with` names the table without a row of which the step is left out.
    """

    name: str
    made_as: str
    needs_factors: bool
    sql: str
    only_with: str = ""


@dataclass(frozen=True)
class Settings:
    """What a run fixes beside its inputs: year, view, and the options of the method."""

    year: int
    view: str = "stock"
    method: str = BASE_METHOD
    outlived: str = "floor"
    calculation_day: str | None = None
    include: Mapping[str, bool] = field(default_factory=dict)

    def step(self) -> Step:
        """The settings as the first step: one row whose columns are constants of the others (`setting_year()` …)."""
        day = date.fromisoformat(self.calculation_day or f"{self.year}-12-31")
        columns = {
            "year": f"CAST({self.year} AS DOUBLE)",
            "view": f"'{self.view}'",
            "method": f"'{self.method}'",
            "outlived": f"'{self.outlived}'",
            "calculation_day": f"CAST({(day - date(1970, 1, 1)).days} AS DOUBLE)",
            "z95": f"CAST({Z95} AS DOUBLE)",
            **{f"include_{name}": str(self.include.get(name, True)).upper() for name in USES},
        }
        sql = "SELECT " + ", ".join(f"{value} AS {name}" for name, value in columns.items())
        return Step("setting", "constants", False, sql)


def known_methods() -> list[str]:
    """The names of the methods, by their folders."""
    return sorted(path.name for path in METHODS.iterdir() if (path / "lifetimes.stock.sql").exists())


@cache
def steps(method: str = BASE_METHOD, view: str = "stock") -> tuple[Step, ...]:
    """The steps of a method in the order of the walk (methods/steps.csv), with the text of each.

    A compatibility method has files only for the steps that differ, and may have one of its own; where views differ,
    the view ends the file's name. A step that is off in the method gives no row.
    """
    walk = []
    for row in read_csv(METHODS / "steps.csv"):
        text = _step_text(row["step"], method, view)
        if text is not None:
            if method in row["off_in"].split():
                text = f"SELECT * FROM (\n{text}) AS off\nWHERE FALSE\n"
            walk.append(Step(row["step"], row["made_as"], row["needs_factors"] == "yes", text, row["only_with"]))
    return tuple(walk)


def write_steps(walk: Iterable[Step], folder: Path) -> None:
    """Write steps into a new folder: their list and the text of each."""
    folder.mkdir()
    rows = []
    for step in walk:
        needs = "yes" if step.needs_factors else "no"
        rows.append({"step": step.name, "made_as": step.made_as, "needs_factors": needs, "only_with": step.only_with})
        (folder / f"{step.name}.sql").write_text(step.sql, encoding="utf-8")
    write_csv(folder / "steps.csv", ("step", "made_as", "needs_factors", "only_with"), rows)


def read_steps(folder: Path) -> Iterator[Step]:
    """The steps written in a folder."""
    for row in read_csv(folder / "steps.csv"):
        sql, needs_factors = (folder / f"{row['step']}.sql").read_text(encoding="utf-8"), row["needs_factors"] == "yes"
        yield Step(row["step"], row["made_as"], needs_factors, sql, row.get("only_with", ""))
        if row["step"] == "lines":  # the name of the step `amounts` in runs of before 2026-12
            yield Step("amounts", "view", needs_factors, "SELECT * FROM lines")


def _step_text(step: str, method: str, view: str) -> str | None:
    """The text of a step, None when it belongs to another method."""
    for folder in (METHODS / method, METHODS / BASE_METHOD):
        for name in (f"{step}.{view}.sql", f"{step}.sql"):
            if (folder / name).exists():
                return (folder / name).read_text(encoding="utf-8").format_map(_origin_codes())
    return None


@cache
def _origin_codes() -> dict[str, str]:
    """What origin_codes.csv gives to the text of steps: the number of a row (`origin_code`), and their table.

    A number is written in a base of its own for each column: its values in the order of the file, after an empty one.
    """
    codes: dict[str, list[str]] = {}
    for row in read_csv(METHODS / "origin_codes.csv"):
        codes.setdefault(row["column"], []).append(row["code"])
    terms, lists, unit = [], [], 1
    for column, values in codes.items():
        numbers = {value: place * unit for place, value in enumerate(values, 1)}
        whens = " ".join(f"WHEN {quoted(value)} THEN {number}" for value, number in numbers.items())
        terms.append(f"CASE {column} {whens} ELSE 0 END")
        pairs = ", ".join(["(0, NULL)", *(f"({number}, {quoted(value)})" for value, number in numbers.items())])
        lists.append(f"(VALUES {pairs}) AS {column}s (number, code)")
        unit *= len(values) + 1
    number = " + ".join(f"{column}s.number" for column in codes)
    names = ", ".join(f"{column}s.code AS {column}" for column in codes)
    table = f"SELECT CAST({number} AS SMALLINT) AS origin_code, {names}\nFROM " + "\nCROSS JOIN ".join(lists)
    return {"origin_code": "\n            + ".join(terms), "origin_codes": table}
