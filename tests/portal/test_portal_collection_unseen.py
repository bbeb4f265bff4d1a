"""Authorities that Estran was not made for: one without schools in 2031, with words of its own, and an empty one.

Every page answers, none leads nowhere, none says what makes no sense there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import browser as browsers
import collecting
import diagnosing
import pytest
from django.test import Client
from following import work_done
from test_portal_access import filled, rows

import conftest
from conftest import PASSWORD, World
from estran.portal.collection.models import Campaign, SchoolLink
from estran.portal.common import storage
from estran.portal.estates.models import Headcount
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Entity, Membership, Organisation, Person, Role
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db
YEAR = 2031
OWN = "Type;Nombre;Année\nGwaregezh;12;2029\nServeur;3;2028\n"
# What a page would say of a thing that is not there, and what the templates or Python let through.
NONSENSE = re.compile(
    r"\bNone\b|\b[Nn]an\b|\{\{|\{%|%\(|\{\w+\}|object at 0x|\bundefined\b|"
    r"collèges compris,|par élève(?! n’a de sens)|chaque collège a répondu|collèges sans réponse"
)


@pytest.fixture
def unseen(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """A water authority of two offices, no school, a year far from ours, labels that only its overlay knows."""
    organisation = Organisation.objects.create(name="Syndicat des eaux", slug="eaux")
    other = Organisation.objects.create(name="Autre collectivité", slug="autre")
    offices = [Entity.objects.create(organisation=organisation, name=name) for name in ("Siège", "Usine", "Réseau")]
    people = {}
    for who, role in conftest.ROLES.items():
        people[who] = Person.objects.create_user(f"{who}@eaux.fr", PASSWORD, who.capitalize())
        Membership.objects.create(organisation=organisation, person=people[who], role=role)
    link = SchoolLink.objects.create(organisation=organisation, entity=offices[1], made_by=people["officer"])
    for module in (conftest, collecting, diagnosing):
        monkeypatch.setattr(module, "YEAR", YEAR)
    overlay = storage.folder("overlays", organisation.pk)
    overlay.mkdir(parents=True)
    (overlay / "labels.csv").write_text("label,item_type\nGwaregezh,laptop\n", "utf-8")
    (overlay / "defaults.csv").write_text(
        "item_type,parameter,valid_from,value,unit,source\nlaptop,lifetime_years,2029,7,year,délibération\n", "utf-8"
    )
    return World(organisation, other, *offices, people, link)


@pytest.fixture
def computed_2031(unseen: World) -> Run:
    """The year collected, accepted and computed through the pages, with the headcount of its staff."""
    campaign = collecting.opened(unseen)
    answer = collecting.answer_of(campaign, unseen.directorate)
    collecting.upload(unseen, answer, OWN)
    collecting.accept(unseen, answer)
    Headcount.objects.create(organisation=unseen.organisation, who="agents", date=f"{YEAR}-12-31", value=200)
    answered = unseen.client("officer").post(unseen.url(f"collectes/{campaign.pk}/bilan/"))
    assert answered.status_code == 302
    work_done()
    run = Run.objects.get()
    assert run.mean is not None, list(Job.objects.values_list("problems", flat=True))
    Campaign.objects.all().delete()
    return run


MAIN = (
    "",
    "bilans/",
    "bilans/{run}/",
    "collectes/",
    "annees/",
    "indicateurs/",
    "registres/",
    "strategie/",
    "rapports/",
)


class Page(HTMLParser):
    """The links of a page, the targets inside it, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()
        self.words: list[str] = []
        self._quiet = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if found.get("id"):
            self.names.add(str(found["id"]))
        self._quiet += tag in ("script", "style", "option")

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in ("script", "style", "option")

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.words.append(data)

    @property
    def said(self) -> str:
        return re.sub(r"\s+", " ", html.unescape(" ".join(self.words)))


def faults(browser: Client, place: str, checked: dict[str, int]) -> Iterator[str]:
    """What is wrong with the page at an address: an error, a dead link, a sentence without sense."""
    browser.raise_request_exception = False
    answered = browser.get(place)
    if answered.status_code not in (200, 302):
        yield f"{place}: {answered.status_code}"
    if answered.status_code != 200 or answered.streaming or not answered["Content-Type"].startswith("text/html"):
        return
    page = Page(answered.content.decode())
    yield from (f"{place}: says « {found} »" for found in NONSENSE.findall(page.said))
    for link in dict.fromkeys(page.links):
        parts = urlsplit(urljoin(f"http://testserver{place}", link))
        if parts.netloc != "testserver":
            continue
        if link.startswith("#"):
            if parts.fragment not in page.names:
                yield f"{place}: leads nowhere, {link}"
            continue
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        if address not in checked:
            checked[address] = browser.get(address).status_code
        if checked[address] not in (200, 302):
            yield f"{place}: dead link {link} ({checked[address]})"


def pages(world: World, numbers: dict[str, Any]) -> list[str]:
    """Every address that the table lets an administrator read, filled; those of schools left out."""
    return [
        filled(world, numbers, address)
        for address, verb, expected in rows()
        if verb == "GET" and expected["administrator"] == "ok" and not address.startswith("ecole/")
    ]


@pytest.mark.slow
def test_an_authority_without_schools_in_2031_has_pages_that_make_sense(
    unseen: World, computed_2031: Run, request: pytest.FixtureRequest
) -> None:
    numbers = conftest.all_numbers(unseen, computed_2031) | {"year": YEAR - 1}  # the year that is published
    browser, checked = unseen.client("administrator"), {}
    places = pages(unseen, numbers)
    assert len(places) > 100
    found = [fault for place in places for fault in faults(browser, place, checked)]
    assert found == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [360, 1280])
def test_its_main_pages_fit_and_are_to_be_looked_at(
    live_server: Any, computed_2031: Run, unseen: World, width: int
) -> None:
    browsers.require()
    options = {"viewport": {"width": width, "height": 800}}
    with (
        browsers.browser() as browser,
        browsers.opened(browser, live_server.url, unseen.client("officer"), **options) as (page, visit),
    ):
        for rest in MAIN:
            answer = page.goto(unseen.url(rest.format(run=computed_2031.pk)))
            assert answer and answer.status == 200, rest
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, rest
            browsers.picture(page, f"eaux-{rest.strip('/').replace('/', '-').format(run='n') or 'accueil'}-{width}")
        assert visit.complaints == []


def test_an_empty_authority_has_pages_that_say_what_to_do(db: None) -> None:
    organisation = Organisation.objects.create(name="Commune neuve", slug="neuve")
    person = Person.objects.create_user("a@neuve.fr", PASSWORD, "A")
    Membership.objects.create(organisation=organisation, person=person, role=Role.ADMINISTRATOR)
    browser, checked = Client(), {}
    browser.force_login(person, "django.contrib.auth.backends.ModelBackend")
    places = [
        f"/{address}".replace("<slug>", "neuve")
        for address, verb, expected in rows()
        if verb == "GET" and expected["administrator"] == "ok" and "<" not in address.replace("<slug>", "")
        if not address.startswith("donnees/")  # nothing is published
    ]
    found = [fault for place in places for fault in faults(browser, place, checked)]
    assert found == []
