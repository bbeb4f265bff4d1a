"""Thirty phones at once against the portal as it is served, some without network for a while; and in a browser."""

from __future__ import annotations

import http.cookiejar
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser as browsers
import pytest
from diagnosing import agree, people, phone, say, session, vision
from playwright.sync_api import Browser, expect

from conftest import World
from estran.portal.strategy import workshop_sessions
from estran.portal.strategy.models.workshops import Answer, Participant
from estran.terminal_portal import _GUNICORN

PHONES, CUT_OFF = 30, 8
KILOBYTES = 15

PREPARE = """
import django; django.setup()
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership, Organisation, Person, Role
from estran.portal.strategy import diagnostic_questions, workshop_sessions
from estran.portal.strategy.models.diagnostic import Diagnostic
organisation = Organisation.objects.create(name="Essai", slug="essai")
person = Person.objects.create_user("a@essai.fr", "un mot de passe assez long")
membership = Membership.objects.create(organisation=organisation, person=person, role=Role.OFFICER)
here = Access(person, organisation, membership)
found = Diagnostic.objects.create(organisation=organisation, questionnaire=diagnostic_questions.latest(here), year=2025)
print(workshop_sessions.start(here, diagnostic=found, workshop=1).code)
"""
COUNT = """
import django; django.setup()
from estran.portal.strategy.models.workshops import Answer, Participant, Session
rows = Answer.objects.order_by("participant", "question__code").values_list("participant", "practice", "importance")
said = {}
for who, practice, importance in rows:
    said.setdefault(who, []).append((practice, importance))
print(Participant.objects.count(), Session.objects.get().people, sorted(said.values()))
"""


class Phone:
    """A phone as the script of the page makes it: it keeps what it could not send and sends it again, same key."""

    def __init__(self, server: str, code: str, seed: int) -> None:
        self.place, self.drawn = f"{server}/a/{code}/", random.Random(seed)
        self.opened = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.said = [(self.drawn.randrange(5), self.drawn.randrange(4)) for _question in range(6)]
        self.waiting: list[tuple[str, bytes]] = []
        self.csrf = ""

    def get(self, rest: str = "") -> str:
        page = self.opened.open(self.place + rest, timeout=30).read().decode()
        if found := re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page):
            self.csrf = found[1]
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
        for number, (practice, importance) in enumerate(self.said, 1):
            key = f"{time.time_ns() // 1_000_000}-{self.drawn.randrange(10**9):x}a"
            self.send(f"{number}/", practice=practice, importance=importance, key=key)
            if not cut_off:
                self.flush()
                self.get(f"{number}/")
            time.sleep(self.drawn.random() / 20)
        if cut_off:
            time.sleep(1)  # the network comes back
        self.flush()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The portal as `estran serve` runs it, on a data folder of its own: its address, the code of a session."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = os.environ | {
        "ESTRAN_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "estran.portal.settings", "ESTRAN_DATABASE_URL": "",
    }  # fmt: skip
    for command in (("migrate", "--verbosity", "0"), ("collectstatic", "--noinput", "--verbosity", "0")):
        subprocess.run([sys.executable, "-m", "estran.portal", *command], env=environment, check=True)
    code = python(PREPARE, environment)
    command = [sys.executable, "-m", "gunicorn", "estran.portal.wsgi", "--bind", address, *_GUNICORN]
    server = subprocess.Popen(command, env=environment)
    try:
        for _try in range(200):
            try:
                urllib.request.urlopen(f"http://{address}/sante/", timeout=5).read()
                break
            except OSError:  # not there yet
                time.sleep(0.2)
        yield f"http://{address}", code, environment
    finally:
        server.terminate()
        server.wait()


def python(text: str, environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", text], env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_thirty_phones_at_once_and_every_answer_is_kept(served: tuple[str, str, dict[str, str]]) -> None:
    server, code, environment = served
    phones = [Phone(server, code, number) for number in range(PHONES)]
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
    expected = sorted(phone.said for phone in phones)
    assert python(COUNT, environment) == f"{PHONES} {PHONES} {expected}"


# ------------------------------------------------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browsers.require()
    with browsers.browser() as opened:
        yield opened


def join(page: Any, code: str) -> None:
    page.goto(f"/a/{code}/")
    page.get_by_role("button", name="Participer").click()
    page.wait_for_url("**/1/")


def choose(page: Any, practice: int, importance: int) -> None:
    page.locator(f"[name=practice][value='{practice}']").check()
    page.locator(f"[name=importance][value='{importance}']").check()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_participants_are_light_and_accessible(
    browser: Browser, live_server: Any, world: World, width: int
) -> None:
    found, room = session(world), vision(world)
    for question in found.diagnostic.questionnaire.questions.all():
        agree(found.diagnostic, question.code, 2, 2)
    options = {"viewport": {"width": width, "height": 740}, "bypass_csp": True}
    faults = []
    for opened, pages in ((found, ["1/", "6/", "constats/", "merci/"]), (room, ["idees/", "points/"])):
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


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_loses_its_network_loses_nothing(browser: Browser, live_server: Any, world: World) -> None:
    found = session(world)
    with browsers.opened(browser, live_server.url) as (page, _visit):
        join(page, found.code)
        page.context.set_offline(True)
        choose(page, 1, 3)
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_role("status")).to_contain_text("gardée sur ce téléphone")
        choose(page, 4, 2)
        page.get_by_role("button", name="Envoyer").click()
        assert not Answer.objects.exists()
        page.context.set_offline(False)
        page.wait_for_url("**/2/")
        assert [(kept.practice, kept.importance) for kept in Answer.objects.all()] == [(4, 2)], "its last word"
        assert page.evaluate("localStorage.length") == 0


@pytest.mark.django_db(transaction=True)
def test_a_page_closed_without_network_sends_when_it_is_opened_again(
    browser: Browser, live_server: Any, world: World
) -> None:
    found = session(world)
    with browsers.opened(browser, live_server.url) as (page, _visit):
        join(page, found.code)
        workshop_sessions.pause(found)
        choose(page, 2, 2)
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_role("status")).to_contain_text("gardée sur ce téléphone")
        page.goto("about:blank")
        workshop_sessions.resume(found)
        page.goto(f"/a/{found.code}/3/")
        expect(page.get_by_role("status")).to_contain_text("Tout est envoyé")
        assert [kept.practice for kept in Answer.objects.all()] == [2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_double_submit_and_back_create_nothing_twice(
    browser: Browser, live_server: Any, world: World, script: bool
) -> None:
    found, room = session(world), vision(world)
    with browsers.opened(browser, live_server.url, java_script_enabled=script) as (page, visit):
        join(page, found.code)
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


@pytest.mark.django_db(transaction=True)
def test_the_screen_of_the_room_follows_within_three_seconds(browser: Browser, live_server: Any, world: World) -> None:
    found = session(world)
    question = workshop_sessions.asked(found)[0]
    with browsers.opened(browser, live_server.url, world.client("officer")) as (page, visit):
        page.goto(world.url(f"ateliers/{found.pk}/"))
        page.get_by_label("Note de discussion").fill("en cours de frappe")
        expect(page.get_by_role("link", name="Actualiser")).to_be_hidden()
        for who in people(found, 6):
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
        page.goto(world.url(f"ateliers/{found.pk}/"))
        phone(found)
        page.get_by_role("link", name="Actualiser").click()
        expect(page.get_by_text("7 personnes")).to_be_visible()


def test_the_script_of_phones_is_at_most_three_kilobytes() -> None:
    static = Path(workshop_sessions.__file__).parent.parent / "static"
    assert (static / "workshop.js").stat().st_size <= 3000
