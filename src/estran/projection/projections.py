"""A plan carried out on a run: the years to come with and without it, and what each action changes (Z1-Z6)."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np

from estran import __version__
from estran.catalogue.codes import remedy_near
from estran.common.files import read_csv, whole_or_nothing, write_csv
from estran.common.language import _
from estran.common.normal_law import Z95, lognormal_bounds
from estran.common.problems import CannotUse, Problem
from estran.engine import runs
from estran.engine.steps import BASE_METHOD
from estran.projection import plan_blocks, plans
from estran.projection.cohort_inputs import Row
from estran.projection.cohorts import Array
from estran.projection.plans import Action, Plan
from estran.projection.results import CUMULATIVE, KWH, is_projection
from estran.projection.simulation import VIEWS, Simulation

RUN = "bilan"
COSTED = ("gwp", "flow", CUMULATIVE)  # what the cost of a tonne is counted on (Z5)
NOISE = 1e-9  # below this part of a total, a change is a rounding
EFFECT = (
    *("alone", "last_in", "share", "share_sd", "low95", "high95", "avoided", "transfer"),
    *("net_cost", "cost_per_tonne", "cost_note"),
)


def project_estate(
    source: Path,
    plan_file: Path,
    output: Path,
    *,
    to: int | None = None,
    choices: runs.Choices | None = None,
    criteria: Sequence[str] = (),
) -> list[Problem]:
    """Project a run, or an estate computed first, under a plan until the end of year `to`; write the folder.

    `choices` are those of the computation when `source` is an estate; their year may be that of the plan. Writes
    years.csv, equipment.csv, actions.csv and project.json, whole or not at all; return what is held, what could not be
    computed. Errors: CannotUse, with every fault of the plan.
    """
    plan = plans.read_plan(plan_file)
    last = plan.target_year if to is None else to
    _check(plan, last, output)
    with whole_or_nothing(output) as folder:
        run = source
        if not (source / "run.json").exists():
            run = folder / RUN
            runs.compute([source], _choices(plan, choices), run)
        described = runs.read_json(run)
        _check_run(plan, described, last, run)
        criteria_shown = tuple(criteria) or tuple(described["criteria"])
        if unknown := [code for code in criteria_shown if code not in described["criteria"]]:
            what = _("Ce calcul n’a pas le critère « {name} ».").format(name=", ".join(unknown))
            remedy = remedy_near("criterion", unknown[0], described["criteria"])
            raise CannotUse(Problem(what, remedy))
        simulation = Simulation(run, plan, described["year"], last, criteria_shown)
        _Writer(simulation, described).write(folder)
        shutil.copyfile(plan_file, folder / "plan.toml")
    return simulation.problems()


class _Writer:
    """The files of a projection."""

    def __init__(self, simulation: Simulation, described: dict[str, Any]) -> None:
        self.simulation, self.plan, self.described = simulation, simulation.plan, described
        self.shown = [*simulation.criteria, KWH]
        self.periods = [*map(str, simulation.years[1:]), CUMULATIVE]
        self.units = {row["criterion"]: row["unit"] for row in read_csv(simulation.run / "impacts.csv")} | {KWH: "kWh"}
        whole = (row for row in read_csv(simulation.run / "intervals.csv") if row["entity"] == "*")
        self.base = {row["criterion"]: (float(row["mean"]), float(row["sd"])) for row in whole}

    def write(self, folder: Path) -> None:
        tables = {"years": self._years(), "equipment": self.simulation.equipment(), "actions": self._actions()}
        for name, rows in tables.items():
            listed = list(rows)
            write_csv(folder / f"{name}.csv", listed[0] if listed else ("year",), listed)
        text = json.dumps(self._project(own_run=self.simulation.run.parent == folder), ensure_ascii=False, indent=1)
        (folder / "project.json").write_text(text + "\n", encoding="utf-8")

    def _project(self, *, own_run: bool) -> Row:
        """What the projection depends on, and what its figures need to be read."""
        simulation, plan = self.simulation, self.plan
        return {
            "estran": __version__,
            "plan": {"name": plan.name, "sha256": hashlib.sha256(plan.text.encode()).hexdigest()},
            "run": {
                "name": RUN if own_run else simulation.run.name,
                "sha256": hashlib.sha256((simulation.run / "run.json").read_bytes()).hexdigest(),
                "label": self.described["perimeter"]["label"],
                "catalogue": self.described["catalogue"],
                "inventory": self.described["inventory"]["sha256"],
            },
            "base_year": simulation.base_year,
            "target_year": plan.target_year,
            "cumulative_to": simulation.end,
            "last_year": simulation.years[-1],
            "criteria": [{"code": code, "unit": self.units.get(code, "")} for code in self.shown],
            "base": {code: mean for code, (mean, _sd) in self.base.items()},
            "target": self._target(),
            "electricity_held": [
                {"zone": zone, "criterion": criterion, "after": year}
                for (zone, criterion), year in simulation.held.items()
            ],
            "electricity_path": [
                {"zone": zone, "criterion": criterion, "values": path}
                for (zone, criterion), path in plan.electricity.items()
            ],
            "actions": [
                {
                    "code": action.code,
                    "title": action.title,
                    "indicator": action.indicator,
                    "note": simulation.note(action),
                    "shares_a_life": action.shares_a_life,
                    "before": [asdict(one) for one in dict.fromkeys(lever.before for lever in action.levers) if one],
                    "costs": action.costs,
                    "beside": action.beside,
                }
                for action in plan.actions
            ],
        }

    def _target(self) -> Row | None:
        """The target in the unit of its criterion, a fall being counted from the run."""
        target = dict(self.plan.target)
        if "reduction" in target:
            target["value"] = self.base.get(target["criterion"], (0.0, 0.0))[0] * (1 - target["reduction"])
        return target or None

    def _years(self) -> Iterable[Row]:
        totals = {scenario: self.simulation.totals(scenario) for scenario in ("reference", "plan")}
        for t, year in enumerate(self.simulation.years[1:]):
            for scenario, values in totals.items():
                for c, criterion in enumerate(self.shown):
                    for v, view in enumerate(VIEWS):
                        value = float(values[v, c, t])
                        row: Row = {"year": year, "scenario": scenario, "criterion": criterion}
                        row |= {"unit": self.units.get(criterion, ""), "view": view, "value": value}
                        mean, sd = self.base.get(criterion, (0.0, 0.0)) if view == "stock" else (0.0, 0.0)
                        low, high = _interval(value, mean, sd)
                        yield row | {"low95": low, "high95": high}

    def _actions(self) -> Iterable[Row]:
        noise = NOISE * np.abs(self.simulation.totals("reference"))
        effects = {kind: self.simulation.effects(kind) for kind in ("alone", "last", "share")}
        arrays = {kind: np.where(np.abs(moved) > noise, moved, 0.0) for kind, moved in effects.items()}
        arrays |= {"share_sd": self.simulation.sampling_errors(), "sd": self.simulation.deviations()}
        arrays["avoided"] = -np.cumsum(arrays["share"], axis=-1)
        arrays["avoided"][..., -1] = -arrays["share"][..., -1]
        for action in self.plan.actions:
            note = self.simulation.note(action)
            for c, criterion in enumerate(self.shown):
                for v, view in enumerate(VIEWS):
                    for p, period in enumerate(self.periods):
                        row: Row = {"action": action.code, "criterion": criterion, "view": view, "period": period}
                        effect = dict.fromkeys(EFFECT) if note else self._effect(action, (v, c, p), arrays)
                        yield row | effect | {"note": note}

    def _effect(self, action: Action, at: tuple[int, int, int], arrays: dict[str, Array]) -> Row:
        """What an action changes in one view, criterion and period."""
        v, c, p = at
        number = self.simulation.counted.index(action)
        alone, last, share, share_sd, sd, avoided = (
            float(arrays[name][number, v, c, p]) for name in ("alone", "last", "share", "share_sd", "sd", "avoided")
        )
        criterion = self.shown[c]
        climate = self.shown.index("gwp") if "gwp" in self.shown and criterion != KWH else c
        opposed = share * arrays["share"][number, v, climate, p] < 0
        bounds = (None, None) if criterion == KWH else (share - Z95 * sd, share + Z95 * sd)
        counted = (criterion, VIEWS[v], self.periods[p]) == COSTED
        values = (alone, last, share, share_sd, *bounds, avoided, "yes" if opposed else "no")
        return dict(zip(EFFECT, (*values, *self._cost(action, share, sd, counted=counted)), strict=True))

    def _cost(
        self, action: Action, effect: float, sd: float, *, counted: bool
    ) -> tuple[float | None, float | None, str]:
        """Net cost over the period, cost of the tonne avoided in the flow view, or why there is none (Z5)."""
        first, last = self.simulation.base_year, self.simulation.end
        inside = [row for year, row in (action.costs or {}).items() if first < year <= last]
        if not counted or not inside:
            return None, None, ""
        net = fsum(row.get("investment", 0.0) + row.get("running", 0.0) - row.get("savings", 0.0) for row in inside)
        if net <= 0:
            return net, None, _("économise")
        if -effect <= 2 * sd:
            return net, None, _("évité trop faible ou trop incertain")
        return net, net / (-effect / 1000), ""


def _interval(value: float, mean: float, sd: float) -> tuple[float | None, float | None]:
    """The 95 % bounds of a total that has the same relative doubt as the run, lognormal (Q6)."""
    if mean <= 0 or value <= 0:
        return None, None
    return lognormal_bounds(value, (sd / mean) ** 2)


def _choices(plan: Plan, choices: runs.Choices | None) -> runs.Choices:
    """The choices of the run to compute, in the base year of the plan unless another one is asked for."""
    given = choices or runs.Choices(0)
    year = given.year or plan.base_year
    if not year:
        what = _("Le plan ne dit pas de quelle année est l’inventaire.")
        remedy = _("Ajouter « base_year » au plan, ou donner --year.")
        raise CannotUse(Problem(what, remedy, plan.file))
    return replace(given, year=year)


def _check(plan: Plan, last: int, output: Path) -> None:
    problems = []
    if last < plan.target_year:
        what = _("La projection s’arrête en {last}, avant l’année cible {target}.")
        remedy = _("Donner --to avec l’année cible ou une année plus tardive.")
        problems.append(
            Problem(what.format(last=last, target=plan.target_year), remedy, plan.file, plan.line("target_year"))
        )
    if last > plan_blocks.LAST_YEAR:
        what = _("L’année {year} n’est pas possible.").format(year=last)
        problems.append(Problem(what, _("Donner une année entre 1990 et 2100.")))
    if output.exists() and not is_projection(output) and (output.is_file() or any(output.iterdir())):
        what = _("« {name} » existe déjà et n’est pas une projection : il n’est pas remplacé.").format(name=output.name)
        problems.append(Problem(what, _("Donner un autre dossier avec -o."), file=str(output)))
    if problems:
        raise CannotUse(*problems)


def _check_run(plan: Plan, described: dict[str, Any], last: int, run: Path) -> None:
    problems = []
    if described["view"] != "stock" or described["method"] != BASE_METHOD:
        what = _("Une projection part d’un bilan en vue « stock » de la méthode « {name} ».").format(name=BASE_METHOD)
        problems.append(Problem(what, _("Refaire le bilan sans --view ni --method."), file=str(run)))
    if plan.base_year not in (None, described["year"]):
        what = _("Le bilan est de {year}, le plan part de {base}.").format(year=described["year"], base=plan.base_year)
        problems.append(
            Problem(
                what, _("Corriger « base_year » ou donner le bilan de cette année."), plan.file, plan.line("base_year")
            )
        )
    for zone, criterion in plan.electricity:
        if criterion not in described["criteria"]:
            what = _("La trajectoire de l’électricité est d’un critère que le bilan n’a pas, « {name} ».")
            remedy = remedy_near("criterion", criterion, described["criteria"])
            line = plan.line_of_path(zone, criterion)
            problems.append(Problem(what.format(name=criterion), remedy, plan.file, line))
    if described["year"] >= last:
        what = _("Le bilan est de {year} : il n’y a aucune année à projeter jusqu’en {last}.")
        remedy = _("Donner un bilan plus ancien ou une année plus tardive.")
        problems.append(
            Problem(what.format(year=described["year"], last=last), remedy, plan.file, plan.line("target_year"))
        )
    if problems:
        raise CannotUse(*problems)
