"""Names of files of any length and letters at every place that takes one; numbers and dates that nobody has."""

from __future__ import annotations

from datetime import date
from typing import Any

import diagnosing
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from test_portal_access import filled, rows

from conftest import World
from estran.portal.common import pages, storage
from estran.portal.settings import database
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Session

pytestmark = pytest.mark.django_db
LONG = "\U0001d518" * 80  # 320 bytes, where a file system takes 255
PURCHASES = "Numéro de ligne;Date de commande\n1;02/03/2025\n"
PLACES = {
    "ecole/{token}/": {"send": "file"},
    "o/essai/reponses/{reponses}/": {},
    "o/essai/collectes/{collectes}/fichier-central/": {},
    "o/essai/registres/achats/importer/": {},
    "o/essai/actions/tableur/": {},
    "o/essai/actions/{actions}/fichiers/": {},
    "o/essai/questions/brouillon/": {"do": "table"},
    "o/essai/rapports/modele/": {},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", [f"{LONG}.csv", f"{LONG}", f"{'é' * 300}.xlsx", "..csv", "\u202e.csv"])
def test_a_file_of_any_name_is_read_or_refused_with_a_reason(
    world: World, numbers: dict[str, Any], place: str, name: str
) -> None:
    sent = {"file": SimpleUploadedFile(name, PURCHASES.encode()), **PLACES[place]}
    answered = world.client("officer").post("/" + place.format(**numbers), sent)
    assert answered.status_code in (302, 422), answered.content.decode()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (f"{LONG}.CSV", "\U0001d518" * 40 + ".csv"), ("é" * 300 + ".xlsx", "é" * 80 + ".xlsx"),
        ("C:\\Mes documents\\parc 2025.ods", "parc 2025.ods"), ("../../etc/passwd.csv", "passwd.csv"),
        ("a\x00\r\n\u202eb.csv", "ab.csv"), (".csv", "fichier.csv"),
    ],
)  # fmt: skip
def test_the_name_of_a_file_is_kept_as_far_as_every_system_takes_it(name: str, kept: str) -> None:
    assert storage.clean_file_name(name) == kept
    assert len(kept.encode()) < 200


def test_a_number_that_no_row_can_have_is_not_found(world: World, numbers: dict[str, Any]) -> None:
    wrong, answers = dict.fromkeys(numbers, "9" * 25), {}
    for address, verb, expected in rows():
        if verb == "GET" and "<number>" in address and expected["administrator"] == "ok":
            answers[address] = world.client("administrator").get(filled(world, wrong, address)).status_code
    assert {address: status for address, status in answers.items() if status != 404} == {}
    assert len(answers) > 30


def test_five_thousand_digits_are_no_number(world: World, numbers: dict[str, Any]) -> None:
    digits, officer = "9" * 5000, world.client("officer")
    for page in ("registres/achats/?annee=", "indicateurs/saisies/?annee=", "annees/?de=", "annees/?a="):
        assert officer.get(world.url(f"{page}{digits}")).status_code == 200
    told = {"practice": digits, "importance": "1", "key": sessions.new_key(), "directorate": digits}
    room = Session.objects.get(pk=numbers["ateliers"])
    assert diagnosing.phone(room, directorate=digits).post(f"/a/{room.code}/1/", told).status_code == 422
    joined = diagnosing.phone(room, token="\U0001d518" * 80)
    assert joined.cookies["atelier"].value.isascii() and joined.get(f"/a/{room.code}/1/").status_code == 200
    grouped = {"do": "group", "idea": [digits, "9" * 25], "group": digits, "title": ""}
    assert officer.post(world.url(f"vision/{numbers['vision']}/salle/"), grouped).status_code == 302


def test_every_answer_says_its_kind_and_its_letters(world: World, numbers: dict[str, Any]) -> None:
    kinds = set()
    for address, verb, expected in rows():
        if verb == "GET" and expected["administrator"] == "ok":
            answered = world.client("administrator").get(filled(world, numbers, address))
            kind = answered["Content-Type"]
            kinds.add(kind)
            assert "charset=utf-8" in kind or not kind.startswith(("text/", "image/svg")), (address, kind)
    assert "text/html; charset=utf-8" in kinds and len(kinds) > 3


def test_a_refusal_is_noted_with_who_and_no_address_forges_a_line(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.client("reader").post(world.url("collectes/"))
    world.client("stranger").get(world.url("?a=%0d%0aforged"))
    world.client("stranger").get("/a%0d%0aforged/")
    said = [record.getMessage() for record in caplog.records]
    assert f"refused to person {world.people['reader'].pk}: POST /o/essai/collectes/" in said
    assert f"refused to person {world.people['stranger'].pk}: GET /o/essai/?a=%0d%0aforged" in said
    assert [line for line in said if "\n" in line or "\r" in line] == []


def test_the_address_of_the_database_says_how_it_is_reached() -> None:
    reached = database("postgresql://estran:secret@base.exemple.fr/estran?sslmode=verify-full")
    assert reached["OPTIONS"] == {"sslmode": "verify-full"}


def test_the_first_day_of_all_is_written_as_any_other() -> None:
    assert pages.day(date(1, 1, 1)) == "1er\u00a0janvier 1"
