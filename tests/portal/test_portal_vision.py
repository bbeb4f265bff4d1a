"""Vision workshops: ideas, groups, points that name nobody, and ideas that enter the strategy with their trace."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosing import phone, vision
from django.test import Client

from conftest import World
from estran.portal.organisations.models import AuditLine
from estran.portal.plan.models import Action, Objective
from estran.portal.results.models import Run
from estran.portal.workshops import sessions, visions
from estran.portal.workshops.models import Group, Idea, Points, Session, Vision
from estran.projection import projections
from estran.projection.results import ProjectionResults

pytestmark = pytest.mark.django_db


def send(client: Client, workshop: Session, text: str) -> None:
    client.post(f"/a/{workshop.code}/idees/", {"text": text, "key": sessions.new_key()})


def room(world: World, workshop: Session, **post: Any) -> None:
    world.client("officer").post(world.url(f"vision/{workshop.vision_id}/salle/"), post)


def grouped(world: World, workshop: Session, title: str, *texts: str) -> Group:
    client = phone(workshop)
    for text in texts:
        send(client, workshop, text)
    ideas = Idea.objects.filter(vision=workshop.vision, group=None)
    room(world, workshop, do="group", idea=[idea.pk for idea in ideas], title=title)
    return Group.objects.get(title=title)


def vote(workshop: Session, **given: str) -> Client:
    client = phone(workshop)
    answer = client.post(f"/a/{workshop.code}/points/", given)
    assert answer.status_code == 302
    return client


def test_ideas_are_grouped_by_the_facilitator(world: World) -> None:
    workshop = vision(world)
    group = grouped(world, workshop, "Durée", "Garder les portables 6 ans", "Réparer avant de remplacer")
    assert [idea.text for idea in group.ideas.all()] == ["Garder les portables 6 ans", "Réparer avant de remplacer"]
    send(phone(workshop), workshop, "Garder plus longtemps")
    late = Idea.objects.get(group=None)
    room(world, workshop, do="group", idea=[late.pk], group=str(group.pk))
    assert group.ideas.count() == 3


def test_an_idea_moves_to_another_group_and_remembers_where_it_was(world: World) -> None:
    """« b » goes from Durée to Sobriété, back, then out; a group that has lost its ideas is gone, a kept one stays."""
    workshop = vision(world)
    long = grouped(world, workshop, "Durée", "a", "b")
    light = grouped(world, workshop, "Sobriété", "c")
    idea = Idea.objects.get(text="b")
    room(world, workshop, do="group", idea=[idea.pk], group=str(light.pk))
    idea.refresh_from_db()
    assert (idea.group, idea.came_from) == (light, ["Durée"])
    page = world.client("officer").get(world.url(f"vision/{workshop.vision_id}/salle/")).content.decode()
    assert "(venue de\u00a0: Durée)" in page
    assert AuditLine.objects.first().what.endswith("vers\u00a0: Sobriété")
    room(world, workshop, do="group", idea=[idea.pk], group=str(light.pk))
    idea.refresh_from_db()
    assert idea.came_from == ["Durée"], "moved to where it is: nothing to remember"
    room(world, workshop, do="group", idea=[idea.pk], group="none")
    idea.refresh_from_db()
    assert (idea.group, idea.came_from) == (None, ["Durée", "Sobriété"])
    alone = Idea.objects.get(text="c")
    room(world, workshop, do="group", idea=[alone.pk], title="Frugalité")
    assert sorted(group.title for group in Group.objects.all()) == ["Durée", "Frugalité"]
    world.client("officer").post(world.url(f"groupes/{long.pk}/"), {"do": "objective"})
    room(world, workshop, do="group", idea=[Idea.objects.get(text="a").pk], group="none")
    assert Group.objects.filter(pk=long.pk).exists(), "it is the trace of an objective"


def test_grouped_ideas_do_not_move_while_people_vote(world: World) -> None:
    workshop = vision(world)
    long, light = grouped(world, workshop, "Durée", "a"), grouped(world, workshop, "Sobriété", "b")
    room(world, workshop, do="vote")
    idea = Idea.objects.get(text="a")
    room(world, workshop, do="group", idea=[idea.pk], group=str(light.pk))
    idea.refresh_from_db()
    assert idea.group == long
    send(phone(workshop), workshop, "trop tard pour un groupe à part")
    late = Idea.objects.get(group=None)
    room(world, workshop, do="group", idea=[late.pk], group=str(light.pk))
    late.refresh_from_db()
    assert late.group == light


def test_points_are_known_once_the_vote_ends_and_five_people_voted(world: World) -> None:
    workshop = vision(world)
    long, light = grouped(world, workshop, "Durée", "a"), grouped(world, workshop, "Sobriété", "b")
    room(world, workshop, do="vote")
    for _person in range(5):
        vote(workshop, **{f"g{long.pk}": "2", f"g{light.pk}": "1"})
    page = world.client("officer").get(world.url(f"vision/{workshop.vision_id}/salle/")).content.decode()
    assert "5 personnes ont voté" in page and "10 points" not in page
    room(world, workshop, do="result")
    assert {group.title: group.points for group in Group.objects.all()} == {"Durée": 10, "Sobriété": 5}
    assert not Points.objects.exists(), "what each gave is gone"
    late = phone(workshop).post(f"/a/{workshop.code}/points/", {f"g{long.pk}": "3"})
    assert "Le vote est clos" in late.content.decode()


def test_under_five_voters_no_points_are_shown(world: World) -> None:
    workshop = vision(world)
    group = grouped(world, workshop, "Durée", "a")
    room(world, workshop, do="vote")
    for _person in range(4):
        vote(workshop, **{f"g{group.pk}": "1"})
    room(world, workshop, do="result")
    group.refresh_from_db()
    assert group.points is None and not Points.objects.exists()


def test_voting_twice_replaces_and_one_has_no_more_points_than_the_others(world: World) -> None:
    workshop = vision(world)
    group = grouped(world, workshop, "Durée", "a")
    room(world, workshop, do="vote")
    client = vote(workshop, **{f"g{group.pk}": "3"})
    client.post(f"/a/{workshop.code}/points/", {f"g{group.pk}": "1"})
    assert [given.points for given in Points.objects.all()] == [1]
    for wrong in ("4", "0", "-1", "x", "99999999999999999999"):
        assert client.post(f"/a/{workshop.code}/points/", {f"g{group.pk}": wrong}).status_code == 422


def test_the_vote_waits_for_a_group(world: World) -> None:
    workshop = vision(world)
    room(world, workshop, do="vote")
    assert Vision.objects.get().phase == Vision.IDEAS


@pytest.mark.parametrize("kind", ["objective", "action"])
def test_a_kept_idea_enters_the_strategy_in_one_gesture_once_and_keeps_its_trace(world: World, kind: str) -> None:
    workshop = vision(world)
    group = grouped(world, workshop, "Garder les portables 6 ans", "a")
    place = world.url(f"groupes/{group.pk}/")
    for _time in range(2):
        world.client("officer").post(place, {"do": kind})
    group.refresh_from_db()
    model = {"objective": Objective, "action": Action}[kind]
    outcome = model.objects.get()
    assert group.outcome == outcome and outcome.title == "Garder les portables 6 ans"
    assert outcome.idea == "Vision 2030\u00a0: Garder les portables 6 ans"
    assert f"{outcome}" in world.client("officer").get(place).content.decode()


def test_the_effect_of_an_idea_is_what_the_engine_computes(world: World, run: Run, tmp_path: Any) -> None:
    """« Garder les portables 6 ans »: the same figure as `estran project` on the plan kept beside it."""
    workshop = vision(world)
    group = grouped(world, workshop, "Garder les portables 6 ans", "a")
    place = world.url(f"groupes/{group.pk}/")
    lever = {"do": "lever", "title": group.title, "item_types": ["laptop"], "parameter": "lifetime_years", "value": "6"}
    answer = world.client("officer").post(place, lever)
    assert answer["Location"] == place
    group.refresh_from_db()
    projections.project_estate(
        run.folder, _plan(tmp_path, visions.plan_of_group(group, run)), tmp_path / "p", criteria=("gwp",)
    )
    assert group.effect["kg"] == -ProjectionResults(tmp_path / "p").by_year["IDEE"][-1]
    assert group.effect["kg"] < 0
    assert group.lever["where"]["item_type"] == ["laptop", "laptop_large", "laptop_ultraportable"], "with its sizes"
    page = world.client("officer").get(place).content.decode()
    assert group.effect_text in page and group.effect_text.startswith("−")
    world.client("officer").post(place, {"do": "action"})
    action = Action.objects.get()
    assert action.levers == [group.lever] and action.before == {"value": "inventory", "source": f"bilan {run.year}"}


def _plan(folder: Any, text: str) -> Any:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_half_a_lever_computes_nothing(world: World, run: Run) -> None:
    workshop = vision(world)
    group = grouped(world, workshop, "Garder", "a")
    half = {"do": "lever", "title": "Garder", "parameter": "lifetime_years", "value": ""}
    assert world.client("officer").post(world.url(f"groupes/{group.pk}/"), half).status_code == 422
    group.refresh_from_db()
    assert group.effect is None


def test_the_room_sees_the_facts(world: World, run: Run) -> None:
    workshop = vision(world)
    page = world.client("officer").get(world.url(f"vision/{workshop.vision_id}/salle/")).content.decode()
    assert f"Bilan {run.year}" in page and "Les faits" in page


def test_a_group_of_another_authority_is_not_there(world: World) -> None:
    group = grouped(world, vision(world), "Durée", "a")
    assert world.client("stranger").get(f"/o/autre/groupes/{group.pk}/").status_code == 404
