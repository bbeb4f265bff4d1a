"""Questions of one's own: a draft edited in the page or in a spreadsheet, six asked a workshop, versions that stay."""

from __future__ import annotations

import csv
import io
from typing import Any

import browser as browsers
import pytest
from diagnosing import answer, diagnostic, phone, session
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import World
from estran.common import vocabulary
from estran.common.problems import CannotUse
from estran.portal.common.spreadsheets import write_csv
from estran.portal.diagnostic import question_table, questionnaires
from estran.portal.diagnostic.models import Question, Questionnaire
from estran.portal.organisations.models import AuditLine
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Answer

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
Line = dict[str, str]


def say(world: World, question: Question | None = None, **changed: Any) -> Any:
    """Send the form of a question, as it stands but for what changes; a new one without question."""
    values = {"facet": "F01", "text": "Une question ?", "minutes": "9"} | {
        f"level_{n}": f"Palier {n}" for n in range(5)
    }
    if question:
        values |= {"facet": question.facet.code, "text": question.text} | ({"asked": "on"} if question.asked else {})
        values |= {f"level_{level}": text for level, text in enumerate(question.levels)}
        values |= {"evidence": question.evidence, "targets": question.targets, "indicator": question.indicator}
    place = f"questions/{question.pk}/" if question else "questions/nouvelle/"
    values = {name: value for name, value in (values | changed).items() if value is not None}
    return world.client("officer").post(world.url(place), values)


def draft(world: World, **post: str) -> Any:
    return world.client("officer").post(world.url("questions/brouillon/"), post)


def lines(version: Questionnaire) -> list[Line]:
    return list(
        csv.DictReader(
            io.StringIO(write_csv(question_table.table_of_questions(version)).decode("utf-8-sig")), delimiter=";"
        )
    )


def sent(world: World, given: list[Line]) -> Any:
    """The officer sends this table."""
    text = io.StringIO()
    writer = csv.DictWriter(text, given[0], delimiter=";")
    writer.writeheader()
    writer.writerows(given)
    file = SimpleUploadedFile("questions.csv", text.getvalue().encode("utf-8-sig"))
    return world.client("officer").post(world.url("questions/brouillon/"), {"do": "table", "file": file})


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return text.replace("\u00a0", " ")


# ------------------------------------------------------------------------------------------------------------- versions


def test_the_catalogue_is_the_first_version(world: World) -> None:
    version = questionnaires.current_version(world.access())
    assert (version.number, version.questions.count(), version.facets.count()) == (1, 54, 13)
    assert questionnaires.count_asked_questions(version) == {1: 6, 2: 6, 3: 6}
    assert questionnaires.check_version(version) == []
    assert questionnaires.current_version(world.access("reader")) == version


def test_a_change_goes_to_a_draft_and_the_version_in_force_stays(world: World) -> None:
    version = questionnaires.current_version(world.access())
    old = version.questions.get(code="Q05")
    text = old.text
    assert say(world, old, text="Chacun a-t-il le matériel de son métier ?").status_code == 302
    old.refresh_from_db()
    assert old.text == text and questionnaires.current_version(world.access()) == version
    with pytest.raises(ValueError, match="never changes"):
        old.save()
    assert "questions/brouillon/" not in page(world.client("reader").get(world.url("questions/")))
    assert draft(world, do="adopt")["Location"] == world.url("questions/")
    newer = questionnaires.current_version(world.access())
    assert (newer.number, newer.questions.count()) == (2, 54)
    changed = newer.questions.get(code="Q05")
    assert changed.text == "Chacun a-t-il le matériel de son métier ?"
    assert (changed.levels, changed.targets, changed.indicator) == (old.levels, old.targets, old.indicator)


def test_a_diagnostic_keeps_the_version_it_started_with_and_so_do_its_sessions(world: World) -> None:
    """A question is removed and another added while a session runs: its phones see what they saw, old answers stay."""
    workshop = session(world)
    asked = sessions.asked_questions(workshop)
    client = phone(workshop)
    client.post(f"/a/{workshop.code}/1/", answer("2", "3"))
    questionnaires.remove_question(world.access(), asked[0].code)
    say(world, asked="on", facet="F01", text="Une autre ?")
    assert questionnaires.adopt_draft(world.access())
    assert sessions.asked_questions(workshop) == asked
    assert asked[0].text in client.get(f"/a/{workshop.code}/1/").content.decode()
    assert Answer.objects.get().question == asked[0]
    assert diagnostic(world, 2026).questionnaire.number == 2
    shown = world.client("reader").get(world.url("questions/?version=1")).content.decode()
    assert asked[0].text in shown and asked[0].levels[4] in shown and "Une autre ?" not in shown


def test_six_questions_a_workshop_or_the_draft_stays_a_draft(world: World) -> None:
    """Q02 is no longer asked in the room, then Q01 is in its place: five, then six again."""
    questions = questionnaires.current_version(world.access()).questions
    say(world, questions.get(code="Q02"), asked=None)
    refused = draft(world, do="adopt")
    assert refused.status_code == 422
    assert "Atelier 1 : 5 questions en salle. Il en faut 6 : posez-en 1 de plus." in page(refused)
    assert questionnaires.current_version(world.access()).number == 1
    inside = questionnaires.find_draft(world.access())
    assert inside
    say(world, inside.questions.get(code="Q01"), asked="on")
    say(world, inside.questions.get(code="Q03"), asked="on")
    assert "7 questions en salle. Il en faut 6 : remplissez-en 1 d’avance." in page(draft(world, do="adopt"))
    say(world, inside.questions.get(code="Q03"), asked=None)
    assert draft(world, do="adopt").status_code == 302
    assert questionnaires.count_asked_questions(questionnaires.current_version(world.access())) == {1: 6, 2: 6, 3: 6}


def test_a_question_is_added_and_removed_in_the_page(world: World) -> None:
    assert say(world, text="Les achats passent-ils par le numérique ?", targets=["ONR-2.1"]).status_code == 302
    inside = questionnaires.find_draft(world.access())
    added = inside and inside.questions.get(code="Q55")
    assert inside and added
    assert (added.text, added.targets) == ("Les achats passent-ils par le numérique ?", ["ONR-2.1"])
    gone = inside.questions.get(code="Q54")
    world.client("officer").post(world.url(f"questions/{gone.pk}/"), {"do": "remove"})
    changes = {
        question.code: differences
        for question, differences, _compares in questionnaires.compare_versions(
            questionnaires.current_version(world.access()), inside
        )
    }
    assert changes == {"Q54": "retirée", "Q55": "ajoutée"}
    inside.questions.filter(code="Q55").delete()
    say(world)
    assert not inside.questions.filter(code="Q54").exists(), "a code that served is not given again"


def test_a_facet_is_renamed_moved_added_and_one_without_question_goes(world: World) -> None:
    draft(world, do="open")
    inside = questionnaires.find_draft(world.access())
    assert inside
    names = {f"facet-{one.code}-label": one.label for one in inside.facets.all()}
    names |= {f"facet-{one.code}-workshop": str(one.workshop) for one in inside.facets.all()}
    new = {"facet--label": "Santé au travail", "facet--workshop": "3"}
    assert draft(world, do="facets", **names | new | {"facet-F04-label": "Réemploi"}).status_code == 302
    assert inside.facets.get(code="F04").label == "Réemploi"
    added = inside.facets.get(label="Santé au travail")
    assert (added.code, added.workshop) == ("F14", 3)
    assert "« Santé au travail » n’a aucune question" in page(draft(world, do="adopt"))
    kept = draft(world, do="facets", **names | {"facet-F04-label": "", "facet--label": "", "facet--workshop": "1"})
    assert kept.status_code == 422 and "gardez-lui un nom" in page(kept)
    gone = {"facet-F14-label": "", "facet-F14-workshop": "3", "facet--label": "", "facet--workshop": "1"}
    assert draft(world, do="facets", **names | gone).status_code == 302
    assert not inside.facets.filter(code="F14").exists()


def test_a_draft_is_given_up_with_a_tick(world: World) -> None:
    draft(world, do="open")
    assert draft(world, do="drop").status_code == 422
    assert draft(world, do="drop", sure="on").status_code == 302
    assert [one.number for one in Questionnaire.objects.all()] == [1]


def test_an_old_question_leads_to_that_of_the_draft(world: World) -> None:
    old = diagnostic(world).questionnaire.questions.get(code="Q05")
    say(world, old, text="Autre texte")
    inside = questionnaires.find_draft(world.access())
    assert inside
    newest = inside.questions.get(code="Q05")
    assert world.client("officer").get(world.url(f"questions/{old.pk}/"))["Location"].endswith(f"/{newest.pk}/")


# -------------------------------------------------------------------------------------------------------- as a table


def test_the_table_goes_out_and_comes_back_without_a_change(world: World) -> None:
    version = questionnaires.current_version(world.access())
    for content in (write_csv(question_table.table_of_questions(version)), question_table.write_workbook(version)):
        assert question_table.import_table(world.access(), "questions", content) == []
        inside = questionnaires.find_draft(world.access())
        assert inside and questionnaires.compare_versions(version, inside) == []
    out = world.client("reader").get(world.url("questions/tableau.csv"))
    assert out["Content-Disposition"] == 'attachment; filename="questions-v1.csv"'
    assert world.client("reader").get(world.url("questions/tableau.csv?version=2")).status_code == 404, "a draft"


def test_a_table_edited_in_a_spreadsheet_becomes_the_draft(world: World) -> None:
    """One question reworded, one removed, one added without a code, a column of the officer's own."""
    given = lines(questionnaires.current_version(world.access()))
    given = [line | {"Mes notes": "à voir"} for line in given if line["Code"] != "Q54"]
    given[0]["Question"] = "Le calcul est-il refait chaque année ?"
    given.append(
        given[0] | {"Code": "", "Question": "Le calcul est-il publié ?", "Posée en salle": "NON", "Minutes": ""}
    )
    assert sent(world, given).status_code == 302
    inside = questionnaires.find_draft(world.access())
    assert inside
    changes = {
        question.code: (differences, compares)
        for question, differences, compares in questionnaires.compare_versions(
            questionnaires.current_version(world.access()), inside
        )
    }
    assert changes == {"Q01": ("question reformulée", False), "Q54": ("retirée", False), "Q55": ("ajoutée", False)}
    shown = page(world.client("officer").get(world.url("questions/brouillon/")))
    assert "Colonnes laissées de côté : Mes notes." in shown
    assert AuditLine.objects.get().what == "a remplacé le brouillon de questions par un tableau (54)"
    assert draft(world, do="adopt").status_code == 302


def test_every_fault_of_a_table_is_said_at_once_with_its_line_its_column_and_what_to_do(world: World) -> None:
    given = lines(questionnaires.current_version(world.access()))
    given[0] |= {"Atelier": "4", "Niveau 2": ""}
    given[1] |= {"Cibles": "ONR-1.1|ONR-77", "Minutes": "une heure"}
    given[2] |= {"Code": given[1]["Code"], "Posée en salle": "peut-être"}
    given[3] |= {"Question": "x" * 301, "Nom de la facette": "Autre nom", "Indicateur": "ZZ99"}
    refused = sent(world, given)
    shown = page(refused)
    assert refused.status_code == 422
    for text in (
        "Ligne 2, Atelier : Atelier inconnu. « 4 ». Écrire 1, 2 ou 3.",
        "Ligne 2, Niveau 2 : Cellule vide. Remplir cette cellule.",
        "Ligne 3, Cibles : Cible inconnue. « ONR-77 ».",
        "Ligne 3, Minutes : Ce n’est pas un temps. « une heure ». Écrire des minutes, de 1 à 60.",
        "Ligne 4, Code : Code déjà pris.",
        "Ligne 4, Posée en salle : Ni oui ni non. « peut-être ». Écrire oui ou non.",
        "Ligne 5, Question : 301 caractères, 300 au plus.",
        "Ligne 5, Indicateur : Indicateur inconnu. « ZZ99 ».",
    ):
        assert text in shown, text
    assert questionnaires.find_draft(world.access()) is None


def test_a_column_that_is_not_there_is_named(world: World) -> None:
    given = [
        {"Question": line["Question"], "Atelier": line["Atelier"]}
        for line in lines(questionnaires.current_version(world.access()))
    ]
    text = "\n".join(["Question;Atelier", *(f"{line['Question']};{line['Atelier']}" for line in given)])
    with pytest.raises(CannotUse) as refusal:
        question_table.import_table(world.access(), "questions.csv", text.encode())
    absent = [problem.column for problem in refusal.value.problems]
    assert absent == ["Facette", "Nom de la facette", *(f"Niveau {n}" for n in range(5)), "Posée en salle"]


def test_what_is_not_a_table_is_refused_and_changes_nothing(world: World) -> None:
    file = SimpleUploadedFile("questions.pdf", b"%PDF-1.7")
    answer = world.client("officer").post(world.url("questions/brouillon/"), {"do": "table", "file": file})
    assert answer.status_code == 422 and "document PDF" in page(answer)
    assert questionnaires.find_draft(world.access()) is None


def test_every_column_is_read_under_each_of_its_spellings() -> None:
    columns = question_table.COLUMNS.values()
    written = [text for row in columns for text in (row["header"], *row["spellings"].split("|"))]
    assert len({vocabulary.text_key(text) for text in written}) == len(written)


# ------------------------------------------------------------------------------------------------------- in a browser


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_draft_is_light_accessible_and_fits(live_server: Any, world: World, browser: Any) -> None:
    """With a fault to say, a change to show, the facets unfolded: on a phone and on a screen."""
    say(world, questionnaires.current_version(world.access()).questions.get(code="Q02"), asked=None)
    inside = questionnaires.find_draft(world.access())
    assert inside
    faults = []
    for width in (320, 1280):
        options = {"viewport": {"width": width, "height": 800}, "bypass_csp": True}
        with browsers.opened(browser, live_server.url, world.client("officer"), **options) as (page, visit):
            for rest in ("brouillon/", f"{inside.questions.get(code='Q02').pk}/", "nouvelle/", ""):
                visit.forget()
                page.goto(world.url(f"questions/{rest}"))
                page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
                elements = page.evaluate("document.querySelectorAll('*').length")
                overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                weight = sum(visit.fetched.values()) / 1000
                if elements > 700 or overflow > 0 or weight > 60:
                    faults.append(f"{rest} {width}: {elements} elements, {overflow} px too wide, {weight} kB")
                faults += [f"{rest} {width}: {fault}" for fault in browsers.violations(page)]
                browsers.picture(page, f"questions-{rest.rstrip('/') or 'version'}-{width}")
            assert visit.complaints == []
    assert faults == []
