"""The section of the report on indicators: value, interval, target, what is left to it, trend, what is missing."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import tinyhtml5
from typer.testing import CliRunner

import small_runs
from estran.analysis import indicators
from estran.analysis.indicators import FollowedIndicators
from estran.cli import commands

TARGETS = "indicator,start,start_year,target,year\nEQ03,2,2023,0.1,2030\nFP04,0,2024,-10,2030\nUS07,0,2024,90,2030\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two years, 12 laptops then 10; paper bought, 30 reams of 40 recycled; targets."""
    folder = tmp_path_factory.mktemp("years")
    for year, laptops in ((2024, 12), (2025, 10)):
        small_runs.run(folder / str(year), year, laptops)
    small_runs.register(folder / "registers", "paper", [{"reams": 30, "recycled": "oui"}, {"reams": 10}])
    (folder / "targets.csv").write_text(TARGETS, "utf-8")
    return folder


@pytest.fixture(scope="module")
def runs(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.rglob("run.json"))


@pytest.fixture(scope="module")
def followed(folder: Path, runs: list[Path]) -> FollowedIndicators:
    return indicators.follow_indicators(runs, folder / "registers", folder / "targets.csv")


@pytest.fixture(scope="module")
def section(folder: Path, runs: list[Path]) -> Element:
    options = ["--registers", folder / "registers", "--targets", folder / "targets.csv", "-o", folder / "r.html"]
    said = CliRunner().invoke(commands.app, ["report", *map(str, [*runs, *options])])
    assert said.exit_code == 0, said.output
    page = tinyhtml5.parse((folder / "r.html").read_text("utf-8"), namespace_html_elements=False)
    return next(one for one in page.iter("section") if one.get("id") == "indicators")


def text_of(element: Element) -> str:
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def cards(section: Element) -> list[str]:
    return [text_of(item) for item in next(section.iter("ul")).iter("li")]


def test_the_twelve_come_first_and_the_sentence_counts_them(section: Element) -> None:
    assert len(cards(section)) == 12
    lead = next(one for one in section.iter("p") if one.get("class") == "lead")
    assert text_of(lead) == "Depuis 2024, sur 12 indicateurs, 1 progresse, 0 recule, 11 ne se classent pas."


def test_a_card_says_value_interval_target_trend_and_day(section: Element, followed: FollowedIndicators) -> None:
    """15 items for 100 agents, 17 the year before; −11.5 % since the reference year, the target is −10 %."""
    equipment = next(card for card in cards(section) if card.startswith("Équipements par agent"))
    assert equipment == (
        "Équipements par agent 0,15 Cible : 0,1 en 2030, il reste 0,05 Depuis 2024 : −0,02 (mieux) "
        "Effectif ou état au 31 décembre 2025"
    )
    change = next(card for card in cards(section) if card.startswith("Évolution de l’empreinte"))
    row = next(row for row in followed.core if row.code == "FP04")
    assert row.value == pytest.approx(-30 / 260 * 100)
    assert change.startswith(f"Évolution de l’empreinte depuis l’année de référence −12 % entre {_sign(row.low95)}")
    assert "Cible : −10 % en 2030, atteinte, sans dépasser le doute" in change


def _sign(value: float | None) -> str:
    assert value is not None
    return indicators.value_text(value, "", 2)


def test_what_is_not_known_says_why_and_what_would_tell(section: Element, followed: FollowedIndicators) -> None:
    reuse = next(card for card in cards(section) if card.startswith("Matériels retirés du service et réemployés"))
    assert "– Non connu : le registre" in reuse
    said = text_of(section)
    assert all(reason in said for reason in (re.sub(r"\s+", " ", why) for why in followed.waiting))
    assert sum(map(len, followed.waiting.values())) + len(followed.others) + sum(
        row.status == "ok" for row in followed.core
    ) == len(indicators.declared_indicators())


def test_the_registers_and_the_law_are_told_below(section: Element) -> None:
    said = text_of(section)
    row = next(row for row in section.iter("tr") if text_of(row[0]) == "Papier recyclé")
    assert [text_of(cell) for cell in row[1:]] == ["75 %", "90 % en 2030, il reste 15 points", "–"]
    assert said.index("Ce que les textes demandent de compter") < said.index("Papier recyclé")
    assert "confirmer" in said


def test_without_registers_or_targets_the_report_has_no_such_section(folder: Path, runs: list[Path]) -> None:
    CliRunner().invoke(commands.app, ["report", *map(str, runs), "-o", str(folder / "plain.html")])
    assert 'id="indicators"' not in (folder / "plain.html").read_text("utf-8")


def test_a_faulty_register_is_told_and_the_report_is_written(folder: Path, runs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "paper.csv").write_text("period,unit_code,format,recycled,reams\nprintemps,DSN,A4,non,30\n", "utf-8")
    options = ["--registers", str(tmp_path), "-o", str(tmp_path / "r.html")]
    said = CliRunner().invoke(commands.app, ["report", *map(str, runs), *options])
    assert (said.exit_code, (tmp_path / "r.html").exists()) == (1, True)
    assert "printemps" in said.stderr
