"""The expected effect of an idea that changes the estate, as the engine computes it on the latest run."""

import hashlib
import shutil
from typing import Any

from django.urls import reverse

from estran.common.language import _
from estran.portal.common import storage
from estran.portal.common.catalogue_rows import general_types
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.plan import effects
from estran.portal.plan.models import Action, Strategy
from estran.portal.results.models import Run
from estran.portal.workshops.models import Group
from estran.projection import projections
from estran.projection.results import ProjectionResults

AHEAD = 5  # years from the run to the year the effect is read in: a whole renewal of the estate
ACTION_CODE = "IDEE"


def latest_run(access: Access) -> Run | None:
    """The run that workshops start from: that of the latest year, made from inventories if there is one."""
    computed = list(access.of(Run).filter(computed_at__isnull=False).select_related("inventory"))
    return next((run for run in computed if not run.estimate), computed[0] if computed else None)


def lever_rows(general: list[str], part: str) -> dict[str, Any]:
    """The rows a lever acts on: these types with their variants, in one part of the perimeter or everywhere."""
    rows: dict[str, Any] = {"item_type": [code for code, chosen in general_types().items() if chosen in general]}
    return rows | ({"part": part} if part else {})


def situation_before(run: Run) -> dict[str, str]:
    """The situation before an idea: what the inventory says today."""
    return {"value": "inventory", "source": _("bilan {year}").format(year=run.year)}


def plan_of_group(group: Group, run: Run) -> str:
    """A plan file with the group as its only action."""
    strategy = Strategy(title=group.title, base_run=run, to_year=run.year + AHEAD)
    action = Action(code=ACTION_CODE, title=group.title, levers=[group.lever], before=situation_before(run))
    return effects.plan_text(strategy, [action])


def ask_effect(access: Access, group: Group, run: Run) -> Job:
    """Ask the queue for the effect of a group; the same lever on the same run is one job."""
    key = hashlib.sha256(f"{group.pk} {run.pk} {plan_of_group(group, run)}".encode()).hexdigest()
    title = _("Effet attendu : {idea}").format(idea=group.title)
    return queue.ask_job(access, "idea", key, title[:200], group=group.pk, run=run.pk)


def compute_effect(job: Job) -> str:
    """Compute the effect of the group of a job; the address of its page."""
    group = Group.objects.select_related("vision__organisation").get(pk=job.subject["group"])
    compute_effect_of_group(group, Run.objects.get(pk=job.subject["run"]))
    return reverse("workshops:group", args=(group.vision.organisation.slug, group.pk))


def compute_effect_of_group(group: Group, run: Run) -> None:
    """Project a run with a group as its only action, and save the change of the stock view, in kg CO2 eq a year."""
    folder = storage.folder("ideas", group.pk)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "plan.toml").write_text(plan_of_group(group, run), encoding="utf-8")
    projections.project_estate(run.folder, folder / "plan.toml", folder / "projection", criteria=("gwp",))
    avoided = ProjectionResults(folder / "projection").by_year.get(ACTION_CODE, [0.0])[-1]
    group.effect = {"kg": -avoided, "year": run.year + AHEAD, "run": run.pk, "run_year": run.year}
    group.save()
