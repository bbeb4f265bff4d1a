"""What happens in a session, whoever asks: join, answer, show a spread, pause, close. The rules of privacy are here.

A spread is shown from five answers on, and again only when it differs from each one shown before by five answers or
more, or not at all, for importance as for practice: nobody's answer is found by difference. Closing a session deletes
its tokens and its single answers.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from estran.portal.diagnostic.models import Diagnostic, Question
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity, Person
from estran.portal.workshops.models import (
    KEY_LENGTH,
    Answer,
    Challenge,
    Group,
    Idea,
    Participant,
    Points,
    Presence,
    Session,
    Spread,
    Vision,
    new_code,
)

FEWEST = 5  # answers under which nothing is shown of them
MOST_PEOPLE = 500  # in a session: beyond, somebody is playing with the code


class Refused(Exception):
    """The session cannot take this: it is full, or the key was already used for something else."""


class Over(Exception):
    """The session was closed in the meantime."""


def start(access: Access, *, diagnostic: Diagnostic | None = None, workshop: int | None = None,
          vision: Vision | None = None) -> Session:  # fmt: skip
    """Open a session with a code nobody has."""
    code = next(code for code in iter(new_code, "") if not Session.objects.filter(code=code).exists())
    made = Session.objects.create(
        organisation=access.organisation, diagnostic=diagnostic, workshop=workshop, vision=vision, code=code,
        facilitator=access.person,
    )  # fmt: skip
    # Every counter from the start: made as people come, their order would say who joined from where.
    Presence.objects.bulk_create(Presence(session=made, entity=one) for one in [*directorates(made), None])
    return made


def asked(session: Session) -> list[Question]:
    """The questions of the session's workshop that the phones ask, in order."""
    return [question for question in questions(session) if question.asked]


def questions(session: Session) -> list[Question]:
    """Every question of the session's workshop."""
    if session.diagnostic is None:
        return []
    found = session.diagnostic.questionnaire.questions.filter(facet__workshop=session.workshop)
    return list(found.select_related("facet"))


def new_key() -> str:
    """A key of sending, as a phone without script receives it: the time in milliseconds, then chance."""
    return f"{time.time_ns() // 1_000_000}-{secrets.token_hex(6)}"


def usable(key: str) -> str:
    """The key, when it is one that a page of ours makes. Errors: ValueError."""
    clock, _dash, chance = key.partition("-")
    if len(key) > KEY_LENGTH - 2 or not clock.isdecimal() or len(clock) != 13 or not chance.isalnum():
        raise ValueError(key)
    return key


# ------------------------------------------------------------------------------------------------------ taking part


def directorates(session: Session) -> QuerySet:
    """The directorates people may say they come from: the first level, or the one below when a single one holds all."""
    every = Entity.objects.filter(organisation=session.organisation, kind=Entity.DIRECTORATE)
    first = every.filter(parent=None)
    below = every.filter(parent__in=first)
    return below if len(first) == 1 and below else first


@transaction.atomic
def join(session: Session, token: str, entity: Entity | None) -> Participant:
    """Take part under a token; the directorate is counted once and apart. The same token joins once."""
    hashed = Participant.hashed(token)
    _hold(session.pk)
    known = session.participants.filter(token_sha256=hashed).first()
    if known:
        return known
    if session.participants.count() >= MOST_PEOPLE:
        raise Refused
    counted = Presence.objects.filter(session=session, entity=entity).update(people=F("people") + 1)
    if not counted:  # a directorate added since the session started
        Presence.objects.create(session=session, entity=entity, people=1)
    Session.objects.filter(pk=session.pk).update(people=F("people") + 1)
    return Participant.objects.create(session=session, token_sha256=hashed)


def participant(session: Session, token: str) -> Participant | None:
    """Who has this token in the session."""
    return session.participants.filter(token_sha256=Participant.hashed(token)).first() if token else None


@transaction.atomic
def answer(who: Participant, question: Question, importance: int | None, practice: int | None, key: str) -> None:
    """Keep what a participant says of a question: his latest word, by the clock of his own phone."""
    _hold(who.session_id)
    said: dict[str, Any] = {"importance": importance, "practice": practice}
    known = who.answers.filter(question=question).first()
    if known is None:
        with _once():
            Answer.objects.create(session_id=who.session_id, participant=who, question=question, key=key, **said)
    elif key >= known.key:
        with _once():
            known.importance, known.practice, known.key = importance, practice, key
            known.save()


def _hold(number: int) -> Session:
    """The session, held for the transaction: what comes in and what closes it never cross. Errors: Over."""
    session = Session.objects.select_for_update().get(pk=number)
    if session.closed:
        raise Over
    return session


@contextmanager
def _once() -> Iterator[None]:
    """A key that something else already used is refused."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Refused from None


@transaction.atomic
def enter_sheet(session: Session, key: str, answers: dict[Question, tuple[int | None, int | None]]) -> None:
    """Enter a sheet of paper as one participant: importance then practice of each question; once for a key."""
    who = join(session, f"paper {key}", None)
    for place, (question, (importance, practice)) in enumerate(answers.items()):
        answer(who, question, importance, practice, f"{key}{place}")


@transaction.atomic
def challenge(who: Participant, chosen: list[Question]) -> None:
    """Ask the room to discuss these values filled in before, and no others."""
    _hold(who.session_id)
    who.challenges.exclude(question__in=chosen).delete()
    for question in chosen:
        Challenge.objects.get_or_create(session_id=who.session_id, participant=who, question=question)


@transaction.atomic
def idea(who: Participant, session: Session, text: str, key: str) -> None:
    """Keep an idea; the same key of the same phone corrects it. Errors: ValueError for no text, Refused."""
    if not text:
        raise ValueError(text)
    _hold(who.session_id)
    known = Idea.objects.filter(session=session, key=key).first()
    if known is None:
        Idea.objects.create(vision=session.vision, session=session, participant=who, text=text, key=key)
    elif known.participant_id != who.pk:
        raise Refused
    elif known.text != text:
        known.text = text
        known.save()


@transaction.atomic
def give_points(who: Participant, given: dict[Group, int]) -> None:
    """Give points to groups, in place of those given before."""
    _hold(who.session_id)
    who.points.all().delete()
    Points.objects.bulk_create(
        [Points(participant=who, group=group, points=points) for group, points in given.items() if points]
    )


# ------------------------------------------------------------------------------------------------- what may be shown


def received(session: Session) -> dict[int, int]:
    """How many answers each question received, by key of the question; after closing, as kept."""
    if session.closed:
        return dict(session.spreads.values_list("question_id", "received"))
    counted = session.answers.values_list("question_id").annotate(n=Count("pk"))
    return dict(counted)


def waiting(session: Session, question: Question) -> int:
    """How many answers are missing before a spread can be shown, or shown anew."""
    return _missing(list(session.answers.filter(question=question)))


def _missing(given: list[Answer]) -> int:
    """How many answers these lack to be shown after the spreads that some of them were in.

    Against each of those, importance and practice apart, either nobody moved or five did; and somebody moved since the
    last. The first spread is compared with an empty one.
    """
    spreads = max((len(row.shown) for row in given), default=0)
    missing = []
    for number in range(spreads) or [0]:
        before = [row.shown[number] if row.shown else None for row in given]
        for place, name in enumerate(("importance", "practice")):
            moved = sum(was is None or was[place] != getattr(row, name) for row, was in zip(given, before, strict=True))
            missing.append(FEWEST - moved if moved else 0)
    unmoved = not given or all(row.shown[-1:] == [[row.importance, row.practice]] for row in given)
    return FEWEST if unmoved else max(0, *missing)


@transaction.atomic
def publish(session: Session, question: Question) -> bool:
    """Show how the answers to a question spread; False, and nothing changes, when too few are new."""
    _hold(session.pk)
    given = list(session.answers.filter(question=question))
    if _missing(given):
        return False
    importance, practice = Counter[str](), Counter[str]()
    spreads = max(len(row.shown) for row in given)
    for row in given:
        importance["" if row.importance is None else str(row.importance)] += 1
        practice["" if row.practice is None else str(row.practice)] += 1
        row.shown = [*row.shown, *[None] * (spreads - len(row.shown)), [row.importance, row.practice]]
    shown = {"answers": len(given), "importance": dict(importance), "practice": dict(practice)}
    Spread.objects.update_or_create(session=session, question=question, defaults=shown)
    Answer.objects.bulk_update(given, ["shown"])
    return True


def challenged(session: Session) -> dict[int, int]:
    """How many people want to discuss each value filled in before, by key of the question."""
    if session.closed:
        return dict(session.spreads.values_list("question_id", "challenges"))
    return dict(session.challenges.values_list("question_id").annotate(n=Count("pk")))


# ---------------------------------------------------------------------------------------------------------- its states


def pause(session: Session) -> None:
    """Nothing more comes in for a while; every token stays."""
    Session.objects.filter(pk=session.pk, state=Session.OPEN).update(state=Session.PAUSED)


def resume(session: Session) -> None:
    """Answers come in again."""
    Session.objects.filter(pk=session.pk, state=Session.PAUSED).update(state=Session.OPEN)


def take_over(session: Session, person: Person) -> None:
    """Another person facilitates."""
    Session.objects.filter(pk=session.pk).update(facilitator=person)


@transaction.atomic
def close(session: Session) -> None:
    """Close for good: what may be shown is kept, tokens, single answers and keys are deleted."""
    session = Session.objects.select_for_update().get(pk=session.pk)
    if session.closed:
        return
    counts, disputed = received(session), challenged(session)
    for question in questions(session):
        publish(session, question)
        kept = {"received": counts.get(question.pk, 0), "challenges": disputed.get(question.pk, 0)}
        Spread.objects.update_or_create(session=session, question=question, defaults=kept)
    for said in Idea.objects.filter(session=session):
        said.participant, said.key = None, f"closed-{said.pk}"
        said.save()
    session.participants.all().delete()
    session.state, session.closed_at = Session.CLOSED, timezone.now()
    session.save()
    transaction.on_commit(wipe)


def wipe() -> None:
    """Take what was just deleted out of the files of the database as well, as far as it can be told to.

    SQLite overwrites what it deletes (settings), and its journal is emptied here, or by the next writer if somebody is
    reading; PostgreSQL gives the places of deleted rows back. Backups are the business of who makes them.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            tables = (Participant, Answer, Challenge, Points, Idea)
            cursor.execute(f"VACUUM {', '.join(model._meta.db_table for model in tables)}")
