"""Whatever a plan holds, it is read or refused with the line, what is wrong and its remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings, strategies

from estran.common.problems import CannotUse
from estran.demo.files import FACTS
from estran.projection import plans
from examples import examples

ODD = [3, -1, 1e308, 10**400, "x", "", True, [], {}, [[]], [1, "a"], {"a": {}}, [{"a": 1}], date(2026, 1, 1)]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value of a plan."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in rows:
        yield (*path, key)
        yield from places(one, (*path, key))


@settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=strategies.data())
def test_whatever_stands_at_a_place_of_a_plan_is_read_or_refused_with_its_remedy(tmp_path: Path, data: Any) -> None:
    text = (FACTS / "plan.toml").read_text("utf-8")
    values = tomllib.loads(text)
    way = data.draw(strategies.sampled_from(list(places(values))))
    block = values
    for key in way[:-1]:
        block = block[key]
    block[way[-1]] = data.draw(strategies.sampled_from(ODD))
    path = tmp_path / "plan.toml"
    path.write_text(tomlkit.dumps(values), encoding="utf-8")
    try:
        plans.read_plan(path)
    except CannotUse as error:
        assert all(problem.what and problem.remedy and problem.file == "plan.toml" for problem in error.problems)


@pytest.mark.parametrize("lever", ["where = 3", "where = { item_type = { a = 1 } }", "where = ['laptop']"])
def test_rows_of_a_lever_are_columns_with_values(tmp_path: Path, lever: str) -> None:
    path = tmp_path / "plan.toml"
    head = 'name = "P"\ntarget_year = 2030\n[[actions]]\ncode = "A"\ntitle = "T"\n[[actions.levers]]\n'
    path.write_text(f'{head}{lever}\nparameter = "quantity"\ntimes = 0.5\nfrom = 2026\n', "utf-8")
    with pytest.raises(CannotUse) as refused:
        plans.read_plan(path)
    problem, *others = refused.value.problems
    assert (problem.line, problem.what) == (7, "«\u00a0where\u00a0» n’est pas écrit comme il se lit.")
    assert "item_type" in problem.remedy and not others
