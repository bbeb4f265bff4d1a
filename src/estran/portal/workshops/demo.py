"""The workshops of the fictional département: the sessions of its two diagnostics, a vision workshop."""

from typing import Any

from estran.demo.files import read_facts, read_layouts
from estran.portal.diagnostic.demo import moment
from estran.portal.diagnostic.models import Diagnostic
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.results.models import Run
from estran.portal.workshops import visions
from estran.portal.workshops.models import Group, Idea, Presence, Session, Spread, Vision


def load_workshops(access: Access, run: Run) -> None:
    """Load the sessions and the vision workshop; the effect of its ideas is computed on this run."""
    for diagnostic in access.of(Diagnostic).order_by("year"):
        _load_sessions(access, diagnostic)
    _load_vision(access, run)


def _load_sessions(access: Access, diagnostic: Diagnostic) -> None:
    questions = {question.code: question for question in diagnostic.questionnaire.questions.select_related("facet")}
    for row in (row for row in read_facts("workshops") if row["year"] == str(diagnostic.year)):
        session = _load_session(access, row, diagnostic=diagnostic, workshop=int(row["workshop"]))
        for counted in (line for line in read_facts("workshop_answers") if line["year"] == str(diagnostic.year)):
            question = questions.get(counted["question"])
            if question and str(question.facet.workshop) == row["workshop"]:
                _load_spread(session, question, counted)


def _load_session(access: Access, row: dict[str, str], **about: Any) -> Session:
    """A session held and closed, with the people of each directorate."""
    attendance = [(code, int(count)) for code, count in (part.split(":") for part in row["people"].split("|"))]
    session = Session.objects.create(
        organisation=access.organisation, state=Session.CLOSED, opened_at=moment(row["date"]),
        closed_at=moment(row["date"]), facilitator=access.person, people=sum(count for _code, count in attendance),
        **about,
    )  # fmt: skip
    names = {row["code"]: row["name"] for row in read_facts("directorates")}
    for code, count in attendance:
        entity = Entity.objects.filter(organisation=access.organisation, path__endswith=names[code]).first()
        Presence.objects.create(session=session, entity=entity, people=count)
    return session


def _load_spread(session: Session, question: Any, counted: dict[str, str]) -> None:
    counts = {
        name: {value.replace("?", ""): int(n) for value, n in (part.split(":") for part in counted[name].split("|"))}
        for name in ("practice", "importance")
    }
    answers = sum(counts["practice"].values())
    Spread.objects.create(session=session, question=question, answers=answers, received=answers, **counts)


def _load_vision(access: Access, run: Run) -> None:
    facts = dict(read_layouts("approach")["vision"])
    people = facts.pop("people")
    vision = Vision.objects.create(
        organisation=access.organisation, made_by=access.person, phase=Vision.RESULT, **facts
    )
    session = _load_session(access, {"date": facts["on"].isoformat(), "people": people}, vision=vision)
    vision.voters = session.people
    vision.save()
    groups: dict[str, Group] = {}
    for number, row in enumerate(read_facts("vision_ideas")):
        title = row["group"]
        if title not in groups:
            groups[title] = Group.objects.create(
                vision=vision, title=title, points=int(row["points"]), lever=_lever_of_group(row, run)
            )
            if groups[title].lever:
                visions.compute_effect_of_group(groups[title], run)
            if row["kept"]:
                visions.promote_group(access, groups[title], row["kept"])
        Idea.objects.create(
            vision=vision, session=session, group=groups[title], text=row["idea"], key=f"closed-{number}"
        )


def _lever_of_group(row: dict[str, str], run: Run) -> dict[str, Any] | None:
    if not row["parameter"]:
        return None
    return visions.make_lever([row["item_type"]], "administration", row["parameter"], float(row["value"]), run.year + 1)
