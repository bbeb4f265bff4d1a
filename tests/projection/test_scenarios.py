"""Projections by cohorts, what is avoided, and the effect of each action (rules Z2, Z3, Z4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estran.common.problems import CannotUse
from estran.projection.scenarios import Projected, effects, project

FLEET: dict[str, Any] = {
    "cohorts": {2021: 25, 2022: 25, 2023: 25, 2024: 25},
    "first_year": 2025,
    "last_year": 2030,
    "target": 100,
    "lifetime_years": 4,
    "embodied": 185,
    "kwh_per_unit": 30,
    "grid": 0.05,
}


def bought(rows: list[Projected]) -> list[float]:
    return [row.bought for row in rows]


def test_a_life_of_four_years_and_four_tenths() -> None:
    # 100 bought in 2024, nothing more wanted: all there until 2027, 60 leave in 2028, 40 in 2029.
    rows = project(FLEET, {"cohorts": {2024: 100}, "target": 0, "lifetime_years": 4.4, "last_year": 2029})
    assert [row.stock for row in rows] == pytest.approx([100, 100, 100, 40, 0], abs=1e-9)
    assert [row.left for row in rows] == pytest.approx([0, 0, 0, 60, 40], abs=1e-9)


def test_a_change_of_life_acts_on_the_items_present() -> None:
    # 4 years until 2025, 6 from 2026: the cohort of 2021 leaves in 2025, that of 2022 stays until 2028.
    rows = project(FLEET, {"lifetime_years": {2025: 4, 2026: 6}})
    assert bought(rows) == pytest.approx([25, 0, 0, 25, 25, 25], abs=1e-9)


def test_what_has_left_does_not_come_back() -> None:
    # At 4.5 years half of 2021 leaves in 2025; at 6 years from 2026 the other half stays until 2027.
    rows = project(FLEET, {"cohorts": {2021: 100}, "target": 0, "lifetime_years": {2025: 4.5, 2026: 6}})
    assert [row.stock for row in rows] == pytest.approx([50, 50, 0, 0, 0, 0], abs=1e-9)


def test_a_smaller_target_buys_less_and_throws_nothing_away() -> None:
    # 80 wanted from 2026: 75 survive in 2026, 5 bought instead of 25.
    rows = project(FLEET, {"target": {2025: 100, 2026: 80}})
    assert bought(rows)[:3] == pytest.approx([25, 5, 25], abs=1e-9)
    rows = project(FLEET, {"target": 10})
    assert [row.stock for row in rows] == pytest.approx([75, 50, 25, 10, 10, 10], abs=1e-9)


def test_the_grid_is_held_beyond_its_table_and_the_year_is_said() -> None:
    rows = project(FLEET, {"grid": {2025: 0.046, 2028: 0.040}})
    assert [row.grid_year for row in rows] == [2025, 2025, 2025, 2028, 2028, 2028]
    # 2030: 25 bought at 185 kg, 100 × 30 kWh at the grid of 2028.
    assert rows[-1].flow_view == pytest.approx(25 * 185 + 3000 * 0.040, rel=1e-12)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"grid": {2027: 0.04}}, "« grid » n’a pas de valeur pour 2025."),
        ({"lifetime_years": 0}, "La durée d’usage doit être positive."),
        ({"cohorts": {2025: 3}}, "Le parc de départ contient des achats de 2025, et la projection commence en 2025."),
    ],
)
def test_a_plan_that_cannot_be_used_says_why(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotUse) as refused:
        project(FLEET, wrong)
    assert [problem.what for problem in refused.value.problems] == [message]


@settings(max_examples=100, deadline=None)
@given(
    cohorts=st.dictionaries(st.integers(2010, 2024), st.floats(0, 1e4), max_size=8),
    target=st.floats(0, 1e4),
    lives=st.dictionaries(st.integers(2026, 2040), st.floats(1, 12), max_size=3),
)
def test_no_item_appears_or_vanishes(cohorts: dict[int, float], target: float, lives: dict[int, float]) -> None:
    rows = project(
        FLEET, {"cohorts": cohorts, "target": target, "lifetime_years": {2025: 5.0, **lives}, "last_year": 2045}
    )
    stock = sum(cohorts.values())
    for row in rows:
        assert row.left >= 0
        assert row.stock == pytest.approx(stock - row.left + row.bought, rel=1e-9, abs=1e-9)
        assert row.stock >= target - 1e-9
        stock = row.stock


def laptops(done: frozenset[str]) -> dict[str, float]:
    """Case 25 in one line: 100 laptops kept 4 years at 185 kg; « durée » keeps them 6, « parc » has a fifth fewer."""
    return {"gwp": (80 if "parc" in done else 100) / (6 if "durée" in done else 4) * 185, "kwh": 0.0}


def test_every_criterion_is_shown_even_when_nothing_moves() -> None:
    assert [(e.action, e.criterion) for e in effects(laptops, ["durée", "parc"])] == [
        ("durée", "gwp"),
        ("durée", "kwh"),
        ("parc", "gwp"),
        ("parc", "kwh"),
    ]
    assert [e.share for e in effects(laptops, ["durée", "parc"]) if e.criterion == "kwh"] == [0.0, 0.0]


def product_of(done: frozenset[str]) -> dict[str, float]:
    """Fourteen actions, each of which divides what is left: by 1.01, 1.02 … 1.14."""
    total = 1000.0
    for action in sorted(done):
        total /= 1 + int(action[1:]) / 100
    return {"gwp": total}


def test_beyond_twelve_actions_orders_are_drawn_and_the_error_is_told() -> None:
    actions = [f"a{i:02d}" for i in range(1, 15)]
    sampled = effects(product_of, actions, draws=50)
    joint = product_of(frozenset(actions))["gwp"] - 1000
    assert sum(effect.share for effect in sampled) == pytest.approx(joint, rel=1e-9)
    assert effects(product_of, actions, draws=50) == sampled
    from estran.analysis.drivers import shapley

    exact = shapley(actions, lambda done: product_of(done)["gwp"])
    for effect in sampled:
        assert 0 < effect.share_sd < 1
        assert abs(effect.share - exact[effect.action]) < 4 * effect.share_sd


def test_two_actions_of_one_name_are_refused() -> None:
    with pytest.raises(CannotUse, match="parc"):
        effects(laptops, ["parc", "durée", "parc"])
