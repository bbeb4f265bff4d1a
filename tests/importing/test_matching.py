"""From the words of a fleet list to an item type: what is recognised, what is learned, what a person must settle."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from estran.common.shipped import text_rows
from estran.importing.recognition import candidates, known_models, matching, model_sheets, rules
from estran.importing.recognition.matching import LEARNED, RECOGNISED, TO_SETTLE, Description
from estran.importing.recognition.model_words import type_class

TYPED = Path(__file__).parents[1] / "data" / "typed_models.csv"


def type_of(label: str, manufacturer: str = "", model: str = "", size: str = "", kind: str = "") -> str:
    description = Description(label, manufacturer, model, size, kind)
    return matching.match_descriptions([(description, False)], {})[0].item_type


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
    found = matching.match_description(Description("Tablle"), {})
    assert (found.item_type, found.state) == ("", TO_SETTLE)
    first = candidates.suggest_types(Description("Tabllete"))[0]
    assert (first.item_type, first.reason) == ("tablet", "ressemble à «\u00a0Tablette\u00a0»")
    assert 75 <= first.score < 100


@pytest.mark.parametrize(
    ("label", "item_type"),
    [
        ("PC protable", "laptop"),
        ("Ordinateur portabe", "laptop"),
        ("Chromebok", "laptop"),
        ("Tablete tactile", "tablet"),
        ("Unitée centrale", "desktop"),
        ("tableau blanc interractif", "interactive_display"),
        ("Impirmante laser", "printer_laser"),
        ("Station d'acceuil", "docking_station"),
    ],
)
def test_one_wrong_sign_in_a_long_word_is_read_as_the_word(label: str, item_type: str) -> None:
    assert type_of(label) == item_type


@pytest.mark.parametrize("label", ["Lampes", "Posters", "PC Encore"])
def test_a_word_that_is_one_sign_away_from_another_thing_is_not_taken_for_it(label: str) -> None:
    assert type_of(label) in ("", "desktop")


@pytest.mark.parametrize(
    "label", ["Tablette graphique", "KVM switch", "Écran de projection", "Lampe vidéoprojecteur", "Chariot de recharge"]
)
def test_what_is_no_item_of_the_catalogue_is_never_guessed(label: str) -> None:
    assert type_of(label) == ""
    assert candidates.suggest_types(Description(label)) == ()


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


@pytest.mark.parametrize(
    ("manufacturer", "model", "item_type"),
    [
        ("HP", "rp5800", "pos_terminal"),
        ("Hewlett-Packard", "RP5 Retail System Model 5810", "pos_terminal"),
        ("HP", "Engage One Prime", "pos_terminal"),
        ("BenQ", "RP654K", "interactive_display"),
        ("FUJITSU", "LIFEBOOK E5510", "laptop_large"),
        ("FUJITSU", "LIFEBOOK E754", "laptop_large"),
        ("FUJITSU SIEMENS", "ESPRIMO Mobile V6535", "laptop"),
        ("HP", "HP LaserJet E40040", "printer_laser"),
        ("HP", "V1910-48G", "switch"),
        ("LENOVO", "IdeaPad C340-14IML", "laptop_ultraportable"),
        ("LENOVO", "ThinkStation P340", "workstation"),
        ("LENOVO", "Yoga Book C930", "laptop"),
        ("LENOVO", "ThinkCentre Tiny-in-One 24", "monitor_medium"),
        ("Dell Inc.", "Latitude E4310", "laptop_ultraportable"),
        ("Dell", "Wyse 5470 All-in-One", "all_in_one"),
        ("Dell", "UltraSharp Webcam WB7022", "webcam"),
        ("Dell Inc.", "Inspiron 3880", "desktop"),
        ("Dell Inc.", "XPS 8940", "desktop"),
        ("Dell Inc.", "Vostro 3681", "desktop"),
        ("Acer", "Aspire XC-895", "desktop"),
        ("Acer", "Aspire C24-865", "all_in_one"),
        ("Acer", "Switch SA5-271", "tablet"),
        ("Xiaomi", "Redmi Book 14", "laptop"),
        ("MSI", "Summit E14 A11SCST", "laptop"),
        ("ASRock", "H570M Pro4", "desktop"),
        ("Cisco", "ASA5506-X", "firewall"),
        ("Cisco", "Firepower 1120", "firewall"),
        ("Zebra Technologies", "TC52", "rugged_handheld"),
        ("Honeywell", "CT40", "rugged_handheld"),
        ("Zebra", "ZD421", "label_printer"),
        ("DYMO", "LabelWriter 450", "label_printer"),
        ("HP", "DesignJet T630", "plotter"),
        ("Razer", "Blade 15", "laptop"),
        ("Samsung", "Galaxy S20FE", "smartphone"),
        ("Fortinet", "FortiAP 221E", "wifi_access_point"),
        ("Synology", "DS1621+", "nas"),
        ("LG", "27UK650-W", "monitor_large"),
        ("LG", "32UN650", "monitor_large"),
        ("LG", "43UK6300PLB", "tv"),
        ("LG", "55UM7100", "tv"),
    ],
)
def test_a_model_that_a_rule_once_misread_is_read_right_without_a_kind_of_list(
    manufacturer: str, model: str, item_type: str
) -> None:
    assert type_of("", manufacturer, model) == item_type


@pytest.mark.parametrize(
    ("manufacturer", "model", "item_type"),
    [
        ("", "HP EliteBook 840 G5 i5 8Go", "laptop_ultraportable"),
        ("HP", "HP EliteBook 840 G5", "laptop_ultraportable"),
        ("LENOVO", "20W400XXFR", "laptop_large"),
        ("Apple Inc.", "MacBookPro16,1", "laptop_large"),
        ("Apple Inc.", "Mac14,2", "laptop"),
        ("Dell Inc.", "OptiPlex 7060", "desktop"),
        ("Dell Inc.", "Precision 3561", "mobile_workstation"),
        ("HPE", "ProLiant DL380 Gen10", "server_rack"),
        ("Cisco", "C9200-48P", "switch"),
        ("Apple", "iPad13,4", "tablet"),
        ("samsung", "SM-A525F", "smartphone"),
        ("", "Monitor 24", "monitor_medium"),
        ("Elo", "Ecran tactile 15", "monitor_small"),
    ],
)
def test_a_model_is_read_as_agents_and_people_write_it(manufacturer: str, model: str, item_type: str) -> None:
    assert type_of("", manufacturer, model) == item_type
    if not manufacturer:
        assert type_of(model) == item_type


@pytest.mark.parametrize(
    ("label", "item_type"),
    [
        ("Notebook", "laptop"),
        ("Portátil", "laptop"),
        ("Computer portatile", "laptop"),
        ("Ordenador de sobremesa", "desktop"),
        ("Bildschirm", "monitor"),
        ("Pantalla", "monitor"),
        ("Drucker", "printer_laser"),
        ("Impresora", "printer_laser"),
        ("Multifunktionsgerät", "multifunction_a4"),
        ("Tastatur", "keyboard"),
        ("Teléfono móvil", "smartphone"),
        ("Caisse enregistreuse", "pos_terminal"),
        ("Kassensystem", "pos_terminal"),
        ("Imprimante à étiquettes", "label_printer"),
        ("Terminal durci", "rugged_handheld"),
        ("Ordinateur Dell portable", "laptop"),
        ("PC portable + sacoche", "laptop"),
        ("Écran avec webcam", "monitor"),
        ("Webcam", "webcam"),
    ],
)
def test_a_label_is_recognised_in_the_languages_of_suppliers(label: str, item_type: str) -> None:
    assert type_of(label) == item_type


def evidence_of(label: str, manufacturer: str, model: str, kind: str = "") -> tuple[str, str]:
    description = Description(label, manufacturer, model, kind=kind)
    match = matching.match_descriptions([(description, False)], {})[0]
    return match.item_type, match.how


@pytest.mark.parametrize(
    ("label", "manufacturer", "model", "outcome"),
    [
        ("PC", "Dell", "Latitude 5490", ("laptop_ultraportable", "known_model")),
        ("Poste de travail", "Lenovo", "ThinkPad T480s", ("laptop_ultraportable", "known_model")),
        ("PC", "", "", ("desktop", "weak_label")),
        ("Ordinateur portable", "Dell", "OptiPlex 7060", ("", "conflict")),
        ("Unité centrale", "HP", "EliteBook 840 G5", ("", "conflict")),
        ("Unité centrale", "Dell", "OptiPlex 7460 AIO", ("all_in_one", "known_model")),
        ("Tablette", "HP", "Pavilion 15-eg0000", ("tablet", "exact_label")),
        ("Station d’accueil", "HP", "EliteBook 840 G5", ("docking_station", "exact_label")),
        ("Batterie", "HP", "EliteBook 840 G5", ("", "left_out")),
        ("", "HP", "EliteBook 99X", ("laptop", "family")),
    ],
)
def test_the_surest_evidence_speaks_first(label: str, manufacturer: str, model: str, outcome: tuple[str, str]) -> None:
    assert evidence_of(label, manufacturer, model) == outcome


def test_a_label_and_a_well_known_model_that_contradict_each_other_are_both_shown() -> None:
    description = Description("Ordinateur portable", "Dell", "OptiPlex 7060")
    match = matching.match_descriptions([(description, False)], {})[0]
    assert match.state == TO_SETTLE
    assert match.reason.replace("\u00a0", " ") == (
        "le libellé dit « Ordinateur portable », le modèle est connu comme « Unité centrale de bureau »"
    )
    assert [one.item_type for one in match.candidates] == ["desktop", "laptop"]
    assert "machines, linuxhw 2025" in match.candidates[0].reason
    assert candidates.suggest_types(description) == match.candidates


def test_a_model_seen_too_few_times_does_not_contradict_a_label() -> None:
    rare = known_models.KnownModel("desktop", "model", 2, 1.0, None, "linuxhw_dmi_2025", "X 1")
    text = ("Maker", "X 1")
    match = matching.match_description(Description("Ordinateur portable", *text), {}, known={text: (rare,)})
    assert (match.item_type, match.how) == ("laptop", "exact_label")


def test_sources_that_disagree_give_their_types_to_choose_from() -> None:
    disputed = known_models.KnownModel("", "model", 9, 0.5, None, "linuxhw_dmi_2025", "X 1", ("desktop", "laptop"))
    match = matching.match_description(Description("", "Maker", "X 1"), {}, known={("Maker", "X 1"): (disputed,)})
    assert (match.state, match.how) == (TO_SETTLE, "several")
    assert [one.item_type for one in match.candidates] == ["desktop", "laptop"]


def test_the_kind_of_list_filters_and_never_gives_a_type() -> None:
    assert evidence_of("", "Dell", "xyz", kind="monitor") == ("", "unknown")
    assert candidates.suggest_types(Description("", "Dell", "xyz", kind="monitor"))[0].item_type == "monitor"
    assert evidence_of("Écran", "", "", kind="computer")[0] == "monitor"  # a label says what it says


@pytest.mark.parametrize(
    ("label", "manufacturer", "model", "item_type"),
    [
        ("OptPlex 3080 Micro", "", "", "desktop_mini"),
        ("", "Dell", "OptPlex 3080", "desktop"),
        ("", "Delll", "Latitud 5440", "laptop_ultraportable"),
        ("", "Lenvo", "ThikPad T14", "laptop_ultraportable"),
        ("", "Samsung", "Glaaxy A52", "smartphone"),
        ("Ordinatuer", "", "", "desktop"),
        ("Vidéoprojeteur", "", "", "projector"),
    ],
)
def test_a_misspelt_label_or_model_has_the_right_candidate_first(
    label: str, manufacturer: str, model: str, item_type: str
) -> None:
    assert candidates.suggest_types(Description(label, manufacturer, model))[0].item_type == item_type


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
    assert model_sheets.is_same_model(model, manufacturer, sheet, sheet_manufacturer) is same


def test_the_kind_of_list_is_told_by_the_name_of_the_file() -> None:
    names = {
        "glpi_ordinateurs.csv": "computer",
        "Moniteurs.csv": "monitor",
        "networkequipment.csv": "network",
        "parc.csv": "",
    }
    assert {name: rules.find_list_kind(name) for name in names} == names


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


@pytest.mark.parametrize(
    ("manufacturer", "model", "item_type"),
    [
        ("Dell", "E177FP", "monitor"),
        ("Acer", "G236HL", "monitor"),
        ("LG", "E2242", "monitor"),
        ("Philips", "55BDL3010Q", "digital_signage"),
        ("MSI", "MS-7B24", "desktop"),
        ("ASUS", "ROG STRIX B550-I GAMING", "desktop"),
        ("ASUSTeK COMPUTER INC.", "X551CA", "laptop"),
        ("Gigabyte", "GB-BRi5H-8250", "desktop_mini"),
        ("HPE", "J9773A", "switch"),
        ("Cisco", "UCS 6248UP 48-Port", "switch"),
        ("Elo", "EloPOS Z20", "pos_terminal"),
        ("Panasonic", "KX-MB2061", "multifunction_a4"),
        ("Fujitsu", "fi-800R", ""),
    ],
)
def test_models_that_no_table_knows_are_read_by_their_maker_s_codes(
    manufacturer: str, model: str, item_type: str
) -> None:
    found = matching.match_description(Description(manufacturer=manufacturer, model=model), {}).item_type
    assert found == item_type or found.startswith(f"{item_type}_")


@pytest.mark.parametrize(
    ("manufacturer", "model", "item_type"),
    [
        ("Dell", "Lat. 5540", "laptop"),
        ("Apple", "MBP 14 M3 Pro", "laptop"),
        ("Kyocera", "Task alfa 450li", "multifunction_a3"),
        ("Xerox", "Xerox WorkCentre 7845", "multifunction_a3"),
        ("Bambu Lab", "X1 Carbon", "printer_3d"),
        ("Jabra", "Engage 50", "headset"),
        ("GSM", "LG FULL HD", "monitor"),
        ("Cisco", "FPR1140-NGFW-K9", "firewall"),
    ],
)
def test_abbreviations_and_makers_are_read_before_a_model_of_another_maker(
    manufacturer: str, model: str, item_type: str
) -> None:
    assert type_class(type_of("", manufacturer, model)) == type_class(item_type)


def test_typed_lists_stay_as_right_as_they_are() -> None:
    rows = list(csv.DictReader(TYPED.open(encoding="utf-8")))
    asked = [(Description(manufacturer=row["manufacturer"], model=row["model"]), False) for row in rows]
    matches = matching.match_descriptions(asked, {})
    answers = ["virtual" if one.flag == "virtual" else one.item_type for one in matches]
    known = [(row, answer) for row, answer in zip(rows, answers, strict=True) if answer]
    classes = [({type_class(one) for one in row["item_type"].split("|")}, type_class(answer)) for row, answer in known]
    right = [answer in truths or truths | {answer} <= {"laptop", "tablet"} for truths, answer in classes]
    assert len(known) / len(rows) > 0.98
    assert sum(right) / len(right) > 0.99
