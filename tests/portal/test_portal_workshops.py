"""A workshop on phones: every answer kept, nothing twice, nobody found out; another facilitator takes over."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from diagnosing import agree, answer, diagnostic, people, phone, say, session, vision
from django.utils import timezone

from conftest import World
from estran.portal.organisations.models import Entity
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Answer, Idea, Participant, Presence, Session

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def spread(workshop: Session, number: int = 0) -> dict[str, Any] | None:
    """What the room sees of its first question, if anything."""
    question = sessions.asked_questions(workshop)[number]
    row = workshop.spreads.filter(question=question, answers__gt=0).first()
    return {"answers": row.answers, "practice": row.practice, "importance": row.importance} if row else None


# ------------------------------------------------------------------------------------------------------ taking part


def test_a_workshop_asks_six_questions_on_phones(world: World) -> None:
    diagnosis = diagnostic(world)
    for workshop in (1, 2, 3):
        assert len(sessions.asked_questions(session(world, workshop, diagnosis))) == 6


def test_a_phone_joins_without_account_and_answers(world: World) -> None:
    workshop = session(world)
    client = phone(workshop)
    sent = client.post(f"/a/{workshop.code}/1/", answer("2", "3"))
    assert sent["Location"] == f"/a/{workshop.code}/2/"
    kept = Answer.objects.get()
    assert (kept.practice, kept.importance) == (2, 3)


def test_i_do_not_know_is_an_answer(world: World) -> None:
    workshop = session(world)
    phone(workshop).post(f"/a/{workshop.code}/1/", answer("?", "?"))
    kept = Answer.objects.get()
    assert (kept.practice, kept.importance) == (None, None)


@pytest.mark.parametrize("wrong", [{"practice": ""}, {"practice": "5"}, {"importance": "4"}, {"key": "x"}])
def test_an_answer_that_means_nothing_is_asked_again(world: World, wrong: dict[str, str]) -> None:
    workshop = session(world)
    assert phone(workshop).post(f"/a/{workshop.code}/1/", answer() | wrong).status_code == 422
    assert not Answer.objects.exists()


def test_sending_twice_creates_nothing_twice(world: World) -> None:
    workshop = session(world)
    client = phone(workshop)
    same = answer("2", "3")
    for _time in range(3):
        assert client.post(f"/a/{workshop.code}/1/", same).status_code == 302
    assert Answer.objects.count() == 1


def test_going_back_changes_the_answer_and_creates_no_other(world: World) -> None:
    workshop = session(world)
    client = phone(workshop)
    page = answer("2", "3")
    client.post(f"/a/{workshop.code}/1/", page)
    client.post(f"/a/{workshop.code}/1/", page | {"practice": "4"})
    assert [kept.practice for kept in Answer.objects.all()] == [4]


def test_an_older_sending_that_arrives_late_does_not_win(world: World) -> None:
    """The phone said 1, lost the network, then said 4; the first sending arrives last."""
    workshop = session(world)
    client = phone(workshop)
    client.post(f"/a/{workshop.code}/1/", answer("4", key="1764170002000-abcdef"))
    client.post(f"/a/{workshop.code}/1/", answer("1", key="1764170001000-abcdef"))
    assert Answer.objects.get().practice == 4


def test_a_key_of_another_phone_is_refused(world: World) -> None:
    workshop = session(world)
    same = answer("2")
    phone(workshop).post(f"/a/{workshop.code}/1/", same)
    assert phone(workshop).post(f"/a/{workshop.code}/1/", same | {"practice": "3"}).status_code == 409
    assert [kept.practice for kept in Answer.objects.all()] == [2]


def test_joining_twice_counts_one_person(world: World) -> None:
    workshop = session(world)
    client = phone(workshop, token="t" * 30, directorate=str(world.directorate.pk))
    client.cookies.clear()
    client.post(f"/a/{workshop.code}/", {"token": "t" * 30, "directorate": str(world.directorate.pk)})
    workshop.refresh_from_db()
    assert (workshop.people, Participant.objects.count(), Presence.objects.get(people__gt=0).people) == (1, 1, 1)


def test_people_say_a_directorate_even_when_one_entity_holds_them_all(world: World) -> None:
    workshop = session(world)
    assert list(sessions.directorates(workshop)) == [world.directorate]
    below = [Entity.objects.create(organisation=world.organisation, parent=world.directorate, name=n) for n in "AB"]
    assert list(sessions.directorates(workshop)) == below


def test_an_idea_sent_twice_is_one_idea_and_going_back_corrects_it(world: World) -> None:
    workshop = vision(world)
    client = phone(workshop)
    page = {"text": "Garder les portables six ans", "key": sessions.new_key()}
    client.post(f"/a/{workshop.code}/idees/", page)
    client.post(f"/a/{workshop.code}/idees/", page)
    client.post(f"/a/{workshop.code}/idees/", page | {"text": "Garder les portables sept ans"})
    assert [idea.text for idea in Idea.objects.all()] == ["Garder les portables sept ans"]


def test_who_has_not_joined_is_led_to_the_entrance(world: World, client: Any) -> None:
    workshop = session(world)
    assert client.get(f"/a/{workshop.code}/1/")["Location"] == f"/a/{workshop.code}/"
    assert client.get(f"/a/{workshop.code.lower()}/1/")["Location"] == f"/a/{workshop.code}/1/"
    assert client.get("/a/?code=NONEXX").status_code == 404
    assert client.get(f"/a/?code= {workshop.code.lower()}")["Location"] == f"/a/{workshop.code}/"


def test_a_room_that_is_full_takes_nobody_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST_PEOPLE", 1)
    workshop = session(world)
    phone(workshop)
    assert phone(workshop).get(f"/a/{workshop.code}/1/")["Location"] == f"/a/{workshop.code}/"
    assert Participant.objects.count() == 1


# ---------------------------------------------------------------------------------------------------------- privacy


def test_under_five_answers_nothing_is_shown(world: World) -> None:
    workshop = session(world)
    question = sessions.asked_questions(workshop)[0]
    for who in people(workshop, 4):
        say(who, question, 2)
    assert not sessions.publish_spread(workshop, question)
    assert spread(workshop) is None
    say(people(workshop, 5)[4], question, 0)
    assert sessions.publish_spread(workshop, question)
    shown = {"answers": 5, "practice": {"2": 4, "0": 1}, "importance": {"2": 5}}
    assert spread(workshop) == shown


def test_one_more_answer_never_changes_what_is_shown(world: World) -> None:
    """Five answered, the spread is open; four more come, one by one: the room sees the same five."""
    workshop = session(world)
    question = sessions.asked_questions(workshop)[0]
    room = people(workshop, 10)
    for who in room[:5]:
        say(who, question, 1)
    sessions.publish_spread(workshop, question)
    before = spread(workshop)
    for who in room[5:9]:
        say(who, question, 4)
        assert not sessions.publish_spread(workshop, question)
        assert spread(workshop) == before
    say(room[9], question, 4)
    assert sessions.publish_spread(workshop, question)
    after = spread(workshop)
    assert after and after["practice"] == {"1": 5, "4": 5}


def test_changing_ones_mind_and_back_does_not_open_the_spread_anew(world: World) -> None:
    """One changes six times, four change and come back: what one said would be the whole difference."""
    workshop = session(world)
    question = sessions.asked_questions(workshop)[0]
    room = people(workshop, 6)
    for who in room:
        say(who, question, 1)
    sessions.publish_spread(workshop, question)
    for practice in (0, 2, 3, 4, 2, 3):
        say(room[0], question, practice)
    for who in room[1:5]:
        say(who, question, 4)
        say(who, question, 1)
    assert not sessions.publish_spread(workshop, question)


def test_results_read_what_the_room_agreed_on_and_no_single_answer(world: World) -> None:
    workshop = session(world)
    question = sessions.asked_questions(workshop)[0]
    place = world.url(f"diagnostic/{workshop.diagnostic_id}/")
    room = people(workshop, 8)
    for who in room[:7]:
        say(who, question, 1)
    sessions.publish_spread(workshop, question)
    before = without_tokens(world.client("reader").get(place))
    say(room[7], question, 4)
    assert without_tokens(world.client("reader").get(place)) == before


def without_tokens(page: Any) -> str:
    """A page without what changes at each look: the tokens of its forms."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())


def test_directorates_are_counted_and_tied_to_no_answer(world: World) -> None:
    workshop = session(world)
    client = phone(workshop, directorate=str(world.directorate.pk))
    client.post(f"/a/{workshop.code}/1/", answer())
    counted = [(row.entity, row.people) for row in workshop.presences.order_by("pk")]
    assert counted == [(world.directorate, 1), (None, 0)]
    tied = {field.name for model in (Answer, Participant) for field in model._meta.get_fields()}
    assert tied.isdisjoint({"entity", "directorate", "person", "at", "made_at", "presence"})
    assert world.directorate.name not in str(Participant.objects.values()) + str(Answer.objects.values())


def test_a_token_is_never_stored(world: World) -> None:
    workshop = session(world)
    client = phone(workshop, token="secret-of-a-phone-0123456789")
    assert client.cookies["atelier"].value == "secret-of-a-phone-0123456789"
    assert client.cookies["atelier"]["httponly"] and client.cookies["atelier"]["path"] == f"/a/{workshop.code}/"
    assert "secret-of-a-phone" not in str(Participant.objects.values())


def test_a_pause_keeps_the_tokens_and_phones_wait(world: World) -> None:
    workshop = session(world)
    client = phone(workshop)
    sessions.set_state(workshop, Session.PAUSED)
    assert client.post(f"/a/{workshop.code}/1/", answer()).status_code == 503, "a phone keeps what gets a 5xx"
    sessions.set_state(workshop, Session.OPEN)
    assert client.post(f"/a/{workshop.code}/1/", answer()).status_code == 302
    assert Answer.objects.count() == 1


def test_closing_deletes_tokens_answers_and_keys_for_good(world: World) -> None:
    workshop = session(world)
    questions = sessions.asked_questions(workshop)
    room = people(workshop, 6)
    for who in room:
        say(who, questions[0], 3)
    for who in room[:3]:
        say(who, questions[1], 1)
    client = phone(workshop)
    sessions.close_session(workshop)
    assert not Participant.objects.exists() and not Answer.objects.exists()
    kept = workshop.spreads.get(question=questions[0])
    assert (kept.received, kept.practice) == (6, {"3": 6})
    few = workshop.spreads.get(question=questions[1])
    assert (few.received, few.practice, few.importance) == (3, {}, {}), "three answers: their number alone"
    assert client.post(f"/a/{workshop.code}/1/", answer()).status_code == 410
    workshop.refresh_from_db()
    sessions.set_state(workshop, Session.OPEN)
    workshop.refresh_from_db()
    assert workshop.closed and workshop.people == 7


def test_an_answer_that_crosses_the_end_is_refused_and_leaves_nothing(world: World) -> None:
    workshop = session(world)
    who = people(workshop, 1)[0]
    sessions.close_session(workshop)
    with pytest.raises(sessions.SessionClosed):
        say(who, sessions.asked_questions(workshop)[0], 2)
    assert not Answer.objects.exists()


def test_a_workshop_left_open_is_recalled_on_the_home_page(world: World) -> None:
    workshop = session(world)
    assert workshop.code not in world.client("officer").get(world.url()).content.decode()
    Session.objects.update(opened_at=timezone.now() - timedelta(days=8))
    page = world.client("officer").get(world.url()).content.decode()
    assert f"{workshop} est resté ouvert" in page
    sessions.close_session(workshop)
    assert "est resté ouvert" not in world.client("officer").get(world.url()).content.decode()


def test_an_idea_forgets_the_phone_it_came_from(world: World) -> None:
    workshop = vision(world)
    client = phone(workshop)
    client.post(f"/a/{workshop.code}/idees/", {"text": "Une idée", "key": "1764170001000-abcdef"})
    sessions.close_session(workshop)
    idea = Idea.objects.get()
    assert idea.participant is None and "1764170001000" not in idea.key


# --------------------------------------------------------------------------------------------- the facilitator's screen


def test_the_screen_follows_the_room(world: World) -> None:
    workshop = session(world)
    place = world.url(f"ateliers/{workshop.pk}/")
    for who in people(workshop, 5):
        say(who, sessions.asked_questions(workshop)[0], 2)
    screen = world.client("officer").get(place).content.decode()
    assert workshop.code in screen and f"/a/{workshop.code}/" in screen and "<svg" in screen
    assert "5\u00a0personnes" in screen or "5 personnes" in screen
    assert "Q02" in screen and "<b>5</b>" in screen


def test_another_facilitator_takes_over_and_loses_nothing(world: World) -> None:
    """The laptop of the officer dies; the administrator opens the same screen on his own."""
    workshop = session(world)
    place = world.url(f"ateliers/{workshop.pk}/")
    questions = sessions.asked_questions(workshop)
    officer, other = world.client("officer"), world.client("administrator")
    officer.post(place, {"do": "show", "question": questions[2].pk})
    for who in people(workshop, 5):
        say(who, questions[2], 3)
    officer.post(place, {"do": "spread"})
    screen = other.get(place).content.decode()
    assert "Officer anime" in screen and questions[2].text in screen and "Pratique, 5 réponses" in screen
    other.post(place, {"do": "take"})
    other.post(place, {"do": "agree", "practice": "3", "importance": "2", "note": "Les profils existent."})
    assert "Vous animez" in other.get(place).content.decode()
    finding = workshop.diagnostic.findings.get(question=questions[2])
    assert (finding.practice, finding.importance, finding.settled) == (3, 2, True)


def test_ending_asks_for_a_tick(world: World) -> None:
    workshop = session(world)
    place = world.url(f"ateliers/{workshop.pk}/")
    world.client("officer").post(place, {"do": "close"})
    workshop.refresh_from_db()
    assert not workshop.closed
    world.client("officer").post(place, {"do": "close", "sure": "on"})
    workshop.refresh_from_db()
    assert workshop.closed
    assert world.client("officer").get(place).status_code == 200


def test_the_room_may_challenge_what_was_filled_in_before(world: World) -> None:
    workshop = session(world)
    agree(workshop.diagnostic, "Q01", 3, 2)
    client = phone(workshop)
    question = workshop.diagnostic.questionnaire.questions.get(code="Q01")
    page = client.get(f"/a/{workshop.code}/constats/").content.decode()
    assert question.levels[3] in page
    for _time in range(2):
        client.post(f"/a/{workshop.code}/constats/", {"discuss": [str(question.pk)], "key": sessions.new_key()})
    assert sessions.count_received(workshop)["challenges"] == {question.pk: 1}
    assert "Q01 (1)" in world.client("officer").get(world.url(f"ateliers/{workshop.pk}/")).content.decode()


def test_the_next_question_is_one_gesture_away(world: World) -> None:
    """From the first question asked to the second, and none after the last; the phones land where the screen is."""
    workshop = session(world)
    place = world.url(f"ateliers/{workshop.pk}/")
    questions = sessions.asked_questions(workshop)
    officer = world.client("officer")
    assert f"Question suivante\u00a0: {questions[1].code}" in officer.get(place).content.decode()
    officer.post(place, {"do": "show", "question": questions[5].pk})
    assert "Question suivante" not in officer.get(place).content.decode()
    assert phone(workshop).get(f"/a/{workshop.code}/")["Location"] == f"/a/{workshop.code}/6/"


def test_sheets_of_paper_are_entered_once_each(world: World) -> None:
    workshop = session(world)
    place = world.url(f"ateliers/{workshop.pk}/saisie/")
    sheet = {"key": sessions.new_key()}
    for question in sessions.asked_questions(workshop)[:5]:
        sheet |= {f"practice_{question.code}": "?", f"importance_{question.code}": "3"}
    for _time in range(2):
        world.client("officer").post(place, sheet)
    workshop.refresh_from_db()
    assert (workshop.people, Answer.objects.count()) == (1, 5)


def test_half_a_sheet_is_asked_again_and_what_was_typed_stays(world: World) -> None:
    workshop = session(world)
    place = world.url(f"ateliers/{workshop.pk}/saisie/")
    half = {"key": sessions.new_key(), "practice_Q02": "1", "practice_Q05": "7", "importance_Q05": "2"}
    again = world.client("officer").post(place, half)
    page = again.content.decode()
    assert again.status_code == 422 and "Q02, Q05" in page
    assert 'name="practice_Q02" value="1"' in page and f'value="{half["key"]}"' in page
    assert not Answer.objects.exists()


def test_the_printed_sheet_has_the_six_questions(world: World) -> None:
    workshop = session(world, 2)
    page = world.client("officer").get(world.url(f"diagnostic/{workshop.diagnostic_id}/feuilles/?atelier=2"))
    text = page.content.decode()
    assert all(question.text in text for question in sessions.asked_questions(workshop))
    assert text.count("☐") == 6 * (6 + 5), "six levels and five importances to tick, each with its digit"


def test_a_session_of_another_authority_is_not_there(world: World) -> None:
    workshop = session(world)
    assert world.client("stranger").get(world.url(f"ateliers/{workshop.pk}/")).status_code == 404
    assert world.client("stranger").get(f"/o/autre/ateliers/{workshop.pk}/").status_code == 404
    assert world.client("link_holder").get(world.url(f"ateliers/{workshop.pk}/")).status_code == 302
    assert world.client("contributor").get(world.url(f"ateliers/{workshop.pk}/")).status_code == 403
