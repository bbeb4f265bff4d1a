"""What filling in data would take away from the doubt of a run: by hand, and against the engine's own interval."""

from __future__ import annotations

import csv
from math import exp, log, sqrt
from pathlib import Path

import pytest

import small_runs
from estran.analysis import completeness

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
        "dates": (42, 0.25),
        "electricity": (90, 0.09),
        "quantities": (7, 0.02),
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


WEIGHTS = """criterion,item_type,service,what,rows,rooms,units,entities,entity,at_most,bounded_by,unknown_rows
gwp,*,*,*,5,0,,2,DSI,60,,2
gwp,headset,,*,3,0,9,2,A > DSI,60,smartphone,0
gwp,headset,,lifetime_years,3,0,9,2,A > DSI,50,smartphone,0
gwp,headset,,kwh,2,0,9,2,A > DSI,10,smartphone,0
gwp,spend_software_eur,Progiciels,*,2,0,1500,1,DSI,,,2
gwp,spend_software_eur,Progiciels,factor,2,0,1500,1,DSI,,,2
"""


def test_gaps_are_ranked_by_weight_and_what_nobody_can_weigh_comes_last(run: Path) -> None:
    (run / "gap_weights.csv").write_text(WEIGHTS)
    first, last = completeness.read_gap_groups(run)
    assert (first.item_type, first.at_most, first.causes) == ("headset", 60, [("lifetime_years", 50), ("kwh", 10)])
    assert (last.service, last.at_most, last.units) == ("Progiciels", None, 1500)
    assert completeness.read_gap_groups(run, "adpe") == []


def test_the_best_measure_lifts_most_doubt_per_day(run: Path) -> None:
    """Days of measures.csv by rows: 42 lack dates, 90 electricity (at most 4 days), 7 are of low quality.

    For headsets a lifetime 0.5, a consumption 1, and 2 to find the factor that their type lacks.
    """
    (run / "gap_weights.csv").write_text(WEIGHTS)
    result = completeness.measure_completeness(run)
    assert result is not None
    lost = {one.code: result.now.width - one.interval.width for one in result.fillings}
    measures = completeness.next_measures(run)
    assert {one.codes: (round(one.gain, 6), one.days) for one in measures} == {
        ("lifetime", "consumption", "factor"): (60, pytest.approx(3.5)),
        ("dates",): (round(lost["dates"], 6), pytest.approx(0.25 + 42 * 0.005)),
        ("electricity",): (round(lost["electricity"], 6), 4),
        ("quantities",): (round(lost["quantities"], 6), pytest.approx(0.25 + 7 * 0.025)),
    }
    assert [one.codes[0] for one in measures] == ["dates", "lifetime", "quantities", "electricity"]


def test_a_run_without_weights_ranks_its_gaps_by_rows(run: Path) -> None:
    """A run of before gap_weights.csv: gaps row by row, each row once whatever it misses, no weight."""
    (run / "gaps.csv").write_text(
        "item_id,entity,item_type,what,stage,criterion,reason,quantity\n"
        "a,DSI,ups,factor,manufacturing,gwp,,0.1\na,DSI,ups,factor,use,gwp,,0.1\na,DSI,ups,kwh,use,,,1\n"
        "b,DSI,ups,kwh,use,,,1\nc,DSI,webcam,kwh,use,,,1\nd,DSI,ups,factor,use,pe,,1\n"
    )
    first, last = completeness.read_gap_groups(run)
    assert (first.item_type, first.rows, first.at_most) == ("ups", 2, None)
    assert {what for what, _bound in first.causes} == {"factor", "kwh"}
    assert (last.item_type, last.rows) == ("webcam", 1)
