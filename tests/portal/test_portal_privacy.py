"""Nobody is found out in a workshop: whatever people say in whatever order, on a screen, in a file or in a journal."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from diagnosing import people, phone, say, session, vision
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from conftest import World
from estran.portal.organisations.models import AuditLine, Entity
from estran.portal.organisations.models import Session as SignedIn
from estran.portal.workshops import sessions, visions
from estran.portal.workshops.models import Answer, Participant, Session
from examples import examples

pytestmark = pytest.mark.django_db
ROOM = 12
Said = tuple[int | None, int | None]  # importance, practice
# Few values, so that people come back to what they said before; each round, some of the room speak, then it is shown.
values = st.tuples(st.sampled_from([None, 0, 3]), st.sampled_from([None, 1, 4]))
rounds = st.lists(st.dictionaries(st.integers(0, ROOM - 1), values, min_size=1), min_size=1, max_size=7)


def picture(answers: dict[int, Said], place: int) -> Counter[str]:
    return Counter("" if one[place] is None else str(one[place]) for one in answers.values())


@settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rounds=rounds, eager=st.booleans())
def test_any_two_pictures_of_a_question_differ_by_five_people_or_by_none(
    world: World, rounds: list[dict[int, Said]], eager: bool
) -> None:
    """Pictures of any two moments, importance and practice apart: what was added and what moved is that of five people.

    A picture is exactly what people had said when it was taken, and no answer that comes later changes what is seen. An
    eager facilitator asks for it after each answer.
    """
    Session.objects.all().delete()
    workshop = session(world, 1, world.organisation.diagnostics.first())
    question = sessions.asked_questions(workshop)[0]
    room = people(workshop, ROOM)
    answers: dict[int, Said] = {}
    pictures: list[dict[int, Said]] = []
    for spoken in rounds:
        for place, (number, (importance, practice)) in enumerate(spoken.items(), 1):
            answers[number] = (importance, practice)
            say(room[number], question, practice, importance)
            if (eager or place == len(spoken)) and sessions.publish_spread(workshop, question):
                pictures.append(dict(answers))
            seen = workshop.spreads.filter(question=question).first()
            assert (seen is None) == (not pictures)
            if seen:
                assert Counter(seen.importance) == picture(pictures[-1], 0)
                assert Counter(seen.practice) == picture(pictures[-1], 1)
    event(f"{len(pictures)} pictures")
    for number, later in enumerate(pictures):
        assert len(later) >= sessions.FEWEST_ANSWERS
        for earlier in pictures[:number]:
            for place in (0, 1):
                moved = [who for who in later if who not in earlier or earlier[who][place] != later[who][place]]
                assert len(moved) == 0 or len(moved) >= sessions.FEWEST_ANSWERS


def test_a_picture_is_compared_with_all_those_before_and_not_only_the_last(world: World) -> None:
    """Six say 1; five go to 4 and are seen; four come back to 1 and the fifth goes to 3: beside the first picture, his
    answer alone would differ."""
    workshop = session(world)
    question = sessions.asked_questions(workshop)[0]
    room = people(workshop, 6)
    for who in room:
        say(who, question, 1)
    assert sessions.publish_spread(workshop, question)
    for who in room[:5]:
        say(who, question, 4)
    assert sessions.publish_spread(workshop, question)
    for who in room[:4]:
        say(who, question, 1)
    say(room[4], question, 3)
    assert not sessions.publish_spread(workshop, question)
    assert sessions.count_missing_answers(list(workshop.answers.filter(question=question))) == 4


def test_importance_and_practice_are_each_the_answer_of_five(world: World) -> None:
    """Four change what matters to them, one what he does: the practice shown would be his."""
    workshop = session(world)
    question = sessions.asked_questions(workshop)[0]
    room = people(workshop, 5)
    for who in room:
        say(who, question, 1, importance=1)
    assert sessions.publish_spread(workshop, question)
    for who in room[:4]:
        say(who, question, 1, importance=3)
    say(room[4], question, 4, importance=1)
    assert not sessions.publish_spread(workshop, question)


def test_the_order_of_the_directorates_says_nothing_of_who_came_first(world: World) -> None:
    """The counters are there before anybody: two people who join leave no trace of which came from where."""
    directorates = [world.directorate, *(
        Entity.objects.create(organisation=world.organisation, name=name) for name in ("Finances", "Routes")
    )]  # fmt: skip
    rows = []
    for order in (directorates, directorates[::-1]):
        workshop = session(world, 1, world.organisation.diagnostics.first())
        for entity in order:
            phone(workshop, directorate=str(entity.pk))
        rows.append([(row.entity, row.people) for row in workshop.presences.order_by("pk")])
    assert rows[0] == rows[1]


def test_phones_leave_nothing_in_the_journal_nor_in_the_sessions_of_the_portal(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    workshop, room = session(world), vision(world)
    before = AuditLine.objects.count()
    with caplog.at_level(logging.DEBUG):
        client = phone(workshop, token="secret-of-a-phone-0123456789")
        client.post(f"/a/{workshop.code}/1/", {"practice": "4", "importance": "3", "key": "1764170001000-onlyhere"})
        client.post(f"/a/{workshop.code}/1/", {"practice": "9", "importance": "3", "key": "1764170002000-onlyhere"})
        phone(room).post(f"/a/{room.code}/idees/", {"text": "", "key": "1764170003000-onlyhere"})
    answers = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [line for line in answers if "secret-of-a-phone" in line or "onlyhere" in line]
    assert AuditLine.objects.count() == before
    assert not SignedIn.objects.exists(), "a phone has no session of the portal"


def test_closing_writes_a_line_that_names_the_workshop_and_nobody_who_came(world: World) -> None:
    workshop = session(world)
    phone(workshop, token="secret-of-a-phone-0123456789", directorate=str(world.directorate.pk))
    world.client("officer").post(world.url(f"ateliers/{workshop.pk}/"), {"do": "close", "sure": "on"})
    assert [line.what for line in AuditLine.objects.all()] == [f"a terminé l’atelier {workshop.code}"]
    assert not Participant.objects.exists() and not Answer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_closing_and_the_end_of_a_vote_also_clean_the_files_of_the_database(world: World) -> None:
    """Outside a transaction, as in the portal: on SQLite the journal is emptied, on PostgreSQL the tables vacuumed."""
    workshop, room = session(world), vision(world)
    say(people(workshop, 1)[0], sessions.asked_questions(workshop)[0], 2)
    sessions.close_session(workshop)
    visions.end_vote(room.vision)
    sessions.close_session(room)
    assert not Participant.objects.exists() and not Answer.objects.exists()
    assert set(Session.objects.values_list("state", flat=True)) == {Session.CLOSED}


CLOSED = """
import django; django.setup()
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership, Organisation, Person, Role
from estran.portal.diagnostic import questionnaires
from estran.portal.workshops import sessions
from estran.portal.diagnostic.models import Diagnostic
from estran.portal.workshops.models import Participant
organisation = Organisation.objects.create(name="Essai", slug="essai")
person = Person.objects.create_user("a@essai.fr", "un mot de passe assez long")
member = Membership.objects.create(organisation=organisation, person=person, role=Role.OFFICER)
access = Access(person, organisation, member)
version = questionnaires.current_version(access)
diagnosis = Diagnostic.objects.create(organisation=organisation, questionnaire=version, year=2025)
room = sessions.start_session(access, diagnostic=diagnosis, workshop=1)
for number in range(40):
    who = sessions.join_session(room, f"a token of a phone {number}", None)
    for place, question in enumerate(sessions.asked_questions(room)):
        sessions.save_answer(who, question, 2, 3, f"17641700{number:02}{place:03}-onlyhere{number}")
kept = [Participant.hash_token(f"a token of a phone {number}") for number in range(40)]
from django.db import connection
connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
import pathlib, os
place = pathlib.Path(os.environ["ESTRAN_DATA"])
files = b"".join(path.read_bytes() for path in place.iterdir() if path.name.startswith("portail.sqlite3"))
assert b"onlyhere7" in files and kept[7].encode() in files, "written before, or this proves nothing"
sessions.close_session(room)
print("\\n".join([*kept, "onlyhere"]))
"""


@pytest.mark.slow
def test_what_a_closed_workshop_deleted_is_in_no_file_of_the_database(tmp_path: Path) -> None:
    """Neither a free page nor the journal of SQLite still holds the hash of a token or the key of an answer."""
    environment = os.environ | {
        "ESTRAN_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "estran.portal.settings", "ESTRAN_DATABASE_URL": "",
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "estran.portal", "migrate", "--verbosity", "0"], env=environment, check=True)
    done = subprocess.run([sys.executable, "-c", CLOSED], env=environment, check=True, capture_output=True, text=True)
    traces = done.stdout.split()
    assert len(traces) == 41
    files = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(content.startswith(b"SQLite format 3") for content in files.values())
    assert [(name, trace) for name, content in files.items() for trace in traces if trace.encode() in content] == []
    with sqlite3.connect(tmp_path / "portail.sqlite3") as kept:
        assert kept.execute("SELECT count(*) FROM workshops_spread WHERE received = 40").fetchone() == (6,)
