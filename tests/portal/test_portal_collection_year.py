"""Accepted answers become the inventory of the year; the first estimate stands for what is missing."""

from __future__ import annotations

import csv
import json
import re

import pytest
from collecting import accept, answer_of, page, plain, settle_page, upload

from conftest import COUNTS, YEAR, World
from estran.portal.collection import campaigns, merging, prefilled
from estran.portal.collection.models import Campaign
from estran.portal.estates import estimate
from estran.portal.estates.models import Inventory
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db


def inventory_rows(campaign: Campaign) -> list[dict[str, str]]:
    inventory = merging.merge_inventory(campaign, None)
    with (inventory.folder / "inventory.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_accepted_answers_make_the_inventory_of_the_year_with_the_choices_of_labels(
    world: World, campaign: Campaign
) -> None:
    school, office = answer_of(campaign, world.school), answer_of(campaign, world.directorate)
    upload(world, school)
    upload(world, office, "Type;Nombre\nOrdinateur portable;3\n")
    upload(world, answer_of(campaign, world.other_school), "Type;Nombre\nTablette;50\n")
    names = settle_page(world, campaign)
    address = world.url(f"collectes/{campaign.pk}/libelles/")
    given = {
        f"other-{names['Machin à pattes']}": "Écran (taille inconnue)",
        f"out-{names['Truc du foyer']}": "mobilier",
    }
    world.client("officer").post(address, given)
    accept(world, school, office)
    rows = inventory_rows(campaign)
    assert [(row["entity"], row["item_type"], float(row["quantity"])) for row in rows] == [
        (world.school.path, "laptop_ultraportable", 15),
        (world.school.path, "monitor", 12),
        (world.school.path, "monitor", 3),
        (world.directorate.path, "laptop", 3),
    ]
    folder = merging.merge_inventory(campaign, None).folder
    with (folder / "ignored.csv").open(encoding="utf-8") as file:
        assert [(row["label"], row["quantity"], row["reason"]) for row in csv.DictReader(file)] == [
            ("Truc du foyer", "4", "mobilier")
        ]
    summary = json.loads((folder / "import.json").read_text("utf-8"))
    assert (summary["rows"], summary["unmatched"], summary["rejected"]) == (4, 0, 1)


def test_the_same_answers_make_the_same_inventory(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    upload(world, answer)
    accept(world, answer)
    assert merging.merge_inventory(campaign, None) == merging.merge_inventory(campaign, None)


def test_the_estimate_stands_for_families_and_schools_that_sent_nothing(world: World, campaign: Campaign) -> None:
    estimate.make_inventory(world.access(), YEAR, COUNTS)
    school, office = answer_of(campaign, world.school), answer_of(campaign, world.directorate)
    upload(world, school, "Type;Nombre\nUnité centrale;100\n")
    upload(world, office, "Type;Nombre\nOrdinateur portable;2400\n")
    accept(world, school, office)
    found = {(row["entity"], row["item_type"]): float(row["quantity"]) for row in inventory_rows(campaign)}
    assert found == {
        (world.school.path, "desktop"): 100,
        (world.directorate.path, "laptop"): 2400,  # stands for the laptops, desktops and monitors of the estimate
        ("Salles informatiques", "server_rack"): 40,
        ("Collèges", "desktop"): 3000,  # 6,000, one school of two has not answered
    }


@pytest.mark.slow
def test_a_corrected_row_is_in_the_inventory_of_the_year(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    delivery = upload(world, answer)
    shown = page(world, f"depots/{delivery.pk}/rejets/")
    name = re.search(r'name="(purchase_date-\w+)"', shown)[1]  # type: ignore[index]
    world.client("officer").post(world.url(f"depots/{delivery.pk}/rejets/"), {name: "15/05/2022"})
    accept(world, answer)
    assert "2022-05-15" in {row["purchase_date"] for row in inventory_rows(campaign)}
    summary = json.loads((merging.merge_inventory(campaign, None).folder / "import.json").read_text("utf-8"))
    assert summary["rejected"] == 0


def test_the_run_of_the_campaign_is_computed_and_next_year_starts_from_its_rows(
    world: World, campaign: Campaign
) -> None:
    answer = answer_of(campaign, world.school)
    upload(world, answer, "Type;Nombre;Modèle\nOrdinateur portable;3;Latitude 5440\n")
    accept(world, answer)
    place = world.url(f"collectes/{campaign.pk}/bilan/")
    assert "1 réponse acceptée entre dans le bilan" in plain(page(world, f"collectes/{campaign.pk}/bilan/"))
    answered = world.client("officer").post(place)
    run = Run.objects.get()
    assert answered["Location"] == world.url(f"bilans/{run.pk}/")
    assert run.mean and run.inventory.kind == Inventory.COLLECTED
    next_year = Campaign.objects.create(
        organisation=world.organisation, year=YEAR + 1, closes_on=campaign.closes_on, opens_on=campaign.opens_on
    )
    campaigns.add_missing_answers(next_year)
    rows = prefilled.last_year_rows(answer_of(next_year, world.school))
    assert [(row["label"], row["model"], row["quantity"]) for row in rows] == [
        ("Portable 11 à 14 pouces", "Latitude 5440", 3.0)
    ]
