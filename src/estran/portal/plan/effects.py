"""The plan file of a strategy, its projection by the engine, and the changes observed between frozen runs.

The plan file is the one that `estran project` takes; pages show the folder that the engine writes from it.
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.utils import timezone

from estran.analysis.decomposition import compare_runs
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import text_rows
from estran.common.toml_text import toml_text
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation
from estran.portal.plan.models import Action, Objective, Projection, Strategy
from estran.portal.results import years
from estran.projection import plans, projections
from estran.projection.results import ProjectionResults

Row = dict[str, Any]
FOOTPRINT = ("FP04", "FP01")  # indicators that the target of the plan is read from
NOT_PROJECTED = ("dropped", "to_discuss")  # statuses of actions left out of the projection


def plan_text(strategy: Strategy, actions: list[Action]) -> str:
    """The plan file (TOML) of a strategy: the actions it has decided, with their levers, costs and sources."""
    run = strategy.base_run
    decided = [one for one in actions if one.status not in NOT_PROJECTED and not won_before(one, strategy)]
    return toml_text({
        "name": strategy.title, "base_year": run.year if run else None, "target_year": strategy.to_year,
        "target": target_of(strategy),
        "actions": [
            {
                "code": action.code, "title": action.title, "indicator": next(iter(action.indicators), None),
                "before": action.before, "levers": action.levers, "costs": dict(sorted(costs_of(action).items())),
                "beside": action.beside,
            }
            for action in decided
        ],
    })  # fmt: skip


def won_before(action: Action, strategy: Strategy | None) -> bool:
    """The action was finished before the strategy began: what it brought is in the run already."""
    if strategy is None or action.ends_on is None:
        return False
    return action.status == "done" and action.ends_on.year < strategy.from_year


def target_of(strategy: Strategy) -> Row | None:
    """The target of the footprint, which stands once: the objective on it, else the fall written in the strategy."""
    objectives = Objective.objects.filter(organisation=strategy.organisation_id, indicator__in=FOOTPRINT)
    for one in objectives.filter(target__isnull=False, start_on__isnull=False):
        if one.indicator == "FP01":
            return {"criterion": "gwp", "value": one.target * 1000}
        runs = {run.year: run.mean for run in years.in_front(strategy.organisation)}
        if base := runs.get(one.start_on.year):
            return {"criterion": "gwp", "value": round(base * (1 + one.target / 100), 3)}
    return {"criterion": "gwp", "reduction": strategy.reduction} if strategy.reduction else None


def costs_of(action: Action) -> dict[int, Row]:
    """Year → nature → euros: what was spent, else what is forecast."""
    costs: dict[int, Row] = {}
    for line in action.budgets.all() if action.pk else ():
        euros = line.forecast if line.actual is None else line.actual
        if euros is not None:
            costs.setdefault(line.year, {})[line.nature] = euros
    return costs


def check_action(strategy: Strategy, action: Action) -> list[Problem]:
    """The problems for which the engine would refuse an action."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.toml"
        path.write_text(plan_text(strategy, [action]), encoding="utf-8")
        try:
            plans.read_plan(path)
        except CannotUse as error:
            return list(error.problems)
    return []


def current_plan(access: Access) -> tuple[Strategy | None, str]:
    """The strategy and its plan file, as they are now."""
    strategy = access.of(Strategy).select_related("base_run").first()
    actions = list(access.of(Action).prefetch_related("budgets"))
    return strategy, plan_text(strategy, actions) if strategy else ""


def last_computed(access: Access) -> Projection | None:
    """The last projection computed."""
    return access.of(Projection).filter(computed_at__isnull=False).select_related("run").first()


def latest_projection(access: Access) -> tuple[Projection | None, bool]:
    """The last projection computed, and whether it is that of the current plan."""
    latest, (strategy, plan) = last_computed(access), current_plan(access)
    fresh = latest and strategy and (latest.sha256, latest.run_id) == (_hash(plan), strategy.base_run_id)
    return latest, bool(fresh)


def ask_projection(access: Access) -> Job:
    """Ask the queue to project the current plan on its base run. Errors: CannotUse, no strategy or no run."""
    strategy, plan = current_plan(access)
    if strategy is None or strategy.base_run is None:
        what = _("Le plan n’a pas de bilan de départ.")
        raise CannotUse(Problem(what, _("Le choisir dans la stratégie.")))
    projection, _new = Projection.objects.get_or_create(
        organisation=access.organisation, run=strategy.base_run, sha256=_hash(plan),
        defaults={"made_by": access.person},
    )  # fmt: skip
    if projection.computed_at is None:
        shutil.rmtree(projection.place, ignore_errors=True)
        projection.place.mkdir(parents=True)
        (projection.place / "plan.toml").write_text(plan, encoding="utf-8")
    else:
        # Asked again: it becomes the latest one.
        Projection.objects.filter(pk=projection.pk).update(asked_at=timezone.now())
    access.record(_("a demandé la projection du plan (n° {n})").format(n=projection.pk))
    return queue.ask_job(access, "projection", str(projection.pk), _("Projection du plan"), projection=projection.pk)


def compute_projection(job: Job) -> str:
    """Project the plan file of a job, then observe the changes between frozen runs; the address of the effects."""
    projection = Projection.objects.select_related("run", "organisation").get(pk=job.subject["projection"])
    if projection.computed_at is None:
        projections.project_estate(projection.run.folder, projection.place / "plan.toml", projection.folder)
        storage.write_json(projection.place / "observed.json", observed_changes(projection.organisation))
        projection.computed_at = timezone.now()
        projection.save(update_fields=["computed_at"])
    return projection.organisation.url("plan:effects")


def observed_changes(organisation: Organisation) -> Row | None:
    """The change by cause between the first and the last frozen run, kg CO2 eq a year; None if no two compare."""
    frozen = list(organisation.runs.filter(baseline__isnull=False).order_by("year", "pk"))
    if len(frozen) < 2 or frozen[0].year == frozen[-1].year:
        return None
    try:
        comparison = compare_runs(frozen[0].folder, frozen[-1].folder)
    except CannotUse:
        return None
    parts = [
        {"scope": part.scope, "name": part.name,
         "effects": {cause: moved for cause, moved in part.effects.items() if part.moved(cause)}}
        for part in (comparison.whole, *comparison.parts)
    ]  # fmt: skip
    ends = frozen[0], frozen[-1]
    return {"years": [run.year for run in ends], "runs": [run.pk for run in ends], "parts": parts}


def read_observed(projection: Projection) -> Row | None:
    """The changes observed when a projection was computed; None without two frozen runs."""
    path = projection.place / "observed.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def effect_of_action(action: Action, projection: Projection | None) -> Row | None:
    """The projected effect of an action (kg CO2 eq, negative when avoided), with the changes observed since.

    None before any projection, or when the action is not in it.
    """
    rows = ProjectionResults(projection.folder).actions if projection else []
    promised = next((row for row in rows if row["code"] == action.code), None)
    if projection is None or promised is None:
        return None
    since = read_observed(projection)
    known = {row["code"]: row["cause"] for row in text_rows("lever_parameters")}
    causes = sorted({known.get(lever.get("parameter"), "") for lever in action.levers} - {""})
    part = next((lever["where"]["part"] for lever in action.levers if lever.get("where", {}).get("part")), None)
    observed = [
        {"cause": cause, "moved": row["effects"].get(cause, 0.0)}
        for row in (since["parts"] if since else ()) for cause in causes
        if row["scope"] == ("part" if part else "whole") and part in (None, row["name"])
    ]  # fmt: skip
    return promised | {"observed": observed, "since": since}


def export_plan(access: Access) -> bytes:
    """A zip of the plan file and its base run, from which `estran project` gives the same projection."""
    strategy, plan = current_plan(access)
    run = strategy.base_run if strategy else None
    members: dict[str, Path | bytes] = {"plan.toml": plan.encode()}
    if run:
        name = run.folder.name
        notice = _(
            "Pour refaire la projection, dans ce dossier :\n\n    estran project {name} --plan plan.toml -o ici\n"
        )
        members |= {"LISEZMOI.txt": notice.format(name=name).encode(), name: run.folder}
    return storage.zip_bytes(members)


def _hash(plan: str) -> str:
    return hashlib.sha256(plan.encode()).hexdigest()
