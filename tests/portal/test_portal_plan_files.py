"""Plans in spreadsheets: those of Territoires en Transitions and others come in, said line by line, and go out whole.

The three layouts are the site's own (incubateur-ademe/territoires-en-transitions, read in November 2026): its import
model (`parse-excel-plan`, headers on the second line, data from the fourth) and what it exports
(`export/sections.ts`, a line of sections, then the headers; lists one a line; axes that have no action).
"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from conftest import World
from estran.portal.plan import spreadsheets
from estran.portal.plan.models import Action, Ambition, PlanFile

pytestmark = pytest.mark.django_db

MODEL = (
    *("Axe (x)", "Sous-axe (x.x)", "Sous-sous axe (x.x.x)", "Titre de l'action", "Titre de la sous-action"),
    *("Descriptif", "Instances de gouvernance", "Objectifs", "Indicateurs liés", "Structure pilote"),
    *("Moyens humains et techniques", "Partenaires", "Direction ou service pilote", "Personne pilote"),
    *("Élu·e référent·e", "Participation Citoyenne", "Financements", "Financeur 1", "Montant € HT", "Financeur 2"),
    *("Montant € HT", "Financeur 3", "Montant € HT", "Budget prévisionnel total € HT", "Statut"),
    *("Niveau de priorité", "Date de début", "Date de fin"),
)
OLD_MODEL = (
    *("Axe (x)", "Sous-axe (x.x)", "Sous-sous axe (x.x.x)", "Titre de la fiche action", "Descriptif"),
    *("Instances de gouvernance", "Objectifs", "Indicateurs liés", "Structure pilote", "Moyens humains et techniques"),
    *("Partenaires", "Direction ou service pilote", "Personne pilote", "Élu·e référent·e", "Participation Citoyenne"),
    *("Financements", "Financeur 1", "Montant € HT", "Financeur 2", "Montant € HT", "Financeur 3", "Montant € HT"),
    *("Budget prévisionnel total € HT", "Statut", "Niveau de priorité", "Date de début", "Date de fin"),
    *("Action en amélioration continue", "Calendrier", "Actions liées", "Fiches des plans liées", "Notes de suivi"),
    *("Etapes de la fiche action", "Notes complémentaires", "Documents et liens"),
)
EXPORT = {
    "Présentation de l'action": (
        *("Axe (x)", "Sous-axe (x.x)", "Sous-sous-axe (x.x.x)", "Titre de la fiche action", "Descriptif"),
        *("Thématique principale", "Tags de suivi", "Moyens humains et techniques"),
    ),
    "Gestion des accès": ("Confidentialité de la fiche",),
    "Modalités de mise en œuvre": (
        *("Statut", "Niveau de priorité", "Date de début", "Date de fin", "L'action se répète tous les ans"),
    ),
    "Acteurs": ("Personne pilote", "Direction ou service pilote", "Élu·e référent·e", "Partenaires", "Cibles"),
    "Étapes": ("Nom et statut de l'étape",),
    "Notes de suivi et points de vigilance": ("2024", "2025"),
    "Budget": ("Financements", "Budgets d'investissement", "Financeur 1", "Montant (TTC)", "Financeur 2",
               "Montant (TTC)"),
    "Indicateurs de suivi": ("Objectifs", "Indicateurs liés"),
    "Données de création et de modification": ("Date de création", "Créé par"),
}  # fmt: skip
STATUSES = ("À venir", "En cours", "Réalisé", "En pause", "Abandonné", "Bloqué", "En retard", "À discuter")


def model_row(n: int) -> dict[str, Any]:
    """An action as people write one, under the headers of every layout."""
    return {
        "Axe (x)": f"{n // 20 + 1} Axe", "Sous-axe (x.x)": f"{n // 20 + 1}.{n % 3 + 1} Objectif",
        "Sous-sous axe (x.x.x)": "détail" if n % 5 == 0 else "", "Titre de la fiche action": f"Action n° {n + 1}",
        "Titre de l'action": f"Action n° {n // 2 * 2 + 1}", "Titre de la sous-action": f"volet {n}" if n % 2 else "",
        "Descriptif": "Première ligne\nseconde ligne" if n % 7 == 0 else f"Descriptif {n}",
        "Direction ou service pilote": "Direction du numérique" if n % 2 else "Direction inconnue ici",
        "Personne pilote": "Awa Diallo\nLoïc Prigent", "Financeur 1": "Région", "Financeur 2": "État",
        "Statut": STATUSES[n % 8] if n != 30 else "en réflexion",
        "Niveau de priorité": ("Élevé", "Moyen", "Bas")[n % 3],
        "Date de début": date(2024, 3, n % 28 + 1), "Date de fin": "31/12/2027" if n != 31 else "printemps 2026",
        "Notes de suivi": "vu en comité", "2025": "Vu en comité\nrelancé",
        "Budget prévisionnel total € HT": 12000.0 + n,
        "Indicateurs liés": "EQ01, FP01", "Confidentialité de la fiche": "Non", "Date de création": "01/02/2024",
        "Nom et statut de l'étape": "Marché : réalisé\nPose : non réalisé",
    }  # fmt: skip


def sixty(headers: tuple[str, ...]) -> list[list[Any]]:
    """Sixty actions under some headers; the amounts of two funders share one header."""
    rows = []
    for n in range(60):
        row = [model_row(n).get(name, "") for name in headers]
        amounts = [place for place, name in enumerate(headers) if name.startswith("Montant")]
        row[amounts[0]], row[amounts[1]] = 1000.0 + n, 500.5
        rows.append(row)
    return rows


def workbook(*lines: list[Any] | tuple[Any, ...], merged: dict[str, tuple[str, ...]] | None = None) -> bytes:
    """An XLSX file of these lines; `merged`: a first line of sections, each over its columns."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("Plan")
        column = 0
        for section, under in (merged or {}).items():
            if len(under) > 1:
                sheet.merge_range(0, column, 0, column + len(under) - 1, section)
            else:
                sheet.write_string(0, column, section)
            column += len(under)
        for number, line in enumerate(lines, 1 if merged else 0):
            for place, cell in enumerate(line):
                if cell != "":
                    sheet.write(number, place, cell)
    return packed.getvalue()


def cells(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def brought(world: World, content: bytes) -> str:
    """The report of a file that was read."""
    file = SimpleUploadedFile("plan.xlsx", content)
    answer = world.client("officer").post(world.url("actions/tableur/"), {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    return world.client("reader").get(answer["Location"]).content.decode()


def given_back(world: World) -> list[list[Any]]:
    return cells(world.client("reader").get(world.url("actions/plan.xlsx")).content)


def bare(headers: list[Any]) -> list[str]:
    """Headers without the number of those that come again."""
    return [str(name).replace(" (2)", "").replace(" (3)", "") for name in headers]


ALL_OF_EXPORT = tuple(name for under in EXPORT.values() for name in under)
LAYOUTS = {
    "flat": (lambda rows: workbook(OLD_MODEL, *rows), OLD_MODEL, 1, 1),
    "model": (lambda rows: workbook(["Modèle d’import"], MODEL, ["1, 2, 3…", "1.1"], *rows), MODEL, 2, 3),
    "export": (lambda rows: workbook(ALL_OF_EXPORT, *rows, merged=EXPORT), ALL_OF_EXPORT, 2, 2),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_sixty_actions_of_territoires_en_transitions_come_in_with_a_report_and_go_out_without_loss(
    world: World, layout: str
) -> None:
    write, headers, header_line, before = LAYOUTS[layout]
    rows = sixty(headers)
    report = brought(world, write(rows))
    assert "60 actions ajoutées" in report and Action.objects.count() == 60
    assert "en réflexion" in report and "statut inconnu" in report
    assert "printemps 2026" in report and "date non lue" in report
    assert "Financeur 1" in report
    assert ("ligne d’explication du modèle" in report) == (layout == "model")
    first = Action.objects.get(code="P01")
    assert (first.title, first.status, first.priority) == ("Action n° 1", "to_come", "high")
    assert (first.starts_on, first.ends_on) == (date(2024, 3, 1), date(2027, 12, 31))
    assert first.objective and first.objective.title == "1.1 Objectif"
    assert first.total_budget == (None if layout == "export" else 12000.0)
    assert Action.objects.get(code="P31").status == ""
    out = given_back(world)
    assert tuple(bare(out[header_line - 1])[: len(headers)]) == headers
    assert len(out) == before + 60
    for given, back in zip(rows, out[before:], strict=True):
        assert back[: len(headers)] == given, "the same texts, numbers and dates"


def test_an_axis_without_action_is_an_ambition_and_goes_out_too(world: World) -> None:
    alone = ["4 Axe sans action", "4.1 Sous-axe", *[""] * (len(ALL_OF_EXPORT) - 2)]
    rows = [*sixty(ALL_OF_EXPORT), alone]
    report = brought(world, workbook(ALL_OF_EXPORT, *rows, merged=EXPORT))
    assert "ligne sans titre d’action\u00a0: gardée et rendue à l’export" in report
    assert Ambition.objects.get(title="4 Axe sans action").objectives.get().title == "4.1 Sous-axe"
    assert given_back(world)[-1][: len(alone)] == alone


def test_what_goes_out_comes_in_again_and_changes_nothing(world: World) -> None:
    """The model stays one that the site accepts: « Axe (x) » on the second line, data from the fourth."""
    write, headers, _line, _before = LAYOUTS["model"]
    brought(world, write(sixty(headers)))
    first = world.client("reader").get(world.url("actions/plan.xlsx")).content
    assert cells(first)[1][0] == "Axe (x)" and cells(first)[3][0] == "1 Axe"
    assert "60 mises à jour" in brought(world, first)
    assert given_back(world) == cells(first)


def test_two_actions_of_one_title_stay_two(world: World) -> None:
    brought(world, workbook(("Action", "Statut"), ["Former", "En cours"], ["Former", "À venir"]))
    assert sorted(Action.objects.values_list("code", "status")) == [("P01", "doing"), ("P02", "to_come")]


def test_the_same_file_again_adds_nothing_and_a_changed_one_updates(world: World) -> None:
    access, rows = world.access(), sixty(OLD_MODEL)
    file = workbook(OLD_MODEL, *rows)
    first = spreadsheets.import_plan(access, "plan.xlsx", file)
    assert spreadsheets.import_plan(access, "plan.xlsx", file).pk == first.pk
    rows[0][OLD_MODEL.index("Statut")] = "Réalisé"
    again = spreadsheets.import_plan(access, "plan.xlsx", workbook(OLD_MODEL, *rows))
    assert (again.report["added"], again.report["changed"], Action.objects.count()) == (0, 60, 60)
    assert Action.objects.get(title="Action n° 1").status == "done"


def test_what_a_file_takes_the_place_of_is_said(world: World) -> None:
    """A colleague changed the action after the plan was exported: the file wins, and the report says over what."""
    brought(world, workbook(("Action", "Statut", "Partenaires"), ["Former", "En cours", "Région"]))
    action = Action.objects.get()
    seen = {
        "code": action.code,
        "title": "Former",
        "status": "blocked",
        "partners": "Région",
        "version": action.version,
    }
    assert world.client("officer").post(world.url(f"actions/{action.pk}/modifier/"), seen).status_code == 302
    report = brought(world, workbook(("Action", "Statut", "Partenaires"), ["Former", "Réalisé", "Région"]))
    assert "Ce que le fichier a remplacé" in report
    assert "<td>Statut</td><td>Bloqué</td><td>Réalisé</td>" in report
    assert [one["column"] for one in PlanFile.objects.first().report["replaced"]] == ["Statut"]


def test_what_changed_in_the_portal_goes_out_rather_than_what_was_read(world: World) -> None:
    spreadsheets.import_plan(world.access(), "plan.xlsx", workbook(OLD_MODEL, *sixty(OLD_MODEL)))
    Action.objects.filter(title="Action n° 31").update(status="blocked")
    out = cells(spreadsheets.write_workbook(world.access()))
    row = next(row for row in out if row[OLD_MODEL.index("Titre de la fiche action")] == "Action n° 31")
    assert row[OLD_MODEL.index("Statut")] == "Bloqué"


def test_a_file_without_titles_of_actions_asks_which_column_they_are(world: World) -> None:
    file = SimpleUploadedFile("liste.csv", b"Statut;Date de fin\nEn cours;31/12/2026\n")
    answer = world.client("officer").post(world.url("actions/tableur/"), {"file": file}, follow=True)
    assert "Les colonnes de «\u00a0liste.csv\u00a0»" in answer.content.decode()
    assert not Action.objects.exists()
