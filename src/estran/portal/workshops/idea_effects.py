"""The expected effect of an idea that changes the estate, as the engine computes it on the latest run."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import Any

from django.urls import reverse

from estran.common.language import _
from estran.portal.common import storage
from estran.portal.common.catalogue_rows import general_types
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.results.models import Run
from estran.portal.workshops.models import Group
from estran.projection import projections
from estran.projection.results import ProjectionResults

AHEAD = 5  # years from the run to the year the effect is read in: a whole renewal of the estate
CODE = "IDEE"


def latest_run(access: Access) -> Run | None:
    """The run that facts and effects start from: the latest year, one made from inventories if there is one."""
    computed = list(access.of(Run).filter(computed_at__isnull=False).select_related("inventory"))
    return next((run for run in computed if not run.estimate), computed[0] if computed else None)


def where(types: list[str], part: str) -> dict[str, Any]:
    """The rows a lever acts on: these types with their variants, in one part of the perimeter or everywhere."""
    found: dict[str, Any] = {"item_type": [code for code, general in general_types().items() if general in types]}
    return found | ({"part": part} if part else {})


def levers(group: Group) -> list[dict[str, Any]]:
    """The lever of a group in the words of a plan file, none without one."""
    return [group.lever] if group.lever else []


def before(run: Run) -> dict[str, str]:
    """An idea is for tomorrow: what it changes is what the inventory says today."""
    return {"value": "inventory", "source": _("bilan {year}").format(year=run.year)}


def plan(group: Group, run: Run) -> str:
    """A plan file with the group as its only action."""
    where = ", ".join(f"{column} = {json.dumps(value)}" for column, value in group.lever["where"].items())
    return "\n".join(
        [
            f"name = {json.dumps(group.title, ensure_ascii=False)}",
            f"base_year = {run.year}",
            f"target_year = {run.year + AHEAD}",
            "[[actions]]",
            f'code = "{CODE}"',
            f"title = {json.dumps(group.title, ensure_ascii=False)}",
            f'before = {{ value = "inventory", source = {json.dumps(before(run)["source"], ensure_ascii=False)} }}',
            "[[actions.levers]]",
            f"where = {{ {where} }}",
            *(f"{key} = {json.dumps(value)}" for key, value in group.lever.items() if key != "where"),
            "",
        ]
    )


def ask(access: Access, group: Group, run: Run) -> Job:
    """The effect of a group, in the queue; the same lever on the same run is one job."""
    key = hashlib.sha256(f"{group.pk} {run.pk} {plan(group, run)}".encode()).hexdigest()
    title = _("Effet attendu : {idea}").format(idea=group.title)
    return queue.ask(access, "idea", key, title[:200], group=group.pk, run=run.pk)


def carry_out(job: Job) -> str:
    """Work: the effect of a group on a run."""
    group = Group.objects.select_related("vision__organisation").get(pk=job.subject["group"])
    compute(group, Run.objects.get(pk=job.subject["run"]))
    return reverse("workshops:group", args=(group.vision.organisation.slug, group.pk))


def compute(group: Group, run: Run) -> None:
    """Project a run under a group alone, and keep what it changes in the stock view, in kg CO2 eq a year."""
    place = storage.folder("ideas", group.pk)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "plan.toml").write_text(plan(group, run), encoding="utf-8")
    projections.project_estate(run.folder, place / "plan.toml", place / "projection", criteria=("gwp",))
    avoided = ProjectionResults(place / "projection").by_year.get(CODE, [0.0])[-1]
    group.effect = {"kg": -avoided, "year": run.year + AHEAD, "run": run.pk, "run_year": run.year}
    group.save()
