"""A reference that holds and years that compare: published figures never move, restated ones say by how much (D1).

By hand, with the catalogue of golden/estates/estate-40: a laptop is 185 kg over 5 years and 30 kWh a year. Its owner
later finds that a kWh weighs 0.06 kg in 2024, and that a laptop stays 4 years.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import reading
from estran.analysis import restatement
from estran.cli.display import series
from estran.common.problems import CannotUse
from estran.engine import runs

SMALL = Path(__file__).parents[1] / "golden" / "estates" / "estate-40"
MARKS = "year,tool,value,unit,perimeter,denominator,document\n"


def computed(folder: Path, year: int, laptops: int, **choices: object) -> Path:
    """A run of so many laptops, 30 kWh each."""
    estate = folder / "parcs" / str(year)
    estate.mkdir(parents=True)
    (estate / "inventory.csv").write_text(
        f"item_id,entity,item_type,quantity,kwh_per_unit,zone,quality\nA,DSI,laptop,{laptops},30,FR,high\n", "utf-8"
    )
    runs.compute([estate], runs.Choices(year, **{"catalogue": SMALL, **choices}), folder / "bilans" / str(year))  # type: ignore[arg-type]
    return folder / "bilans" / str(year)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("published")
    return [computed(folder, 2025, 90), computed(folder, 2024, 100)]


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    folder = tmp_path / "overlay"
    folder.mkdir()
    (folder / "electricity.csv").write_text("zone,year,criterion,value\nFR,2024,gwp,0.06\n", "utf-8")
    (folder / "defaults.csv").write_text("item_type,parameter,value\nlaptop,lifetime_years,4\n", "utf-8")
    return folder


def climate(rows: list[restatement.Row], year: int) -> restatement.Row:
    return next(row for row in rows if (row["year"], row["criterion"]) == (year, "gwp"))


# ------------------------------------------------------------------------------------------ published and restated


def test_restating_with_the_same_catalogue_changes_nothing(published: list[Path], tmp_path: Path) -> None:
    rows = restatement.restate_runs(published, tmp_path / "serie", catalogue=SMALL)
    assert [row["year"] for row in rows if row["criterion"] == "gwp"] == [2024, 2025]
    assert {row["method_and_factors"] for row in rows} == {0.0}
    for run in published:
        for name in ("impacts.csv", "intervals.csv", "groups.csv", "amounts.parquet"):
            assert (run / name).read_bytes() == (tmp_path / "serie" / run.name / name).read_bytes()


def test_a_year_that_the_series_no_longer_has_leaves_it_and_no_other_run_does(
    published: list[Path], tmp_path: Path
) -> None:
    serie = tmp_path / "serie"
    restatement.restate_runs(published, serie, catalogue=SMALL)
    shutil.copytree(published[1], serie / "2019")  # a run that somebody put there
    restatement.restate_runs(published[:1], serie, catalogue=SMALL)
    assert sorted(folder.name for folder in serie.iterdir() if folder.is_dir()) == ["2019", "2025"]
    assert {row["year"] for row in restatement.read_series(serie)} == {2025}


def test_the_effect_of_method_and_factors_is_restated_less_published(
    published: list[Path], overlay: Path, tmp_path: Path
) -> None:
    rows = restatement.restate_runs(published, tmp_path / "serie", catalogue=SMALL, overlay=overlay)
    # 2024: 100 × (185/5 + 30 × 0.0519) = 3,855.7 published; 100 × (185/4 + 30 × 0.06) = 4,805 restated.
    assert climate(rows, 2024)["published"] == pytest.approx(3855.7, rel=1e-12)
    assert climate(rows, 2024)["restated"] == pytest.approx(4805, rel=1e-12)
    assert climate(rows, 2024)["method_and_factors"] == pytest.approx(949.3, rel=1e-12)
    # 2025 keeps the mix of its own year: 90 × (185/4 + 30 × 0.0461) = 4,286.97.
    assert climate(rows, 2025)["restated"] == pytest.approx(4286.97, rel=1e-12)
    assert restatement.read_series(tmp_path / "serie") == rows


def test_restating_leaves_the_published_bytes_alone(published: list[Path], overlay: Path, tmp_path: Path) -> None:
    before = [reading.content(run) for run in published]
    restatement.restate_runs(published, tmp_path / "serie", catalogue=SMALL, overlay=overlay)
    assert [reading.content(run) for run in published] == before
    assert [runs.rerun(run) for run in published] == [[], []]


@pytest.mark.slow
def test_a_restated_run_is_a_run_like_any_other(published: list[Path], overlay: Path, tmp_path: Path) -> None:
    restatement.restate_runs(published, tmp_path / "serie", catalogue=SMALL, overlay=overlay)
    shutil.rmtree(overlay)
    assert runs.rerun(tmp_path / "serie" / "2024") == []
    again = restatement.restate_runs([tmp_path / "serie" / "2024"], tmp_path / "again", catalogue=SMALL)
    assert climate(again, 2024)["restated"] == pytest.approx(3855.7, rel=1e-12)


def test_the_factors_that_an_estate_brings_are_restated_with_it(tmp_path: Path) -> None:
    estate = tmp_path / "parc"
    estate.mkdir()
    (estate / "inventory.csv").write_text("entity,flow,amount\nDSI,ai:own/model:FRA,10\n", "utf-8")
    (estate / "factors.csv").write_text(
        "flow,stage,criterion,value,quality,source\nai:own/model:FRA,use,gwp,0.5,2,own\n", "utf-8"
    )
    runs.compute([estate], runs.Choices(2024, catalogue=SMALL), tmp_path / "2024")
    shutil.rmtree(estate)
    rows = restatement.restate_runs([tmp_path / "2024"], tmp_path / "serie", catalogue=SMALL)
    assert climate(rows, 2024)["restated"] == 5.0


def test_what_cannot_be_restated_is_refused(published: list[Path], tmp_path: Path) -> None:
    with pytest.raises(CannotUse, match="Deux calculs pour une même année"):
        restatement.restate_runs([published[0], shutil.copytree(published[0], tmp_path / "copy")], tmp_path / "s")
    moved = shutil.copytree(published[0], tmp_path / "moved")
    (moved / "inputs" / "settings.json").write_text("{}")
    with pytest.raises(CannotUse, match="ont changé"):
        restatement.restate_runs([moved], tmp_path / "s", catalogue=SMALL)
    with pytest.raises(CannotUse, match="pas un dossier de calcul"):
        restatement.restate_runs([tmp_path], tmp_path / "s")
    with pytest.raises(CannotUse, match="ne contient pas de série"):
        restatement.read_series(tmp_path)


def test_the_command_shows_both_series_and_the_other_tools_beside(
    published: list[Path], overlay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marks = tmp_path / "marks.csv"
    marks.write_text(MARKS + "2022,WeNR,2.1,t CO2 eq,agents seuls,,rapport 2022\n", "utf-8")
    rows = restatement.restate_runs(published, tmp_path / "serie", catalogue=SMALL, overlay=overlay, others=marks)
    series.show_series(rows, tmp_path / "serie", as_json=False)
    answer = capsys.readouterr().out
    assert re.search(r"2024\s+3,9\s+4,8\s+\+0,95", answer)
    assert "○ 2022, WeNR\u00a0: 2,1\u00a0t\u00a0CO₂\u00a0éq (agents seuls)\u202f; hors série, rapport 2022" in answer


# ------------------------------------------------------------------------------------------ figures of other tools


def test_figures_of_other_tools_are_read_whole_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "marks.csv"
    file.write_text(MARKS + "2022,WeNR,2100,t CO2 eq,agents seuls,,rapport 2022\n", "utf-8")
    (mark,) = restatement.read_marks(file)
    assert (mark["year"], mark["tool"], mark["value"], mark["denominator"]) == (2022, "WeNR", 2100.0, None)
    file.write_text(MARKS + "2022,,beaucoup,t CO2 eq,agents seuls,,rapport 2022\n", "utf-8")
    with pytest.raises(CannotUse) as refused:
        restatement.read_marks(file)
    assert len(refused.value.problems) == 2
