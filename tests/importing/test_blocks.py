"""Sheets as people fill them: several lists on one, titles, totals, repeated headers, remarks beside."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook

from estran.common.problems import CannotUse
from estran.importing import estate_import
from estran.importing.estate_import import ImportReport

SIDE_BY_SIDE = """Inventaire du collège;;;;;;
;;;;;;
Ordinateurs portables;;;;Imprimantes;;
Marque;Modèle;Nombre;;Marque;Modèle;Qté
Dell;Latitude 5440;12;;HP;LaserJet Pro M404;3
HP;EliteBook 840 G8;8;;Brother;HL-L5200;1
;;;;Canon;;2
Total;;20;;Total;;6
"""
BELOW = """Inventaire 2025
Type;Marque;Modèle;Nombre;Date d'achat
PC fixe;Dell;OptiPlex 3080;12;2020
PC portable;HP;ProBook 450;8;mars 2021
Sous-total;;;20;

Imprimantes et copieurs

Désignation;Constructeur;Réf;N° de série;Mise en service;Salle
Imprimante laser;HP;LaserJet M404;AB1;12/2019;CDI
Copieur;Ricoh;IM C2500;AB2;T2 2022;Admin
TOTAL;2;;;;
"""
TWICE = "Type;Nombre;Type;Nombre\nPC fixe;12;Écran;14\nPC portable;3;Imprimante;2\n"
AGAIN = "Type;Marque;Nombre\nPC fixe;Dell;12\nType;Marque;Nombre\nTablette;Apple;8\n"


def read(folder: Path, text: str, *names: str) -> tuple[ImportReport, list[tuple[str, ...]]]:
    """The report of a CSV, and some columns of each row."""
    (folder / "parc.csv").write_text(text, encoding="utf-8")
    return import_file(folder / "parc.csv", *names)


def import_file(path: Path, *names: str) -> tuple[ImportReport, list[tuple[str, ...]]]:
    report = estate_import.import_files([path], estate=path.with_suffix(""))
    with (path.with_suffix("") / "inventory.csv").open(encoding="utf-8") as file:
        rows = [tuple(row[name] for name in names) for row in csv.DictReader(file)]
    return report, rows


def notes(report: ImportReport) -> str:
    return " ".join(note for file in report.files for note in file.notes).replace("\u00a0", " ")


def family(item_type: str) -> str:
    """The first word of a type: which laptop it is, is another test's matter."""
    return item_type.split("_")[0]


def test_lists_side_by_side_are_read_one_by_one_each_under_its_title(tmp_path: Path) -> None:
    report, rows = read(tmp_path, SIDE_BY_SIDE, "manufacturer", "model", "item_type", "quantity", "source")
    assert [(maker, model, family(item), count, source) for maker, model, item, count, source in rows] == [
        ("Dell", "Latitude 5440", "laptop", "12.0", "parc:5"),
        ("HP", "EliteBook 840 G8", "laptop", "8.0", "parc:6"),
        ("HP", "LaserJet Pro M404", "printer", "3.0", "parc/E4:5"),
        ("Brother", "HL-L5200", "printer", "1.0", "parc/E4:6"),
        ("Canon", "", "printer", "2.0", "parc/E4:7"),
    ]
    text = notes(report)
    assert "2 listes" in text and "A4 (« Ordinateurs portables »), E4 (« Imprimantes »)" in text
    assert "Total 20" in text and "Total 6" in text


def test_lists_one_below_the_other_have_their_own_headers(tmp_path: Path) -> None:
    report, rows = read(tmp_path, BELOW, "item_type", "model", "quantity", "purchase_date", "site")
    assert [(family(item), *others) for item, *others in rows] == [
        ("desktop", "OptiPlex 3080", "12.0", "2020-07-01", ""),
        ("laptop", "ProBook 450", "8.0", "2021-03-15", ""),
        ("printer", "LaserJet M404", "1.0", "2019-12-15", "CDI"),
        ("multifunction", "IM C2500", "1.0", "2022-05-15", "Admin"),
    ]
    assert "A2 (« Inventaire 2025 »), A9 (« Imprimantes et copieurs »)" in notes(report)


def test_a_header_that_is_the_same_one_twice_is_two_lists(tmp_path: Path) -> None:
    _report, rows = read(tmp_path, TWICE, "item_type", "quantity")
    assert [(family(item), count) for item, count in rows] == [
        ("desktop", "12.0"),
        ("laptop", "3.0"),
        ("monitor", "14.0"),
        ("printer", "2.0"),
    ]


def test_a_header_come_again_is_left_and_counted(tmp_path: Path) -> None:
    report, rows = read(tmp_path, AGAIN, "item_type", "quantity")
    assert rows == [("desktop", "12.0"), ("tablet", "8.0")]
    (file,) = report.files
    assert (file.rows_read, file.set_aside) == (3, 1) and "l’en-tête, répété" in notes(report)


@pytest.mark.parametrize(
    "text",
    [
        "Service;Type;Nombre\nDSI;PC fixe;3\nDSI;Total;3\nTotal général;;3\n",
        "Type;Nombre\nPC fixe;3\nSubtotal;3\nGrand total;3\n",
        "Type;Nombre\nPC fixe;3\nSomme :;3\n",
    ],
)
def test_totals_anywhere_are_no_equipment(tmp_path: Path, text: str) -> None:
    _report, rows = read(tmp_path, text, "item_type", "quantity")
    assert rows == [("desktop", "3.0")]


def workbook(path: Path, sheets: dict[str, list[tuple[int, int, list[Any]]]]) -> Path:
    """A workbook whose sheets hold rows of cells from a place on (line, column)."""
    with Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, column, cells in rows:
                sheet.write_row(line, column, cells)
    return path


def test_a_workbook_with_lists_at_different_heights_a_remark_beside_and_a_sheet_named_as_its_type(
    tmp_path: Path,
) -> None:
    file = workbook(
        tmp_path / "parc.xlsx",
        {
            "Feuil1": [
                (0, 0, ["Parc informatique"]),
                (2, 0, ["Type", "Marque", "Nombre"]),
                (3, 0, ["PC fixe", "Dell", 12]),
                (4, 0, ["PC portable", "HP", 3]),
                (5, 0, ["Tablette", "Apple", 7]),
                (1, 5, ["Écrans"]),
                (4, 5, ["Marque", "Modèle", "Nb"]),
                (5, 5, ["Dell", "P2419H", 20]),
                (6, 5, ["Iiyama", "XUB2792", 4]),
            ],
            "Imprimantes": [
                (0, 0, ["Marque", "Modèle", "N° de série", "Date achat"]),
                (1, 0, ["HP", "M404", "S1", date(2021, 3, 4)]),
                (2, 0, ["HP", "M404", "S2", 44451, "", "à vérifier"]),
            ],
            "Synthèse": [(0, 0, ["Type", "Nombre"]), (1, 0, ["PC", 30])],
        },
    )
    report, rows = import_file(file, "item_type", "manufacturer", "quantity", "purchase_date")
    assert sorted((family(item), *others) for item, *others in rows) == [
        ("desktop", "Dell", "12.0", ""),
        ("laptop", "HP", "3.0", ""),
        ("monitor", "Dell", "20.0", ""),
        ("monitor", "Iiyama", "4.0", ""),
        ("printer", "HP", "1.0", "2021-03-04"),
        ("printer", "HP", "1.0", "2021-09-12"),
        ("tablet", "Apple", "7.0", ""),
    ]
    assert report.rejected == 0
    assert "Cases laissées, à droite de la liste et sans en-tête : lignes 3" in notes(report)
    assert "Feuilles laissées : « Synthèse »" in notes(report)


def test_rows_of_one_text_above_a_blank_line_stay_in_their_list(tmp_path: Path) -> None:
    text = "Type;Nombre\nPC fixe;3\nTablette;\n\nMarque;Modèle;N° de série\nDell;P2419H;A1\n"
    _report, rows = read(tmp_path, text, "item_type", "serial")
    assert [(family(item), serial) for item, serial in rows] == [("desktop", ""), ("tablet", ""), ("monitor", "A1")]


def test_empty_columns_inside_one_list_do_not_part_it(tmp_path: Path) -> None:
    text = (
        "Numéro d'inventaire;;Type;Marque;;Modèle;Nombre;;Site\n"
        "1;;PC portable;Dell;;Latitude 5440;12;;Mairie\n2;;Écran;HP;;E24 G4;20;;Mairie\n"
    )
    report, rows = read(tmp_path, text, "model", "quantity", "site")
    assert rows == [("Latitude 5440", "12.0", "Mairie"), ("E24 G4", "20.0", "Mairie")]
    assert len(report.files) == 1


def test_a_cell_that_is_one_known_word_is_no_header(tmp_path: Path) -> None:
    text = "poste;pilote;groupe\nCanon 1;Canon Inkjet;Direction\nCanon 2;Canon Inkjet;SI\n"
    with pytest.raises(CannotUse) as refused:
        read(tmp_path, text)
    assert refused.value.problems[0].line == 1


def test_a_row_of_groups_above_the_header_is_no_list(tmp_path: Path) -> None:
    text = "Matériel;;;Achat\nType;Marque;Modèle;Date d'achat\nÉcran;HP;E24 G4;25/03/2021\n"
    report, rows = read(tmp_path, text, "model", "purchase_date")
    assert rows == [("E24 G4", "2021-03-25")]
    assert len(report.files) == 1
