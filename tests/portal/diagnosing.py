"""What tests of the diagnostic, workshops, charter and vision share: a pass, a session, phones that answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.test import Client
from playwright.sync_api import Page

from conftest import World
from estran.cli.portal_processes import GUNICORN
from estran.portal.diagnostic import questionnaires
from estran.portal.diagnostic.models import Charter, Diagnostic, Finding, Question
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Group, Participant, Session, Vision

YEAR = 2025
PREPARE = """
import django; django.setup()
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership, Organisation, Person, Role
from estran.portal.diagnostic import questionnaires
from estran.portal.workshops import sessions
from estran.portal.diagnostic.models import Diagnostic
organisation = Organisation.objects.create(name="Essai", slug="essai")
person = Person.objects.create_user("a@essai.fr", "un mot de passe assez long")
membership = Membership.objects.create(organisation=organisation, person=person, role=Role.OFFICER)
access = Access(person, organisation, membership)
version = questionnaires.current_version(access)
diagnosis = Diagnostic.objects.create(organisation=organisation, questionnaire=version, year=2025)
print(sessions.start_session(access, diagnostic=diagnosis, workshop=1).code)
"""


def diagnostic(world: World, year: int = YEAR) -> Diagnostic:
    """A pass of the diagnostic, nothing filled in."""
    access = world.access()
    return Diagnostic.objects.create(
        organisation=world.organisation, questionnaire=questionnaires.current_version(access), year=year
    )


def session(world: World, workshop: int = 1, diagnosis: Diagnostic | None = None) -> Session:
    """An open session of a workshop."""
    return sessions.start_session(world.access(), diagnostic=diagnosis or diagnostic(world), workshop=workshop)


def vision(world: World) -> Session:
    """An open session of a vision workshop."""
    workshop = Vision.objects.create(organisation=world.organisation, title="Vision 2030", asked="Que changer ?")
    return sessions.start_session(world.access(), vision=workshop)


def people(session: Session, count: int) -> list[Participant]:
    """Participants who joined without a word of where they work."""
    return [sessions.join_session(session, f"token {number:020}", None) for number in range(count)]


def say(who: Participant, question: Question, practice: int | None, importance: int | None = 2) -> None:
    """A participant answers."""
    sessions.save_answer(who, question, importance, practice, sessions.new_key())


def agree(diagnosis: Diagnostic, code: str, practice: int | None, importance: int | None) -> Finding:
    """What a pass says of a question."""
    question = diagnosis.questionnaire.questions.get(code=code)
    saved, _new = Finding.objects.update_or_create(
        diagnostic=diagnosis, question=question,
        defaults={"filled_practice": practice, "filled_importance": importance},
    )  # fmt: skip
    return saved


def phone(session: Session, **post: str) -> Client:
    """A phone that joined."""
    client = Client()
    client.post(f"/a/{session.code}/", {"token": sessions.secrets.token_urlsafe(24), **post})
    return client


def answer(practice: str = "2", importance: str = "3", key: str = "") -> dict[str, str]:
    """What a phone sends of a question."""
    return {"practice": practice, "importance": importance, "key": key or sessions.new_key()}


def numbers(world: World) -> dict[str, Any]:
    """What the addresses of these pages are about."""
    workshop = session(world)
    room = vision(world)
    group = Group.objects.create(vision=room.vision, title="Garder les portables six ans")
    Charter.objects.create(
        organisation=world.organisation, title="Charte", number="2022-11-17", approved_on=date(2022, 11, 17),
        signed_on=date(2022, 12, 1), signatory="le président",
    )  # fmt: skip
    question = workshop.diagnostic.questionnaire.questions.get(code="Q05")
    return {
        "diagnostic": workshop.diagnostic.pk, "questions": question.pk, "ateliers": workshop.pk,
        "vision": room.vision.pk, "groupes": group.pk, "code": workshop.code, "question": 1, "target": "ONR-1.2",
    }  # fmt: skip


# --------------------------------------------------------------------------------------------- served, and in a browser


@dataclass
class Served:
    """The portal as `estran serve` runs it, on a data folder of its own; `code`: of an open session."""

    address: str
    environment: dict[str, str]
    code: str = ""
    server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and wait until it answers."""
        bind = self.address.removeprefix("http://")
        command = [sys.executable, "-m", "gunicorn", *GUNICORN, "--bind", bind]
        self.server = subprocess.Popen(command, env=self.environment)
        for _try in range(200):
            try:
                urllib.request.urlopen(f"{self.address}/sante/", timeout=5).read()
                return
            except OSError:  # not there yet
                time.sleep(0.2)

    def stop(self) -> None:
        """Stop serving."""
        if self.server:
            self.server.terminate()
            self.server.wait()

    def python(self, text: str) -> str:
        """What a text of Python prints in this portal."""
        command = [sys.executable, "-c", text]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()


@contextmanager
def serve(folder: Path) -> Iterator[Served]:
    """A portal in this folder, with an open session."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    environment = os.environ | {
        "ESTRAN_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "estran.portal.settings", "ESTRAN_DATABASE_URL": "",
    }  # fmt: skip
    for command in (("migrate", "--verbosity", "0"), ("collectstatic", "--noinput", "--verbosity", "0")):
        subprocess.run([sys.executable, "-m", "estran.portal", *command], env=environment, check=True)
    server = Served(address, environment)
    server.code = server.python(PREPARE)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def enter(page: Page, code: str) -> None:
    """A phone takes part, in a browser."""
    page.goto(f"/a/{code}/")
    page.get_by_role("button", name="Participer").click()
    page.wait_for_url("**/1/")


def choose(page: Page, practice: int, importance: int) -> None:
    """The finger on a practice and an importance."""
    page.locator(f"[name=practice][value='{practice}']").check()
    page.locator(f"[name=importance][value='{importance}']").check()
