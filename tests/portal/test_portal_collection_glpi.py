"""GLPI as a source: its API, as apirest.php documents it, played by a small server of ours."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from collecting import answer_of

from conftest import World
from estran.common.problems import CannotUse
from estran.portal.collection import campaigns, glpi
from estran.portal.collection.models import Campaign, Delivery, GlpiSource
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

    def do_GET(self) -> None:
        parts, asked = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
        name, _slash, kind = parts.path.removeprefix("/apirest.php/").partition("/")
        self.asked.append(self.path)
        if name == "initSession":
            ok = (self.headers["Authorization"], self.headers["App-Token"]) == ("user_token secret-u", "secret-a")
            return self.say(200, {"session_token": "s1"}) if ok else self.say(401, ["ERROR_GLPI_LOGIN", "…"])
        if self.headers["Session-Token"] != "s1":
            return self.say(401, ["ERROR_SESSION_TOKEN_INVALID", "…"])
        if name == "listSearchOptions":
            return self.say(200, OPTIONS)
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


@pytest.fixture
def address() -> Iterator[str]:
    Fake.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/apirest.php"
    server.shutdown()
    server.server_close()


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
