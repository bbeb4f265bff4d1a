"""A file that does not say whether the day or the month comes first: both readings, one click, by whoever sent it."""

from __future__ import annotations

import csv

import pytest
from collecting import answer_of, page, plain, sent

from conftest import World
from estran.portal.collection.models import Campaign, Delivery

pytestmark = pytest.mark.django_db

AMBIGUOUS = "Type;Nombre;Date d'achat\nTablette;3;03/04/2021\n"


def bought(delivery: Delivery) -> list[str]:
    with (delivery.folder / "inventory.csv").open(encoding="utf-8") as file:
        return [row["purchase_date"] for row in csv.DictReader(file)]


@pytest.mark.parametrize(("dates", "day"), [("dmy", "2021-04-03"), ("mdy", "2021-03-04")])
def test_both_readings_are_shown_and_one_click_reads_the_file(
    world: World, campaign: Campaign, dates: str, day: str
) -> None:
    rest = f"reponses/{answer_of(campaign, world.school).pk}/"
    officer = world.client("officer")
    answered = officer.post(world.url(rest), {"file": sent(AMBIGUOUS)})
    assert (answered.status_code, answered["Location"]) == (302, world.url(rest))
    text = plain(page(world, rest))
    assert "3 avril 2021 (jour/mois)" in text and "4 mars 2021 (mois/jour)" in text
    delivery = Delivery.objects.get()
    officer.post(world.url(rest), {"delivery": delivery.pk, "dates": dates})
    delivery.refresh_from_db()
    assert delivery.read_at and bought(delivery) == [day]


def test_the_holder_of_a_link_is_asked_too(world: World, campaign: Campaign) -> None:
    browser, link = world.client("link_holder"), f"/ecole/{world.link.token}/"
    shown = browser.post(link, {"send": "file", "file": sent(AMBIGUOUS), "pupils": "430"})
    assert "4 mars 2021 (mois/jour)" in plain(shown.content.decode())
    answered = browser.post(link, {"delivery": Delivery.objects.get().pk, "dates": "dmy"})
    assert answered["Location"] == link + "lu/" and bought(Delivery.objects.get()) == ["2021-04-03"]


@pytest.mark.parametrize("who", ["reader", "stranger"])
def test_nobody_else_answers(world: World, campaign: Campaign, who: str) -> None:
    rest = f"reponses/{answer_of(campaign, world.school).pk}/"
    world.client("officer").post(world.url(rest), {"file": sent(AMBIGUOUS)})
    delivery = Delivery.objects.get()
    answered = world.client(who).post(world.url(rest), {"delivery": delivery.pk, "dates": "dmy"})
    delivery.refresh_from_db()
    assert answered.status_code in (302, 403, 404) and delivery.dates == ""
