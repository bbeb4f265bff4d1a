"""Free spreadsheets: numbers and dates as people write them, crossed tables, the same file sent by two entities."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from estran.importing import canonical, estate_import, parsing


def read(macro: str, text: str) -> Any:
    con = canonical.connect()
    parsing.create_macros(con)
    return con.execute(f"SELECT {macro}($1)", [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "number", "about"),
    [
        ("15", "15", False),
        ("15 PC", "15", False),
        ("1 200 postes", "1200", False),
        ("15 (dont 3 HS)", "15", False),
        ("dix", "10", False),
        ("Vingt-cinq", "25", False),
        ("une vingtaine", "20", True),
        ("Une vingtaine de PC", "20", True),
        ("environ 30", "30", True),
        ("~ 12", "12", True),
        ("env. une dizaine", "10", True),
        ("2 ou 3", "2 ou 3", False),
        ("14 + 1 prof", "14 + 1 prof", False),
        ("plusieurs", "plusieurs", False),
    ],
)
def test_a_number_of_things_as_people_write_it(text: str, number: str, about: bool) -> None:
    assert (read("count_of", text), read("is_about", text)) == (number, about)


@pytest.mark.parametrize(
    ("text", "number", "label"),
    [
        ("15 PC fixes", "15", "PC fixes"),
        ("3 x imprimantes", "3", "imprimantes"),
        ("3 Écrans", "3", "Écrans"),
        ("Tablettes (12)", "12", "Tablettes"),
        ("Écrans : 8", "8", "Écrans"),
        ("Vidéoprojecteurs x8", "8", "Vidéoprojecteurs"),
        ("22 pouces Iiyama", None, "22 pouces Iiyama"),
        ("24 ports PoE", None, "24 ports PoE"),
        ("2 en 1 tactile", None, "2 en 1 tactile"),
        ("Modèle(1)", None, "Modèle(1)"),
        ("ProBook x360", None, "ProBook x360"),
        ("Écran 22 pouces", None, "Écran 22 pouces"),
        ("classe mobile (x16)", "16", "classe mobile"),
        ("Classe mobile (16 x)", "16", "Classe mobile"),
        ("lot de 12", "12", "lot de 12"),
        ("lot de 12 tablettes", "12", "tablettes"),
        ("Tablettes, lot de 12", "12", "Tablettes"),
        ("Boîte de 10 souris", "10", "souris"),
        ("12x portable", "12", "portable"),
        ('Écran 24" x 3', "3", 'Écran 24"'),
        ("Écran x 120", "120", "Écran"),
        ("Casques - 12 unités", "12", "Casques"),
        ("2 PC 24 pouces", "2", "PC 24 pouces"),
        ("4 USB-C 1 jack", None, "4 USB-C 1 jack"),
        ("2 écrans 1 unité centrale", None, "2 écrans 1 unité centrale"),
        ("Pack Office 365", None, "Pack Office 365"),
        ("Pack de 4 To", None, "Pack de 4 To"),
        ("PC portable (i5)", None, "PC portable (i5)"),
        ("iPad (2021)", None, "iPad (2021)"),
        ("2021 MacBook Pro", None, "2021 MacBook Pro"),
        ("ThinkPad x13", None, "ThinkPad x13"),
    ],
)
def test_a_number_of_things_in_a_label_is_no_measure(text: str, number: str | None, label: str) -> None:
    counted = read("counted_label", text) or {"number": None, "rest": None}
    assert (counted["number"], counted["rest"] or text) == (number, label)


def rows(estate: Path) -> list[dict[str, str]]:
    with (estate / "inventory.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_number_that_is_about_right_makes_a_row_of_low_quality(tmp_path: Path) -> None:
    file = written(tmp_path, "parc.csv", "Matériel;Quantité\nTablettes;une vingtaine\nPC fixes;12\n")
    estate_import.import_files([file], estate=tmp_path / "parc")
    assert [(row["quantity"], row["quality"]) for row in rows(tmp_path / "parc")] == [("20.0", "low"), ("12.0", "")]


def test_a_column_of_numbers_stands_against_its_label_and_it_is_noted(tmp_path: Path) -> None:
    file = written(tmp_path, "parc.csv", "Matériel;Quantité\nTablettes (x16);1\nÉcrans (x3);3\nPC fixes (x2);\n")
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert [row["quantity"] for row in rows(tmp_path / "parc")] == ["1.0", "3.0", "2.0"]
    (note,) = [note for note in report.files[0].notes if "autre nombre que la colonne" in note]
    assert "Tablettes (x16)" in note and "Écrans" not in note


@pytest.mark.parametrize("header", ["Nombre de ports", "Nb de coeurs", "Number of monitors connected", "Nb de disques"])
def test_a_number_of_parts_is_no_number_of_things(tmp_path: Path, header: str) -> None:
    file = written(tmp_path, "parc.csv", f"Type;Modèle;{header}\nSwitch;CRS326;24\nSwitch;CRS328;24\n")
    estate_import.import_files([file], estate=tmp_path / "parc")
    assert [row["quantity"] for row in rows(tmp_path / "parc")] == ["1.0", "1.0"]


def test_a_table_of_rooms_by_kinds_is_read_cell_by_cell_and_not_as_computer_rooms(tmp_path: Path) -> None:
    file = written(tmp_path, "salles.csv", "Salle;PC fixes;Imprimante\n101;15;\nCDI;4;1\nTotal;19;1\n")
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert {(row["site"], row["item_type"], row["quantity"]) for row in rows(tmp_path / "parc")} == {
        ("101", "desktop", "15.0"),
        ("CDI", "desktop", "4.0"),
        ("CDI", "printer_laser", "1.0"),
    }
    assert "Tableau croisé" in report.files[0].notes[0]
    assert not (tmp_path / "parc" / "rooms.csv").exists()


def test_models_under_the_name_of_a_kind_make_no_crossed_table(tmp_path: Path) -> None:
    file = written(tmp_path, "postes.csv", "Salle;Type;PC fixe;Imprimante\n101;PC fixe;ProDesk;HL-2300\n")
    estate_import.import_files([file], estate=tmp_path / "parc")
    assert [row["item_type"] for row in rows(tmp_path / "parc")] == ["desktop"]


def test_a_sum_without_a_name_is_no_equipment_and_a_thing_without_a_name_is_kept(tmp_path: Path) -> None:
    file = written(tmp_path, "parc.csv", "Type;Nombre;Salle\nPC fixe;3;\n;4;B12\nTablette;5;\n;12;\n")
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert [(row["item_type"], row["quantity"]) for row in rows(tmp_path / "parc")] == [
        ("desktop", "3.0"),
        ("", "4.0"),
        ("tablet", "5.0"),
    ]
    assert any("Ligne 5 laissée" in note for note in report.files[0].notes)


def test_the_same_bytes_from_two_entities_stay_apart_and_importing_them_again_changes_nothing(tmp_path: Path) -> None:
    text, estate = "Type;Nombre\nTablette;7\n", tmp_path / "parc"
    files = {written(tmp_path, f"{name}.csv", text): f"Collège {name}" for name in ("Guy", "Zay")}
    estate_import.import_files(list(files), entity=files, estate=estate)
    first = (estate / "inventory.csv").read_bytes()
    assert [(row["entity"], row["source"]) for row in rows(estate)] == [
        ("Collège Guy", "Guy:2"),
        ("Collège Zay", "Zay:2"),
    ]
    estate_import.import_files(list(files), entity=files, estate=estate)
    assert (estate / "inventory.csv").read_bytes() == first
    one, other = json.loads((estate / "import.json").read_text("utf-8"))["files"]
    assert one["sha256"] == other["sha256"] and [one["entity"], other["entity"]] == ["Collège Guy", "Collège Zay"]


def test_the_same_file_under_one_name_for_two_entities_is_two_sources(tmp_path: Path) -> None:
    file, estate = written(tmp_path, "parc.csv", "Type;Nombre\nTablette;7\n"), tmp_path / "parc"
    for entity in ("Collège Guy", "Collège Zay", "Collège Guy"):
        estate_import.import_files([file], entity=entity, estate=estate)
    assert {(row["entity"], row["source"]) for row in rows(estate)} == {
        ("Collège Guy", "parc:2"),
        ("Collège Zay", "parc-2:2"),
    }


LIST = "Type;Marque;Modèle;Quantité\nPC portable;Dell;Latitude 5400;12\nÉcran;HP;E24 G4;20\nImprimante;HP;M404;3\n"


def quantities(folder: Path) -> list[tuple[str, str]]:
    with (folder / "inventory.csv").open(encoding="utf-8") as file:
        return [(row["model"], row["quantity"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("encoding", "twice"), [("mac_roman", False), ("cp1252", False), ("utf-8", True)])
def test_accents_are_read_whatever_wrote_them(tmp_path: Path, encoding: str, twice: bool) -> None:
    text = LIST.encode("utf-8").decode("cp1252") if twice else LIST
    (tmp_path / "parc.csv").write_bytes(text.encode(encoding))
    report = estate_import.import_files([tmp_path / "parc.csv"], estate=tmp_path / "parc")
    assert quantities(report.estate) == [("Latitude 5400", "12.0"), ("E24 G4", "20.0"), ("M404", "3.0")]


def test_a_quote_that_is_never_closed_swallows_no_row(tmp_path: Path) -> None:
    text = LIST.replace("Écran;HP", 'Écran 24";"HP').replace("PC portable", '"PC portable').replace("E24", 'E24"')
    (tmp_path / "parc.csv").write_text(text, encoding="utf-8")
    report = estate_import.import_files([tmp_path / "parc.csv"], estate=tmp_path / "parc")
    assert [quantity for _model, quantity in quantities(report.estate)] == ["12.0", "20.0", "3.0"]


def test_a_copy_under_another_name_counts_nothing_and_the_same_rows_are_said(tmp_path: Path) -> None:
    for name, text in {"a.csv": LIST, "b.csv": LIST, "c.csv": LIST.replace("\n", "\r\n")}.items():
        (tmp_path / name).write_bytes(text.encode())
    report = estate_import.import_files([tmp_path / f"{name}.csv" for name in "abc"], estate=tmp_path / "parc")
    assert report.rows == 6  # of a and c
    assert [problem.file for problem in report.problems] == ["b.csv", "c.csv"]
    assert report.unread == ["b.csv"]
