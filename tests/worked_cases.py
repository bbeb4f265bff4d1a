"""The worked cases of tests/cases as the tests read them: the tables of each, its run, its arithmetic."""

from __future__ import annotations

import ast
import json
import math
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import reading
from estran.projection import projections
from projected import ProjectionFolder, action
from real_run import Run, compute

CASES = Path(__file__).parent / "cases"
COMMON = yaml.safe_load((CASES / "catalogue.yaml").read_text("utf-8"))
TABLES = ("inventory", "rooms", "models", "factors", "defaults", "electricity")

Case = dict[str, Any]


CHOICES = ("year", "view", "method", "edition", "calculation_day")
NAMED = ("item_id", "entity", "room", "serial")  # what two cases may name alike
WHOLE = {"headline", "beges", "intervals", "gap_weights", "doubts"}  # figures of a whole run


def cases() -> list[Any]:
    """Every case, as a parameter of a test."""
    paths = sorted(CASES.glob("[0-9]*.yaml"))
    return [pytest.param(yaml.safe_load(path.read_text("utf-8")), id=path.stem) for path in paths]


def computed(case: Case, folder: Path, **choices: Any) -> Run:
    """The run of a case alone."""
    return compute(folder, tables(case), **chosen(case), **choices)


def tables(case: Case) -> dict[str, list[dict[str, Any]]]:
    """The tables of a case: its own rows after those of the common catalogue, unless it wants none of it."""
    common = COMMON if case.get("catalogue", True) else {}
    return {name: [*common.get(name, []), *case.get(name, [])] for name in TABLES}


def chosen(case: Case) -> dict[str, Any]:
    """The choices of the run of a case."""
    return {name: str(case[name]) if name == "calculation_day" else case[name] for name in CHOICES if name in case}


class SharedRuns:
    """One run for all cases of one catalogue that say nothing of a whole run: there, each has entities of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.groups: dict[str, list[Case]] = {}
        self.folders: dict[str, Path] = {}
        for case in (parameter.values[0] for parameter in cases()):
            if shareable(case):
                self.groups.setdefault(catalogue(case), []).append(case)

    def run(self, case: Case) -> Run | None:
        """The run of a case, seen as if it were alone; None where it needs a run of its own."""
        group = catalogue(case)
        if case not in self.groups.get(group, []):
            return None
        if group not in self.folders:
            given = tables(case) | {"inventory": [], "rooms": []}
            for number, one in enumerate(self.groups[group]):
                for name in ("inventory", "rooms"):
                    given[name] += [marked(row, mark(number)) for row in one.get(name, [])]
            folder = self.folder / f"group{len(self.folders)}"
            self.folders[group] = compute(folder, given, **chosen(case)).folder
        return PartOfRun(self.folders[group], mark(self.groups[group].index(case)))


def shareable(case: Case) -> bool:
    """Whether each figure that a case expects names an entity or an item of it."""
    expected = case["expected"]
    nameless = [row for row in expected.get("origins", []) if not row.get("item_id")]
    return case.get("kind", "inventory") == "inventory" and not nameless and not WHOLE & set(expected)


def catalogue(case: Case) -> str:
    """What two cases must have in common to share a run."""
    rest = {name: rows for name, rows in tables(case).items() if name not in ("inventory", "rooms")}
    return json.dumps([rest, chosen(case)])


def mark(number: int) -> str:
    return f"{number:02}."


def marked(row: dict[str, Any], mark: str) -> dict[str, Any]:
    return {name: f"{mark}{value}" if name in NAMED and value else value for name, value in row.items()}


class PartOfRun(Run):
    """The rows of one case in a run of several."""

    def __init__(self, folder: Path, mark: str) -> None:
        super().__init__(folder)
        self.mark = mark

    def rows(self, name: str, /, **where: str) -> list[reading.Row]:
        own = [
            {key: value.removeprefix(self.mark) for key, value in row.items()}
            for row in super().rows(name)
            if row["entity" if "entity" in row else "item_id"].startswith(self.mark)
        ]
        return [row for row in own if all(row[key] == value for key, value in where.items())]


def projected(case: Case, folder: Path, last: int) -> ProjectionFolder:
    """The run of a case and its actions, projected to a year; what was before is what the inventory says."""
    text = f'name = "Cas"\nbase_year = {case["year"]}\ntarget_year = {last}\n'
    for row in case["actions"]:
        where = ", ".join(f'{column} = "{value}"' for column, value in row["where"].items())
        change = "\n".join(f"{key} = {row[key]}" for key in ("set", "times", "from") if key in row)
        text += action(row["name"], f'where = {{ {where} }}\nparameter = "{row["parameter"]}"\n{change}')
    run, plan = computed(case, folder), folder / "plan.toml"
    plan.write_text(text, encoding="utf-8")
    projections.project_estate(run.folder, plan, folder / "projection")
    return ProjectionFolder(folder / "projection")


def gap(row: dict[str, str]) -> str:
    return " | ".join(
        [row["item_id"], row["what"], *([row["criterion"]] if row["criterion"] not in ("", "gwp") else [])]
    )


def guard(row: dict[str, str]) -> str:
    return f"{row['item_id']} | {row['rule'].split()[0]}"


def agrees(found: float, row: dict[str, Any]) -> None:
    """The figure found is the hand-written arithmetic, and its result as printed (12 digits)."""
    by_hand = arithmetic(row["calcul"])
    assert found == pytest.approx(by_hand, rel=1e-9, abs=1e-12), row
    assert found == pytest.approx(row["value"], rel=1e-9, abs=1e-12), row


OPERATORS: dict[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}
FUNCTIONS = {"sqrt": math.sqrt, "exp": math.exp, "ln": math.log}


def arithmetic(text: str) -> float:
    """The value of `2 * (3 + sqrt(4)) ** 2`: numbers, + - * / **, sqrt, exp, ln and nothing else."""

    def value(node: ast.expr) -> float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.UnaryOp(op=op, operand=operand):
                return OPERATORS[type(op)](value(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return OPERATORS[type(op)](value(left), value(right))
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                return FUNCTIONS[name](value(argument))
        raise ValueError(f"not arithmetic: {ast.unparse(node)}")

    return value(ast.parse(text, mode="eval").body)
