"""Cells as people write them: dates in every shape, day or month first, thousands, what means nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from estran.common.problems import CannotUse
from estran.importing import canonical, estate_import, parsing


def read(macro: str, text: str) -> object:
    con = canonical.connect()
    parsing.create_macros(con)
    return con.execute(f"SELECT {macro}($1)", [text]).fetchall()[0][0]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(estate: Path, name: str = "inventory.csv") -> list[dict[str, str]]:
    if not (estate / name).exists():
        return []
    with (estate / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


SAME_DAY = """2021-09-12
2021-09-12T00:00:00Z
2021-09-12T00:00:00+02:00
2021.09.12
12.09.2021
12 sept. 2021
12-sept-21
12-Sep-2021
le dimanche 12 septembre 2021
12 sept. 2021 à 10h30
Sep 12, 2021
September 12th, 2021
Sun, 12 Sep 2021 10:30:00
12 de septiembre de 2021
44451
44451.5"""


@pytest.mark.parametrize("text", SAME_DAY.splitlines())
def test_a_day_in_every_shape_that_has_one_reading(text: str) -> None:
    assert (str(read("read_date", text)), read("order_of_date", text)) == ("2021-09-12", None)


@pytest.mark.parametrize(
    ("text", "middle"),
    [
        ("2019", "2019-07-01"),
        ("environ 2019", "2019-07-01"),
        ("09/2021", "2021-09-15"),
        ("9/21", "2021-09-15"),
        ("2021-09", "2021-09-15"),
        ("sept. 2021", "2021-09-15"),
        ("sept-21", "2021-09-15"),
        ("Mar 2021", "2021-03-15"),
        ("rentrée 2021", "2021-09-15"),
        ("juin 2021", "2021-06-15"),
        ("T2 2024", "2024-05-15"),
        ("2e trimestre 2024", "2024-05-15"),
        ("2024-Q2", "2024-05-15"),
        ("1er semestre 2023", "2023-04-01"),
        ("2019-2020", "2020-01-01"),
        ("2019/20", "2020-01-01"),
    ],
)
def test_a_date_without_a_day_is_the_middle_of_what_it_says(text: str, middle: str) -> None:
    assert (str(read("read_date_or_part", text)), read("is_part_of_year", text)) == (middle, True)


@pytest.mark.parametrize("text", ["2019/2021", "avant 2015", "courant 2019", "12 mars", "202109", "soon"])
def test_what_says_no_part_of_a_year_is_no_date(text: str) -> None:
    assert (read("read_date_or_part", text), read("is_part_of_year", text)) == (None, False)


# ------------------------------------------------------------------------------------------ day first or month first


HEAD = "Type;Marque;Modèle;Date d'achat\n"


def dates(folder: Path, *cells: str, **options: str) -> list[str]:
    """The purchase dates of a list of laptops, one per cell."""
    text = HEAD + "".join(f"PC portable;Dell;Latitude 5440;{cell}\n" for cell in cells)
    estate_import.import_files([write(folder, "parc.csv", text)], estate=folder / "parc", **options)  # type: ignore[arg-type]
    return [row["purchase_date"] for row in rows(folder / "parc")]


def test_one_day_above_twelve_decides_for_its_column(tmp_path: Path) -> None:
    for name, decisive, expected in (("day", "31/12/2022", "2021-04-03"), ("month", "12/31/2022", "2021-03-04")):
        (tmp_path / name).mkdir()
        assert dates(tmp_path / name, "03/04/2021", decisive) == [expected, "2022-12-31"]


def test_a_month_first_list_keeps_its_times_and_short_years(tmp_path: Path) -> None:
    read_as = dates(tmp_path, "9/12/2021 12:00:00 AM", "1/5/21", "2021-03-04", "5-6-2021", "12/31/2022 11:59 PM")
    assert read_as == ["2021-09-12", "2021-01-05", "2021-03-04", "2021-05-06", "2022-12-31"]


def test_nothing_tells_so_the_file_is_refused_with_both_readings_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(CannotUse) as refused:
        dates(tmp_path, "2021-01-01", "03/04/2021", "05/05/2021")
    problem = refused.value.problems[0]
    assert "3 avril 2021" in problem.what.replace("\u00a0", " ") and "4 mars 2021" in problem.what.replace(
        "\u00a0", " "
    )
    assert "--dates dmy" in problem.remedy and (problem.line, problem.code) == (3, "dates")
    assert not (tmp_path / "parc").exists()


def test_a_person_says_the_order_and_the_dates_of_the_other_order_are_rejected(tmp_path: Path) -> None:
    assert dates(tmp_path, "03/04/2021", "13/04/2021", dates="mdy") == ["2021-03-04"]
    assert "13 avril 2021" in rows(tmp_path / "parc", "rejects.csv")[0]["what"].replace("\u00a0", " ")


def test_a_column_of_both_orders_is_read_where_a_value_tells_and_rejected_where_none_does(tmp_path: Path) -> None:
    assert dates(tmp_path, "25/04/2021", "05/26/2022", "03/04/2022", "07/07/2022") == [
        "2021-04-25",
        "2022-05-26",
        "2022-07-07",
    ]
    (reject,) = rows(tmp_path / "parc", "rejects.csv")
    assert (reject["line"], reject["value"]) == ("4", "03/04/2022") and "4 mars 2022" in reject["what"].replace(
        "\u00a0", " "
    )


def test_one_slip_among_many_does_not_unsettle_a_column(tmp_path: Path) -> None:
    cells = [f"{day}/04/2021" for day in range(13, 31)] + [f"{day}/05/2021" for day in range(13, 31)]
    assert len(dates(tmp_path, *cells, "03/04/2021", "05/26/2022")) == len(cells) + 1
    (reject,) = rows(tmp_path / "parc", "rejects.csv")
    assert reject["value"] == "05/26/2022" and "26 mai 2022" in reject["what"].replace("\u00a0", " ")


def test_a_column_that_says_nothing_takes_the_order_of_the_others(tmp_path: Path) -> None:
    text = "Type;Nombre;Date d'achat;Date de sortie\nTablette;3;12/31/2020;03/04/2022\n"
    estate_import.import_files([write(tmp_path, "parc.csv", text)], estate=tmp_path / "parc")
    assert [row["withdrawal_date"] for row in rows(tmp_path / "parc")] == ["2022-03-04"]


def test_a_list_of_glpi_in_french_is_day_first_by_its_format_and_in_english_it_is_asked(tmp_path: Path) -> None:
    french = "Nom;Statut;Fabricant;Numéro de série;Type;Modèle;Date d'achat\nPC1;En service;Dell;A1;PC;X;03/04/2021\n"
    estate_import.import_files([write(tmp_path, "a.csv", french)], estate=tmp_path / "a")
    assert rows(tmp_path / "a")[0]["purchase_date"] == "2021-04-03"
    english = "Name;Status;Manufacturer;Serial number;Type;Model;Date of purchase\nPC1;In use;Dell;A1;PC;X;03-04-2021\n"
    with pytest.raises(CannotUse, match="03-04-2021"):
        estate_import.import_files([write(tmp_path, "b.csv", english)], estate=tmp_path / "b")


def test_rejected_rows_of_a_month_first_file_keep_their_day_when_they_come_back(tmp_path: Path) -> None:
    head, good = "Type;Nombre;Date d'achat\n", "Tablette;3;12/31/2020\n"
    file = write(tmp_path, "parc.csv", f"{head}{good}Tablette;-3;03/04/2021\n")
    estate_import.import_files([file], estate=tmp_path / "parc")
    rejects = tmp_path / "parc" / "rejects.csv"
    corrected = write(tmp_path, "corriges.csv", rejects.read_text("utf-8").replace(",-3,2021", ",3,2021"))
    estate_import.import_files([corrected], estate=tmp_path / "parc")
    assert [row["purchase_date"] for row in rows(tmp_path / "parc")] == ["2020-12-31", "2021-03-04"]


# ------------------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("cells", "prices"),
    [
        (
            ["1 200,50", "1.200", "12,5"],
            [1200.5, 1200.0, 12.5],
        ),  # a comma before the decimals: the point is of thousands
        (["1,200.50", "1,200", "12.5"], [1200.5, 1200.0, 12.5]),
        (["1.200", "900"], [1200.0, 900.0]),  # nothing tells: a price has no three decimals
        (["1 200 €", "1\u202f200,00 € TTC", "1'200.50"], [1200.0, 1200.0, 1200.5]),
        (["1.200.000", "2"], [1200000.0, 2.0]),
    ],
)
def test_thousands_and_decimals_are_told_by_the_column(tmp_path: Path, cells: list[str], prices: list[float]) -> None:
    text = "Type;Nombre;Montant\n" + "".join(f'Tablette;1;"{cell}"\n' for cell in cells)
    estate_import.import_files([write(tmp_path, "parc.csv", text)], estate=tmp_path / "parc")
    assert [float(row["price_eur"]) for row in rows(tmp_path / "parc")] == prices


def test_a_column_of_both_styles_rejects_what_has_two_readings(tmp_path: Path) -> None:
    text = "Type;Nombre;Montant\nTablette;1;12,50\nTablette;1;12.50\nTablette;1;1.200\n"
    report = estate_import.import_files([write(tmp_path, "parc.csv", text)], estate=tmp_path / "parc")
    assert [float(row["price_eur"]) for row in rows(tmp_path / "parc")] == [12.5, 12.5] and report.rejected == 1


@pytest.mark.parametrize("nothing", ["#N/A", "n/a", "?", "-", "inconnu", "Non renseigné", "#REF!", "TBD", "(vide)"])
def test_what_says_that_nobody_knows_is_empty(tmp_path: Path, nothing: str) -> None:
    text = f"Type;N° de série;Nombre;Date d'achat;Montant\nTablette;{nothing};3;{nothing};{nothing}\n"
    report = estate_import.import_files([write(tmp_path, "parc.csv", text)], estate=tmp_path / "parc")
    assert (report.rows, report.rejected) == (1, 0)
    assert all(not rows(tmp_path / "parc")[0].get(name) for name in ("serial", "purchase_date", "price_eur"))


@pytest.mark.parametrize(("text", "value"), [("Oui", True), ("x", True), ("✓", True), ("non", False), ("☐", False)])
def test_yes_and_no_as_people_tick_them(text: str, value: bool) -> None:
    assert read("read_boolean", text) is value
