"""The arrays of a projection against the same rules written one fleet at a time (Z2, Z3)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estran.analysis.drivers import shapley
from estran.projection import cohorts, scenarios
from estran.projection.plans import PlanLever


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
    return cohorts.AppliedLever(PlanLever((), parameter, to, times, first, None, None, None), action, np.ones(1, bool))


@settings(max_examples=60, deadline=None)
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
    rows = scenarios.project(
        {"first_year": 2025, "last_year": 2030, "embodied": 1, "kwh_per_unit": 1, "grid": 1},
        {
            "cohorts": {2024 - age: count for age, count in enumerate(by_age)},
            "lifetime_years": {2024: life, 2026: after},
            "target": {2024: sum(by_age), 2027: sum(by_age) * wanted},
        },
    )
    assert items[0, 0, 0] == pytest.approx([row.stock for row in rows], abs=1e-9)
    assert items[0, 1, 0] == pytest.approx([row.bought for row in rows], abs=1e-9)
    assert items[0, 2, 0] == pytest.approx([row.left for row in rows], abs=1e-9)


def test_the_exact_shares_are_shapley_values() -> None:
    pools, years = one_pool([20, 20, 20], 3), [2024, 2025, 2026]
    pulls = [pull(i, "lifetime_years", 2025, times=times) for i, times in enumerate((1.2, 1.5, 1.1))]
    pulls.append(pull(3, "quantity", 2025, times=0.7))
    found = cohorts.attribute_effects(pools, pulls, 4, years, lambda amounts: amounts)

    def units(some: frozenset[int]) -> float:
        sets = np.array([[action in some for action in range(4)]])
        return float(cohorts.renewed_amounts(pools, pulls, sets, years)[0][0, 0, 0, 1])

    expected = shapley(range(4), units)
    assert found.share[:, 0, 0, 1] == pytest.approx([expected[action] for action in range(4)], rel=1e-12)
