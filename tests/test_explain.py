"""A figure opened by family and by part: it is the sub-total of the report, to the last digit."""

from __future__ import annotations

from pathlib import Path

import pytest

import small_runs
from estran.footprint import explain
from estran.problems import CannotUse


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_runs.run(tmp_path_factory.mktemp("explain") / "run", 2025)


@pytest.mark.parametrize(
    ("asked", "kilograms"),
    [
        ({}, 230),
        ({"part": "administration"}, 170),
        ({"part": "schools"}, 60),
        ({"family": "workplace"}, 230),
        ({"part": "schools", "stage": "use"}, 20),
    ],
)
def test_a_part_or_a_family_opens_its_own_sub_total(run: Path, asked: dict[str, str], kilograms: float) -> None:
    opened = explain.explain(run, explain.Figure("gwp", **asked))
    assert opened.value == pytest.approx(kilograms)
    assert sum(row["value"] for row in opened.products) == pytest.approx(kilograms)


def test_only_the_rows_of_the_part_stand_behind_it(run: Path) -> None:
    opened = explain.explain(run, explain.Figure("gwp", part="schools"))
    assert {row["entity"] for row in opened.rows} == {"Collège Bleu"}
    assert "Sous-total\u00a0: Collèges" in explain.text(opened)


def test_a_part_that_holds_nothing_has_no_figure(run: Path) -> None:
    with pytest.raises(CannotUse, match="services"):
        explain.explain(run, explain.Figure("gwp", part="services"))
