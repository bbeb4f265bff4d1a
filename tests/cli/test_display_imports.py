"""What an import shows fits one screen, and a person in front of it may answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from estran.cli.display import imports
from estran.importing import estate_import

THINGS = (
    "Ordinateur portable;HP;EliteBook 840 G5", "Ordinateur fixe;Dell;OptiPlex 7090", "Écran;Dell;P2419H",
    "Caisse;HP;RP5800", "Tableau interactif;BenQ;RP6501K", "Imprimante;HP;LaserJet Pro M404dn",
    "Smartphone;Samsung;Galaxy A52", "Serveur;HPE;ProLiant DL380 Gen10", "Commutateur;Cisco;C9300-48P",
    "Vidéoprojecteur;Epson;EB-595Wi", "Tablette;Apple;iPad 9th gen", "Chose;Acme;Z1", "Bidule;Acme;Z2",
)  # fmt: skip


def imported(folder: Path) -> estate_import.ImportReport:
    """A messy estate: unknown statuses, unknown labels, one date for all, a type too frequent."""
    rows = [
        f"{n}-{i};DSI;{thing};{'Missing' if i % 9 == 0 else ''};01/01/2020"
        for n, thing in enumerate(THINGS)
        for i in range(30)
    ]
    file = folder / "glpi.csv"
    file.write_text("ID;Entité;Type;Fabricant;Modèle;Statut;Date d'achat\n" + "\n".join(rows), encoding="utf-8")
    return estate_import.import_files([file], estate=folder / "parc", agents=10)


def test_the_report_of_an_import_fits_one_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = imported(tmp_path)
    imports.show_import(report, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 45 and max(map(len, lines)) <= 120
    shown = "\n".join(lines)
    assert all(text in shown for text in ("Part de l’empreinte estimée", "Reconnu par", "Caisse HP RP5800", "1. "))


def test_a_person_is_asked_what_each_word_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = imported(tmp_path)
    monkeypatch.setattr("typer.prompt", lambda *_texts, **_options: "3")
    answers = imports.ask_statuses(report.statuses_to_settle)
    assert answers == {"Missing": "retired"}
    assert estate_import.settle_statuses(report, answers).statuses_to_settle == []
