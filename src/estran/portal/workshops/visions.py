"""Vision workshops: the facts to look at, the end of the vote, groups that become objectives or actions."""

from typing import Any

from django.db import transaction
from django.db.models import Sum

from estran.common.language import _
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.models import Diagnostic
from estran.portal.organisations.access import Access
from estran.portal.plan.models import Action, Objective
from estran.portal.results import figures
from estran.portal.workshops import idea_effects, sessions
from estran.portal.workshops.models import Group, Points, Vision


def gather_facts(access: Access) -> dict[str, Any]:
    """The facts that the room looks at first: the footprint, and the priorities of the diagnostic."""
    run = idea_effects.latest_run(access)
    diagnostic = access.of(Diagnostic).first()
    return {
        "run": run,
        "figures": figures.of(run) if run else None,
        "diagnostic": diagnostic,
        "priorities": assessment.assess_diagnostic(diagnostic).priorities if diagnostic else [],
    }


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
def promote_group(access: Access, group: Group, kind: str) -> Objective | Action:
    """Make the group an objective or an action, once; it names the workshop and the group it comes from."""
    group = Group.objects.select_for_update().select_related("vision").get(pk=group.pk)
    if group.outcome:
        return group.outcome
    origin = _("{workshop} : {idea}").format(workshop=group.vision.title, idea=group.title)
    values = {"organisation": access.organisation, "title": group.title, "idea": origin[:200]}
    outcome: Objective | Action
    if kind == "objective":
        outcome = group.objective = Objective.objects.create(**values)
    else:
        run = idea_effects.latest_run(access)
        outcome = group.action = Action.objects.create(
            **values, code=_next_free_code(access), status="to_discuss", levers=[group.lever] if group.lever else [],
            before=idea_effects.situation_before(run) if group.lever and run else None, changed_by=access.person,
        )  # fmt: skip
    group.save()
    access.record(_("a retenu une idée de l’atelier : {title}").format(title=group.title))
    return outcome


def _next_free_code(access: Access) -> str:
    taken = set(access.of(Action).values_list("code", flat=True))
    return next(code for code in (f"V{n}" for n in range(1, len(taken) + 2)) if code not in taken)
