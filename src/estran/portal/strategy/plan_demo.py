"""The strategy of the fictional département: objectives, actions, votes, what moved since, twelve requests."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from estran.demo.files import read_facts
from estran.demo.office import directorate, entity_name
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.results.models import Run
from estran.portal.strategy import acts, plan_catalogue, plan_effects, plan_standing, requests_footprint
from estran.portal.strategy.models.plan import (
    PLAN,
    STRATEGY,
    Action,
    Ambition,
    Budget,
    Note,
    Objective,
    Step,
    Strategy,
)
from estran.portal.strategy.models.requests import Grade, Option, Request
from estran.projection import plans

TEXT = (
    "Le numérique du département sert ses habitants et ses agents. Nous voulons qu’il pèse moins, qu’il dure, et que "
    "chacun puisse s’en servir ou s’en passer."
)
ASKED = "Prendre acte du bilan 2025 et adopter le plan d’action modifié."
VOTES = (
    (STRATEGY, {"session": date(2023, 2, 13), "number": "2023-02-11", "votes_for": 36, "votes_against": 0,
                "abstentions": 14, "transmitted_on": date(2023, 2, 17), "annexes": "Charte, diagnostic, bilan"}),
    (PLAN, {"session": date(2023, 6, 19), "number": "2023-06-24", "votes_for": 34, "votes_against": 2,
            "abstentions": 14, "transmitted_on": date(2023, 6, 23), "annexes": "Dix-sept fiches action"}),
)  # fmt: skip


def load(here: Access, folder: Path, run: Run) -> None:
    """Write it all as it was voted, then what moved since; effects, readings and footprints are asked of the queue."""
    Strategy.objects.create(
        organisation=here.organisation, title="Stratégie de numérique responsable 2023-2030", text=TEXT, asked=ASKED,
        from_year=2023, to_year=2030, base_run=run, reduction=0.15,
        checked=[row["code"] for row in plan_catalogue.rows("strategy_checklist")],
    )  # fmt: skip
    objectives = _objectives(here)
    plan = {row["code"]: row for row in tomllib.loads((folder / "plan.toml").read_text("utf-8"))["actions"]}
    rows = read_facts("strategy_actions")
    _actions(here, [row for row in rows if not row["after_vote"]], objectives, plan)
    for kind, vote in VOTES:
        acts.adopt(here, kind, rapporteur="Mme Morvan", **vote)
    _actions(here, [row for row in rows if row["after_vote"]], objectives, plan)
    for row in read_facts("strategy_objectives"):
        Objective.objects.filter(pk=objectives[row["indicator"]].pk).update(target=float(row["target"]))
    _requests(here)
    plan_standing.ask_readings(here)
    plan_effects.ask(here)


def _objectives(here: Access) -> dict[str, Objective]:
    ambitions: dict[str, Ambition] = {}
    found = {}
    for position, row in enumerate(read_facts("strategy_objectives")):
        if row["ambition"] not in ambitions:
            ambitions[row["ambition"]] = Ambition.objects.create(
                organisation=here.organisation, title=row["ambition"], position=len(ambitions)
            )
        found[row["indicator"]] = Objective.objects.create(
            organisation=here.organisation, ambition=ambitions[row["ambition"]], position=position,
            title=row["title"], indicator=row["indicator"], unit=row["unit"], start=float(row["start"]),
            start_on=_day(row["start_on"]), target=float(row["voted"]), due_on=_day(row["due_on"]),
            slipped=row["slipped"],
        )  # fmt: skip
    return found


def _actions(
    here: Access, rows: list[dict[str, str]], objectives: dict[str, Objective], plan: dict[str, dict[str, Any]]
) -> None:
    known = plan_catalogue.by_code("actions")
    for row in rows:
        code, said = row["code"], plan.get(row["code"], {})
        made = Action.objects.create(
            organisation=here.organisation, code=code, title=said.get("title", known[code]["title_fr"]),
            position=list(known).index(code), objective=objectives[row["objective"]], status=row["status"],
            priority=row["priority"], starts_on=_day(row["starts_on"]), ends_on=_day(row["ends_on"]),
            entity=_entity(here, row["directorate"]), elected=row["elected"], partners=row["partners"],
            indicators=known[code]["indicators"].split("|"), targets=known[code]["targets"].split("|"),
            levers=said.get("levers", []), before=said.get("before"), beside=said.get("beside", []),
            pilot=here.person if row["directorate"] == "DSN" else None, changed_by=here.person,
            pilot_name=directorate(row["directorate"])["name"],
        )  # fmt: skip
        _told(here, made, said.get("costs", {}))


def _told(here: Access, action: Action, costs: dict[str, dict[str, float]]) -> None:
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
            organisation=here.organisation, action=action, year=year, nature=nature, forecast=forecast, actual=actual
        )
    for row in read_facts("strategy_notes"):
        if row["code"] == action.code:
            Note.objects.create(
                organisation=here.organisation, action=action, on=_day(row["on"]), text=row["text"], made_by=here.person
            )
    for row in read_facts("strategy_steps"):
        if row["code"] == action.code:
            Step.objects.create(
                organisation=here.organisation, action=action, title=row["title"], due_on=_day(row["due_on"]),
                done_on=_day(row["done_on"]),
            )  # fmt: skip


def _requests(here: Access) -> None:
    for row in read_facts("requests"):
        dates = {name: _day(row[name]) for name in ("received_on", "decided_on", "live_on", "review_on")}
        numbers = {name: _number(row[name]) for name in ("items", "investment", "running", "years", "saving_kg")}
        texts = ("title", "need", "saving_what", "saving_source", "decision", "reasons", "review", "review_text")
        made = Request.objects.create(
            organisation=here.organisation, entity=_entity(here, row["directorate"]), small=row["small"] == "yes",
            ai_use=row["ai_use"] == "yes", made_by=here.person, **dates, **numbers,
            **{name: row[name] for name in texts},
        )  # fmt: skip
        for criterion, level in _pairs(row["grades"], "|"):
            Grade.objects.create(organisation=here.organisation, request=made, criterion=criterion, level=int(level))
        for option in filter(None, row["sizing"].split("|")):
            kind, _colon, quantities = option.partition(":")
            sizing = {code: float(quantity) for code, quantity in _pairs(quantities, ";")}
            Option.objects.create(organisation=here.organisation, request=made, kind=kind, sizing=sizing)
        requests_footprint.ask(here, made)


def _pairs(text: str, separator: str) -> list[tuple[str, str]]:
    return [(one.partition("=")[0], one.partition("=")[2]) for one in text.split(separator) if one]


def _entity(here: Access, code: str) -> Entity | None:
    return here.of(Entity).filter(path=entity_name(directorate(code))).first()


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str) -> float | None:
    return json.loads(text) if text else None
