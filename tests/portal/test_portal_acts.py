"""Votes: what was adopted never changes, can be shown as voted, and the text of now says what moved since."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import plan_world
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader

from conftest import World
from estran.portal.plan import vote_triggers, votes
from estran.portal.plan.models import PLAN, STRATEGY, Act, Action, Objective, Version

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
FORM = {"session": "2023-02-09", **plan_world.VOTE, "rapporteur": "Mme Guéguen", "annexes": "Plan d’action"}


def adopted(world: World, kind: str = STRATEGY, **more: str) -> Act:
    return votes.record_vote(world.access(), kind, session=date(2023, 2, 9), **plan_world.VOTE | more)


def test_the_strategy_and_the_plan_are_voted_separately(world: World) -> None:
    plan_world.strategy(world)
    plan_world.objective(world)
    plan_world.action(world)
    officer = world.client("officer")
    for kind in (STRATEGY, PLAN):
        assert officer.post(world.url("votes/nouveau/"), FORM | {"kind": kind}).status_code == 302
    strategy, plan = (json.loads(Version.objects.get(kind=kind).content) for kind in (STRATEGY, PLAN))
    assert [one["title"] for one in strategy["objectives"].values()] == ["Garder les ordinateurs huit ans"]
    assert [one["code"] for one in plan["actions"].values()] == ["A01"]
    page = world.client("reader").get(world.url("strategie/")).content.decode()
    assert "délibération n° 2023-21 du 9\u00a0février 2023, 40 pour, 0 contre, 14 abstentions." in page


def test_an_adopted_version_can_be_shown_as_voted_while_the_current_one_says_what_moved(world: World) -> None:
    plan_world.strategy(world)
    objective = plan_world.objective(world)
    act = adopted(world)
    Objective.objects.filter(pk=objective.pk).update(target=7.0)
    Objective.objects.create(organisation=world.organisation, title="Un objectif de plus")
    voted = world.client("reader").get(world.url(f"votes/{act.pk}/")).content.decode()
    assert ">8<" in voted and "Un objectif de plus" not in voted
    moved = votes.changes_since_vote(act)
    assert {"what": objective.title, "field": "cible", "before": "8", "after": "7"} in moved
    assert {"what": "Un objectif de plus", "field": "", "before": "", "after": "ajouté"} in moved
    now = world.client("reader").get(world.url("votes/")).content.decode()
    assert "Un objectif de plus" in now and "ajouté" in now


def test_nothing_moved_when_nothing_changed(world: World) -> None:
    plan_world.strategy(world)
    plan_world.action(world, starts_on=date(2024, 1, 1), levers=[plan_world.LEVER], before=plan_world.BEFORE)
    assert votes.changes_since_vote(adopted(world)) == [] == votes.changes_since_vote(adopted(world, PLAN))


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Version, {"content": "{}"}), (Version, {"sha256": "0" * 64}), (Act, {"votes_for": 54}),
        (Act, {"number": "2024-1"}), (Act, {"session": date(2024, 1, 1)}),
    ],
)  # fmt: skip
def test_the_database_refuses_any_change_of_what_was_voted(
    world: World, model: type[models.Model], change: dict[str, object]
) -> None:
    plan_world.strategy(world)
    adopted(world)
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.update(**change)  # type: ignore[attr-defined]


def test_a_voted_version_is_not_deleted(world: World) -> None:
    plan_world.strategy(world)
    version = adopted(world).version
    with pytest.raises(models.ProtectedError):
        version.delete()


def test_the_guards_of_what_was_voted_are_there_after_all_migrations(db: None) -> None:
    """SQLite and PostgreSQL alike: a table of KEPT without its trigger, and this fails."""
    query = (
        "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert {(table, f"{table}_voted") for table in vote_triggers.FROZEN_COLUMNS} <= set(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_a_table_that_a_migration_rebuilds_is_guarded_again(world: World) -> None:
    """A migration that changes a column of the table drops its trigger on SQLite; the migrations put it back."""
    plan_world.strategy(world)
    adopted(world)
    operation = migrations.AlterField("version", "kind", models.CharField(max_length=12))
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    operation.state_forwards("plan", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("plan", editor, before, after)
    with connection.schema_editor() as editor:
        operation.database_backwards("plan", editor, after, before)
    call_command("migrate", verbosity=0)
    with pytest.raises(DatabaseError), transaction.atomic():
        Version.objects.update(content="{}")


def test_the_hash_of_a_version_is_that_of_its_text(world: World) -> None:
    plan_world.strategy(world)
    version = adopted(world).version
    assert version.sha256 == hashlib.sha256(version.content.encode()).hexdigest()
    version.content = version.content.replace("Stratégie", "Strategie")
    with pytest.raises(ValueError):
        votes.read_version(version)


def test_the_transmission_is_noted_later_and_not_before_the_session(world: World) -> None:
    plan_world.strategy(world)
    act, officer = adopted(world), world.client("officer")
    address = world.url(f"votes/{act.pk}/")
    assert officer.post(address, {"transmitted_on": "2023-02-01"}).status_code == 422
    assert officer.post(address, {"transmitted_on": "2023-02-14"}).status_code == 302
    act.refresh_from_db()
    assert act.transmitted_on == date(2023, 2, 14)


def test_a_text_that_was_rejected_is_not_recorded_as_adopted(world: World) -> None:
    plan_world.strategy(world)
    answer = world.client("officer").post(
        world.url("votes/nouveau/"), FORM | {"kind": STRATEGY, "votes_for": 10, "votes_against": 30}
    )
    assert answer.status_code == 422
    assert not Act.objects.exists()


def test_two_clicks_record_one_vote(world: World) -> None:
    plan_world.strategy(world)
    answers = [world.client("officer").post(world.url("votes/nouveau/"), FORM | {"kind": STRATEGY}) for _click in "12"]
    assert [answer.status_code for answer in answers] == [302, 422]
    assert "Le vote 2023-21 est déjà enregistré" in answers[1].content.decode()
    assert Act.objects.count() == 1
    assert world.client("officer").post(world.url("votes/nouveau/"), FORM | {"kind": PLAN}).status_code == 302


def test_a_second_vote_makes_a_second_version_beside_the_first(world: World) -> None:
    plan_world.strategy(world)
    first = adopted(world, PLAN)
    Action.objects.create(organisation=world.organisation, code="A99", title="Une action de plus")
    second = adopted(world, PLAN, number="2024-3")
    assert (first.version.number, second.version.number) == (1, 2)
    assert json.loads(first.version.content)["actions"] == {}
    assert [one.version.number for one in Act.objects.order_by("pk")] == [1, 2]


def test_a_mistake_is_corrected_by_a_new_line_that_adopts_the_same_text(world: World) -> None:
    plan_world.strategy(world)
    act = adopted(world)
    Objective.objects.create(organisation=world.organisation, title="Un objectif d’après le vote")
    place, officer = world.url(f"votes/{act.pk}/corriger/"), world.client("officer")
    given = FORM | {"votes_for": 39, "abstentions": 14, "not_voting": 1, "body": "assembly"}
    assert [officer.post(place, given).status_code for _click in "12"] == [302, 422]
    new = Act.objects.latest("pk")
    act.refresh_from_db()
    assert (act.votes_for, new.votes_for, new.corrects) == (40, 39, act)
    assert new.version.content == act.version.content and new.recorded_at is not None
    assert votes.last_vote(world.access(), STRATEGY) == new
    assert "corrigée" in officer.get(world.url("votes/")).content.decode()


def test_unanimity_is_of_the_votes_cast() -> None:
    act = Act(votes_for=31, votes_against=0, abstentions=21, not_voting=0)
    assert act.result == "à l’unanimité des suffrages exprimés (31 pour, 21 abstentions)"
    act.votes_against, act.not_voting = 2, 1
    assert act.result.startswith("à la majorité des suffrages exprimés (31 pour, 2 contre, 21 abstentions, 1 ne prend")
