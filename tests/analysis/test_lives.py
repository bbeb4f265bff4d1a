"""Observed lives (L10) against a survival library, and what keeps a history from saying more than it knows.

Worked by hand: tests/cases/46-durees-observees.yaml. The library is greenwood, checked against R by its authors.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import greenwood
import numpy as np
import pytest

import reading
import real_run
from estran.analysis.lives import Lives, observe_lives, write_lives
from estran.common.problems import CannotUse

DAYS = 365.25


def snapshots(folder: Path, years: dict[int, list[dict[str, Any]]]) -> list[Path]:
    """One run per year of inventories written by hand."""
    return [real_run.compute(folder / str(year), {"inventory": rows}, year=year).folder for year, rows in years.items()]


def item(name: str, bought: date | None, left: date | None = None, **more: Any) -> dict[str, Any]:
    row = {"item_id": name, "entity": "DSI", "item_type": "laptop", "quantity": 1, "purchase_date": bought}
    return row | {"withdrawal_date": left, "status": "retired" if left else "in_service"} | more


def agrees_with_the_library(lives: Lives, item_type: str) -> None:
    """The curve, its interval, the mean life and its deviation are the library's, from the same histories."""
    rows = lives.session.table(
        f"SELECT * FROM followed WHERE left_out IS NULL AND item_type = '{item_type}' ORDER BY ALL"
    ).to_pylist()
    (life,) = [row for row in lives.lives if row["item_type"] == item_type]
    first, last = life["first_years"] * DAYS, life["last_years"] * DAYS
    rows = [row for row in rows if row["exit_days"] > first]
    event = [row["ending"] in ("withdrawn", "vanished") for row in rows]
    entry = [max(row["entry_days"], first) for row in rows]
    histories = greenwood.Surv(entry, [float(row["exit_days"]) for row in rows], [int(left) for left in event])
    fitted = greenwood.KaplanMeier(conf_type="log-log").fit(
        histories, weights=np.array([row["quantity"] for row in rows])
    )
    curve = [row for row in lives.curve if row["item_type"] == item_type and row["departures"]]
    places = [int(np.searchsorted(fitted.time_, row["age_days"])) for row in curve]
    for ours, theirs in (("share", "survival_"), ("low95", "conf_low_"), ("high95", "conf_high_")):
        expected = getattr(fitted, theirs)[places]
        assert [row[ours] for row in curve] == pytest.approx(expected, rel=reading.EXACT), ours
    events = {row["exit_days"] for row, left in zip(rows, event, strict=True) if left and row["exit_days"] <= last}
    assert {row["age_days"] for row in curve} == events
    mean, low, high = fitted.rmst(last, ci=True)
    for ours, expected in (("mean_years", mean), ("low95", low), ("high95", high)):
        assert life[ours] == pytest.approx(expected / DAYS, rel=reading.EXACT), ours


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    """Three yearly inventories of 300 lots bought over ten years; a fifth of those that leave are never said to."""
    draw, years = random.Random(10), (2022, 2023, 2025)
    rows: dict[int, list[dict[str, Any]]] = {year: [] for year in years}
    for number in range(300):
        bought = date(2014, 1, 1) + timedelta(draw.randrange(4200))
        left = bought + timedelta(int(draw.weibullvariate(2400, 4)))
        kind = draw.choice(["laptop", "laptop", "monitor_small"])
        lot = {"item_type": kind, "quantity": draw.choice([1, 1, 5]), "serial": f"SN{number}"}
        silent = draw.random() < 0.2
        for year in years:
            if bought.year <= year and left.year > year:
                rows[year].append(item(f"{year}-{number}", bought, **lot))
            elif left.year == year and not silent:
                rows[year].append(item(f"{year}-{number}", bought, left, **lot))
    return observe_lives(snapshots(tmp_path_factory.mktemp("lives"), rows))


@pytest.mark.parametrize("item_type", ["laptop", "monitor_small"])
def test_a_life_is_that_of_a_survival_library(history: Lives, item_type: str) -> None:
    assert history.indicators[item_type]["vanished"] > 0
    agrees_with_the_library(history, item_type)


@pytest.fixture(scope="module")
def endings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Two inventories in which each item shows one thing: its row of the step `followed`, by its identifier."""
    bought = date(2020, 1, 1)
    stays = [item("D1", bought), item("undated", None)]
    stays += [item(f"x{n}", bought, serial="To be filled by O.E.M.") for n in range(2)]
    first = [*stays, item("D2", bought), item("retired", bought), item("1", bought, serial="ab-12")]
    first += [item("school", bought, entity="Collège"), item("projector", bought, item_type="projector")]
    moved = item("99", bought, date(2024, 7, 1), serial="AB12", entity="DRH", item_type="desktop")
    second = [*stays, moved, item("retired", bought) | {"status": "retired"}]
    lives = observe_lives(snapshots(tmp_path_factory.mktemp("endings"), {2023: first, 2024: second}))
    return {row["item_id"]: row for row in lives.session.table("SELECT * FROM followed").to_pylist()}


def test_a_list_that_did_not_come_says_nothing_of_its_items(endings: dict[str, dict[str, Any]]) -> None:
    # The school sent no list in 2024, and no list at all has projectors; the directorate did, without D2.
    assert [endings[name]["ending"] for name in ("school", "projector", "D2")] == ["lost", "lost", "vanished"]
    assert endings["school"]["exit_days"] == (date(2024, 1, 1) - date(2020, 1, 1)).days


def test_an_item_keeps_its_serial_number_when_all_else_changes(endings: dict[str, dict[str, Any]]) -> None:
    assert "1" not in endings
    assert (endings["99"]["item_type"], endings["99"]["ending"]) == ("desktop", "withdrawn")
    assert [endings[name]["ending"] for name in ("x0", "x1")] == ["in_service"] * 2


def test_what_left_on_an_unknown_day_left_between_two_inventories(endings: dict[str, dict[str, Any]]) -> None:
    # Midway between 2024-01-01 (1,461 days) and 2025-01-01 (1,827 days).
    assert (endings["retired"]["exit_days"], endings["retired"]["ending"]) == (1644, "vanished")
    assert endings["undated"]["left_out"] == "purchase_date"


def test_a_history_of_nothing_has_no_life(tmp_path: Path) -> None:
    lives = observe_lives(snapshots(tmp_path, {2024: []}))
    assert (lives.lives, lives.curve, lives.indicators) == ([], [], {})
    write_lives(lives, tmp_path / "out")
    names = ["ages.csv", "curve.csv", "defaults.csv", "followed.csv", "lives.csv"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    with pytest.raises(CannotUse, match="n’est pas remplacé"):
        write_lives(lives, tmp_path)


def test_two_runs_of_one_year_are_no_history(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text('{"year": 2024, "method": "rcp_si", "inputs": {}}', "utf-8")
    with pytest.raises(CannotUse, match="Deux calculs pour une même année"):
        observe_lives([tmp_path / "a", tmp_path / "b"])
