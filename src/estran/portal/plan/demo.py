"""The strategy of the fictional département: objectives, actions, votes, and the changes since the votes."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from estran.common.shipped import text_rows
from estran.demo.files import read_facts, read_layouts
from estran.demo.office import directorate, entity_name
from estran.portal.common import catalogue_rows
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.plan import effects, objective_status, votes
from estran.portal.plan.models import Action, Ambition, Objective, Strategy
from estran.portal.results.models import Run

AMOUNTS = ("forecast", "actual")


def load_plan(access: Access, folder: Path, run: Run) -> None:
    """Load the strategy and plan as voted, then the changes since; effects and readings are asked of the queue."""
    facts = read_layouts("approach")
    Strategy.objects.create(
        organisation=access.organisation, base_run=run, **facts["strategy"],
        checked=[row["code"] for row in text_rows("strategy_checklist")],
    )  # fmt: skip
    objectives = _load_objectives(access)
    plan = {row["code"]: row for row in tomllib.loads((folder / "plan.toml").read_text("utf-8"))["actions"]}
    rows = read_facts("strategy_actions")
    _load_actions(access, [row for row in rows if not row["after_vote"]], objectives, plan)
    for vote in facts["votes"]:
        votes.record_vote(access, **vote)
    _load_actions(access, [row for row in rows if row["after_vote"]], objectives, plan)
    for row in read_facts("strategy_objectives"):
        Objective.objects.filter(pk=objectives[row["indicator"]].pk).update(target=float(row["target"]))
    objective_status.ask_readings(access)
    effects.ask_projection(access)


def _load_objectives(access: Access) -> dict[str, Objective]:
    rows = read_facts("strategy_objectives")
    ambitions = {
        title: Ambition.objects.create(organisation=access.organisation, title=title, position=position)
        for position, title in enumerate(dict.fromkeys(row["ambition"] for row in rows))
    }
    return {
        row["indicator"]: Objective.objects.create(
            organisation=access.organisation, ambition=ambitions[row["ambition"]], position=position,
            **{name: row[name] for name in ("title", "indicator", "unit", "slipped")}, start=float(row["start"]),
            start_on=read_day(row["start_on"]), target=float(row["voted"]), due_on=read_day(row["due_on"]),
        )
        for position, row in enumerate(rows)
    }  # fmt: skip


def _load_actions(
    access: Access, rows: list[dict[str, str]], objectives: dict[str, Objective], plan: dict[str, dict[str, Any]]
) -> None:
    known = catalogue_rows.rows_by_code("actions")
    for row in rows:
        code, facts = row["code"], plan.get(row["code"], {})
        action = Action.objects.create(
            organisation=access.organisation, title=facts.get("title", known[code]["title_fr"]),
            **{name: row[name] for name in ("code", "status", "priority", "elected", "partners")},
            position=list(known).index(code), objective=objectives[row["objective"]],
            starts_on=read_day(row["starts_on"]), ends_on=read_day(row["ends_on"]),
            entity=entity_of(access, row["directorate"]), changed_by=access.person,
            indicators=known[code]["indicators"].split("|"), targets=known[code]["targets"].split("|"),
            levers=facts.get("levers", []), before=facts.get("before"), beside=facts.get("beside", []),
            pilot=access.person if row["directorate"] == "DSN" else None,
            pilot_name=directorate(row["directorate"])["name"],
        )  # fmt: skip
        _load_parts(access, action, facts.get("costs", {}))


def _load_parts(access: Access, action: Action, costs: dict[str, dict[str, float]]) -> None:
    """The budget, notes and steps of an action."""
    owner = {"organisation": access.organisation}
    lines: dict[tuple[int, str], tuple[float | None, ...]] = {
        (int(year), nature): (float(euros), None) for year, row in costs.items() for nature, euros in row.items()
    }
    lines |= {
        (int(row["year"]), row["nature"]): tuple(float(row[name]) if row[name] else None for name in AMOUNTS)
        for row in _rows_of("strategy_budgets", action)
    }
    for (year, nature), amounts in sorted(lines.items()):
        action.budgets.create(**owner, year=year, nature=nature, **dict(zip(AMOUNTS, amounts, strict=True)))
    for row in _rows_of("strategy_notes", action):
        action.notes.create(**owner, on=read_day(row["on"]), text=row["text"], made_by=access.person)
    for row in _rows_of("strategy_steps", action):
        due_on, done_on = read_day(row["due_on"]), read_day(row["done_on"])
        action.steps.create(**owner, title=row["title"], due_on=due_on, done_on=done_on)


def _rows_of(table: str, action: Action) -> list[dict[str, str]]:
    return [row for row in read_facts(table) if row["code"] == action.code]


def entity_of(access: Access, code: str) -> Entity | None:
    """The entity of a directorate of the demonstration."""
    return access.of(Entity).filter(path=entity_name(directorate(code))).first()


def read_day(text: str) -> date | None:
    """A date, if there is one."""
    return date.fromisoformat(text) if text else None
