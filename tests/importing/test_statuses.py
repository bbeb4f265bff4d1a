"""The words of a status: those everybody means alike, those a person settles once, those nobody has settled."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from estran.importing import canonical, estate_import
from estran.importing.recognition import statuses

SNIPE_IT = ("Deployed", "Ready to Deploy", "Archived", "Missing")
LIST = "ID;Entité;Type;Modèle;Statut;Date d'achat\n"


def importing(folder: Path, *written: str, name: str = "parc.csv", **options: Any) -> estate_import.ImportReport:
    """The import of one laptop for each of these statuses."""
    file = folder / name
    rows = "".join(f"{n};DSI;Ordinateur portable;Latitude 5440;{text};12/03/2022\n" for n, text in enumerate(written))
    file.write_text(LIST + rows, encoding="utf-8")
    return estate_import.import_files([file], estate=folder / "parc", **options)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def statuses_of(report: estate_import.ImportReport) -> list[tuple[str, str]]:
    rows = rows_of(report.estate / "inventory.csv")
    return [(row["status"], row.get("status_label", "")) for row in rows]


def test_an_unknown_status_is_kept_and_asked_never_taken_as_in_service(tmp_path: Path) -> None:
    report = importing(tmp_path, "En service", "Archived", "Missing", "Missing", "")

    assert statuses_of(report) == [("in_service", ""), ("", "Archived"), ("", "Missing"), ("", "Missing"), ("", "")]
    assert [(one.written, one.rows, one.quantity) for one in report.statuses_to_settle] == [
        ("Missing", 2, 2.0),
        ("Archived", 1, 1.0),
    ]
    assert rows_of(report.estate / "statuses.csv") == [
        {"written": "Missing", "status": "", "rows": "2", "quantity": "2"},
        {"written": "Archived", "status": "", "rows": "1", "quantity": "1"},
    ]


def test_one_answer_settles_the_rows_of_the_estate_and_serves_the_next_import(tmp_path: Path) -> None:
    report = importing(tmp_path, "Missing", "Archived")
    report = estate_import.settle_statuses(report, {"Missing": "retired"})
    assert statuses_of(report) == [("retired", ""), ("", "Archived")]
    assert [one.written for one in report.statuses_to_settle] == ["Archived"]

    report = importing(tmp_path, "missing", "ARCHIVED", name="autre.csv")
    assert statuses_of(report) == [("retired", ""), ("", "Archived"), ("retired", ""), ("", "ARCHIVED")]


def test_a_file_of_answers_is_taken_wherever_a_person_filled_it_in(tmp_path: Path) -> None:
    """In the estate and imported, in the estate and the list imported again, in the overlay."""
    report = importing(tmp_path, "Missing")
    filled = "written;status\nMissing;Réformé\n"
    (report.estate / "statuses.csv").write_text(filled, encoding="utf-8")
    report = estate_import.import_files([report.estate / "statuses.csv"], estate=report.estate)
    assert (statuses_of(report), report.statuses_to_settle) == ([("retired", "")], [])
    assert not (report.estate / "statuses.csv").exists()
    assert [(row["written"], row["status"]) for row in rows_of(report.estate / "overlay" / "statuses.csv")] == [
        ("Missing", "retired")
    ]

    for place, name in (("again", "parc"), ("overlay", "parc/overlay")):
        folder = tmp_path / place
        folder.mkdir()
        importing(folder, "Missing")
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "statuses.csv").write_text("written,status\nMissing,spare\n", encoding="utf-8")
        assert statuses_of(importing(folder, "Missing")) == [("spare", "")]


def test_an_answer_wins_over_what_the_catalogue_knows(tmp_path: Path) -> None:
    overlay = tmp_path / "valeurs"
    overlay.mkdir()
    statuses.write_answers(overlay / "statuses.csv", [{"written": "En stock", "status": "in_service"}])
    assert statuses_of(importing(tmp_path, "En stock", "En réserve", overlay=overlay)) == [
        ("in_service", ""),
        ("spare", ""),
    ]


def test_a_file_of_answers_that_says_nothing_usable_is_refused_in_words(tmp_path: Path) -> None:
    report = importing(tmp_path, "Missing")
    answers = tmp_path / "statuses.csv"
    answers.write_text("written,status\nMissing,peut-être\n", encoding="utf-8")
    with pytest.raises(estate_import.CannotUse) as refused:
        estate_import.import_files([answers], estate=report.estate)
    assert "Aucun statut valable" in refused.value.problems[0].what


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("En service > Prêté", "in_service"),
        ("Parc central > Réformé", "retired"),
        ("Ready to Deploy", "spare"),
        ("In storage", "spare"),
        ("Lost/Stolen", "retired"),
        ("Mise au rebut", "retired"),
        ("Installed", "in_service"),
        ("In-service", "in_service"),
        ("IN_USE", "in_service"),
        ("Ausgemustert", "retired"),
        ("Repair", "spare"),
        ("Pending", ""),
        ("Deployed", ""),
        ("Broken", ""),
    ],
)
def test_words_that_every_tool_means_alike_are_known(tmp_path: Path, written: str, status: str) -> None:
    assert statuses_of(importing(tmp_path, written)) == [(status, "" if status else written)]


def test_a_tool_may_have_statuses_of_its_own(tmp_path: Path) -> None:
    """What Snipe-IT itself calls deployed is in use; the word of somebody else's list is asked."""
    file = tmp_path / "assets.csv"
    head = "Asset Tag,Asset Name,Model,Category,Manufacturer,Serial,Status,Purchase Date"
    rows = [f"A{n},PC,Latitude 5440,Laptop,Dell,S{n},{text},2022-03-01" for n, text in enumerate(SNIPE_IT)]
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    report = estate_import.import_files([file], estate=tmp_path / "parc")
    assert report.files[0].format == "snipeit"
    assert statuses_of(report) == [("in_service", ""), ("spare", ""), ("retired", ""), ("", "Missing")]


def test_an_inventory_of_its_own_columns_keeps_its_unknown_statuses_too(tmp_path: Path) -> None:
    file = tmp_path / "inventory.csv"
    file.write_text("item_type,quantity,status\nlaptop,2,Archived\nlaptop,-1,spare\nlaptop,1,spare\n", "utf-8")
    read = canonical.read_inventory(file, tmp_path / "read.parquet")
    assert (read.rows, read.rejected, "status_label" in read.columns) == (2, 1, True)
    assert "«\u00a0Archived\u00a0» (1)" in read.problems[0].what

    report = estate_import.import_files([file], "canonical", estate=tmp_path / "parc")
    assert statuses_of(report) == [("", "Archived"), ("spare", "")]
