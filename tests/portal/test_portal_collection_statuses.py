"""What a page says of a file before anything is computed, and the statuses that nobody has settled."""

from __future__ import annotations

import csv
import re

import pytest
from collecting import answer_of, page, plain, upload

from conftest import YEAR, World
from estran.importing.recognition import statuses
from estran.portal.collection import campaigns, merging
from estran.portal.collection.models import Campaign, StatusChoice
from estran.portal.common import storage

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

LIST = "Type;Nombre;Statut\nOrdinateur portable;3;Missing\nÉcran;2;En service\nÉcran;1;\n"


def fields(shown: str) -> dict[str, str]:
    """Word → the name of its field."""
    return dict(re.findall(r"<legend>«\s([^»]*)\s».*?name=\"(status-\w+)\"", shown, re.S))


def test_a_page_says_what_was_understood_before_anything_is_computed(world: World, campaign: Campaign) -> None:
    rows = "Type;Nombre\nOrdinateur portable;30\nUnité centrale;30\nTableau interactif;40\nChose;2\n"
    delivery = upload(world, answer_of(campaign, world.directorate), rows)
    shown = plain(page(world, f"depots/{delivery.pk}/"))
    assert "Part de l’empreinte estimée" in shown and "Reconnu par" in shown
    assert "Tableau interactif Écran ou tableau numérique interactif" in shown
    assert "39 % du parc, contre 0,5 % d’ordinaire" in shown
    assert "Aucun écran à côté de 30 ordinateurs fixes" in shown


def test_more_than_three_computers_an_agent_is_odd_when_the_headcount_is_known(
    world: World, campaign: Campaign
) -> None:
    delivery = upload(world, answer_of(campaign, world.directorate), "Type;Nombre\nOrdinateur portable;31\n")
    assert "par agent" not in plain(page(world, f"depots/{delivery.pk}/"))
    world.organisation.headcounts.create(who="agents", date=f"{YEAR}-01-01", value=10)
    assert "3,1 ordinateurs par agent (31 pour 10)" in plain(page(world, f"depots/{delivery.pk}/"))


def test_an_unknown_status_is_settled_once_for_this_file_and_the_next(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    delivery = upload(world, answer, LIST)
    assert "1 statut à régler, lignes pas comptées : 1" in plain(page(world, f"depots/{delivery.pk}/"))
    assert campaigns.answer_statuses(campaign, [answer])[0].state == campaigns.TO_SETTLE
    address = f"collectes/{campaign.pk}/libelles/"
    name = fields(page(world, address))["Missing"]

    world.client("officer").post(world.url(address), {name: "perhaps"})
    assert not StatusChoice.objects.exists()
    world.client("officer").post(world.url(address), {name: "retired"})

    assert fields(page(world, address)) == {}
    assert campaigns.answer_statuses(campaign, [answer])[0].state == campaigns.RECEIVED
    path = storage.folder("overlays", world.organisation.pk, "statuses.csv")
    assert statuses.settled_words(statuses.read_answers(path)) == {"missing": "retired"}
    world.client("officer").post(world.url(f"reponses/{answer.pk}/"), {"action": "accept"})
    inventory = merging.merge_inventory(campaign, None)
    with (inventory.folder / "inventory.csv").open(encoding="utf-8") as file:
        assert [row["status"] for row in csv.DictReader(file)] == ["retired", "in_service", ""]
    assert upload(world, answer_of(campaign, world.directorate), LIST).statuses == []


def test_a_decision_about_a_status_comes_back(world: World, campaign: Campaign) -> None:
    upload(world, answer_of(campaign, world.school), LIST)
    address = f"collectes/{campaign.pk}/libelles/"
    world.client("officer").post(world.url(address), {fields(page(world, address))["Missing"]: "spare"})
    choice = StatusChoice.objects.get()
    world.client("officer").post(world.url(address), {"undo-status": choice.pk})
    assert "Missing" in fields(page(world, address)) and not StatusChoice.objects.exists()


def test_who_may_settle_a_status(world: World, campaign: Campaign) -> None:
    """A contributor those of his entities; a reader looks; a stranger finds nothing."""
    upload(world, answer_of(campaign, world.school), LIST)
    upload(world, answer_of(campaign, world.other_school), LIST.replace("Missing", "Ailleurs"))
    address = f"collectes/{campaign.pk}/libelles/"
    every = fields(page(world, address))
    assert fields(page(world, address, "contributor")).keys() == {"Missing"}
    answered = {
        who: world.client(who).post(world.url(address), dict.fromkeys(every.values(), "spare")).status_code
        for who in ("reader", "stranger", "contributor")
    }
    assert answered == {"reader": 403, "stranger": 404, "contributor": 302}
    assert [one.written for one in StatusChoice.objects.all()] == ["Missing"]


def test_a_referent_settles_the_status_of_her_school_without_account(world: World, campaign: Campaign) -> None:
    upload(world, answer_of(campaign, world.school), LIST)
    address = f"/ecole/{world.link.token}/lu/"
    shown = world.client("anonymous").get(address).content.decode()
    world.client("anonymous").post(address, {fields(shown)["Missing"]: "in_service"})
    choice = StatusChoice.objects.get()
    assert (choice.status, choice.person, choice.entity) == ("in_service", None, world.school)
