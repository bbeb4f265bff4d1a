"""Actions: who may change them, filters, budgets, attached files, the catalogue, the timeline, their progress."""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from estran.common.files import write_whole
from estran.common.language import _, ngettext
from estran.common.shipped import text_rows
from estran.portal.common import catalogue_rows
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation, Role
from estran.portal.plan.models import Action, Attachment, Budget, Strategy

Row = dict[str, Any]
PER_PAGE = 30


def may_change(access: Access, action: Action) -> bool:
    """Officers, the person who leads the action, and contributors of its directorate."""
    if access.manages:
        return True
    if not access.may(Role.CONTRIBUTOR):
        return False
    own = action.entity_id is not None and access.entities().filter(pk=action.entity_id).exists()
    return own or action.pilot_id == access.person.pk


def get_editable_action(access: Access, number: int) -> Action:
    """An action that the person may change, else 404 or 403."""
    action = access.get(Action, pk=number)
    if not may_change(access, action):
        raise PermissionDenied
    return action


def own_actions(access: Access) -> QuerySet:
    """The open actions that the person leads, and those of the directorates he writes for."""
    led = Q(pilot=access.person)
    if not access.manages:
        led |= Q(entity__in=access.entities())
    return access.of(Action).filter(led).exclude(status__in=catalogue_rows.CLOSED).select_related("entity", "pilot")


def filter_actions(access: Access, filters: Any) -> QuerySet:
    """The actions that match the filters of a URL: status, objective, directorate, priority, words."""
    actions = access.of(Action).select_related("entity", "pilot", "objective")
    for name in ("status", "priority"):
        if filters.get(name):
            actions = actions.filter(**{name: filters[name]})
    for name in ("objective", "entity"):
        if str(filters.get(name, "")).isdigit():
            actions = actions.filter(**{f"{name}_id": filters[name]})
    if words := filters.get("words", "").strip():
        actions = actions.filter(Q(title__icontains=words) | Q(description__icontains=words) | Q(code__iexact=words))
    return actions


def save_budget(action: Action, *, year: int, nature: str, **euros: float | None) -> None:
    """Save a line of the budget of an action: euros forecast and spent."""
    owner = {"organisation": action.organisation, "action": action}
    Budget.objects.update_or_create(**owner, year=year, nature=nature, defaults=euros)


def budget_values(action: Action, *, year: int, nature: str, **euros: float | None) -> Row:
    """The saved line of the same year and nature."""
    budget = action.budgets.filter(year=year, nature=nature).first()
    return {"year": year, "nature": nature} | {name: getattr(budget, name, None) for name in euros}


def mark_changed(access: Access, action: Action) -> None:
    """Date a change of what belongs to the action but is not among its fields."""
    Action.objects.filter(pk=action.pk).update(changed_at=timezone.now(), changed_by=access.person)


def attach_file(access: Access, action: Action, file: UploadedFile) -> Attachment:
    """Attach a file to an action; its bytes are stored once, under their hash."""
    content = file.read()
    attachment = Attachment(
        organisation=access.organisation, action=action, name=(file.name or _("fichier"))[:200], size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    if not attachment.path.exists():
        write_whole(attachment.path, content)
    access.record(_("a joint un fichier à l’action {code}").format(code=action.code))
    attachment.save()
    return attachment


def add_from_catalogue(access: Access, codes: Iterable[str]) -> int:
    """Add the actions of the catalogue that are not in the plan yet; those already carried out are under way."""
    known = set(access.of(Action).values_list("code", flat=True))
    position, added = len(known), 0
    for row in text_rows("actions"):
        if row["code"] in codes and row["code"] not in known:
            access.add(
                Action, position=position + added, code=row["code"], title=row["title_fr"],
                status="doing" if row["kind"] == "existing" else "to_come",
                indicators=[code for code in row["indicators"].split("|") if code],
                targets=[code for code in row["targets"].split("|") if code], changed_by=access.person,
            )  # fmt: skip
            added += 1
    if added:
        audit = ngettext("a ajouté {n} action du catalogue", "a ajouté {n} actions du catalogue", added)
        access.record(audit.format(n=added))
    return added


# --- the timeline ------------------------------------------------------------------------------------------------

LEFT, WIDTH, ROW_HEIGHT, TOP = 150, 640, 22, 24  # pixels of the drawing


def lay_out_timeline(actions: list[Action], strategy: Strategy | None) -> Row:
    """The timeline of actions over whole years, as it is drawn, in pixels.

    `bars`: one per action that has a date (x, y, width, `open_end` when it has no end); `years` with their place;
    `today`, its place, None when it is outside; `without`: the actions without a date.
    """
    dated = [action for action in actions if action.starts_on or action.ends_on]
    today = timezone.localdate()
    dates = [day.year for action in dated for day in (action.starts_on, action.ends_on) if day] or [today.year]
    first, last = min(dates), max([*dates, *([strategy.to_year] if strategy else [])]) + 1
    origin, end = date(first, 1, 1), date(last, 1, 1)
    scale = (WIDTH - LEFT) / (end - origin).days

    def x(day: date) -> float:
        return round(LEFT + (day - origin).days * scale, 1)

    bars = []
    for row, action in enumerate(dated):
        left, right = x(action.starts_on or action.ends_on), x(action.ends_on or end)
        size = {"width": max(3.0, round(right - left, 1)), "open_end": action.ends_on is None}
        bars.append({"action": action, "x": left, "y": TOP + row * ROW_HEIGHT, **size})
    return {
        "bars": bars, "width": WIDTH, "height": TOP + len(dated) * ROW_HEIGHT + 6,
        "years": [(year, x(date(year, 1, 1))) for year in range(first, last, max(1, (last - first) // 10 + 1))],
        "today": x(today) if origin <= today < end else None,
        "without": [action for action in actions if action not in dated],
    }  # fmt: skip


# --- the progress of the plan: the register « actions_followup » of the indicators -------------------------------

PROGRESS_REGISTER = "actions_followup"
NOT_DECIDED = ("", "to_discuss")  # statuses of actions that are not in the plan yet


def progress_rows(organisation: Organisation) -> list[Row]:
    """One row per decided action; one under way without any step done has no progress."""
    decided = organisation.actions.exclude(status__in=NOT_DECIDED)
    return [
        {
            "action_code": action.code, "status": action.status_label,
            "progress": 1 if action.status == "done" else action.progress or 0,
            "start_date": action.starts_on or "", "due_date": action.ends_on or "",
            "pilot": action.piloted_by or str(action.entity or "–"),
        }
        for action in decided.select_related("entity", "pilot").prefetch_related("steps")
    ]  # fmt: skip


def progress_stamp(organisation: Organisation) -> str:
    """A text that changes whenever the actions or their steps do."""
    totals = organisation.actions.aggregate(n=Count("pk"), last=Max("changed_at"))
    return " ".join(map(str, totals.values()))
