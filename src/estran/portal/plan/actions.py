"""Actions: who may change them, filters, budgets, attached files, those added from the catalogue."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.utils import timezone

from estran.common.language import _, ngettext
from estran.portal.common import catalogue_rows, storage
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Role
from estran.portal.plan.models import Action, Attachment, Budget

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


def save_budget(access: Access, action: Action, line: Row) -> None:
    """Save a line of the budget of an action."""
    key = {name: line[name] for name in ("year", "nature")}
    amounts = {name: line[name] for name in ("forecast", "actual")}
    Budget.objects.update_or_create(organisation=access.organisation, action=action, **key, defaults=amounts)


def budget_values(action: Action, line: Row) -> Row:
    """The saved line of the same year and nature."""
    key = {name: line[name] for name in ("year", "nature")}
    budget = action.budgets.filter(**key).first()
    return key | {name: getattr(budget, name, None) for name in ("forecast", "actual")}


def mark_changed(access: Access, action: Action) -> None:
    """Date a change of what belongs to the action but is not among its fields."""
    Action.objects.filter(pk=action.pk).update(changed_at=timezone.now(), changed_by=access.person)


def attach_file(access: Access, action: Action, file: UploadedFile) -> Attachment:
    """Attach a file to an action; its bytes are stored once, under their hash."""
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


def add_from_catalogue(access: Access, codes: Iterable[str]) -> int:
    """Add the actions of the catalogue that are not in the plan yet; those already carried out are under way."""
    known = set(access.of(Action).values_list("code", flat=True))
    position, added = len(known), 0
    for row in catalogue_rows.table_rows("actions"):
        if row["code"] in codes and row["code"] not in known:
            Action.objects.create(
                organisation=access.organisation, position=position + added, code=row["code"], title=row["title_fr"],
                status="doing" if row["kind"] == "existing" else "to_come",
                indicators=[code for code in row["indicators"].split("|") if code],
                targets=[code for code in row["targets"].split("|") if code], changed_by=access.person,
            )  # fmt: skip
            added += 1
    if added:
        audit = ngettext("a ajouté {n} action du catalogue", "a ajouté {n} actions du catalogue", added)
        access.record(audit.format(n=added))
    return added
