"""A portal that is killed: real processes, real files sent over HTTP by people who do what people do when it fails."""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from estran.cli import portal_processes

PASSWORD = "un mot de passe assez long"
KILLS = ("machine", "parent", "worker", "server", "request")  # in turn
AWAY = 600.0  # seconds after which a portal that does not come back, or a queue that stays, is a fault


def free_address() -> str:
    """An address that nothing serves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def new_database(server: str) -> str:
    """The address of a new base of a PostgreSQL server; nothing without server, which means SQLite."""
    if not server:
        return ""
    import psycopg

    name = f"portal_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as asked:
        asked.execute(f"CREATE DATABASE {name}".encode())
    return f"{server.rpartition('/')[0]}/{name}"


@dataclass
class Portal:
    """A portal served by processes of its own, started again after each kill as a service manager would."""

    data: Path
    database: str = ""  # the address of its base; SQLite without
    address: str = field(default_factory=free_address)
    kills: dict[str, int] = field(default_factory=dict)
    in_hand: int = 0  # kills while a job was in hand or a request was waiting
    unanswered: int = 0  # requests that nobody answered
    sending: threading.Event = field(default_factory=threading.Event)
    away: list[list[float]] = field(default_factory=list)  # from each kill until everything stands again

    def python(self, text: str) -> Any:
        """What a script in the portal prints, as JSON."""
        script = f"import django, json; django.setup()\n{text}"
        done = subprocess.run([sys.executable, "-c", script], env=self.environment, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of the portal, and what it said."""
        called = [sys.executable, "-m", "estran.portal", *command]
        return subprocess.run(called, env=self.environment, capture_output=True, text=True, check=False)

    @property
    def environment(self) -> dict[str, str]:
        """That of its processes."""
        return portal_processes._environment(self.data) | {"ESTRAN_DATABASE_URL": self.database}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of its database, read beside it."""
        if self.database:
            import psycopg

            with psycopg.connect(self.database) as asked:
                return asked.execute(query.encode()).fetchall()
        import sqlite3

        with closing(sqlite3.connect(self.data / "portail.sqlite3", timeout=30)) as asked:
            return asked.execute(query).fetchall()

    def change(self, query: str) -> None:
        """Change rows of its database, beside it."""
        if self.database:
            import psycopg

            with psycopg.connect(self.database) as asked:
                asked.execute(query.encode())
            return
        import sqlite3

        with closing(sqlite3.connect(self.data / "portail.sqlite3", timeout=30)) as asked, asked:
            asked.execute(query)

    def start(self) -> None:
        """Serve it, in the background."""
        called = [sys.executable, "-m", "estran.cli", "serve", "--data", str(self.data), "--address", self.address]
        subprocess.run([*called, "--background"], env=self.environment, check=True)

    def stop(self) -> None:
        """Stop it."""
        portal_processes.stop_portal(self.data)

    def processes(self) -> dict[str, list[int]]:
        """Its processes by part: serve (the parent), web (gunicorn: the first starts the others), work."""
        mark = f"ESTRAN_DATA={self.data.resolve()}".encode()
        signs = {b"estran.cli serve": "serve", b"gunicorn": "web", b"estran.portal work": "work"}
        found: dict[str, list[int]] = {part: [] for part in signs.values()}
        for place in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
            with suppress(OSError):
                if mark in (place / "environ").read_bytes().split(b"\0"):
                    called = (place / "cmdline").read_bytes().replace(b"\0", b" ")
                    for sign, part in signs.items():
                        if sign in called:
                            found[part].append(int(place.name))
        return found

    def kill(self, what: str) -> None:
        """SIGKILL: `request` (one process that answers), `server` (all that answer), `parent`, `worker`, `machine`."""
        found, before = self.processes(), self.unanswered
        self.away.append([time.monotonic(), float("inf")])
        chosen = {
            "request": found["web"][-1:],
            "server": found["web"],
            "parent": found["serve"],
            "worker": found["work"],
            "machine": [number for part in found.values() for number in part],
        }[what]
        for number in chosen:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.kills[what] = self.kills.get(what, 0) + 1
        time.sleep(0.5)
        running = self.rows("SELECT 1 FROM jobs_job WHERE state = 'running'")
        self.in_hand += bool(running) or self.unanswered > before

    def start_again(self) -> None:
        """What the service manager does: start what ended; a part that its parent replaces needs nothing."""
        end = time.monotonic() + AWAY
        while not self._up():
            if not self.processes()["serve"]:
                self.start()
            assert time.monotonic() < end
            time.sleep(0.3)
        if self.away:
            self.away[-1][1] = time.monotonic()

    def stood(self, begun: float, ended: float) -> bool:
        """No part of it was killed or started again in this while."""
        return all(ended < killed or begun > again for killed, again in self.away)

    def _up(self) -> bool:
        """It answers, and its parent watches."""
        with suppress(requests.RequestException):
            return requests.get(f"http://{self.address}/sante/", timeout=5).ok and bool(self.processes()["serve"])
        return False


@dataclass
class Someone:
    """A browser of the officer, or of a referent who has a link: what got no answer is looked at, then done again."""

    portal: Portal
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, address: str) -> str:
        """A page, however long the portal is away."""
        end = time.monotonic() + AWAY
        while True:
            with suppress(requests.RequestException):
                answered = self.session.get(f"http://{self.portal.address}{address}", timeout=60)
                assert answered.status_code == 200, f"{address}: {answered.status_code}"
                return answered.text
            assert time.monotonic() < end, f"the portal does not come back: {address}"
            time.sleep(0.3)

    def post(self, page: str, values: dict[str, Any], file: tuple[str, bytes] | None = None) -> str | None:
        """Send the form of a page once; the page that follows, or None when nobody answered."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page))
        assert token, page
        self.portal.sending.set()
        try:
            answered = self.session.post(
                f"http://{self.portal.address}{page}", timeout=AWAY,
                data={**values, "csrfmiddlewaretoken": token[1]}, files={"file": file} if file else None,
            )  # fmt: skip
        except requests.RequestException:
            self.portal.unanswered += 1
            return None
        assert answered.status_code == 200, f"{page}: {answered.status_code}\n{answered.text}"
        return answered.text

    def do(
        self, page: str, values: dict[str, Any], look: str, seen: str, file: tuple[str, bytes] | None = None
    ) -> None:
        """Send a form; without answer, look at the page `look` whether it arrived (`seen`), else send it again."""
        while self.post(page, values, file) is None and not re.search(seen, self.get(look)):
            pass

    def sign_in(self) -> None:
        """The officer signs in."""
        while self.post("/connexion/", {"username": "a@essai.fr", "password": PASSWORD}) is None:
            pass

    def settle(self) -> None:
        """Wait for the queue to be empty; the officer starts again what the server stopped three times."""
        end = time.monotonic() + AWAY
        while self.portal.rows("SELECT 1 FROM jobs_job WHERE state <> 'done'"):
            assert time.monotonic() < end
            for (number,) in self.portal.rows("SELECT id FROM jobs_job WHERE state = 'failed'"):
                page = f"/o/essai/travaux/{number}/"
                said = self.get(page)
                assert re.search("Le serveur s’est arrêté trois fois|Le disque du serveur est plein", said), said
                self.post(page, {})
            time.sleep(0.5)


@dataclass(frozen=True)
class Work:
    """Something a person does, and the seconds it takes when nobody kills."""

    do: Callable[[], object]
    seconds: float


def while_killed(portal: Portal, chance: random.Random, kills: int, works: Iterable[Work]) -> None:
    """Do the works one after the other; in the first ones, kill a part at a random moment, then start it again."""
    for work in works:
        failed: list[BaseException] = []

        def carry_out(work: Work = work, failed: list[BaseException] = failed) -> None:
            try:
                work.do()
            except BaseException as error:  # told by the thread that waits
                failed.append(error)

        portal.sending.clear()
        thread = threading.Thread(target=carry_out)
        thread.start()
        if sum(portal.kills.values()) < kills:
            portal.sending.wait(AWAY)
            time.sleep(chance.uniform(0, work.seconds))
            portal.kill(KILLS[sum(portal.kills.values()) % len(KILLS)])
            portal.start_again()
        thread.join()
        if failed:
            raise failed[0]
