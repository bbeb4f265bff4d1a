"""Actions: who may change them, changes that nobody loses in silence, files, the timeline, those of the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.utils import timezone

from estran.common.language import _, ngettext
from estran.portal.common import catalogue_rows, storage
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Role
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


def to_change(access: Access, number: int) -> Action:
    """An action that the person may change, else 404 or 403."""
    action = access.get(Action, pk=number)
    if not may_change(access, action):
        raise PermissionDenied
    return action


def mine(access: Access) -> QuerySet:
    """The open actions that the person leads, and those of the directorates he writes for."""
    led = Q(pilot=access.person)
    if not access.manages:
        led |= Q(entity__in=access.entities())
    return access.of(Action).filter(led).exclude(status__in=catalogue_rows.CLOSED).select_related("entity", "pilot")


def filtered(access: Access, asked: Any) -> QuerySet:
    """The actions an address asks for: status, objective, directorate, priority, words."""
    found = access.of(Action).select_related("entity", "pilot", "objective")
    for name in ("status", "priority"):
        if asked.get(name):
            found = found.filter(**{name: asked[name]})
    for name in ("objective", "entity"):
        if str(asked.get(name, "")).isdigit():
            found = found.filter(**{f"{name}_id": asked[name]})
    if words := asked.get("words", "").strip():
        found = found.filter(Q(title__icontains=words) | Q(description__icontains=words) | Q(code__iexact=words))
    return found


def keep_budget(access: Access, action: Action, line: Row) -> None:
    """Write one line of the budget of an action."""
    key = {name: line[name] for name in ("year", "nature")}
    amounts = {name: line[name] for name in ("forecast", "actual")}
    Budget.objects.update_or_create(organisation=access.organisation, action=action, **key, defaults=amounts)


def budget_now(action: Action, line: Row) -> Row:
    """The line of the same year and nature, as it is."""
    key = {name: line[name] for name in ("year", "nature")}
    found = action.budgets.filter(**key).first()
    return key | {name: getattr(found, name, None) for name in ("forecast", "actual")}


def touch(access: Access, action: Action) -> None:
    """Say that what goes with the action changed, without being a change of its fields."""
    Action.objects.filter(pk=action.pk).update(changed_at=timezone.now(), changed_by=access.person)


def attach(access: Access, action: Action, file: UploadedFile) -> Attachment:
    """Keep a file with an action: its bytes once, under their hash."""
    content = file.read()
    sha256 = hashlib.sha256(content).hexdigest()
    path = storage.folder("files", access.organisation.pk, sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        partial.write_bytes(content)
        partial.replace(path)
    access.record(_("a joint un fichier à l’action {code}").format(code=action.code))
    return Attachment.objects.create(
        organisation=access.organisation, action=action, name=(file.name or _("fichier"))[:200], sha256=sha256,
        size=len(content),
    )  # fmt: skip


def from_catalogue(access: Access, codes: Iterable[str]) -> int:
    """Add actions of the catalogue that are not there yet; those the deliberation names already are under way."""
    there = set(access.of(Action).values_list("code", flat=True))
    position, made = len(there), 0
    for row in catalogue_rows.table_rows("actions"):
        if row["code"] in codes and row["code"] not in there:
            Action.objects.create(
                organisation=access.organisation, position=position + made, code=row["code"], title=row["title_fr"],
                status="doing" if row["kind"] == "existing" else "to_come",
                indicators=[code for code in row["indicators"].split("|") if code],
                targets=[code for code in row["targets"].split("|") if code], changed_by=access.person,
            )  # fmt: skip
            made += 1
    if made:
        said = ngettext("a ajouté {n} action du catalogue", "a ajouté {n} actions du catalogue", made)
        access.record(said.format(n=made))
    return made


@dataclass(frozen=True)
class Bar:
    """One action on the timeline, in the units of the drawing; `open_end`: no end date is known."""

    action: Action
    x: float
    width: float
    y: int
    open_end: bool


@dataclass(frozen=True)
class Timeline:
    """Bars of actions over the years of a strategy."""

    bars: list[Bar]
    years: list[tuple[int, float]]
    today: float | None
    height: int
    without: list[Action]


LEFT, WIDTH, ROW = 150, 640, 22


def timeline(actions: Iterable[Action], strategy: Strategy | None) -> Timeline:
    """The actions that have a start or an end, over whole years."""
    listed = list(actions)
    dated = [one for one in listed if one.starts_on or one.ends_on]
    without = [one for one in listed if not (one.starts_on or one.ends_on)]
    today = timezone.localdate()
    found = [day.year for one in dated for day in (one.starts_on, one.ends_on) if day] or [today.year]
    first, last = min(found), max([*found, *([strategy.to_year] if strategy else [])]) + 1
    scale = (WIDTH - LEFT) / ((date(last, 1, 1) - date(first, 1, 1)).days)

    def x(day: date) -> float:
        return round(LEFT + (day - date(first, 1, 1)).days * scale, 1)

    bars = []
    for row, one in enumerate(dated):
        start, end = one.starts_on or one.ends_on, one.ends_on or date(last, 1, 1)
        assert start
        begin = x(start)
        bars.append(Bar(one, begin, max(3.0, round(x(end) - begin, 1)), 24 + row * ROW, one.ends_on is None))
    every = max(1, (last - first) // 10 + 1)
    years = [(year, x(date(year, 1, 1))) for year in range(first, last, every)]
    now = x(today) if date(first, 1, 1) <= today < date(last, 1, 1) else None
    return Timeline(bars, years, now, 24 + len(dated) * ROW + 6, without)
