"""The life of a session and its rules of privacy: join, answer, publish a spread, pause, close.

A spread is shown from five answers on, and again only when it differs from each one shown before by five answers or
more, or not at all, for importance as for practice: nobody's answer is found by difference. Closing a session deletes
its tokens and its single answers.
"""

import secrets
import time
from collections import Counter
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from estran.common.language import _
from estran.portal.diagnostic.models import Diagnostic, Question
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
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

FEWEST_ANSWERS = 5  # below this number, answers are not shown
MOST_PEOPLE = 500  # in a session: beyond, somebody is playing with the code
COUNTS = {"received": "answers", "challenges": "challenges"}  # column of a spread → rows that it counts
SENT_BEFORE = _("Cet envoi a déjà servi. Rechargez la page et répondez à nouveau.")


class Refused(Exception):
    """The session refuses what was sent, and says why: it is full, or the key was already used for something else."""


class SessionClosed(Exception):
    """The session was closed in the meantime."""


def start_session(access: Access, *, diagnostic: Diagnostic | None = None, workshop: int | None = None,
          vision: Vision | None = None) -> Session:  # fmt: skip
    """Open a session with a code nobody has."""
    code = next(code for code in iter(new_code, "") if not Session.objects.filter(code=code).exists())
    session = access.add(
        Session, diagnostic=diagnostic, workshop=workshop, vision=vision, code=code, facilitator=access.person,
    )  # fmt: skip
    # Every counter exists from the start: created as people come, their order would reveal who joined from where.
    Presence.objects.bulk_create(Presence(session=session, entity=entity) for entity in [*directorates(session), None])
    return session


def asked_questions(session: Session) -> list[Question]:
    """The questions of the session's workshop that the phones ask, in order."""
    return [question for question in questions_of_session(session) if question.asked]


def questions_of_session(session: Session) -> list[Question]:
    """Every question of the session's workshop."""
    if session.diagnostic is None:
        return []
    questions = session.diagnostic.questionnaire.questions.filter(facet__workshop=session.workshop)
    return list(questions.select_related("facet"))


def new_key() -> str:
    """A key of sending, as a phone without script receives it: the time in milliseconds, then chance."""
    return f"{time.time_ns() // 1_000_000}-{secrets.token_hex(6)}"


def check_key(key: str) -> str:
    """The key, if it has the form that our pages give it. Errors: ValueError."""
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
def join_session(session: Session, token: str, entity: Entity | None) -> Participant:
    """Take part under a token; the directorate is counted once and apart. The same token joins once."""
    _lock_session(session.pk)
    if known := find_participant(session, token):
        return known
    if session.participants.count() >= MOST_PEOPLE:
        raise Refused(_("Cet atelier est complet."))
    if not session.presences.filter(entity=entity).update(people=F("people") + 1):
        session.presences.create(entity=entity, people=1)  # a directorate added since the session started
    Session.objects.filter(pk=session.pk).update(people=F("people") + 1)
    return session.participants.create(token_sha256=Participant.hash_token(token))


def find_participant(session: Session, token: str) -> Participant | None:
    """Who has this token in the session."""
    return session.participants.filter(token_sha256=Participant.hash_token(token)).first() if token else None


@transaction.atomic
def save_answer(
    participant: Participant, question: Question, importance: int | None, practice: int | None, key: str
) -> None:
    """Save the answer of a participant to a question: the latest one wins, by the clock of the phone.

    Errors: Refused for a key that was already used for something else.
    """
    _lock_session(participant.session_id)
    answer = participant.answers.filter(question=question).first() or Answer(
        session_id=participant.session_id, participant=participant, question=question, key=""
    )
    if key >= answer.key:
        answer.importance, answer.practice, answer.key = importance, practice, key
        try:
            with transaction.atomic():
                answer.save()
        except IntegrityError:
            raise Refused(SENT_BEFORE) from None


def _lock_session(number: int) -> Session:
    """Lock a session for the transaction, so that answers and its closing never interleave. Errors: SessionClosed."""
    session = Session.objects.select_for_update().get(pk=number)
    if session.closed:
        raise SessionClosed
    return session


@transaction.atomic
def enter_sheet(session: Session, key: str, answers: dict[Question, tuple[int | None, int | None]]) -> None:
    """Enter a sheet of paper as one participant: importance then practice of each question; once for a key."""
    participant = join_session(session, f"paper {key}", None)
    for place, (question, (importance, practice)) in enumerate(answers.items()):
        save_answer(participant, question, importance, practice, f"{key}{place}")


@transaction.atomic
def save_challenges(participant: Participant, chosen: list[Question]) -> None:
    """Save the values filled in before that a participant wants to discuss, in place of those chosen before."""
    _lock_session(participant.session_id)
    participant.challenges.exclude(question__in=chosen).delete()
    for question in chosen:
        participant.challenges.get_or_create(session_id=participant.session_id, question=question)


@transaction.atomic
def save_idea(participant: Participant, session: Session, text: str, key: str) -> None:
    """Save an idea; the same key of the same phone corrects it. Errors: ValueError for no text, Refused."""
    if not text:
        raise ValueError(text)
    _lock_session(participant.session_id)
    values = {"vision": session.vision, "participant": participant, "text": text}
    idea, _new = Idea.objects.get_or_create(session=session, key=key, defaults=values)
    if idea.participant_id != participant.pk:
        raise Refused(SENT_BEFORE)
    idea.text = text
    idea.save()


@transaction.atomic
def save_points(participant: Participant, points: dict[Group, int]) -> None:
    """Save the points that a participant gives to groups, in place of those given before."""
    _lock_session(participant.session_id)
    participant.points.all().delete()
    Points.objects.bulk_create(
        [Points(participant=participant, group=group, points=points) for group, points in points.items() if points]
    )


# ---------------------------------------------------------------------------------------------------------- spreads


def count_received(session: Session) -> dict[str, dict[int, int]]:
    """How many `answers` and `challenges` (wishes to discuss what was filled in) each question received, by its key."""
    if session.closed:
        return {name: dict(session.spreads.values_list("question_id", column)) for column, name in COUNTS.items()}
    rows = {"answers": session.answers, "challenges": session.challenges}
    return {name: dict(kept.values_list("question_id").annotate(n=Count("pk"))) for name, kept in rows.items()}


def count_missing_answers(answers: list[Answer]) -> int:
    """How many answers are missing before these can be shown, after the spreads that contain some of them.

    Against each of those, importance and practice apart, either nobody moved or five did; and somebody moved since the
    last. The first spread is compared with an empty one.
    """
    spreads = max((len(answer.shown) for answer in answers), default=0)
    missing = []
    for number in range(spreads) or [0]:
        before = [answer.shown[number] if answer.shown else None for answer in answers]
        for place, name in enumerate(("importance", "practice")):
            moved = sum(
                was is None or was[place] != getattr(answer, name) for answer, was in zip(answers, before, strict=True)
            )
            missing.append(FEWEST_ANSWERS - moved if moved else 0)
    unmoved = not answers or all(answer.shown[-1:] == [[answer.importance, answer.practice]] for answer in answers)
    return FEWEST_ANSWERS if unmoved else max(0, *missing)


@transaction.atomic
def publish_spread(session: Session, question: Question) -> bool:
    """Publish the spread of the answers to a question; False, and nothing changes, when too few are new."""
    _lock_session(session.pk)
    answers = list(session.answers.filter(question=question))
    if count_missing_answers(answers):
        return False
    spreads = max(len(answer.shown) for answer in answers)
    for answer in answers:
        answer.shown = [*answer.shown, *[None] * (spreads - len(answer.shown)), [answer.importance, answer.practice]]
    counts: dict[str, Any] = {"answers": len(answers)}
    for name in ("importance", "practice"):
        values = [getattr(answer, name) for answer in answers]
        counts[name] = Counter("" if value is None else str(value) for value in values)
    Spread.objects.update_or_create(session=session, question=question, defaults=counts)
    Answer.objects.bulk_update(answers, ["shown"])
    return True


# ---------------------------------------------------------------------------------------------------------- its states


def set_state(session: Session, state: str) -> None:
    """Pause a session, or open it again: a closed one stays closed; every token stays."""
    Session.objects.filter(pk=session.pk).exclude(state=Session.CLOSED).update(state=state)


@transaction.atomic
def close_session(session: Session) -> None:
    """Close for good: spreads stay; tokens, single answers and keys are deleted."""
    session = Session.objects.select_for_update().get(pk=session.pk)
    if session.closed:
        return
    received = count_received(session)
    for question in questions_of_session(session):
        publish_spread(session, question)
        counts = {name: received[rows].get(question.pk, 0) for name, rows in COUNTS.items()}
        Spread.objects.update_or_create(session=session, question=question, defaults=counts)
    for idea in Idea.objects.filter(session=session):
        idea.participant, idea.key = None, f"closed-{idea.pk}"
        idea.save()
    session.participants.all().delete()
    session.state, session.closed_at = Session.CLOSED, timezone.now()
    session.save()
    transaction.on_commit(wipe_deleted_rows)


def wipe_deleted_rows() -> None:
    """Remove deleted rows from the files of the database as well, as far as it allows.

    SQLite overwrites what it deletes (settings), and its journal is emptied here, or by the next writer if somebody is
    reading; PostgreSQL frees the space of deleted rows. Backups are not touched.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            tables = (Participant, Answer, Challenge, Points, Idea)
            cursor.execute(f"VACUUM {', '.join(model._meta.db_table for model in tables)}")
