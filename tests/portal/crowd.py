"""Fifty people and thirty phones at work in a portal that is killed, or whose disk fills: each knows what was kept."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import requests
from killing import AWAY, PASSWORD, Portal, Someone

PEOPLE, PHONES, SCHOOLS, QUESTIONS = 50, 30, 8, 6
READ = ("", "bilans/", "actions/", "collectes/", "indicateurs/", "strategie/", "demandes/", "annees/")
SETUP = f"""
from datetime import timedelta
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from estran.portal.collection import campaigns
from estran.portal.collection.models import Campaign
from estran.portal.diagnostic import questionnaires
from estran.portal.diagnostic.models import Diagnostic
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity, Membership, Organisation, Person, Role
from estran.portal.plan.models import Action
from estran.portal.workshops import sessions
place = Organisation.objects.create(name="Essai", slug="essai")
password = make_password({PASSWORD!r})
for n in range({PEOPLE}):
    person = Person.objects.create(email=f"p{{n}}@essai.fr", name=f"Personne {{n}}", password=password)
    member = Membership.objects.create(organisation=place, person=person, role=Role.OFFICER)
    Action.objects.create(organisation=place, code=f"A{{n}}", title=f"Action {{n}}", position=n)
for n in range({SCHOOLS}):
    Entity.objects.create(organisation=place, kind=Entity.SCHOOL, name=f"Collège {{n}}", uai=f"079000{{n}}A")
access, today = Access(person, place, member), timezone.localdate()
campaign = Campaign.objects.create(
    organisation=place, year=today.year, opens_on=today, closes_on=today + timedelta(days=30))
campaigns.add_missing_answers(campaign)
asked = Diagnostic.objects.create(organisation=place, questionnaire=questionnaires.current_version(access), year=2025)
print(json.dumps({{
    "answers": [one.pk for one in campaign.answers.all()], "actions": [one.pk for one in Action.objects.all()],
    "code": sessions.start_session(access, diagnostic=asked, workshop=1).code,
}}))
"""
KEPT = """
from estran.portal.collection.models import Delivery
from estran.portal.plan.models import Action, Note
from estran.portal.results.models import Run
from estran.portal.workshops.models import Answer, Participant
chosen = {}
for row in Answer.objects.order_by("participant", "question__code").select_related("participant"):
    chosen.setdefault(row.participant_id, []).append([row.practice, row.importance])
print(json.dumps({
    "files": sorted([one.name, one.rows, one.replaced_at is None] for one in Delivery.objects.all()),
    "runs": sorted([one.year, one.mean is not None] for one in Run.objects.all()),
    "notes": sorted(Note.objects.values_list("text", flat=True)),
    "actions": [[one.title, one.version] for one in Action.objects.all()],
    "phones": [Participant.objects.count(), sorted(chosen.values())],
}))
"""


@dataclass
class Crowd:
    """All of them, and what they share."""

    portal: Portal
    seed: int
    asked: dict[str, Any] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)  # seconds, of each page answered while every part stood
    waited: list[float] = field(default_factory=list)  # of those that a kill or a start fell into
    refused: int = 0  # for want of room, then sent again
    ended: threading.Event = field(default_factory=threading.Event)
    years: Iterator[int] = field(default_factory=lambda: iter(range(1990, 2101)))
    faults: list[BaseException] = field(default_factory=list)
    people: list[Member] = field(default_factory=list)
    phones: list[Phone] = field(default_factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """They work meanwhile; at the end each finishes what is in hand."""
        self.asked = self.portal.python(SETUP)
        self.people = [Member(self, number) for number in range(PEOPLE)]
        self.phones = [Phone(self, number) for number in range(PHONES)]
        threads = [
            threading.Thread(target=self._carry_out, args=(one.live,), daemon=True)
            for one in (*self.people, *self.phones)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join()
        if self.faults:
            raise self.faults[0]

    def _carry_out(self, live: Callable[[], None]) -> None:
        try:
            live()
        except BaseException as fault:  # told by the thread that waits
            self.faults.append(fault)

    def expected(self) -> dict[str, Any]:
        """What the portal must hold: each thing that was accepted, once."""
        return {
            "files": sorted([name, rows, True] for one in self.people for name, rows in one.files),
            "runs": sorted([year, True] for one in self.people for year in one.years),
            "notes": sorted(text for one in self.people for text in one.notes),
            "actions": [[one.title, 1 + one.edits] for one in self.people],
            "phones": [
                PHONES,
                sorted([one.chosen[n] for n in sorted(one.chosen)] for one in self.phones),
            ],
        }

    def slowest(self, share: float) -> float:
        """Seconds within which this share of the pages came."""
        return sorted(self.times)[int(share * (len(self.times) - 1))]


class Browser(Someone):
    """A browser that goes on until it is answered, and counts the time of pages."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        super().__init__(crowd.portal)
        self.crowd, self.number, self.chance = crowd, number, random.Random(f"{crowd.seed} {type(self)} {number}")

    def pause(self, shortest: float, longest: float) -> bool:
        """Think for a while; False once it is time to stop."""
        return not self.crowd.ended.wait(self.chance.uniform(shortest, longest))

    def read(self, address: str) -> str:
        """A page, however long the portal is away."""
        end = time.monotonic() + AWAY
        while time.monotonic() < end:
            begun = time.monotonic()
            with suppress(requests.RequestException):
                answered = self.session.get(f"http://{self.portal.address}{address}", timeout=60)
                if answered.status_code == 200:
                    ended = time.monotonic()
                    stood = self.portal.stood(begun, ended)
                    (self.crowd.times if stood else self.crowd.waited).append(ended - begun)
                    return answered.text
                assert answered.status_code == 507, f"{address}: {answered.status_code}\n{answered.text[:3000]}"
                self.crowd.refused += 1
            time.sleep(self.chance.uniform(0.3, 1))
        raise AssertionError(f"the portal does not come back: {address}")

    def send(self, page: str, to: str, values: dict[str, Any], file: tuple[str, bytes] | None = None) -> bool:
        """Send the form of a page once; whether it was answered, and accepted."""
        shown = self.read(page)
        hidden = dict(re.findall(r'type="hidden" name="(csrfmiddlewaretoken|version)" value="(\w+)"', shown))
        with suppress(requests.RequestException):
            answered = self.session.post(
                f"http://{self.portal.address}{to}", data=hidden | values, timeout=AWAY,
                files={"file": file} if file else None,
            )  # fmt: skip
            if answered.status_code == 507:
                assert "plus de place sur le disque du serveur" in answered.text
                self.crowd.refused += 1
                return False
            assert answered.status_code == 200, f"{to}: {answered.status_code}\n{answered.text[:3000]}"
            return True
        self.portal.unanswered += 1
        return False

    def insist(
        self, page: str, values: dict[str, Any], seen: str, file: Any = None, to: str = "", look: str = ""
    ) -> None:
        """Send a form; without answer, look whether it arrived (`seen`), else send it again."""
        while not self.send(page, to or page, values, file) and seen not in self.read(look or page):
            time.sleep(self.chance.uniform(0.3, 1))


class Member(Browser):
    """Someone who signs in, reads, sends files, asks for estimates, writes in the plan."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        super().__init__(crowd, number)
        self.files: list[tuple[str, int]] = []
        self.years: list[int] = []
        self.notes: list[str] = []
        self.title, self.edits = f"Action {number}", 0
        self.action = f"/o/essai/actions/{crowd.asked['actions'][number]}/"

    def live(self) -> None:
        """Until it is time to stop."""
        who = {"username": f"p{self.number}@essai.fr", "password": PASSWORD}
        while not self.send("/connexion/", "/connexion/", who):
            pass
        acts = (self.send_file, self.ask_estimate, self.write_note, self.change_action)
        while self.pause(3, 12):  # the time to read a page
            if self.chance.random() < 0.8:
                self.read(f"/o/essai/{self.chance.choice(READ)}")
            else:
                self.chance.choices(acts, (3, 1, 8, 8))[0]()

    def send_file(self) -> None:
        """A list of equipment."""
        name, rows = f"liste {self.number}-{len(self.files)}.csv", self.chance.randint(5, 200)
        lines = [f"Ordinateur portable;{self.number};{len(self.files)};{n + 1}" for n in range(rows)]
        content = "\n".join(["Type;Marque;Modèle;Nombre", *lines, ""]).encode()
        page = f"/o/essai/reponses/{self.chance.choice(self.crowd.asked['answers'])}/"
        self.insist(page, {"adds": "on"}, name, (name, content))
        self.files.append((name, rows))

    def ask_estimate(self) -> None:
        """A first estimate of a year that nobody else takes."""
        if (year := next(self.crowd.years, None)) is not None:
            values = {"year": year, "agents": 900, "laptops": 800 + year}
            self.insist("/o/essai/bilans/estimation/", values, f">{year}<", look="/o/essai/bilans/")
            self.years.append(year)

    def write_note(self) -> None:
        """A note under an action, which is added whenever it is sent."""
        text = f"note {self.number}-{len(self.notes)}-"
        self.insist(self.action, {"on": "2026-01-01", "text": text}, text, to=f"{self.action}notes/")
        self.notes.append(text)

    def change_action(self) -> None:
        """Its title."""
        title = f"Action {self.number}, état {self.edits + 1}."
        values = {"code": f"A{self.number}", "title": title}
        self.insist(f"{self.action}modifier/", values, title, look=self.action)
        self.title, self.edits = title, self.edits + 1


class Phone(Browser):
    """A phone of the room, as the script of its page makes it: it sends an answer again, under the same key."""

    def live(self) -> None:
        """Join, then choose and choose again."""
        self.chosen: dict[int, list[int]] = {}
        self.place = f"/a/{self.crowd.asked['code']}/"
        token = f"phone-{self.number:03}-of-the-crowd"
        while not self.send(self.place, self.place, {"token": token}):
            pass
        while self.pause(2, 10):
            self.choose(self.chance.randint(1, QUESTIONS))
        for question in range(1, QUESTIONS + 1):  # all phones end with all answers
            self.choose(question)

    def choose(self, question: int) -> None:
        """Answer a question, or change the answer."""
        practice, importance = self.chance.randrange(5), self.chance.randrange(4)
        key = f"{time.time_ns() // 1_000_000}-{self.chance.randrange(10**9):x}a"
        values = {"practice": practice, "importance": importance, "key": key}
        while not self.send(f"{self.place}{question}/", f"{self.place}{question}/", values):
            pass
        self.chosen[question] = [practice, importance]
