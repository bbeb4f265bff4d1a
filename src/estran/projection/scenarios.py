"""What a plan changes: a fleet projected year by year (Z2), what is avoided (Z4), the effect of each action (Z3)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from math import floor, sqrt
from statistics import fmean, stdev
from typing import Any

from estran.analysis.drivers import shapley
from estran.common.language import _
from estran.common.problems import CannotUse, Problem

MOST_ACTIONS_EXACT = 12  # Z3: 2^12 totals; beyond, orders are drawn at random


@dataclass(frozen=True)
class Projected:
    """One type of item in one year of a projection.

    stock, bought, left: items. units: items amortised in the year (stock / lifetime). kwh: electricity of the year.
    grid_year: year of the grid factor used, earlier than `year` where the table has a hole or has ended.
    stock_view, flow_view: impact in the unit of the criterion, never added to each other (V4).
    """

    year: int
    stock: float
    bought: float
    left: float
    units: float
    kwh: float
    grid_year: int
    stock_view: float
    flow_view: float


def project(common: Mapping[str, Any], scenario: Mapping[str, Any]) -> list[Projected]:
    """Renew a fleet by cohorts, from `first_year` to `last_year` included.

    `scenario` completes or replaces what is in `common`: `cohorts` {purchase year: items present just before
    first_year}, `target` items wanted, `lifetime_years`, `kwh_per_unit` kWh per item and year, `embodied` impact of one
    unit, `grid` impact of one kWh. The last five are a number, or {year: value}, each value lasting until the next.

    A cohort leaves at the start of the year it was bought plus the lifetime in force that year; of a lifetime of 4.4
    years, six items in ten leave after 4 years and the rest a year later. Items that left do not come back. Purchases
    fill the stock up to the target; a stock above the target is not thrown away.
    Raises CannotUse: a value missing for a year, a lifetime that is not positive, a cohort of the future. (Z2, Z4)
    """
    given = {**common, **scenario}
    first, last = given["first_year"], given["last_year"]
    _check(given, first)
    cohorts: dict[int, float] = {year: float(items) for year, items in given["cohorts"].items()}
    present = dict(cohorts)
    rows = []
    for year in range(first, last + 1):
        life, target, kwh_per_unit, embodied, grid = (
            _in_force(name, given[name], year)[1]
            for name in ("lifetime_years", "target", "kwh_per_unit", "embodied", "grid")
        )
        before = sum(present.values())
        present = {c: min(items, cohorts[c] * _surviving(year - c, life)) for c, items in present.items()}
        survivors = sum(present.values())
        bought = max(0.0, target - survivors)
        cohorts[year] = present[year] = bought
        stock = survivors + bought
        use = stock * kwh_per_unit * grid
        rows.append(
            Projected(
                year=year,
                stock=stock,
                bought=bought,
                left=before - survivors,
                units=stock / life,
                kwh=stock * kwh_per_unit,
                grid_year=_in_force("grid", given["grid"], year)[0],
                stock_view=stock / life * embodied + use,
                flow_view=bought * embodied + use,
            )
        )
    return rows


def avoided(reference: Sequence[Projected], action: Sequence[Projected], view: str) -> dict[int, float]:
    """Cumulative impact avoided from the first year to each year, in `stock_view` or in `flow_view`.

    The two agree over whole renewal cycles and differ before: one is never quoted as the other. (Z4)
    """
    differences = (getattr(r, view) - getattr(a, view) for r, a in zip(reference, action, strict=True))
    return dict(zip((row.year for row in reference), accumulate(differences), strict=True))


@dataclass(frozen=True)
class Effect:
    """What one action changes in the total of one criterion; negative: the total falls.

    alone: without the others. last: added to all the others. share: its part of the joint effect; shares add up.
    share_sd: standard error of a share that was sampled, 0 when it is exact.
    """

    action: str
    criterion: str
    alone: float
    last: float
    share: float
    share_sd: float


def effects(
    evaluate: Callable[[frozenset[str]], Mapping[str, float]],
    actions: Sequence[str],
    *,
    draws: int = 100,
    seed: int = 0,
) -> list[Effect]:
    """Effect of each action by criterion; `evaluate` gives the totals {criterion: total} when some actions are done.

    Shares are Shapley values, exact up to 12 actions (2^n totals). Beyond, they are means over `draws` random orders,
    each read both ways; the same seed gives the same orders. Shares always sum to the joint effect. (Z3, Z6)
    """
    if len(set(actions)) < len(actions):
        twice = sorted({name for name in actions if actions.count(name) > 1})
        raise CannotUse(
            Problem(
                _("Deux actions du plan portent le même nom : {names}.").format(names=", ".join(twice)),
                _("Donnez un nom différent à chaque action."),
            )
        )
    total = cache(evaluate)
    nothing, everything = frozenset[str](), frozenset(actions)
    criteria = list(total(nothing))
    if len(actions) <= MOST_ACTIONS_EXACT:
        shares = {c: shapley(actions, lambda some, c=c: total(some)[c]) for c in criteria}  # type: ignore[misc]
        errors = {c: dict.fromkeys(actions, 0.0) for c in criteria}
    else:
        shares, errors = _sampled(total, actions, criteria, draws, random.Random(seed))
    return [
        Effect(
            action=action,
            criterion=c,
            alone=total(frozenset({action}))[c] - total(nothing)[c],
            last=total(everything)[c] - total(everything - {action})[c],
            share=shares[c][action],
            share_sd=errors[c][action],
        )
        for action in actions
        for c in criteria
    ]


def _sampled(
    total: Callable[[frozenset[str]], Mapping[str, float]],
    actions: Sequence[str],
    criteria: Sequence[str],
    draws: int,
    rng: random.Random,
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Shapley shares over random orders, and their standard errors. An order and its reverse make one draw."""
    added: dict[str, dict[str, list[float]]] = {c: {action: [] for action in actions} for c in criteria}
    for _draw in range(draws):
        order = rng.sample(actions, len(actions))
        for one_way in (order, order[::-1]):
            for position, action in enumerate(one_way):
                before, after = total(frozenset(one_way[:position])), total(frozenset(one_way[: position + 1]))
                for c in criteria:
                    added[c][action].append(after[c] - before[c])
    pairs = {
        c: {action: [(a + b) / 2 for a, b in zip(d[::2], d[1::2], strict=True)] for action, d in by_action.items()}
        for c, by_action in added.items()
    }
    shares = {c: {action: fmean(d) for action, d in by_action.items()} for c, by_action in pairs.items()}
    errors = {c: {action: stdev(d) / sqrt(draws) for action, d in by_action.items()} for c, by_action in pairs.items()}
    return shares, errors


def _surviving(age: int, life: float) -> float:
    """Share of a cohort still there at an age in years."""
    whole = floor(life)
    if age == whole:
        return life - whole
    return 1.0 if age < whole else 0.0


def _in_force(name: str, value: float | Mapping[int, float], year: int) -> tuple[int, float]:
    """The value of a number or of a dated table in a year, and the year it dates from."""
    if not isinstance(value, Mapping):
        return year, float(value)
    started = [since for since in value if since <= year]
    if not started:
        raise CannotUse(
            Problem(
                _("« {name} » n’a pas de valeur pour {year}.").format(name=name, year=year),
                _("Ajoutez une valeur datée de {year} ou d’avant.").format(year=year),
            )
        )
    return max(started), float(value[max(started)])


def _check(given: Mapping[str, Any], first_year: int) -> None:
    problems = []
    lives = given["lifetime_years"]
    if min(lives.values() if isinstance(lives, Mapping) else [lives]) <= 0:
        problems.append(
            Problem(_("La durée d’usage doit être positive."), _("Corrigez la durée dans le plan."), value=str(lives))
        )
    if late := [year for year in given["cohorts"] if year >= first_year]:
        problems.append(
            Problem(
                _("Le parc de départ contient des achats de {years}, et la projection commence en {first}.").format(
                    years=", ".join(map(str, late)), first=first_year
                ),
                _("Faites commencer la projection après l’année de l’inventaire."),
            )
        )
    if problems:
        raise CannotUse(*problems)
