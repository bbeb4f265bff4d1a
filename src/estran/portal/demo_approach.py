"""The approach of the fictional département: charter, diagnostic, workshops, strategy and plan, requests."""

import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.db.models import Model
from django.utils import timezone
from weasyprint import HTML

from estran.common.shipped import rows_by_code, text_rows
from estran.demo.files import read_facts, read_layouts
from estran.demo.office import directorate, entity_name
from estran.portal.diagnostic import questionnaires
from estran.portal.diagnostic.models import Charter, Diagnostic, Priority, Questionnaire, TargetProof, TargetReview
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.plan import effects, objective_status, votes
from estran.portal.plan.models import Action, Ambition, Budget, Note, Objective, Step, Strategy
from estran.portal.requests import footprint
from estran.portal.requests.models import Grade, Option, Request
from estran.portal.results.models import Run
from estran.portal.workshops import visions
from estran.portal.workshops.models import Group, Session, Vision

YEARS = (2022, 2025)


def load_diagnostics(access: Access) -> None:
    """Load the charter and both passes."""
    facts = dict(read_layouts("approach")["charter"])
    name, page = facts.pop("file"), f"<h1>{facts['title']}</h1><p>Document d’une collectivité fictive.</p>"
    charter = access.add(Charter, **facts)
    charter.store_document(name, HTML(string=page).write_pdf())
    for row in read_facts("charter_proofs"):
        access.add(TargetProof, **row)
    for row in read_facts("charter_reviews"):
        access.add(TargetReview, **field_values(TargetReview, row))
    for year in YEARS:
        _load_diagnostic(access, year)


def _load_diagnostic(access: Access, year: int) -> None:
    version = questionnaires.current_version(access) if year == YEARS[0] else _adopt_reworded_question(access)
    workshops = facts_of_year("workshops", year)
    diagnostic = access.add(
        Diagnostic, questionnaire=version, year=year, started_on=date.fromisoformat(workshops[0]["date"]),
        ended_on=date.fromisoformat(workshops[-1]["date"]),
    )  # fmt: skip
    held_at = {row["workshop"]: moment(row["date"]) for row in workshops}
    questions = {question.code: question for question in version.questions.select_related("facet")}
    for row in facts_of_year("diagnostic", year):
        question = questions[row["question"]]
        kind, text = ("agreed", "note") if question.asked else ("filled", "evidence")
        practice = int(row["practice"]) if row["practice"] else None
        values = {f"{kind}_importance": int(row["importance"]), f"{kind}_practice": practice, text: row["said"]}
        settled_at = held_at[str(question.facet.workshop)] if question.asked else None
        diagnostic.findings.create(question=question, settled_at=settled_at, **values)
    for row in facts_of_year("diagnostic_priorities", year):
        diagnostic.priorities.create(**field_values(Priority, row))


def _adopt_reworded_question(access: Access) -> Questionnaire:
    code, text = read_layouts("approach")["reworded"].values()
    question = questionnaires.current_version(access).questions.select_related("facet").get(code=code)
    questionnaires.write_question(access, code, question.facet.code, text=text)
    version = questionnaires.adopt_draft(access)
    if version is None:
        raise ValueError("the reworded questions of the demonstration are at fault")
    return version


def field_values(model: type[Model], row: dict[str, str]) -> dict[str, Any]:
    """The fields of a model that a row of facts gives, read as the fields are; nothing is None where that may be."""
    fields = {field.name: field for field in model._meta.concrete_fields if not field.is_relation and field.name in row}
    return {name: field.to_python(row[name]) if row[name] or not field.null else None for name, field in fields.items()}


def facts_of_year(name: str, year: int) -> list[dict[str, str]]:
    """The rows of a table of facts that are of one year."""
    return [row for row in read_facts(name) if row["year"] == str(year)]


def moment(day: str) -> datetime:
    """When a workshop of a day takes place."""
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time(14)))


def load_workshops(access: Access, run: Run) -> None:
    """Load the sessions and the vision workshop; the effect of its ideas is computed on this run."""
    for diagnostic in access.of(Diagnostic).order_by("year"):
        questions = {question.code: question for question in diagnostic.questionnaire.questions.select_related("facet")}
        for row in facts_of_year("workshops", diagnostic.year):
            session = _load_session(access, row, diagnostic=diagnostic, workshop=int(row["workshop"]))
            for counted in facts_of_year("workshop_answers", diagnostic.year):
                question = questions.get(counted["question"])
                if question and str(question.facet.workshop) == row["workshop"]:
                    counts = {name: _read_counts(counted[name]) for name in ("practice", "importance")}
                    answers = sum(counts["practice"].values())
                    session.spreads.create(question=question, answers=answers, received=answers, **counts)
    _load_vision(access, run)


def _read_counts(text: str) -> dict[str, int]:
    """The counts written « 2:5|?:1 », by value, "" for the question mark."""
    return {value.replace("?", ""): int(count) for value, count in (part.split(":") for part in text.split("|"))}


def _load_session(access: Access, row: dict[str, str], **about: Any) -> Session:
    """A session held and closed, with the people of each directorate."""
    attendance = _read_counts(row["people"])
    session = access.add(
        Session, state=Session.CLOSED, opened_at=moment(row["date"]), closed_at=moment(row["date"]),
        facilitator=access.person, people=sum(attendance.values()), **about,
    )  # fmt: skip
    names = {row["code"]: row["name"] for row in read_facts("directorates")}
    for code, count in attendance.items():
        session.presences.create(entity=access.of(Entity).filter(path__endswith=names[code]).first(), people=count)
    return session


def _load_vision(access: Access, run: Run) -> None:
    facts = dict(read_layouts("approach")["vision"])
    people = facts.pop("people")
    vision = access.add(Vision, phase=Vision.RESULT, **facts)
    session = _load_session(access, {"date": facts["on"].isoformat(), "people": people}, vision=vision)
    vision.voters = session.people
    vision.save()
    groups: dict[str, Group] = {}
    for number, row in enumerate(read_facts("vision_ideas")):
        title = row["group"]
        if title not in groups:
            lever = row["parameter"] and visions.make_lever(
                [row["item_type"]], "administration", row["parameter"], float(row["value"]), run.year + 1
            )
            groups[title] = vision.groups.create(title=title, points=int(row["points"]), lever=lever or None)
            if lever:
                visions.compute_effect_of_group(groups[title], run)
            if row["kept"]:
                visions.promote_group(access, groups[title], row["kept"])
        vision.ideas.create(session=session, group=groups[title], text=row["idea"], key=f"closed-{number}")


def load_plan(access: Access, folder: Path, run: Run) -> None:
    """Load the strategy and plan as voted, then the changes since; effects and readings are asked of the queue."""
    facts = read_layouts("approach")
    access.add(
        Strategy, base_run=run, **facts["strategy"], checked=[row["code"] for row in text_rows("strategy_checklist")],
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
        title: access.add(Ambition, title=title, position=position)
        for position, title in enumerate(dict.fromkeys(row["ambition"] for row in rows))
    }
    return {
        row["indicator"]: access.add(
            Objective, ambition=ambitions[row["ambition"]], position=position,
            **field_values(Objective, row | {"target": row["voted"]}),
        )
        for position, row in enumerate(rows)
    }  # fmt: skip


def _load_actions(
    access: Access, rows: list[dict[str, str]], objectives: dict[str, Objective], plan: dict[str, dict[str, Any]]
) -> None:
    known = rows_by_code("actions")
    for row in rows:
        code, facts = row["code"], plan.get(row["code"], {})
        action = access.add(
            Action, title=facts.get("title", known[code]["title_fr"]), **field_values(Action, row),
            position=list(known).index(code), objective=objectives[row["objective"]],
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
    lines: dict[tuple[int, str], dict[str, Any]] = {
        (int(year), nature): {"year": year, "nature": nature, "forecast": float(euros)}
        for year, row in costs.items()
        for nature, euros in row.items()
    }
    lines |= {
        (int(row["year"]), row["nature"]): field_values(Budget, row) for row in _rows_of("strategy_budgets", action)
    }
    for _key, line in sorted(lines.items()):
        action.budgets.create(**owner, **line)
    for row in _rows_of("strategy_notes", action):
        action.notes.create(**owner, **field_values(Note, row), made_by=access.person)
    for row in _rows_of("strategy_steps", action):
        action.steps.create(**owner, **field_values(Step, row))


def _rows_of(table: str, action: Action) -> list[dict[str, str]]:
    return [row for row in read_facts(table) if row["code"] == action.code]


def entity_of(access: Access, code: str) -> Entity | None:
    """The entity of a directorate of the demonstration."""
    return access.of(Entity).filter(path=entity_name(directorate(code))).first()


def load_requests(access: Access) -> None:
    """Load twelve requests; their footprints are asked of the queue."""
    for row in read_facts("requests"):
        request = access.add(Request, entity=entity_of(access, row["directorate"]), **field_values(Request, row))
        for criterion, level in _pairs(row["grades"], "|"):
            access.add(Grade, request=request, criterion=criterion, level=int(level))
        for option in filter(None, row["sizing"].split("|")):
            kind, _colon, quantities = option.partition(":")
            sizing = {code: float(quantity) for code, quantity in _pairs(quantities, ";")}
            access.add(Option, request=request, kind=kind, sizing=sizing)
        footprint.ask_footprint(access, request)


def _pairs(text: str, separator: str) -> list[tuple[str, str]]:
    return [(pair.partition("=")[0], pair.partition("=")[2]) for pair in text.split(separator) if pair]
