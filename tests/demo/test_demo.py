"""The fictional département: the same bytes everywhere, the size of a real one, the shapes and dirt of real exports."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import tomllib
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from estran import demo
from estran.analysis import quantities
from estran.catalogue.loading import read_table
from estran.common.problems import CannotUse
from estran.demo.schools import invent_schools
from estran.importing import canonical
from estran.projection import plans

GLPI_ENCODINGS = {
    "glpi_ordinateurs.csv": "utf-8-sig",
    "glpi_ecrans.csv": "latin-1",
    "glpi_routes_ordinateurs.csv": "latin-1",
    "glpi_imprimantes.csv": "utf-8",
    "glpi_telephones.csv": "utf-8",
    "glpi_network_devices.csv": "utf-8",
    "glpi_peripheriques.csv": "utf-8",
}
# Headers of GLPI's own search options, read in its source (French, then English).
GLPI_HEADERS = {
    *("Nom", "ID", "Lieu", "Type", "Numéro de série", "Numéro d'inventaire", "Usager", "Commentaires"),
    *("Dernière modification", "Fabricant", "Statut", "Modèle", "Utilisateur", "Groupe", "Entité", "Taille"),
    *("Date d'achat", "Date de mise en service", "Date de livraison", "Date de réforme", "Valeur"),
    *("Technicien responsable", "Compteur de pages actuel", "Gestion globale", "Composants - Processeur"),
    *("Système d'exploitation - Nom", "Réseau - IP", "Réseau - Adresse MAC"),
    *("Name", "Location", "Serial number", "Inventory number", "Last update", "Manufacturer", "Status", "Model"),
    *("Entity", "Date of purchase", "Decommission date", "Value", "Networking - IP", "Networking - MAC address"),
}
FOCUS_1_0 = {
    *("BillingAccountId", "SubAccountId", "SubAccountName", "BillingPeriodStart", "BillingPeriodEnd"),
    *("ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "BilledCost", "EffectiveCost", "BillingCurrency"),
    *("ProviderName", "ServiceCategory", "ServiceName", "ConsumedQuantity", "ConsumedUnit", "RegionId", "RegionName"),
    *("ResourceId", "ResourceName", "ResourceType", "SkuId", "Tags"),
}
YEARS = (2023, 2024, 2025)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "departement"
    demo.write_demo(folder)
    return folder


def glpi(folder: Path, year: int, name: str) -> list[dict[str, str]]:
    text = (folder / str(year) / "glpi" / name).read_bytes().decode(GLPI_ENCODINGS[name])
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def table(path: Path) -> list[dict[str, str]]:
    text = path.read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","))


def spreadsheet(path: Path) -> list[list[object]]:
    """Every row of every sheet of a school's file."""
    if path.suffix != ".csv":
        book = CalamineWorkbook.from_path(str(path))
        return [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    content = path.read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    header = text.splitlines()[1]
    separator = max(";,\t", key=header.count)
    return [[*row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]


def schools(folder: Path, year: int) -> list[Path]:
    return sorted((folder / str(year) / "colleges").iterdir())


def hashes(folder: Path) -> str:
    """One line per folder: its path and the fingerprint of the names and bytes of its files."""
    digests: dict[str, hashlib._Hash] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest = digests.setdefault(file.parent.relative_to(folder).as_posix(), hashlib.sha256())
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return "".join(f"{name} {digest.hexdigest()}\n" for name, digest in digests.items())


def test_the_same_bytes_on_every_run_and_machine(
    written: Path, tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    demo.write_demo(tmp_path / "again")
    assert hashes(tmp_path / "again") == hashes(written)
    (tmp_path / "folders.txt").write_text(hashes(written), "utf-8")
    golden(tmp_path, "demo_files")


def test_workbooks_bear_no_clock_no_machine_and_no_compression(written: Path) -> None:
    books = [path for year in YEARS for path in schools(written, year) if path.suffix != ".csv"]
    entries = [entry for path in books for entry in zipfile.ZipFile(path).infolist()]
    assert {(entry.date_time, entry.create_system, entry.compress_type) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), 0, zipfile.ZIP_STORED)
    }


def test_it_is_as_large_as_a_departement_and_light_on_disk(written: Path) -> None:
    for year in YEARS:
        lists = [glpi(written, year, name) for name in GLPI_ENCODINGS if "routes" not in name]
        assert 10_200 <= sum(map(len, lists)) <= 11_000
        assert 24_000 <= sum(lot.quantity for one in invent_schools() for lot in one.there(year)) <= 26_000
    assert [len(schools(written, year)) for year in YEARS] == [59, 59, 59]
    assert sum(path.stat().st_size for path in written.rglob("*") if path.is_file()) < 25_000_000


@pytest.mark.parametrize("year", YEARS)
def test_headers_are_those_glpi_writes(written: Path, year: int) -> None:
    for name in GLPI_ENCODINGS:
        rows = glpi(written, year, name)
        assert set(rows[0]) <= GLPI_HEADERS
        assert all(set(row) == set(rows[0]) and None not in row.values() for row in rows)
    for name, start in (("glpi_ordinateurs.csv", b"\xef\xbb\xbf"), ("glpi_imprimantes.csv", b'"Nom"')):
        assert (written / str(year) / "glpi" / name).read_bytes().startswith(start)


@pytest.mark.parametrize("year", YEARS)
def test_tables_of_suppliers_have_the_published_columns(written: Path, year: int) -> None:
    services = written / str(year) / "services"
    bill = table(services / "aws_focus.csv")
    assert set(bill[0]) - FOCUS_1_0 == {"x_ServiceCode", "x_UsageType"}
    assert set(bill[0]) >= FOCUS_1_0
    assert Counter(row["ChargeCategory"] for row in bill)["Tax"] == 12
    statement = table(services / "aws_carbon_emissions.csv")
    assert len(statement[0]) == 23
    assert len(statement) == 12 * 4
    for row in statement:
        scopes = ("scope_1", "scope_2_lbm", "scope_3_lbm")
        parts = sum(float(row[f"total_{scope}_emissions_value"]) for scope in scopes)
        assert parts == pytest.approx(float(row["total_lbm_emissions_value"]), abs=1e-8)
    assert (services / "scaleway_empreinte.json").exists() == (year >= 2024)


def test_the_statement_of_scaleway_is_a_tree_whose_totals_are_the_sum_of_its_leaves(written: Path) -> None:
    content = json.loads((written / "2025/services/scaleway_empreinte.json").read_text("utf-8"))
    places = [place for region in content["projects"][0]["regions"] for place in (region, *region["zones"])]
    leaves = [sku["total_sku_impact"]["kg_co2_equivalent"] for place in places for sku in place["skus"]]
    assert sum(leaves) == pytest.approx(content["total_impact"]["kg_co2_equivalent"], abs=1e-6)
    assert content["total_impact"]["kg_co2_equivalent"] == pytest.approx(158.2 + 121.9 + 13.1 + 30.6 + 8.8)


@pytest.mark.parametrize("year", YEARS)
def test_every_spreadsheet_of_a_school_opens_and_each_has_its_way(written: Path, year: int) -> None:
    files = schools(written, year)
    assert Counter(path.suffix for path in files) == {".xlsx": 27, ".csv": 19, ".ods": 13}
    rows = {path.name: spreadsheet(path) for path in files}
    assert min(map(len, rows.values())) > 25  # at least a row per kind of equipment
    headers = {tuple(cell for cell in max(lines[:4], key=lambda row: sum(map(bool, row)))) for lines in rows.values()}
    assert len(headers) >= 12
    cells = Counter(str(cell) for lines in rows.values() for row in lines for cell in row)
    assert {"Portables élèves", "PC fixe salle techno", "VPI", "TNI", "UC TECHNO", "borne wifi", "serveur"} <= set(
        cells
    )
    assert any(re.fullmatch(r"\d{2} PC", cell) for cell in cells)
    assert any(re.fullmatch(r"\d+,00", cell) for cell in cells)
    assert {"TOTAL", "Total", "Total général"} <= set(cells)
    assert {"Odinateur fixe", "Tablètes", "Comutateur"} & set(cells)


def test_schools_and_their_codes_are_invented(written: Path) -> None:
    texts = "\n".join(str(cell) for path in schools(written, 2025) for row in spreadsheet(path)[:3] for cell in row)
    codes = set(re.findall(r"\bTB\d{5}[A-Z]\b", texts))
    assert len(codes) >= 15
    assert not re.search(r"\b\d{7}[A-Z]\b", texts)  # the form of a real one


@pytest.mark.parametrize("year", YEARS)
def test_the_usual_dirt_is_there(written: Path, year: int) -> None:
    folder = written
    computers, monitors = glpi(folder, year, "glpi_ordinateurs.csv"), glpi(folder, year, "glpi_ecrans.csv")
    assert sum(row["Modèle"] == "VMware Virtual Platform" for row in computers) == 60
    makers_of_panels = {"AU Optronics", "LG Display", "BOE", "Chimei Innolux", "Sharp"}
    assert 60 <= sum(row["Fabricant"] in makers_of_panels for row in monitors) <= 74
    assert 0.27 <= sum(not row["Date d'achat"] for row in monitors) / len(monitors) <= 0.34
    retired = [row for row in computers + monitors if row["Statut"] == "Réformé"]
    assert 20 <= sum(not row["Date de réforme"] for row in retired) <= 120
    both = [row for row in computers if row["Date d'achat"] and row["Date de réforme"]]
    assert 1 <= sum(row["Date de réforme"] < row["Date d'achat"] for row in both) <= 30
    assert sum(row["Statut"] == "En stock" for row in computers) >= 30
    models = Counter(row["Modèle"] for row in computers)
    assert {"Lattitude 5420", "Thinkpad T14 gen2"} <= set(models)
    assert any("," in row["Valeur"] for row in computers)
    peripherals = Counter(row["Type"] for row in glpi(folder, year, "glpi_peripheriques.csv"))
    assert peripherals["Clavier"] >= 15
    assert peripherals["Souris"] >= 15


@pytest.mark.parametrize("year", YEARS)
def test_one_device_in_two_lists_bears_the_same_serial_number_written_otherwise(written: Path, year: int) -> None:
    def plain(serial: str) -> str:
        return re.sub("[^a-z0-9]", "", serial.lower())

    computers = {row["Numéro de série"] for row in glpi(written, year, "glpi_ordinateurs.csv")}
    roads = {row["Numéro de série"] for row in glpi(written, year, "glpi_routes_ordinateurs.csv")}
    servers = {row["serial"] for row in table(written / str(year) / "salles/serveurs.csv")}
    known = {plain(serial) for serial in computers}
    assert {plain(serial) for serial in roads} <= known
    assert len(roads - computers) >= 60
    assert len({plain(serial) for serial in servers} & known) >= 20
    assert not servers & computers


def test_the_slips_of_the_schools_are_unreadable_dates_and_negative_quantities(written: Path) -> None:
    cells = {
        str(cell) for year in YEARS for path in schools(written, year) for row in spreadsheet(path) for cell in row
    }
    assert {"-2", "-1,00", "31/02/2021", "courant 2019", "rentrée 2018", "??", "une dizaine"} <= cells | {
        str(int(float(cell))) for cell in cells if re.fullmatch(r"-\d+\.0", cell)
    }


def test_personal_data_is_there_to_be_dropped(written: Path) -> None:
    row = glpi(written, 2025, "glpi_ordinateurs.csv")[0]
    assert re.fullmatch(r"[A-ZÉÈÎ' -]+ [A-Z]\w+", row["Utilisateur"])
    assert re.fullmatch(r"10(\.\d+){3}", row["Réseau - IP"])
    assert re.fullmatch(r"02(:[0-9a-f]{2}){5}", row["Réseau - Adresse MAC"])  # never the address of a real card


@pytest.mark.parametrize("year", YEARS)
def test_the_two_rooms_carry_the_machines_of_the_applications(written: Path, year: int) -> None:
    folder = written / str(year) / "salles"
    metered, other = table(folder / "rooms.csv")
    assert 1.4 < float(metered["facility_kwh"]) / float(metered["it_kwh"]) < 1.7
    assert (other["facility_kwh"], other["it_kwh"], other["pue"]) == ("", "", "" if year == 2023 else "1,85")
    hosts = {row["item_id"] for row in table(folder / "serveurs.csv") if row["status"] == "en service"}
    machines = table(folder / "vms.csv")
    assert 350 <= len(machines) <= 430
    assert {row["host"] for row in machines} <= hosts
    applications = table(folder / "applications.csv")
    assert {row["vm"] for row in applications} == {row["vm"] for row in machines}
    assert len({row["application"] for row in applications}) == 120
    assert 25 <= len({row["application"] for row in applications if row["for_outside_users"] == "oui"}) <= 45


def test_the_estate_moves_as_an_estate_does(written: Path) -> None:
    in_service: dict[int, dict[str, set[str]]] = {}
    for year in YEARS:
        rows = [row for row in glpi(written, year, "glpi_ordinateurs.csv") if row["Statut"] != "Réformé"]
        kinds = {"laptop": ("Latitude", "EliteBook"), "desktop": ("OptiPlex 30", "ProDesk")}
        in_service[year] = {
            kind: {row["Numéro de série"] for row in rows if any(word in row["Modèle"] for word in words)}
            for kind, words in kinds.items()
        }
    laptops, desktops = ([len(in_service[year][kind]) for year in YEARS] for kind in ("laptop", "desktop"))
    assert laptops == sorted(laptops)
    assert desktops == sorted(desktops, reverse=True)
    assert laptops[-1] - laptops[0] > 400
    kept = in_service[2023]["laptop"] & in_service[2025]["laptop"]
    assert len(kept) / len(in_service[2023]["laptop"]) > 0.8


def test_the_supplier_bought_nothing_that_leaves_before_it_came(written: Path) -> None:
    for row in table(written / "2025/salles/serveurs.csv"):
        dates = [datetime.strptime(row[name], "%d/%m/%Y") for name in ("purchase_date", "withdrawal_date") if row[name]]
        assert dates == sorted(dates)
        assert bool(row["withdrawal_date"]) == (row["status"] == "réformé")


@pytest.mark.parametrize("year", YEARS)
def test_the_perimeter_has_dated_headcounts_and_sized_exclusions(written: Path, year: int) -> None:
    perimeter = tomllib.loads((written / str(year) / "perimeter.toml").read_text("utf-8"))
    heads = {row["who"]: row for row in perimeter["headcounts"]}
    assert {who: row["value"] for who, row in heads.items()} == {
        2023: {"agents": 4287, "elected": 54, "teachers": 2068, "pupils": 26209},
        2024: {"agents": 4301, "elected": 54, "teachers": 2052, "pupils": 26063},
        2025: {"agents": 4318, "elected": 54, "teachers": 2041, "pupils": 25888},
    }[year]
    assert {row["date"].year for row in heads.values()} == {year}
    assert all(row["reason"] and row["size"] for row in perimeter["exclusions"])
    assert perimeter["valid_from"].year == year


def test_the_plan_imports_every_list_and_the_rooms_first(written: Path) -> None:
    calls = demo.planned_imports(written)
    planned = [file for call in calls for file in call.files]
    assert len(planned) == len(set(planned))
    assert all(file.is_file() for file in planned)
    companions = {"perimeter.toml", "LISEZMOI.md", "defaults.csv", "labels.csv", "cibles.csv", "plan.toml"}
    everything = {file for file in written.rglob("*") if file.is_file() and file.parent.name != "registres"}
    assert {file.name for file in everything - set(planned)} == companions
    for year in YEARS:
        of_year = [call for call in calls if call.year == year]
        assert [call.format for call in of_year[:3]] == ["canonical", "glpi", "school"]
        assert len(of_year[2].files) == 59
        assert all(file.name.startswith("Collège ") for file in of_year[2].files)


def test_the_registers_read_without_a_fault_and_agree_with_the_estate(written: Path) -> None:
    """Kerjouan: 322,400 kWh in and 220,800 for the IT in 2025, as in rooms.csv; eight targets."""
    given, problems = quantities.read_registers(written / "registres")
    assert problems == []
    assert set(given) == {
        *("purchases", "movements", "trips_avoided", "energy_readings", "paper", "online_services"),
        "actions_followup",
    }
    readings = [row for row in given["energy_readings"].to_pylist() if row["period"].startswith("2025")]
    assert sum(row["total_kwh"] for row in readings) == pytest.approx(322_400, abs=0.5)
    assert sum(row["it_kwh"] for row in readings) == pytest.approx(220_800, abs=0.5)
    types = {row["code"] for row in read_table("item_types")}
    assert {row["item_type"] for row in given["movements"].to_pylist()} <= types
    targets, faults = canonical.read_small_table(written / "cibles.csv", "targets")
    assert (targets.num_rows, faults) == (8, [])


def test_the_readme_explains_every_file(written: Path) -> None:
    text = (written / "LISEZMOI.md").read_text("utf-8")
    names = {file.name for file in written.rglob("*") if file.parent.name != "colleges" and file.name != "LISEZMOI.md"}
    assert [name for name in sorted(names) if "." in name and name not in text] == []
    assert "4\u202f318 agents, 59 collèges publics, 25\u202f888 élèves" in text


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "budget.ods").write_bytes(b"precious")
    with pytest.raises(CannotUse) as refusal:
        demo.write_demo(tmp_path)
    assert "dossier nouveau ou vide" in refusal.value.problems[0].remedy
    assert [path.name for path in tmp_path.iterdir()] == ["budget.ods"]


def test_the_plan_of_the_strategy_has_every_existing_action_and_a_before_for_what_it_computes(
    written: Path,
) -> None:
    plan = plans.read_plan(written / "plan.toml")
    existing = {f"A{number:02d}" for number in (*range(1, 16), 54, 55)}
    assert existing <= {action.code for action in plan.actions}
    # A05 waits for its before, on purpose: how many requests would have been accepted without the appraisal?
    assert {action.code for action in plan.actions if any(lever.before is None for lever in action.levers)} == {"A05"}
