"""A list whose headers no format knows: the page that asks what they are, for each who may send one."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from collecting import SCHOOL_CSV, answer_of, opened, page, plain, sent, settle_page, upload

from conftest import World
from estran.portal.collection.models import Answer, Delivery, SavedMap
from estran.portal.plan.models import Action
from estran.portal.registers.models import RegisterRow

pytestmark = pytest.mark.django_db

GERMAN = """Inventarnr;Gerätetyp;Von wem;Modell;Anschaffungsdatum;Benutzer
1001;Notebook;Dell;Latitude 5420;12.03.2021;Max Müller
1002;Notebook;HP;EliteBook 840 G7;05.11.2020;Erika Mustermann
1003;Monitor;Dell;P2419H;02.05.2019;Max Müller
"""
GUESSED = {"c0": "item_id", "c1": "label", "c2": "manufacturer", "c3": "model", "c4": "purchase_date"}


def deliver(world: World, answer: Answer, text: str = GERMAN, who: str = "officer", name: str = "liste.csv") -> Any:
    return world.client(who).post(world.url(f"reponses/{answer.pk}/"), {"file": sent(text, name)})


def asked(world: World, answer: Answer, who: str = "officer", name: str = "liste.csv") -> Delivery:
    """A delivery that leads its sender to the page of its columns."""
    answered = deliver(world, answer, who=who, name=name)
    number = int(re.search(r"depots/(\d+)/colonnes/$", answered["Location"])[1])  # type: ignore[index]
    return Delivery.objects.get(pk=number)


def chosen(text: str) -> dict[str, str]:
    """The field of each header → the column that is selected."""
    fields = re.findall(r'<select id="(c\d+)".*?</select>', text, re.S)
    selects = re.findall(r'<select id="c\d+".*?</select>', text, re.S)
    values = [re.findall(r'value="(\w+)" selected', select) for select in selects]
    return {name: value[0] for name, value in zip(fields, values, strict=True) if value}


def test_the_page_shows_five_rows_without_people_and_its_guesses(world: World) -> None:
    delivery = asked(world, answer_of(opened(world), world.directorate))
    shown = page(world, f"depots/{delivery.pk}/colonnes/")
    assert chosen(shown) == GUESSED
    assert "Latitude 5420" in shown
    assert "Mustermann" not in shown
    assert "colonne de personnes, retirée" in plain(shown)
    assert "<script" not in shown.partition("<main")[2]


def test_the_officer_says_the_columns_once_for_the_organisation(world: World) -> None:
    campaign = opened(world)
    delivery = asked(world, answer_of(campaign, world.directorate))
    waiting = asked(world, answer_of(campaign, world.school), "contributor", "autre.csv")
    answered = world.client("officer").post(world.url(f"depots/{delivery.pk}/colonnes/"), GUESSED)
    assert answered["Location"] == world.url(f"depots/{delivery.pk}/")
    delivery.refresh_from_db()
    assert (delivery.rows, delivery.rejected, delivery.columns["columns"]["Gerätetyp"]) == (3, 0, "label")
    saved = SavedMap.objects.get()
    assert (saved.name, saved.entity, saved.columns["Modell"]) == ("liste", None, "model")
    waiting.refresh_from_db()
    assert waiting.job.state == "waiting"  # asked again, for the map may be its own
    again = deliver(world, answer_of(campaign, world.other_school), name="nouvelle.csv")
    read = Delivery.objects.get(answer__entity=world.other_school)
    assert again["Location"] == world.url(f"depots/{read.pk}/")
    assert read.columns["name"] == "liste"


def test_the_map_of_a_contributor_serves_his_entity_alone(world: World) -> None:
    campaign = opened(world)
    delivery = asked(world, answer_of(campaign, world.school), "contributor")
    world.client("contributor").post(world.url(f"depots/{delivery.pk}/colonnes/"), GUESSED)
    assert SavedMap.objects.get().entity == world.school
    asked(world, answer_of(campaign, world.other_school))  # the other school is asked
    assert deliver(world, answer_of(campaign, world.school), GERMAN + "\n", "contributor")["Location"].endswith(
        f"/depots/{Delivery.objects.filter(answer__entity=world.school).first().pk}/"
    )


def test_a_school_says_its_columns_through_its_link(world: World) -> None:
    opened(world)
    client, start = world.client("link_holder"), f"/ecole/{world.link.token}/"
    answered = client.post(start, {"send": "file", "file": sent(GERMAN)})
    assert answered["Location"] == f"{start}colonnes/"
    shown = client.get(answered["Location"]).content.decode()
    assert chosen(shown) == GUESSED
    assert "ses colonnes ne sont pas connues" in plain(client.get(start).content.decode())
    answered = client.post(f"{start}colonnes/", GUESSED | {"name": "Notre liste"})
    assert answered["Location"] == f"{start}lu/"
    delivery = Delivery.objects.get()
    assert (delivery.rows, delivery.answer.entity) == (3, world.school)
    assert (SavedMap.objects.get().name, SavedMap.objects.get().entity) == ("notre-liste", world.school)
    assert client.get(f"{start}colonnes/")["Location"] == f"{start}lu/"


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("reader", 403), ("contributor", 404)])
def test_nobody_else_says_the_columns_of_a_file(world: World, who: str, status: int) -> None:
    delivery = asked(world, answer_of(opened(world), world.directorate))
    address = world.url(f"depots/{delivery.pk}/colonnes/")
    assert world.client(who).get(address).status_code == status
    assert world.client(who).post(address, GUESSED).status_code == status
    assert not SavedMap.objects.exists()
    delivery.refresh_from_db()
    assert delivery.read_at is None


def test_a_map_without_a_thing_or_with_a_column_twice_is_to_correct(world: World) -> None:
    delivery = asked(world, answer_of(opened(world), world.directorate))
    address = world.url(f"depots/{delivery.pk}/colonnes/")
    answered = world.client("officer").post(address, {"c2": "manufacturer"})
    assert answered.status_code == 422
    assert "qu’il faut à cette table" in plain(answered.content.decode())
    answered = world.client("officer").post(address, GUESSED | {"c0": "model"})
    assert answered.status_code == 422
    assert "plusieurs en-têtes" in plain(answered.content.decode())


def test_a_column_of_people_is_not_read_whatever_is_posted(world: World) -> None:
    delivery = asked(world, answer_of(opened(world), world.directorate))
    world.client("officer").post(world.url(f"depots/{delivery.pk}/colonnes/"), GUESSED | {"c5": "site"})
    delivery.refresh_from_db()
    assert "Mustermann" not in "".join(path.read_text("utf-8") for path in delivery.tables)


def test_rooms_are_asked_as_rooms(world: World) -> None:
    answer = answer_of(opened(world), world.directorate)
    text = "Raum;Gesamtverbrauch;IT-Verbrauch\nRZ 1;120000;80000\n"
    number = re.search(r"depots/(\d+)/colonnes/", deliver(world, answer, text)["Location"])[1]  # type: ignore[index]
    fields = chosen(page(world, f"depots/{number}/colonnes/?table=rooms"))
    assert fields == {"c0": "room", "c1": "facility_kwh", "c2": "it_kwh"}
    world.client("officer").post(world.url(f"depots/{number}/colonnes/"), fields | {"table": "rooms"})
    folder = Delivery.objects.get().folder
    assert (folder / "rooms.csv").exists()


def test_maps_are_listed_and_removed_and_what_was_read_stays(world: World) -> None:
    delivery = asked(world, answer_of(opened(world), world.directorate))
    world.client("officer").post(world.url(f"depots/{delivery.pk}/colonnes/"), GUESSED)
    assert "liste, toute l’organisation" in plain(page(world, "colonnes/"))
    assert "toute l’organisation" not in plain(page(world, "colonnes/", "contributor"))
    pk = SavedMap.objects.get().pk
    assert world.client("contributor").post(world.url("colonnes/"), {"delete": pk}).status_code == 404
    assert world.client("stranger").post(world.url("colonnes/"), {"delete": pk}).status_code == 404
    world.client("officer").post(world.url("colonnes/"), {"delete": pk})
    assert not SavedMap.objects.exists()
    delivery.refresh_from_db()
    assert delivery.columns["columns"]["Modell"] == "model"  # a merge reads it so again


PURCHASES = """N° BC;Commandé le;Facturé le;Article;Qté;Total HT;Suivi par
B1;01/02/2024;03/03/2024;Ordinateur portable;2;1 900,00;Mme Dupont
B2;05/02/2024;09/03/2024;Écran;5;750,00;M. Martin
"""
EVERY_ROW = {
    "all-agec_category": "computers_2021", "all-origin": "new", "all-acquisition_mode": "purchase",
    "all-perimeter": "administration",
}  # fmt: skip


def test_a_register_takes_a_list_with_headers_of_its_own(world: World) -> None:
    client, address = world.client("officer"), world.url("registres/achats/importer/")
    answered = client.post(address, {"file": sent(PURCHASES, "achats.csv")})
    columns = answered["Location"]
    assert re.search(r"/registres/achats/colonnes/\d+/$", columns)
    shown = client.get(columns).content.decode()
    fields = chosen(shown)
    expected = ("", "order_date", "invoice_date", "item_type", "quantity", "amount_excl_vat")
    assert tuple(fields.get(f"c{i}", "") for i in range(6)) == expected
    for who, status in (("contributor", 403), ("stranger", 404)):
        assert world.client(who).post(columns, fields).status_code == status
    assert client.post(columns, fields).status_code == 422  # what the register needs is not there
    given = {name: value for name, value in fields.items() if name != "c6"} | {"c0": "line_id"} | EVERY_ROW
    assert "/importer/" in client.post(columns, given)["Location"]
    rows = [row.values for row in RegisterRow.objects.order_by("key")]
    assert [(row["line_id"], row["order_date"], row["quantity"], row["origin"]) for row in rows] == [
        ("B1", "2024-02-01", 2, "new"), ("B2", "2024-02-05", 5, "new"),
    ]  # fmt: skip
    again = client.post(address, {"file": sent(PURCHASES.replace("B2", "B3"), "achats-2025.csv")})
    assert "/importer/" in again["Location"]  # recognised by its headers
    assert RegisterRow.objects.count() == 3


PLAN_FILE = "Chantier;Was;Frist\nSobriété;Éteindre les serveurs;2027-01-31\nAchats;Acheter reconditionné;\n"


def test_a_plan_takes_a_table_with_headers_of_its_own(world: World) -> None:
    client, address = world.client("officer"), world.url("actions/tableur/")
    columns = client.post(address, {"file": sent(PLAN_FILE, "plan.csv")})["Location"]
    shown = client.get(columns).content.decode()
    assert "Éteindre les serveurs" in shown
    for who, status in (("contributor", 403), ("stranger", 404)):
        assert world.client(who).get(columns).status_code == status
    answered = client.post(columns, {"c0": "ambition", "c1": "title", "c2": "ends_on"})
    assert "/plans-lus/" in answered["Location"]
    assert [(one.title, str(one.ends_on)) for one in Action.objects.order_by("position")] == [
        ("Éteindre les serveurs", "2027-01-31"), ("Acheter reconditionné", "None"),
    ]  # fmt: skip
    again = client.post(address, {"file": sent(PLAN_FILE.replace("2027", "2028"), "plan 2.csv")})
    assert "/plans-lus/" in again["Location"]
    assert str(Action.objects.get(title="Éteindre les serveurs").ends_on) == "2028-01-31"
    assert client.get(world.url("actions/plan.xlsx")).status_code == 200


def test_what_was_corrected_is_downloaded_to_mend_the_source(world: World) -> None:
    campaign = opened(world)
    answer = answer_of(campaign, world.school)
    address = world.url(f"reponses/{answer.pk}/corrections.zip")
    upload(world, answer, SCHOOL_CSV.replace("Modèle", "N° de série"))
    assert world.client("contributor").get(address).status_code == 302  # nothing is corrected yet
    field = settle_page(world, campaign)["Truc du foyer"]
    world.client("officer").post(
        world.url(f"collectes/{campaign.pk}/libelles/"), {f"other-{field}": "Ordinateur portable"}
    )
    for who, status in (("contributor", 200), ("officer", 200), ("reader", 403), ("stranger", 404)):
        assert world.client(who).get(address).status_code == status
    with zipfile.ZipFile(io.BytesIO(world.client("contributor").get(address).content)) as archive:
        assert "Truc du foyer,Ordinateur portable" in archive.read("corrections.csv").decode()
