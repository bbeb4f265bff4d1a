"""What a page costs: queries that do not grow with what it lists, and settings a security check accepts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conftest import PASSWORD, World
from estran.portal.results.models import Run

# The most queries a page may make: the session, the person and his role are three of them.
QUERIES = {"": 17, "bilans/": 4, "bilans/{run}/": 8, "bilans/estimation/": 3}
QUERIES |= {"bilans/{run}/origine/": 5, "bilans/{run}/lignes/": 6, "bilans/{run}/completude/": 5}
QUERIES |= {"bilans/{run}/et-les-autres/": 5}


@pytest.mark.django_db
@pytest.mark.parametrize("page", QUERIES)
def test_a_page_makes_few_queries(
    world: World, run: Run, page: str, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    browser, address = world.client("officer"), world.url(page.format(run=run.pk))
    browser.get(address)
    with django_assert_max_num_queries(QUERIES[page]):
        assert browser.get(address).status_code == 200


@pytest.mark.django_db
def test_a_long_list_makes_no_more_queries_than_a_short_one(
    world: World, run: Run, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for year in range(2000, 2020):
        Run.objects.create(
            organisation=world.organisation, inventory=run.inventory, year=year,
            computed_at=timezone.now(), sha256="0", mean=1.0, low=1.0, high=1.0,
        )  # fmt: skip
    browser = world.client("officer")
    for page in ("", "bilans/"):
        with django_assert_max_num_queries(QUERIES[page]):
            browser.get(world.url(page))


def test_the_settings_of_a_deployment_pass_djangos_own_check(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("ESTRAN_", "DJANGO_"))},
        "ESTRAN_DATA": str(tmp_path),
        "ESTRAN_HTTPS": "yes",
        "ESTRAN_HOSTS": "estran.essai.fr",
    }
    command = [sys.executable, "-m", "estran.portal", "check", "--deploy", "--fail-level", "WARNING"]
    checked = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0, "the key is for its owner alone"


def test_cookies_behind_https_are_bound_to_their_host(tmp_path: Path) -> None:
    code = (
        "import django; django.setup(); from django.conf import settings as s; from estran.portal.workshops import "
        "phone_views; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, phone_views.COOKIE)"
    )
    environment = os.environ | {
        "ESTRAN_DATA": str(tmp_path), "ESTRAN_HTTPS": "yes", "DJANGO_SETTINGS_MODULE": "estran.portal.settings",
    }  # fmt: skip
    shown = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    session, *others = shown.stdout.split()
    assert (session, *others) == ("__Host-session", "__Host-csrf", "__Secure-atelier")
    configuration = Path(__file__).parents[2] / "docs/guides/nginx.conf"
    assert f"{session}=" in configuration.read_text("utf-8"), "it refuses what is sent without this cookie"


@pytest.mark.django_db
def test_signing_out_empties_what_the_browser_kept(world: World) -> None:
    assert world.client("officer").post("/deconnexion/").headers["Clear-Site-Data"] == '"cache"'


@pytest.mark.django_db
def test_a_page_says_what_the_browser_must_not_do(world: World) -> None:
    headers = world.client("officer").get(world.url()).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert world.client("anonymous").get("/accessibilite/").headers["Cache-Control"] == "private, no-cache"
    assert "object-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    signed_in = Client().post("/connexion/", {"username": "officer@essai.fr", "password": PASSWORD})
    cookie = signed_in.cookies["session"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


@pytest.mark.django_db
def test_a_form_without_its_token_changes_nothing(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.people["officer"], "django.contrib.auth.backends.ModelBackend")
    answer = browser.post(world.url("bilans/estimation/"), {"year": 2025, "laptops": 10})
    assert (answer.status_code, "Formulaire expiré" in answer.content.decode()) == (403, True)
    assert not Run.objects.exists()
