"""Sign-in through a real identity provider (npm's oidc-provider), its userinfo signed as ProConnect's."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import browser as browsers
import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from conftest import World
from estran.portal.organisations import oidc

pytestmark = pytest.mark.django_db(transaction=True)
HERE = Path(__file__).parent
ITS_OWN = "openid email profile"  # ProConnect has one scope per claim; this provider groups them


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def provider(live_server: Any, settings: Any) -> Iterator[str]:
    """A provider that knows this portal, and the portal told of it."""
    if not (shutil.which("node") and (HERE / "node_modules" / "oidc-provider").exists()):
        pytest.fail("missing: oidc-provider") if os.environ.get("CI") else pytest.skip("missing: oidc-provider")
    port = free_port()
    command = ["node", str(HERE / "provider.mjs"), str(port), f"{live_server.url}/oidc/retour/"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout and process.stdout.readline() == "ready\n"
    settings.OIDC_ISSUER = f"http://127.0.0.1:{port}"
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = "estran", "not-a-secret"
    settings.OIDC_RP_SCOPES = ITS_OWN
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, "estran.portal.organisations.oidc.Backend"]
    csp = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**csp, "form-action": ["'self'", settings.OIDC_ISSUER]}}
    yield settings.OIDC_ISSUER
    process.terminate()
    process.wait()


def sign_in(page: Page, login: str) -> None:
    page.goto("/connexion/")
    page.get_by_role("link", name="Se connecter avec ProConnect").click()
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill("any")
    page.locator("button[type=submit]").click()
    page.get_by_role("button", name="Continue").click()


@pytest.mark.slow
def test_a_person_added_beforehand_enters_and_leaves(
    browser: Browser, live_server: Any, world: World, provider: str
) -> None:
    with browsers.opened(browser, live_server.url) as (page, _visit):
        sign_in(page, "officer")
        expect(page.get_by_role("heading", name="Accueil")).to_be_visible()
        world.people["officer"].refresh_from_db()
        assert world.people["officer"].subject == "officer"
        page.get_by_role("button", name="Se déconnecter").click()
        page.get_by_role("button", name="Yes").click()
        assert urlsplit(page.url).path == "/connexion/"
        page.goto(world.url())
        expect(page.get_by_role("heading", name="Connexion")).to_be_visible()


@pytest.mark.slow
def test_someone_nobody_added_stays_outside(browser: Browser, live_server: Any, world: World, provider: str) -> None:
    with browsers.opened(browser, live_server.url) as (page, _visit):
        sign_in(page, "unknown")
        expect(page.get_by_role("status")).to_contain_text("n’ouvre aucun compte ici")


@pytest.mark.slow
def test_an_address_tied_to_someone_else_at_the_provider_does_not_enter(
    browser: Browser, live_server: Any, world: World, provider: str
) -> None:
    officer = world.people["officer"]
    officer.subject = "someone else"
    officer.save()
    with browsers.opened(browser, live_server.url) as (page, _visit):
        sign_in(page, "officer")
        expect(page.get_by_role("status")).to_contain_text("n’ouvre aucun compte ici")


def test_a_provider_that_does_not_answer_is_said(world: World, settings: Any) -> None:
    settings.OIDC_ISSUER = f"http://127.0.0.1:{free_port()}"
    answer = Client().get("/oidc/depart/", follow=True)
    assert "ne répond pas" in answer.content.decode()


def test_an_unverified_address_or_another_person_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc.OIDCAuthenticationBackend, "get_userinfo", lambda *_given: {"sub": "a", "email": "x@y.fr"})
    monkeypatch.setattr(oidc.Backend, "__init__", lambda self: None)
    backend = oidc.Backend()
    assert backend.get_userinfo("", "", {"sub": "a"})["email"] == "x@y.fr"
    with pytest.raises(oidc.SuspiciousOperation):
        backend.get_userinfo("", "", {"sub": "b"})
    assert not backend.verify_claims({"email": "x@y.fr", "email_verified": False})
    assert not backend.verify_claims({"email": ""})
