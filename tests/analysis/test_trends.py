"""Why a total changed (D2, D3) and how surely (D5): effects add up, in any order, and nothing escapes them."""

from __future__ import annotations

import time
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estran.analysis.drivers import DRIVERS, WHOLE, AttributedChange, Year, decompose, shapley, total_differences
from examples import examples

GROUP_COLUMNS = ("n", "units_per_item", "kwh_per_item", "embodied")

Groups = dict[tuple[str, str], tuple[float, float, float, float]]
Activities = dict[str, tuple[float, float]]


def change_of(before: Year, after: Year) -> AttributedChange:
    """The change of the whole."""
    return decompose(before, after)[WHOLE]


def year(groups: Groups, grid: dict[str, float] | None = None, activities: Activities | None = None) -> Year:
    """groups: (group, zone) → n, units per item, kWh per item, embodied; activities: flow → amount, factor."""
    activities = activities or {}
    return Year(
        groups=pa.table(
            {
                "group": pa.array([group for group, _ in groups], pa.string()),
                "zone": pa.array([zone for _, zone in groups], pa.string()),
                **{
                    name: pa.array([row[i] for row in groups.values()], pa.float64())
                    for i, name in enumerate(GROUP_COLUMNS)
                },
            }
        ),
        activities=pa.table(
            {
                "flow": pa.array(list(activities), pa.string()),
                "amount": pa.array([amount for amount, _ in activities.values()], pa.float64()),
                "factor": pa.array([factor for _, factor in activities.values()], pa.float64()),
            }
        ),
        grid=grid or {},
    )


def total(y: Year) -> float:
    items = sum(
        row["n"] * (row["units_per_item"] * row["embodied"] + row["kwh_per_item"] * y.grid.get(row["zone"], 0))
        for row in y.groups.to_pylist()
    )
    return float(items + sum(row["amount"] * row["factor"] for row in y.activities.to_pylist()))


def test_a_greener_grid_and_a_better_pue() -> None:
    # 10 servers, 1,000 → 800 kWh each, grid 0.050 → 0.040 kg/kWh: 500 → 320 kg.
    # Electricity use: 10 × −200 kWh × the mean of 0.050 and 0.040 = −90.
    # Grid: 10 × −0.010 kg/kWh × the mean of 1,000 and 800 kWh = −90.
    change = change_of(
        year({("server", "FR"): (10, 0, 1000, 0)}, {"FR": 0.050}),
        year({("server", "FR"): (10, 0, 800, 0)}, {"FR": 0.040}),
    )
    assert (change.before, change.after) == pytest.approx((500, 320), rel=1e-12)
    assert change.effects == pytest.approx(dict.fromkeys(DRIVERS, 0) | {"electricity_use": -90, "grid": -90}, abs=1e-9)


def test_two_grids_move_each_their_own_items() -> None:
    # France holds still, Germany falls by 0.1 kg/kWh: 5 × 100 × −0.1 = −50, all grid.
    change = change_of(
        year({("laptop", "FR"): (5, 0, 100, 0), ("laptop", "DE"): (5, 0, 100, 0)}, {"FR": 0.05, "DE": 0.4}),
        year({("laptop", "FR"): (5, 0, 100, 0), ("laptop", "DE"): (5, 0, 100, 0)}, {"FR": 0.05, "DE": 0.3}),
    )
    assert change.effects == pytest.approx(dict.fromkeys(DRIVERS, 0) | {"grid": -50}, abs=1e-9)


def test_a_group_absent_one_year_is_mix_and_volume_only() -> None:
    # D3: 10 desktops at 20 kg become 10 laptops at 10 kg; nothing else moved, so it is all mix.
    change = change_of(year({("desktop", "FR"): (10, 0.2, 0, 100)}), year({("laptop", "FR"): (10, 0.2, 0, 50)}))
    assert change.effects == pytest.approx(dict.fromkeys(DRIVERS, 0) | {"mix": -100}, abs=1e-9)


def test_activities_amounts_and_factors() -> None:
    # Paper 1,000 → 800 sheets at 0.004 → 0.005: 4 → 4. Amount: −200 × 0.0045 = −0.9; factor: 900 × 0.001 = +0.9.
    # A flow new in the year keeps its factor in the other: 100 km × 0.2 = 20, all "other".
    change = change_of(
        year({}, activities={"paper": (1000, 0.004)}),
        year({}, activities={"paper": (800, 0.005), "car_km": (100, 0.2)}),
    )
    assert change.effects == pytest.approx(dict.fromkeys(DRIVERS, 0) | {"other": 19.1, "factors": 0.9}, abs=1e-9)


def test_from_nothing_everything_is_volume_and_mix() -> None:
    # N and m both start at 0, the rest is the other year's: the two share the 200 kg evenly.
    change = change_of(year({}), year({("laptop", "FR"): (10, 0.2, 0, 100)}))
    assert change.effects == pytest.approx(dict.fromkeys(DRIVERS, 0) | {"volume": 100, "mix": 100}, abs=1e-9)


def test_shapley_is_the_mean_over_all_orders() -> None:
    worth = {
        frozenset(s): len(s) ** 2 + 3.0 * ("a" in s) * ("b" in s) for s in ["", "a", "b", "c", "ab", "ac", "bc", "abc"]
    }
    orders = list(permutations("abc"))
    expected = {
        p: sum(worth[frozenset(o[: o.index(p) + 1])] - worth[frozenset(o[: o.index(p)])] for o in orders) / len(orders)
        for p in "abc"
    }
    assert shapley("abc", worth.__getitem__) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            [{"group": "a", "zone": "FR", "n": 1, "units_per_item": None, "kwh_per_item": 0, "embodied": 1}],
            "units_per_item",
        ),
        (
            [{"group": "a", "zone": "FR", "n": 1, "units_per_item": 1, "kwh_per_item": 0, "embodied": 1}] * 2,
            "same group",
        ),
        (
            [{"group": "a", "zone": "FR", "n": 1, "units_per_item": 1, "kwh_per_item": 5, "embodied": 1}],
            "no grid factor",
        ),
    ],
)
def test_what_would_be_silently_wrong_is_refused(groups: list[dict[str, Any]], message: str) -> None:
    wrong = Year(pa.Table.from_pylist(groups), year({}).activities, {"DE": 0.4})
    with pytest.raises(ValueError, match=message):
        change_of(wrong, year({}))


AMOUNT = st.just(0.0) | st.floats(1e-6, 1e6)
GROUPS = st.dictionaries(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["FR", "DE"])),
    st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT),
    max_size=8,
)
GRID = st.fixed_dictionaries({"FR": st.floats(0, 1), "DE": st.floats(0, 1)})
YEAR = st.builds(year, GROUPS, GRID, st.dictionaries(st.sampled_from("xyz"), st.tuples(AMOUNT, AMOUNT), max_size=3))


@settings(max_examples=examples(50), deadline=None)
@given(before=YEAR, after=YEAR)
def test_effects_sum_to_the_change_and_reverse_with_time(before: Year, after: Year) -> None:
    change, back = change_of(before, after), change_of(after, before)
    assert change.before == pytest.approx(total(before), rel=1e-9)
    assert change.after == pytest.approx(total(after), rel=1e-9)
    size = max(abs(v) for v in (change.before, change.after, *change.effects.values()))
    assert sum(change.effects.values()) == pytest.approx(change.after - change.before, abs=1e-9 * size + 1e-9)
    for driver in DRIVERS:
        assert back.effects[driver] == pytest.approx(-change.effects[driver], abs=1e-9 * size + 1e-9)


@settings(max_examples=examples(20), deadline=None)
@given(same=YEAR)
def test_a_year_compared_with_itself_did_not_change(same: Year) -> None:
    assert change_of(same, same).effects == dict.fromkeys(DRIVERS, 0.0)


@settings(max_examples=examples(25), deadline=None)
@given(before=YEAR, after=YEAR)
def test_the_order_of_rows_never_shows(before: Year, after: Year) -> None:
    turned = Year(
        before.groups.take(pa.array(reversed(range(before.groups.num_rows)), pa.int64())),
        before.activities,
        before.grid,
    )
    assert change_of(turned, after) == change_of(before, after)


def test_a_hundred_thousand_groups_take_no_time() -> None:
    n = 100_000
    groups = pa.table(
        {
            "group": [str(i) for i in range(n)],
            "zone": ["FR"] * n,
            "n": [1.0] * n,
            "units_per_item": [0.2] * n,
            "kwh_per_item": [30.0] * n,
            "embodied": [100.0] * n,
        }
    )
    activities = year({}).activities
    start = time.perf_counter()
    change = change_of(Year(groups, activities, {"FR": 0.05}), Year(groups, activities, {"FR": 0.04}))
    assert time.perf_counter() - start < 5
    # 100,000 × 30 kWh × −0.01 kg/kWh
    assert change.effects["grid"] == pytest.approx(-30_000, rel=1e-9)


# ---------------------------------------------------------------------------------- the difference of two runs (D5)


def run_folder(folder: Path, total: float, moves: dict[str, float], criterion: str = "gwp") -> Path:
    """The two files that the difference reads; moves: source → what one standard deviation of it adds to the total."""
    folder.mkdir()
    for name, header, lines in (
        ("intervals", "criterion,entity,mean", [f"{criterion},*,{total}", f"{criterion},DSI,{total / 2}"]),
        ("uncertainty", "criterion,source,share,deviation", [f"{criterion},{s},0,{d}" for s, d in moves.items()]),
    ):
        (folder / f"{name}.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return folder


def test_errors_common_to_both_years_cancel_out_and_the_others_add_up(tmp_path: Path) -> None:
    # Common: the factor moves 100 then 90; the default, only known after, 12; the zone 20 then 15, whatever the year of
    # its mix. Independent: rows 3 then 4, the meter of the room 5 then 12.
    # Variance: (90 − 100)² + 12² + (15 − 20)² + 3² + 4² + 5² + 12² = 463.
    before = {"factor laptop manufacturing": 100, "electricity FRA 2024": 20, "rows": 3, "room S1": 5}
    after = {
        "factor laptop manufacturing": 90,
        "kwh_per_year laptop": 12,
        "electricity FRA 2025": 15,
        "rows": 4,
        "room S1": 12,
    }
    (result,) = total_differences(run_folder(tmp_path / "a", 1000, before), run_folder(tmp_path / "b", 950, after))
    assert (result.criterion, result.before, result.after, result.delta) == ("gwp", 1000, 950, -50)
    assert result.sd == pytest.approx(463**0.5, rel=1e-12)
    assert result.low95 == pytest.approx(-50 - 1.959963984540054 * 463**0.5, rel=1e-12)
    assert result.high95 == pytest.approx(-50 + 1.959963984540054 * 463**0.5, rel=1e-12)


def test_a_criterion_of_one_run_alone_is_not_compared(tmp_path: Path) -> None:
    assert total_differences(run_folder(tmp_path / "a", 1, {}), run_folder(tmp_path / "b", 1, {}, "adpe")) == []
