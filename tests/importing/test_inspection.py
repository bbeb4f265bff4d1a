"""What an import says of an estate before anything is computed: evidence, weight, oddities, in figures done by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from estran.importing import estate_import, inspection, inspection_text
from estran.importing.inspection import Inspection

HEAD = "ID;Entité;Type;Fabricant;Modèle;Statut;Batterie;Date d'achat;Numéro de série\n"
LAPTOP = ("Ordinateur portable", "HP", "EliteBook 840 G5")
DESKTOP = ("Ordinateur fixe", "Dell", "OptiPlex 7090")
SCREEN = ("Écran", "Dell", "P2419H")
BOARD = ("Tableau interactif", "BenQ", "RP6501K")
UNKNOWN = ("Chose", "Acme", "Z1")


def inspect(
    folder: Path, *counted: tuple[tuple[str, str, str], int], name: str = "parc", **more: Any
) -> tuple[Inspection, estate_import.ImportReport]:
    """The inspection of an estate with so many rows of each thing; more: status, battery, date of all of them."""
    folder.mkdir(exist_ok=True)
    rows, n = [], 0
    for thing, number in counted:
        for _i in range(number):
            n += 1
            date = more.get("date", f"{1 + n % 28:02}/{1 + n % 11:02}/2021")
            cells = (str(n), "DSI", *thing, more.get("status", ""), more.get("battery", ""), date, f"S{name}{n}")
            rows.append(";".join(cells))
    file = folder / f"{name}.csv"
    file.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    report = estate_import.import_files([file], estate=folder / "estate")
    assert report.inspection
    return report.inspection, report


def codes(facts: Inspection) -> list[str]:
    return [one.code for one in facts.oddities]


def test_the_estimate_is_units_times_embodied_by_life_and_electricity(tmp_path: Path) -> None:
    """An unknown thing weighs as a mean one of the estate; retired things weigh nothing."""
    facts, _report = inspect(tmp_path, (LAPTOP, 3), (SCREEN, 1), (UNKNOWN, 2))
    each = inspection.unit_footprints()
    laptops, screen = 3 * each["laptop_ultraportable"], each["monitor_medium"]
    unknown = 2 * (laptops + screen) / 4
    assert {one["item_type"]: one["kg"] for one in facts.types} == pytest.approx(
        {"laptop_ultraportable": laptops, "monitor_medium": screen, "": unknown}
    )
    assert facts.kg == pytest.approx(laptops + screen + unknown)
    assert facts.states["unknown"]["kg"] == pytest.approx(unknown)
    assert [(one["label"], one["counted"]) for one in facts.heaviest] == [
        ("Ordinateur portable", 3.0),
        ("Chose", 2.0),
        ("Écran", 1.0),
    ]
    retired, _report = inspect(tmp_path / "retired", (LAPTOP, 3), status="Réformé")
    assert (retired.kg, retired.types[0]["quantity"]) == (0.0, 3.0)


def test_a_thing_of_which_nothing_is_published_weighs_as_a_mean_one_not_as_nothing(tmp_path: Path) -> None:
    facts, _report = inspect(tmp_path, (LAPTOP, 3), (("Onduleur", "Eaton", "5P 1550"), 1))
    assert "ups" not in inspection.unit_footprints()
    assert {one["item_type"]: one["kg"] for one in facts.types}["ups"] == pytest.approx(facts.kg / 4)


def test_services_alone_are_not_said_to_weigh_nothing(tmp_path: Path) -> None:
    text = "Exercice;Compte;Libellé compte;Tiers;Objet;Montant TTC\n2024;6262;Télécommunications;ORANGE;Mobiles;45000\n"
    (tmp_path / "mandats.csv").write_text(text, encoding="utf-8")
    report = estate_import.import_files([tmp_path / "mandats.csv"], estate=tmp_path / "estate")
    assert report.inspection and report.inspection.activities == 1
    sentence = inspection_text.states_sentence(report.inspection)
    assert sentence.startswith("Aucun matériel") and "0\u00a0kg" not in sentence


def test_a_unit_weighs_what_the_catalogue_says_of_it() -> None:
    """A laptop: every embodied stage of the default set ÷ its life + its electricity × the mix of France."""
    from estran.catalogue import loading

    known = loading.load()
    figures = [row for row in known.factors.to_pylist() if (row["flow"], row["criterion"]) == ("laptop", "gwp")]
    made = sum(row["value"] for row in figures if row["stage"] != "use")
    defaults = {row["parameter"]: row["value"] for row in known.defaults.to_pylist() if row["item_type"] == "laptop"}
    mix = max(
        (row for row in known.electricity.to_pylist() if (row["zone"], row["criterion"]) == ("FRA", "gwp")),
        key=lambda row: row["year"],
    )["value"]
    by_hand = made / float(defaults["lifetime_years"]) + float(defaults["kwh_per_year"]) * mix
    assert inspection.unit_footprints()["laptop"] == pytest.approx(by_hand)


def test_what_nobody_settled_is_said_with_its_weight(tmp_path: Path) -> None:
    facts, report = inspect(tmp_path, (LAPTOP, 4), status="Missing")
    assert (facts.unsettled["rows"], facts.unsettled["kg"]) == (4, pytest.approx(facts.kg))
    first = inspection_text.advice_of(facts, "parc/", report.rejected, report.labels_to_settle)[0]
    assert first.what.startswith("4 lignes de statuts inconnus ne sont pas comptées") and first.share == 1.0
    assert "parc/statuses.csv" in first.remedy


def test_files_of_several_imports_stand_side_by_side_and_one_read_again_replaces_itself(tmp_path: Path) -> None:
    inspect(tmp_path, (LAPTOP, 3), name="a")
    inspect(tmp_path, (LAPTOP, 2), (SCREEN, 1), name="b")
    facts, _report = inspect(tmp_path, (LAPTOP, 3), name="a")
    assert {one["item_type"]: one["rows"] for one in facts.types} == {"laptop_ultraportable": 5, "monitor_medium": 1}
    assert sum(one["rows"] for one in facts.evidence) == 6
    with (tmp_path / "estate" / "matches.csv").open(encoding="utf-8") as file:
        lines = [(row["file"], row["model"], row["rows"]) for row in csv.DictReader(file)]
    assert sorted(lines) == [("a", LAPTOP[2], "3"), ("b", LAPTOP[2], "2"), ("b", SCREEN[2], "1")]


def test_a_type_ten_times_more_frequent_than_usual_is_odd(tmp_path: Path) -> None:
    facts, _report = inspect(tmp_path, (LAPTOP, 60), (SCREEN, 60), (BOARD, 25))
    assert codes(facts) == ["frequent_type"]
    advice = inspection_text.describe_oddity(facts.oddities[0])
    assert "17\xa0% du parc, contre 0,5\xa0% d’ordinaire (25)" in advice.what
    assert "Tableau interactif BenQ RP6501K" in advice.remedy
    alone, _report = inspect(tmp_path / "boards", (BOARD, 25))
    assert codes(alone) == []


@pytest.mark.parametrize(
    ("counted", "more", "code"),
    [
        ([(DESKTOP, 12)], {}, "no_screen"),
        ([(DESKTOP, 2), (SCREEN, 2)], {"battery": "Li-ion"}, "desktop_with_battery"),
        ([(LAPTOP, 60)], {"date": "12/03/2021"}, "same_date"),
        ([(LAPTOP, 30)], {"date": "01/01/2021"}, "first_january"),
        ([(LAPTOP, 30)], {"date": ""}, "no_date"),
    ],
)
def test_what_looks_odd_is_said(tmp_path: Path, counted: Any, more: dict[str, str], code: str) -> None:
    facts, _report = inspect(tmp_path, *counted, **more)
    assert codes(facts) == [code]
    advice = inspection_text.describe_oddity(facts.oddities[0])
    assert advice.what and advice.remedy and "{" not in advice.what + advice.remedy


def test_a_row_that_counts_for_thousands_is_odd(tmp_path: Path) -> None:
    file = tmp_path / "inventory.csv"
    file.write_text("item_type,quantity\nlaptop,99000\nmonitor,90\n", encoding="utf-8")
    facts = estate_import.import_files([file], estate=tmp_path / "estate").inspection
    assert facts and "huge_quantity" in codes(facts)


def test_rows_that_do_not_say_how_many_they_are_are_odd(tmp_path: Path) -> None:
    file = tmp_path / "inventory.csv"
    file.write_text("item_type,status\nlaptop,in_use\nmonitor,Missing\n", encoding="utf-8")
    facts = estate_import.import_files([file], estate=tmp_path / "estate").inspection
    assert facts and [one.values for one in facts.oddities] == [{"quantity": 2}]


def test_computers_are_set_against_the_people_who_use_them(tmp_path: Path) -> None:
    facts, report = inspect(tmp_path, (LAPTOP, 31))
    assert codes(facts) == [] and inspection.computers_per_person(facts.computers, 11) == []
    again = estate_import.import_files([tmp_path / "parc.csv"], estate=report.estate, agents=10)
    assert again.inspection and again.inspection.oddities[0].values["ratio"] == 3.1


def test_the_page_and_the_json_say_the_same(tmp_path: Path) -> None:
    facts, report = inspect(tmp_path, (LAPTOP, 3), (UNKNOWN, 1))
    written = json.loads((report.estate / "import.json").read_text("utf-8"))
    assert inspection.read_inspection(written["inspection"]) == facts
    shown = (report.estate / "import.md").read_text("utf-8")
    assert "# Ce que l’import a lu" in shown and "Ordinateur portable HP EliteBook 840 G5" in shown
    assert "1 libellé sans type n’est pas compté" in shown
