"""The plan file of a strategy, its projection by the engine, and the changes observed between frozen runs.

The plan file is the one that `estran project` takes; pages show the folder that the engine writes from it.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils import timezone

from estran.analysis.decomposition import compare_runs
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation
from estran.portal.plan.models import Action, Projection, Strategy
from estran.portal.results.models import Run
from estran.projection import plans, projections
from estran.projection.results import ProjectionResults

Row = dict[str, Any]
# Parameter of a lever → cause of a comparison of runs.
CAUSES = {
    "quantity": "volume", "use_share": "lifetime", "lifetime_years": "lifetime", "refurbished_share": "lifetime",
    "upstream_years": "lifetime", "reuse_rate": "lifetime", "kwh_per_unit": "electricity_use",
    "power_w": "electricity_use", "hours_per_year": "electricity_use", "pue": "electricity_use", "amount": "other",
}  # fmt: skip
NOT_PROJECTED = ("dropped", "to_discuss")  # statuses of actions left out of the projection
PROMISES = ("alone_stock", "share_stock", "avoided_stock", "low95_stock", "high95_stock", "avoided_flow", "note")


def plan_text(strategy: Strategy, actions: list[Action]) -> str:
    """The plan file (TOML) of a strategy: the actions it has decided, with their levers, costs and sources."""
    lines = [f"name = {_toml_value(strategy.title)}"]
    if strategy.base_run:
        lines.append(f"base_year = {strategy.base_run.year}")
    lines.append(f"target_year = {strategy.to_year}")
    if strategy.reduction:
        lines += ["", "[target]", 'criterion = "gwp"', f"reduction = {_toml_value(strategy.reduction)}"]
    for action in actions:
        if action.status not in NOT_PROJECTED:
            lines += ["", *_action_lines(action)]
    return "\n".join(lines) + "\n"


def _action_lines(action: Action) -> list[str]:
    lines = ["[[actions]]", f"code = {_toml_value(action.code)}", f"title = {_toml_value(action.title)}"]
    if action.indicators:
        lines.append(f"indicator = {_toml_value(action.indicators[0])}")
    if action.before:
        lines.append(f"before = {_toml_value(action.before)}")
    for lever in action.levers:
        lines += ["", "[[actions.levers]]", *(f"{key} = {_toml_value(value)}" for key, value in lever.items())]
    for year, costs in sorted(costs_of(action).items()):
        lines += [
            "",
            f"[actions.costs.{year}]",
            *(f"{nature} = {_toml_value(euros)}" for nature, euros in costs.items()),
        ]
    for beside in action.beside:
        lines += ["", "[[actions.beside]]", *(f"{key} = {_toml_value(value)}" for key, value in beside.items())]
    return lines


def costs_of(action: Action) -> dict[int, dict[str, float]]:
    """Year → nature → euros: what was spent, else what is forecast."""
    costs: dict[int, dict[str, float]] = {}
    for line in action.budgets.all() if action.pk else ():
        euros = line.forecast if line.actual is None else line.actual
        if euros is not None:
            costs.setdefault(line.year, {})[line.nature] = euros
    return costs


def _toml_value(value: Any) -> str:
    """A value of TOML; a text is written as in JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def actions_of(organisation: Organisation) -> list[Action]:
    """The actions of an organisation with their budgets, in order."""
    return list(organisation.actions.prefetch_related("budgets"))


def check_action(strategy: Strategy, action: Action) -> list[Problem]:
    """The problems for which the engine would refuse an action."""
    work = storage.folder("checks")
    work.mkdir(parents=True, exist_ok=True)
    path = work / f"{action.organisation_id}-{action.pk or 'new'}.toml"
    path.write_text(plan_text(strategy, [action]), encoding="utf-8")
    try:
        plans.read_plan(path)
    except CannotUse as error:
        return list(error.problems)
    finally:
        path.unlink(missing_ok=True)
    return []


def current_plan(access: Access) -> tuple[Strategy | None, str]:
    """The strategy and its plan file, as they are now."""
    strategy = access.of(Strategy).select_related("base_run").first()
    return strategy, plan_text(strategy, actions_of(access.organisation)) if strategy else ""


def last_computed(access: Access) -> Projection | None:
    """The last projection computed."""
    return access.of(Projection).filter(computed_at__isnull=False).select_related("run").first()


def latest_projection(access: Access, strategy: Strategy | None, plan: str) -> tuple[Projection | None, bool]:
    """The last projection computed, and whether it is that of the current plan."""
    latest = last_computed(access)
    fresh = latest and strategy and (latest.sha256, latest.run_id) == (_hash(plan), strategy.base_run_id)
    return latest, bool(fresh)


def ask_projection(access: Access) -> Job:
    """Ask the queue to project the current plan on its base run. Errors: CannotUse, no strategy or no run."""
    strategy, plan = current_plan(access)
    if strategy is None or strategy.base_run is None:
        what = _("Le plan n’a pas de bilan de départ.")
        raise CannotUse(Problem(what, _("Le choisir dans la stratégie.")))
    values = {"made_by": access.person}
    projection, _new = Projection.objects.get_or_create(
        organisation=access.organisation, run=strategy.base_run, sha256=_hash(plan), defaults=values
    )
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
        _write_json(projection.place / "summary.json", summarise_projection(projection.folder))
        _write_json(projection.place / "observed.json", observed_changes(projection.organisation))
        projection.computed_at = timezone.now()
        projection.save(update_fields=["computed_at"])
    return reverse("plan:effects", args=(projection.organisation.slug,))


def summarise_projection(folder: Path) -> Row:
    """The figures that pages show of a projection folder; effects are in kg CO2 eq, negative when avoided."""
    results = ProjectionResults(folder)
    project = results.project
    return {
        "actions": {row["code"]: {name: row.get(name) for name in PROMISES} for row in results.actions},
        "joint": results.joint,
        "unit": results.unit,
        "years": [project["base_year"] + 1, project["cumulative_to"]],
        "base": project["base"].get(results.criterion),
        "target": (project["target"] or {}).get("value"),
        "reached": next(row for row in results.years if row["year"] == project["cumulative_to"]),
        "waypoints": {row["year"]: row["plan_stock"] for row in results.years},
    }


def observed_changes(organisation: Organisation) -> Row | None:
    """The change by cause between the first and the last frozen run, kg CO2 eq a year; None if no two compare."""
    frozen = list(Run.objects.filter(organisation=organisation, baseline__isnull=False).order_by("year", "pk"))
    if len(frozen) < 2 or frozen[0].year == frozen[-1].year:
        return None
    try:
        comparison = compare_runs(frozen[0].folder, frozen[-1].folder)
    except CannotUse:
        return None
    return {
        "years": [frozen[0].year, frozen[-1].year],
        "runs": [frozen[0].pk, frozen[-1].pk],
        "parts": [
            {
                "scope": part.scope,
                "name": part.name,
                "effects": {cause: moved for cause, moved in part.effects.items() if part.moved(cause)},
            }
            for part in (comparison.whole, *comparison.parts)
        ],
    }


def read_summary(projection: Projection | None) -> Row | None:
    """The summary of a projection; None without any."""
    return _read_json(projection, "summary.json")


def read_observed(projection: Projection | None) -> Row | None:
    """The changes observed when a projection was computed; None without any."""
    return _read_json(projection, "observed.json")


def _read_json(projection: Projection | None, name: str) -> Any:
    path = projection.place / name if projection else None
    return json.loads(path.read_text("utf-8")) if path and path.exists() else None


def effect_of_action(action: Action, projection: Projection | None) -> Row | None:
    """The projected effect of an action, with the changes observed since; None before any projection."""
    promised = (read_summary(projection) or {"actions": {}})["actions"].get(action.code)
    if promised is None:
        return None
    since = read_observed(projection)
    causes = {CAUSES[lever["parameter"]] for lever in action.levers if lever.get("parameter") in CAUSES}
    part = next((lever["where"]["part"] for lever in action.levers if lever.get("where", {}).get("part")), "")
    rows = [
        (cause, row["effects"].get(cause, 0.0))
        for row in (since["parts"] if since else ())
        for cause in sorted(causes)
        if (row["scope"], row["name"]) == (("part", part) if part else ("whole", row["name"]))
    ]
    return {**promised, "observed": [{"cause": cause, "moved": moved} for cause, moved in rows], "since": since}


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


def _write_json(path: Path, value: Any) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    partial.replace(path)
