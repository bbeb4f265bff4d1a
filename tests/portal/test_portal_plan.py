"""The plan: objectives and where they stand, actions nobody loses, their levers, effects of the engine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import plan_world
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from typer.testing import CliRunner

from conftest import COUNTS, World
from estran.analysis import decomposition
from estran.cli.commands import app
from estran.portal.estates import estimate
from estran.portal.jobs import queue
from estran.portal.organisations.models import Membership, Person, Role
from estran.portal.plan import effects, levers, objective_status
from estran.portal.plan.models import Action, Attachment, Budget, Note, Objective, Projection, Reading
from estran.portal.results import figures
from estran.portal.results.models import Baseline, Run

pytestmark = pytest.mark.django_db


# ----------------------------------------------------------------------------------------------------------- objectives


def read(objective: Objective, on: date, value: float) -> None:
    Reading.objects.create(
        organisation=objective.organisation, objective=objective, on=on, value=value, source="relevé"
    )


def test_an_objective_without_its_target_or_its_date_is_shown_as_incomplete(world: World) -> None:
    Objective.objects.create(organisation=world.organisation, title="Réduire", indicator="FP01", start=589.0)
    page = world.client("reader").get(world.url("strategie/")).content.decode()
    assert "non mesuré" in page
    assert "l’objectif n’a pas encore : valeur de départ et sa date, cible, échéance" in page


@pytest.mark.parametrize(
    ("value", "line"),
    [(6.0, "late"), (6.5, "late"), (7.5, "ahead"), (8.0, "reached"), (9.0, "reached")],
)
def test_an_objective_is_ahead_or_late_on_the_straight_line_from_start_to_target(
    world: World, value: float, line: str
) -> None:
    # 6 years at the end of 2023, 8 at the end of 2030: 7 years are due half way, in the middle of 2027.
    objective = plan_world.objective(world)
    read(objective, date(2027, 7, 2), value)
    now = objective_status.status_of_objective(objective)
    assert now.line == line
    assert now.expected == pytest.approx(7.0, abs=0.01)


def test_a_falling_objective_is_ahead_when_it_is_below_the_line(world: World) -> None:
    # The worked example of the decree: 589 t, 15 % less in four years; 544.8 t are due after two.
    objective = Objective.objects.create(
        organisation=world.organisation, title="Baisser", indicator="FP01", unit="t", start=589.0,
        start_on=date(2022, 12, 31), target=500.65, due_on=date(2026, 12, 31),
    )  # fmt: skip
    read(objective, date(2024, 12, 31), 540.0)
    now = objective_status.status_of_objective(objective)
    assert (now.line, round(now.expected or 0, 1)) == ("ahead", 544.8)


def test_the_page_for_elected_members_shows_at_most_eight_objectives(world: World) -> None:
    plan_world.strategy(world)
    for n in range(11):
        Objective.objects.create(organisation=world.organisation, title=f"Objectif {n:02d}", position=n)
    page = world.client("reader").get(world.url("strategie/")).content.decode()
    assert "Objectif 07" in page and "Objectif 08" not in page
    assert "3 autres objectifs sont suivis." in page
    assert "Prendre acte du bilan." in page


# -------------------------------------------------------------------------------------------------------------- actions


def form_of(action: Action, **more: Any) -> dict[str, Any]:
    given = {"code": action.code, "title": action.title, "status": action.status, "version": action.version}
    return given | more


def test_two_officers_edit_one_action_and_none_loses_in_silence(world: World) -> None:
    action = plan_world.action(world)
    address = world.url(f"actions/{action.pk}/modifier/")
    seen = form_of(action)
    first = world.client("officer").post(address, seen | {"elected": "Mme Morvan"})
    assert first.status_code == 302
    second = world.client("administrator").post(address, seen | {"elected": "M. Salaün", "partners": "Emmaüs"})
    page = second.content.decode()
    assert second.status_code == 409
    assert "Mme Morvan" in page and "M. Salaün" in page and "Officer a écrit ici" in page
    action.refresh_from_db()
    assert (action.elected, action.version) == ("Mme Morvan", 2)
    # The one who comes second decides, having seen both.
    again = world.client("administrator").post(address, seen | {"elected": "M. Salaün", "version": 2})
    action.refresh_from_db()
    assert (again.status_code, action.elected, action.version) == (302, "M. Salaün", 3)


def test_a_line_of_budget_written_on_an_older_state_is_not_written(world: World) -> None:
    action = plan_world.action(world)
    address = world.url(f"actions/{action.pk}/budget/")
    line = {"year": 2026, "nature": "running", "forecast": "12 000", "version": 1}
    assert world.client("officer").post(address, line).status_code == 302
    answer = world.client("administrator").post(address, line | {"forecast": "9 000"})
    assert answer.status_code == 409
    assert Budget.objects.get().forecast == 12000.0
    assert "9 000" in answer.content.decode()


def colleague(world: World) -> Person:
    person = Person.objects.create_user("colleague@essai.fr", "un mot de passe assez long", "Colleague")
    membership = Membership.objects.create(organisation=world.organisation, person=person, role=Role.CONTRIBUTOR)
    membership.entities.add(world.other_school)
    world.people["colleague"] = person
    return person


def test_the_pilot_and_the_directorate_change_an_action_a_colleague_and_a_stranger_do_not(world: World) -> None:
    colleague(world)
    led = plan_world.action(world, pilot=world.people["contributor"])
    own = plan_world.action(world, "A02", entity=world.school)
    for action in (led, own):
        address = world.url(f"actions/{action.pk}/notes/")
        note = {"on": "2026-01-15", "text": "Comité de suivi"}
        answers = [
            world.client(who).post(address, note).status_code for who in ("contributor", "colleague", "stranger")
        ]
        assert answers == [302, 403, 404]
    assert Note.objects.count() == 2


def test_my_actions_are_those_i_lead_and_those_of_my_school_while_they_are_open(world: World) -> None:
    person = world.people["contributor"]
    plan_world.action(world, title="Je la pilote", pilot=person)
    plan_world.action(world, "A02", title="Elle est de mon collège", entity=world.school)
    plan_world.action(world, "A03", title="Elle est finie", pilot=person, status="done")
    plan_world.action(world, "A04", title="Elle est à d’autres", entity=world.other_school)
    page = world.client("contributor").get(world.url("actions/miennes/")).content.decode()
    shown = [title for title in ("Je la pilote", "mon collège", "Elle est finie", "à d’autres") if title in page]
    assert shown == ["Je la pilote", "mon collège"]


def test_a_file_is_given_back_as_it_came_and_only_as_a_download(world: World) -> None:
    action = plan_world.action(world)
    content = b"<script>alert(1)</script>"
    file = SimpleUploadedFile("convention \xe9.html".encode("latin-1").decode("latin-1"), content)
    world.client("officer").post(world.url(f"actions/{action.pk}/fichiers/"), {"file": file})
    answer = world.client("reader").get(world.url(f"fichiers/{Attachment.objects.get().pk}/"))
    assert answer.content == content
    assert answer["Content-Disposition"].startswith("attachment") and "octet-stream" in answer["Content-Type"]


def test_the_seventeen_actions_of_the_deliberation_are_ready(world: World) -> None:
    page = world.client("officer").get(world.url("actions/catalogue/")).content.decode()
    assert page.count(" checked") == 17
    codes = [f"A{n:02d}" for n in (*range(1, 16), 54, 55)]
    world.client("officer").post(world.url("actions/catalogue/"), {"code": codes})
    assert list(Action.objects.values_list("code", flat=True).order_by("code")) == codes


def test_filters_are_in_the_address(world: World) -> None:
    plan_world.action(world, title="En cours de route")
    plan_world.action(world, "A02", title="Bloquée au marché", status="blocked")
    page = world.client("reader").get(world.url("actions/?status=blocked")).content.decode()
    assert "Bloquée au marché" in page and "En cours de route" not in page


# -------------------------------------------------------------------------------------------------------------- effects


def projected(world: World) -> Projection:
    job = effects.ask_projection(world.access())
    assert queue.run_at_once(job).state == "done", job.problems
    return Projection.objects.get(sha256=effects._hash(effects.current_plan(world.access())[1]))


def test_what_the_portal_shows_is_what_estran_project_gives_on_the_exported_plan(
    world: World, run: Run, tmp_path: Path
) -> None:
    plan_world.strategy(world, run)
    action = plan_world.action(world, levers=[plan_world.LEVER], before=plan_world.BEFORE)
    plan_world.action(world, "A36", title="Veille", before=plan_world.BEFORE | {"value": "inventory"}, levers=[
        {"where": {"family": "workplace"}, "parameter": "kwh_per_unit", "times": 0.6, "from": 2026, "ramp": 2027}
    ])  # fmt: skip
    Budget.objects.create(organisation=world.organisation, action=action, year=2026, nature="running", forecast=12000.0)
    projection = projected(world)
    exported = world.client("reader").get(world.url("strategie/plan.zip")).content
    zipfile.ZipFile(io.BytesIO(exported)).extractall(tmp_path)
    command = (tmp_path / "LISEZMOI.txt").read_text("utf-8").split("estran ")[1].split()
    asked = [str(tmp_path / word) if word in (run.folder.name, "plan.toml", "ici") else word for word in command]
    result = CliRunner().invoke(app, asked, env={"LANG": "fr_FR.UTF-8"})
    assert result.exit_code == 0, result.output
    again = tmp_path / "ici"
    assert sorted(path.name for path in again.iterdir()) == sorted(path.name for path in projection.folder.iterdir())
    for path in projection.folder.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name
    promised = effects.effect_of_action(action, projection)
    assert promised and promised["alone_stock"] < 0
    page = world.client("reader").get(world.url(f"actions/{action.pk}/")).content.decode()
    assert "Seule" in page and "Ensemble" in page and "Recouvrement" in page
    whole = world.client("reader").get(world.url("strategie/effets/")).content.decode()
    assert "<svg" in whole and "style=" not in whole


def frozen(run: Run) -> Run:
    Baseline.objects.create(run=run, decided_on="2026-03-16", decision="Référence", sha256="0" * 64)
    return run


def test_what_was_observed_is_written_beside_what_was_promised(
    world: World, run: Run, computed: Callable[[Run], None]
) -> None:
    """Between two frozen runs, by cause: as many computers kept longer, and the cause is their lifetime."""
    access = world.access()
    estimate.keep_headcounts(access, date(2023, 12, 31), COUNTS, "essai")
    inventory = estimate.make_inventory(access, 2023, COUNTS | {"laptops": COUNTS["laptops"] + 500})
    before = Run.objects.create(organisation=world.organisation, inventory=inventory, year=2023, made_by=access.person)
    computed(before)
    before.keep_headline(figures.of(before).carbon)
    frozen(before), frozen(run)
    plan_world.strategy(world, run)
    action = plan_world.action(world, levers=[
        {"where": {"item_type": ["laptop"]}, "parameter": "quantity", "times": 0.9, "from": 2026}
    ], before={"value": "inventory", "source": "bilan 2025"})  # fmt: skip
    projection = projected(world)
    promised = effects.effect_of_action(action, projection)
    assert promised and promised["alone_stock"] < 0 and promised["since"]["years"] == [2023, 2025]
    [observed] = promised["observed"]
    assert (observed["cause"], observed["moved"] < 0) == ("volume", True), "500 laptops fewer"
    whole = decomposition.compare_runs(before.folder, run.folder).whole
    assert observed["moved"] == whole.effects["volume"]
    page = world.client("reader").get(world.url(f"actions/{action.pk}/")).content.decode()
    assert f"Observé entre les bilans gelés 2023 (n° {before.pk})" in page
    assert "toutes actions confondues" in page


def test_without_a_justified_before_the_effect_is_not_computed_never_zero(world: World, run: Run) -> None:
    plan_world.strategy(world, run)
    action = plan_world.action(world, levers=[plan_world.LEVER])
    for _turn in range(2):
        page = world.client("reader").get(world.url(f"actions/{action.pk}/")).content.decode()
        assert "effet non calculé : indiquez la durée d’avant" in page
        assert "Seule" not in page
        projected(world)


def test_a_lever_that_the_engine_refuses_is_refused_with_its_words(world: World) -> None:
    action = plan_world.action(world)
    given = {"parameter": "reuse_rate", "group": "computers", "how": "set", "value": "3", "first": 2026, "version": 1}
    answer = world.client("officer").post(world.url(f"actions/{action.pk}/effet/1/"), given)
    assert answer.status_code == 422
    assert "Une part va de 0 à 1" in answer.content.decode()
    assert Action.objects.get().levers == []


def test_the_lever_of_the_form_is_a_lever_of_the_plan_file(world: World) -> None:
    action = plan_world.action(world)
    given = {
        "parameter": "lifetime_years", "group": "monitors", "part": "schools", "how": "set", "value": "8,5",
        "first": 2026, "ramp": 2028, "before": "6", "source": "inventaire de 2024", "version": 1,
    }  # fmt: skip
    assert world.client("officer").post(world.url(f"actions/{action.pk}/effet/1/"), given).status_code == 302
    saved = Action.objects.get()
    assert saved.levers[0]["where"]["part"] == "schools"
    assert (saved.levers[0]["set"], saved.levers[0]["ramp"]) == (8.5, 2028)
    assert saved.levers[0]["before"] == {"value": 6.0, "source": "inventaire de 2024"}


# The two levers of an imported plan: rows that no group of the form names, and one « before » for both.
LAPTOPS = {"where": {"part": "schools", "item_type": ["laptop"]}, "parameter": "lifetime_years", "set": 7.0,
           "from": 2026, "to": 2030}  # fmt: skip
SCREENS = {"where": {"item_type": ["monitor"]}, "parameter": "lifetime_years", "times": 1.2, "from": 2027}


def as_shown(action: Action, place: int) -> dict[str, Any]:
    """The form of a lever, filled in as it is shown."""
    action.refresh_from_db()
    known = levers.form_values(levers.levers_with_before(action)[place - 1])
    return {name: "" if value is None else value for name, value in known.items()} | {"version": action.version}


def test_a_lever_saved_as_it_is_shown_does_not_change(world: World) -> None:
    action = plan_world.action(world, levers=[LAPTOPS, SCREENS], before=plan_world.BEFORE)
    for place in (1, 2):
        address = world.url(f"actions/{action.pk}/effet/{place}/")
        assert world.client("officer").post(address, as_shown(action, place)).status_code == 302
    action.refresh_from_db()
    assert action.levers == [LAPTOPS | {"before": plan_world.BEFORE}, SCREENS | {"before": plan_world.BEFORE}]
    assert action.before is None, "each lever carries its own"


def test_every_lever_of_an_action_is_changed_added_and_removed(world: World) -> None:
    action = plan_world.action(world, levers=[LAPTOPS, SCREENS], before=plan_world.BEFORE)
    officer, place = world.client("officer"), f"actions/{action.pk}/effet/"
    page = officer.get(world.url(place)).content.decode()
    assert "Durée d’usage (ans), ordinateur portable (collèges) : 7, depuis 2026, jusqu’en 2030" in page
    assert page.count("Avant : 4 (inventaire de 2018)") == 2
    second = as_shown(action, 2) | {"value": "1,5", "before": "5", "source": "marché de 2020"}
    assert officer.post(world.url(f"{place}2/"), second).status_code == 302
    third = {"parameter": "kwh_per_unit", "group": "monitors", "how": "times", "value": "0,6", "first": 2027}
    third |= {"source": "relevé de 2025", "version": 2}
    assert officer.post(world.url(f"{place}3/"), third).status_code == 302
    assert officer.post(world.url(f"{place}1/retirer/"), {"version": 3}).status_code == 302
    action.refresh_from_db()
    assert [(lever["parameter"], lever["times"], lever["before"]) for lever in action.levers] == [
        ("lifetime_years", 1.5, {"value": 5.0, "source": "marché de 2020"}),
        ("kwh_per_unit", 0.6, {"value": "inventory", "source": "relevé de 2025"}),
    ]
    assert officer.get(world.url(f"{place}4/")).status_code == 404


def test_one_lever_without_its_before_and_the_effect_is_not_computed(world: World) -> None:
    """A second lever that nothing justifies takes the effect away; it does not count for zero."""
    action = plan_world.action(world, levers=[plan_world.LEVER | {"before": plan_world.BEFORE}, SCREENS])
    page = world.client("reader").get(world.url(f"actions/{action.pk}/")).content.decode()
    assert "effet non calculé : indiquez la durée d’avant" in page
    assert "Avant : pas encore justifié" in page


def test_a_lever_is_not_removed_from_an_action_that_changed_meanwhile(world: World) -> None:
    action = plan_world.action(world, levers=[LAPTOPS, SCREENS], version=2)
    answer = world.client("officer").post(
        world.url(f"actions/{action.pk}/effet/1/retirer/"), {"version": 1}, follow=True
    )
    assert "rien n’est retiré" in answer.content.decode()
    assert len(Action.objects.get().levers) == 2
