"""Slow and large: 200 slow clients and posts of 150 MB, on the portal alone and behind docs/guides/nginx.conf."""

from __future__ import annotations

import contextlib
import os
import pwd
import select
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from killing import Portal, free_address
from test_portal_kills import SETUP

NAME = "estran.exemple.fr"
CONFIGURATION = Path(__file__).parents[2] / "docs/guides/nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
AROUND = """
user {user};
daemon off;
worker_processes 2;
pid {work}/pid;
error_log {work}/error.log;
events {{ worker_connections 768; }}
http {{
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    include {work}/estran.conf;
}}
"""
LARGE = 150 * 10**6
SLOW = 200


@dataclass
class Front:
    """Where visitors arrive: the portal itself, or the nginx before it."""

    address: str
    folders: tuple[Path, ...]  # where what is sent could be put down
    processes: Callable[[], list[int]]
    secure: ssl.SSLContext | None = None
    opened: list[socket.socket] = field(default_factory=list)

    def connect(self) -> socket.socket:
        """A new connection."""
        host, _colon, port = self.address.rpartition(":")
        plain = socket.create_connection((host, int(port)), timeout=120)
        self.opened.append(self.secure.wrap_socket(plain, server_hostname=NAME) if self.secure else plain)
        return self.opened[-1]

    def ask(self, *lines: str) -> socket.socket:
        """A connection on which these lines are sent."""
        asked = self.connect()
        asked.sendall("\r\n".join(lines).encode())
        return asked

    def visit(self) -> float:
        """Seconds in which the page of sign-in comes, on a new connection."""
        begun = time.monotonic()
        answer = self.ask("GET /connexion/ HTTP/1.1", f"Host: {NAME}", "Connection: close", "", "")
        page = b"".join(iter(lambda: answer.recv(2**16), b""))
        assert b" 200 OK\r\n" in page and b"</html>" in page
        return time.monotonic() - begun

    def post(self, page: str, most: int = LARGE) -> int:
        """The status of a post of 150 MB, 0 if it was only hung up on; sending stops as soon as there is an answer."""
        head = (f"POST {page} HTTP/1.1", f"Host: {NAME}", f"Content-Length: {most}")
        sending = self.ask(*head, "Content-Type: multipart/form-data; boundary=b", "", "")
        with contextlib.suppress(OSError):
            part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            while most and not select.select([sending], [], [], 0)[0]:
                sending.sendall(part)
                most -= len(part)
                part = b"x" * min(2**16, most)
        with contextlib.suppress(OSError):
            return int((sending.recv(2**12).split() or ["", "0"])[1])
        return 0

    def put_down(self) -> int:
        """Bytes of what is sent that lie on disk: temporary files are removed while they are open."""
        size = 0
        for process in self.processes():
            for opened in Path(f"/proc/{process}/fd").glob("*"):
                with contextlib.suppress(OSError):
                    if str(opened.readlink()).startswith(tuple(map(str, self.folders))):
                        size += opened.stat().st_blocks * 512
        return size


@pytest.fixture
def portal(portals: Callable[[str], Portal], monkeypatch: pytest.MonkeyPatch) -> Portal:
    monkeypatch.setenv("ESTRAN_HOSTS", NAME)
    return portals("portail")


@pytest.fixture
def alone(portal: Portal) -> Iterator[Front]:
    front = Front(portal.address, (portal.data / "tmp",), lambda: portal.processes()["web"])
    yield front
    for opened in front.opened:
        opened.close()


@pytest.fixture
def behind_nginx(
    portals: Callable[[str], Portal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Front, Portal]]:
    if not NGINX or not shutil.which("openssl"):
        pytest.skip("nginx ou openssl absent : sudo apt-get install nginx-light openssl")
    monkeypatch.setenv("ESTRAN_HOSTS", NAME)
    monkeypatch.setenv("ESTRAN_HTTPS", "yes")
    portal, work, address = portals("portail"), tmp_path / "nginx", free_address()
    work.mkdir()
    text = CONFIGURATION.read_text(encoding="utf-8")
    # The file as it stands, at other addresses.
    for here, there in {
        "listen 80;": f"listen {free_address()};", "listen [::]:80;": "",
        "listen 443 ssl;": f"listen {address} ssl;", "listen [::]:443 ssl;": "",
        "127.0.0.1:8000": portal.address, "/var/log/nginx": str(work),
        "/etc/ssl/certs/estran.pem": f"{work}/estran.pem", "/etc/ssl/private/estran.key": f"{work}/estran.key",
    }.items():  # fmt: skip
        assert here in text, here
        text = text.replace(here, there)
    (work / "estran.conf").write_text(text, encoding="utf-8")
    user = pwd.getpwuid(os.getuid()).pw_name
    (work / "nginx.conf").write_text(AROUND.format(work=work, user=user), encoding="utf-8")
    certificate = ["-keyout", f"{work}/estran.key", "-out", f"{work}/estran.pem", "-days", "2", "-subj", f"/CN={NAME}"]
    named = ["-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *certificate, *named], check=True,
        capture_output=True,
    )  # fmt: skip
    served = subprocess.Popen([NGINX, "-c", f"{work}/nginx.conf", "-p", str(work), "-e", f"{work}/error.log"])
    secure = ssl.create_default_context(cafile=f"{work}/estran.pem")
    secure.maximum_version = ssl.TLSVersion.TLSv1_2  # nothing comes after the handshake but the answer
    children = Path(f"/proc/{served.pid}/task/{served.pid}/children")
    front = Front(
        address,
        (work, portal.data / "tmp"),
        lambda: [*map(int, children.read_text().split()), *portal.processes()["web"]],
        secure,
    )
    for _try in range(100):
        assert served.poll() is None, (work / "error.log").read_text()
        with contextlib.suppress(OSError):
            front.visit()
            break
        time.sleep(0.1)
    yield front, portal
    for opened in front.opened:
        opened.close()
    served.terminate()
    served.wait()


@contextlib.contextmanager
def slow_clients(front: Front) -> Iterator[Callable[[], int]]:
    """200 clients that send a byte a second, half of them of their headers; a function gives how many are there."""
    stop, there = threading.Event(), []

    def begin(number: int) -> socket.socket:
        head = ("POST /connexion/ HTTP/1.1", f"Host: {NAME}")
        kind = "Content-Type: application/x-www-form-urlencoded"
        return front.ask(*head, "X-Slow: ") if number % 2 else front.ask(*head, kind, "Content-Length: 90000", "", "a=")

    def dribble() -> None:
        while not stop.wait(1):
            for number, client in enumerate(there):
                try:
                    client.sendall(b"x")
                except OSError:  # hung up on: it comes back
                    there[number] = begin(number)

    with ThreadPoolExecutor(20) as beginning:
        there += beginning.map(begin, range(SLOW))
    thread = threading.Thread(target=dribble)
    thread.start()
    try:
        yield lambda: len(there)
    finally:
        stop.set()
        thread.join()


def check_visits(front: Front) -> None:
    with ThreadPoolExecutor(8) as visitors:  # each process of the portal has answered once
        list(visitors.map(lambda _visit: front.visit(), range(40)))
    alone = sorted(front.visit() for _visit in range(5))[2]
    with slow_clients(front) as there:
        time.sleep(3)
        times = sorted(front.visit() for _visit in range(20))
        assert there() == SLOW
    print(f"alone {alone:.3f} s; with {SLOW} slow clients: median {times[10]:.3f} s, slowest {times[-1]:.3f} s")
    # On a machine busy with something else, no slower than without them.
    assert times[10] < 1 and times[-2] < max(1, 3 * alone), times


def check_large(front: Front, pages: list[str]) -> None:
    with ThreadPoolExecutor(len(pages)) as sending:
        statuses, most = [sending.submit(front.post, page) for page in pages], 0
        while not all(status.done() for status in statuses):
            most = max(most, front.put_down())
    assert {status.result() for status in statuses} <= {0, 303, 403, 404, 413}, [one.result() for one in statuses]
    print(f"statuses {[status.result() for status in statuses]}, {most / 1e6:.1f} MB on disk at most")
    assert most < 5e6


PAGES = ["/connexion/", "/ecole/12:faux/", "/o/essai/collectes/1/fichier-central/", "/a/ABCDEF/"]


@pytest.mark.slow
def test_two_hundred_slow_clients_on_the_portal_alone(alone: Front) -> None:
    check_visits(alone)


@pytest.mark.slow
def test_large_posts_without_session_on_the_portal_alone(portal: Portal, alone: Front) -> None:
    check_large(alone, PAGES)


@pytest.mark.slow
def test_two_hundred_slow_clients_behind_nginx(behind_nginx: tuple[Front, Portal]) -> None:
    check_visits(behind_nginx[0])


@pytest.mark.slow
def test_what_a_browser_must_know_is_said_once_also_when_nginx_answers(behind_nginx: tuple[Front, Portal]) -> None:
    front, _portal = behind_nginx
    pages = {"/connexion/": b" 200 ", "/static/absent.css": b" 404 ", "/o/essai/": b" 302 "}
    for page, status in pages.items():
        check_headers(front.ask(f"GET {page} HTTP/1.1", f"Host: {NAME}", "Connection: close", "", ""), status)
    # A session of the portal passes, whatever it is worth; who has none is sent to sign in before sending a file.
    for cookie, status in (("", b" 303 "), ("Cookie: a=b; __Host-session=x", b" 403 ")):
        head = ("POST /o/essai/actions/ HTTP/1.1", f"Host: {NAME}", "Content-Length: 0", "Connection: close")
        check_headers(front.ask(*head, *filter(None, [cookie]), "", ""), status)


def check_headers(asked: socket.socket, status: bytes) -> None:
    answer = b"".join(iter(lambda: asked.recv(2**16), b""))
    assert status in answer.partition(b"\r\n")[0], answer[:200]
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert head.count(b"strict-transport-security:") == head.count(b"x-content-type-options:") == 1, head


@pytest.mark.slow
def test_large_posts_behind_nginx_and_what_its_logs_say(behind_nginx: tuple[Front, Portal]) -> None:
    front, portal = behind_nginx
    token = portal.python(SETUP)["answers"][0][2]
    check_large(front, PAGES)
    assert front.post(f"/ecole/{token}/") in (413, 0)
    # Without session, a page of people signed in leads to sign-in before anything is received.
    assert front.post("/o/essai/collectes/1/fichier-central/", 10_000_000) in (303, 0)
    # A file of a school, within its limit, goes through to the portal (which finds no token of a form in it).
    assert front.post(f"/ecole/{token}/", 3_000_000) == 403
    said = front.ask("GET /mot-de-passe/MQ/abc-def/ HTTP/1.1", f"Host: {NAME}", "Connection: close", "", "").recv(99)
    assert b" 404 " in said
    logs = "".join(log.read_text(encoding="utf-8") for log in front.folders[0].glob("*.log"))
    logs += (portal.data / "portail.log").read_text(encoding="utf-8")
    assert "/ecole/…" in logs and "/mot-de-passe/…" in logs
    assert token not in logs and "abc-def" not in logs
