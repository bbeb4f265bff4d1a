"""The server or its worker killed at random moments of imports and of runs: nothing is lost, nothing is doubled.

`pytest --kills 50 tests/portal/test_portal_kills.py` kills fifty times each; `make slow` kills each part once.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from killing import PASSWORD, Portal, Someone, Work, while_killed

from estran.engine import runs

SEED, SCHOOLS, YEAR = 20261126, 6, 2024
SETUP = f"""
from datetime import timedelta
from django.utils import timezone
from estran.portal.collection import campaigns
from estran.portal.collection.models import Campaign, SchoolLink
from estran.portal.organisations.models import Entity, Membership, Organisation, Person
place = Organisation.objects.create(name="Essai", slug="essai")
person = Person.objects.create_user("a@essai.fr", {PASSWORD!r}, "A")
Membership.objects.create(organisation=place, person=person, role=3)
Entity.objects.create(organisation=place, name="Direction")
for n in range({SCHOOLS}):
    Entity.objects.create(organisation=place, kind=Entity.SCHOOL, name=f"Collège {{n}}", uai=f"079000{{n}}A")
today = timezone.localdate()
campaign = Campaign.objects.create(
    organisation=place, year={YEAR}, opens_on=today, closes_on=today + timedelta(days=30))
campaigns.add_missing_answers(campaign)
link = lambda answer: SchoolLink.objects.create(organisation=place, entity=answer.entity, made_by=person).token
answers = campaign.answers.select_related("entity")
print(json.dumps({{"campaign": campaign.pk, "answers": [[one.pk, one.entity.name, link(one)] for one in answers]}}))
"""
COLLECTED = """
from collections import Counter
from estran.importing import canonical
from estran.portal.collection.models import Delivery
from estran.portal.estates.models import Inventory
from estran.portal.results.models import Run
totals = Counter()
for inventory in Inventory.objects.all():
    for path in inventory.folder.glob("inventory.*"):
        rows = canonical.read_small_table(path, "inventory")[0]
        for row in rows.select(["entity", "item_type", "quantity"]).to_pylist():
            totals[f"{row['entity']}, {row['item_type']}"] += row["quantity"]
print(json.dumps({
    "files": sorted([one.answer.entity.name, one.name, one.rows, one.replaced_at is None]
                    for one in Delivery.objects.select_related("answer__entity")),
    "totals": {name: totals[name] for name in sorted(totals)},
    "inventories": Inventory.objects.count(),
    "carbon": [run.mean for run in Run.objects.all()],
}))
"""
RUNS = """
from estran.portal.results.models import Run
print(json.dumps([[one.year, str(one.folder), one.mean is not None] for one in Run.objects.order_by("year")]))
"""


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--kills"))


def inventory(chance: random.Random, rows: int) -> bytes:
    """A list of equipment as a school writes it."""
    kinds = ("Ordinateur portable", "Écran", "Imprimante", "Tablette", "Machin à pattes")
    lines = [
        f"{chance.choice(kinds)};Acme;X{chance.randint(1, 9)};{chance.randint(1, 30)};{chance.randint(2016, 2023)}"
        for _row in range(rows)
    ]
    return "\n".join(["Type;Marque;Modèle;Nombre;Date d'achat", *lines, ""]).encode()


def imports(portal: Portal, officer: Someone, answers: list[Any], number: int) -> Iterator[Work]:
    """Files sent through the link of a school or by the officer; one in five is large, some add to those before."""
    chance = random.Random(SEED)
    for n in range(number):
        answer, entity, token = answers[n] if n < len(answers) else chance.choice(answers)
        name, large = f"liste {n}.csv", n % 5 == 1
        file = (name, inventory(chance, 60_000 if large else chance.randint(50, 3000)))
        values: dict[str, Any] = {"adds": "on"} if chance.random() < 0.5 else {}
        page, who, seen = f"/o/essai/reponses/{answer}/", officer, re.escape(name)
        if entity != "Direction" and chance.random() < 0.5:
            page, who, seen = f"/ecole/{token}/", Someone(portal), f"{re.escape(name)}|déjà envoyé"
            values |= {"send": "file", "pupils": 100 + n}
        yield Work(lambda a=(page, values, page, seen, file), who=who: who.do(*a), 3.0 if large else 1.0)


def collected(portal: Portal, chance: random.Random, kills: int, number: int) -> dict[str, Any]:
    """What a portal holds after a collection during which it was killed: files, inventory of the year, footprint."""
    asked = portal.python(SETUP)
    officer = Someone(portal)
    officer.sign_in()
    while_killed(portal, chance, kills, imports(portal, officer, asked["answers"], number))
    officer.settle()
    for answer, _entity, _token in asked["answers"]:
        officer.post(f"/o/essai/reponses/{answer}/", {"action": "accept"})
    officer.post(f"/o/essai/collectes/{asked['campaign']}/bilan/", {})
    officer.settle()
    return portal.python(COLLECTED)


pytestmark = pytest.mark.slow


def test_imports_killed_at_random_moments_give_the_same_estate(portals: Any, kills: int) -> None:
    """Each file sent stands once in the inventory of the year, as in a portal that nobody killed."""
    number = kills + SCHOOLS
    killed = portals("killed")
    found = collected(killed, random.Random(SEED), kills, number)
    print(f"imports: kills {killed.kills}, {killed.in_hand} in hand, {killed.unanswered} without answer")
    assert sum(killed.kills.values()) == kills
    assert found == collected(portals("left_alone"), random.Random(SEED), 0, number)
    assert (found["inventories"], len(found["files"]), len(found["carbon"])) == (1, number, 1)
    nothing_left(killed)


def test_runs_killed_at_random_moments_are_computed_once_and_whole(portals: Any, kills: int) -> None:
    """Each estimate asked for is one run, whose bytes are those of a computation that nobody killed."""
    portal = portals("killed")
    portal.python(SETUP)
    officer = Someone(portal)
    officer.sign_in()
    years = range(2050 - kills, 2051)

    def estimate(year: int) -> None:
        values = {"year": year, "agents": 900, "laptops": 800 + year}
        officer.do("/o/essai/bilans/estimation/", values, "/o/essai/bilans/", rf">{year}<")

    while_killed(portal, random.Random(SEED), kills, (Work(lambda y=year: estimate(y), 3.0) for year in years))
    officer.settle()
    print(f"runs: kills {portal.kills}, {portal.in_hand} in hand, {portal.unanswered} without answer")
    assert sum(portal.kills.values()) == kills
    made = portal.python(RUNS)
    assert [(year, computed) for year, _folder, computed in made] == [(year, True) for year in years]
    assert {year: runs.rerun(Path(folder)) for year, folder, _computed in made} == {year: [] for year in years}
    nothing_left(portal)


def nothing_left(portal: Portal) -> None:
    """Started again: no unfinished file is left; each file that a row names has its bytes, and there is no other."""
    portal.start()
    assert not [path for path in portal.data.rglob("*") if path.name.startswith(".") or path.suffix == ".part"]
    said = portal.manage("verify").stdout
    assert "absents ou modifiés : 0 ; que plus rien ne nomme : 0." in said, said
