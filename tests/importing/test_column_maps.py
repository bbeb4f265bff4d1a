"""Lists whose headers no format knows: what is guessed, asked, kept, recognised, refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from estran.cli.commands import app
from estran.common.files import read_csv
from estran.common.problems import CannotUse
from estran.importing import column_maps, estate_import
from estran.importing.column_maps import ColumnMap
from estran.importing.recognition import header_guesses
from estran.importing.recognition.header_guesses import Proposal
from estran.importing.sheet_formats import Propose

GERMAN = """Inventarnr;Gerätetyp;Hersteller;Modell;Seriennummer;Anschaffungsdatum;Standort;Benutzer;Bemerkungen
1001;Notebook;Dell;Latitude 5420;ABC1234;12.03.2021;Rathaus;Max Müller;
1002;Notebook;HP;EliteBook 840 G7;5CG1234XYZ;05.11.2020;Rathaus;Erika Mustermann;alt
1003;Monitor;Dell;P2419H;CN0ABCD1234;02.05.2019;Bauhof;;
"""
SPANISH = """Código;Equipo;Fabricante;Modelo;Unidades;Fecha de compra;Departamento;Usuario
1;Portátil;Lenovo;ThinkPad T14;3;14/02/2022;Obras;ana.garcia@ayto.example
2;Monitor;Samsung;S24R350;5;03/10/2020;Hacienda;luis.perez@ayto.example
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def proposal(text: str, table: str = "") -> Proposal:
    header, *rows = [line.split(";") for line in text.splitlines()]
    return header_guesses.propose_map("liste.csv", 1, header, rows, table)


def rows_of(folder: Path, *names: str) -> list[tuple[str, ...]]:
    return [tuple(row.get(name, "") for name in names) for row in read_csv(folder / "inventory.csv")]


def accept(asked: list[Proposal]) -> estate_import.Ask:
    """A person who takes every guess."""

    def ask(propose: Propose) -> ColumnMap:
        asked.append(propose(""))
        return asked[-1].map

    return ask


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GERMAN, "item_id label manufacturer model serial purchase_date site - ignore"),
        (SPANISH, "item_id label manufacturer model quantity purchase_date entity -"),
        ("Device;Brand;Part number;How many;Date purchased\nLaptop;HP;Folio 9470m;2;2020-01-05\n",
         "label manufacturer model quantity purchase_date"),
        ("Nature du bien;Fab.;Modèle exact;Nbre;Acquis le;Type de disque\nPC portable;HP;840 G5;2;12/01/2020;SSD\n",
         "label manufacturer model quantity purchase_date ignore"),
    ],
)  # fmt: skip
def test_headers_of_four_languages_are_guessed(text: str, expected: str) -> None:
    guessed = ["-" if one.personal else one.column for one in proposal(text).guesses]
    assert guessed == expected.split()


def test_cells_tell_what_odd_headers_hide() -> None:
    text = (
        "A;B;C;D;E;F;G\n"
        "1;Ordinateur portable;Dell;12/03/2021;5CG12345AB;12;oui\n2;Écran;HP;05/11/2020;5CG98765CD;8;non\n"
        "3;Imprimante;Lenovo;01/02/2019;7XY45678EF;8;oui\n4;Tablette;Acer;01/02/2018;8ZZ45678GH;3;non\n"
    )
    guessed = {one.header: one.column for one in proposal(text).guesses}
    expected = {"A": "", "B": "label", "C": "manufacturer", "D": "purchase_date", "E": "serial", "F": "quantity"}
    assert guessed == {**expected, "G": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brand;Model name;Qty;Bought\nDell;Latitude 5530;42;2022\n", ("laptop_large", "42.0", "2022-07-01")),
        ("Merk;Model;Aantal;Aankoopjaar\nHP;EliteBook 840 G6;3;2019\n", ("laptop_ultraportable", "3.0", "2019-07-01")),
        ("AssetTag;DeviceType;DeviceModel;Colour\n12;Laptop;Latitude 5530;grey\n", ("laptop_large", "1.0", "")),
    ],
)  # fmt: skip
def test_headers_that_are_all_known_words_are_read_without_asking(
    tmp_path: Path, text: str, expected: tuple[str, ...]
) -> None:
    file = write(tmp_path / "liste.csv", text)
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert rows_of(report.estate, "item_type", "quantity", "purchase_date") == [expected]
    assert f"«\u00a0{text.split(';')[0]}\u00a0» = " in report.files[0].reason


def test_a_free_list_takes_the_headers_that_only_the_words_know(tmp_path: Path) -> None:
    text = "Type;Numéro de série;DeviceModel;Commentaire\nPC;AB123456;Latitude 5530;vu\n"
    report = estate_import.import_files([write(tmp_path / "liste.csv", text)], estate=tmp_path / "parc")
    assert rows_of(report.estate, "item_type", "model", "serial") == [("laptop_large", "Latitude 5530", "AB123456")]


def test_a_column_that_only_its_cells_tell_is_asked_about(tmp_path: Path) -> None:
    text = "Brand;Model name;Wo viele\nDell;Latitude 5530;42\nHP;EliteBook 840 G6;7\nHP;EliteBook 840 G5;9\n"
    with pytest.raises(CannotUse):
        estate_import.import_files([write(tmp_path / "liste.csv", text)], estate=tmp_path / "parc")


def test_a_header_that_its_cells_contradict_is_no_number() -> None:
    assert proposal("Nombre;Equipo\nPortátil de Ana;Portátil\nImpresora;Impresora\n").guesses[0].column != "quantity"


def test_the_table_is_guessed_from_its_headers() -> None:
    assert proposal("VM Name;ESXi host;CPUs;Memory GB\nweb;esx1;4;16\n").table == "vms"
    assert proposal("Salle serveur;Consommation totale;Surface\nA;120000;40\n").table == "rooms"


def test_people_are_masked_in_the_preview_and_dropped() -> None:
    shown = proposal(SPANISH)
    assert [row[-1] for row in shown.rows] == ["•••", "•••"]
    assert "Usuario" not in shown.map.columns
    people = proposal("Device;Contacto tecnico\nLaptop;a@b.example\nLaptop;c@d.example\n")
    assert people.guesses[1].personal  # by its cells


def test_a_map_never_reads_a_column_of_people(tmp_path: Path) -> None:
    file = write(tmp_path / "liste.csv", GERMAN)
    text = '[columns]\n"Gerätetyp" = "label"\n"Benutzer" = "site"\n'
    report = estate_import.import_files(
        [file], estate=tmp_path / "parc", column_map=write(tmp_path / "carte.toml", text)
    )
    assert "Max" not in (report.estate / "inventory.csv").read_text("utf-8")
    assert report.files[0].personal == ["Benutzer"]


def test_a_map_is_asked_once_and_recognised_the_next_time(tmp_path: Path) -> None:
    asked: list[Proposal] = []
    odd = GERMAN.replace("Hersteller", "Von wem")  # guessed from its cells only
    file = write(tmp_path / "liste.csv", odd)
    choices = tmp_path / "choix"
    first = estate_import.import_files([file], estate=tmp_path / "parc", overlay=choices, ask=accept(asked))
    again = write(tmp_path / "2026.csv", odd.replace("Bemerkungen", "Notiz"))
    second = estate_import.import_files([again], estate=tmp_path / "parc 2", overlay=choices, ask=accept(asked))
    names = ("item_type", "manufacturer", "purchase_date", "site")
    assert rows_of(first.estate, *names)[2] == ("monitor_medium", "Dell", "2019-05-02", "Bauhof")
    assert rows_of(first.estate, *names) == rows_of(second.estate, *names)
    assert len(asked) == 1
    assert [one.name for one in column_maps.read_maps(choices)] == ["liste"]
    assert "carte" in second.files[0].reason


def test_without_a_person_the_file_is_refused_with_the_map_to_write(tmp_path: Path) -> None:
    with pytest.raises(CannotUse) as refused:
        odd = write(tmp_path / "liste.csv", GERMAN.replace("Hersteller", "Von wem"))
        estate_import.import_files([odd], estate=tmp_path / "parc")
    problem = refused.value.problems[0]
    assert problem.code == "headers"
    assert not (tmp_path / "parc").exists()
    text = problem.remedy.partition("\n")[2].replace("    ", "")
    report = estate_import.import_files(
        [tmp_path / "liste.csv"], estate=tmp_path / "parc", column_map=write(tmp_path / "carte.toml", text)
    )
    assert report.rows == 3


HALF = "Type;Marque;Baujahr;Stückzahl;A1;A2;A3;A4;A5;A6;A7;A8\nOrdinateur portable;Dell;2021;4;x;y;z;x;y;z;x;y\n"


def test_a_half_known_list_is_asked_and_says_what_it_did_not_understand(tmp_path: Path) -> None:
    file = write(tmp_path / "liste.csv", HALF)
    with pytest.raises(CannotUse) as refused:
        estate_import.import_files([file], estate=tmp_path / "parc")
    assert "2 en-têtes sur 12" in refused.value.problems[0].what
    assert "« Baujahr »".replace(" ", "\u00a0") in refused.value.problems[0].what
    asked: list[Proposal] = []
    report = estate_import.import_files([file], estate=tmp_path / "parc", ask=accept(asked))
    assert (asked[0].known, "Baujahr" in asked[0].unknown) == (2, True)
    assert rows_of(report.estate, "item_type", "quantity", "purchase_date") == [("laptop", "4.0", "2021-07-01")]


def test_a_half_known_list_whose_other_headers_say_nothing_more_is_read(tmp_path: Path) -> None:
    text = "Type;Marque;A1;A2;A3;A4;A5;A6;A7;A8\nOrdinateur portable;Dell;x;y;z;x;y;z;x;y\n"
    assert estate_import.import_files([write(tmp_path / "liste.csv", text)], estate=tmp_path / "parc").rows == 1


def test_an_asked_format_is_not_asked_about(tmp_path: Path) -> None:
    file = write(tmp_path / "liste.csv", HALF)
    assert estate_import.import_files([file], "school", estate=tmp_path / "parc").rows == 1


@pytest.mark.parametrize(
    ("table", "text", "name", "expected"),
    [
        ("rooms", "Raum;Gesamtverbrauch;IT-Verbrauch\nRZ 1;120 000;80000\n", "rooms.csv",
         {"room": "RZ 1", "facility_kwh": "120000.0", "it_kwh": "80000.0"}),
        ("vms", "Guest name;Hypervisor;vCPUs;Memory (GB)\nweb;esx1;4;16\n", "vms.csv",
         {"vm": "web", "host": "esx1", "vcpu": "4.0", "ram_gb": "16.0"}),
        ("applications", "Logiciel;Serveur\nPaie;web\n", "applications.csv", {"application": "Paie", "vm": "web"}),
        ("models", "Gerätetyp;Modell;kWh pro Jahr\nlaptop;Latitude 5420;30\n", "models.csv",
         {"item_type": "laptop", "model": "Latitude 5420", "kwh_per_year": "30.0"}),
    ],
)  # fmt: skip
def test_one_map_serves_every_table(tmp_path: Path, table: str, text: str, name: str, expected: dict[str, str]) -> None:
    file = write(tmp_path / "liste.csv", text)
    report = estate_import.import_files([file], estate=tmp_path / "parc", ask=lambda propose: propose(table).map)
    assert dict(next(iter(read_csv(report.estate / name)))) == expected


@pytest.mark.parametrize("table", ["purchases", "movements", "plan"])
def test_registers_and_plans_have_their_guesses(table: str) -> None:
    texts = {
        "purchases": "N° commande;Commandé le;Date facture;Article;Qté;Montant HT\nB1;01/02/2024;03/03/2024;PC;2;900\n",
        "movements": "N° inventaire;Matériel;Mise en service;État\n12;PC;01/02/2018;fonctionne\n",
        "plan": "Was;Massnahme;Frist\nx;Server abschalten;2027-01-01\n",
    }
    expected = {
        "purchases": ["line_id", "order_date", "invoice_date", "item_type", "quantity", "amount_excl_vat"],
        "movements": ["asset_id", "item_type", "in_service_date", "state"],
        "plan": ["", "title", "ends_on"],
    }
    assert [one.column for one in proposal(texts[table], table).guesses] == expected[table]


def test_constants_and_the_order_of_dates_are_read(tmp_path: Path) -> None:
    file = write(tmp_path / "liste.csv", "Device;Bought\nLaptop;03/04/2021\n")
    text = (
        'table = "inventory"\ndates = "mdy"\n[columns]\n"Device" = "label"\n"Bought" = "purchase_date"\n'
        '[constants]\nentity = "Mairie"\n'
    )
    report = estate_import.import_files(
        [file], estate=tmp_path / "parc", column_map=write(tmp_path / "carte.toml", text)
    )
    assert rows_of(report.estate, "entity", "purchase_date") == [("Mairie", "2021-03-04")]


def test_every_fault_of_a_map_is_said(tmp_path: Path) -> None:
    text = 'dates = "dym"\n[columns]\n"Qui" = "personne"\n[constants]\ncouleur = "bleu"\n'
    with pytest.raises(CannotUse) as refused:
        column_maps.read_map(write(tmp_path / "carte.toml", text))
    assert [problem.value for problem in refused.value.problems] == ["personne", "couleur", "dym"]


def test_a_map_that_names_no_thing_is_refused(tmp_path: Path) -> None:
    text = '[columns]\n"Hersteller" = "manufacturer"\n"Standort" = "site"\n"Modell" = "ignore"\n'
    with pytest.raises(CannotUse) as refused:
        estate_import.import_files(
            [write(tmp_path / "liste.csv", GERMAN)],
            estate=tmp_path / "parc",
            column_map=write(tmp_path / "carte.toml", text),
        )
    assert "(label)" in refused.value.problems[0].what


def test_maps_of_an_overlay_are_named(tmp_path: Path) -> None:
    kept = column_maps.keep_map(ColumnMap("Liste de la mairie", "inventory", {'A "b"': "label"}), tmp_path)
    assert kept.name == "liste-de-la-mairie.toml"
    assert column_maps.pick_map("liste-de-la-mairie", tmp_path).columns == {'A "b"': "label"}
    with pytest.raises(CannotUse, match="n’existe pas"):
        column_maps.pick_map("autre", tmp_path)


def call(*words: str, answers: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words), input=answers)
    return result.exit_code, result.output


def test_in_the_terminal_enter_accepts_a_number_changes_and_a_dash_leaves_out(tmp_path: Path) -> None:
    file = write(tmp_path / "skol.csv", "Rummad;Pet;Urzh;Piv\nportable;4;2021;Yann\nécran;8;2019;Anna\n")
    estate = str(tmp_path / "parc")
    status, text = call("import", str(file), "--map", "-o", estate, answers="\n\n\n-\nnotes\n10\nma liste\n")
    assert status == 0, text
    assert "« notes » n’est ni un numéro".replace("« ", "«\u00a0").replace(" »", "\u00a0»") in text
    kept = column_maps.read_map(tmp_path / "parc/overlay/maps/ma-liste.toml")
    assert kept.columns == {"Rummad": "label", "Pet": "quantity", "Urzh": "ignore", "Piv": "entity"}


def test_a_file_after_the_option_alone_is_a_file_to_read(tmp_path: Path) -> None:
    file = write(tmp_path / "skol.csv", "Rummad;Pet\nportable;4\n")
    status, text = call("import", "--map", str(file), "-o", str(tmp_path / "parc"), answers="\n\n\n\n")
    assert status == 0, text
    overlay = ("--overlay", str(tmp_path / "parc/overlay"))
    status, text = call("import", str(file), "-o", str(tmp_path / "parc 2"), "--map", "skol", *overlay)
    assert status == 0, text


def test_the_input_that_ends_before_the_last_answer_makes_no_map(tmp_path: Path) -> None:
    file = write(tmp_path / "skol.csv", "Rummad;Pet\nportable;4\n")
    with pytest.raises(CannotUse):
        CliRunner().invoke(
            app, ["import", str(file), "--map", "-o", str(tmp_path / "parc")], input="\n", catch_exceptions=False
        )
    assert not (tmp_path / "parc").exists()


def test_a_register_is_read_into_the_estate_with_a_value_for_every_row(tmp_path: Path) -> None:
    text = "N° BC;Commandé le;Facturé le;Article;Qté;Total HT\nB1;01/02/2024;03/03/2024;PC;2;1 900,00\n"
    file = write(tmp_path / "achats.csv", text)
    answers = ["purchases", "line_id", *[""] * 5, "new", "computers_2021", "", "administration", "", ""]
    status, shown = call("import", str(file), "--map", "-o", str(tmp_path / "parc"), answers="\n".join(answers) + "\n")
    assert status == 0, shown
    row = next(iter(read_csv(tmp_path / "parc" / "purchases.csv")))
    assert (row["line_id"], row["invoice_date"], row["quantity"], row["origin"]) == ("B1", "2024-03-03", "2", "new")
    kept = column_maps.read_map(tmp_path / "parc/overlay/maps/achats.toml")
    assert (kept.table, kept.constants["perimeter"]) == ("purchases", "administration")


def test_a_map_of_a_plan_is_refused_for_an_estate(tmp_path: Path) -> None:
    text = 'table = "plan"\n[columns]\n"Was" = "title"\n'
    with pytest.raises(CannotUse, match="plan d’action"):
        estate_import.import_files(
            [write(tmp_path / "plan.csv", "Was;Frist\nx;2027-01-01\n")],
            estate=tmp_path / "parc",
            column_map=write(tmp_path / "carte.toml", text),
        )
