"""The importer reads every file of the fictional département, and says what it left out and why."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from demo_year import DemoYear

NUMBER = {"16 vidéo-projecteur", "13 vidéo-projecteur", "18 vidéo-projecteur"}


@pytest.fixture(scope="module")
def estate(demo_year: DemoYear) -> Path:
    return demo_year.estate


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def inventory(estate: Path) -> list[dict[str, str]]:
    return rows(estate / "inventory.csv")


def files(estate: Path) -> list[dict[str, object]]:
    return json.loads((estate / "import.json").read_text("utf-8"))["files"]


def test_every_file_is_read_in_the_format_it_is_in(estate: Path) -> None:
    formats = Counter((str(file["format"]), str(file["name"]).startswith("Collège")) for file in files(estate))
    assert formats["glpi", False] == 7
    assert formats["canonical", False] == 6  # rooms, servers, machines, applications, invoices, activities
    assert {name for (name, school), _n in formats.items() if school} == {"school"}
    assert len({file["name"] for file in files(estate) if file["format"] == "school"}) == 59
    others = {"focus", "aws_carbon", "scaleway_carbon", "supplier_statement", "ai_use"}
    assert others <= {name for name, _school in formats}


def test_names_accounts_and_addresses_are_dropped_and_said(estate: Path) -> None:
    dropped = {str(file["name"]): set(file["personal"]) for file in files(estate) if file["personal"]}  # type: ignore[call-overload]
    assert dropped["glpi_ordinateurs.csv"] == {"Usager", "Utilisateur", "Réseau - IP", "Réseau - Adresse MAC"}
    assert dropped["glpi_network_devices.csv"] == {"Networking - IP", "Networking - MAC address"}
    text = (estate / "inventory.csv").read_text("utf-8")
    assert not any(name in text for name in ("KERAMBRUN", "LE GOAZIC", "ykerambrun"))


def test_the_slips_are_rejected_with_their_place_and_nothing_else_is(estate: Path) -> None:
    rejects = {
        (row["file"].split(" (")[0], row["column"].split(" | ")[0], row["value"].split(" | ")[0])
        for row in rows(estate / "rejects.csv")
    }
    assert rejects - {reject for reject in rejects if reject[2] in NUMBER} == {
        ("Collège des Ajoncs", "purchase_date", "??"),
        ("Collège des Abers bleus", "purchase_date", "31/02/2021"),
        ("Collège des Genêts", "quantity", "-2"),
        ("Collège du Canal", "purchase_date", "32/01/2020"),
        ("Collège du Canal", "quantity", "-1,00"),
        ("Collège Ernest-Le-Barzic-l'aîné", "purchase_date", "avant 2015"),
        ("Collège des Châtaigniers", "purchase_date", "courant 2019"),
    }


def test_nearly_every_label_is_recognised_and_the_others_wait_for_a_person(
    estate: Path, inventory: list[dict[str, str]]
) -> None:
    items = [row for row in inventory if not row["flow"]]
    unknown = [row for row in items if not row["item_type"]]
    assert 0.005 < len(unknown) / len(items) < 0.03
    assert all(row["label"] or row["model"] for row in unknown)
    to_settle = {row["label"] for row in rows(estate / "unmatched.csv")}
    assert {"chariot de recharge", "Scanner"} <= to_settle
    assert not {"Tablètes", "Comutateur"} & to_settle, "one wrong sign in a long word is read as the word"
    assert not {"UC TECHNO", "VPI", "TNI", "Caméra de table"} & to_settle  # learned in the overlay


def test_virtual_machines_and_panels_are_flagged(inventory: list[dict[str, str]]) -> None:
    assert sum(row["virtual"] == "true" for row in inventory) == 60
    assert sum(row["internal_panel"] == "true" for row in inventory) == 74


def test_every_school_is_an_entity_of_the_perimeter_with_its_devices(inventory: list[dict[str, str]]) -> None:
    quantities: Counter[str] = Counter()
    for row in inventory:
        if row["entity"].startswith("Collège ") and not row["flow"]:
            quantities[row["entity"]] += round(float(row["quantity"] or 0))
    assert len(quantities) == 59
    assert 24_000 <= quantities.total() <= 26_000
    assert min(quantities.values()) > 150


def test_servers_come_from_the_rooms_first(inventory: list[dict[str, str]]) -> None:
    servers = [row for row in inventory if row["item_type"] == "server_rack"]
    first = [row["room"] for row in servers[:20]]
    assert set(first) == {"Salle de Kerjouan"}
    assert any(not row["room"] for row in servers[-10:])


def test_a_service_with_a_bill_a_use_and_a_statement_has_one_name(inventory: list[dict[str, str]]) -> None:
    flows = {}
    for row in inventory:
        if row["service"]:
            flows.setdefault((row["entity"], row["service"]), set()).add(row["flow"].split(":")[0])
    dsn = "Département du Trieux-et-Blavet > Direction du numérique"
    assert flows[dsn, "AWS > AmazonEC2"] == {"cloud", "spend_cloud_eur", "declared_impact"}
    assert flows[dsn, "sauvegarde-externalisee"] == {"storage_tb_year", "spend_cloud_eur", "declared_impact"}
    assert flows[dsn, "messagerie"] == {"declared_impact"}
