"""Two organisations and their people, the same in every test of the portal: who may, who may not, who is not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import browser as browsers
import pytest
from django.test import Client
from kept_states import KeptStates
from killing import Portal, new_database
from playwright.sync_api import Browser

from estran.engine import runs
from estran.portal.collection.models import SchoolLink
from estran.portal.estates import estimate
from estran.portal.estates.scope import perimeter_text
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity, Membership, Organisation, Person, Role
from estran.portal.results import figures
from estran.portal.results.calculation import read_choices
from estran.portal.results.models import Run
from estran.portal.structure import lists
from estran.portal.structure.screens import ADDRESSES

PASSWORD = "un mot de passe assez long"
COUNTS = {"agents": 3000, "laptops": 2500, "desktops": 400, "monitors": 2600, "servers": 40, "pupils": 20000}
COUNTS |= {"schools": 59, "school_computers": 6000}
YEAR = 2025


@dataclass
class World:
    """A département and another authority. `people`: administrator, officer, contributor (of one school), reader;
    stranger is the officer of the other authority; link_holder has the link of the school and no account."""

    organisation: Organisation
    other: Organisation
    directorate: Entity
    school: Entity
    other_school: Entity
    people: dict[str, Person]
    link: SchoolLink
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        """A browser of this person, signed in; `anonymous` and `link_holder` have no account."""
        if who not in self.clients:
            self.clients[who] = Client()
            if who in self.people:
                self.clients[who].force_login(self.people[who], "django.contrib.auth.backends.ModelBackend")
        return self.clients[who]

    def access(self, who: str = "officer") -> Access:
        """The access of this person, as a view receives it."""
        membership = Membership.objects.select_related("organisation").get(person=self.people[who])
        return Access(self.people[who], membership.organisation, membership)

    def url(self, rest: str = "") -> str:
        """An address of the département."""
        return f"/o/{self.organisation.slug}/{rest}"


ROLES = {
    "administrator": Role.ADMINISTRATOR,
    "officer": Role.OFFICER,
    "contributor": Role.CONTRIBUTOR,
    "reader": Role.READER,
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser, one for all tests; they are skipped where there is none."""
    browsers.require()
    with browsers.browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> KeptStates:
    return KeptStates(tmp_path_factory.mktemp("states"))


Keep = Callable[[str, Callable[[], Any]], Any]


@pytest.fixture
def keep(db: None, own_data: Path, states: KeptStates) -> Keep:
    """A function that makes something of a name, or puts it back as it was made in an earlier test."""
    return lambda name, make: states.bring(name, make, own_data)


@pytest.fixture
def world(keep: Keep) -> World:
    """The two organisations, their people, two schools."""
    return keep("world", new_world)


def new_world() -> World:
    organisation = Organisation.objects.create(name="Département d’essai", slug="essai", screens=[*ADDRESSES])
    other = Organisation.objects.create(name="Autre collectivité", slug="autre")
    directorate = Entity.objects.create(organisation=organisation, name="Direction du numérique")
    schools = [
        Entity.objects.create(organisation=organisation, kind=Entity.SCHOOL, name=name, uai=uai)
        for name, uai in (("Collège Alice Guy", "0790001A"), ("Collège Jean Zay", "0790002B"))
    ]
    people = {}
    for who, role in ROLES.items():
        people[who] = Person.objects.create_user(f"{who}@essai.fr", PASSWORD, who.capitalize())
        membership = Membership.objects.create(organisation=organisation, person=people[who], role=role)
        if who == "contributor":
            membership.entities.add(schools[0])
    people["stranger"] = Person.objects.create_user("stranger@autre.fr", PASSWORD, "Stranger")
    Membership.objects.create(organisation=other, person=people["stranger"], role=Role.OFFICER)
    link = SchoolLink.objects.create(organisation=organisation, entity=schools[0], made_by=people["officer"])
    return World(organisation, other, directorate, *schools, people, link)


@pytest.fixture(scope="session")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Run], None]:
    """A function that puts in place the run folder of the counts, computed once for all tests."""
    kept: dict[str, Path] = {}

    def put(run: Run) -> None:
        run.place.mkdir(parents=True, exist_ok=True)
        perimeter = perimeter_text(run.organisation, run.year)
        (run.place / "perimeter.toml").write_text(perimeter, encoding="utf-8")
        name = run.inventory.sha256 + perimeter
        if name not in kept:
            kept[name] = tmp_path_factory.mktemp("computed") / "run"
            runs.compute([run.inventory.folder], read_choices(run.place, run.year), kept[name])
        shutil.copytree(kept[name], run.folder, dirs_exist_ok=True)

    return put


@pytest.fixture
def run(world: World, computed: Callable[[Run], None], keep: Keep) -> Run:
    """The first estimate of the département, computed."""
    return keep("run", lambda: first_estimate(world, computed))


def first_estimate(world: World, computed: Callable[[Run], None]) -> Run:
    access = world.access()
    estimate.keep_headcounts(access, date(YEAR, 12, 31), COUNTS, "essai")
    run = Run.objects.create(
        organisation=world.organisation,
        inventory=estimate.make_inventory(access, YEAR, COUNTS),
        year=YEAR,
        made_by=access.person,
    )
    computed(run)
    run.keep_headline(figures.of(run).carbon)
    return run


@pytest.fixture
def numbers(world: World, run: Run, keep: Keep) -> dict[str, Any]:
    """What `<number>` stands for under each first word of an address, in the département."""
    return keep("numbers", lambda: all_numbers(world, run))


def all_numbers(world: World, run: Run) -> dict[str, Any]:
    """One thing of each kind in an organisation: what `<…>` stands for under each first word of an address."""
    import collecting  # they need the world of this module
    import diagnosing
    import following
    import plan_world
    import publishing_world

    job = Job.objects.create(
        organisation=world.organisation, kind="run", key="x", title="Calcul", subject={"run": run.pk}
    )
    member = Membership.objects.get(person=world.people["reader"])
    own = {"personnes": member.pk, "travaux": job.pk, "bilans": run.pk}
    return (
        own
        | following.numbers(world)
        | collecting.numbers(world)
        | diagnosing.numbers(world)
        | plan_world.numbers(world, run)
        | publishing_world.numbers(world, run)
        | structure_numbers(world)
    )


def structure_numbers(world: World) -> dict[str, Any]:
    """An entity, and a list of entities to pick from."""
    received = lists.keep_text(world.access(), "Direction des routes", schools=False)
    return {"entites": world.directorate.pk, "listes": received.pk}


@pytest.fixture
def campaign(world: World, keep: Keep) -> Any:
    """A campaign of the département that has just begun."""
    import collecting

    return keep("campaign", lambda: collecting.opened(world))


@pytest.fixture
def portals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Portal]]:
    """A function that serves a new portal by processes of its own: on SQLite, or on the PostgreSQL of the tests."""
    server, portals = os.environ.get("ESTRAN_TEST_DATABASE_URL", ""), []
    for name in [name for name in os.environ if name.startswith("ESTRAN_")]:
        monkeypatch.delenv(name)

    def serve(name: str) -> Portal:
        portals.append(Portal(tmp_path / name, new_database(server)))
        portals[-1].start()
        return portals[-1]

    yield serve
    for portal in portals:
        portal.stop()


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, settings: object) -> Path:
    """Each test keeps its files in a folder of its own."""
    settings.DATA = tmp_path / "data"  # type: ignore[attr-defined]
    return tmp_path / "data"
