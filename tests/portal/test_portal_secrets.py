"""What the logs and the data folder show to others, and what is refused before it is read."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from gunicorn.config import Config

from conftest import World
from estran.common.vocabulary import limit
from estran.portal import bodies, settings, web_server, wsgi
from estran.portal.collection.models import Campaign, Delivery
from estran.portal.common import logs
from estran.portal.common.keys import secret_key

TOKEN = "12:kJ3v-Yk_0pQ8x"


def routes(resolver: URLResolver, before: str = "") -> list[str]:
    """Every URL pattern of the portal, as it is written."""
    return [
        route
        for one in resolver.url_patterns
        for route in (
            [before + str(one.pattern)] if isinstance(one, URLPattern) else routes(one, before + str(one.pattern))
        )
    ]


def test_every_address_that_opens_by_itself_is_cut() -> None:
    secret = [
        route for route in routes(get_resolver()) if any(f"<str:{it}>" in route for it in ("token", "link", "code"))
    ]
    assert len(secret) > 10
    for route in secret:
        line = f"Not Found: /{re.sub('<.*?>', 'secret', route)}"
        assert logs.cut_secrets(line) == f"Not Found: /{route.partition('<')[0]}…"


@pytest.mark.parametrize(
    ("line", "cut"),
    [
        (f'"GET /ecole/{TOKEN}/lu/ HTTP/1.1" 404 "https://e.fr/ecole/{TOKEN}/"',
         '"GET /ecole/… HTTP/1.1" 404 "https://e.fr/ecole/…"'),
        (f"/connexion/?next=%2Fecole%2F{TOKEN}%2F", "/connexion/?next=%2Fecole%2F…"),
        ("//Mot-de-passe//MQ/abc-123/", "//Mot-de-passe//…"),
        ("/oidc/retour/?state=abc&code=def", "/oidc/retour/?state=…&code=…"),
        ("/o/essai/ateliers/3/ /o/essai/collectes/1/", "/o/essai/ateliers/3/ /o/essai/collectes/1/"),
    ],
)  # fmt: skip
def test_a_line_keeps_all_but_its_secrets(line: str, cut: str) -> None:
    assert logs.cut_secrets(line) == cut


def test_what_django_and_gunicorn_log_goes_through_the_same_formatter(capsys: pytest.CaptureFixture[str]) -> None:
    assert settings.LOGGING["root"]["handlers"] == ["console"]
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "discreet"
    assert settings.LOGGING["loggers"]["django"]["handlers"] == [], "nothing is mailed"
    config = Config()
    config.set("accesslog", "-")
    config.set("logger_class", web_server.logger_class)
    logger = config.logger_class(config)
    for said in (logger.error_log, logger.access_log):
        address = f"/mot-de-passe/MQ/{TOKEN}/"
        try:
            raise ValueError(address)
        except ValueError:
            said.exception("GET %s", f"/elus/{TOKEN}/rapport.html")
    shown = "".join(capsys.readouterr())
    assert shown.count("/elus/…") == 2 and shown.count("/mot-de-passe/…") == 2 and TOKEN not in shown
    logging.getLogger("gunicorn.error").handlers.clear()
    logging.getLogger("gunicorn.access").handlers.clear()


def test_files_of_the_portal_are_their_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    data = tmp_path / "portail"
    script = """
import os, django; os.umask(0); django.setup()
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.core.management import call_command
from estran.common.files import whole_or_nothing, write_whole
from estran.portal.common import storage
call_command("migrate", "contenttypes", verbosity=0)
staticfiles_storage.save("c.css", ContentFile(b"c"))
write_whole(storage.folder("sent", 1, "a.csv"), b"a")
storage.keep_folder(lambda place: (place / "b.csv").write_text("b"), "estates", 1)
with whole_or_nothing(storage.folder("runs", 1, "bilan-2025")) as place:
    (place / "run.json").write_text("{}")
for path in (storage.folder(), *storage.folder().rglob("*")):
    print(f"{path.lstat().st_mode & 0o777:o} {path}")
"""
    called = {**os.environ, "ESTRAN_DATA": str(data), "ESTRAN_DATABASE_URL": "", "ESTRAN_SECRET_KEY": ""}
    called["DJANGO_SETTINGS_MODULE"] = "estran.portal.settings"
    done = subprocess.run([sys.executable, "-c", script], env=called, check=True, umask=0, stdout=subprocess.PIPE)
    modes = {Path(path): mode for mode, path in map(str.split, done.stdout.decode().splitlines())}
    files = {path.name for path, mode in modes.items() if mode == "600"}
    assert files >= {"a.csv", "b.csv", "c.css", "run.json", "secret.key", "portail.sqlite3", "portail.sqlite3-wal"}
    assert {mode for path, mode in modes.items() if path.name not in files} == {"700"}


def test_a_folder_left_open_is_closed_at_the_start_and_what_cannot_be_is_named(
    own_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_data / "sent").mkdir(parents=True)
    (own_data / "sent/liste.csv").write_text("a")
    own_data.chmod(0o755)
    (own_data / "sent").chmod(0o775)
    (own_data / "sent/liste.csv").chmod(0o664)
    (message,) = run_checks(tags=["estran_files"], include_deployment_checks=True)
    assert "3 en tout" in message.msg and f"chmod -R go-rwx {own_data}" in message.hint
    with monkeypatch.context() as owned_by_another:
        owned_by_another.setattr(Path, "chmod", lambda path, mode: (_ for _ in ()).throw(PermissionError()))
        owned_by_another.setattr("estran.portal.management.commands.prepare.call_command", lambda *a, **b: None)
        owned_by_another.setattr("estran.portal.jobs.queue.free_jobs", lambda: None)
        call_command("prepare")
        assert "chmod -R go-rwx" in capsys.readouterr().err
    from estran.portal.common import storage

    storage.close_to_others()
    assert run_checks(tags=["estran_files"], include_deployment_checks=True) == []
    assert (own_data / "sent").stat().st_mode & 0o777 == 0o700
    assert (own_data / "sent/liste.csv").stat().st_mode & 0o777 == 0o600


def test_a_key_is_its_owners_alone(tmp_path: Path) -> None:
    secret_key(tmp_path)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pages whose body was read."""
    read: list[str] = []
    load = HttpRequest._load_post_and_files

    def note(request: HttpRequest) -> None:
        read.append(request.path)
        load(request)

    monkeypatch.setattr("django.core.handlers.wsgi.WSGIRequest._load_post_and_files", note)
    return read


def test_a_body_is_refused_before_it_is_read(world: World, unread: list[str]) -> None:
    """Strangers: a short form. People signed in, holders of a link: a file."""
    most = limit("stranger_bytes")
    link, forged = f"/ecole/{world.link.token}/", "/ecole/12:faux/"
    central = world.url("collectes/1/fichier-central/")
    browsers = {who: world.client(who) for who in ("anonymous", "officer")}

    def status(who: str, page: str, length: int) -> int:
        unread.clear()
        empty = {"wsgi.input": io.BytesIO(), "CONTENT_LENGTH": str(length)}
        return browsers[who].generic("POST", page, b"", **empty).status_code

    for page in (link, central):
        assert status("officer", page, bodies.most_bytes() + 1) == 413 and not unread
    for page in ("/connexion/", forged, central, "/a/ABCDEF/"):
        assert status("anonymous", page, most + 1) == 413 and not unread
    assert status("anonymous", link, bodies.most_bytes() + 1) == 413 and not unread
    # What is within the limit reaches the page.
    assert status("anonymous", link, most + 1) != 413
    assert status("officer", central, bodies.most_bytes()) != 413
    assert status("anonymous", "/connexion/", most) != 413


def test_a_body_cut_short_is_refused(world: World, campaign: Campaign) -> None:
    """Of 1,200 computers, a connection that breaks leaves « 12 »: it must not count for the whole."""
    page, visitor = f"/ecole/{world.link.token}/", Client()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', visitor.get(page).content.decode())[1]  # type: ignore[index]
    sent = urlencode({"csrfmiddlewaretoken": token, "send": "counts", "pupils": 400, "desktops": 1200}).encode()

    def answer(body: bytes) -> str:
        environ = visitor._base_environ() | {  # type: ignore[attr-defined]
            "REQUEST_METHOD": "POST", "PATH_INFO": page, "wsgi.input": io.BytesIO(body),
            "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(sent)),
        }  # fmt: skip
        status: list[str] = []
        b"".join(wsgi.application(environ, lambda line, headers: status.append(line)))
        return status[0]

    assert answer(sent[:-2]).startswith("403") and not Delivery.objects.exists()
    assert answer(sent).startswith("302") and Delivery.objects.get().rows == 1
