"""Sign-in through a real identity provider (npm's oidc-provider), its userinfo signed as ProConnect's.

It gives wrong tokens on purpose to whoever signs in as « officer id_token {…} » or « officer userinfo {…} ».
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import browser as browsers
import pytest
import requests
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from conftest import PASSWORD, World
from estran.portal.organisations import oidc
from estran.portal.organisations.models import AuditLine

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent
PORTAL = "http://testserver"  # of Django's test client
ITS_OWN = "openid email profile"  # ProConnect has one scope per claim; this provider groups them


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


Start = Callable[[str], str]


@pytest.fixture(scope="module")
def start_provider() -> Iterator[Start]:
    """A function: the issuer of a provider that leads back to this portal; one for each portal."""
    if not (shutil.which("node") and (HERE / "node_modules" / "oidc-provider").exists()):
        pytest.fail("missing: oidc-provider") if os.environ.get("CI") else pytest.skip("missing: oidc-provider")
    processes: dict[str, tuple[str, subprocess.Popen[str]]] = {}

    def start(portal: str) -> str:
        if portal not in processes:
            port = free_port()
            command = ["node", str(HERE / "provider.mjs"), str(port), f"{portal}/oidc/retour/"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            processes[portal] = f"http://127.0.0.1:{port}", process
            assert process.stdout and process.stdout.readline() == "ready\n"
        return processes[portal][0]

    yield start
    for _issuer, process in processes.values():
        process.terminate()
        process.wait()


def tell_portal(settings: Any, issuer: str) -> str:
    settings.OIDC_ISSUER = issuer
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = "estran", "not-a-secret-that-anyone-would-keep"
    settings.OIDC_RP_SCOPES = ITS_OWN
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, "estran.portal.organisations.oidc.Backend"]
    csp = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**csp, "form-action": ["'self'", issuer]}}
    return issuer


@pytest.fixture
def provider(live_server: Any, settings: Any, start_provider: Start) -> str:
    """A provider that knows the portal of the browser, and the portal told of it."""
    return tell_portal(settings, start_provider(live_server.url))


@pytest.fixture
def known(settings: Any, start_provider: Start) -> str:
    """The same for the portal of Django's test client."""
    return tell_portal(settings, start_provider(PORTAL))


def come_back(portal: Client, login: str, start: str = "/oidc/depart/") -> str:
    """The address that the provider leads back to, once someone has signed in and agreed there."""
    http, address = requests.Session(), portal.get(start)["Location"]
    while not address.startswith(PORTAL):
        answer = http.get(address, allow_redirects=False)
        if action := re.search(r'action="(.*?)"', answer.text):
            prompt = re.search(r'name="prompt" value="(.*?)"', answer.text)
            assert prompt
            values = {"prompt": prompt[1], "login": login, "password": "any"}
            answer = http.post(urljoin(address, action[1]), values, allow_redirects=False)
        address = urljoin(address, answer.headers["Location"])
    return address.removeprefix(PORTAL)


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


def test_a_right_token_signs_in_and_serves_once(world: World, known: str) -> None:
    portal = Client()
    back = come_back(portal, "officer")
    assert portal.get(back)["Location"] == "/"
    assert portal.get(world.url()).status_code == 200
    again = portal.get(back, follow=True)
    assert (again.status_code, AuditLine.objects.filter(organisation=None).count()) == (200, 0)


HOUR = 3600
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("id_token", {"aud": "another"}, "destiné à une autre application"),
    ("id_token", {"aud": ["estran", "another"]}, "destiné à une autre application"),
    ("id_token", {"aud": ["estran", "another"], "azp": "another"}, "destiné à une autre application"),
    ("id_token", {"azp": "another"}, "destiné à une autre application"),
    ("id_token", {"aud": None}, "incomplet"),
    ("id_token", {"iss": "https://ailleurs.fr"}, "d’un autre fournisseur"),
    ("id_token", {"iss": None}, "incomplet"),
    ("id_token", {"exp": -HOUR}, "n’est plus valable"),
    ("id_token", {"exp": None}, "incomplet"),
    ("id_token", {"exp": "demain"}, "illisible"),
    ("id_token", {"iat": None}, "incomplet"),
    ("id_token", {"iat": HOUR}, "pas encore valable"),
    ("id_token", {"nbf": HOUR}, "pas encore valable"),
    ("id_token", {"nonce": "another"}, "ne répond pas à cette demande"),
    ("id_token", {"nonce": None}, "ne répond pas à cette demande"),
    ("id_token", {"sub": None}, "incomplet"),
    ("id_token", {"sub": 12}, "illisible"),
    ("id_token", {"sub": "someone"}, "le nom d’une autre personne"),
    ("id_token", {"email_verified": False, "sign": "RS256"}, "pas vérifiée"),
    ("id_token", {"sign": "none"}, "ne répond pas à cette demande"),
    ("id_token", {"sign": "HS256"}, "ne répond pas à cette demande"),
    ("id_token", {"sign": "another"}, "signature est fausse"),
    ("id_token", {"whole": "not.a.token"}, "illisible"),
    ("id_token", {"whole": 12}, "illisible"),
    ("id_token", {"whole": None}, "illisible"),
    ("userinfo", {"aud": "another"}, "destiné à une autre application"),
    ("userinfo", {"aud": None}, "incomplet"),
    ("userinfo", {"iss": "https://ailleurs.fr"}, "d’un autre fournisseur"),
    ("userinfo", {"exp": -HOUR}, "n’est plus valable"),
    ("userinfo", {"sign": "none"}, "ne répond pas à cette demande"),
    ("userinfo", {"sign": "another"}, "signature est fausse"),
    ("userinfo", {"whole": "not a token"}, "illisible"),
    ("userinfo", {"sub": "someone"}, "le nom d’une autre personne"),
    ("userinfo", {"email": None}, "sans adresse électronique"),
    ("userinfo", {"email": ["officer@essai.fr"]}, "sans adresse électronique"),
    ("userinfo", {"email_verified": "false"}, "pas vérifiée"),
    ("userinfo", {"email_verified": False}, "pas vérifiée"),
    ("userinfo", {"email_verified": 0}, "pas vérifiée"),
    ("userinfo", {"email_verified": "non"}, "pas vérifiée"),
]


@pytest.mark.parametrize(("which", "changes", "reason"), WRONG)
def test_a_wrong_token_opens_nothing_and_is_said_and_noted(
    world: World, known: str, which: str, changes: dict[str, Any], reason: str
) -> None:
    portal = Client()
    back = come_back(portal, f"officer {which} {json.dumps(changes)}")
    answer = portal.get(back, follow=True)
    page = answer.content.decode()
    assert (answer.status_code, reason in page, "Recommencez" in page) == (200, True, True), page
    assert portal.get(world.url()).status_code == 302, "nobody is signed in"
    world.people["officer"].refresh_from_db()
    assert world.people["officer"].subject is None, "no account is tied"
    assert reason in AuditLine.objects.get().what
    assert reason in world.client("administrator").get(world.url("journal/")).content.decode()


@pytest.mark.parametrize(
    ("which", "changes"),
    [
        ("id_token", {"aud": ["estran"]}),
        ("id_token", {"aud": ["estran", "another"], "azp": "estran"}),
        ("id_token", {"exp": -30}),
        ("userinfo", {"email_verified": True}),
        ("userinfo", {"email_verified": "true"}),
        ("userinfo", {"usual_name": "\0" + 180 * "x"}),
        ("userinfo", {"given_name": ["a"]}),
    ],
)
def test_what_the_standard_allows_signs_in(world: World, known: str, which: str, changes: dict[str, Any]) -> None:
    portal = Client()
    assert portal.get(come_back(portal, f"officer {which} {json.dumps(changes)}"))["Location"] == "/"


def test_a_refusal_of_the_provider_or_a_code_it_does_not_know_is_said(world: World, known: str) -> None:
    portal = Client()
    start = portal.get("/oidc/depart/")["Location"]
    state = re.search(r"state=(\w+)", start)
    assert state
    page = portal.get(f"/oidc/retour/?state={state[1]}&error=access_denied", follow=True).content.decode()
    assert "a donné un refus" in page and AuditLine.objects.count() == 1
    back = come_back(portal, "officer")
    page = portal.get(re.sub(r"code=[^&]*", "code=another", back), follow=True).content.decode()
    assert "Recommencez" in page or "Réessayez" in page
    page = portal.get("/oidc/retour/?state=unknown&code=x", follow=True).content.decode()
    assert "a déjà servi" in page and AuditLine.objects.count() == 1, "what anyone can ask for fills no journal"


def test_an_identity_without_account_is_noted(world: World, known: str) -> None:
    portal = Client()
    page = portal.get(come_back(portal, "unknown"), follow=True).content.decode()
    assert "n’ouvre aucun compte ici" in page
    assert "n’ouvre aucun compte" in AuditLine.objects.get().what


def test_refused_identities_do_not_close_the_door_to_the_next(world: World, known: str) -> None:
    portal = Client()
    for _attempt in range(9):
        portal.get(come_back(portal, "unknown"))
    assert portal.get(come_back(portal, "officer"))["Location"] == "/"


def test_a_provider_that_goes_away_takes_nobody_with_it(world: World, known: str, settings: Any) -> None:
    portal = Client()
    portal.get(come_back(portal, "officer"))
    settings.OIDC_ISSUER = f"http://127.0.0.1:{free_port()}"
    assert portal.get(world.url()).status_code == 200
    answer = Client().post("/connexion/", {"username": "reader@essai.fr", "password": PASSWORD})
    assert answer["Location"] == "/", "others enter by their password"
    assert portal.post("/deconnexion/")["Location"] == "/connexion/"
    assert portal.get(world.url()).status_code == 302


def test_another_provider_behind_the_address_is_refused(
    world: World, known: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OIDC_ISSUER = known.replace("127.0.0.1", "127.0.0.2")
    described = requests.get(f"{known}/.well-known/openid-configuration", timeout=10)
    monkeypatch.setattr(oidc.requests, "get", lambda *_asked, **_more: described)
    page = Client().get("/oidc/depart/", follow=True).content.decode()
    assert "n’est pas celle du fournisseur réglé" in page


AGAIN = "/compte/fournisseur/?next=/compte/confirmee/"


def test_who_entered_by_the_provider_confirms_there_who_is_at_the_keyboard(world: World, known: str) -> None:
    portal = Client()
    portal.get(come_back(portal, "administrator"))
    sent = {"email": "nouvelle@essai.fr", "name": "Nouvelle", "role": "1"}
    asked = portal.post(world.url("personnes/"), sent)
    assert asked.status_code == 403 and "Confirmer avec ProConnect" in asked.content.decode()
    portal.get(come_back(portal, "unknown", AGAIN))
    assert portal.get("/compte/confirmee/")["Location"] == "/compte/", "someone of the provider, but not this person"
    assert portal.post(world.url("personnes/"), sent).status_code == 403
    assert portal.get(come_back(portal, "administrator", AGAIN))["Location"] == "/compte/confirmee/"
    page = portal.get("/compte/confirmee/", follow=True).content.decode()
    typed = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert typed.pop("csrfmiddlewaretoken") and typed == sent
    assert portal.post(world.url("personnes/"), typed).status_code == 302
