"""From the words of a fleet list to an item type: what is recognised, what is learned, what a person must settle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from estran.common.shipped import text_rows
from estran.importing.recognition import matching
from estran.importing.recognition.matching import LEARNED, RECOGNISED, TO_SETTLE, Description


def type_of(label: str, manufacturer: str = "", model: str = "", size: str = "", kind: str = "") -> str:
    return matching.match_description(Description(label, manufacturer, model, size, kind), {}).item_type


@pytest.mark.parametrize(
    ("manufacturer", "model", "item_type"),
    [
        ("Dell Inc.", "Latitude 5440", "laptop_ultraportable"),
        ("Dell Inc.", "Latitude 5540", "laptop_large"),
        ("Dell Inc.", "OptiPlex 7090", "desktop"),
        ("Dell Inc.", "OptiPlex 7090 Micro", "desktop_mini"),
        ("Dell Inc.", "OptiPlex 7460 AIO", "all_in_one"),
        ("Dell Inc.", "Precision 3660", "workstation"),
        ("Dell Inc.", "Precision 5570", "mobile_workstation"),
        ("Dell", "P2422H", "monitor_medium"),
        ("Dell", "U3419W", "monitor_very_large"),
        ("Dell Inc.", "PowerEdge R740", "server_rack"),
        ("HP", "HP ProBook 450 G8 Notebook PC", "laptop_large"),
        ("HP", "HP EliteDesk 800 G6 Desktop Mini PC", "desktop_mini"),
        ("HP", "HP Z240 Tower Workstation", "workstation"),
        ("HP", "HP E24 G4", "monitor_medium"),
        ("HPE", "ProLiant DL380 Gen10", "server_rack"),
        ("HP", "LaserJet Pro M404dn", "printer_laser"),
        ("LENOVO", "ThinkPad T14 Gen 3", "laptop_ultraportable"),
        ("LENOVO", "ThinkCentre M70q", "desktop_mini"),
        ("Lenovo", "T24i-10", "monitor_medium"),
        ("Apple", "MacBookAir10,1", "laptop_ultraportable"),
        ("Apple", "iMac19,2", "all_in_one"),
        ("Apple", "iPad 9th gen", "tablet"),
        ("Apple", "iPhone SE", "smartphone"),
        ("Samsung", "Galaxy A52", "smartphone"),
        ("Samsung", "SM-T500", "tablet"),
        ("Samsung", "S24R350", "monitor_medium"),
        ("Iiyama", "ProLite XUB2792HSU", "monitor_large"),
        ("Philips", "243V7QDSB", "monitor_medium"),
        ("BenQ", "GW2480", "monitor_medium"),
        ("BenQ", "MX550", "projector"),
        ("NEC", "M403W", "projector"),
        ("Epson", "EB-595Wi", "projector"),
        ("Optoma", "W318STe", "projector"),
        ("Promethean", "ActivPanel 75", "interactive_display"),
        ("SMART Technologies", "SBID-6265", "interactive_display"),
        ("Brother", "HL-L5200DW", "printer_laser"),
        ("Brother", "MFC-L5750DW", "multifunction_a4"),
        ("Canon", "iR-ADV C3525", "multifunction_a3"),
        ("Ricoh", "IM C3000", "multifunction_a3"),
        ("Kyocera", "TASKalfa 3253ci", "multifunction_a3"),
        ("Konica Minolta", "bizhub C308", "multifunction_a3"),
        ("Lexmark", "MS521dn", "printer_laser"),
        ("Xerox", "VersaLink C405", "multifunction_a4"),
        ("Cisco", "WS-C2960X-48TS-L", "switch"),
        ("Cisco", "ISR 4331", "router"),
        ("Aruba", "AP-515", "wifi_access_point"),
        ("Ubiquiti", "UAP-AC-PRO", "wifi_access_point"),
        ("Netgear", "GS748T", "switch"),
        ("Fortinet", "FortiGate 100F", "firewall"),
        ("Yealink", "SIP-T46U", "desk_phone_ip"),
        ("Alcatel-Lucent", "8068s", "desk_phone_ip"),
        ("Synology", "DS920+", "nas"),
        ("APC", "Smart-UPS 1500", "ups"),
        ("Axis", "M3045-V", "ip_camera"),
    ],
)
def test_a_model_is_recognised_by_its_maker_and_its_name(manufacturer: str, model: str, item_type: str) -> None:
    assert type_of("", manufacturer, model) == item_type


@pytest.mark.parametrize(
    ("label", "item_type"),
    [
        ("Ordinateur portable", "laptop"),
        ("PC PORTABLE ELEVE", "laptop"),
        ("Ordinateur portable 15,6 pouces", "laptop_large"),
        ("PC fixe salle techno", "desktop"),
        ("pc fixe tout-en-un", "all_in_one"),
        ("Écran", "monitor"),
        ('Ecran 27"', "monitor_large"),
        ("écrans 22 pouces", "monitor_small"),
        ("Classe mobile (portables)", "laptop"),
        ("Classe mobile 15 tablettes", "tablet"),
        ("TNI", "interactive_display"),
        ("TBI", "interactive_display"),
        ("Tableaux numériques interactifs", "interactive_display"),
        ("VPI", "projector"),
        ("vidéo-projecteur", "projector"),
        ("Visualiseur", "document_camera"),
        ("Borne WIFI", "wifi_access_point"),
        ("Photocopieur", "multifunction_a3"),
        ("Imprimante 3D", "printer_3d"),
        ("Clavier souris", "keyboard"),
        ("Casque de réalité virtuelle", "vr_headset"),
        ("Casque audio", "headset"),
    ],
)
def test_a_label_is_recognised_by_the_words_of_the_trade(label: str, item_type: str) -> None:
    assert type_of(label) == item_type


def test_a_label_and_a_model_together_give_the_narrower_type() -> None:
    assert type_of("Laptop", "Dell Inc.", "Latitude 5540") == "laptop_large"
    assert type_of("Serveur", "Dell Inc.", "PowerEdge R210") == "server_rack"
    assert type_of("Station d'accueil", "Dell", "Latitude dock WD19") == "docking_station"
    assert type_of("Chargeur", "Dell", "Latitude 65 W") == "laptop_charger"


def test_the_kind_of_list_settles_an_ambiguous_word() -> None:
    assert type_of("Portable", kind="computer") == "laptop"
    assert type_of("Portable", kind="phone") == "smartphone"


def test_the_size_column_wins_over_the_digits_of_the_model() -> None:
    assert type_of("Moniteur", "Dell", "P2422H", size="27") == "monitor_large"
    assert type_of("Moniteur", "Dell", "P2422H", size="23,8") == "monitor_medium"
    assert type_of("Moniteur", "Dell") == "monitor"


def test_a_virtual_machine_and_an_internal_panel_are_flagged() -> None:
    machine = matching.match_description(
        Description("", "VMware, Inc.", "VMware Virtual Platform", kind="computer"), {}
    )
    panel = matching.match_description(Description("", "AUO", "", kind="monitor"), {})
    assert (machine.item_type, machine.flag) == ("server", "virtual")
    assert (panel.item_type, panel.flag) == ("monitor", "internal_panel")
    assert matching.match_description(Description("KVM switch"), {}).flag == ""


def test_what_is_not_recognised_is_left_to_a_person_with_candidates() -> None:
    found = matching.match_description(Description("Tablètes"), {})
    assert (found.item_type, found.state) == ("", TO_SETTLE)
    first = matching.suggest_types(Description("Tablètes"))[0]
    assert (first.item_type, first.reason) == ("tablet", "ressemble à «\u00a0Tablette\u00a0»")
    assert 85 <= first.score < 100


@pytest.mark.parametrize(
    "label", ["Tablette graphique", "KVM switch", "Écran de projection", "Lampe vidéoprojecteur", "Chariot de recharge"]
)
def test_what_is_no_item_of_the_catalogue_is_never_guessed(label: str) -> None:
    assert type_of(label) == ""
    assert matching.suggest_types(Description(label)) == ()


def test_a_learned_choice_serves_whatever_the_accents_and_the_case(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(
        "label,manufacturer,model,item_type,decided_on,note\n"
        "Caméra de table,,,document_camera,2024-02-06,\n,,X-42,nas,,\n,,Y,wrong,,\n",
        encoding="utf-8",
    )
    choices = matching.read_learned_labels(tmp_path)
    found = matching.match_description(Description("CAMERA DE TABLE"), choices)
    assert (found.item_type, found.state) == ("document_camera", LEARNED)
    assert matching.match_description(Description("", "", "x 42"), choices).item_type == "nas"
    assert len(choices) == 2  # a type that is not in the catalogue is no choice


def test_an_exact_code_stands_as_it_is_in_a_canonical_file() -> None:
    thing = Description("laptop", "Dell", "Latitude 5540")
    assert matching.match_description(thing, {}, exact_codes=True).item_type == "laptop"
    assert matching.match_description(thing, {}).item_type == "laptop_large"
    assert matching.match_description(Description("Onduleur"), {}).state == RECOGNISED


@pytest.mark.parametrize(
    ("model", "manufacturer", "sheet", "sheet_manufacturer", "same"),
    [
        ("Latitude 5440", "Dell", "Latitude 5440", "Dell", True),
        ("Dell Latitude 5440", "Dell Inc.", "Latitude 5440", "Dell", True),
        ("Latitud 5440", "Dell", "Latitude 5440", "Dell", True),
        ("HP EliteBook 840 G8 Notebook PC", "HP", "EliteBook 840 G8", "HP", True),
        ("Latitude 5440", "Dell", "Latitude 5400", "Dell", False),
        ("Latitude 5440", "Dell", "Latitude E5440", "Dell", False),
        ("ThinkPad T14", "Lenovo", "ThinkPad T14s", "Lenovo", False),
        ("ProBook 450 G8", "HP", "EliteBook 450 G8", "HP", False),
        ("P2422H", "Dell", "P2422H", "HP", False),
    ],
)
def test_a_model_sheet_is_found_only_if_maker_and_digits_agree(
    model: str, manufacturer: str, sheet: str, sheet_manufacturer: str, same: bool
) -> None:
    assert matching.is_same_model(model, manufacturer, sheet, sheet_manufacturer) is same


def test_the_kind_of_list_is_told_by_the_name_of_the_file() -> None:
    names = {
        "glpi_ordinateurs.csv": "computer",
        "Moniteurs.csv": "monitor",
        "networkequipment.csv": "network",
        "parc.csv": "",
    }
    assert {name: matching.find_list_kind(name) for name in names} == names


def test_every_rule_and_detail_names_types_of_the_catalogue() -> None:
    known = set(matching.item_types()) | {""}
    for name, columns in {"label_rules": ["item_type"], "type_details": ["generic", "specific"]}.items():
        for row in text_rows(name):
            assert {row[column] for column in columns} <= known
            assert re.compile(row.get("model", "") + row.get("label", ""))


@pytest.mark.parametrize(
    ("description", "how"),
    [
        (Description("laptop"), "exact_label"),
        (Description("Écran plat de bureau"), "label_rule"),
        (Description("", "Dell Inc.", "OptiPlex 7090"), "model_rule"),
        (Description("PC"), "weak_label"),
        (Description("machin"), "unknown"),
    ],
)
def test_a_match_says_the_evidence_that_decided(description: Description, how: str) -> None:
    match = matching.match_description(description, {})
    states = {row["code"]: row["state"] for row in text_rows("evidence")}
    assert (match.how, states[how]) == (how, "unknown" if how == "unknown" else RECOGNISED)


def test_a_choice_of_a_person_and_a_code_say_so() -> None:
    chosen = matching.match_description(Description("machin"), {("machin", "", ""): "laptop"})
    code = matching.match_description(Description("laptop"), {}, exact_codes=True)
    assert (chosen.how, code.how) == ("learned", "code")
