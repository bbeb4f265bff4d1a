"""Votes: the strategy or the plan of a day becomes a version that never changes; the changes since a vote."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from estran.catalogue import labels
from estran.common.formatting import day
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse, Problem
from estran.portal.common import catalogue_rows
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation
from estran.portal.plan.models import PLAN, STRATEGY, Act, Action, Ambition, Objective, Strategy, Version

Row = dict[str, Any]
LABEL_TABLES = {"status": "action_statuses", "priority": "action_priorities"}
STRATEGY_FIELDS = ("title", "text", "from_year", "to_year", "reduction")
OBJECTIVE_FIELDS = ("title", "indicator", "unit", "start", "start_on", "target", "due_on")
ACTION_FIELDS = (
    *("code", "title", "description", "status", "priority", "pilot_name", "elected", "partners", "starts_on"),
    *("ends_on", "total_budget", "indicators", "targets", "levers", "before", "beside"),
)


def content_to_vote(organisation: Organisation, kind: str) -> Row:
    """The content that a vote adopts: text, ambitions and objectives of a strategy; actions and budgets of a plan."""
    if kind == STRATEGY:
        strategy = Strategy.objects.filter(organisation=organisation).select_related("base_run").first()
        ambitions, objectives = organisation.ambitions.all(), organisation.objectives.select_related("ambition")
        return {
            "strategy": _strategy_content(strategy) if strategy else {},
            "ambitions": {str(row.pk): {"title": row.title, "text": row.text} for row in ambitions},
            "objectives": {
                str(row.pk): _field_values(row, OBJECTIVE_FIELDS) | {"ambition": _title(row.ambition)}
                for row in objectives
            },
        }
    actions = organisation.actions.select_related("objective", "entity", "pilot").prefetch_related("budgets")
    return {"actions": {str(row.pk): _action_content(row) for row in actions}}


def _strategy_content(strategy: Strategy) -> Row:
    run = strategy.base_run
    values = _field_values(strategy, STRATEGY_FIELDS)
    return values | {"base_run": run and f"{run.year} n° {run.pk} {run.sha256}"}


def _action_content(action: Action) -> Row:
    lines = action.budgets.all()
    return _field_values(action, ACTION_FIELDS) | {
        "pilot_name": action.piloted_by, "directorate": str(action.entity or ""), "objective": _title(action.objective),
        "budgets": {f"{line.year} {line.nature}": _field_values(line, ("forecast", "actual")) for line in lines},
    }  # fmt: skip


def _title(row: Ambition | Objective | None) -> str:
    return row.title if row else ""


def _field_values(row: Any, names: tuple[str, ...]) -> Row:
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def record_vote(access: Access, kind: str, corrects: Act | None = None, **vote: Any) -> Act:
    """Record a vote, and freeze the strategy or the plan that it adopts; a correction adopts the text of the act it
    corrects. Errors: CannotUse, recorded already.
    """
    with transaction.atomic():
        # Locked: of two people, or two clicks, the second sees the vote of the first.
        Organisation.objects.select_for_update().get(pk=access.organisation.pk)
        same = access.of(Act).filter(version__kind=kind, number=vote["number"], correction__isnull=True)
        if same.exclude(pk=corrects.pk if corrects else None).exists() or (corrects and corrects.corrected):
            what = _("Le vote {number} est déjà enregistré pour {what}.")
            remedy = _("L’ouvrir dans « Votes » : ce qui a été voté ne change plus.")
            raise CannotUse(Problem(what.format(number=vote["number"], what=kind_label(kind)), remedy))
        text = json.dumps(content_to_vote(access.organisation, kind), ensure_ascii=False, sort_keys=True, indent=1)
        if corrects:
            text = corrects.version.content
        previous = access.of(Version).filter(kind=kind).order_by("-number").first()
        version = access.add(
            Version, kind=kind, number=previous.number + 1 if previous else 1, content=text,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
        )  # fmt: skip
        act = access.add(Act, version=version, corrects=corrects, recorded_at=timezone.now(), **vote)
        access.record(_("a enregistré le vote {number} ({what})").format(number=act.number, what=kind_label(kind)))
    return act


def kind_label(kind: str) -> str:
    """The strategy or the plan, in words."""
    return {STRATEGY: _("la stratégie"), PLAN: _("le plan d’action")}[kind]


def read_version(version: Version) -> Row:
    """The content of a version. Errors: ValueError when it does not have the hash of what was voted."""
    if hashlib.sha256(version.content.encode()).hexdigest() != version.sha256:
        raise ValueError(f"version {version.pk}")
    return json.loads(version.content)


def last_vote(access: Access, kind: str) -> Act | None:
    """The last vote on the strategy or on the plan."""
    return access.of(Act).filter(version__kind=kind).select_related("version").first()


def last_votes(access: Access) -> list[Act]:
    """The last vote on the strategy, then on the plan, where there is one."""
    return [act for kind in (STRATEGY, PLAN) if (act := last_vote(access, kind))]


def changes_since_vote(act: Act) -> list[Row]:
    """The changes since a vote: added, removed, or changed with the value before and after, one row per field."""
    before, now = read_version(act.version), content_to_vote(act.organisation, act.version.kind)
    return list(_differences(before, json.loads(json.dumps(now))))


def _differences(before: Row, now: Row) -> Iterator[Row]:
    for section in now:
        old, new = before.get(section, {}), now[section]
        if section == "strategy":
            old, new = {"": old}, {"": new}
        for key in dict.fromkeys((*old, *new)):
            title = (new.get(key) or old.get(key) or {}).get("title") or ""
            if key not in new:
                yield {"what": title, "field": "", "before": _("retiré"), "after": ""}
            elif key not in old:
                yield {"what": title, "field": "", "before": "", "after": _("ajouté")}
            else:
                for name, value in new[key].items():
                    if old[key].get(name) != value:
                        texts = [format_value(each, name) for each in (old[key].get(name), value)]
                        yield {
                            "what": title,
                            "field": labels.word("voted", name),
                            "before": texts[0],
                            "after": texts[1],
                        }


def format_value(value: Any, name: str = "") -> str:
    """A voted value as text; a status or a priority in words."""
    if value in (None, "", [], {}):
        return "–"
    if name in LABEL_TABLES:
        return catalogue_rows.code_label(LABEL_TABLES[name], value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    return str(value)


def before_vote(access: Access) -> Iterator[str]:
    """What is read again before a vote is recorded: who decides, what is missing, what changed since the last one."""
    yield _("L’assemblée décide ; la personne qui pilote note ici ce qu’elle a voté.")
    actions, objectives = access.of(Action).count(), access.of(Objective).count()
    bare = access.of(Action).filter(pilot=None, pilot_name="").count()
    blind = access.of(Objective).filter(target=None).count()
    bare_text = ngettext("{n} action sur {all} sans pilote", "{n} actions sur {all} sans pilote", bare)
    blind_text = ngettext("{n} objectif sur {all} sans cible", "{n} objectifs sur {all} sans cible", blind)
    missing = [bare_text.format(n=bare, all=actions)] * bool(bare)
    missing += [blind_text.format(n=blind, all=objectives)] * bool(blind)
    yield _("Il manque : {what}.").format(what=", ".join(missing) or _("rien qui se compte ici"))
    for act in last_votes(access):
        rows = changes_since_vote(act)
        text = ngettext(
            "{n} différence depuis le vote du {day}.", "{n} différences depuis le vote du {day}.", len(rows)
        )
        yield text.format(n=len(rows), day=day(act.session.isoformat()))
