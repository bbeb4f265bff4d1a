"""GLPI as a source: its API, as apirest.php documents it, played by a small server of ours."""

from __future__ import annotations

import csv
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from collecting import answer_of
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from conftest import World
from estran.common.problems import CannotUse
from estran.portal.collection import campaigns, glpi
from estran.portal.collection.models import Campaign, Delivery, GlpiSource
from estran.portal.common import outgoing
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job

pytestmark = pytest.mark.django_db

OPTIONS: dict[str, Any] = {
    "common": "Caractéristiques",
    "1": {"name": "Nom", "table": "glpi_computers", "field": "name"},
    "2": {"name": "ID", "table": "glpi_computers", "field": "id"},
    "4": {"name": "Type", "table": "glpi_computertypes", "field": "name"},
    "5": {"name": "Numéro de série", "table": "glpi_computers", "field": "serial"},
    "23": {"name": "Fabricant", "table": "glpi_manufacturers", "field": "name"},
    "31": {"name": "Statut", "table": "glpi_states", "field": "completename"},
    "38": {"name": "Date de mise en service", "table": "glpi_infocoms", "field": "use_date"},
    "40": {"name": "Modèle", "table": "glpi_computermodels", "field": "name"},
    "70": {"name": "Utilisateur", "table": "glpi_users", "field": "name"},
    "80": {"name": "Entité", "table": "glpi_entities", "field": "completename"},
}
ENTITY = "Département &gt; Direction des routes"
COMPUTERS = 1203


def row(kind: str, number: int) -> dict[str, Any]:
    label = "Portable" if kind == "Computer" else "Moniteur"
    known = {"1": f"PC-{number}", "2": number, "4": label, "5": f"S{kind}{number}", "23": ["Dell", "Autre"]}
    known |= {"31": "En service", "38": "2022-03-01", "40": "Latitude 5440", "70": "mdupont", "80": ENTITY}
    return known


class Fake(BaseHTTPRequestHandler):
    """initSession, listSearchOptions, search with ranges, killSession; other tokens are refused."""

    asked: list[str] = []  # noqa: RUF012 — what was asked, for the tests
    leads_elsewhere: tuple[str, ...] = ()
    lists: Any = None  # what is answered in place of any list

    def do_GET(self) -> None:
        parts, asked = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
        name, _slash, kind = parts.path.removeprefix("/apirest.php/").partition("/")
        self.asked.append(self.path)
        if parts.path.startswith("/ailleurs/") or name in self.leads_elsewhere:
            self.send_response(302)
            self.send_header("Location", f"/ailleurs/{name}")
            return self.end_headers()
        if name == "initSession":
            ok = (self.headers["Authorization"], self.headers["App-Token"]) == ("user_token secret-u", "secret-a")
            return self.say(200, {"session_token": "s1"}) if ok else self.say(401, ["ERROR_GLPI_LOGIN", "…"])
        if self.headers["Session-Token"] != "s1":
            return self.say(401, ["ERROR_SESSION_TOKEN_INVALID", "…"])
        if name == "listSearchOptions":
            return self.say(200, OPTIONS)
        if name == "search" and self.lists:
            return self.say(200, self.lists)
        if name == "search":
            total = {"Computer": COMPUTERS, "Monitor": 2}.get(kind, 0)
            first, last = (int(text) for text in asked["range"][0].split("-"))
            shown = [values[0] for name, values in asked.items() if name.startswith("forcedisplay")]
            rows = [row(kind, n) for n in range(first, min(last + 1, total))]
            data = [{number: one[number] for number in shown} for one in rows]
            found = {"totalcount": total, "count": len(data)} | ({"data": data} if data else {})
            return self.say(206 if len(data) < total else 200, found)
        return self.say(200, {})

    def say(self, code: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(handler: type[Fake], address: str = "127.0.0.1", port: int = 0) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer((address, port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def address(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A GLPI on this very machine, which the settings list."""
    settings.REACHABLE = [ip_network("127.0.0.1")]
    monkeypatch.setattr(Fake, "asked", [])
    with serving(Fake) as server:
        yield f"http://127.0.0.1:{server.server_port}/apirest.php"


def lead(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Make glpi.essai.fr lead to the first address when it is asked, then to the next; names alone are changed."""
    ask, answers = socket.getaddrinfo, [*addresses]

    def answer(host: Any, *asked: Any, **more: Any) -> Any:
        place = host.decode() if isinstance(host, bytes) else host
        if place == "glpi.essai.fr":
            place = answers.pop(0) if len(answers) > 1 else answers[0]
        return ask(place, *asked, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def fetch(world: World, address: str) -> list[tuple[str, bytes]]:
    """What is read there, whatever the form would say of the address."""
    tokens = {"user_token": glpi.seal_token("secret-u"), "app_token": glpi.seal_token("secret-a")}
    source = GlpiSource(organisation=world.organisation, address=address, **tokens)
    return list(glpi.fetch_lists(source, lambda _share: None))


def refusal(world: World, address: str) -> str:
    with pytest.raises(CannotUse) as refused:
        fetch(world, address)
    return f"{refused.value}"


def told(world: World, address: str, **tokens: str) -> Any:
    given = {"address": address, "user_token": "secret-u", "app_token": "secret-a"} | tokens
    return world.client("officer").post(world.url("glpi/"), given)


def test_the_lists_of_glpi_are_read_as_its_exports_are(world: World, campaign: Campaign, address: str) -> None:
    told(world, address)
    answer = answer_of(campaign, world.directorate)
    answered = world.client("officer").post(world.url("glpi/"), {"fetch": answer.pk})
    job = queue.run_at_once(Job.objects.get(kind="glpi"))
    assert (answered["Location"], job.state) == (world.url(f"travaux/{job.pk}/"), Job.DONE)
    found = {one.name: one for one in campaigns.current_deliveries([answer])}
    assert {name: one.rows for name, one in found.items()} == {"glpi_ordinateurs.csv": COMPUTERS, "glpi_ecrans.csv": 2}
    with (found["glpi_ordinateurs.csv"].folder / "inventory.csv").open(encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    assert (first["entity"], first["item_type"], first["manufacturer"], first["purchase_date"]) == (
        "Département > Direction des routes", "laptop_ultraportable", "Dell", "2022-03-01",
    )  # fmt: skip
    ranges = [parse_qs(urlsplit(path).query)["range"][0] for path in Fake.asked if "search/Computer" in path]
    assert ranges == ["0-499", "500-999", "1000-1499"]
    assert not any("=70" in path for path in Fake.asked), "no person's name is asked for"
    assert Fake.asked[-1].endswith("killSession")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"totalcount": "beaucoup", "data": [{}]}, "search/Computer"),
        ({"totalcount": 1, "data": ["ordinateur"]}, "search/Computer"),
        ({"totalcount": 1, "data": {"0": {}}}, "search/Computer"),
        ({"totalcount": 1, "data": [{"1": "x" * 2000}]}, "plus de 0 Mo"),
    ],
)
def test_an_answer_that_is_not_one_of_the_api_is_refused(
    world: World, address: str, monkeypatch: pytest.MonkeyPatch, answer: Any, reason: str
) -> None:
    monkeypatch.setattr(glpi, "limit", lambda name: 1900 if name == "glpi_bytes" else 200_000)
    monkeypatch.setattr(Fake, "lists", answer)
    assert reason in refusal(world, address)


def test_a_second_reading_replaces_the_first(world: World, campaign: Campaign, address: str) -> None:
    told(world, address)
    answer = answer_of(campaign, world.directorate)
    for key in ("1", "2"):
        job = queue.ask_job(world.access(), "glpi", key, "GLPI", answer=answer.pk)
        assert queue.run_at_once(job).state == Job.DONE
    assert campaigns.current_deliveries([answer]).count() == 2
    assert Delivery.objects.count() == 2, "the same lists are the same deliveries"


def test_tokens_are_encrypted_and_never_shown(world: World, address: str) -> None:
    told(world, address)
    source = GlpiSource.objects.get()
    assert "secret" not in source.user_token + source.app_token
    assert (glpi.unseal_token(source.user_token), glpi.unseal_token(source.app_token)) == ("secret-u", "secret-a")
    assert "secret" not in world.client("officer").get(world.url("glpi/")).content.decode()
    told(world, address, user_token="", app_token="")
    assert glpi.unseal_token(GlpiSource.objects.get().user_token) == "secret-u", "an empty field keeps the known token"


def test_a_token_is_not_sent_to_another_server(world: World, address: str) -> None:
    told(world, address)
    answered = told(world, "https://glpi.ailleurs.fr/apirest.php", user_token="", app_token="")
    assert answered.status_code == 422
    assert GlpiSource.objects.get().address == address


def test_a_key_that_has_changed_asks_for_the_token_again(world: World, address: str, settings: Any) -> None:
    told(world, address)
    settings.SECRET_KEY = "another"
    with pytest.raises(CannotUse) as refused:
        list(glpi.fetch_lists(GlpiSource.objects.get(), print))
    assert "Donner de nouveau le jeton" in refused.value.problems[0].remedy


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"user_token": "wrong"}, "refuse l’accès (401)"),
        ({"address": "http://127.0.0.1:9/apirest.php"}, "ne répond pas"),
    ],
)
def test_what_goes_wrong_is_said_with_its_remedy(
    world: World, campaign: Campaign, address: str, change: dict[str, str], said: str
) -> None:
    told(world, **({"address": address} | change))
    answer = answer_of(campaign, world.directorate)
    job = queue.run_at_once(queue.ask_job(world.access(), "glpi", "1", "GLPI", answer=answer.pk))
    assert job.state == Job.FAILED
    assert said in job.problems[0]["what"] and job.problems[0]["remedy"]


# ------------------------------------------------------------------------------------------------ which addresses


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1", "127.8.8.8", "2130706433", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]",
        "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "224.0.0.1",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    ],
)  # fmt: skip
def test_this_machine_and_reserved_addresses_are_not_asked(world: World, place: str) -> None:
    with serving(Fake) as server:
        Fake.asked = []
        answer = refusal(world, f"http://{place}:{server.server_port}/apirest.php")
    assert ("adresse réservée" in answer, Fake.asked) == (True, [])


def test_the_other_addresses_of_this_machine_are_not_asked(world: World, settings: Any) -> None:
    """Whatever network the machine is in: here loopback is no longer reserved, yet it is an address of its own."""
    settings.UNREACHABLE = []
    assert "au portail lui-même" in refusal(world, "http://127.0.0.1:9/apirest.php")


def test_a_private_address_may_be_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lead(monkeypatch, "10.255.255.1")
    http, address = outgoing.open_session("https://glpi.essai.fr:8443/apirest.php/")
    assert (address, http.headers["Host"]) == ("https://10.255.255.1:8443/apirest.php", "glpi.essai.fr:8443")
    assert outgoing.open_session("https://[fd12::1]/apirest.php")[1] == "https://[fd12::1]/apirest.php"


@pytest.mark.parametrize("place", ["glpi.invalid", "a..b", "127.0.0.1:99999"])
def test_an_address_that_leads_nowhere_is_said(world: World, place: str) -> None:
    assert "ne mène à aucune machine" in refusal(world, f"http://{place}/apirest.php")


def test_a_name_that_leads_elsewhere_a_moment_later_is_asked_where_it_was_checked(
    world: World, address: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REACHABLE = [ip_network("127.0.0.2")]
    port = urlsplit(address).port
    assert port

    class Other(Fake):
        asked: list[str] = []  # noqa: RUF012

    with serving(Other, "127.0.0.2", port):
        lead(monkeypatch, "127.0.0.2", "127.0.0.1")
        assert len(fetch(world, address.replace("127.0.0.1", "glpi.essai.fr"))) == 2
    assert (Fake.asked, len(Other.asked) > 3) == ([], True)


@pytest.mark.parametrize("name", ["initSession", "listSearchOptions", "search", "killSession"])
def test_no_answer_leads_elsewhere(world: World, address: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(Fake, "leads_elsewhere", (name,))
    if name == "killSession":
        fetch(world, address)
    else:
        assert "302" in refusal(world, address)
    assert not [path for path in Fake.asked if path.startswith("/ailleurs/")]


def test_the_certificate_is_that_of_the_name(
    world: World, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REACHABLE = [ip_network("127.0.0.1")]
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), timezone.now()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("glpi.essai.fr")]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (tmp_path / "both.pem").write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "both.pem"))
    lead(monkeypatch, "127.0.0.1")
    with serving(Fake) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        assert len(fetch(world, f"https://glpi.essai.fr:{server.server_port}/apirest.php")) == 2
        assert "SSLError" in refusal(world, f"https://127.0.0.1:{server.server_port}/apirest.php")
