"""The progress of the plan: the register « actions_followup » of the indicators, read from the actions themselves."""

from typing import Any

from django.db.models import Count, Max

from estran.portal.organisations.models import Organisation
from estran.portal.plan.models import Action

REGISTER = "actions_followup"
NOT_DECIDED = ("", "to_discuss")  # statuses of actions that are not in the plan yet


def progress_rows(organisation: Organisation) -> list[dict[str, Any]]:
    """One row per decided action; one under way without any step done has no progress."""
    actions = Action.objects.filter(organisation=organisation).exclude(status__in=NOT_DECIDED)
    return [_row(action) for action in actions.select_related("entity", "pilot").prefetch_related("steps")]


def _row(action: Action) -> dict[str, Any]:
    return {
        "action_code": action.code, "status": action.status_label,
        "progress": 1 if action.status == "done" else action.progress or 0,
        "start_date": action.starts_on or "", "due_date": action.ends_on or "",
        "pilot": action.piloted_by or str(action.entity or "–"),
    }  # fmt: skip


def progress_stamp(organisation: Organisation) -> str:
    """A text that changes whenever the actions or their steps do."""
    totals = Action.objects.filter(organisation=organisation).aggregate(n=Count("pk"), last=Max("changed_at"))
    return " ".join(map(str, totals.values()))
