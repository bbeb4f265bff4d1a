"""The pages of a whole département, 59 schools and 200 labels to settle: light, and few queries whatever the number."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from collecting import answer_of
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import World
from estran.portal.collection import campaigns
from estran.portal.collection.models import Answer, Campaign, Delivery, SchoolLink, UnknownLabel
from estran.portal.common import storage
from estran.portal.organisations.models import Entity

pytestmark = pytest.mark.django_db
BYTES, ELEMENTS = 60_000, 700
SCHOOLS, LABELS = 59, 200


class Elements(HTMLParser):
    """How many elements a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def handle_starttag(self, _tag: str, _attributes: object) -> None:
        self.count += 1


@pytest.fixture
def large(world: World, campaign: Campaign) -> Campaign:
    """A campaign of 59 schools that all answered, each with labels to settle and an open link."""
    for number in range(SCHOOLS - 2):
        name = f"Collège Marie-Marguerite de la Vallée du Trieux {number} (Saint-Quay-Portrieux)"
        Entity.objects.create(organisation=world.organisation, kind=Entity.SCHOOL, name=name, uai=f"079{number:04}C")
    campaigns.add_missing_answers(campaign)
    now = timezone.now()
    answers = list(Answer.objects.filter(campaign=campaign))
    deliveries = Delivery.objects.bulk_create(
        Delivery(
            organisation=world.organisation, answer=answer, name="inventaire.xlsx", sha256=f"{answer.pk:064}",
            estate="0" * 64, read_at=now, rows=123, rejected=30,
        )
        for answer in answers
    )  # fmt: skip
    SchoolLink.objects.bulk_create(
        SchoolLink(organisation=world.organisation, entity=answer.entity, ends_at=now + timedelta(days=60))
        for answer in answers
    )
    UnknownLabel.objects.bulk_create(
        UnknownLabel(
            organisation=world.organisation, delivery=deliveries[number % len(deliveries)], key=f"label {number}",
            label=f"Tablzte numéro {number} de la salle", manufacturer="Acme", model="X", rows=2,
            quantity=number,
        )
        for number in range(LABELS)
        for _twice in range(2)
    )  # fmt: skip
    return campaign


def rejects_of(world: World, delivery: Delivery) -> None:
    """Thirty rejected rows in the folder of a delivery."""
    head = "file,line,column,value,what,remedy,source,entity,label,quantity,purchase_date\n"
    line = (
        "x.xlsx,{n},quantity | purchase_date,a | b,« a » n’est pas un nombre.,Écrire le nombre,x:{n},E,Tablette,a,b\n"
    )

    def write(folder) -> None:  # type: ignore[no-untyped-def]
        (folder / "rejects.csv").write_text(head + "".join(line.format(n=n) for n in range(30)), encoding="utf-8")
        (folder / "import.json").write_text('{"files": [], "rows": 1, "rejected": 30}', encoding="utf-8")

    delivery.estate, _folder = storage.keep_folder(write, "estates", world.organisation.pk)
    delivery.save()


def addresses(world: World, large: Campaign) -> list[str]:
    answer = answer_of(large, world.school)
    delivery = answer.deliveries.get()
    rejects_of(world, delivery)
    found = [f"collectes/{large.pk}/", f"collectes/{large.pk}/libelles/", f"collectes/{large.pk}/relances/"]
    found += [f"reponses/{answer.pk}/", f"depots/{delivery.pk}/", f"depots/{delivery.pk}/rejets/"]
    found += ["collectes/", "effectifs/", "glpi/", f"collectes/{large.pk}/bilan/"]
    found += [f"reponses/{answer.pk}/saisie/{form}/" for form in ("school", "rooms", "ai", "paper")]
    token = world.link.token
    return [*(world.url(rest) for rest in found), f"/ecole/{token}/", f"/ecole/{token}/lu/"]


def test_every_page_is_light(world: World, large: Campaign) -> None:
    heavy = {}
    for address in addresses(world, large):
        answered = world.client("officer").get(address)
        assert answered.status_code == 200, address
        elements = Elements()
        elements.feed(answered.content.decode())
        if len(answered.content) > BYTES or elements.count > ELEMENTS:
            heavy[address] = (len(answered.content), elements.count)
    assert heavy == {}


def test_the_board_and_the_labels_ask_the_database_the_same_whatever_the_number(world: World, large: Campaign) -> None:
    officer, asked = world.client("officer"), {}
    for rest in ("", "libelles/"):
        with CaptureQueriesContext(connection) as queries:
            assert officer.get(world.url(f"collectes/{large.pk}/{rest}")).status_code == 200
        asked[rest] = len(queries)
    assert asked == {"": 13, "libelles/": 8}


def test_the_heaviest_25_labels_come_first_and_the_rest_on_the_next_pages(world: World, large: Campaign) -> None:
    place = world.url(f"collectes/{large.pk}/libelles/")
    shown = world.client("officer").get(place).content.decode()
    assert "<title>200 libellés à régler" in shown
    labels = re.findall(r"<legend>«\sTablzte numéro (\d+) ", shown)
    assert labels == [str(number) for number in range(199, 174, -1)]
    assert shown.count('type="radio"') == 26, "one candidate each, and one for all that begin alike"
    last = world.client("officer").get(place + "?page=8").content.decode()
    assert re.findall(r"<legend>«\sTablzte numéro (\d+) ", last)[-1] == "0"
