"""Two officers write at once, in every form of the plan and of the requests: none loses in silence, both choose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import plan_world
import pytest

from conftest import World
from estran.common.language import use_language
from estran.common.shipped import row_labels
from estran.portal.plan import votes
from estran.portal.plan.models import Ambition, Budget, Objective, Step, Strategy
from estran.portal.requests.models import Grade, Option, Request, Thresholds
from estran.portal.results.models import Run

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
Known = tuple[str, dict[str, Any], str, str, Callable[[], Any]]
KEPT = {"decision": "go", "decided_on": "2026-01-10", "live_on": "2024-02-01"}


def strategy(world: World) -> Known:
    plan_world.strategy(world)
    given = {"title": "Stratégie", "from_year": 2023, "to_year": 2030}
    return "strategie/modifier/", given, "text", "asked", lambda: vars(Strategy.objects.get())


def ambition(world: World) -> Known:
    ambition = Ambition.objects.create(organisation=world.organisation, title="Garder plus longtemps")
    given = {"title": "Garder plus longtemps"}
    return f"ambitions/{ambition.pk}/", given, "text", "title", lambda: vars(Ambition.objects.get())


def objective(world: World) -> Known:
    objective = plan_world.objective(world)
    return (
        f"objectifs/{objective.pk}/modifier/",
        {"title": "Garder"},
        "slipped",
        "unit",
        lambda: vars(Objective.objects.get()),
    )


def action(world: World) -> Known:
    action = plan_world.action(world)

    def now() -> dict[str, Any]:
        action.refresh_from_db()
        return vars(action)

    return f"actions/{action.pk}/modifier/", {"code": "A01", "title": "Porter"}, "elected", "partners", now


def lever(world: World) -> Known:
    action = plan_world.action(world)
    given = {"parameter": "quantity", "group": "monitors", "how": "times", "value": "0,9", "first": 2026}

    def now() -> dict[str, Any]:
        action.refresh_from_db()
        return action.levers[0]["before"]

    return f"actions/{action.pk}/effet/1/", given, "source", "source", now


def step(world: World) -> Known:
    step = Step.objects.create(organisation=world.organisation, action=plan_world.action(world), title="Marché")
    return f"etapes/{step.pk}/", {"due_on": "2026-03-01"}, "title", "title", lambda: vars(Step.objects.get())


def budget(world: World) -> Known:
    place = f"actions/{plan_world.action(world).pk}/"
    given = {"year": 2026, "nature": "running"}
    return f"{place}budget/", given, "forecast", "actual", lambda: vars(Budget.objects.get())


def grades(world: World) -> Known:
    request = plan_world.request(world)
    return (
        f"demandes/{request.pk}/valeur/",
        {"V01": "2"},
        "V01_why",
        "V02_why",
        lambda: {"V01_why": Grade.objects.get().why},
    )


def sizing(world: World) -> Known:
    request = plan_world.request(world)
    now = Option.objects.filter(kind="project")
    return (
        f"demandes/{request.pk}/dimensionnement/", {}, "project-laptop", "project-desktop",
        lambda: {f"project-{code}": value for code, value in now.get().sizing.items()},
    )  # fmt: skip


def decision(world: World) -> Known:
    request = plan_world.request(world)
    return f"demandes/{request.pk}/decision/", KEPT, "reasons", "reasons", lambda: vars(Request.objects.get())


def review(world: World) -> Known:
    known = {name: date.fromisoformat(text) for name, text in KEPT.items() if name != "decision"}
    request = plan_world.request(world, decision="go", reasons="Utile", **known)
    given = {"review_on": "2026-03-01", "review": "keep"}
    return f"demandes/{request.pk}/bilan/", given, "review_text", "review_text", lambda: vars(Request.objects.get())


def thresholds(world: World) -> Known:
    return "demandes/taille/", {"items": "9", "cost": "8"}, "cost", "items", lambda: vars(Thresholds.objects.get())


FORMS = [strategy, ambition, objective, action, lever, step, budget, grades, sizing, decision, review, thresholds]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_the_second_officer_sees_both_texts_and_chooses(world: World, form: Callable[[World], Known]) -> None:
    address, given, field, other, now = form(world)
    page = "/".join(address.split("/")[:2]) + "/" if address.endswith("budget/") else address
    seen = {who: plan_world.seen(world.client(who).get(world.url(page))) for who in ("officer", "administrator")}

    def send(who: str, name: str, value: str) -> Any:
        return world.client(who).post(world.url(address), given | {name: value} | seen[who])

    assert send("officer", field, "71").status_code == 302
    refused = send("administrator", other, "82")
    text = refused.content.decode()
    assert refused.status_code == 409
    assert "Officer a écrit ici pendant que vous écriviez" in text
    assert "71" in text and "82" in text and "Enregistrer ma version" in text
    assert str(now()[field]).removesuffix(".0") == "71", "nothing was written over"
    seen["administrator"] = plan_world.seen(refused)
    assert send("administrator", field, "93").status_code == 302, "having seen both, he decides"
    assert str(now()[field]).removesuffix(".0") == "93"


def test_two_officers_who_write_the_strategy_for_the_first_time(world: World) -> None:
    given = {"from_year": 2023, "to_year": 2030}
    address = world.url("strategie/modifier/")
    assert world.client("officer").post(address, given | {"title": "La première"}).status_code == 302
    refused = world.client("administrator").post(address, given | {"title": "La seconde"})
    assert refused.status_code == 409
    assert "La première" in refused.content.decode() and "La seconde" in refused.content.decode()
    assert Strategy.objects.get().title == "La première"


def test_notes_of_two_officers_are_both_there(world: World, run: Run) -> None:
    """A note is added, never rewritten: there is nothing to lose."""
    action = plan_world.action(world)
    for who in ("officer", "administrator"):
        note = {"on": "2026-01-15", "text": f"Note de {who}"}
        assert world.client(who).post(world.url(f"actions/{action.pk}/notes/"), note).status_code == 302
    page = world.client("reader").get(world.url(f"actions/{action.pk}/")).content.decode()
    assert "Note de officer" in page and "Note de administrator" in page


def test_a_transmission_noted_by_another_is_not_noted_twice(world: World) -> None:
    plan_world.strategy(world)
    act = votes.record_vote(world.access(), "strategy", session=date(2023, 2, 9), **plan_world.VOTE)
    address = world.url(f"votes/{act.pk}/")
    assert world.client("officer").post(address, {"transmitted_on": "2023-02-14"}).status_code == 302
    refused = world.client("administrator").post(address, {"transmitted_on": "2023-02-20"})
    assert refused.status_code == 422
    act.refresh_from_db()
    assert act.transmitted_on == date(2023, 2, 14)


def test_the_rows_of_a_lever_are_named_in_the_language_in_use() -> None:
    labels = [row_labels("lever_rows")["printers"]]
    use_language("en")
    assert [*labels, row_labels("lever_rows")["printers"]] == ["imprimantes", "printers"]
