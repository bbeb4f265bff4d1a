"""How long what entities send is kept, what stays of it, and what is left of a person who is erased."""

from __future__ import annotations

import csv
import os
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from collecting import accept, answer_of, page, plain, settle_page, upload
from django.utils import timezone

from conftest import World
from estran.common.vocabulary import limit
from estran.portal.collection import deliveries, merging
from estran.portal.collection.models import Campaign, Delivery, LabelChoice
from estran.portal.common import storage

pytestmark = pytest.mark.django_db
WITH_NAMES = "Type;Nombre;Utilisateur;Date d'achat\nTablette;7;Mme Dupont;2021\nZinzin;2;M. Martin;2020\n"


def end_of(campaign: Campaign) -> date:
    return campaign.closes_on + timedelta(days=limit("sent_days"))


def inventory(campaign: Campaign) -> list[dict[str, str]]:
    with (merging.merge_inventory(campaign, None).folder / "inventory.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def but_source(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: text for name, text in row.items() if name != "source"} for row in rows]


def test_a_file_as_sent_is_erased_half_a_year_after_the_collection_and_the_page_says_when(
    world: World, campaign: Campaign
) -> None:
    delivery = upload(world, answer_of(campaign, world.school), WITH_NAMES)
    said = f"gardé tel quel jusqu’au {_day(end_of(campaign))}, puis effacé"
    assert said in plain(page(world, f"reponses/{delivery.answer_id}/"))
    assert said in plain(world.client("link_holder").get(f"/ecole/{world.link.token}/").content.decode())
    deliveries.forget_sent(end_of(campaign))
    assert "Mme Dupont" in delivery.file.read_text("utf-8")
    deliveries.forget_sent(end_of(campaign) + timedelta(days=1))
    assert not delivery.place.exists()
    shown = page(world, f"depots/{delivery.pk}/")
    assert "Le fichier envoyé est effacé" in plain(shown) and "2 lignes sont lues" in plain(shown)
    texts = [path.read_text("utf-8", "ignore") for path in Path(storage.folder()).rglob("*") if path.is_file()]
    assert not any("Dupont" in text or "Martin" in text for text in texts), "no copy is left anywhere"


def _day(day: date) -> str:
    from estran.portal.common.pages import day as words

    return plain(words(day))


def test_the_year_is_computed_again_from_what_was_read_with_later_choices_and_rows_put_right(
    world: World, campaign: Campaign
) -> None:
    answer = answer_of(campaign, world.school)
    upload(world, answer, WITH_NAMES)
    accept(world, answer)
    before = inventory(campaign)
    deliveries.erase_sent(Delivery.objects.get())
    assert but_source(inventory(campaign)) == but_source(before)
    name = settle_page(world, campaign)["Zinzin"]
    world.client("officer").post(world.url(f"collectes/{campaign.pk}/libelles/"), {f"other-{name}": "Tablette"})
    after = inventory(campaign)
    assert [(row["entity"], row["item_type"], row["quantity"]) for row in after] == [
        (world.school.path, "tablet", "7.0"),
        (world.school.path, "tablet", "2.0"),
    ]
    assert [row["item_id"] for row in after] == [row["item_id"] for row in before]


def test_rejected_rows_of_an_erased_file_are_sent_again_not_corrected(world: World, campaign: Campaign) -> None:
    delivery = upload(world, answer_of(campaign, world.school), "Type;Nombre\nTablette;plein\n")
    deliveries.erase_sent(delivery)
    shown = page(world, f"depots/{delivery.pk}/rejets/")
    assert "ne se corrigent plus ici" in plain(shown) and 'name="quantity-' not in shown
    assert world.client("officer").post(world.url(f"depots/{delivery.pk}/rejets/"), {"x": "1"}).status_code == 200


def test_a_file_that_no_longer_counts_goes_after_a_month_and_one_erased_at_once(
    world: World, campaign: Campaign
) -> None:
    answer = answer_of(campaign, world.school)
    first = upload(world, answer, "Type;Nombre\nTablette;7\n")
    second = upload(world, answer, "Type;Nombre\nTablette;8\n")
    deliveries.forget_sent(timezone.localdate() + timedelta(days=limit("replaced_days") + 1))
    assert (first.place.exists(), second.place.exists()) == (False, True)
    world.client("officer").post(world.url(f"depots/{second.pk}/"), {"choice": "take_back"})
    assert second.place.exists(), "taken back, it can come back"
    world.client("officer").post(world.url(f"depots/{second.pk}/"), {"action": "erase"})
    assert not second.place.exists()
    again = upload(world, answer, "Type;Nombre\nTablette;8\n")
    assert again == second and again.kept, "the same file sent again is kept again"


def test_what_is_being_received_is_left_alone_and_what_nobody_knows_goes_the_next_day(world: World) -> None:
    place = storage.folder("sent", world.organisation.pk, 99)
    place.mkdir(parents=True)
    deliveries.forget_sent(timezone.localdate())
    assert place.exists()
    old = time.time() - deliveries.ORPHAN - 1
    os.utime(place, (old, old))
    deliveries.forget_sent(timezone.localdate())
    assert not place.exists()


def test_the_lines_of_an_erased_person_stay_under_a_number(world: World, campaign: Campaign) -> None:
    officer = world.people["officer"]
    delivery = upload(world, answer_of(campaign, world.school))
    name = settle_page(world, campaign)["Truc du foyer"]
    world.client("officer").post(world.url(f"collectes/{campaign.pk}/libelles/"), {f"out-{name}": "mobilier"})
    officer.erase()
    delivery.refresh_from_db()
    assert delivery.person == officer and str(delivery.person) == f"Personne effacée n° {officer.pk}"
    assert LabelChoice.objects.get().person == officer
    shown = page(world, f"collectes/{campaign.pk}/libelles/", "administrator")
    assert f"Personne effacée n° {officer.pk}" in plain(shown) and "Officer" not in shown


def test_two_schools_that_send_the_same_file_keep_rows_of_their_own(world: World, campaign: Campaign) -> None:
    text = "Type;Nombre\nTablette;7\n"
    answers = [answer_of(campaign, school) for school in (world.school, world.other_school)]
    for answer in answers:
        upload(world, answer, text)
    accept(world, *answers)
    rows = inventory(campaign)
    assert {(row["entity"], row["quantity"]) for row in rows} == {
        (world.school.path, "7.0"),
        (world.other_school.path, "7.0"),
    }
    assert len({row["source"] for row in rows}) == 2
    assert inventory(campaign) == rows
