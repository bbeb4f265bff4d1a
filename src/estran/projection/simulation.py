"""The years after a run, with and without the actions of a plan: totals, effects, doubts (Z2, Z3, D5)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.engine import execution
from estran.projection import cohort_inputs
from estran.projection.cohort_inputs import Group, Row
from estran.projection.cohorts import AMOUNTS, Array, Attribution, attribute_effects
from estran.projection.plans import Action, Plan

VIEWS = ("stock", "flow")
BOUGHT_STAGES = [1.0, 1.0, 0.0, 1.0]  # of STAGES, those weighed by what is bought; end of life by what leaves

# Pools of a group that the same actions touch: their places, the numbers of these actions, what each moves there.
Part = tuple[Group, Any, list[int], Attribution]


class Simulation:
    """The years after a run under a plan, computed by the constructor."""

    def __init__(self, run: Path, plan: Plan, base_year: int, last: int, criteria: Sequence[str]) -> None:
        self.run, self.plan, self.base_year, self.criteria = run, plan, base_year, list(criteria)
        self.years = list(range(base_year, last + 1))
        self.end = min(last, plan.target_year)
        self.counted = [action for action in plan.actions if not reason_not_computed(action, base_year)]
        session, frozen = execution.open_session(run / "inputs")
        before = list(takewhile(lambda step: step.name != cohort_inputs.LAST_STEP, frozen))
        session.run([*before, frozen[len(before)]])
        self.groups, self.held, conflicts = cohort_inputs.read_groups(
            session, plan, self.counted, self.years, self.criteria
        )
        if conflicts:
            raise CannotUse(*dict.fromkeys(conflicts))
        self.parts = [part for group in self.groups for part in self._attribute(group)]
        self.variants_left = list(cohort_inputs.read_variants_left(session, self.counted, plan.file))
        self.of_nothing = cohort_inputs.read_levers_of_nothing(session, self.counted, self.groups, plan.file)
        self.shape = (len(self.counted), len(VIEWS), len(self.criteria) + 1, len(self.years))

    def _attribute(self, group: Group) -> Iterator[Part]:
        """The pools of a group by the set of actions that touch them."""
        touched = np.zeros((len(group.rows), len(self.counted)), bool)
        for applied in group.levers:
            touched[:, applied.action] |= applied.touches
        for some in np.unique(touched, axis=0):
            places = np.flatnonzero((touched == some).all(axis=1))
            own = [int(action) for action in np.flatnonzero(some)]
            levers = [
                replace(applied, action=own.index(applied.action), touches=applied.touches[places])
                for applied in group.levers
                if applied.action in own
            ]

            def weigh(amounts: Array, places: Any = places) -> Array:
                return self._periods(self._impacts(amounts, group, places))

            inputs = group.inputs.take(places)
            yield group, places, own, attribute_effects(inputs, levers, len(own), self.years, weigh)

    def _impacts(self, amounts: Array, group: Group, places: Any) -> Array:
        """Impacts (…, views, criteria and kWh, years) of amounts (…, AMOUNTS, pools, years)."""
        units, purchased, discarded, kwh, grid = (amounts[..., i, :, :] for i in range(len(AMOUNTS)))
        factors = group.weights.factors[:, places]
        use = np.einsum("...pt,ptc->...ct", grid, group.weights.grid[places])
        stock = np.einsum("...pt,pc->...ct", units, factors.sum(axis=0)) + use
        bought = np.einsum("...pt,pc->...ct", purchased, np.tensordot(BOUGHT_STAGES, factors, axes=1))
        flow = bought + np.einsum("...pt,pc->...ct", discarded, factors[2]) + use
        energy = kwh.sum(axis=-2)[..., None, :]
        both = [np.concatenate([view, energy], axis=-2) for view in (stock, flow)]
        return np.stack(both, axis=-3)

    def _periods(self, impacts: Array) -> Array:
        """The years, then their sum until the target year."""
        inside = [year <= self.end for year in self.years[1:]]
        return np.concatenate([impacts, impacts[..., inside].sum(axis=-1, keepdims=True)], axis=-1)

    def totals(self, scenario: str) -> Array:
        """Views × criteria and kWh × periods of a scenario, `reference` or `plan`."""
        parts = [
            self._impacts(
                (attribution.nothing if scenario == "reference" else attribution.everything).amounts, group, places
            )
            for group, places, _own, attribution in self.parts
        ]
        return self._periods(np.sum(parts, axis=0))

    def effects(self, kind: str) -> Array:
        """Actions × views × criteria and kWh × periods: what each action moves, `alone`, `last` or `share`."""
        total = np.zeros(self.shape)
        for group, places, own, attribution in self.parts:
            if own:
                total[own] += self._periods(self._impacts(getattr(attribution, kind), group, places))
        return total

    def sampling_errors(self) -> Array:
        """The standard errors of the shares that were sampled, shaped as `effects`."""
        variance = np.zeros(self.shape)
        for _group, _places, own, attribution in self.parts:
            if attribution.draws is not None:
                variance[own] += attribution.draws.var(axis=0, ddof=1) / len(attribution.draws)
        return np.sqrt(variance)

    def deviations(self) -> Array:
        """The standard deviation of each share, shaped as `effects`: errors of factors, electricity and default kWh.

        They are common to both scenarios, so only what the action moves is in doubt; the plan's own numbers are taken
        as they are. (D5, Q8 to Q10)
        """
        variance = np.zeros(self.shape)
        for c, errors in enumerate(self.groups[0].weights.errors):  # all groups share them
            moved = np.zeros((len(errors.cv), *self.shape[:2], self.shape[3]))
            for part in self.parts:
                self._move(moved, c, *part)
            variance[:, :, c] = errors.variance(moved)
        return np.sqrt(variance)

    def _move(self, moved: Array, c: int, group: Group, places: Any, own: list[int], attribution: Attribution) -> None:
        """Add to each source what it moves, for one criterion: sources × actions × views × periods."""
        if not own:
            return
        weights = group.weights
        units, bought, discarded, _kwh, grid = (attribution.share[:, i] for i in range(len(AMOUNTS)))
        use = grid * weights.grid[places, :, c]
        parts = [(weights.grid_sources[places, c], use, use)]
        aged = use * weights.grid_age[places, :, c]
        parts.append((weights.age_sources[places, c], aged, aged))
        part = weights.kwh_type[places, None]
        parts.append((weights.type_sources[places, c], use * part, use * part))
        for stage, in_flow in enumerate((bought, bought, discarded, bought)):
            factor = weights.factors[stage, places, c, None]
            for sources in (weights.sources[stage, places, c], weights.stand_ins[stage, places, c]):
                parts.append((sources, units * factor, in_flow * factor))
        for sources, *views in parts:
            for v, values in enumerate(views):
                by_source = np.zeros((len(moved), len(own), moved.shape[3]))
                np.add.at(by_source, sources, np.moveaxis(self._periods(values), 1, 0))
                moved[:, own, v] += by_source

    def equipment(self) -> list[Row]:
        """Stock, purchases and discarded items by year, scenario and type; nothing of those whose life is unknown."""
        sums: dict[tuple[int, bool, str], Array] = {}
        for group, places, _own, attribution in self.parts:
            for i, place in enumerate(places):
                row = group.rows[place]
                if row["kind"] == "item":
                    for acts, trajectory in ((False, attribution.nothing), (True, attribution.everything)):
                        for t, year in enumerate(self.years[1:]):
                            key = (year, acts, row["item_type"])
                            sums[key] = sums.get(key, np.zeros(3)) + trajectory.items[:, i, t]
        return [
            {"year": year, "scenario": "plan" if acts else "reference", "item_type": kind}
            | dict(zip(("stock", "bought", "discarded"), map(float, values), strict=True))
            for (year, acts, kind), values in sorted(sums.items(), key=lambda one: one[0])
        ]

    # ------------------------------------------------------------------------------------------- what it leaves out

    def problems(self) -> list[Problem]:
        """What is held of the electricity, actions without an effect computed, rows that levers leave; remedies."""
        what = _("Action « {code} » : {note}.")
        remedy = _("Compléter le plan ; sans cela, l’action reste écrite sans chiffre, jamais avec zéro.")
        without = [
            Problem(what.format(code=action.code, note=note), remedy, self.plan.file, action.levers[0].line)
            for action in self.plan.actions
            if action.levers and (note := self.note(action))
        ]
        return [*self._of_electricity(), *without, *self.of_nothing, *self.variants_left]

    def _of_electricity(self) -> list[Problem]:
        """What is held of the electricity, zone by zone, and since when for each criterion."""
        lacking = _("L’électricité de {zone} n’a aucun facteur ({criteria}) : elle n’est pas comptée, comme au bilan.")
        known = _("L’électricité de {zone} n’a plus de facteur après {years} : le dernier est gardé jusqu’en {last}.")
        remedy = _("Si une trajectoire est connue, l’écrire avec sa source dans un bloc « [[electricity]] ».")
        line = self.plan.line("electricity") or self.plan.line("target_year")
        zones: dict[str, dict[int | None, list[str]]] = {}
        for (zone, criterion), year in self.held.items():
            zones.setdefault(zone, {}).setdefault(year, []).append(criterion)
        problems = []
        for zone, criteria in sorted(zones.items()):
            if without := criteria.pop(None, None):
                what = lacking.format(zone=zone, criteria=", ".join(without))
                problems.append(Problem(what, remedy, self.plan.file, line))
            if criteria:
                dated = sorted(criteria.items(), key=lambda one: -(one[0] or 0))
                years = ", ".join(f"{year} ({', '.join(codes)})" for year, codes in dated)
                what = known.format(zone=zone, years=years, last=self.years[-1])
                problems.append(Problem(what, remedy, self.plan.file, line))
        return problems

    def note(self, action: Action) -> str:
        """Why an action has no effect computed; empty when it has one."""
        if why := reason_not_computed(action, self.base_year):
            return why
        number = self.counted.index(action)
        if not any(
            applied.action == number and applied.touches.any() for group in self.groups for applied in group.levers
        ):
            if any(lever.parameter == "reuse_rate" for lever in action.levers):
                return _(
                    "effet non calculé : donnez dans vos valeurs la durée de vie totale de ces matériels, du neuf à la "
                    "fin du second usage, telle que l’association de réemploi la constate"
                )
            return _("effet non calculé : aucune ligne connue de l’inventaire ne correspond")
        return ""


def reason_not_computed(action: Action, base_year: int) -> str:
    """Why an action has no effect to compute, from the plan alone; empty when it has one."""
    if not action.levers:
        return _("sans effet direct sur le calcul")
    for lever in action.levers:
        if lever.before is None:
            if lever.parameter == "lifetime_years":
                return _("effet non calculé : indiquez la durée d’avant")
            return _("effet non calculé : indiquez la situation d’avant")
        if lever.before.value is None and lever.first <= base_year:
            reason = _(
                "effet non calculé : l’inventaire de {year} contient déjà cette action, indiquez la valeur d’avant"
            )
            return reason.format(year=base_year)
    return ""
