"""Vision workshops: the facts to look at, the expected effect of ideas, the vote, what groups become in the plan.

The effect of an idea that changes the estate is what the engine computes on the latest run.
"""

import hashlib
import shutil
from itertools import count
from typing import Any

from django.db import transaction
from django.db.models import Sum

from estran.common.language import _
from estran.portal.common import storage
from estran.portal.common.catalogue_rows import general_types
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.models import Diagnostic
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.plan import effects
from estran.portal.plan.models import Action, Objective, Strategy
from estran.portal.results import figures
from estran.portal.results.models import Run
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Group, Points, Vision
from estran.projection import projections
from estran.projection.results import ProjectionResults

LIFETIME = "lifetime_years"
AHEAD = 5  # years from the run to the year the effect is read in: a whole renewal of the estate
ACTION_CODE = "IDEE"


def latest_run(access: Access) -> Run | None:
    """The run that workshops start from: that of the latest year, made from inventories if there is one."""
    computed = list(Run.counting.filter(organisation=access.organisation).select_related("inventory"))
    return next((run for run in computed if not run.estimate), computed[0] if computed else None)


def make_lever(general: list[str], part: str, parameter: str, value: float, first: int) -> dict[str, Any]:
    """A lever of a plan file on types with their variants; `value` in years of lifetime or in % of today's quantity."""
    rows: dict[str, Any] = {"item_type": [code for code, chosen in general_types().items() if chosen in general]}
    rows |= {"part": part} if part else {}
    change = {"set": value} if parameter == LIFETIME else {"times": value / 100}
    return {"where": rows, "parameter": parameter, **change, "from": first}


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
    return group.vision.organisation.url("workshops:group", group.pk)


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


def gather_facts(access: Access) -> dict[str, Any]:
    """The facts that the room looks at first: the footprint, and the priorities of the diagnostic."""
    run, diagnostic = latest_run(access), access.of(Diagnostic).first()
    priorities = assessment.assess_diagnostic(diagnostic).priorities if diagnostic else []
    shown = figures.of(run) if run else None
    return {"run": run, "figures": shown, "diagnostic": diagnostic, "priorities": priorities}


@transaction.atomic
def end_vote(vision: Vision) -> None:
    """End the vote: each group gets its points if enough people voted; those of each person are deleted."""
    vision = Vision.objects.select_for_update().get(pk=vision.pk)
    points = Points.objects.filter(group__vision=vision)
    transaction.on_commit(sessions.wipe_deleted_rows)
    vision.voters, vision.phase = points.values("participant").distinct().count(), Vision.RESULT
    if vision.voters >= sessions.FEWEST_ANSWERS:
        for group in vision.groups.all():
            group.points = points.filter(group=group).aggregate(sum=Sum("points"))["sum"] or 0
            group.save()
    points.delete()
    vision.save()


@transaction.atomic
def promote_group(access: Access, group: Group, kind: str) -> None:
    """Make the group an objective or an action, once; it names the workshop and the group it comes from."""
    group = Group.objects.select_for_update().select_related("vision").get(pk=group.pk)
    if group.outcome:
        return
    origin = _("{workshop} : {idea}").format(workshop=group.vision.title, idea=group.title)
    values = {"organisation": access.organisation, "title": group.title, "idea": origin[:200]}
    if kind == "objective":
        group.objective = Objective.objects.create(**values)
    else:
        run, taken = latest_run(access), set(access.of(Action).values_list("code", flat=True))
        group.action = Action.objects.create(
            **values, code=next(code for code in (f"V{n}" for n in count(1)) if code not in taken),
            status="to_discuss", levers=[group.lever] if group.lever else [], changed_by=access.person,
            before=situation_before(run) if group.lever and run else None,
        )  # fmt: skip
    group.save()
    access.record(_("a retenu une idée de l’atelier : {title}").format(title=group.title))
