"""The home page: the next step with who and when, the figure with what it misses, at most three things to look at."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from conftest import YEAR, World
from estran.portal import approach
from estran.portal.approach import DOING, DONE, TO_COME, Step
from estran.portal.collection.models import Campaign
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Membership
from estran.portal.publishing.models import AssemblyReport
from estran.portal.results import baselines
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db
CODES = ("charter", "diagnostic", "footprint", "vision", "strategy", "plan", "vote", "review")


def page(world: World, who: str = "officer") -> str:
    return world.client(who).get(world.url()).content.decode()


def path(**states: str) -> list[Step]:
    """The path with every step done but these."""
    return [Step(code, states.get(code, DONE), url=f"/{code}/") for code in CODES]


def test_an_organisation_that_begins_is_asked_for_a_first_estimate_and_a_reader_sees_who_does_it(world: World) -> None:
    shown = page(world)
    assert "Faire une première estimation" in shown and "maintenant, en dix minutes" in shown
    assert "L’empreinte" not in shown and shown.count("à venir") == 8
    assert "la personne qui pilote" in page(world, "reader")
    assert "Faire une première estimation" not in page(world, "reader")


def test_the_figure_says_its_interval_and_what_it_does_not_count(world: World, run: Run) -> None:
    shown = page(world)
    assert "Estimation" in shown and "entre" in shown
    assert "pour le climat" in shown or "Rien de ce qui a été donné ne manque" in shown
    assert "<svg" not in shown


def test_after_an_estimate_comes_the_collection_until_its_last_day(world: World, run: Run) -> None:
    assert "Ouvrir la collecte" in page(world)
    today = timezone.localdate()
    Campaign.objects.create(organisation=world.organisation, year=YEAR, opens_on=today, closes_on=date(2099, 3, 31))
    assert f"Suivre la collecte {YEAR}" in page(world)
    assert "avant le 31\u00a0mars 2099" in page(world)


def test_a_contributor_is_asked_for_the_answer_of_his_entity(world: World, run: Run) -> None:
    from estran.portal.collection import campaigns

    today = timezone.localdate()
    campaign = Campaign.objects.create(
        organisation=world.organisation, year=YEAR, opens_on=today, closes_on=date(2099, 3, 31)
    )
    campaigns.add_missing_answers(campaign)
    shown = page(world, "contributor")
    assert "attend la réponse de «\u00a0Collège Alice Guy\u00a0»" in shown
    answer = campaign.answers.get(entity=world.school)
    assert f"/reponses/{answer.pk}/" in shown


def test_once_the_reference_is_frozen_the_steps_left_come_in_their_order(world: World, run: Run) -> None:
    baselines.freeze_run(world.access(), run, decided_on=date(2026, 3, 16), decision="Année de référence", number="")
    assert "Saisir la charte" in page(world)
    for states, button in (
        ({"diagnostic": TO_COME, "vision": TO_COME}, "Mener le diagnostic"),
        ({"vision": DOING, "vote": TO_COME}, "Préparer l’atelier de vision"),
        ({"strategy": TO_COME, "plan": TO_COME, "vote": TO_COME}, "Écrire la stratégie"),
        ({"strategy": DOING, "plan": TO_COME, "vote": TO_COME}, "Écrire le plan d’action"),
        ({"strategy": DOING, "plan": DOING, "vote": TO_COME}, "Préparer le vote"),
    ):
        step = approach._first_step_left(world.access(), path(**states))
        assert step and step.button == button
    assert approach._first_step_left(world.access(), path(plan=DOING, review=TO_COME)) is None


def test_each_year_has_its_round_collect_freeze_review_then_the_plan(world: World, run: Run) -> None:
    access, ended = world.access(), timezone.localdate().year - 1
    run.year = ended - 1
    assert approach._step_of_the_year(access, run).button == f"Ouvrir la collecte {ended}"
    Run.objects.filter(pk=run.pk).update(year=ended)
    run.refresh_from_db()
    assert approach._step_of_the_year(access, run).button == f"Relire le bilan {ended}"
    baselines.freeze_run(access, run, decided_on=date(2026, 3, 16), decision="Année de référence", number="")
    run.refresh_from_db()
    assert approach._step_of_the_year(access, run).button == "Composer la revue annuelle"
    AssemblyReport.objects.create(
        organisation=world.organisation, kind="review", run=run, session=date(2026, 6, 1), content={"blocks": []}
    )
    step = approach._step_of_the_year(access, run)
    assert step.button == "Voir les actions du plan" and str(ended + 2) in step.why


def test_a_work_that_failed_is_said_to_the_officer_until_the_same_is_done(world: World) -> None:
    person = Membership.objects.get(person=world.people["officer"]).person
    values = {
        "organisation": world.organisation,
        "kind": "run",
        "title": "Calcul 2025",
        "subject": {},
        "person": person,
    }
    Job.objects.create(key="1", state=Job.FAILED, **values)
    assert "Un travail a échoué\u00a0: Calcul 2025." in page(world)
    assert "Un travail a échoué" not in page(world, "reader")
    Job.objects.create(key="2", state=Job.DONE, **values)
    assert "Un travail a échoué" not in page(world)
