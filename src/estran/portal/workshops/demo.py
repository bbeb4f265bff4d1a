"""The workshops of the fictional département: the sessions of its two diagnostics, a vision workshop."""

from __future__ import annotations

from typing import Any

from estran.demo.files import read_facts, read_layouts
from estran.portal.diagnostic.demo import moment
from estran.portal.diagnostic.models import Diagnostic
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.results.models import Run
from estran.portal.workshops import idea_effects, visions
from estran.portal.workshops.models import Group, Idea, Presence, Session, Spread, Vision


def load(access: Access, run: Run) -> None:
    """Write it all; the effect of the idea kept is computed on this run."""
    for diagnostic in access.of(Diagnostic).order_by("year"):
        _sessions(access, diagnostic)
    _vision(access, run)


def _sessions(access: Access, diagnostic: Diagnostic) -> None:
    questions = {question.code: question for question in diagnostic.questionnaire.questions.select_related("facet")}
    for row in (row for row in read_facts("workshops") if row["year"] == str(diagnostic.year)):
        session = _session(access, row, diagnostic=diagnostic, workshop=int(row["workshop"]))
        asked = {code: one for code, one in questions.items() if str(one.facet.workshop) == row["workshop"]}
        for answers in (line for line in read_facts("workshop_answers") if line["year"] == str(diagnostic.year)):
            if answers["question"] in asked:
                _spread(session, asked[answers["question"]], answers)


def _session(access: Access, row: dict[str, str], **about: Any) -> Session:
    """A session held and closed, with the people of each directorate."""
    present = [(code, int(count)) for code, count in (part.split(":") for part in row["people"].split("|"))]
    made = Session.objects.create(
        organisation=access.organisation, state=Session.CLOSED, opened_at=moment(row["date"]),
        closed_at=moment(row["date"]), facilitator=access.person, people=sum(count for _code, count in present),
        **about,
    )  # fmt: skip
    names = {row["code"]: row["name"] for row in read_facts("directorates")}
    for code, count in present:
        entity = Entity.objects.filter(organisation=access.organisation, path__endswith=names[code]).first()
        Presence.objects.create(session=made, entity=entity, people=count)
    return made


def _spread(session: Session, question: Any, said: dict[str, str]) -> None:
    counts = {
        name: {value.replace("?", ""): int(n) for value, n in (part.split(":") for part in said[name].split("|"))}
        for name in ("practice", "importance")
    }
    answers = sum(counts["practice"].values())
    Spread.objects.create(session=session, question=question, answers=answers, received=answers, **counts)


def _vision(access: Access, run: Run) -> None:
    said = dict(read_layouts("approach")["vision"])
    people = said.pop("people")
    made = Vision.objects.create(organisation=access.organisation, made_by=access.person, phase=Vision.RESULT, **said)
    session = _session(access, {"date": said["on"].isoformat(), "people": people}, vision=made)
    made.voters = session.people
    made.save()
    groups: dict[str, Group] = {}
    for number, row in enumerate(read_facts("vision_ideas")):
        title = row["group"]
        if title not in groups:
            groups[title] = Group.objects.create(
                vision=made, title=title, points=int(row["points"]), lever=_lever(row, run)
            )
            if groups[title].lever:
                idea_effects.compute(groups[title], run)
            if row["kept"]:
                visions.keep(access, groups[title], row["kept"])
        Idea.objects.create(vision=made, session=session, group=groups[title], text=row["idea"], key=f"closed-{number}")


def _lever(row: dict[str, str], run: Run) -> dict[str, Any] | None:
    if not row["parameter"]:
        return None
    value = float(row["value"])
    change = {"set": value} if row["parameter"] == "lifetime_years" else {"times": value / 100}
    where = idea_effects.where([row["item_type"]], "administration")
    return {"where": where, "parameter": row["parameter"], **change, "from": run.year + 1}
