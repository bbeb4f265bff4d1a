"""What OWASP asks of a portal that takes files from strangers: forms, sessions, files in and out, formulas, floods."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import collecting
import pytest
from collecting import answer_of, plain, sent, upload
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from test_portal_access import filled, rows

from conftest import PASSWORD, World
from estran.common import vocabulary
from estran.portal.collection import merging
from estran.portal.collection.models import Campaign, Delivery, SchoolLink
from estran.portal.common import storage
from estran.portal.organisations.models import Entity, Organisation
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db
FORMULA = "=HYPERLINK(A1)"
FORMULAS = ("=1+1", "@SUM(A1)", "+33+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "\t=1")


# --------------------------------------------------------------------------------------------------- forms, sessions


def test_every_form_of_every_page_asks_for_its_token(world: World, run: Run, numbers: dict[str, Any]) -> None:
    """Whatever a page does with a POST, one that comes from another site does nothing."""
    people = {"officer": Client(enforce_csrf_checks=True), "link_holder": Client(enforce_csrf_checks=True)}
    people["officer"].force_login(world.people["officer"], "django.contrib.auth.backends.ModelBackend")
    answered = {}
    for address, verb, expected in rows():
        if verb == "POST" and "ok" in expected.values():
            who = "link_holder" if expected["anonymous"] == "ok" else "officer"
            answered[address] = people[who].post(filled(world, numbers, address)).status_code
    assert len(answered) > 50
    assert {address: status for address, status in answered.items() if status != 403} == {}


def test_signing_in_and_another_password_change_the_session(world: World) -> None:
    browser, other = Client(), Client()
    browser.get("/connexion/")
    browser.session["before"] = True
    before = browser.session.session_key
    for one in (browser, other):
        one.post("/connexion/", {"username": "officer@essai.fr", "password": PASSWORD})
    after = browser.session.session_key
    assert after and after != before
    new = "une phrase que personne ne devine"
    chosen = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert browser.post("/compte/", chosen).status_code == 302
    assert browser.session.session_key != after
    assert other.get(world.url()).status_code == 302, "the session opened elsewhere is over"
    browser.post("/deconnexion/")
    assert browser.get(world.url()).status_code == 302


# ------------------------------------------------------------------------------------------------- files that come in


def test_a_file_that_was_sent_has_no_address(world: World, campaign: Campaign) -> None:
    page = "<script>alert(1)</script>"
    delivery = upload(world, answer_of(campaign, world.school), f"Type;Nombre\nTablette;3\n{page};1\n")
    inside = delivery.file.relative_to(storage.folder())
    officer = world.client("officer")
    for address in (f"/{inside}", f"/static/{inside}", f"/static/../{inside}", f"/static/%2e%2e/{inside}"):
        assert officer.get(address).status_code == 404, address
    for rest in (
        f"depots/{delivery.pk}/",
        f"collectes/{campaign.pk}/libelles/",
        f"reponses/{answer_of(campaign, world.school).pk}/",
    ):
        assert page not in officer.get(world.url(rest)).content.decode(), rest


def test_a_file_given_out_is_saved_never_shown(world: World, run: Run, numbers: dict[str, Any]) -> None:
    shown = []
    for address, answered in given_out(world, numbers):
        kind, disposition = answered["Content-Type"], answered.get("Content-Disposition", "")
        if answered["X-Content-Type-Options"] != "nosniff":
            shown.append(address)
        if not disposition.startswith("attachment") and not re.match(r"text/plain|application/(ld\+)?json", kind):
            shown.append(address)
    assert shown == []


def given_out(world: World, numbers: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The answers that are no page, of every address an administrator or anyone reads."""
    for address, verb, expected in rows():
        if verb == "GET" and "ok" in (expected["officer"], expected["anonymous"]):
            answered = world.client("officer").get(filled(world, numbers, address))
            if answered.status_code == 200 and not answered["Content-Type"].startswith("text/html"):
                yield address, answered


@pytest.fixture
def bomb() -> bytes:
    """A small workbook that would hold more than a gigabyte once unpacked."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _chunk in range(vocabulary.limit("unpacked_bytes") // (1 << 26) + 1):
                sheet.write(bytes(1 << 26))
    return packed.getvalue()


@pytest.mark.slow
def test_a_workbook_that_swells_is_refused_by_the_link_and_by_every_form(
    world: World, campaign: Campaign, bomb: bytes
) -> None:
    assert len(bomb) < vocabulary.limit("upload_bytes")
    places = {
        f"/ecole/{world.link.token}/": "link_holder",
        world.url(f"reponses/{answer_of(campaign, world.school).pk}/"): "officer",
        world.url(f"collectes/{campaign.pk}/fichier-central/"): "officer",
    }
    for place, who in places.items():
        given = {"file": SimpleUploadedFile("parc.xlsx", bomb), "send": "file", "pupils": ""}
        answered = world.client(who).post(place, given, follow=True)
        assert "une fois ouvert, plus que les 1000 Mo admis" in plain(answered.content.decode()), place
    assert not Delivery.objects.filter(read_at__isnull=False).exists()


def test_a_form_of_too_many_fields_or_bytes_is_refused(world: World, campaign: Campaign) -> None:
    place = world.url(f"collectes/{campaign.pk}/libelles/")
    many = "&".join(f"other-{number}=x" for number in range(2000))
    heavy = "other-1=" + "x" * (6 * 2**20)
    for body in (many, heavy):
        answered = world.client("officer").post(place, body, content_type="application/x-www-form-urlencoded")
        assert answered.status_code in (400, 413)


def test_a_link_does_not_fill_the_disk(world: World, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    from estran.portal.collection import deliveries

    monkeypatch.setattr(deliveries, "limit", lambda _name: 3)
    link, browser = f"/ecole/{world.link.token}/", world.client("link_holder")
    answers = [
        browser.post(link, {"send": "file", "file": sent(f"Type;Nombre\nTablette;{number}\n"), "pupils": ""})
        for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 422]
    assert "Trop d’envois en un jour" in answers[-1].content.decode()
    upload(world, answer_of(campaign, world.school), "Type;Nombre\nTablette;9\n")
    assert Delivery.objects.count() == 4, "someone who signed in is not stopped"


def test_a_link_cannot_be_guessed_nor_made_from_another(world: World) -> None:
    other = SchoolLink.objects.create(
        organisation=world.organisation, entity=world.other_school, made_by=world.people["officer"]
    )
    number, seal = world.link.token.split(":")
    assert len(seal) >= 43, "256 bits"
    browser = world.client("link_holder")
    for token in (f"{other.pk}:{seal}", number, f"{number}:", f"{number}:{'A' * len(seal)}", f"{number}:{seal}x"):
        assert browser.get(f"/ecole/{token}/").status_code == 404, token


# ------------------------------------------------------------------------------------------------- formulas


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_file_is_a_text_wherever_the_file_goes(world: World, campaign: Campaign, formula: str) -> None:
    """The label, the model, the room, of what is read, to settle, rejected and computed."""
    answer = answer_of(campaign, world.school)
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";")
    lines.writerow(["Type", "Modèle", "Salle", "N° de série", "Nombre"])
    lines.writerows([[formula, formula, formula, formula, 2], ["Tablette", formula, formula, formula, "plein"]])
    lines.writerow(["Tablette", "-12", "-1", "+3", 1])
    delivery = upload(world, answer, text.getvalue())
    collecting.accept(world, answer)
    folders = [delivery.folder, merging.merge_inventory(campaign, None).folder]
    found = {path.name for folder in folders for path in folder.glob("*.csv") if live(path.read_text("utf-8"))}
    assert found <= {"rejects.csv"}, "what is to correct stays as it was written…"
    downloaded = world.client("officer").get(world.url(f"depots/{delivery.pk}/rejets.csv")).content.decode("utf-8-sig")
    assert live(downloaded, ";") == [], "… and is a text in the file that people open"
    rows_read = list(csv.DictReader((delivery.folder / "inventory.csv").open(encoding="utf-8")))
    assert rows_read[1]["site"] == "-1", "a floor below is no formula"


def live(text: str, separator: str = ",") -> list[str]:
    """The cells of a CSV that a spreadsheet would carry out."""
    cells = (cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row)
    return [cell for cell in cells if re.match(r"[=@\t\r]|[+-].*[^0-9., ]", cell)]


def test_names_that_are_formulas_stay_texts_in_every_file_given_out(
    world: World, run: Run, numbers: dict[str, Any]
) -> None:
    from estran.portal.plan.models import Action, Ambition, Objective
    from estran.portal.requests.models import Request

    Organisation.objects.filter(pk=world.organisation.pk).update(name=FORMULA)
    Entity.objects.filter(pk=world.school.pk).update(name=FORMULA)
    for model in (Action, Ambition, Objective, Request):
        model.objects.filter(organisation=world.organisation).update(title=FORMULA)
    found, kinds, named = [], set(), 0
    for address, answered in given_out(world, numbers):
        content = b"".join(answered.streaming_content) if answered.streaming else answered.content
        kinds.add(address.rpartition(".")[2][:5])
        named += b"'=HYPERLINK" in content
        found += [f"{address}: {cell}" for cell in carried_out(address, content)]
    assert {"csv", "xlsx", "zip"} <= kinds and named
    assert found == []


def carried_out(name: str, content: bytes) -> Iterator[str]:
    """What a spreadsheet or a word processor would carry out in a file: CSV, XLSX, ODS, DOCX, and those in a zip."""
    if not content.startswith(b"PK"):
        text = content.decode("utf-8-sig", "replace")
        if name.endswith(".csv"):
            yield from live(
                text, ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
            )
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            inside = archive.read(member)
            if member.endswith((".csv", ".xlsx", ".ods", ".docx", ".odt")):
                yield from carried_out(member, inside)
            elif re.search(r"xl/worksheets/.*\.xml", member):
                yield from re.findall(r"<f>.*?</f>", inside.decode())
            elif member == "content.xml":
                yield from re.findall(r'table:formula="[^"]*"', inside.decode())
            elif member == "word/document.xml":
                yield from (field for field in re.findall(r"<w:instrText[^>]*>(.*?)<", inside.decode()) if "=" in field)
