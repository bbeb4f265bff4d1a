"""What filling in data would take away from the doubt of a run: by hand, and against the engine's own interval."""

from __future__ import annotations

import csv
from math import exp, log, sqrt
from pathlib import Path

import pytest

import small_runs
from estran.analysis import completeness
from estran.analysis.completeness import DATES, ELECTRICITY, QUANTITIES

UNCERTAINTY = """criterion,source,share,deviation
gwp,factor laptop manufacturing,0.64,80
gwp,lifetime_years laptop,0.25,50
gwp,kwh_per_year laptop,0.09,30
gwp,rows,0.02,14.142135623730951
adpe,lifetime_years laptop,1,9
"""
INTERVALS = "criterion,entity,mean,sd,low95,high95\ngwp,*,1000,100,816,1210\ngwp,DSI,1,1,1,1\n"
QUALITY = """criterion,kind,class,rows,share
gwp,lifetime_years,type_default,30,0.5
gwp,lifetime_years,type_default+outlived,12,0.2
gwp,lifetime_years,dates,58,0.3
gwp,kwh,type_default,90,0.9
gwp,quality,low,7,0.1
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for name, text in (("uncertainty", UNCERTAINTY), ("intervals", INTERVALS), ("quality", QUALITY)):
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def test_each_filling_takes_its_share_of_the_variance_away(run: Path) -> None:
    result = completeness.measure_completeness(run)
    assert result is not None
    assert {one.code: (one.rows, round(one.share, 12)) for one in result.fillings} == {
        DATES: (42, 0.25),
        ELECTRICITY: (90, 0.09),
        QUANTITIES: (7, 0.02),
    }
    assert result.stays == pytest.approx(0.64)
    # Without 2,500 of a variance of 10,000: ln(1 + 7,500 / 1,000²) = 0.0074720…
    shape = log(1.0075)
    bound = 1000 * exp(-shape / 2 + 1.959963984540054 * sqrt(shape))
    assert result.fillings[0].interval.high == pytest.approx(bound)
    assert result.all_filled.high < result.fillings[0].interval.high < result.now.high


def test_nothing_is_said_of_a_criterion_without_doubt(run: Path) -> None:
    assert completeness.measure_completeness(run, "wu") is None


def test_the_interval_as_it_is_is_the_one_of_the_engine(tmp_path: Path) -> None:
    run = small_runs.run(tmp_path, 2025)
    result = completeness.measure_completeness(run)
    with (run / "intervals.csv").open(encoding="utf-8") as file:
        total = next(row for row in csv.DictReader(file) if (row["criterion"], row["entity"]) == ("gwp", "*"))
    assert result is not None
    assert (result.now.low, result.now.high) == pytest.approx((float(total["low95"]), float(total["high95"])), rel=1e-9)
