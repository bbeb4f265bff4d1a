"""`estran serve` as an authority runs it: pages, compressed style, a worker that is killed and loses nothing."""

from __future__ import annotations

import gzip
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from estran import terminal_portal
from estran.problems import CannotUse

SETUP = """
import django; django.setup()
from datetime import date
from estran.portal.estates import estimate
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership, Organisation, Person
from estran.portal.results import work
place = Organisation.objects.create(name="Essai", slug="essai")
person = Person.objects.create_user("a@essai.fr")
here = Access(person, place, Membership.objects.create(organisation=place, person=person, role=3))
for year in range(2015, 2025):
    estimate.headcounts(here, date(year, 12, 31), {"agents": 100}, "essai")
    work.ask(here, estimate.inventory(here, year, {"laptops": year}))
"""


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder served by processes of their own, on SQLite; whatever serves it is stopped in the end."""
    for name in [name for name in os.environ if name.startswith("ESTRAN_")]:
        monkeypatch.delenv(name)
    yield tmp_path / "portail"
    terminal_portal.stop(tmp_path / "portail")


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(data / "portail.sqlite3", timeout=30) as connection:
        return connection.execute(query).fetchall()


def test_it_answers_with_a_compressed_style_sheet_then_stops(data: Path) -> None:
    address = free_address()
    terminal_portal.serve(data, address, background=True)
    with urllib.request.urlopen(f"http://{address}/connexion/") as answer:
        page = answer.read().decode()
        assert answer.headers["Cache-Control"] and "default-src 'none'" in answer.headers["Content-Security-Policy"]
    style = re.search(r'href="(/static/portal\.[0-9a-f]{12}\.css)"', page)
    assert style, "the name of the style sheet changes with its content"
    request = urllib.request.Request(f"http://{address}{style[1]}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert "immutable" in answer.headers["Cache-Control"] and answer.headers["Content-Encoding"] == "gzip"
        assert len(gzip.decompress(answer.read())) < 12_000
    with pytest.raises(CannotUse, match="déjà prise"):
        terminal_portal.serve(data.parent / "autre", address, background=True)
    terminal_portal.stop(data)
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://{address}/sante/", timeout=2)


@pytest.mark.parametrize("address", ["8000", "127.0.0.1:", "portail"])
def test_what_is_not_an_address_is_refused(data: Path, address: str) -> None:
    with pytest.raises(CannotUse, match="n’est pas une adresse"):
        terminal_portal.serve(data, address, background=False)


def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(data: Path) -> None:
    """Ten runs asked; the worker is killed at random moments, then left alone: each run is computed once, and whole."""
    environment = terminal_portal._environment(data)
    subprocess.run([sys.executable, "-m", "estran.portal", "migrate", "-v", "0"], env=environment, check=True)
    subprocess.run([sys.executable, "-c", SETUP], env=environment, check=True)
    chance = random.Random(20251231)
    killed = 0
    while killed < 8:
        worker = subprocess.Popen([sys.executable, "-m", "estran.portal", "work"], env=environment)
        time.sleep(2 + 3 * chance.random())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        killed += 1
        # As if the minute of the lease had passed; three kills in the same run would end it as failed.
        with sqlite3.connect(data / "portail.sqlite3", timeout=30) as connection:
            connection.execute("UPDATE jobs_job SET leased_until = '2000-01-01', attempts = 1 WHERE state = 'running'")
    worker = subprocess.Popen([sys.executable, "-m", "estran.portal", "work"], env=environment)
    end = time.monotonic() + 240
    while time.monotonic() < end and rows(data, "SELECT 1 FROM jobs_job WHERE state IN ('waiting', 'running')"):
        time.sleep(0.5)
    worker.terminate()
    worker.wait()
    assert rows(data, "SELECT state, count(*) FROM jobs_job GROUP BY state") == [("done", 10)]
    computed = rows(data, "SELECT id, year FROM results_run WHERE computed_at IS NOT NULL")
    assert len(computed) == 10
    for number, year in computed:
        left = {path.name for path in (data / "runs" / str(number)).iterdir()}
        assert {f"bilan-{year}", "figures.json", "perimeter.toml"} <= left
        assert (data / "runs" / str(number) / f"bilan-{year}" / "run.json").exists()
