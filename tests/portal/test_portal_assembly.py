"""The documents of a session: the questions of a reader who looks for a fault, on what the portal composes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date

import docx
import plan_world
import pptx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import COUNTS, YEAR, Keep, World
from estran.common.shipped import row_labels
from estran.portal import approach
from estran.portal.diagnostic.models import Charter, TargetProof, TargetReview
from estran.portal.estates import estimate
from estran.portal.jobs import queue
from estran.portal.plan import effects, votes
from estran.portal.plan.models import Action, Budget, Reading, Strategy
from estran.portal.publishing import assembly, result_wording
from estran.portal.publishing.facts import SessionFacts
from estran.portal.publishing.models import AssemblyReport, AssemblyText, Template
from estran.portal.publishing.wording import Tonnes
from estran.portal.publishing.words import lowered
from estran.portal.results import baselines, figures
from estran.portal.results.models import Run
from estran.reporting.assembly import outline
from estran.reporting.blocks import Chart, Document, Heading, Items, Paragraph, Table, plain_texts

pytestmark = pytest.mark.django_db
SESSION = date(2026, 6, 18)
# Rule 2.7: what never stands in the body of a report.
RESIDUE = re.compile(
    r"remède|estran |overlay|\.csv|\bRCP\b|\bF\d{1,2}\b|[0-9a-f]{12}|kg Sb|95 %|significatif|ambitieux"
)


@pytest.fixture
def frozen(world: World, run: Run, keep: Keep) -> Run:
    """A frozen run, a strategy that starts from it, an objective read in it, an action projected, a vote."""
    return keep("plan on a frozen run", lambda: plan_on_frozen(world, run))


def plan_on_frozen(world: World, run: Run) -> Run:
    access = world.access()
    baselines.freeze_run(access, run, decided_on=date(2026, 3, 16), decision="Année de référence", number="2026-41")
    plan_world.strategy(world, run)
    objective = plan_world.objective(world)
    Reading.objects.create(
        organisation=world.organisation, objective=objective, on=date(2025, 12, 31), value=6.5, run=run,
        source=f"bilan n° {run.pk}",
    )  # fmt: skip
    action = plan_world.action(world, objective=objective, levers=[plan_world.LEVER], before=plan_world.BEFORE)
    Budget.objects.create(
        organisation=world.organisation, action=action, year=2026, nature="savings", forecast=310000.0
    )
    votes.record_vote(access, "plan", session=date(2026, 3, 16), **plan_world.VOTE)
    assert queue.run_at_once(effects.ask_projection(access)).state == "done"
    return run


def composed(world: World, run: Run | None, moment: str = "plan") -> AssemblyReport:
    given = {"session": SESSION.isoformat()} | ({"run": run.pk} if run else {})
    answer = world.client("officer").post(world.url(f"rapports/preparer/{moment}/"), given)
    assert answer.status_code == 302, answer.content.decode()
    return AssemblyReport.objects.latest("pk")


def document(report: AssemblyReport, name: str = "report") -> Document:
    kept = assembly.report_blocks(report, name)
    assert kept
    return kept


def texts_of(report: AssemblyReport, name: str = "report") -> str:
    blocks = document(report, name).blocks
    return "\n".join([*plain_texts(blocks), *(one.text for one in blocks if isinstance(one, Heading))])


def given_back(world: World, report: AssemblyReport, name: str) -> bytes:
    answer = world.client("officer").get(world.url(f"rapports/{report.pk}/{name}"))
    assert answer.status_code == 200, name
    return answer.content


def settle_all(world: World, moment: str) -> None:
    """Write every passage of a moment, as a person would."""
    officer = world.client("officer")
    page = officer.get(world.url(f"rapports/preparer/{moment}/")).content.decode()
    for field in dict.fromkeys(re.findall(rf"preparer/{moment}/(H\d+)/", page)):
        place = world.url(f"rapports/preparer/{moment}/{field}/")
        shown = officer.get(place).content.decode()
        for subject in re.findall(r'name="subject"(?: value="([^"]*)")?', shown):
            given = {"subject": subject.replace("&#39;", "'"), "text": "Nous l’écrivons.", "action": "keep"}
            assert officer.post(place, given).status_code == 302, (field, subject)


# ----------------------------------------------------------------------------------- an authority with only a charter


@pytest.fixture
def founded(world: World) -> AssemblyReport:
    values = {
        "approved_on": date(2026, 6, 18),
        "number": "2026-60",
        "signed_on": date(2026, 7, 1),
        "signatory": "la présidente",
    }
    Charter.objects.create(organisation=world.organisation, title="Charte", **values)
    return composed(world, None, "founding")


def test_a_founding_deliberation_needs_no_run_and_says_whether_the_law_binds(
    world: World, founded: AssemblyReport
) -> None:
    body = texts_of(founded)
    assert founded.run is None and founded.open_passages > 0
    assert f"Projet – {founded.open_passages} passages à compléter" in body
    assert "elle ne nomme pas les départements" in body and "Le Conseil départemental" in body
    act = texts_of(founded, "act")
    assert "approuve la charte" in act and "L. 3211-1" in act and "service juridique" in act
    assert "tonnes d’équivalent CO₂ en 2022" in body and "ADEME" in body


@pytest.mark.parametrize("moment", ["founding", "diagnostic", "plan", "review", "end"])
def test_each_moment_is_composed_and_reads_as_sentences(world: World, frozen: Run, moment: str) -> None:
    """Questions 9, 10, 11, 21 and 23."""
    report = composed(world, None if moment == "founding" else frozen, moment)
    blocks = document(report).blocks
    headings = [one.text for one in blocks if isinstance(one, Heading) and one.level == 1]
    assert all(len(one.split()) > 3 for one in headings), headings
    assert outline.share_of_sentences(blocks) > 0.7
    tables, charts = ([one for one in blocks if isinstance(one, kind)] for kind in (Table, Chart))
    assert len(tables) <= 3 and len(charts) <= 2
    body = texts_of(report)
    assert not RESIDUE.search(body), RESIDUE.search(body)
    assert "{" not in body and report.open_passages > 0 and "passages à compléter" in body


def test_no_name_of_a_person_is_in_the_body(world: World, frozen: Run) -> None:
    """Question 22: a directorate answers, never an agent."""
    Action.objects.update(pilot_name="Jean Dupont", status="late")
    assert "Dupont" not in texts_of(composed(world, frozen)) + texts_of(composed(world, frozen, "review"))


def test_a_document_is_no_draft_once_a_person_settled_every_passage(world: World, frozen: Run) -> None:
    settle_all(world, "plan")
    report = composed(world, frozen)
    assert report.open_passages == 0, AssemblyText.objects.values_list("field", "subject")
    assert "Projet –" not in texts_of(report) and "Nous l’écrivons." in texts_of(report)


def test_a_passage_is_never_rewritten_and_may_be_left_out(world: World) -> None:
    place = world.url("rapports/preparer/founding/H1/")
    officer = world.client("officer")
    for text, action in (("Premier texte.", "keep"), ("Second texte.", "keep"), ("", "leave")):
        assert officer.post(place, {"subject": "", "text": text, "action": action}).status_code == 302
    assert [one.text for one in AssemblyText.objects.all()] == ["Premier texte.", "Second texte.", ""]
    long = {"subject": "", "text": "mot " * 121, "action": "keep"}
    assert officer.post(place, long).status_code == 422


# --------------------------------------------------------------------------------------------------- what is promised


def test_a_target_that_the_plan_misses_is_in_the_body_and_in_an_article(world: World, frozen: Run) -> None:
    """Questions 12 and 16: what is missing is the difference of the two figures printed."""
    Strategy.objects.update(reduction=0.9)
    body = texts_of(composed(world, frozen))
    with_plan, target, missing = (
        float(re.sub(r"[\s\u202f\u00a0]", "", re.search(pattern, body)[1]).replace(",", "."))  # type: ignore[index]
        for pattern in (
            r"avec lui, d’environ ([\d\s,]+)tonne",
            r"La cible est de ([\d\s,]+)tonne",
            r"il manque ([\d\s,]+)tonne",
        )
    )
    assert missing == pytest.approx(with_plan - target)
    assert "prend acte que les actions chiffrées" in body and "mesures complémentaires" in body


def test_no_objective_is_ahead_alone(world: World, frozen: Run) -> None:
    """Question 17."""
    Action.objects.update(status="late")
    body = texts_of(composed(world, frozen, "review"))
    assert "en avance" not in body.replace("en avance aujourd’hui, mais", "")
    assert "l’action A01 est notée « en retard »" in body


def test_what_is_to_discuss_is_apart_and_what_is_dropped_in_the_annex(world: World, frozen: Run) -> None:
    """Questions 8 and 19."""
    plan_world.action(world, "A90", title="Un écran par poste", status="to_discuss")
    plan_world.action(world, "A91", title="Acheter des tablettes", status="dropped")
    report = composed(world, frozen)
    listed = [str(item) for block in document(report).blocks if isinstance(block, Items) for item in block.items]
    assert not any("écran par poste" in one.casefold() or "tablettes" in one for one in listed)
    assert "ne sont pas soumises au vote\u00a0: « un écran par poste »" in texts_of(report)
    assert "Acheter des tablettes" in texts_of(report, "annex")


def test_new_costs_new_savings_and_savings_won_are_three_lines(world: World, frozen: Run) -> None:
    """Question 20."""
    rule = plan_world.action(world, "A80", status="done", ends_on=date(2019, 12, 31), title="Cinq ans")
    for action, nature, euros in ((rule, "savings", 500000.0), (Action.objects.get(code="A01"), "running", 12000.0)):
        Budget.objects.create(organisation=world.organisation, action=action, year=2027, nature=nature, forecast=euros)
    blocks = document(composed(world, frozen)).blocks
    money = next(block for block in blocks if isinstance(block, Table) and "argent" in block.caption)
    assert {str(row[0]) for row in money.rows} == {
        "Dépenses nouvelles, fonctionnement", "Économies nouvelles", "Économies déjà acquises par une "
            "décision antérieure",
    }  # fmt: skip
    body = "\n".join(plain_texts(blocks))
    assert "demandent 12\u202f000\u00a0euros" in body and "économisent déjà 500\u202f000\u00a0euros" in body


def test_the_same_figure_stands_in_every_document(world: World, frozen: Run) -> None:
    """Question 24."""
    report = composed(world, frozen)
    total = figures.of(frozen).carbon["mean"]
    level = re.compile(r"notre numérique a émis environ ([\d\s\u202f,]+\u00a0tonnes)")
    read = {name: set(level.findall(texts_of(report, name))) for name in ("report", "page", "act", "note")}
    assert read["report"] == read["page"] == read["act"] == read["note"] != set()
    (figure,) = read["report"]
    assert float(re.sub(r"\D", "", figure)) == pytest.approx(total / 1000, abs=10)


def test_figures_too_old_for_the_session_are_said_first(world: World, frozen: Run) -> None:
    """Question 25."""
    officer = world.client("officer")
    given = {"run": frozen.pk, "session": "2028-06-18"}
    assert officer.post(world.url("rapports/preparer/review/"), given).status_code == 302
    blocks = document(AssemblyReport.objects.latest("pk")).blocks
    first = next(one for one in blocks if isinstance(one, Paragraph) and not one.kind)
    assert first.text == "Les chiffres sont ceux de 2025, les derniers connus."


def test_two_years_are_compared_in_figures_that_subtract(
    world: World, frozen: Run, computed: Callable[[Run], None]
) -> None:
    access = world.access()
    before = Run.objects.create(
        organisation=world.organisation, year=YEAR - 1,
        inventory=estimate.make_inventory(access, YEAR - 1, {**COUNTS, "laptops": 3500}),
    )  # fmt: skip
    computed(before)
    before.keep_headline(figures.of(before).carbon)
    baselines.freeze_run(access, before, decided_on=date(2025, 3, 17), decision="Première année", number="")
    body = texts_of(composed(world, frozen, "review"))
    found = re.search(
        r"passe de ([\d\s\u202f,]+) à ([\d\s\u202f,]+)\u00a0tonnes\u00a0: elle baisse de ([\d\s\u202f,]+)\u00a0t", body
    )
    assert found, body
    old, new, delta = (float(re.sub(r"[\s\u202f]", "", one).replace(",", ".")) for one in found.groups())
    assert old - new == pytest.approx(delta)


# -------------------------------------------------------------------------------------------------------- the formats


def styles(content: bytes) -> set[str]:
    return {one.style.name for one in docx.Document(io.BytesIO(content)).paragraphs}


def test_the_files_keep_styles_properties_pictures_and_notes(world: World, frozen: Run) -> None:
    report = composed(world, frozen)
    act = given_back(world, report, "deliberation.docx")
    assert {"Visa", "Considérant", "Passage à compléter", "Projet"} <= styles(act)
    assert {"Annexe", "Heading 2"} <= styles(given_back(world, report, "annexes.docx"))
    word = docx.Document(io.BytesIO(given_back(world, report, "rapport.docx")))
    about = word.core_properties
    assert (about.author, about.language, about.created.year) == ("Département d’essai", "fr", report.made_at.year)
    pictures = word.element.body.findall(
        ".//{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
    )
    assert pictures and all(one.get("descr") for one in pictures)
    show = pptx.Presentation(io.BytesIO(given_back(world, report, "diaporama.pptx")))
    slides = list(show.slides)
    assert 3 <= len(slides) <= 10 and all(one.shapes.title.text for one in slides)
    shown = [shape.text_frame.text for one in slides for shape in one.shapes if shape.has_text_frame]
    assert not any("[run]" in text or "[registers]" in text for text in shown)
    assert any(one.notes_slide.notes_text_frame.text for one in slides)
    with zipfile.ZipFile(io.BytesIO(given_back(world, report, "dossier.zip"))) as archive:
        assert len(archive.namelist()) == 6


def test_what_was_composed_never_changes(world: World, frozen: Run) -> None:
    report = composed(world, frozen)
    before = given_back(world, report, "rapport.odt")
    Action.objects.update(title="Un autre titre")
    assert given_back(world, report, "rapport.odt") == before
    assert given_back(world, report, "rapport.pdf").startswith(b"%PDF-1.7")


def test_a_report_of_before_the_moments_is_still_given(world: World, frozen: Run) -> None:
    content = Document("Rapport", blocks=[Heading("En une page")]).as_values()
    old = AssemblyReport.objects.create(
        organisation=world.organisation, kind="plan", run=frozen, session=SESSION, content=content
    )
    assert "Heading 1" in styles(given_back(world, old, "rapport.docx"))


def test_a_run_that_is_not_frozen_makes_no_report(world: World, run: Run) -> None:
    given = {"run": run.pk, "session": "2026-06-18"}
    assert world.client("officer").post(world.url("rapports/preparer/plan/"), given).status_code == 422


def test_an_officers_template_is_used_and_a_false_one_is_refused(world: World, frozen: Run) -> None:
    model = docx.Document()
    model.sections[0].header.paragraphs[0].text = "Département d’essai"
    packed = io.BytesIO()
    model.save(packed)
    officer, address = world.client("officer"), world.url("rapports/modele/")
    wrong = officer.post(address, {"file": SimpleUploadedFile("modele.docx", b"pas un document")})
    assert wrong.status_code == 422 and "modèle" in wrong.content.decode()
    assert officer.post(address, {"file": SimpleUploadedFile("modele.docx", packed.getvalue())}).status_code == 302
    assert Template.objects.get().form == ".docx"
    made = docx.Document(io.BytesIO(given_back(world, composed(world, frozen), "rapport.docx")))
    assert made.sections[0].header.paragraphs[0].text == "Département d’essai"


def test_the_path_of_the_home_page_says_strategy_plan_and_vote(world: World, frozen: Run) -> None:
    path = {step.label: (step.state, step.on) for step in approach.assess_situation(world.access()).path}
    assert path["Stratégie"] == ("doing", None)
    assert path["Plan d’action"][0] == "doing"
    assert path["Vote"] == ("doing", date(2026, 3, 16))
    votes.record_vote(world.access(), "strategy", session=SESSION, **plan_world.VOTE)
    path = {step.label: (step.state, step.on) for step in approach.assess_situation(world.access()).path}
    assert path["Stratégie"] == ("done", SESSION) and path["Vote"] == ("done", SESSION)
    composed(world, frozen, "review")
    path = {step.label: (step.state, step.on) for step in approach.assess_situation(world.access()).path}
    assert path["Revue annuelle"] == ("done", SESSION)


def test_only_officers_read_a_report(world: World, frozen: Run) -> None:
    report = composed(world, frozen)
    assert world.client("reader").get(world.url(f"rapports/{report.pk}/rapport.pdf")).status_code == 403
    assert world.client("stranger").get(world.url(f"rapports/{report.pk}/")).status_code == 404
    assert world.client("officer").get(world.url(f"rapports/{report.pk}/autre.docx")).status_code == 404


# ------------------------------------------------------------------------------------ nothing is said that is not known


def test_what_is_kept_is_said_proven_only_with_a_proof(world: World) -> None:
    for target in ("ONR-1.1", "ONR-1.2"):
        TargetReview.objects.create(organisation=world.organisation, target=target, year=YEAR, done=True, why="Tenu.")
    TargetProof.objects.create(organisation=world.organisation, target="ONR-1.1", text="Procès-verbal")
    words = result_wording.tell_charter(SessionFacts(world.access()))[0]["charter_kept"]
    labels = row_labels("charter_targets")
    proven, unproven = words.split("sans pièce enregistrée")
    assert lowered(labels["ONR-1.1"]) in proven and lowered(labels["ONR-1.2"]) in unproven


def test_without_a_vote_nothing_is_said_to_be_unchanged_since(world: World) -> None:
    plan_world.action(world)
    assert result_wording.tell_moved(SessionFacts(world.access())) == ({}, {})


def test_a_fall_without_its_reference_is_no_target(world: World) -> None:
    Strategy.objects.create(
        organisation=world.organisation, title="Stratégie", from_year=2026, to_year=2030, reduction=0.3
    )
    facts = SessionFacts(world.access())
    assert result_wording._gap(facts, 1_000_000.0, Tonnes(1_000_000.0)) == {}


@pytest.mark.parametrize(
    ("n", "words"), [(1, "Projet – 1 passage à compléter"), (2, "Projet – 2 passages à compléter")]
)
def test_the_stamp_counts_passages(n: int, words: str) -> None:
    (block,) = outline.stamp(n)
    assert isinstance(block, Paragraph) and block.text == words
