"""The worked cases of tests/cases as the tests read them: the tables of each, its run, its arithmetic."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from real_run import Run, compute

CASES = Path(__file__).parent / "cases"
COMMON = yaml.safe_load((CASES / "catalogue.yaml").read_text("utf-8"))
TABLES = ("inventory", "rooms", "models", "factors", "defaults", "electricity")

Case = dict[str, Any]


def cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("[0-9]*.yaml")):
        case = yaml.safe_load(path.read_text("utf-8"))
        found.append(pytest.param(case, id=path.stem))
    return found


def computed(case: Case, folder: Path, **choices: Any) -> Run:
    """The run of a case: its own tables after those of the common catalogue, unless it wants none of it."""
    common = COMMON if case.get("catalogue", True) else {}
    given = {name: [*common.get(name, []), *case.get(name, [])] for name in TABLES}
    for name in ("year", "view", "method", "calculation_day"):
        if name in case:
            choices[name] = str(case[name]) if name == "calculation_day" else case[name]
    return compute(folder, given, **choices)


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
