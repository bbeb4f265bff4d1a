"""What people write in a cell, and what Estran reads: numbers, dates, choices, faults with their remedy."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from estran.common import table_schema, vocabulary
from estran.common.problems import CannotUse
from estran.importing import canonical, parsing

INVENTORY = {column.column: column for column in table_schema.columns("inventory")}


def parse(column: str, text: str) -> Any:
    """The value of a text in a column of the inventory, or « fault »."""
    sql = parsing.value_sql(INVENTORY[column], "text")
    test = parsing.fault_sql(INVENTORY[column], "text", "value")
    query = f"SELECT value, {test} FROM (SELECT text, {sql} AS value FROM (SELECT CAST($1 AS VARCHAR) AS text))"
    con = canonical.connect()
    parsing.create_macros(con, query)
    value, is_fault = con.execute(query, [text]).fetchall()[0]
    return "fault" if is_fault else value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        ("1,5", 1.5),
        ("1.5", 1.5),
        ("1 234,5", 1234.5),
        ("1\u00a0234", 1234.0),
        ("1\u202f234\u202f567,8", 1234567.8),
        ("1'234", 1234.0),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1,234", 1.234),  # a French decimal comma, not an English thousand
        ("85 %", 0.85),
        ("0", 0.0),
        ("15 PC", "fault"),
        ("12 34", "fault"),
        ("-3", "fault"),
        ("\u22123", "fault"),
        ("nan", "fault"),
        ("inf", "fault"),
        ("une dizaine", "fault"),
    ],
)
def test_numbers_as_people_write_them(text: str, value: float | str) -> None:
    assert parse("quantity", text) == value


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("lifetime_years", "5 ans", 5.0),
        ("lifetime_years", "5,5 années", 5.5),
        ("lifetime_years", "36 mois", "fault"),
        ("price_eur", "1\u202f250,00 €", 1250.0),
        ("kwh_per_unit", "30 kWh/an", 30.0),
        ("hours_per_year", "8785", "fault"),
        ("use_share", "1,2", "fault"),
    ],
)
def test_numbers_take_the_unit_of_their_column_and_stay_within_bounds(column: str, text: str, value: Any) -> None:
    assert parse(column, text) == value


SAME_DAY = """2021-03-04
04/03/2021
4-3-2021
04.03.2021
04/03/21
20210304
2021/03/04
2021-03-04 12:30:00
2021-03-04T12:30Z
04/03/2021 12:30
44259
44259.5"""


@pytest.mark.parametrize("text", SAME_DAY.splitlines())
def test_a_date_in_every_shape_is_the_same_day(text: str) -> None:
    # 44259 is the spreadsheet's number of 4 March 2021: 1899-12-30 + 44,259 days
    assert parse("purchase_date", text) == date(2021, 3, 4)


@pytest.mark.parametrize(
    "text", ["31/02/2021", "1899-12-30", "1900-01-00", "00/01/1900", "12-13-2021", "courant 2019", "0000-00-00"]
)
def test_what_is_no_date_of_a_thing_is_a_fault(text: str) -> None:
    assert parse("purchase_date", text) == "fault"


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("virtual", "oui", True),
        ("virtual", "FAUX", False),
        ("virtual", "x", True),
        ("virtual", "peut-être", "fault"),
        ("status", "En service", "in_service"),
        ("status", "Réformé", "retired"),
        ("status", "DE RECHANGE", "spare"),
        ("ownership", "Personnel", "byod"),
        ("quality", "Moyenne", "medium"),
        ("funded_by", "Conseil départemental", "departement"),
        ("status", "bizarre", "fault"),
    ],
)
def test_choices_by_code_or_by_the_words_of_the_trade(column: str, text: str, value: Any) -> None:
    assert parse(column, text) == value


def test_every_label_names_one_column_only() -> None:
    for table in ("inventory", "rooms", "models", "vms", "applications", "factors"):
        names = [(column.column, column.label_fr, column.label_en) for column in table_schema.columns(table)]
        for codes in zip(*names, strict=True):
            assert len({vocabulary.text_key(code) for code in codes}) == len(names)


def test_an_inventory_keeps_its_good_rows_and_says_all_faults(tmp_path: Path) -> None:
    file = tmp_path / "parc.csv"
    file.write_bytes(
        "Type de matériel;Quantité;Date d'achat;Statut;Utilisateur;Couleur\n"
        "laptop;15 PC;31/12/2021;En service;Bob;rouge\n"
        "laptop;-3;30/12/1899;truc;;\n"
        "\n"
        "monitor;2,5;2021-02-03;Réformé;;\n"
        "monitor;1;;spare;;;1;5\n".encode("cp1252")
    )
    read = canonical.read_inventory(file, tmp_path / "inventory.parquet")

    rows = pq.read_table(read.path).select(["row_id", *read.columns]).to_pylist()
    assert rows == [
        {"row_id": 2, "item_type": "monitor", "quantity": 2.5, "status": "retired", "purchase_date": date(2021, 2, 3)}
    ]
    assert (read.rows, read.rejected, read.faults) == (1, 3, 5)
    assert [(problem.line, problem.column, problem.value) for problem in read.problems] == [
        (2, "Quantité", "15 PC"),
        (3, "Quantité", "-3"),
        (3, "Statut", "truc"),
        (3, "Date d'achat", "30/12/1899"),
        (6, "", "1 5"),
    ]
    assert all(problem.remedy and problem.file == "parc.csv" for problem in read.problems)
    assert read.notes == [
        "Colonnes personnelles écartées\u00a0: Utilisateur.",
        "Colonnes inconnues ignorées\u00a0: Couleur.",
    ]


def test_an_empty_cell_is_unknown_and_zero_is_a_value(tmp_path: Path) -> None:
    file = tmp_path / "parc.csv"
    file.write_text("item_type,quantity,serial\nlaptop,0,\nlaptop,,ABC\n", encoding="utf-8")
    read = canonical.read_inventory(file, tmp_path / "inventory.parquet")
    rows = pq.read_table(read.path, columns=["quantity", "serial"]).to_pylist()
    assert rows == [{"quantity": 0.0, "serial": None}, {"quantity": None, "serial": "ABC"}]


def test_a_typed_parquet_is_used_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "parc.csv"
    file.write_text("item_id,item_type,quantity\na,laptop,2\nb,monitor,3\n", encoding="utf-8")
    first = canonical.read_inventory(file, tmp_path / "inventory.parquet")
    again = canonical.read_inventory(first.path, tmp_path / "other.parquet")
    assert (again.path, again.row_id, again.rows) == (first.path, "file_row_number", 2)
    assert not (tmp_path / "other.parquet").exists()


def test_a_parquet_with_values_out_of_bounds_is_read_and_its_rows_rejected(tmp_path: Path) -> None:
    import pyarrow as pa

    file = tmp_path / "parc.parquet"
    pq.write_table(pa.table({"item_type": ["laptop", "laptop"], "quantity": [2.0, -1.0]}), file)
    read = canonical.read_inventory(file, tmp_path / "inventory.parquet")
    assert (read.row_id, read.rows, read.rejected) == ("row_id", 1, 1)
    assert read.problems[0].line == 3


def test_faults_are_all_counted_and_the_first_thousand_shown(tmp_path: Path) -> None:
    file = tmp_path / "parc.csv"
    file.write_text("item_type,quantity\n" + "laptop,beaucoup\n" * 2500 + "laptop,1\n", encoding="utf-8")
    read = canonical.read_inventory(file, tmp_path / "inventory.parquet")
    assert (read.rows, read.rejected, read.faults, len(read.problems)) == (1, 2500, 2500, 1000)


def test_a_small_table_has_every_column_of_its_schema(tmp_path: Path) -> None:
    file = tmp_path / "salles.csv"
    file.write_text("Salle;PUE;Compteur général\nNord;1,4;120 000\nSud;0,5;\n", encoding="utf-8")
    table, problems = canonical.read_small_table(file, "rooms")
    assert table.schema.names == [column.column for column in table_schema.columns("rooms")]
    assert table.select(["room", "pue", "facility_kwh"]).to_pylist() == [
        {"room": "Nord", "pue": 1.4, "facility_kwh": 120000.0}
    ]
    assert [(problem.line, problem.column, problem.value) for problem in problems] == [(3, "PUE", "0,5")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Niver;Anv\n1;2\n", "Aucun en-tête n’est reconnu"),
        ("quantity,site\n1,Rennes\n", "Il manque la colonne item_type"),
    ],
)
def test_a_table_without_its_columns_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "parc.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CannotUse) as refused:
        canonical.read_inventory(file, tmp_path / "inventory.parquet")
    assert refused.value.problems[0].what.startswith(said)
    assert refused.value.problems[0].line == 1
