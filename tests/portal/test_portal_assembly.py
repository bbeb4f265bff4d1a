"""The report to the assembly, from frozen runs, the diagnostic and the plan: each figure names its run."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date

import docx
import plan_world
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import COUNTS, YEAR, Keep, World
from estran.analysis.decomposition import compare_runs, comparison_sentences
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.portal import approach
from estran.portal.estates import estimate
from estran.portal.jobs import queue
from estran.portal.plan import effects, votes
from estran.portal.plan.models import Action, Budget, Projection, Reading
from estran.portal.publishing.models import AssemblyReport, Template
from estran.portal.results import baselines, figures
from estran.portal.results.models import Run
from estran.projection.results import ProjectionResults

pytestmark = pytest.mark.django_db


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


def composed(world: World, run: Run, kind: str = "plan") -> AssemblyReport:
    given = {"kind": kind, "run": run.pk, "session": "2026-06-18"}
    answer = world.client("officer").post(world.url("rapports/"), given)
    assert answer.status_code == 302, answer.content.decode()
    return AssemblyReport.objects.get()


def given_back(world: World, found: AssemblyReport, form: str) -> bytes:
    return world.client("officer").get(world.url(f"rapports/{found.pk}/rapport.{form}")).content


def said(content: bytes) -> str:
    made = docx.Document(io.BytesIO(content))
    cells = [cell.text for grid in made.tables for row in grid.rows for cell in row.cells]
    return " | ".join([*(paragraph.text for paragraph in made.paragraphs), *cells])


def test_the_figures_of_the_docx_are_those_of_the_run_and_carry_its_number(world: World, frozen: Run) -> None:
    everything = said(given_back(world, composed(world, frozen), "docx"))
    known = figures.of(frozen)
    carbon = known.carbon
    headline = formatting.interval(carbon["mean"], carbon["low"], carbon["high"], carbon["unit"])
    assert f"{headline} (bilan n° {frozen.pk})" in everything
    # Figures of a table add up to its total, printed below them: all have its step.
    step = formatting.step_beside(carbon["mean"], carbon["unit"], digits=4)
    whole = step.rounded(carbon["mean"])
    for rows in (known.parts, known.families):
        for row, steps in zip(rows, step.shared([row["mean"] for row in rows], whole), strict=True):
            assert f"{row['label']} | {step.cell(steps, row['mean'])}" in everything
    assert f"Total | {step.cell(whole)}" in everything
    assert f"6,5\u00a0ans (bilan n° {frozen.pk})" in everything


def test_the_effects_are_those_of_the_projection_and_carry_its_number(world: World, frozen: Run) -> None:
    everything = said(given_back(world, composed(world, frozen), "docx"))
    made = Projection.objects.get()
    prospects = ProjectionResults(made.folder)
    row = prospects.actions[0]
    assert f"projection n° {made.pk} du bilan n° {frozen.pk}" in everything
    scale = formatting.column_unit([row["alone_stock"]], prospects.unit)
    assert f"{row['code']} {row['title']} | {formatting.cell(-row['alone_stock'], scale[1])} | " in everything
    assert formatting.quantity(prospects.joint["together"], prospects.unit) in everything


def test_two_frozen_years_are_compared_with_their_interval_and_their_causes(
    world: World, frozen: Run, computed: Callable[[Run], None]
) -> None:
    access = world.access()
    counts = {**COUNTS, "laptops": 3500}
    before = Run.objects.create(
        organisation=world.organisation, inventory=estimate.make_inventory(access, YEAR - 1, counts), year=YEAR - 1
    )
    computed(before)
    before.keep_headline(figures.of(before).carbon)
    baselines.freeze_run(access, before, decided_on=date(2025, 3, 17), decision="Première année", number="")
    told = compare_runs(before.folder, frozen.folder)
    for kind in ("plan", "review"):
        everything = said(given_back(world, composed(world, frozen, kind), "docx"))
        figure = formatting.interval(before.mean, before.low, before.high, "kg CO2 eq")
        assert f"Année de référence\u00a0: {YEAR - 1}, {figure} (bilan n° {before.pk})" in everything
        assert comparison_sentences(told, Labels("fr"))[0] in everything
        unit = formatting.column_unit([told.whole.before, told.whole.after], "kg CO2 eq")
        assert f"nombre de matériels | {formatting.signed(told.whole.effects['volume'], unit[1])}" in everything
        AssemblyReport.objects.all().delete()


def test_the_report_has_its_chapters_as_headings(world: World, frozen: Run) -> None:
    made = docx.Document(io.BytesIO(given_back(world, composed(world, frozen), "docx")))
    chapters = [one.text for one in made.paragraphs if one.style.name == "Heading 1"]
    assert chapters == [
        "En une page", "Le point de référence et ses limites", "Les indicateurs", "Le diagnostic",
        "Les objectifs et les actions", "Les effets attendus", "Le budget", "Annexes",
    ]  # fmt: skip
    annexes = [one.text for one in made.paragraphs if one.style.name == "Heading 2"]
    assert annexes[-4:] == ["Méthode", "Tous les critères", "Sources", "Liste de conformité"]


def test_the_three_formats_are_given_and_a_report_kept_never_changes(world: World, frozen: Run) -> None:
    found = composed(world, frozen)
    before = given_back(world, found, "odt")
    Action.objects.update(title="Un autre titre")
    assert given_back(world, found, "odt") == before
    with zipfile.ZipFile(io.BytesIO(before)) as archive:
        assert "310\u202f000" in archive.read("content.xml").decode()
    assert given_back(world, found, "pdf").startswith(b"%PDF-1.7")


def test_the_yearly_review_says_what_moved_since_the_vote(world: World, frozen: Run) -> None:
    Action.objects.update(status="late")
    everything = said(given_back(world, composed(world, frozen, "review"), "docx"))
    assert "Depuis le vote du 16\u00a0mars 2026\u00a0: le plan d’action" in everything
    assert "statut | En cours | En retard" in everything
    path = {step.label: step for step in approach.assess_situation(world.access()).path}
    assert (path["Revue annuelle"].state, path["Revue annuelle"].on) == ("done", date(2026, 6, 18))


def test_a_run_that_is_not_frozen_makes_no_report(world: World, run: Run) -> None:
    given = {"kind": "plan", "run": run.pk, "session": "2026-06-18"}
    assert world.client("officer").post(world.url("rapports/"), given).status_code == 422


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
    made = docx.Document(io.BytesIO(given_back(world, composed(world, frozen), "docx")))
    assert made.sections[0].header.paragraphs[0].text == "Département d’essai"


def test_the_path_of_the_home_page_says_strategy_plan_and_vote(world: World, frozen: Run) -> None:
    path = {step.label: (step.state, step.on) for step in approach.assess_situation(world.access()).path}
    assert path["Stratégie"] == ("doing", None)
    assert path["Plan d’action"][0] == "doing"
    assert path["Vote"] == ("doing", date(2026, 3, 16))
    votes.record_vote(world.access(), "strategy", session=date(2026, 6, 18), **plan_world.VOTE)
    path = {step.label: (step.state, step.on) for step in approach.assess_situation(world.access()).path}
    assert path["Stratégie"] == ("done", date(2026, 6, 18)) and path["Vote"] == ("done", date(2026, 6, 18))


def test_only_officers_read_a_report(world: World, frozen: Run) -> None:
    found = composed(world, frozen)
    assert world.client("reader").get(world.url(f"rapports/{found.pk}/rapport.pdf")).status_code == 403
    assert world.client("stranger").get(world.url(f"rapports/{found.pk}/")).status_code == 404
    assert world.client("officer").get(world.url(f"rapports/{found.pk}/autre.docx")).status_code == 404
