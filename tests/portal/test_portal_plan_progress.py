"""What the plan tells the indicators, and what the indicators tell the objectives: progress of the plan, intervals."""

from __future__ import annotations

from datetime import date

import plan_world
import pytest
from following import work_done

from conftest import World
from estran.portal.indicators import computation
from estran.portal.jobs.models import Job
from estran.portal.plan import actions, objective_status
from estran.portal.plan.models import Objective, Reading, Step
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db
NEXT = {"title": "Étape", "due_on": "2027-01-01"}


def steps(world: World, code: str, status: str, *done: bool) -> None:
    """An action with one step per value, done or not."""
    action = plan_world.action(world, code, status=status)
    for one in done:
        Step.objects.create(
            organisation=world.organisation, action=action, title="Étape", done_on=date(2025, 3, 1) if one else None
        )


def plan(world: World) -> None:
    """Done; two steps out of four, late; one out of four, blocked; under way without steps; to come; not decided."""
    steps(world, "A01", "done")
    steps(world, "A02", "late", True, True, False, False)
    steps(world, "A03", "blocked", True, False, False, False)
    steps(world, "A04", "doing")
    steps(world, "A05", "to_come", False)
    steps(world, "A06", "to_discuss", True)


def latest_progress(world: World) -> computation.Indicator:
    """Ask for the indicators, compute them, read GV01 of the last year."""
    world.client("officer").post(world.url("indicateurs/"))
    assert {job.state for job in work_done()} == {Job.DONE}
    return computation.read_state(world.organisation).of("GV01")[-1]


def test_the_progress_of_the_plan_comes_from_its_actions(world: World, run: Run) -> None:
    """1 + 2/4 + 1/4 over the five actions that are decided; nobody types anything."""
    plan(world)
    progress = latest_progress(world)
    assert (progress.numerator, progress.denominator, progress.value) == (1.75, 5.0, 35.0)
    page = world.client("reader").get(world.url("indicateurs/GV01/")).content.decode()
    assert world.url("actions/") in page
    assert "actions_followup" not in computation.groups(), "no total of the plan is asked for"


def test_a_step_done_is_noticed_by_the_indicators(world: World, run: Run) -> None:
    plan(world)
    assert latest_progress(world).value == 35.0
    step = Step.objects.get(action__code="A05")
    world.client("officer").post(world.url(f"actions/{step.action_id}/etapes/"), {"done": step.pk})
    assert not computation.read_state(world.organisation).fresh
    assert latest_progress(world).value == 35.0, "an action to come has not begun"
    doing = world.organisation.actions.get(code="A04")
    world.client("officer").post(world.url(f"actions/{doing.pk}/etapes/"), NEXT)
    step = Step.objects.get(action=doing)
    world.client("officer").post(world.url(f"actions/{doing.pk}/etapes/"), {"done": step.pk})
    assert latest_progress(world).value == 55.0


def test_the_register_of_the_plan_is_one_that_the_calculation_reads(world: World) -> None:
    from estran.portal.registers import registers

    plan(world)
    rows = [{name: str(value) for name, value in row.items()} for row in actions.progress_rows(world.organisation)]
    register = registers.Register(actions.PROGRESS_REGISTER, "", "", "", ("action_code",), ())
    kept, problems = registers.check_rows(register, rows)
    assert (len(kept), problems) == (5, [])


# ------------------------------------------------------------------------------------------------------- intervals


def readings_of_the_run(world: World, run: Run) -> Reading:
    objective = Objective.objects.create(
        organisation=world.organisation, title="Baisser l’empreinte", indicator="FP01", unit="t CO₂ éq", start=1000.0,
        start_on=date(2022, 12, 31), target=500.0, due_on=date(2030, 12, 31),
    )  # fmt: skip
    latest_progress(world)
    world.client("officer").post(world.url("strategie/releves/"))
    assert {job.state for job in work_done()} <= {Job.DONE}
    return Reading.objects.get(objective=objective)


def test_a_reading_that_a_run_gives_is_shown_with_its_interval_everywhere(world: World, run: Run) -> None:
    reading = readings_of_the_run(world, run)
    row = computation.read_state(world.organisation).of("FP01")[-1]
    assert (reading.low, reading.value, reading.high) == (row.low95, row.value, row.high95)
    shown = objective_status.format_reading(reading, "t CO₂ éq")
    assert ", entre " in shown
    pages = [
        world.client("reader").get(world.url(f"{name}/")) for name in ("strategie", f"objectifs/{reading.objective_id}")
    ]
    assert all(objective_status.format_interval(reading) in page.content.decode() for page in pages)
    assert shown in pages[1].content.decode()


def test_a_start_that_a_reading_gives_has_its_interval_and_another_has_none(world: World) -> None:
    objective = plan_world.objective(world)
    Reading.objects.create(
        organisation=world.organisation, objective=objective, on=date(2023, 12, 31), value=6.01, low=5.5, high=6.5,
        source="bilan n° 1", computed=True,
    )  # fmt: skip
    assert objective_status.format_start(objective) == "6\u00a0ans, entre 5,5 et 6,5"
    objective.start = 7.0
    assert objective_status.format_start(objective) == "7\u00a0ans"


def test_what_is_read_again_follows_the_indicator_and_what_was_typed_stays(world: World, run: Run) -> None:
    reading = readings_of_the_run(world, run)
    value = reading.value
    for computed, kept in ((True, value), (False, 1.0)):
        Reading.objects.update(value=1.0, computed=computed)
        Job.objects.filter(kind="readings").delete()
        world.client("officer").post(world.url("strategie/releves/"))
        work_done()
        assert Reading.objects.get().value == kept
