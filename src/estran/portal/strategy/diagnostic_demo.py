"""The approach of the fictional département: charter, two passes of the diagnostic, a vision workshop."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from weasyprint import HTML

from estran.demo.files import read_facts, read_layouts
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.results.models import Run
from estran.portal.strategy import diagnostic_questions, vision_effect, vision_views
from estran.portal.strategy.models.charter import Charter, TargetProof, TargetReview
from estran.portal.strategy.models.diagnostic import Diagnostic, Finding, Priority, Questionnaire
from estran.portal.strategy.models.vision import Group, Idea
from estran.portal.strategy.models.workshops import Presence, Session, Spread, Vision

YEARS = (2022, 2025)
# Between the passes, one question was said in other words: it no longer compares.
REWORDED = ("Q53", "Un an après, l’effet réel d’un nouvel outil est-il vérifié avec ceux qui s’en servent\u00a0?")


def load(here: Access, run: Run) -> None:
    """Write it all; the effect of the idea kept is computed on this run."""
    _charter(here)
    for year in YEARS:
        _pass(here, year)
    _vision(here, run)


def _charter(here: Access) -> None:
    said = dict(read_layouts("approach")["charter"])
    name, page = said.pop("file"), f"<h1>{said['title']}</h1><p>Document d’une collectivité fictive.</p>"
    content = HTML(string=page).write_pdf()
    made = Charter.objects.create(
        organisation=here.organisation, made_by=here.person, file_name=name,
        sha256=hashlib.sha256(content).hexdigest(), **said,
    )  # fmt: skip
    made.document.parent.mkdir(parents=True, exist_ok=True)
    made.document.write_bytes(content)
    for row in read_facts("charter_proofs"):
        TargetProof.objects.create(organisation=here.organisation, **row)
    for row in read_facts("charter_reviews"):
        TargetReview.objects.create(
            organisation=here.organisation, target=row["target"], year=int(row["year"]), done=row["done"] == "oui",
            why=row["why"], made_by=here.person,
        )  # fmt: skip


def _pass(here: Access, year: int) -> Diagnostic:
    version = diagnostic_questions.latest(here) if year == YEARS[0] else _reworded(here)
    rooms = [row for row in read_facts("workshops") if row["year"] == str(year)]
    made = Diagnostic.objects.create(
        organisation=here.organisation, questionnaire=version, year=year, made_by=here.person,
        started_on=date.fromisoformat(rooms[0]["date"]), ended_on=date.fromisoformat(rooms[-1]["date"]),
    )  # fmt: skip
    held = {row["workshop"]: _moment(row["date"]) for row in rooms}
    questions = {question.code: question for question in version.questions.select_related("facet")}
    for row in (row for row in read_facts("diagnostic") if row["year"] == str(year)):
        question = questions[row["question"]]
        value = {"importance": int(row["importance"]), "practice": int(row["practice"]) if row["practice"] else None}
        given: dict[str, Any] = {f"filled_{name}": one for name, one in value.items()} | {"evidence": row["said"]}
        if question.asked:
            given = {f"agreed_{name}": one for name, one in value.items()} | {"note": row["said"]}
            given["settled_at"] = held[str(question.facet.workshop)]
        Finding.objects.create(diagnostic=made, question=question, **given)
    for row in rooms:
        session = _session(here, row, diagnostic=made, workshop=int(row["workshop"]))
        asked = {code: one for code, one in questions.items() if str(one.facet.workshop) == row["workshop"]}
        for said in (said for said in read_facts("workshop_answers") if said["year"] == str(year)):
            if said["question"] in asked:
                _spread(session, asked[said["question"]], said)
    for row in (row for row in read_facts("diagnostic_priorities") if row["year"] == str(year)):
        Priority.objects.create(diagnostic=made, rank=int(row["rank"]), target=row["target"])
    return made


def _reworded(here: Access) -> Questionnaire:
    code, text = REWORDED
    question = diagnostic_questions.latest(here).questions.select_related("facet").get(code=code)
    diagnostic_questions.write(here, code, question.facet.code, text=text)
    version = diagnostic_questions.adopt(here)
    if version is None:
        raise ValueError("the reworded questions of the demonstration are at fault")
    return version


def _moment(day: str) -> datetime:
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time(14)))


def _session(here: Access, row: dict[str, str], **about: Any) -> Session:
    """A session held and closed, with the people of each directorate."""
    present = [(code, int(count)) for code, count in (part.split(":") for part in row["people"].split("|"))]
    made = Session.objects.create(
        organisation=here.organisation, state=Session.CLOSED, opened_at=_moment(row["date"]),
        closed_at=_moment(row["date"]), facilitator=here.person, people=sum(count for _code, count in present), **about,
    )  # fmt: skip
    names = {row["code"]: row["name"] for row in read_facts("directorates")}
    for code, count in present:
        entity = Entity.objects.filter(organisation=here.organisation, path__endswith=names[code]).first()
        Presence.objects.create(session=made, entity=entity, people=count)
    return made


def _spread(session: Session, question: Any, said: dict[str, str]) -> None:
    counts = {
        name: {value.replace("?", ""): int(n) for value, n in (part.split(":") for part in said[name].split("|"))}
        for name in ("practice", "importance")
    }
    answers = sum(counts["practice"].values())
    Spread.objects.create(session=session, question=question, answers=answers, received=answers, **counts)


def _vision(here: Access, run: Run) -> None:
    said = dict(read_layouts("approach")["vision"])
    people = said.pop("people")
    made = Vision.objects.create(organisation=here.organisation, made_by=here.person, phase=Vision.RESULT, **said)
    session = _session(here, {"date": said["on"].isoformat(), "people": people}, vision=made)
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
                vision_effect.compute(groups[title], run)
            if row["kept"]:
                vision_views.keep(here, groups[title], row["kept"])
        Idea.objects.create(vision=made, session=session, group=groups[title], text=row["idea"], key=f"closed-{number}")


def _lever(row: dict[str, str], run: Run) -> dict[str, Any] | None:
    if not row["parameter"]:
        return None
    value = float(row["value"])
    change = {"set": value} if row["parameter"] == "lifetime_years" else {"times": value / 100}
    where = vision_effect.where([row["item_type"]], "administration")
    return {"where": where, "parameter": row["parameter"], **change, "from": run.year + 1}
