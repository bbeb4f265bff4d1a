"""What happens in a vision workshop: the facts shown, the result of the vote, what each kept group becomes."""

from __future__ import annotations

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


def facts(access: Access) -> dict[str, Any]:
    """What the room looks at before it thinks: the footprint, the priorities of the diagnostic."""
    run = idea_effects.latest_run(access)
    diagnostic = access.of(Diagnostic).first()
    return {
        "run": run,
        "figures": figures.of(run) if run else None,
        "diagnostic": diagnostic,
        "priorities": assessment.assess_diagnostic(diagnostic).priorities if diagnostic else [],
    }


@transaction.atomic
def show_result(found: Vision) -> None:
    """End the vote: each group has its points if five people voted; what each person gave is deleted."""
    found = Vision.objects.select_for_update().get(pk=found.pk)
    given = Points.objects.filter(group__vision=found)
    transaction.on_commit(sessions.wipe)
    found.voters, found.phase = given.values("participant").distinct().count(), Vision.RESULT
    if found.voters >= sessions.FEWEST:
        for group in found.groups.all():
            group.points = given.filter(group=group).aggregate(sum=Sum("points"))["sum"] or 0
            group.save()
    given.delete()
    found.save()


@transaction.atomic
def keep(access: Access, found: Group, kind: str) -> Objective | Action:
    """Make the group an objective or an action, once; either remembers the workshop and the group."""
    found = Group.objects.select_for_update().select_related("vision").get(pk=found.pk)
    if found.kept:
        return found.kept
    trace = _("{workshop} : {idea}").format(workshop=found.vision.title, idea=found.title)
    said = {"organisation": access.organisation, "title": found.title, "idea": trace[:200]}
    made: Objective | Action
    if kind == "objective":
        made = found.objective = Objective.objects.create(**said)
    else:
        run = idea_effects.latest_run(access)
        made = found.action = Action.objects.create(
            **said, code=_free_code(access), status="to_discuss", levers=idea_effects.levers(found),
            before=idea_effects.before(run) if found.lever and run else None, changed_by=access.person,
        )  # fmt: skip
    found.save()
    access.record(_("a retenu une idée de l’atelier : {title}").format(title=found.title))
    return made


def _free_code(access: Access) -> str:
    taken = set(access.of(Action).values_list("code", flat=True))
    return next(code for code in (f"V{n}" for n in range(1, len(taken) + 2)) if code not in taken)
