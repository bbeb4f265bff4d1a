"""What people corrected leaves as a table, and as files that GLPI's plugin of data injection takes."""

from __future__ import annotations

from pathlib import Path

from estran.common.files import read_csv, write_csv
from estran.importing import corrections, estate_import
from estran.importing.estate_import import ImportReport

GLPI = """Nom;Entité;Statut;Fabricant;Numéro de série;Type;Modèle;ID;Date d'achat
PC1;Ville > DSI;En service;Dell;SER001;Machin à pattes;;12;12/03/2021
PC2;Ville > DSI;En service;Dell;SER002;Ordinateur portable;Latitude 5420;13;31/02/2021
PC3;Ville;En service;;;Machin à pattes;;14;05/05/2020
PC4;Ville;En service;HP;SER004;Ordinateur portable;;15;05/05/2020
"""


def corrected(estate: Path) -> list[tuple[str, ...]]:
    names = ("item_id", "serial", "header", "before", "value")
    return [tuple(row[name] for name in names) for row in read_csv(estate / corrections.FILE)]


def put_right(path: Path, **values: str) -> None:
    """What a person does in a spreadsheet: fill in columns of every row."""
    rows = [row | values for row in read_csv(path)]
    write_csv(path, list(rows[0]), rows)


def imported(tmp_path: Path) -> ImportReport:
    """A GLPI list, then its label settled and its date put right."""
    file, estate = tmp_path / "glpi_ordinateurs.csv", tmp_path / "parc"
    file.write_text(GLPI, encoding="utf-8")
    estate_import.import_files([file], estate=estate)
    assert not (estate / corrections.FILE).exists()
    put_right(estate / "unmatched.csv", item_type="laptop")
    estate_import.import_files([estate / "unmatched.csv"], estate=estate)
    put_right(estate / "rejects.csv", purchase_date="28/02/2021")
    return estate_import.import_files([estate / "rejects.csv"], estate=estate)


EXPECTED = [
    ("12", "SER001", "Type", "Machin à pattes", "Ordinateur portable"),
    ("13", "SER002", "Date d'achat", "31/02/2021", "2021-02-28"),
    ("14", "", "Type", "Machin à pattes", "Ordinateur portable"),
]


def test_labels_settled_and_cells_put_right_are_listed_with_what_identifies_them(tmp_path: Path) -> None:
    assert corrected(imported(tmp_path).estate) == EXPECTED


def test_glpi_gets_a_file_for_each_field_with_the_headers_of_its_own_list(tmp_path: Path) -> None:
    estate = imported(tmp_path).estate
    headers = {"glpi_ordinateurs": {"item_id": "ID", "serial": "Numéro de série"}}
    written = corrections.write_for_glpi(estate, tmp_path / "glpi", headers)
    assert [(path.name, path.read_text("utf-8").splitlines()) for path in written] == [
        ("glpi-ordinateurs-date-d-achat.csv", ["ID;Numéro de série;Date d'achat", "13;SER002;2021-02-28"]),
        (
            "glpi-ordinateurs-type.csv",
            ["ID;Numéro de série;Type", "12;SER001;Ordinateur portable", "14;;Ordinateur portable"],
        ),
    ]


def test_a_list_read_again_says_what_is_still_to_mend_and_once_mended_nothing(tmp_path: Path) -> None:
    estate = imported(tmp_path).estate
    file = tmp_path / "glpi_ordinateurs.csv"
    estate_import.import_files([file], estate=estate)
    assert corrected(estate) == [EXPECTED[0], EXPECTED[2]]  # the date is rejected again
    mended = tmp_path / "2026" / "glpi_ordinateurs.csv"
    mended.parent.mkdir()
    text = GLPI.replace("Machin à pattes", "Ordinateur portable").replace("31/02", "28/02")
    mended.write_text(text, encoding="utf-8")
    report = estate_import.import_files([mended], estate=tmp_path / "parc 2", overlay=estate / "overlay")
    assert (report.labels_to_settle, report.rejected) == (0, 0)
    assert not (tmp_path / "parc 2" / corrections.FILE).exists()
