"""Files that would take the memory of the portal: refused through the link, the page of an answer and the queue."""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

import collecting
import pytest
import xlsxwriter
from collecting import answer_of, plain, upload
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import World
from estran.portal.collection import deliveries
from estran.portal.collection.models import Campaign, Delivery
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(world: World) -> Campaign:
    return collecting.opened(world)


@pytest.fixture
def killer(tmp_path: Path) -> bytes:
    """Some kilobytes that ask for 549 GB."""
    with xlsxwriter.Workbook(str(tmp_path / "parc.xlsx")) as book:
        sheet = book.add_worksheet("Parc")
        sheet.write_row(0, 0, ["Type", "Nombre"])
        sheet.write("XFD1048576", "x")
    return (tmp_path / "parc.xlsx").read_bytes()


def test_one_cell_at_the_end_of_a_sheet_stops_nobody(world: World, campaign: Campaign, killer: bytes) -> None:
    answer = answer_of(campaign, world.school)
    places = {
        f"/ecole/{world.link.token}/": "link_holder",
        world.url(f"reponses/{answer.pk}/"): "officer",
        world.url(f"collectes/{campaign.pk}/fichier-central/"): "officer",
    }
    for place, who in places.items():
        given = {"file": SimpleUploadedFile("parc.xlsx", killer), "send": "file", "pupils": ""}
        answered = world.client(who).post(place, given, follow=True)
        assert "La feuille « Parc » s’étend jusqu’à XFD1048576" in plain(answered.content.decode()), place
    assert [(job.state, job.attempts) for job in Job.objects.all()] == [(Job.FAILED, 1)]
    assert upload(world, answer, "Type;Nombre\nTablette;3\n").rows == 1


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGABRT, "mémoire"), (signal.SIGXCPU, "secondes"), (9, "net")])
def test_a_job_whose_reader_died_is_refused_and_not_tried_again(
    world: World, campaign: Campaign, number: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = upload(world, answer_of(campaign, world.school), "Type;Nombre\nTablette;3\n")
    job = Job.objects.get()
    Job.objects.update(state=Job.WAITING, attempts=0)
    die = partial(deliveries.call_bounded, sent.name, signal.raise_signal, number)
    monkeypatch.setattr(deliveries, "call_bounded", lambda *_given, **_more: die())
    assert queue.run_next_job() and not queue.run_next_job()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.FAILED, 1)
    assert reason in job.problems[0]["what"]
    assert reason in plain(world.client("officer").get(job.address).content.decode())
    assert Delivery.objects.get().rows == 1, "what was read before stands"
