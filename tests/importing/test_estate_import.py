"""Real-looking exports and school spreadsheets become one estate; what is wrong is corrected and imported again."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from estran.common.problems import CannotUse
from estran.importing import estate_import
from estran.importing.estate_import import ImportReport


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def inventory(report: ImportReport, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in columns) for row in table(report.estate / "inventory.csv")]


GLPI_FR = (
    '"Nom";"ID";"Entité";"Statut";"Fabricant";"Numéro de série";"Type";"Modèle";"Lieu";"Dernière modification"'
    ';"Usager";"Réseau - IP";"Date d\'achat";"Date de livraison";"Date de mise en service";"Date de réforme"'
    ';"Valeur"\r\n'
    '"PC-001";"12";"Département > DSI";"En service > Bureau";"Dell Inc.";"ABC1234";"Notebook";"Latitude 5540";'
    '"Rennes > B1";"2025-11-02 10:00";"jdupont";"10.0.0.1";"2021-01-05";"2021-02-01";"2021-03-01";"";"985,50"\r\n'
    '"PC-002";"13";"Département > DSI";"Prêté";"HP";"5CG1";"Mini PC";"HP ProDesk 400 G5 Desktop Mini";"Rennes";'
    '"2025-11-02 10:00";"amartin";"10.0.0.2";"2019-01-05";"";"";"";"575"\r\n'
    '"VM-001";"14";"Département > DSI";"En service";"VMware, Inc.";"VMware-42";"VMware";"VMware Virtual Platform";'
    '"Rennes";"2025-11-02 10:00";"";"10.0.0.3";"";"";"";"";""\r\n'
)


def test_glpi_in_french(tmp_path: Path) -> None:
    file = write(tmp_path / "glpi_ordinateurs.csv", GLPI_FR, "utf-8-sig")
    report = estate_import.import_files([file], estate=tmp_path / "parc")

    columns = (
        "item_id",
        "entity",
        "site",
        "item_type",
        "serial",
        "quantity",
        "status",
        "purchase_date",
        "price_eur",
        "virtual",
    )
    assert inventory(report, *columns) == [
        (
            "glpi_ordinateurs:12",
            "Département > DSI",
            "Rennes > B1",
            "laptop_large",
            "ABC1234",
            "1.0",
            "in_service",
            "2021-03-01",
            "985.5",
            "",
        ),
        (
            "glpi_ordinateurs:13",
            "Département > DSI",
            "Rennes",
            "desktop_mini",
            "5CG1",
            "1.0",
            "in_service",
            "2019-01-05",
            "575.0",
            "",
        ),
        (
            "glpi_ordinateurs:14",
            "Département > DSI",
            "Rennes",
            "server",
            "VMware-42",
            "1.0",
            "in_service",
            "",
            "",
            "true",
        ),
    ]
    (read,) = report.files
    assert (read.format, read.reason) == ("glpi", "17 en-têtes de «\u00a0GLPI\u00a0» sur 17")
    assert read.personal == ["Usager", "Réseau - IP"]
    assert read.notes == []
    assert report.states == {"recognised": 3, "learned": 0, "to_settle": 0}
    assert "jdupont" not in "".join(path.read_text(encoding="utf-8") for path in report.estate.glob("*.*"))


def test_glpi_in_english_with_a_screen_size_and_a_shared_record(tmp_path: Path) -> None:
    file = write(
        tmp_path / "export.csv",
        "Name;ID;Entity;Status;Manufacturer;Serial number;Type;Model;Size;Last update;Global management;Startup date\n"
        "SCR1;1;Root > IT;In use;Dell;CN1;Monitor;P2719H;27.00;2025-01-02;No;2020-05-01\n"
        "SCR2;2;Root > IT;In stock;AUO;;Built-in;;15.60;2025-01-02;No;\n"
        "SCR3;3;Root > IT;In use;Dell;;Monitor;E2216H;;2025-01-02;Yes;\n",
    )
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert inventory(report, "item_type", "quantity", "status", "internal_panel") == [
        ("monitor_large", "1.0", "in_service", ""),
        ("monitor_small", "1.0", "spare", "true"),
        ("monitor_small", "", "in_service", ""),  # several links to one record: the number of screens is unknown
    ]


def test_ocs_gives_the_bios_date_with_low_quality(tmp_path: Path) -> None:
    file = write(
        tmp_path / "ocs.csv",
        "Account info: TAG;Machine;Computer Id;Connected user;Manufacturer;Model;BIOS Serial number;BIOS Date;"
        "IP address;RAM (MB)\n"
        "Collège A;PC1;7;durand;Dell Inc.;OptiPlex 3060;X1;11/24/2018;10.1.1.1;8192\n",
    )
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert inventory(report, "item_id", "entity", "item_type", "purchase_date", "quality") == [
        ("ocs:7", "Collège A", "desktop", "2018-11-24", "low")
    ]
    assert report.files[0].personal == ["Connected user", "IP address"]
    assert report.files[0].notes == ["La date du BIOS tient lieu de date d’achat : qualité basse."]


def test_the_four_files_of_numecoeval(tmp_path: Path) -> None:
    files = [
        write(
            tmp_path / "dc.csv",
            "nomCourtDatacenter;nomLongDatacenter;pue;localisation;nomEntite\nDC1;Salle 1;1.6;France;DSI\n",
        ),
        write(
            tmp_path / "physique.csv",
            "nomEquipementPhysique;modele;quantite;nomCourtDatacenter;dateAchat;dateRetrait;type;statut;paysDUtilisation;"
            "consoElecAnnuelle;utilisateur;nomSourceDonnee;nomEntite;nbCoeur\n"
            "SRV1;PowerEdge R740;1;DC1;20200115;;Serveur;En service;France;2900,5;dupont;CMDB;DSI;32\n"
            "PC;Latitude 5440;12;;2023/06/01;;Ordinateur Portable;;Germany;;martin;CMDB;DSI;\n",
        ),
        write(
            tmp_path / "virtuel.csv",
            "nomEquipementVirtuel;nomEquipementPhysique;cleRepartition;vCPU;cluster;consoElecAn;typeEqv;capaciteStockage;nomEntite\n"
            "VM1;SRV1;0,5;4;;;calcul;;DSI\n",
        ),
        write(
            tmp_path / "appli.csv",
            "nomApplication;typeEnvironnement;nomEquipementVirtuel;domaine;sousDomaine;nomEntite;nomEquipementPhysique\n"
            "Paie;prod;VM1;RH;;DRH;SRV1\n",
        ),
    ]
    report = estate_import.import_files(files, estate=tmp_path / "parc")
    assert [file.table for file in report.files] == ["rooms", "inventory", "vms", "applications"]
    assert inventory(report, "item_id", "item_type", "quantity", "zone", "room", "purchase_date", "kwh_per_unit") == [
        ("SRV1", "server_rack", "1.0", "FRA", "DC1", "2020-01-15", "2900.5"),
        ("PC", "laptop_ultraportable", "12.0", "DEU", "", "2023-06-01", ""),
    ]
    assert table(report.estate / "rooms.csv") == [{"room": "DC1", "entity": "DSI", "zone": "FRA", "pue": "1.6"}]
    assert [(row["vm"], row["host"], row["key"]) for row in table(report.estate / "vms.csv")] == [
        ("VM1", "SRV1", "0.5")
    ]
    assert table(report.estate / "applications.csv") == [{"application": "Paie", "vm": "VM1", "entity": "DRH"}]
    assert report.files[1].personal == ["utilisateur"]


def test_ecodiag_with_a_year_alone(tmp_path: Path) -> None:
    file = write(
        tmp_path / "labo.tsv",
        "id\tModele\tFabricant\tType\tDate d'achat\n"
        "ur1_1\tLatitude 7490\tDELL\tpc portable\t2019\n"
        "ur1_2\t\t\tclavier souris\t\n",
    )
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert inventory(report, "item_id", "item_type", "quantity", "purchase_date") == [
        ("ur1_1", "laptop_ultraportable", "1.0", "2019-07-01"),
        ("ur1_2", "keyboard", "1.0", ""),
    ]
    assert report.files[0].format == "ecodiag"


def messy_workbook(path: Path) -> Path:
    """A school's inventory: two lists, a title, a merged row of groups, words among numbers, a total, cut words."""
    with xlsxwriter.Workbook(path) as book:
        first, second, notes = (book.add_worksheet(name) for name in ("Postes", "Vidéo", "À lire"))
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        first.write(0, 0, "Collège Jean-Moulin – inventaire 2025")
        first.merge_range(1, 0, 1, 2, "Matériel")
        first.merge_range(1, 3, 1, 4, "Achat")
        first.write_row(2, 0, ["Désignation", "Marque", "Modèle", "Qté", "Acheté le", "Financeur", "Contact"])
        first.write_row(3, 0, ["PC fixe", "HP", "ProDesk 400 G6 SFF", "15 PC"])
        first.write_datetime(3, 4, date(2019, 9, 1), day)
        first.write_row(3, 5, ["Département", "m.dupont@ac-rennes.fr"])
        first.write_row(4, 0, ["Ordinat. portat.", "", "", 8, "09/2021", "FSE", "a.martin@ac-rennes.fr"])
        first.write_row(5, 0, ["Ecran 22''", "", "", -2, "2018", "État"])
        first.write_row(6, 0, ["TOTAL", "", "", 21])
        second.write_row(0, 0, ["Type de matériel", "Quantité", "Anée d'achat", "Salle"])
        second.write_row(1, 0, ["VPI", 6, 2020, "S101"])
        notes.write(0, 0, "Demander la clé à l'accueil")
        summary = book.add_worksheet("Récapitulatif")
        summary.write_row(0, 0, ["Type", "Quantité"])
        summary.write_row(1, 0, ["VPI", 6])
    return path


def test_a_messy_school_workbook(tmp_path: Path) -> None:
    file = messy_workbook(tmp_path / "Collège Jean-Moulin.xlsx")
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    columns = ("entity", "item_type", "label", "quantity", "purchase_date", "site", "funded_by", "source")
    school = "Collège Jean-Moulin"
    assert inventory(report, *columns) == [
        (school, "desktop", "", "15.0", "2019-09-01", "", "departement", f"{school}:4"),
        (school, "", "Ordinat. portat.", "8.0", "2021-09-15", "", "don", f"{school}:5"),
        (school, "projector", "", "6.0", "2020-07-01", "S101", "", f"{school}/Vidéo:2"),
    ]
    assert [(problem.line, problem.column, problem.value) for problem in report.problems] == [(6, "Quantité", "-2")]
    assert report.files[0].personal == ["Contact"]
    assert "Ligne 7 laissée\u00a0: c’est un total («\u00a0TOTAL 21\u00a0»)." in report.files[0].notes
    assert "Feuilles laissées\u00a0: «\u00a0Récapitulatif\u00a0», «\u00a0À lire\u00a0»." in report.files[0].notes
    (unmatched,) = table(report.estate / "unmatched.csv")
    assert (unmatched["label"], unmatched["rows"], unmatched["quantity"]) == ("Ordinat. portat.", "1", "8")
    assert unmatched["candidate_1"] == "laptop"


def test_a_misspelt_label_is_read(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Désignation;Qté\nOrdinnateur portabl;8\n")
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert inventory(report, "item_type", "label", "quantity") == [("laptop", "", "8.0")]
    assert report.states == {"recognised": 1, "learned": 0, "to_settle": 0}


def test_rejects_and_labels_corrected_by_a_person_are_imported_again(tmp_path: Path) -> None:
    estate, overlay = tmp_path / "parc", tmp_path / "choix"
    file = messy_workbook(tmp_path / "Collège Jean-Moulin.xlsx")
    estate_import.import_files([file], estate=estate, overlay=overlay)

    (reject,) = table(estate / "rejects.csv")
    assert (reject["file"], reject["line"], reject["column"], reject["value"]) == (file.name, "6", "quantity", "-2")
    corrected = tmp_path / "rejets corrigés.csv"
    rows = table(estate / "rejects.csv")
    rows[0]["quantity"] = "2"
    with corrected.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    report = estate_import.import_files([corrected], estate=estate, overlay=overlay)
    assert report.files[0].format == "rejects"
    assert ("monitor_small", "2.0", "Collège Jean-Moulin:6") in inventory(report, "item_type", "quantity", "source")
    assert (report.rows, report.rejected) == (4, 0)
    assert not (estate / "rejects.csv").exists()
    assert estate_import.import_files([corrected], estate=estate, overlay=overlay).rows == 4  # once only

    labels = table(estate / "unmatched.csv")
    labels[0]["item_type"] = "laptop"
    with (tmp_path / "libellés.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, labels[0])
        writer.writeheader()
        writer.writerows(labels)
    report = estate_import.import_files([tmp_path / "libellés.csv"], estate=estate, overlay=overlay)
    assert (report.rows, report.labels_to_settle, report.states["learned"]) == (4, 0, 1)
    assert not (estate / "unmatched.csv").exists()
    assert [(row["label"], row["item_type"]) for row in table(overlay / "labels.csv")] == [
        ("Ordinat. portat.", "laptop")
    ]

    again = estate_import.import_files([file], estate=tmp_path / "parc 2026", overlay=overlay)
    assert again.states == {"recognised": 2, "learned": 1, "to_settle": 0}


def test_the_same_file_replaces_its_rows_and_another_adds_to_them(tmp_path: Path) -> None:
    estate = tmp_path / "parc"
    first = write(tmp_path / "a.csv", "item_type,quantity\nlaptop,2\nmonitor,3\n")
    (tmp_path / "autre").mkdir()
    second = write(tmp_path / "autre" / "a.csv", "item_type,quantity\nlaptop,5\n")
    estate_import.import_files([first], estate=estate)
    estate_import.import_files([second], estate=estate)
    report = estate_import.import_files([first], estate=estate)
    assert sorted(inventory(report, "item_id", "quantity")) == [("a-2:2", "5.0"), ("a:2", "2.0"), ("a:3", "3.0")]
    files = json.loads((estate / "import.json").read_text(encoding="utf-8"))["files"]
    assert [(file["key"], file["rows_written"]) for file in files] == [("a", 2), ("a-2", 1)]


def test_each_file_may_have_the_entity_of_its_rows(tmp_path: Path) -> None:
    school = write(tmp_path / "college.csv", "Type;Nombre\nOrdinateur portable;3\n")
    office = write(tmp_path / "services.csv", "Type;Nombre;Direction\nOrdinateur portable;5;Routes\n")
    report = estate_import.import_files(
        [school, office], entity={school: "Collège Jean Zay"}, estate=tmp_path / "estate"
    )
    assert inventory(report, "entity", "quantity") == [("Collège Jean Zay", "3.0"), ("Routes", "5.0")]


def test_an_identifier_met_twice_gets_a_number(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "item_id,item_type\nx,laptop\nx,monitor\ny,laptop\n")
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert inventory(report, "item_id", "item_type") == [("x", "laptop"), ("x#2", "monitor"), ("y", "laptop")]


def test_a_canonical_file_keeps_its_codes_and_its_activities(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv",
        "item_id;item_type;model;quantity;flow;amount\n"
        "1;laptop;Latitude 5540;2;;\n"
        "2;;;;paper_sheet_virgin;120 000\n"
        "3;Truc;;1;;\n",
    )
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert report.files[0].format == "canonical"
    assert inventory(report, "item_id", "item_type", "label", "flow", "amount") == [
        ("1", "laptop", "", "", ""),
        ("2", "", "", "paper_sheet_virgin", "120000.0"),
        ("3", "", "Truc", "", ""),
    ]
    assert report.states == {"recognised": 1, "learned": 0, "to_settle": 1}


def test_a_header_in_breton_is_read(tmp_path: Path) -> None:
    file = write(tmp_path / "skol.csv", "Rummad;Niver;Bloaz;Notenn\nportable;4;2020;mat\n")
    report = estate_import.import_files([file], entity="Skolaj", estate=tmp_path / "parc")
    assert inventory(report, "entity", "item_type", "quantity", "purchase_date") == [
        ("Skolaj", "laptop", "4.0", "2020-07-01")
    ]


def test_a_header_in_basque_is_read_with_a_table_of_columns(tmp_path: Path) -> None:
    file = write(tmp_path / "eskola.csv", "Mota;Kopurua;Urtea;Oharrak\nportable;4;2020;ona\n")
    with pytest.raises(CannotUse) as refused:
        estate_import.import_files([file], estate=tmp_path / "parc")
    problem = refused.value.problems[0]
    assert "« Mota », « Kopurua »".replace("« ", "«\u00a0").replace(" »", "\u00a0»") in problem.what
    assert '"Mota" = "label"' in problem.remedy
    assert "--map" in problem.remedy
    assert not (tmp_path / "parc").exists()

    columns = write(tmp_path / "columns.toml", '"Mota" = "label"\n"Kopurua" = "quantity"\n"Urtea" = "purchase_date"\n')
    report = estate_import.import_files([file], entity="Ikastetxea", estate=tmp_path / "parc", column_map=columns)
    assert inventory(report, "entity", "item_type", "quantity", "purchase_date") == [
        ("Ikastetxea", "laptop", "4.0", "2020-07-01")
    ]


def test_a_column_of_addresses_is_dropped_whatever_its_header(tmp_path: Path) -> None:
    file = write(
        tmp_path / "parc.csv",
        "Type;Marque;Modèle;Quantité;Site\n"
        "portable;Dell;Latitude 5440;1;jean@cd35.fr\n"
        "portable;Dell;Latitude 5440;1;10.2.3.4\n",
    )
    report = estate_import.import_files([file], entity="DSI", estate=tmp_path / "parc")
    assert report.files[0].personal == ["Site"]
    assert "cd35" not in (report.estate / "inventory.csv").read_text(encoding="utf-8")


def test_one_unusable_file_does_not_lose_the_others(tmp_path: Path) -> None:
    good = write(tmp_path / "a.csv", "item_type,quantity\nlaptop,2\n")
    bad = write(tmp_path / "b.csv", "")
    report = estate_import.import_files([good, bad], estate=tmp_path / "parc")
    assert (report.rows, report.faults) == (1, 1)
    assert [(problem.file, problem.what) for problem in report.problems] == [("b.csv", "Le fichier est vide.")]


def test_a_model_sheet_gives_its_own_spelling(tmp_path: Path) -> None:
    overlay = tmp_path / "valeurs"
    overlay.mkdir()
    write(overlay / "models.csv", "item_type,model,manufacturer,lifetime_years\nlaptop,Latitude 5440,Dell,6\n")
    file = write(
        tmp_path / "a.csv",
        "item_type,manufacturer,model\nlaptop,Dell Inc.,Dell Latitude 5440\nlaptop,Dell,Latitude 5400\n",
    )
    report = estate_import.import_files([file], estate=tmp_path / "parc", overlay=overlay)
    assert inventory(report, "model") == [("Latitude 5440",), ("Latitude 5400",)]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotUse) as refused:
        estate_import.import_files([], "excel", estate=tmp_path / "parc")
    assert refused.value.problems[0].what == "Le format «\u00a0excel\u00a0» n’existe pas."


def test_progress_is_told_by_file(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    file = write(tmp_path / "a.csv", "item_type,quantity\nlaptop,2\n")
    estate_import.import_files(
        [file], estate=tmp_path / "parc", progress=lambda name, share: told.append((name, share))
    )
    assert told[-1] == ("a.csv", 1.0)
