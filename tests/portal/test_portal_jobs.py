"""Long work: asked once, taken by one worker, tried three times, taken up again when its worker is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import World
from estran.common.problems import CannotUse, Problem
from estran.portal.jobs import queue
from estran.portal.jobs.models import ATTEMPTS, LEASE, Job

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
DONE: list[str] = []


@pytest.fixture(autouse=True)
def works(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def copy(job: Job) -> str:
        job.note_progress(0.5)
        DONE.append(job.subject["name"])
        return "/fait/"

    def refuse(job: Job) -> str:
        raise CannotUse(Problem("Le fichier est vide.", "En donner un autre.", file="parc.csv"))

    def break_(job: Job) -> str:
        raise ZeroDivisionError

    DONE.clear()
    monkeypatch.setattr(queue, "find_work", {"copy": copy, "refuse": refuse, "break": break_}.__getitem__)
    yield


def ask(world: World, kind: str = "copy", key: str = "1") -> Job:
    return queue.ask_job(world.access(), kind, key, "Un travail", name=f"{kind} {key}")


def worker_is_gone(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))


def test_the_same_work_is_asked_once(world: World) -> None:
    assert ask(world).pk == ask(world).pk != ask(world, key="2").pk


def test_work_done_says_where_its_result_is(world: World) -> None:
    job = queue.run_at_once(ask(world))
    assert (job.state, job.progress, job.address, DONE) == (Job.DONE, 1.0, "/fait/", ["copy 1"])


def test_the_oldest_work_is_taken_first_and_by_one_worker(world: World) -> None:
    first, second = ask(world), ask(world, key="2")
    taken = [queue.take_job(), queue.take_job(), queue.take_job()]
    assert [job and job.pk for job in taken] == [first.pk, second.pk, None]


def test_an_input_that_cannot_be_used_is_said_and_not_tried_again(world: World) -> None:
    job = queue.run_at_once(ask(world, "refuse"))
    assert (job.state, job.attempts, job.problems[0]["what"]) == (Job.FAILED, 1, "Le fichier est vide.")
    page = world.client("officer").get(job.address).content.decode()
    assert "Le fichier est vide." in page and "En donner un autre." in page and "Relancer" in page
    assert "Relancer" not in world.client("reader").get(job.address).content.decode()


def test_work_that_breaks_is_tried_three_times_then_fails_clearly(world: World) -> None:
    job = ask(world, "break")
    states = [queue.run_at_once(job).state for _attempt in range(ATTEMPTS)]
    assert states == [Job.WAITING, Job.WAITING, Job.FAILED]
    assert job.problems[0]["what"] == f"Ce travail a échoué trois fois (travail n° {job.pk})."


def test_work_whose_worker_is_gone_is_taken_up_by_another(world: World) -> None:
    job = ask(world)
    killed = queue.take_job()
    assert killed and queue.take_job() is None, "its worker may still be alive"
    worker_is_gone(job)
    again = queue.take_job()
    assert again and (again.pk, again.attempts) == (job.pk, 2)
    queue.run_job(again)
    job.refresh_from_db()
    assert (job.state, DONE) == (Job.DONE, ["copy 1"])


def test_work_whose_worker_is_gone_is_taken_up_after_the_clock_was_set_back(world: World) -> None:
    job = ask(world)
    assert queue.take_job()
    Job.objects.update(leased_until=timezone.now() + timedelta(hours=1) + LEASE)
    job.refresh_from_db()
    assert job.stopped
    again = queue.take_job()
    assert again and again.attempts == 2


def test_a_worker_that_lost_its_lease_writes_nothing(world: World) -> None:
    ask(world)
    slow = queue.take_job()
    assert slow
    worker_is_gone(slow)
    again = queue.take_job()
    assert again
    queue.run_job(slow)
    again.refresh_from_db()
    assert (again.state, again.attempts) == (Job.RUNNING, 2)


def test_work_interrupted_three_times_fails_clearly(world: World) -> None:
    job = ask(world)
    for _attempt in range(ATTEMPTS):
        assert queue.take_job()
        worker_is_gone(job)
    assert queue.take_job() is None
    job.refresh_from_db()
    assert (job.state, job.problems[0]["what"]) == (
        Job.FAILED, "Le serveur s’est arrêté trois fois pendant ce travail.",
    )  # fmt: skip


def test_failed_work_asked_again_has_three_new_attempts(world: World) -> None:
    job = queue.run_at_once(ask(world, "refuse"))
    assert ask(world, "refuse").state == Job.WAITING
    job.refresh_from_db()
    assert (job.attempts, job.problems) == (0, [])


def test_the_page_of_running_work_says_how_far_it_is_and_works_without_script(world: World) -> None:
    job = ask(world)
    Job.objects.filter(pk=job.pk).update(
        state=Job.RUNNING, attempts=1, progress=0.25, leased_until=timezone.now() + LEASE
    )
    page = world.client("reader").get(world.url(f"travaux/{job.pk}/")).content.decode()
    assert "25\u00a0%" in page and "Actualiser" in page and "<script" not in page
