"""The workshops of the fictional département: the sessions of its two diagnostics, a vision workshop."""

from typing import Any

from estran.demo.files import read_facts, read_layouts
from estran.portal.diagnostic.demo import facts_of_year, moment
from estran.portal.diagnostic.models import Diagnostic
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.results.models import Run
from estran.portal.workshops import visions
from estran.portal.workshops.models import Group, Session, Vision


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
    session = Session.objects.create(
        organisation=access.organisation, state=Session.CLOSED, opened_at=moment(row["date"]),
        closed_at=moment(row["date"]), facilitator=access.person, people=sum(attendance.values()),
        **about,
    )  # fmt: skip
    names = {row["code"]: row["name"] for row in read_facts("directorates")}
    for code, count in attendance.items():
        session.presences.create(entity=access.of(Entity).filter(path__endswith=names[code]).first(), people=count)
    return session


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
            lever = row["parameter"] and visions.make_lever(
                [row["item_type"]], "administration", row["parameter"], float(row["value"]), run.year + 1
            )
            groups[title] = vision.groups.create(title=title, points=int(row["points"]), lever=lever or None)
            if lever:
                visions.compute_effect_of_group(groups[title], run)
            if row["kept"]:
                visions.promote_group(access, groups[title], row["kept"])
        vision.ideas.create(session=session, group=groups[title], text=row["idea"], key=f"closed-{number}")
