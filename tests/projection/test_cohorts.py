"""The arrays of a projection against the same rules written one fleet at a time (Z2, Z3)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estran.analysis.drivers import shapley
from estran.projection import cohorts
from estran.projection.plans import Lever
from examples import examples


def one_pool(by_age: list[float], life: float) -> cohorts.CohortInputs:
    """A fleet whose items have these ages, from 0; nothing else is known of it."""
    base = {name: np.ones(1) for name in ("use_share", "kwh_per_unit", "electricity")}
    of_life = ("refurbished_share", "upstream_years", "reuse_rate", "mean_total_life_years")
    base |= {name: np.zeros(1) for name in of_life}
    base |= {name: np.full(1, np.nan) for name in ("power_w", "hours_per_year", "pue")}
    base |= {"quantity": np.array([sum(by_age)]), "lifetime_years": np.array([life])}
    return cohorts.CohortInputs(base, np.ones(1), np.array([by_age]), np.zeros(1))


def pull(
    action: int, parameter: str, first: int, *, to: float | None = None, times: float | None = None
) -> cohorts.AppliedLever:
    return cohorts.AppliedLever(Lever((), parameter, to, times, first, None, None, None), action, np.ones(1, bool))


def fleet_alone(cohorts: dict[int, float], lives: list[float], targets: list[float]) -> list[tuple[float, ...]]:
    """Stock, bought and left of each year from 2025 on: the rules written for one fleet, one year after the other."""
    bought, present, years = dict(cohorts), dict(cohorts), []
    for year, (life, target) in enumerate(zip(lives, targets, strict=True), start=2025):
        before = sum(present.values())
        for cohort, items in present.items():
            surviving = max(0.0, min(1.0, life - (year - cohort)))
            present[cohort] = min(items, bought[cohort] * surviving)
        survivors = sum(present.values())
        bought[year] = present[year] = max(0.0, target - survivors)
        years.append((survivors + bought[year], bought[year], before - survivors))
    return years


def items_of(
    by_age: list[float], life: float, *levers: cohorts.AppliedLever, last: int = 2030
) -> tuple[list[float], list[float], list[float]]:
    """Stock, bought and left of each year from 2025 on, as the arrays give them."""
    actions = np.ones((1, max((lever.action for lever in levers), default=0) + 1), bool)
    _amounts, items = cohorts.renewed_amounts(one_pool(by_age, life), levers, actions, range(2024, last + 1))
    return tuple(list(items[0, measure, 0]) for measure in range(3))  # type: ignore[return-value]


def test_a_life_of_four_years_and_four_tenths() -> None:
    # 100 bought in 2024, nothing more wanted: all there until 2027, 60 leave in 2028, 40 in 2029.
    stock, _bought, left = items_of([100], 4.4, pull(0, "quantity", 2025, to=0), last=2029)
    assert stock == pytest.approx([100, 100, 100, 40, 0], abs=1e-9)
    assert left == pytest.approx([0, 0, 0, 60, 40], abs=1e-9)


def test_a_change_of_life_acts_on_the_items_present() -> None:
    # 4 years until 2025, 6 from 2026: the cohort of 2021 leaves in 2025, that of 2022 stays until 2028.
    _stock, bought, _left = items_of([25, 25, 25, 25], 4, pull(0, "lifetime_years", 2026, to=6))
    assert bought == pytest.approx([25, 0, 0, 25, 25, 25], abs=1e-9)


def test_what_has_left_does_not_come_back() -> None:
    # At 4.5 years half of 2021 leaves in 2025; at 6 years from 2026 the other half stays until 2027.
    levers = pull(0, "lifetime_years", 2026, to=6), pull(1, "quantity", 2025, to=0)
    assert items_of([0, 0, 0, 100], 4.5, *levers)[0] == pytest.approx([50, 50, 0, 0, 0, 0], abs=1e-9)


def test_a_smaller_target_buys_less_and_throws_nothing_away() -> None:
    # 80 wanted from 2026: 75 survive in 2026, 5 bought instead of 25.
    fleet = [25.0, 25.0, 25.0, 25.0]
    assert items_of(fleet, 4, pull(0, "quantity", 2026, to=80))[1][:3] == pytest.approx([25, 5, 25], abs=1e-9)
    stock = items_of(fleet, 4, pull(0, "quantity", 2025, to=10))[0]
    assert stock == pytest.approx([75, 50, 25, 10, 10, 10], abs=1e-9)


@settings(max_examples=examples(100), deadline=None)
@given(
    by_age=st.lists(st.floats(0, 1e4), min_size=1, max_size=8),
    target=st.floats(0, 1e4),
    lives=st.dictionaries(st.integers(2026, 2040), st.floats(1, 12), max_size=3),
)
def test_no_item_appears_or_vanishes(by_age: list[float], target: float, lives: dict[int, float]) -> None:
    levers = [pull(0, "quantity", 2025, to=target)]
    levers += [pull(1 + i, "lifetime_years", year, to=life) for i, (year, life) in enumerate(sorted(lives.items()))]
    before = sum(by_age)
    for stock, bought, left in zip(*items_of(by_age, 5, *levers, last=2045), strict=True):
        assert left >= 0
        assert stock == pytest.approx(before - left + bought, rel=1e-9, abs=1e-9)
        assert stock >= target - 1e-9
        before = stock


@settings(max_examples=examples(60), deadline=None)
@given(
    by_age=st.lists(st.floats(0, 100), min_size=1, max_size=6),
    life=st.floats(1, 9),
    after=st.floats(1, 9),
    wanted=st.floats(0.2, 2),
)
def test_the_arrays_renew_a_fleet_as_one_type_alone(
    by_age: list[float], life: float, after: float, wanted: float
) -> None:
    """When no item is older than its life, which the arrays spread and a lone fleet drops at once."""
    by_age = [items if life > age else 0.0 for age, items in enumerate(by_age)]
    pulls = [pull(0, "lifetime_years", 2026, to=after), pull(0, "quantity", 2027, times=wanted)]
    _amounts, items = cohorts.renewed_amounts(one_pool(by_age, life), pulls, np.ones((1, 1), bool), range(2024, 2031))
    target = sum(by_age)
    lives, targets = [life, *[after] * 5], [target, target, *[target * wanted] * 4]
    by_hand = fleet_alone({2024 - age: count for age, count in enumerate(by_age)}, lives, targets)
    for measure in range(3):
        assert items[0, measure, 0] == pytest.approx([year[measure] for year in by_hand], abs=1e-9)


def test_the_exact_shares_are_shapley_values() -> None:
    pools, years = one_pool([20, 20, 20], 3), [2024, 2025, 2026]
    pulls = [pull(i, "lifetime_years", 2025, times=times) for i, times in enumerate((1.2, 1.5, 1.1))]
    pulls.append(pull(3, "quantity", 2025, times=0.7))
    result = cohorts.attribute_effects(pools, pulls, 4, years, lambda amounts: amounts)

    def units(some: frozenset[int]) -> float:
        sets = np.array([[action in some for action in range(4)]])
        return float(cohorts.renewed_amounts(pools, pulls, sets, years)[0][0, 0, 0, 1])

    expected = shapley(range(4), units)
    assert result.share[:, 0, 0, 1] == pytest.approx([expected[action] for action in range(4)], rel=1e-12)


def test_beyond_twelve_actions_orders_are_drawn_and_the_error_is_told() -> None:
    pools, years = one_pool([20, 20, 20], 3), [2024, 2025]
    pulls = [pull(i, "kwh_per_unit", 2025, times=1 / (1 + (i + 1) / 100)) for i in range(14)]

    def kwh(amounts: cohorts.Array) -> cohorts.Array:
        return amounts[..., cohorts.AMOUNTS.index("kwh"), 0, :]

    sampled, again = (cohorts.attribute_effects(pools, pulls, 14, years, kwh) for _time in range(2))
    assert np.array_equal(sampled.share, again.share)
    assert sampled.draws is not None
    shares = kwh(sampled.share)[:, 0]
    joint = kwh(sampled.everything.amounts) - kwh(sampled.nothing.amounts)
    assert shares.sum() == pytest.approx(joint[0], rel=1e-9)
    exact = shapley(range(14), lambda some: 60 / np.prod([1 + (i + 1) / 100 for i in some]))
    errors = np.sqrt(sampled.draws.var(axis=0, ddof=1) / len(sampled.draws))[:, 0]
    for action in range(14):
        assert 0 < errors[action] < 1
        assert abs(shares[action] - exact[action]) < 4 * errors[action]
