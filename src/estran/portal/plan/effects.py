"""The plan as the engine reads it, its projection, and what was observed since: nothing is computed here.

The plan file written here is what `estran project` takes; pages show the folder that the engine wrote from it.
"""

from __future__ import annotations

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
# The cause of a comparison that a parameter moves.
CAUSES = {
    "quantity": "volume", "use_share": "lifetime", "lifetime_years": "lifetime", "refurbished_share": "lifetime",
    "upstream_years": "lifetime", "reuse_rate": "lifetime", "kwh_per_unit": "electricity_use",
    "power_w": "electricity_use", "hours_per_year": "electricity_use", "pue": "electricity_use", "amount": "other",
}  # fmt: skip
UNDECIDED = ("dropped", "to_discuss")  # out of the plan that is projected
PROMISES = ("alone_stock", "share_stock", "avoided_stock", "low95_stock", "high95_stock", "avoided_flow", "note")


def text(strategy: Strategy, actions: list[Action]) -> str:
    """The plan file (TOML) of a strategy: the actions it has decided, with their levers, costs and sources."""
    lines = [f"name = {_value(strategy.title)}"]
    if strategy.base_run:
        lines.append(f"base_year = {strategy.base_run.year}")
    lines.append(f"target_year = {strategy.to_year}")
    if strategy.reduction:
        lines += ["", "[target]", 'criterion = "gwp"', f"reduction = {_value(strategy.reduction)}"]
    for action in actions:
        if action.status not in UNDECIDED:
            lines += ["", *_action(action)]
    return "\n".join(lines) + "\n"


def _action(action: Action) -> list[str]:
    lines = ["[[actions]]", f"code = {_value(action.code)}", f"title = {_value(action.title)}"]
    if action.indicators:
        lines.append(f"indicator = {_value(action.indicators[0])}")
    if action.before:
        lines.append(f"before = {_value(action.before)}")
    for lever in action.levers:
        lines += ["", "[[actions.levers]]", *(f"{key} = {_value(value)}" for key, value in lever.items())]
    for year, costs in sorted(costs_of(action).items()):
        lines += ["", f"[actions.costs.{year}]", *(f"{nature} = {_value(euros)}" for nature, euros in costs.items())]
    for one in action.beside:
        lines += ["", "[[actions.beside]]", *(f"{key} = {_value(value)}" for key, value in one.items())]
    return lines


def costs_of(action: Action) -> dict[int, dict[str, float]]:
    """Year → nature → euros: what was spent, else what is forecast."""
    found: dict[int, dict[str, float]] = {}
    for line in action.budgets.all() if action.pk else ():
        euros = line.forecast if line.actual is None else line.actual
        if euros is not None:
            found.setdefault(line.year, {})[line.nature] = euros
    return found


def _value(value: Any) -> str:
    """A value of TOML; a text is written as in JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def actions_of(organisation: Organisation) -> list[Action]:
    """The actions of an organisation with their budgets, in order."""
    return list(organisation.actions.prefetch_related("budgets"))


def problems(strategy: Strategy, action: Action) -> list[Problem]:
    """What the engine would refuse of one action, in its own words."""
    work = storage.folder("checks")
    work.mkdir(parents=True, exist_ok=True)
    path = work / f"{action.organisation_id}-{action.pk or 'new'}.toml"
    path.write_text(text(strategy, [action]), encoding="utf-8")
    try:
        plans.read_plan(path)
    except CannotUse as error:
        return list(error.problems)
    finally:
        path.unlink(missing_ok=True)
    return []


def current(access: Access) -> tuple[Strategy | None, str]:
    """The strategy and its plan file of now."""
    strategy = access.of(Strategy).select_related("base_run").first()
    return strategy, text(strategy, actions_of(access.organisation)) if strategy else ""


def projection(access: Access, strategy: Strategy | None, plan: str) -> tuple[Projection | None, bool]:
    """The last projection that was computed, and whether it is that of the plan of now."""
    found = access.of(Projection).filter(computed_at__isnull=False).select_related("run").first()
    fresh = found and strategy and (found.sha256, found.run_id) == (_hash(plan), strategy.base_run_id)
    return found, bool(fresh)


def ask(access: Access) -> Job:
    """Project the plan of now on the run it starts from. Errors: CannotUse, no strategy or no run."""
    strategy, plan = current(access)
    if strategy is None or strategy.base_run is None:
        what = _("Le plan n’a pas de bilan de départ.")
        raise CannotUse(Problem(what, _("Le choisir dans la stratégie.")))
    values = {"made_by": access.person}
    made, _new = Projection.objects.get_or_create(
        organisation=access.organisation, run=strategy.base_run, sha256=_hash(plan), defaults=values
    )
    if made.computed_at is None:
        shutil.rmtree(made.place, ignore_errors=True)
        made.place.mkdir(parents=True)
        (made.place / "plan.toml").write_text(plan, encoding="utf-8")
    else:
        # Asked again: it becomes the last one.
        Projection.objects.filter(pk=made.pk).update(asked_at=timezone.now())
    access.record(_("a demandé la projection du plan (n° {n})").format(n=made.pk))
    return queue.ask_job(access, "projection", str(made.pk), _("Projection du plan"), projection=made.pk)


def carry_out(job: Job) -> str:
    """Work: what `estran project` does with the run and the plan file, then what was observed between frozen runs."""
    made = Projection.objects.select_related("run", "organisation").get(pk=job.subject["projection"])
    if made.computed_at is None:
        projections.project_estate(made.run.folder, made.place / "plan.toml", made.folder)
        _keep(made.place / "shown.json", shown(made.folder))
        _keep(made.place / "observed.json", observed(made.organisation))
        made.computed_at = timezone.now()
        made.save(update_fields=["computed_at"])
    return reverse("plan:effects", args=(made.organisation.slug,))


def shown(folder: Path) -> Row:
    """What pages show of a projection folder: code → promised effect in kg CO2 eq (negative: less), and the whole."""
    prospects = ProjectionResults(folder)
    project = prospects.project
    return {
        "actions": {row["code"]: {name: row.get(name) for name in PROMISES} for row in prospects.actions},
        "joint": prospects.joint,
        "unit": prospects.unit,
        "years": [project["base_year"] + 1, project["cumulative_to"]],
        "base": project["base"].get(prospects.criterion),
        "target": (project["target"] or {}).get("value"),
        "reached": next(row for row in prospects.years if row["year"] == project["cumulative_to"]),
        "waypoints": {row["year"]: row["plan_stock"] for row in prospects.years},
    }


def observed(organisation: Organisation) -> Row | None:
    """Between the first and the last frozen run: what each cause moved, kg CO2 eq a year; None if no two compare."""
    frozen = list(Run.objects.filter(organisation=organisation, baseline__isnull=False).order_by("year", "pk"))
    if len(frozen) < 2 or frozen[0].year == frozen[-1].year:
        return None
    try:
        found = compare_runs(frozen[0].folder, frozen[-1].folder)
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
            for part in (found.whole, *found.parts)
        ],
    }


def read(found: Projection | None, name: str) -> Any:
    """A file kept beside a projection (« shown » or « observed »); None without."""
    path = found.place / f"{name}.json" if found else None
    return json.loads(path.read_text("utf-8")) if path and path.exists() else None


def of_action(action: Action, found: Projection | None) -> Row | None:
    """What the projection promises of one action, what has been observed since; None before any projection."""
    promised = (read(found, "shown") or {"actions": {}})["actions"].get(action.code)
    if promised is None:
        return None
    since = read(found, "observed")
    causes = {CAUSES[lever["parameter"]] for lever in action.levers if lever.get("parameter") in CAUSES}
    part = next((lever["where"]["part"] for lever in action.levers if lever.get("where", {}).get("part")), "")
    rows = [
        (cause, row["effects"].get(cause, 0.0))
        for row in (since["parts"] if since else ())
        for cause in sorted(causes)
        if (row["scope"], row["name"]) == (("part", part) if part else ("whole", row["name"]))
    ]
    return {**promised, "observed": [{"cause": cause, "moved": moved} for cause, moved in rows], "since": since}


def exported(access: Access) -> bytes:
    """What `estran project` needs to give the same projection: the plan file and the run, in a zip."""
    strategy, plan = current(access)
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


def _keep(path: Path, value: Any) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    partial.replace(path)
