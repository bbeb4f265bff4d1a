"""The files of G4IT, in and out: its four files with cloud lines, read, written and read again.

Typed here in the headers of its templates of 2026 (with `typeInfrastructure`) and of the first files of NumEcoEval.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from estran.importing import estate_import
from estran.importing.estate_export import export_estate

FILES = {
    "datacenter.csv": """\
nomCourtDatacenter;nomLongDatacenter;pue;localisation;nomEntite;
DC1;Rennes;1.4;France;DSI;
DC2;Köln;;Germany;;
""",
    "physique.csv": """\
nomEquipementPhysique;modele;quantite;nomCourtDatacenter;dateAchat;dateRetrait;type;statut;paysDUtilisation;\
consoElecAnnuelle;utilisateur;nomSourceDonnee;nomEntite;nbCoeur;modeUtilisation
P1;PowerEdge R640;2;DC1;2020-07-08;;Server;In use;France;1200,5;jdupont;;DSI;16;
P2;Latitude 5440;10;;20230901;;Laptop;In use;France;;;;Culture;4;COPE
P3;Modèle maison;1;;;2024-06-30;Tableau de bord mural;Retired;Germany;;;;;;
""",
    "virtuel.csv": """\
nomEquipementVirtuel;nomEquipementPhysique;nomSourceDonneeEquipementPhysique;cleRepartition;vCPU;cluster;consoElecAn;\
typeEqv;capaciteStockage;nomEntite;nomSourceDonnee;typeInfrastructure;quantite;location;provider;typeInstance;chargeMoy;\
dureeUtilisationAnnuelle;
vm1;P1;;;4;;;calcul;;DSI;;NON_CLOUD_SERVERS;;;;;;;
vm2;P1;;0.25;;;;calcul;100;DSI;;;;;;;;;
c1;;;;;;;calcul;;DSI;;CLOUD_SERVICES;3;France;aws;m5.large;0.5;8000;
c2;;;;;;;calcul;;;;CLOUD_SERVICES;1;EEE;azure;d2s_v3;25;;
""",
    "application.csv": """\
nomApplication;typeEnvironnement;nomEquipementVirtuel;domaine;sousDomaine;nomEntite;
paie;Test;vm1;RH;Paie;DSI;
""",
}


def import_texts(folder: Path, files: dict[str, str]) -> estate_import.ImportReport:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return estate_import.import_files([folder / name for name in files], estate=folder / "parc")


def rows(estate: Path, table: str) -> list[dict[str, str]]:
    """The rows of a table of an estate without its empty cells, nor where each was read."""
    with (estate / f"{table}.csv").open(encoding="utf-8") as file:
        read = csv.DictReader(file)
        return [{name: value for name, value in row.items() if value and name != "source"} for row in read]


def test_cloud_lines_of_the_virtual_file_are_hours_of_instances(tmp_path: Path) -> None:
    report = import_texts(tmp_path / "files", FILES)
    virtual = next(file for file in report.files if file.name == "virtuel.csv")
    assert (virtual.rows_read, virtual.rows_written, virtual.set_aside) == (4, 4, 0)
    assert [row["vm"] for row in rows(report.estate, "vms")] == ["vm1", "vm2"]
    clouds = [row for row in rows(report.estate, "inventory") if "flow" in row]
    assert [(row["item_id"], row["flow"], float(row["amount"]), row["zone"]) for row in clouds] == [
        ("c1", "cloud:aws:m5.large", 3 * 8000, "FRA"),
        ("c2", "cloud:azure:d2s_v3", 8760, "EUE"),
    ]


def test_an_estate_written_and_read_again_is_the_same(tmp_path: Path) -> None:
    first = import_texts(tmp_path / "files", FILES).estate
    written = export_estate(first, tmp_path / "g4it")
    assert {path.name: n for path, n in written.files.items()} == {
        "datacenter.csv": 2,
        "physical_equipment.csv": 3,
        "virtual_equipment.csv": 2,
        "cloud_virtual_equipment.csv": 2,
        "application.csv": 1,
    }
    again = estate_import.import_files(list(written.files), estate=tmp_path / "parc").estate
    for table in ("inventory", "rooms", "vms", "applications"):
        key = lambda row: sorted(row.items())  # noqa: E731
        assert sorted(rows(again, table), key=key) == sorted(rows(first, table), key=key), table


def test_what_has_no_place_there_is_told(tmp_path: Path) -> None:
    lines = ("Ordinateur portable;HP;EliteBook 840 G5;5CG1234;1", "Écran;Dell;U2419H;CN01;2")
    text = "\n".join(("Type;Marque;Modèle;N° de série;Quantité", *lines))
    estate = import_texts(tmp_path / "files", {"liste.csv": text}).estate
    report = export_estate(estate, tmp_path / "g4it")
    notes = [note.replace("\u00a0", " ") for note in report.notes]
    assert "physical_equipment.csv : 2 lignes sans paysDUtilisation, que l’outil exige." in notes
    assert "Ces fichiers n’ont pas de colonne pour : Numéro de série (2)." in notes
    again = estate_import.import_files(list(report.files), estate=tmp_path / "parc").estate
    types = [[row["item_type"] for row in rows(folder, "inventory")] for folder in (estate, again)]
    assert types[0] == types[1]


@pytest.mark.parametrize("name", ["nomEquipementVirtuel", "nomVM"])
def test_cloud_lines_alone_and_the_first_names_of_virtual_machines(name: str, tmp_path: Path) -> None:
    cloud = f"{name};typeInfrastructure;quantite;provider;typeInstance;location;chargeMoy;dureeUtilisationAnnuelle\n"
    first = f"idInventaire;{name};nomEquipementPhysique;vCPU;nomEntite;cluster\nI1;vm1;Serveur 9;2;DSI;\n"
    if name == "nomEquipementVirtuel":
        report = import_texts(
            tmp_path / "cloud", {"cloud.csv": cloud + "c1;CLOUD_SERVICES;2;gcp;n2-standard-4;France;30;100\n"}
        )
        assert rows(report.estate, "inventory")[0]["flow"] == "cloud:gcp:n2-standard-4"
    report = import_texts(tmp_path / "machines", {"vm.csv": first})
    assert rows(report.estate, "vms") == [{"vm": "vm1", "host": "Serveur 9", "vcpu": "2.0", "entity": "DSI"}]
