"""A phone whose network is gone for a minute, a tab closed meanwhile, a server restarted, a laptop that dies: in a
browser, nothing is lost and nothing is twice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import browser as browsers
import pytest
from diagnosing import choose, enter, people, say, serve, session, vision
from playwright.sync_api import Browser, Error, Page, expect

from conftest import World
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Answer, Session

pytestmark = pytest.mark.slow
A_MINUTE = 60_000  # milliseconds
# The clock of the page is made to run, unless a campaign asks for a true minute.
REAL_MINUTE = os.environ.get("ESTRAN_REAL_MINUTE") == "yes"
COUNT = "import django; django.setup(); from estran.portal.workshops.models import Answer, Participant; "
COUNT += "print(Participant.objects.count(), sorted(Answer.objects.values_list('practice', flat=True)))"


def send(page: Page) -> None:
    page.get_by_role("button", name="Envoyer").click()


def kept_on_the_phone(page: Page) -> None:
    expect(page.get_by_role("status")).to_contain_text("gardée sur ce téléphone")


def a_minute_goes_by(page: Page) -> None:
    """The page tries again every three seconds, and fails."""
    if REAL_MINUTE:
        page.wait_for_timeout(A_MINUTE)
        return
    for _try in range(20):
        page.clock.run_for(A_MINUTE // 20)


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_loses_its_network_for_a_minute_loses_nothing(
    browser: Browser, live_server: Any, world: World
) -> None:
    """It answers, changes its mind while nothing goes through, and sends its last word once, by itself."""
    workshop = session(world)
    with browsers.opened(browser, live_server.url) as (page, _visit):
        if not REAL_MINUTE:
            page.clock.install()
        enter(page, workshop.code)
        page.context.set_offline(True)
        choose(page, 1, 3)
        send(page)
        kept_on_the_phone(page)
        a_minute_goes_by(page)
        choose(page, 4, 2)
        send(page)
        kept_on_the_phone(page)
        assert not Answer.objects.exists()
        page.context.set_offline(False)
        page.wait_for_url("**/2/")
        assert [(kept.practice, kept.importance) for kept in Answer.objects.all()] == [(4, 2)], "its last word"
        assert page.evaluate("localStorage.length") == 0


@pytest.mark.django_db(transaction=True)
def test_ideas_written_without_network_all_arrive_once_and_in_order(
    browser: Browser, live_server: Any, world: World
) -> None:
    workshop = vision(world)
    with browsers.opened(browser, live_server.url) as (page, _visit):
        page.goto(f"/a/{workshop.code}/")
        page.get_by_role("button", name="Participer").click()
        page.wait_for_url("**/idees/")
        page.context.set_offline(True)
        page.get_by_label("Une idée, en une phrase").fill("Garder les portables six ans")
        for _time in range(2):
            send(page)
            kept_on_the_phone(page)
        page.context.set_offline(False)
        expect(page.get_by_role("listitem")).to_have_text(["Garder les portables six ans"])
        assert [idea.text for idea in workshop.vision.ideas.all()] == ["Garder les portables six ans"]


@pytest.mark.django_db(transaction=True)
def test_a_tab_closed_and_reopened_without_network_sends_when_the_network_is_back(
    browser: Browser, live_server: Any, world: World
) -> None:
    workshop = session(world)
    with browsers.opened(browser, live_server.url) as (page, _visit):
        context = page.context
        enter(page, workshop.code)
        context.set_offline(True)
        choose(page, 2, 2)
        send(page)
        kept_on_the_phone(page)
        page.close()
        again = context.new_page()
        with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
            again.goto(f"/a/{workshop.code}/1/")
        context.set_offline(False)
        again.goto(f"/a/{workshop.code}/3/")
        expect(again.get_by_role("status")).to_contain_text("Tout est envoyé")
        assert [kept.practice for kept in Answer.objects.all()] == [2]


@pytest.mark.django_db(transaction=True)
def test_a_page_left_during_a_pause_sends_when_it_is_opened_again(
    browser: Browser, live_server: Any, world: World
) -> None:
    workshop = session(world)
    with browsers.opened(browser, live_server.url) as (page, _visit):
        enter(page, workshop.code)
        sessions.set_state(workshop, Session.PAUSED)
        choose(page, 2, 2)
        send(page)
        kept_on_the_phone(page)
        page.goto("about:blank")
        sessions.set_state(workshop, Session.OPEN)
        page.goto(f"/a/{workshop.code}/3/")
        expect(page.get_by_role("status")).to_contain_text("Tout est envoyé")
        assert [kept.practice for kept in Answer.objects.all()] == [2]


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_the_server_does_not_know_any_more_is_told_so(
    browser: Browser, live_server: Any, world: World
) -> None:
    """Its cookie is gone: the answer leads to the entrance, and the page does not say that it was kept."""
    workshop = session(world)
    with browsers.opened(browser, live_server.url) as (page, _visit):
        enter(page, workshop.code)
        choose(page, 2, 2)
        page.context.clear_cookies(name="atelier")
        send(page)
        expect(page.get_by_role("status")).to_contain_text("n’a pas été accepté")
        assert not Answer.objects.exists()


def test_a_server_restarted_meanwhile_finds_the_phone_and_its_answer(browser: Browser, tmp_path: Path) -> None:
    with serve(tmp_path) as served, browsers.opened(browser, served.address) as (page, _visit):
        enter(page, served.code)
        choose(page, 1, 1)
        send(page)
        page.wait_for_url("**/2/")
        served.stop()
        choose(page, 3, 2)
        send(page)
        kept_on_the_phone(page)
        served.start()
        page.wait_for_url("**/3/")
        assert served.python(COUNT) == "1 [1, 3]"


@pytest.mark.django_db(transaction=True)
def test_without_script_a_failed_send_loses_only_that_screen(browser: Browser, live_server: Any, world: World) -> None:
    """Two answers are sent, the third fails: the first two are there, the third is asked again."""
    workshop = session(world)
    with browsers.opened(browser, live_server.url, java_script_enabled=False) as (page, _visit):
        enter(page, workshop.code)
        for number in (1, 2):
            choose(page, number, 1)
            send(page)
            page.wait_for_url(f"**/{number + 1}/")
        page.context.set_offline(True)
        choose(page, 4, 3)
        with page.expect_event("requestfailed"):
            page.get_by_role("button", name="Envoyer").click(no_wait_after=True)
        page.context.set_offline(False)
        page.goto(f"/a/{workshop.code}/")
        page.wait_for_url("**/3/")
        assert sorted(kept.practice for kept in Answer.objects.all()) == [1, 2]
        choose(page, 4, 3)
        send(page)
        page.wait_for_url("**/4/")
        assert sorted(kept.practice for kept in Answer.objects.all()) == [1, 2, 4]


@pytest.mark.django_db(transaction=True)
def test_the_laptop_of_the_facilitator_dies_and_another_takes_over(
    browser: Browser, live_server: Any, world: World
) -> None:
    """His answers were on the screen: they are on the other's, who goes on with the next question."""
    workshop = session(world)
    question = sessions.asked_questions(workshop)[0]
    for who in people(workshop, 6):
        say(who, question, 3)
    place = world.url(f"ateliers/{workshop.pk}/")
    with browsers.opened(browser, live_server.url, world.client("officer")) as (page, _visit):
        page.goto(place)
        page.get_by_role("button", name="Montrer les réponses").click()
        expect(page.get_by_text("Pratique, 6 réponses")).to_be_visible()
    with browsers.opened(browser, live_server.url, world.client("administrator"), java_script_enabled=False) as (
        page,
        _visit,
    ):
        page.goto(place)
        expect(page.get_by_text("Pratique, 6 réponses")).to_be_visible()
        page.get_by_role("button", name="Reprendre l’animation").click()
        expect(page.get_by_text("Vous animez.")).to_be_visible()
        page.locator("#id_practice").select_option("3")
        page.locator("#id_importance").select_option("2")
        page.get_by_role("button", name="Enregistrer la valeur de la salle").click()
        page.get_by_role("button", name="Question suivante").click()
        following = sessions.asked_questions(workshop)[1]
        expect(page.get_by_role("heading", name=f"{following.code}. {following.text}")).to_be_visible()
    assert workshop.diagnostic.findings.get(question=question).practice == 3


@pytest.mark.django_db(transaction=True)
def test_a_sheet_of_paper_is_entered_with_the_keyboard_alone(browser: Browser, live_server: Any, world: World) -> None:
    workshop = session(world)
    with browsers.opened(browser, live_server.url, world.client("officer"), java_script_enabled=False) as (
        page,
        _visit,
    ):
        for sheet in ("31", "?0"):
            page.goto(world.url(f"ateliers/{workshop.pk}/saisie/"))
            expect(page.locator("[autofocus]")).to_be_focused()
            for _question in range(6):
                for sign in sheet:
                    page.keyboard.type(sign)
                    page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            expect(page.get_by_text("Feuille enregistrée.")).to_be_visible()
    answers = sorted(Answer.objects.values_list("practice", "importance"), key=str)
    assert answers == [(3, 1)] * 6 + [(None, 0)] * 6
