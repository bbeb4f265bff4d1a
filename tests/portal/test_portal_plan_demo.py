"""The strategy of the demonstration as the portal loads it: its votes, its actions, its effects, twelve requests."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

import estran.demo
from conftest import Keep, World
from estran.common.shipped import text_rows
from estran.portal import demo_approach
from estran.portal.common import catalogue_rows
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.plan import effects, votes
from estran.portal.plan.models import PLAN, STRATEGY, Act, Action, Objective, Projection, Strategy
from estran.portal.requests.models import Request
from estran.portal.results.models import Run
from estran.projection.results import ProjectionResults

pytestmark = pytest.mark.django_db
FACTS = Path(estran.demo.__file__).parent / "facts"


@pytest.fixture
def loaded(world: World, run: Run, keep: Keep) -> World:
    """The strategy of the demonstration on the run of the tests."""
    keep("plan of the demonstration", lambda: load_plan(world, run))
    return world


def load_plan(world: World, run: Run) -> None:
    demo_approach.load_plan(world.access(), FACTS, run)
    demo_approach.load_requests(world.access())


def test_the_strategy_and_the_plan_were_voted_in_2023_then_moved(loaded: World) -> None:
    voted = {act.version.kind: act for act in Act.objects.select_related("version")}
    results = {kind: (act.session, act.votes_for, act.votes_against, act.abstentions) for kind, act in voted.items()}
    assert results == {STRATEGY: (date(2023, 2, 13), 36, 0, 14), PLAN: (date(2023, 6, 19), 34, 2, 14)}
    assert {
        "what": "Garder les ordinateurs huit ans",
        "field": "cible",
        "before": "7,8",
        "after": "8",
    } in votes.changes_since_vote(voted[STRATEGY])
    added = [row["what"] for row in votes.changes_since_vote(voted[PLAN]) if row["after"] == "ajouté"]
    assert len(added) == 4 and "Déployer veille et arrêt des postes et écrans" in added


def test_the_seventeen_actions_already_there_were_voted(loaded: World) -> None:
    voted = json.loads(Act.objects.get(version__kind=PLAN).version.content)["actions"].values()
    existing = {row["code"] for row in text_rows("actions") if row["kind"] == "existing"}
    assert {one["code"] for one in voted} == existing and len(existing) == 17


def test_every_objective_is_measurable_and_every_status_is_there(loaded: World) -> None:
    assert [one.title for one in Objective.objects.all() if one.missing] == []
    assert Objective.objects.count() == 8
    # « À discuter » is that of the action that an idea of the vision workshop becomes.
    assert set(Action.objects.values_list("status", flat=True)) == {*catalogue_rows.STATUS_CODES} - {"to_discuss"}


def test_the_list_of_the_decree_is_optional_and_ticked_without_a_percentage(loaded: World) -> None:
    assert len(Strategy.objects.get().checked) == len(text_rows("strategy_checklist"))
    page = loaded.client("officer").get(loaded.url("strategie/modifier/")).content.decode()
    assert "facultative pour un département" in page


def test_the_effects_are_alone_together_and_shared_against_the_target(loaded: World) -> None:
    # Two actions on the same electricity: what they avoid together is less than the sum of each alone.
    shared = {"where": {"family": "workplace"}, "parameter": "kwh_per_unit", "times": 0.9, "from": 2027}
    Action.objects.filter(code="A12").update(levers=[shared])
    Objective.objects.filter(indicator="FP04").update(start_on=date(2025, 12, 31))
    assert queue.run_at_once(effects.ask_projection(loaded.access())).state == Job.DONE
    projection = Projection.objects.latest("pk")
    results = ProjectionResults(projection.folder)
    alone, together, overlap = (results.joint[name] for name in ("alone", "together", "overlap"))
    assert alone - together == pytest.approx(overlap) and overlap > 0
    assert results.project["target"]["value"] == pytest.approx(results.project["base"][results.criterion] * 0.7)
    shown = {
        code: effects.effect_of_action(Action.objects.get(code=code), projection)
        for code in ("A04", "A05", "A33", "A36")
    }
    assert shown["A36"] and shown["A36"]["alone_stock"] < 0
    assert shown["A05"] and shown["A05"]["note"] == "effet non calculé\u00a0: indiquez la situation d’avant"
    assert shown["A04"] and "durée de vie totale" in shown["A04"]["note"], "no own values beside the run of the tests"
    assert shown["A33"] is None, "a dropped action is out of the plan"


def test_the_twelve_requests_show_every_outcome_and_what_is_not_known(loaded: World) -> None:
    requests = list(Request.objects.prefetch_related("options"))
    assert len(requests) == 12
    assert {one.decision for one in requests} == {"", "go", "redesign", "no_go"}
    assert {one.small for one in requests} == {True, False}
    assert any(one.review for one in requests) and any(one.cost is None for one in requests)
    assert any(one.saving_kg and one.saving_source for one in requests), "an enabling project"
    page = loaded.client("reader").get(loaded.url("demandes/")).content.decode()
    assert "non renseigné" in page and page.count('<th scope="row">') == 12
