"""Fleets renewed year by year under every set of actions at once, and what each action moves (Z1-Z3).

Everything is an array: pools (items that the same levers touch and the same factors weigh) × years × sets of actions.
Amounts are physical; impacts are made of them elsewhere, so that one simulation serves every criterion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

from estran.projection.plans import Lever

Array = NDArray[np.float64]
# What a projection counts of each pool and year. units: amortised in the year (stock view). bought, discarded: units
# of the flow view. kwh: electricity, overhead included; grid: the same, weighed by the levers on electricity.
AMOUNTS = ("units", "bought", "discarded", "kwh", "grid")
CELLS = 60_000  # sets of actions × pools simulated at once: what bounds the memory
MOST_ACTIONS_EXACT = 12  # Z3: 2^12 walks; beyond on one pool, orders are drawn at random
DRAWS, SEED = 100, 0


@dataclass(frozen=True)
class CohortInputs:
    """The pools of one kind. `base` gives each parameter's value before any action (NaN: unknown, and stays so).

    observed: items by age (0: bought in the base year) at the end of the base year; undated: those of unknown age.
    rows: rows of the inventory, by which a fixed quantity is multiplied. Pools that are not renewed (activities, rooms,
    boxes) have no cohorts: `observed` is None.
    """

    base: Mapping[str, Array]
    rows: Array
    observed: Array | None = None
    undated: Array | None = None

    @property
    def size(self) -> int:
        """Number of pools."""
        return len(self.rows)

    def take(self, where: NDArray[np.int64]) -> CohortInputs:
        """Some of the pools."""
        return CohortInputs(
            {name: values[where] for name, values in self.base.items()},
            self.rows[where],
            None if self.observed is None else self.observed[where],
            None if self.undated is None else self.undated[where],
        )


@dataclass(frozen=True)
class AppliedLever:
    """A lever on these pools: the number of its action among `actions`, the pools it touches (a mask)."""

    lever: Lever
    action: int
    touches: NDArray[np.bool_]


@dataclass(frozen=True)
class Trajectory:
    """Amounts of a set of actions: AMOUNTS × pools × years; `items` is stock, bought and left × pools × years."""

    amounts: Array
    items: Array


@dataclass(frozen=True)
class Attribution:
    """Amounts without any action, with all of them, and what each action moves: actions × AMOUNTS × pools × years."""

    nothing: Trajectory
    everything: Trajectory
    alone: Array
    last: Array
    share: Array
    draws: Array | None = None  # draws × actions × what `weigh` gives: only for shares that were sampled


def attribute_effects(
    inputs: CohortInputs,
    levers: Sequence[AppliedLever],
    actions: int,
    years: Sequence[int],
    weigh: Callable[[Array], Array],
) -> Attribution:
    """What each of the actions moves in these pools, all of which every action touches or may touch (Z3).

    `years` starts with the base year. Shares are Shapley values: exact to 12 actions, then means over seeded random
    orders, each read both ways; they always sum to the joint effect. `weigh` makes impacts (…, k) of amounts
    (…, AMOUNTS, pools, years), for the error of sampled shares.
    """

    def simulate(sets: NDArray[np.bool_]) -> tuple[Array, Array]:
        return (
            renewed_amounts(inputs, levers, sets, years)
            if inputs.observed is not None
            else non_renewed_amounts(inputs, levers, sets, years)
        )

    edges = np.vstack([np.zeros(actions, bool), np.ones(actions, bool), np.eye(actions, dtype=bool)])
    amounts, items = simulate(np.vstack([edges, ~np.eye(actions, dtype=bool)]))
    nothing, everything = Trajectory(amounts[0], items[0]), Trajectory(amounts[1], items[1])
    alone = amounts[2 : 2 + actions] - amounts[0]
    last = amounts[1] - amounts[2 + actions :]
    if actions <= MOST_ACTIONS_EXACT:
        return Attribution(nothing, everything, alone, last, _exact(simulate, actions, inputs.size, amounts.shape[1:]))
    return Attribution(nothing, everything, alone, last, *_sampled(simulate, actions, weigh))


def _exact(
    simulate: Callable[[NDArray[np.bool_]], tuple[Array, Array]], n: int, pools: int, shape: tuple[int, ...]
) -> Array:
    share = np.zeros((n, *shape))
    numbers = np.arange(2**n)
    batch = max(1, CELLS // max(1, pools))
    weights = np.array([factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)] + [0.0])
    for start in range(0, 2**n, batch):
        sets = (numbers[start : start + batch, None] >> np.arange(n)) & 1 == 1
        size = sets.sum(axis=1)
        with_it, without = weights[np.maximum(size - 1, 0)], weights[size]
        part = np.where(sets, with_it[:, None], -without[:, None])
        share += np.tensordot(part.T, simulate(sets)[0], axes=1)
    return share


def _sampled(
    simulate: Callable[[NDArray[np.bool_]], tuple[Array, Array]], n: int, weigh: Callable[[Array], Array]
) -> tuple[Array, Array]:
    rng = np.random.default_rng(SEED)
    total, draws = None, []
    for _draw in range(DRAWS):
        order = rng.permutation(n)
        pair = []
        for one_way in (order, order[::-1]):
            sets = np.zeros((n + 1, n), bool)
            for position, action in enumerate(one_way):
                sets[position + 1 :, action] = True
            added = np.empty((n, *(amounts := simulate(sets)[0]).shape[1:]))
            added[one_way] = np.diff(amounts, axis=0)
            pair.append(added)
        mean = (pair[0] + pair[1]) / 2
        draws.append(weigh(mean))
        total = mean if total is None else total + mean
    assert total is not None
    return total / DRAWS, np.stack(draws)


# ------------------------------------------------------------------------------------------------------------ amounts


def renewed_amounts(
    inputs: CohortInputs, levers: Sequence[AppliedLever], sets: NDArray[np.bool_], years: Sequence[int]
) -> tuple[Array, Array]:
    """Amounts (sets × AMOUNTS × pools × years) and items (sets × 3 × pools × years) of pools renewed by cohorts."""
    value = parameter_values(inputs, levers, sets, years)
    of_stock = sorted(
        {applied.action for applied in levers if applied.lever.parameter in ("quantity", "lifetime_years")}
    )
    kinds, which = np.unique(sets[:, of_stock] @ (1 << np.arange(len(of_stock))), return_inverse=True)
    kinds = (kinds[:, None] >> np.arange(len(of_stock))) & 1 == 1
    few = np.zeros((len(kinds), sets.shape[1]), bool)
    few[:, of_stock] = kinds
    path = parameter_values(inputs, levers, few, years)
    life, target = path("lifetime_years"), path("quantity")
    known = ~np.isnan(life)
    items = _cohorts(inputs, np.where(known, life, 1.0), target)[which.reshape(-1)]
    items[:, 1:] *= known[which.reshape(-1)][:, None, :, 1:]
    stock, bought, left = items[:, 0], items[:, 1], items[:, 2]

    life = life[which.reshape(-1)][..., 1:]
    refurbished, upstream, reused = (value(n)[..., 1:] for n in ("refurbished_share", "upstream_years", "reuse_rate"))
    total_life = inputs.base["mean_total_life_years"][:, None]
    first_life = upstream * refurbished
    counted_life = life + first_life + reused * np.maximum(0.0, total_life - life - first_life)
    share = value("use_share")[..., 1:]
    kwh_per_unit = value("kwh_per_unit")[..., 1:]
    for name in ("power_w", "hours_per_year"):
        kwh_per_unit = kwh_per_unit * _ratio(value(name)[..., 1:], inputs.base[name])
    kwh = np.nan_to_num(stock * share * kwh_per_unit * np.nan_to_num(value("pue")[..., 1:], nan=1.0))
    amounts = [
        np.nan_to_num(stock * share / counted_life),
        bought * share * (1 - refurbished),
        left * share * (1 - reused),
        kwh,
        kwh * value("electricity")[..., 1:],
    ]
    return np.stack(amounts, axis=1), items


def non_renewed_amounts(
    inputs: CohortInputs, levers: Sequence[AppliedLever], sets: NDArray[np.bool_], years: Sequence[int]
) -> tuple[Array, Array]:
    """The same for activities, telework boxes and rooms: constant unless a lever moves them, alike in both views."""
    value = parameter_values(inputs, levers, sets, years)
    amount, kwh = value("amount")[..., 1:], value("kwh")[..., 1:] * np.nan_to_num(value("pue")[..., 1:], nan=1.0)
    amount = amount * _ratio(value("it_kw")[..., 1:], inputs.base["it_kw"])
    kwh = np.nan_to_num(kwh * _ratio(amount, inputs.base["amount"]))
    amount = np.nan_to_num(amount)
    amounts = np.stack([amount, amount, amount, kwh, kwh * value("electricity")[..., 1:]], axis=1)
    return amounts, np.zeros((len(sets), 3, *amount.shape[1:]))


def parameter_values(
    inputs: CohortInputs, levers: Sequence[AppliedLever], sets: NDArray[np.bool_], years: Sequence[int]
) -> Callable[[str], Array]:
    """A function: parameter → sets × pools × years. All sets first, then all ratios: order never matters (Z1)."""

    def value(name: str) -> Array:
        shape = (len(sets), inputs.size, len(years))
        own = [applied for applied in levers if applied.lever.parameter == name]
        scale = inputs.rows if name in ("quantity", "amount", "it_kw") else np.ones(inputs.size)
        base = inputs.base[name].copy()
        for applied in own:
            if applied.lever.before and applied.lever.before.value is not None:
                known = applied.touches & ~np.isnan(base)
                base[known] = applied.lever.before.value * scale[known]
        values = np.broadcast_to(base[None, :, None], shape)
        for applied in sorted(own, key=lambda applied: not applied.lever.fixes):
            strength = np.array([applied.lever.strength(year) for year in years])
            on = sets[:, applied.action, None, None] & applied.touches[None, :, None] & (strength > 0)
            if applied.lever.fixes:
                to = inputs.base[name] if applied.lever.set is None else applied.lever.set * scale
                fixed = base[:, None] + strength * (to - base)[:, None]
                values = np.where(on, fixed, values)
            else:
                values = np.where(on, values * (1 + strength * ((applied.lever.times or 0.0) - 1)), values)
        return values

    return value


def _ratio(values: Array, base: Array) -> Array:
    """Values over their base where both are known and not nil, else 1."""
    safe = np.where(np.isnan(base) | (base == 0), 1.0, base)[:, None]
    return np.where(np.isnan(base)[:, None] | (base == 0)[:, None], 1.0, values / safe)


def _cohorts(inputs: CohortInputs, life: Array, target: Array) -> Array:
    """Stock, bought and left: sets × 3 × pools × years after the base year (Z2).

    A cohort leaves at the start of the year of its purchase plus the life in force. At the end of the base year, the
    items of unknown age, and those older than the life in force allows, are spread over the ages of a steady renewal.
    """
    assert inputs.observed is not None and inputs.undated is not None
    sets, size, years = life.shape
    ages = int(np.floor(np.max(life, initial=1.0))) + 1
    observed = np.zeros((size, ages))
    width = min(ages, inputs.observed.shape[1])
    observed[:, :width] = inputs.observed[:, :width]
    whole = inputs.observed.sum(axis=1) + inputs.undated
    age = np.arange(ages)
    there = np.clip(life[:, :, 0, None] - age, 0.0, 1.0)
    present = np.where(there > 0, observed, 0.0)
    present = present + (whole - present.sum(axis=2))[..., None] * there / life[:, :, 0, None]
    scale = np.where(whole > 0, target[:, :, 0] / np.where(whole > 0, whole, 1.0), 0.0)
    present = present * scale[..., None]
    bought_then = present.copy()
    items = np.empty((sets, 3, size, years - 1))
    for year in range(1, years):
        before = present.sum(axis=2)
        present = np.concatenate([np.zeros((sets, size, 1)), present[:, :, :-1]], axis=2)
        bought_then = np.concatenate([np.zeros((sets, size, 1)), bought_then[:, :, :-1]], axis=2)
        np.minimum(present, bought_then * np.clip(life[:, :, year, None] - age, 0.0, 1.0), out=present)
        survivors = present.sum(axis=2)
        bought = np.maximum(0.0, target[:, :, year] - survivors)
        present[:, :, 0] = bought_then[:, :, 0] = bought
        items[:, 0, :, year - 1] = survivors + bought
        items[:, 1, :, year - 1] = bought
        items[:, 2, :, year - 1] = np.maximum(0.0, before - survivors)  # both are sums: a rounding may part them
    return items
