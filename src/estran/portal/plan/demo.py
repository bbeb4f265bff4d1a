"""The strategy of the fictional département: objectives, actions, votes, and the changes since the votes."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from estran.demo.files import read_facts
from estran.demo.office import directorate, entity_name
from estran.portal.common import catalogue_rows
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.plan import effects, objective_status, votes
from estran.portal.plan.models import PLAN, STRATEGY, Action, Ambition, Budget, Note, Objective, Step, Strategy
from estran.portal.results.models import Run
from estran.projection import plans

STRATEGY_TEXT = (
    "Le numérique du département sert ses habitants et ses agents. Nous voulons qu’il pèse moins, qu’il dure, et que "
    "chacun puisse s’en servir ou s’en passer."
)
DECISION = "Prendre acte du bilan 2025 et adopter le plan d’action modifié."
VOTES = (
    (STRATEGY, {"session": date(2023, 2, 13), "number": "2023-02-11", "votes_for": 36, "votes_against": 0,
                "abstentions": 14, "transmitted_on": date(2023, 2, 17), "annexes": "Charte, diagnostic, bilan"}),
    (PLAN, {"session": date(2023, 6, 19), "number": "2023-06-24", "votes_for": 34, "votes_against": 2,
            "abstentions": 14, "transmitted_on": date(2023, 6, 23), "annexes": "Dix-sept fiches action"}),
)  # fmt: skip


def load_plan(access: Access, folder: Path, run: Run) -> None:
    """Load the strategy and plan as voted, then the changes since; effects and readings are asked of the queue."""
    Strategy.objects.create(
        organisation=access.organisation, title="Stratégie de numérique responsable 2023-2030", text=STRATEGY_TEXT,
        asked=DECISION,
        from_year=2023, to_year=2030, base_run=run, reduction=0.15,
        checked=[row["code"] for row in catalogue_rows.table_rows("strategy_checklist")],
    )  # fmt: skip
    objectives = _load_objectives(access)
    plan = {row["code"]: row for row in tomllib.loads((folder / "plan.toml").read_text("utf-8"))["actions"]}
    rows = read_facts("strategy_actions")
    _load_actions(access, [row for row in rows if not row["after_vote"]], objectives, plan)
    for kind, vote in VOTES:
        votes.record_vote(access, kind, rapporteur="Mme Morvan", **vote)
    _load_actions(access, [row for row in rows if row["after_vote"]], objectives, plan)
    for row in read_facts("strategy_objectives"):
        Objective.objects.filter(pk=objectives[row["indicator"]].pk).update(target=float(row["target"]))
    objective_status.ask_readings(access)
    effects.ask_projection(access)


def _load_objectives(access: Access) -> dict[str, Objective]:
    ambitions: dict[str, Ambition] = {}
    objectives = {}
    for position, row in enumerate(read_facts("strategy_objectives")):
        if row["ambition"] not in ambitions:
            ambitions[row["ambition"]] = Ambition.objects.create(
                organisation=access.organisation, title=row["ambition"], position=len(ambitions)
            )
        objectives[row["indicator"]] = Objective.objects.create(
            organisation=access.organisation, ambition=ambitions[row["ambition"]], position=position,
            title=row["title"], indicator=row["indicator"], unit=row["unit"], start=float(row["start"]),
            start_on=read_day(row["start_on"]), target=float(row["voted"]), due_on=read_day(row["due_on"]),
            slipped=row["slipped"],
        )  # fmt: skip
    return objectives


def _load_actions(
    access: Access, rows: list[dict[str, str]], objectives: dict[str, Objective], plan: dict[str, dict[str, Any]]
) -> None:
    known = catalogue_rows.rows_by_code("actions")
    for row in rows:
        code, facts = row["code"], plan.get(row["code"], {})
        action = Action.objects.create(
            organisation=access.organisation, code=code, title=facts.get("title", known[code]["title_fr"]),
            position=list(known).index(code), objective=objectives[row["objective"]], status=row["status"],
            priority=row["priority"], starts_on=read_day(row["starts_on"]), ends_on=read_day(row["ends_on"]),
            entity=entity_of(access, row["directorate"]), elected=row["elected"], partners=row["partners"],
            indicators=known[code]["indicators"].split("|"), targets=known[code]["targets"].split("|"),
            levers=facts.get("levers", []), before=facts.get("before"), beside=facts.get("beside", []),
            pilot=access.person if row["directorate"] == "DSN" else None, changed_by=access.person,
            pilot_name=directorate(row["directorate"])["name"],
        )  # fmt: skip
        _load_budget_notes_steps(access, action, facts.get("costs", {}))


def _load_budget_notes_steps(access: Access, action: Action, costs: dict[str, dict[str, float]]) -> None:
    """The budget, notes and steps of an action."""
    lines = {(int(year), nature): [float(euros), None] for year, row in costs.items() for nature, euros in row.items()}
    for row in read_facts("strategy_budgets"):
        if row["code"] == action.code:
            lines[int(row["year"]), row["nature"]] = [
                float(row[name]) if row[name] else None for name in ("forecast", "actual")
            ]
    for (year, nature), (forecast, actual) in sorted(lines.items()):
        assert nature in plans.KEYS["cost"]
        Budget.objects.create(
            organisation=access.organisation, action=action, year=year, nature=nature, forecast=forecast, actual=actual
        )
    for row in read_facts("strategy_notes"):
        if row["code"] == action.code:
            Note.objects.create(
                organisation=access.organisation,
                action=action,
                on=read_day(row["on"]),
                text=row["text"],
                made_by=access.person,
            )
    for row in read_facts("strategy_steps"):
        if row["code"] == action.code:
            Step.objects.create(
                organisation=access.organisation, action=action, title=row["title"], due_on=read_day(row["due_on"]),
                done_on=read_day(row["done_on"]),
            )  # fmt: skip


def entity_of(access: Access, code: str) -> Entity | None:
    """The entity of a directorate of the demonstration."""
    return access.of(Entity).filter(path=entity_name(directorate(code))).first()


def read_day(text: str) -> date | None:
    """A date, if there is one."""
    return date.fromisoformat(text) if text else None
