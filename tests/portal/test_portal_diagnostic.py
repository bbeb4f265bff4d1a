"""The diagnostic: places on the matrix computed by hand, two passes, what is filled in and ranked."""

from __future__ import annotations

import pytest
from diagnosing import agree, diagnostic, session

from conftest import World
from estran.portal.diagnostic import assessment, questionnaires
from estran.portal.diagnostic.models import Diagnostic, Finding

pytestmark = pytest.mark.django_db


def finding(practice: int | None, importance: int | None = 3) -> Finding:
    return Finding(filled_practice=practice, filled_importance=importance)


# ---------------------------------------------------------------------------------------------- the rules of the matrix


@pytest.mark.parametrize(
    ("levels", "performance", "priority", "label"),
    [
        ((1, 2, 3), 3, 4, "Moyen terme"),  # mean 2; key 33
        ((1, 1, 2), 2, 5, "Prioritaire"),  # mean 1.33; key 32
        ((0, 1, 1), 1, 6, "Urgent"),  # mean 0.67; key 31
        ((3, 3, 4), 4, 2, "Consolidation"),  # mean 3.33; key 34
    ],
)
def test_practice_leads_to_performance_then_to_a_priority(
    levels: tuple[int, ...], performance: int, priority: int, label: str
) -> None:
    """Worked examples of the method: the mean of practices, importance 3 (very important)."""
    at = assessment.place_findings("ONR-1.2", "Durée", [finding(level) for level in levels])
    assert (at.performance, at.priority, at.priority_label) == (performance, priority, label)


def test_i_do_not_know_is_left_out_of_the_mean_and_counted_apart() -> None:
    at = assessment.place_findings("x", "x", [finding(4), finding(None), finding(2)])
    assert (at.practice, at.known, at.questions) == (3.0, 2, 3)


def test_importance_is_the_median_rounded_up() -> None:
    rows = [finding(1, importance) for importance in (1, 2)]
    assert assessment.place_findings("x", "x", rows).importance == 2  # median 1.5


def test_nothing_known_is_no_place_at_all() -> None:
    at = assessment.place_findings("x", "x", [None, finding(None, None)])
    assert (at.practice, at.performance, at.priority) == (None, None, None)


def test_a_facet_reads_what_the_room_agreed_on_before_what_was_filled_in(world: World) -> None:
    diagnosis = diagnostic(world)
    agreed = agree(diagnosis, "Q12", 3, 2)  # facet F04: Q12 to Q15
    agreed.agreed_practice, agreed.agreed_importance = 1, 3
    agreed.settled_at = "2025-06-03T10:00Z"
    agreed.save()
    agree(diagnosis, "Q13", 2, 3)
    facet = next(at for at in assessment.assess_diagnostic(diagnosis).facets if at.code == "F04")
    assert (facet.practice, facet.importance, facet.known) == (1.5, 3, 2)


# ----------------------------------------------------------------------------------------------------------- two passes


def test_two_passes_compare_the_questions_that_are_word_for_word_the_same(world: World) -> None:
    """Facet F04 has four questions: one is reworded between the passes, one is unknown in the second."""
    first = diagnostic(world, 2022)
    for code, practice in (("Q12", 1), ("Q13", 2), ("Q14", 0), ("Q15", 2)):
        agree(first, code, practice, 2)
    access = world.access()
    questionnaires.write_question(access, "Q14", "F04", text="L’effacement est-il attesté ?")
    assert questionnaires.adopt_draft(access)
    second = diagnostic(world, 2025)
    for code, practice in (("Q12", 3), ("Q13", None), ("Q14", 4), ("Q15", 3)):
        agree(second, code, practice, 2)
    row = next(row for row in assessment.compare_diagnostics(first, second) if row.label == "Réemploi et fin de vie")
    assert (row.same, row.questions, row.before, row.after) == (2, 4, 1.5, 3.0)  # Q12 and Q15
    page = world.client("reader").get(world.url(f"diagnostic/{second.pk}/")).content.decode()
    assert "Depuis 2022" in page and "2 sur 4" in page


# ------------------------------------------------------------------------------------------------------------ its pages


def test_the_officer_opens_a_pass_fills_it_in_and_ranks(world: World) -> None:
    officer = world.client("officer")
    place = officer.post(world.url("diagnostic/"), {"year": "2025"})["Location"]
    assert officer.post(world.url("diagnostic/"), {"year": "2025"}).status_code == 422, "one pass a year"
    filled = officer.post(
        f"{place}preparer/?atelier=1", {"Q01-practice": "3", "Q01-importance": "2", "Q01-evidence": "Bilan 2025"}
    )
    assert filled.status_code == 302
    agreed = Finding.objects.get(question__code="Q01")
    assert (agreed.practice, agreed.importance, agreed.evidence, agreed.settled) == (3, 2, "Bilan 2025", False)
    assert Finding.objects.get(question__code="Q03").practice is None, "left empty: « je ne sais pas »"
    ranked = officer.post(f"{place}priorites/", {"rank_1": "ONR-1.2", "rank_2": "ONR-1.5"})
    assert ranked.status_code == 302
    page = world.client("reader").get(place).content.decode()
    assert page.index("Durée d’usage allongée") < page.index("Déchet considéré comme ressource")
    twice = officer.post(f"{place}priorites/", {"rank_1": "ONR-1.2", "rank_2": "ONR-1.2"})
    assert twice.status_code == 422
    assert [chosen.target for chosen in Diagnostic.objects.get().priorities.all()] == ["ONR-1.2", "ONR-1.5"]


def test_a_pass_that_has_not_begun_may_take_the_newer_version(world: World) -> None:
    """Once something is filled in or a workshop is open, the pass keeps its questions."""
    diagnosis = diagnostic(world)
    access = world.access()
    questionnaires.write_question(access, "Q14", "F04", text="L’effacement est-il attesté ?")
    assert questionnaires.adopt_draft(access)
    place = world.url(f"diagnostic/{diagnosis.pk}/")
    world.client("officer").post(place, {"do": "version"})
    diagnosis.refresh_from_db()
    assert diagnosis.questionnaire.number == 2
    questionnaires.write_question(access, "Q14", "F04", text="Encore autrement ?")
    assert questionnaires.adopt_draft(access)
    agree(diagnosis, "Q01", 2, 2)
    assert "Poser plutôt" not in world.client("officer").get(place).content.decode()
    world.client("officer").post(place, {"do": "version"})
    diagnosis.refresh_from_db()
    assert diagnosis.questionnaire.number == 2


def test_the_chart_shows_each_known_facet_once_with_what_is_urgent_in_words(world: World) -> None:
    diagnosis = diagnostic(world)
    for code in ("Q12", "Q19", "Q01"):
        agree(diagnosis, code, 0, 3)
    page = world.client("reader").get(world.url(f"diagnostic/{diagnosis.pk}/")).content.decode()
    wide = page[page.index('class="wide"') : page.index('class="narrow"')]
    assert wide.count("urgent") == 3 and "Très importante" in wide
    assert 'role="img" aria-label="La pratique, facette par facette. Points, pratique de 0 à 4.' in page


def test_an_officer_opens_a_session_from_the_pass(world: World) -> None:
    diagnosis = diagnostic(world)
    answer = world.client("officer").post(world.url(f"diagnostic/{diagnosis.pk}/ateliers/"), {"workshop": "2"})
    workshop = diagnosis.sessions.get()
    assert answer["Location"] == world.url(f"ateliers/{workshop.pk}/")
    assert (workshop.workshop, workshop.facilitator, len(workshop.code)) == (2, world.people["officer"], 6)
    assert (
        world.client("officer").post(world.url(f"diagnostic/{diagnosis.pk}/ateliers/"), {"workshop": "4"}).status_code
        == 302
    )
    assert diagnosis.sessions.count() == 1


def test_pages_stay_light(world: World) -> None:
    diagnosis = session(world).diagnostic
    for question in diagnosis.questionnaire.questions.all():
        agree(diagnosis, question.code, 2, 2)
    for rest in ("", "preparer/?atelier=1", "priorites/", "feuilles/"):
        page = world.client("officer").get(world.url(f"diagnostic/{diagnosis.pk}/{rest}")).content
        assert len(page) < 45_000, rest
        assert page.count(b"<") - page.count(b"</") < 700, rest
