"""How far the plan is: what the register « actions_followup » tells the indicators, read in the actions themselves."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max

from estran.portal.organisations.models import Organisation
from estran.portal.plan.models import Action

REGISTER = "actions_followup"
NOT_YET = ("", "to_discuss")  # not of the plan as long as it is not decided


def rows(organisation: Organisation) -> list[dict[str, Any]]:
    """One row per action that was decided; without any step done, one under way has not moved on."""
    found = Action.objects.filter(organisation=organisation).exclude(status__in=NOT_YET)
    return [_row(one) for one in found.select_related("entity", "pilot").prefetch_related("steps")]


def _row(action: Action) -> dict[str, Any]:
    return {
        "action_code": action.code, "status": action.status_said,
        "progress": 1 if action.status == "done" else action.progress or 0,
        "start_date": action.starts_on or "", "due_date": action.ends_on or "",
        "pilot": action.piloted_by or str(action.entity or "–"),
    }  # fmt: skip


def stamp(organisation: Organisation) -> str:
    """One word that changes with the actions and their steps."""
    found = Action.objects.filter(organisation=organisation).aggregate(n=Count("pk"), last=Max("changed_at"))
    return " ".join(map(str, found.values()))
