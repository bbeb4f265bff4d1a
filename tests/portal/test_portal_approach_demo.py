"""The approach of the demonstration, as loaded: two passes that compare, a signed charter, a vision whose ideas live
on; and what it says is what its rooms could have said."""

from __future__ import annotations

import pytest

from conftest import Keep, World
from estran.demo.files import read_facts
from estran.portal import demo_approach
from estran.portal.diagnostic import assessment, questionnaires
from estran.portal.diagnostic.models import Charter, Diagnostic
from estran.portal.organisations.models import Entity
from estran.portal.results.models import Run
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Answer, Group, Participant, Session, Spread, Vision

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(world: World, run: Run, keep: Keep) -> World:
    """The département with its directorates, and the approach of the demonstration on its run."""
    keep("approach of the demonstration", lambda: load_approach(world, run))
    return world


def load_approach(world: World, run: Run) -> None:
    for row in read_facts("directorates"):
        Entity.objects.get_or_create(organisation=world.organisation, path=row["name"], defaults={"name": row["name"]})
    demo_approach.load_diagnostics(world.access())
    demo_approach.load_workshops(world.access(), run)


def test_two_passes_three_years_apart_each_with_its_own_version(loaded: World) -> None:
    passes = list(Diagnostic.objects.all())
    assert [(one.year, one.questionnaire.number) for one in passes] == [(2025, 2), (2022, 1)]
    assert all(questionnaires.check_version(one.questionnaire) == [] for one in passes)
    assert [one.findings.count() for one in passes] == [54, 54]
    assert [assessment.assess_diagnostic(one).open for one in passes] == [0, 0], (
        "each room concluded its eighteen questions"
    )
    compared = assessment.compare_diagnostics(passes[1], passes[0])
    assert sum(row.questions - row.same for row in compared) <= 4, "one reworded; a few nobody could tell"
    means = [(row.before, row.after) for row in compared]
    assert all(before is not None and after is not None and after > before for before, after in means)


def test_the_rooms_are_closed_and_their_numbers_hold_together(loaded: World) -> None:
    assert not Participant.objects.exists() and not Answer.objects.exists()
    for room in Session.objects.filter(diagnostic__isnull=False):
        assert room.closed and sum(row.people for row in room.presences.all()) == room.people
        assert {row.question for row in room.spreads.all()} == set(sessions.asked_questions(room))
    for row in Spread.objects.select_related("session", "question"):
        answers = sum(row.practice.values())
        assert sessions.FEWEST_ANSWERS <= answers == sum(row.importance.values()) <= row.session.people
        finding = row.session.diagnostic.findings.get(question=row.question)
        levels = [int(value) for value in row.practice if value]
        if finding.practice is None:  # a room may agree that it does not know, if many said so
            assert row.practice[""] * 2 > answers, row.question.code
        else:
            assert min(levels) <= finding.practice <= max(levels), row.question.code


def test_the_priorities_are_at_most_eight_targets_of_the_grid(loaded: World) -> None:
    known = {target.code for axis in assessment.read_grid(loaded.access()) for target in axis.targets}
    for one in Diagnostic.objects.all():
        chosen = [priority.target for priority in one.priorities.all()]
        assert 1 <= len(chosen) <= 8 and set(chosen) <= known


def test_the_charter_is_signed_kept_and_reviewed(loaded: World) -> None:
    charter = Charter.objects.get()
    assert (charter.number, charter.approved_on.year, charter.signed_on.year) == ("2022-11-17-08", 2022, 2022)
    assert charter.document.read_bytes().startswith(b"%PDF")
    axes = assessment.read_grid(loaded.access())
    assert sum(target.late for axis in axes for target in axis.targets) == 4
    review = assessment.review_of_year(axes, 0)
    assert review and review.years == [2025, 2024]
    assert review and 0 < review.done < len(review.reviewed), "something done, something not, and why"


def test_the_ideas_kept_are_in_the_strategy_with_their_trace_and_their_effect(loaded: World) -> None:
    vision = Vision.objects.get()
    groups = {group.title: group for group in Group.objects.all()}
    assert sum(group.points for group in groups.values()) <= vision.points_each * vision.voters
    laptops, welcome = (
        groups[row] for row in ("Garder les ordinateurs portables six ans", "Un accueil humain pour chaque démarche")
    )
    assert laptops.action and laptops.action.levers == [laptops.lever] and laptops.effect["kg"] < 0
    assert welcome.objective and welcome.objective.idea.startswith(vision.title) and welcome.effect is None
    for group in groups.values():
        assert group.ideas.count() >= 2 and all(idea.participant is None for idea in group.ideas.all())


@pytest.mark.parametrize("rest", ["diagnostic/", "questions/", "charte/", "charte/cibles/ONR-1.2/", "vision/"])
def test_a_reader_opens_the_pages_of_the_approach(loaded: World, rest: str) -> None:
    assert loaded.client("reader").get(loaded.url(rest)).status_code == 200


def test_a_reader_opens_each_pass_and_the_vision(loaded: World) -> None:
    places = [f"diagnostic/{one.pk}/" for one in Diagnostic.objects.all()]
    for rest in (*places, f"vision/{Vision.objects.get().pk}/"):
        page = loaded.client("reader").get(loaded.url(rest)).content.decode()
        assert "<h1" in page and "None" not in page
