"""A figure opened by family and by part: it is the sub-total of the report, to the last digit, and so are its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

import small_runs
import worked_cases
from estran.analysis import explain, explain_cache
from estran.catalogue.labels import Labels
from estran.common.problems import CannotUse
from estran.reporting.blocks import plain_texts
from estran.reporting.chapters.explanation import explanation


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_runs.run(tmp_path_factory.mktemp("explain") / "run", 2025)


def text_of(opened: explain.Explanation) -> str:
    """Every text of a figure opened."""
    return "\n".join(plain_texts(explanation(opened, Labels("fr"))))


def test_one_sentence_says_it_and_the_division_by_the_lifetime_is_shown(run: Path) -> None:
    """19 devices of ten years: 14 laptops of 100 kg and 5 screens of 40 kg; 700 kWh at 100 g."""
    opened = text_of(explain.explain_figure(run, explain.Figure("gwp"))).replace("\u00a0", " ")
    assert (
        "230 kilogrammes en 2025 : 19 équipements, usés en 10 ans, 84 kg CO₂ éq chacun à fabriquer et à éliminer ; "
        "700 kWh d’électricité, 100 g CO₂ éq par kWh."
    ) in opened
    assert "14 ÷ 10 ans = 1,4 par an × 100 kg CO₂ éq" in opened
    assert "5 ÷ 10 ans = 0,5 par an × 40 kg CO₂ éq" in opened
    assert "None" not in opened


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
    opened = explain.explain_figure(run, explain.Figure("gwp", **asked))
    assert opened.value == pytest.approx(kilograms)
    assert sum(row["value"] for row in opened.products) == pytest.approx(kilograms)


def test_the_year_of_a_mix_stands_beside_its_factor(run: Path) -> None:
    """Q10: the run of 2025 takes the mix of 2020; a factor of a device has no such year."""
    opened = explain.explain_figure(run, explain.Figure("gwp"))
    assert {row["year"] for row in opened.products if row["flow"] == "electricity_kwh"} == {2020}
    assert {row["year"] for row in opened.products if row["flow"] != "electricity_kwh"} == {None}


def test_only_the_rows_of_the_part_stand_behind_it(run: Path) -> None:
    opened = explain.explain_figure(run, explain.Figure("gwp", part="schools"))
    assert {row["entity"] for row in opened.rows} == {"Collège Bleu"}
    assert "Changement climatique, 2025\u00a0: Collèges" in text_of(opened)


def test_what_is_published_of_a_model_stands_beside_its_row_and_in_no_total(run: Path) -> None:
    opened = explain.explain_figure(run, explain.Figure("gwp"))
    models = {row["item_id"]: row["known_model"] for row in opened.rows}
    assert models["L"].name == "Latitude 5400" and models["S"] is None
    assert "pour information, publié de « Latitude 5400 » : 315 kg éq. CO2" in text_of(opened)
    assert opened.value == pytest.approx(230)


def test_a_part_that_holds_nothing_has_no_figure(run: Path) -> None:
    with pytest.raises(CannotUse, match="services"):
        explain.explain_figure(run, explain.Figure("gwp", part="services"))


CASES = {case.id: case.values[0] for case in worked_cases.cases()}
WITH_ROWS = [
    "08-usage-partage",
    "11-salle-compteur-general",
    "13-salle-sans-compteur",
    "15-box-de-teletravail",
    "16-papier-donnees-deplacements-services",
    "22-vue-flux",
    "27-modele-reconnu-et-repli",
]


@pytest.mark.parametrize("case", WITH_ROWS)
def test_the_rows_behind_each_figure_add_up_to_it(case: str, tmp_path: Path) -> None:
    computed, kept = worked_cases.computed(CASES[case], tmp_path), tmp_path / "opened"
    explain_cache.write_explain_cache(computed.folder, kept)
    for total in computed.rows("impacts", basis="modelled"):
        stage, criterion = total["stage"], total["criterion"]
        if total["item_type"] == "room" or not float(total["value"]):
            continue  # a room is no row of the inventory
        figure = explain.Figure(criterion, total["entity"], total["item_type"], stage)
        result = explain.rows_behind(computed.folder, kept, figure, heaviest=True, start=0, most=1000)
        values = [row["value"] for row in result.rows]
        assert sum(values) == pytest.approx(float(total["value"])) == pytest.approx(result.value)
        assert values == sorted(values, reverse=True) and len(values) == result.number


def test_rows_come_by_pages_in_the_order_of_the_file_or_the_heaviest_first(run: Path, tmp_path: Path) -> None:
    explain_cache.write_explain_cache(run, tmp_path / "opened")

    def items(*, heaviest: bool, start: int = 0, most: int = 25) -> list[str]:
        figure = explain.Figure("gwp")
        result = explain.rows_behind(run, tmp_path / "opened", figure, heaviest=heaviest, start=start, most=most)
        assert result.number == 3
        return [row["item_id"] for row in result.rows]

    assert items(heaviest=True) == ["L", "C", "S"]  # 150, 60 and 20 kg
    assert items(heaviest=False) == ["L", "S", "C"]
    assert items(heaviest=True, start=1, most=1) == ["C"]
