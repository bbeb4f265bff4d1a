"""A disk that is full: a page says so, people sign in and read, nothing is half written, work begins again later."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from collecting import answer_of, plain, sent
from django.db import OperationalError
from django.test import Client
from killing import free_address

from conftest import PASSWORD, World
from estran.cli import portal_processes
from estran.common.problems import CannotUse
from estran.portal.collection.models import Campaign, Delivery
from estran.portal.common import room, storage
from estran.portal.estates import estimate
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.plan.models import Action

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """A function that says how much room is left."""
    return lambda left: monkeypatch.setattr(room, "_free", lambda: left)


def fail(error: Exception) -> Callable[..., Any]:
    def failing(*_arguments: Any, **_named: Any) -> Any:
        raise error

    return failing


def send_form(browser: Client, address: str, **values: str) -> int:
    """The status of the answer to a form without file, as a browser sends it."""
    return browser.post(address, urlencode(values), content_type="application/x-www-form-urlencoded").status_code


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [FULL, OperationalError("database or disk is full"), RuntimeError(f"IOError: {os.strerror(errno.ENOSPC)}")],
    ids=["file", "base", "reader"],
)
def test_a_page_says_that_the_disk_is_full(world: World, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(estimate, "keep_headcounts", fail(error))
    browser = world.client("officer")
    browser.raise_request_exception = False
    answered = browser.post(world.url("bilans/estimation/"), {"year": 2025, "agents": 9, "laptops": 10})
    assert answered.status_code == 507
    assert "Prévenez l’administrateur" in plain(answered.content.decode())


def test_sqlite_says_it_otherwise_when_it_cannot_even_read(free: Callable[[int], None]) -> None:
    error = OperationalError("disk I/O error")
    free(1000)
    assert room.explains(error) and not room.explains(ValueError("disk I/O error"))
    free(500_000_000)
    assert not room.explains(error)


@pytest.mark.django_db
def test_a_file_is_refused_while_room_is_short_and_the_rest_goes_on(
    world: World, campaign: Campaign, free: Callable[[int], None]
) -> None:
    free(50_000_000)
    answer = answer_of(campaign, world.school)
    for who, address in (
        ("officer", world.url(f"reponses/{answer.pk}/")),
        ("link_holder", f"/ecole/{world.link.token}/"),
    ):
        values = {"send": "file", "pupils": "4", "file": sent("Type;Nombre\nTablette;10\n")}
        assert world.client(who).post(address, values).status_code == 507
    assert not Delivery.objects.exists() and not storage.folder("sent").exists()
    browser = Client()
    assert send_form(browser, "/connexion/", username="officer@essai.fr", password=PASSWORD) == 302
    assert browser.get(world.url()).status_code == 200
    assert send_form(browser, world.url("actions/nouvelle/"), code="A1", title="Garder six ans") == 302
    assert Action.objects.count() == 1


@pytest.mark.django_db
def test_a_file_that_finds_no_room_leaves_nothing(
    world: World, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def write_half(path: Path, content: bytes) -> int:
        write(path, content[: len(content) // 2])
        raise FULL

    monkeypatch.setattr(Path, "write_bytes", write_half)
    browser = world.client("officer")
    browser.raise_request_exception = False
    page = world.url(f"reponses/{answer_of(campaign, world.school).pk}/")
    assert browser.post(page, {"file": sent("Type;Nombre\nTablette;10\n")}).status_code == 507
    assert not Delivery.objects.exists() and not Job.objects.exists()
    assert storage.files_of(storage.folder("sent")) == []


@pytest.mark.django_db
def test_work_that_finds_no_room_says_so_and_is_done_once_there_is_some(
    world: World, monkeypatch: pytest.MonkeyPatch, free: Callable[[int], None]
) -> None:
    monkeypatch.setattr(queue, "find_work", lambda _kind: fail(FULL))
    job = queue.run_at_once(queue.ask_job(world.access(), "run", "1", "Calcul"))
    assert (job.state, job.attempts, job.problems[0]["what"]) == (Job.FAILED, 1, "Le disque du serveur est plein.")
    shown = world.client("officer").get(job.address).content.decode()
    assert "Relancer" in shown and "libère de la place" in shown
    free(50_000_000)
    assert send_form(world.client("officer"), job.address) == 302
    assert queue.take_job() is None
    assert "presque plein" in world.client("officer").get(job.address).content.decode()
    free(500_000_000)
    monkeypatch.setattr(queue, "find_work", lambda _kind: lambda _job: "/fait/")
    assert queue.run_next_job()
    job.refresh_from_db()
    assert job.state == Job.DONE


def test_the_reserve_is_given_up_when_nothing_is_left_and_kept_again_later(free: Callable[[int], None]) -> None:
    reserve = storage.folder("reserve")
    storage.folder().mkdir(parents=True)
    free(500_000_000)
    room.keep_reserve()
    room.give_up_reserve()
    assert reserve.stat().st_size == 8_000_000
    free(1_000_000)
    room.give_up_reserve()
    room.keep_reserve()
    assert not reserve.exists()


# ------------------------------------------------------------------------------------------- two servers on one folder


def test_the_data_folder_of_another_machine_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its numbers of processes mean others here: none is asked to end."""
    monkeypatch.setattr(os, "kill", lambda *_arguments: pytest.fail("a process of this machine"))
    with portal_processes._pid_file(tmp_path).open("w+") as note:
        assert portal_processes._lock(note.fileno())
        monkeypatch.setattr(portal_processes.platform, "node", lambda: "la-bas")
        portal_processes._name(note, "127.0.0.1:8000", [])
        monkeypatch.setattr(portal_processes.platform, "node", lambda: "ici")
        with pytest.raises(CannotUse, match="la-bas"):
            portal_processes.stop_portal(tmp_path)


def test_of_two_starts_at_once_one_serves_and_the_other_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, refused = threading.Event(), threading.Event()
    monkeypatch.setattr(portal_processes, "stop_portal", lambda _data: None)  # both look before either is there
    monkeypatch.setattr(portal_processes, "_watch", lambda *_arguments: None)

    def prepare(*_arguments: Any, **_named: Any) -> None:
        inside.set()
        assert refused.wait(10)

    monkeypatch.setattr(portal_processes, "_manage", prepare)
    first = threading.Thread(
        target=lambda: portal_processes.serve_portal(tmp_path, free_address(), background=False), daemon=True
    )
    first.start()
    assert inside.wait(10)
    try:
        with pytest.raises(CannotUse, match="Un autre portail"):
            portal_processes.serve_portal(tmp_path, free_address(), background=False)
    finally:
        refused.set()
        first.join()
