"""What tests of the diagnostic, workshops, charter and vision share: a pass, a session, phones that answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import Client

from conftest import World
from estran.portal.strategy import diagnostic_questions, workshop_sessions
from estran.portal.strategy.models.charter import Charter
from estran.portal.strategy.models.diagnostic import Diagnostic, Finding, Question
from estran.portal.strategy.models.vision import Group
from estran.portal.strategy.models.workshops import Participant, Session, Vision

YEAR = 2025


def diagnostic(world: World, year: int = YEAR) -> Diagnostic:
    """A pass of the diagnostic, nothing filled in."""
    here = world.access()
    return Diagnostic.objects.create(
        organisation=world.organisation, questionnaire=diagnostic_questions.latest(here), year=year
    )


def session(world: World, workshop: int = 1, found: Diagnostic | None = None) -> Session:
    """An open session of a workshop."""
    return workshop_sessions.start(world.access(), diagnostic=found or diagnostic(world), workshop=workshop)


def vision(world: World) -> Session:
    """An open session of a vision workshop."""
    made = Vision.objects.create(organisation=world.organisation, title="Vision 2030", asked="Que changer ?")
    return workshop_sessions.start(world.access(), vision=made)


def people(session: Session, count: int) -> list[Participant]:
    """Participants who joined without a word of where they work."""
    return [workshop_sessions.join(session, f"token {number:020}", None) for number in range(count)]


def say(who: Participant, question: Question, practice: int | None, importance: int | None = 2) -> None:
    """A participant answers."""
    workshop_sessions.answer(who, question, importance, practice, workshop_sessions.new_key())


def agree(found: Diagnostic, code: str, practice: int | None, importance: int | None) -> Finding:
    """What a pass says of a question."""
    question = found.questionnaire.questions.get(code=code)
    made, _new = Finding.objects.update_or_create(
        diagnostic=found, question=question,
        defaults={"filled_practice": practice, "filled_importance": importance},
    )  # fmt: skip
    return made


def phone(session: Session, **post: str) -> Client:
    """A phone that joined."""
    client = Client()
    client.post(f"/a/{session.code}/", {"token": workshop_sessions.secrets.token_urlsafe(24), **post})
    return client


def answer(practice: str = "2", importance: str = "3", key: str = "") -> dict[str, str]:
    """What a phone sends of a question."""
    return {"practice": practice, "importance": importance, "key": key or workshop_sessions.new_key()}


def numbers(world: World) -> dict[str, Any]:
    """What the addresses of these pages are about."""
    found = session(world)
    room = vision(world)
    group = Group.objects.create(vision=room.vision, title="Garder les portables six ans")
    Charter.objects.create(
        organisation=world.organisation, title="Charte", number="2022-11-17", approved_on=date(2022, 11, 17),
        signed_on=date(2022, 12, 1), signatory="le président",
    )  # fmt: skip
    question = found.diagnostic.questionnaire.questions.get(code="Q05")
    return {
        "diagnostic": found.diagnostic.pk, "questions": question.pk, "ateliers": found.pk, "vision": room.vision.pk,
        "groupes": group.pk, "code": found.code, "question": 1, "target": "ONR-1.2",
    }  # fmt: skip
