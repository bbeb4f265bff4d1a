"""Votes: the strategy or the plan of a day becomes a version that never changes; what moved since is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.portal.common import catalogue_rows
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation
from estran.portal.plan.models import PLAN, STRATEGY, Act, Action, Ambition, Objective, Strategy, Version

Row = dict[str, Any]
CODED = {"status": "action_statuses", "priority": "action_priorities"}
OF_OBJECTIVE = ("title", "indicator", "unit", "start", "start_on", "target", "due_on")
OF_ACTION = (
    *("code", "title", "description", "status", "priority", "pilot_name", "elected", "partners", "starts_on"),
    *("ends_on", "total_budget", "indicators", "targets", "levers", "before", "beside"),
)


def content(organisation: Organisation, kind: str) -> Row:
    """What is voted: of a strategy its text, ambitions and objectives; of a plan its actions with their budgets."""
    if kind == STRATEGY:
        strategy = Strategy.objects.filter(organisation=organisation).select_related("base_run").first()
        ambitions = Ambition.objects.filter(organisation=organisation)
        objectives = Objective.objects.filter(organisation=organisation).select_related("ambition")
        return {
            "strategy": _strategy(strategy) if strategy else {},
            "ambitions": {str(one.pk): {"title": one.title, "text": one.text} for one in ambitions},
            "objectives": {
                str(one.pk): _said(one, OF_OBJECTIVE) | {"ambition": one.ambition.title if one.ambition else ""}
                for one in objectives
            },
        }
    actions = Action.objects.filter(organisation=organisation).select_related("objective", "entity", "pilot")
    return {"actions": {str(one.pk): _action(one) for one in actions.prefetch_related("budgets")}}


def _strategy(strategy: Strategy) -> Row:
    run = strategy.base_run
    return {
        "title": strategy.title, "text": strategy.text, "from_year": strategy.from_year, "to_year": strategy.to_year,
        "reduction": strategy.reduction, "base_run": run and f"{run.year} n° {run.pk} {run.sha256}",
    }  # fmt: skip


def _action(action: Action) -> Row:
    budgets = {
        f"{line.year} {line.nature}": {"forecast": line.forecast, "actual": line.actual}
        for line in action.budgets.all()
    }
    return _said(action, OF_ACTION) | {
        "pilot_name": action.piloted_by,
        "directorate": str(action.entity or ""),
        "objective": action.objective.title if action.objective else "",
        "budgets": budgets,
    }


def _said(row: Any, names: tuple[str, ...]) -> Row:
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def adopt(access: Access, kind: str, **vote: Any) -> Act:
    """Freeze the strategy or the plan of now with the vote that adopts it. Errors: CannotUse, recorded already."""
    with transaction.atomic():
        # One at a time: of two people, or of two clicks, the second finds the vote of the first.
        Organisation.objects.select_for_update().get(pk=access.organisation.pk)
        if access.of(Act).filter(version__kind=kind, number=vote["number"]).exists():
            what = _("Le vote {number} est déjà enregistré pour {what}.").format(number=vote["number"], what=said(kind))
            raise CannotUse(Problem(what, _("L’ouvrir dans « Votes » : ce qui a été voté ne change plus.")))
        written = json.dumps(content(access.organisation, kind), ensure_ascii=False, sort_keys=True, indent=1)
        last = access.of(Version).filter(kind=kind).order_by("-number").first()
        version = Version.objects.create(
            organisation=access.organisation, kind=kind, number=last.number + 1 if last else 1, content=written,
            sha256=hashlib.sha256(written.encode()).hexdigest(),
        )  # fmt: skip
        act = Act.objects.create(organisation=access.organisation, version=version, made_by=access.person, **vote)
        access.record(_("a enregistré le vote {number} ({what})").format(number=act.number, what=said(kind)))
    return act


def said(kind: str) -> str:
    """What was voted, in words."""
    return {STRATEGY: _("la stratégie"), PLAN: _("le plan d’action")}[kind]


def voted(version: Version) -> Row:
    """The content of a version. Its hash is checked: ValueError when a byte is not what was voted."""
    if hashlib.sha256(version.content.encode()).hexdigest() != version.sha256:
        raise ValueError(f"version {version.pk}")
    return json.loads(version.content)


def last(access: Access, kind: str) -> Act | None:
    """The last vote on the strategy or on the plan."""
    return access.of(Act).filter(version__kind=kind).select_related("version").first()


def moved(act: Act | None) -> list[Row]:
    """What moved since the vote: added, removed, or changed with the value before and after, one row per field."""
    if act is None:
        return []
    before, now = voted(act.version), content(act.organisation, act.version.kind)
    return list(_differences(before, json.loads(json.dumps(now))))


def _differences(before: Row, now: Row) -> Iterator[Row]:
    for section in now:
        old, new = before.get(section, {}), now[section]
        if section == "strategy":
            old, new = {"": old}, {"": new}
        for key in [*old, *(key for key in new if key not in old)]:
            title = (new.get(key) or old.get(key) or {}).get("title") or ""
            if key not in new:
                yield {"what": title, "field": "", "before": _("retiré"), "after": ""}
            elif key not in old:
                yield {"what": title, "field": "", "before": "", "after": _("ajouté")}
            else:
                for name in new[key]:
                    one, other = old[key].get(name), new[key][name]
                    if one != other:
                        yield {
                            "what": title,
                            "field": field(name),
                            "before": shown(one, name),
                            "after": shown(other, name),
                        }


def field(name: str) -> str:
    """The name of a voted field, in words."""
    return {
        "title": _("titre"), "text": _("texte"), "from_year": _("première année"), "to_year": _("dernière année"),
        "reduction": _("baisse visée"), "base_run": _("bilan de départ"), "indicator": _("indicateur"),
        "unit": _("unité"), "start": _("départ"), "start_on": _("date de départ"), "target": _("cible"),
        "due_on": _("échéance"), "ambition": _("ambition"), "code": _("code"), "description": _("descriptif"),
        "status": _("statut"), "priority": _("priorité"), "pilot_name": _("pilote"), "elected": _("élu référent"),
        "partners": _("partenaires"), "starts_on": _("début"), "ends_on": _("fin"),
        "total_budget": _("budget total"), "indicators": _("indicateurs"), "targets": _("cibles de la charte"),
        "levers": _("leviers"), "before": _("situation d’avant"), "beside": _("évité à côté"),
        "directorate": _("direction"), "objective": _("objectif"), "budgets": _("budget"),
    }[name]  # fmt: skip


def shown(value: Any, name: str = "") -> str:
    """A voted value as text; a status or a priority in words."""
    if value in (None, "", [], {}):
        return "–"
    if name in CODED:
        return catalogue_rows.code_label(CODED[name], value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    return str(value)
