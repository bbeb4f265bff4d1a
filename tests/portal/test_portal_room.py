"""Thirty phones at once against the portal as it is served, some without network for a while; and in a browser."""

from __future__ import annotations

import http.cookiejar
import os
import random
import re
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser as browsers
import pytest
from diagnosing import Served, agree, choose, enter, people, phone, say, serve, session, vision
from playwright.sync_api import Browser, expect

from conftest import World
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Answer, Group, Participant, Points, Vision

PHONES, CUT_OFF = 30, 8
CUT_OFF_SECONDS = float(os.environ.get("ESTRAN_CUT_OFF_SECONDS", "1"))  # a campaign gives them a whole minute
KILOBYTES = 15

COUNT = """
import django; django.setup()
from estran.portal.workshops.models import Answer, Participant, Session
rows = Answer.objects.order_by("participant", "question__code").values_list("participant", "practice", "importance")
chosen = {}
for who, practice, importance in rows:
    chosen.setdefault(who, []).append((practice, importance))
print(Participant.objects.count(), Session.objects.get().people, sorted(chosen.values()))
"""


class Phone:
    """A phone as the script of the page makes it: it keeps what it could not send and sends it again, same key."""

    def __init__(self, server: str, code: str, seed: int) -> None:
        self.place, self.drawn = f"{server}/a/{code}/", random.Random(seed)
        self.opened = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.choices = [(self.drawn.randrange(5), self.drawn.randrange(4)) for _question in range(6)]
        self.waiting: list[tuple[str, bytes]] = []
        self.csrf = ""

    def get(self, rest: str = "") -> str:
        page = self.opened.open(self.place + rest, timeout=30).read().decode()
        if token := re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page):
            self.csrf = token[1]
        return page

    def send(self, rest: str, **fields: object) -> None:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self.csrf, **fields}).encode()
        self.waiting.append((rest, body))

    def flush(self) -> None:
        for rest, body in list(self.waiting):
            for _double in range(2 if self.drawn.random() < 0.3 else 1):  # the answer was lost, or the finger slipped
                self.opened.open(self.place + rest, body, timeout=30).read()
            self.waiting.remove((rest, body))

    def take_part(self, cut_off: bool) -> None:
        token = re.search(r'name="token" value="([\w-]+)"', self.get())
        assert token
        for _double in range(2):
            self.send("", token=token[1], directorate="")
        self.flush()
        self.get("1/")
        for number, (practice, importance) in enumerate(self.choices, 1):
            key = f"{time.time_ns() // 1_000_000}-{self.drawn.randrange(10**9):x}a"
            self.send(f"{number}/", practice=practice, importance=importance, key=key)
            if not cut_off:
                self.flush()
                self.get(f"{number}/")
            time.sleep(self.drawn.random() / 20)
        if cut_off:
            time.sleep(CUT_OFF_SECONDS)  # then the network comes back
        self.flush()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The portal as `estran serve` runs it, with an open session."""
    with serve(tmp_path) as served:
        yield served


def facilitator(served: Served) -> tuple[float, str]:
    """The screen of the room, as the officer opens it on a laptop that was not there: seconds, and the page."""
    opened = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    csrf = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', opened.open(f"{served.address}/connexion/").read().decode()
    )
    assert csrf
    fields = {"csrfmiddlewaretoken": csrf[1], "username": "a@essai.fr", "password": "un mot de passe assez long"}
    opened.open(f"{served.address}/connexion/", urllib.parse.urlencode(fields).encode()).read()
    start = time.perf_counter()
    page = opened.open(f"{served.address}/o/essai/ateliers/1/").read().decode()
    return time.perf_counter() - start, page


@pytest.mark.slow
def test_thirty_phones_at_once_and_every_answer_is_kept(served: Served) -> None:
    phones = [Phone(served.address, served.code, number) for number in range(PHONES)]
    faults: list[BaseException] = []

    def run(number: int) -> None:
        try:
            phones[number].take_part(cut_off=number < CUT_OFF)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PHONES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(phone.waiting == [] for phone in phones)
    asked, seen = facilitator(served)
    assert f"<p>{PHONES} personnes" in seen and seen.count(f"<b>{PHONES}</b>") == 6, "at the first look"
    assert asked < 3, "seconds"
    expected = sorted(phone.choices for phone in phones)
    assert served.python(COUNT) == f"{PHONES} {PHONES} {expected}"


# ------------------------------------------------------------------------------------------------------- in a browser


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.slow)])
def test_pages_of_participants_are_light_and_accessible(
    browser: Browser, live_server: Any, world: World, width: int
) -> None:
    workshop, room = session(world), vision(world)
    for question in workshop.diagnostic.questionnaire.questions.all():
        agree(workshop.diagnostic, question.code, 2, 2)
    options = {"viewport": {"width": width, "height": 740}, "bypass_csp": True}
    faults = []
    for opened, pages in ((workshop, ["1/", "6/", "constats/", "merci/"]), (room, ["idees/", "points/"])):
        with browsers.opened(browser, live_server.url, **options) as (page, visit):
            for rest in ("", *pages):
                visit.forget()
                page.goto(f"/a/{opened.code}/{rest}")
                weight = sum(visit.fetched.values()) / 1000
                overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                faults += [f"{rest}: {weight} kB"] if weight > KILOBYTES else []
                faults += [f"{rest}: {overflow} px too wide"] if overflow > 0 else []
                faults += [f"{rest}: {fault}" for fault in browsers.violations(page)]
                browsers.picture(
                    page, f"telephone-{'vision' if opened == room else 'atelier'}-{rest[:-1] or 'entree'}-{width}"
                )
                if rest == "":
                    page.get_by_role("button", name="Participer").click()
                    page.wait_for_load_state()
    assert faults == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_double_submit_and_back_create_nothing_twice(
    browser: Browser, live_server: Any, world: World, script: bool
) -> None:
    workshop, room = session(world), vision(world)
    with browsers.opened(browser, live_server.url, java_script_enabled=script) as (page, visit):
        enter(page, workshop.code)
        choose(page, 1, 1)
        page.get_by_role("button", name="Envoyer").dblclick()
        page.wait_for_url("**/2/")
        page.go_back()
        choose(page, 3, 1)
        page.get_by_role("button", name=re.compile("Envoyer|Changer")).click()
        page.wait_for_url("**/2/")
        assert [kept.practice for kept in Answer.objects.all()] == [3]
        page.goto(f"/a/{room.code}/")
        page.get_by_role("button", name="Participer").dblclick()
        page.get_by_label("Une idée, en une phrase").fill("Garder les portables six ans")
        page.get_by_role("button", name="Envoyer").dblclick()
        expect(page.get_by_role("listitem")).to_have_count(1)
        assert Participant.objects.filter(session=room).count() == 1
        assert room.vision.ideas.count() == 1
        assert visit.complaints == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_too_many_points_are_said_on_the_page_and_nothing_is_given(
    browser: Browser, live_server: Any, world: World, script: bool
) -> None:
    workshop = vision(world)
    group = Group.objects.create(vision=workshop.vision, title="Durée")
    Vision.objects.update(phase=Vision.POINTS)
    with browsers.opened(browser, live_server.url, java_script_enabled=script) as (page, _visit):
        page.goto(f"/a/{workshop.code}/")
        page.get_by_role("button", name="Participer").click()
        page.wait_for_url("**/points/")
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_text("Donnez de 1 à 3 points en tout.")).to_be_visible()
        page.get_by_label("Durée").fill("3")
        page.get_by_role("button", name="Envoyer").click()
        page.wait_for_url("**/merci/")
    assert [given.points for given in Points.objects.filter(group=group)] == [3]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_screen_of_the_room_follows_within_three_seconds(browser: Browser, live_server: Any, world: World) -> None:
    workshop = session(world)
    question = sessions.asked_questions(workshop)[0]
    with browsers.opened(browser, live_server.url, world.client("officer")) as (page, visit):
        page.goto(world.url(f"ateliers/{workshop.pk}/"))
        page.get_by_label("Note de discussion").fill("en cours de frappe")
        expect(page.get_by_role("link", name="Actualiser")).to_be_hidden()
        for who in people(workshop, 6):
            say(who, question, 3)
        expect(page.locator("[data-live]")).to_contain_text("6 personnes", timeout=3000)
        expect(page.get_by_label("Note de discussion")).to_have_value("en cours de frappe")
        page.get_by_role("button", name="Montrer les réponses").click()
        expect(page.get_by_text("Pratique, 6 réponses")).to_be_visible()
        assert visit.complaints == []
        browsers.picture(page, "atelier-ecran-1280")
        page.set_viewport_size({"width": 360, "height": 740})
        browsers.picture(page, "atelier-ecran-360")
    with browsers.opened(browser, live_server.url, world.client("officer"), java_script_enabled=False) as (
        page,
        _visit,
    ):
        page.goto(world.url(f"ateliers/{workshop.pk}/"))
        phone(workshop)
        page.get_by_role("link", name="Actualiser").click()
        expect(page.get_by_text("7 personnes")).to_be_visible()


def test_the_script_of_phones_is_at_most_three_kilobytes() -> None:
    static = Path(sessions.__file__).parent.parent / "static"
    assert (static / "workshop.js").stat().st_size <= 3000
