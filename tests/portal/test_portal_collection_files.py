"""The spreadsheets of real referents, each taken to its end through the link of the school; what is refused, kindly."""

from __future__ import annotations

import csv
import html
import re
from collections import Counter

import pytest
import referent_files
from collecting import plain
from django.core.files.uploadedfile import SimpleUploadedFile
from referent_files import Sent

from conftest import World
from estran.portal.collection.models import Campaign, Delivery

pytestmark = pytest.mark.django_db


def send(world: World, name: str, content: bytes) -> tuple[int, str]:
    """Send a file through the link: the status and the page that comes next."""
    file = SimpleUploadedFile(name, content)
    browser, link = world.client("link_holder"), f"/ecole/{world.link.token}/"
    answered = browser.post(link, {"send": "file", "file": file, "pupils": "430"})
    if answered.status_code == 302:
        assert answered["Location"] == link + "lu/"
        return 302, browser.get(link + "lu/").content.decode()
    return answered.status_code, answered.content.decode()


def counted(delivery: Delivery) -> dict[str, float]:
    found: Counter[str] = Counter()
    with (delivery.folder / "inventory.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["item_type"]:
                found[row["item_type"]] += float(row["quantity"])
    return dict(found)


QUICK = 4  # of the twelve


@pytest.mark.parametrize(
    "sent",
    [pytest.param(sent, marks=pytest.mark.slow if n >= QUICK else ()) for n, sent in enumerate(referent_files.FILES)],
    ids=str,
)
def test_a_referents_file_goes_from_the_link_to_thank_you(world: World, campaign: Campaign, sent: Sent) -> None:
    status, shown = send(world, sent.name, sent.content)
    delivery = Delivery.objects.get()
    assert status == 302 and counted(delivery) == sent.counted
    said = plain(html.unescape(shown))
    assert [text for text in sent.said if text not in said] == []
    assert delivery.rejected == sent.rejected
    assert tuple(delivery.labels.values_list("label", flat=True)) == sent.to_settle
    link = f"/ecole/{world.link.token}/"
    corrections = dict.fromkeys(re.findall(r'name="((?:quantity|purchase_date)-\w+)"', shown), "")
    left_out = dict.fromkeys(re.findall(r'name="(out-\w+)"', shown), "objet du foyer")
    answered = world.client("link_holder").post(link + "lu/", {**corrections, **left_out, "finish": "1"}, follow=True)
    assert "Merci, rien d’autre à faire" in answered.content.decode()
    delivery.refresh_from_db()
    assert delivery.rejected == 0, "a cell that nobody can tell is left empty"


@pytest.mark.slow
def test_no_name_of_a_person_is_read_of_any_file(world: World, campaign: Campaign) -> None:
    for sent in referent_files.FILES:
        send(world, sent.name, sent.content)
    for delivery in Delivery.objects.all():
        texts = [path.read_text("utf-8") for path in delivery.folder.rglob("*.csv")]
        texts.append((delivery.folder / "import.json").read_text("utf-8"))
        assert [name for name in ("Dupont", "Martin", "college.fr") if name in " ".join(texts)] == [], delivery


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("Photo du tableau.jpg", b"\xff\xd8\xff\xe0", "Une photo ou un PDF ne peut pas être lu"),
        ("IMG_2041.HEIC", b"\0\0\0\x18ftypheic", "Une photo ou un PDF ne peut pas être lu"),
        ("Scan.pdf", b"%PDF-1.4", "donnez seulement quelques nombres"),
        ("Inventaire.docx", b"PK\x03\x04", "copiez son tableau, collez-le dans un tableur"),
        ("Photo.xlsx", b"\xff\xd8\xff\xe0 photo", "Ce n’est pas un tableau, mais un fichier de type « image JPEG »"),
        ("Photo collée.xlsx", referent_files.picture(), "ne contient qu’une image"),
        ("Vide.xlsx", referent_files.xlsx(Feuil1=[]), "Le classeur est vide"),
        ("Sans titres.csv", b"PC fixe;15\nTablette;8\n", "une seule ligne d’en-têtes, comme Type, Marque"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    world: World, campaign: Campaign, name: str, content: bytes, said: str
) -> None:
    status, shown = send(world, name, content)
    assert status == 422
    assert said in plain(html.unescape(shown))
    assert "donnez quelques nombres" in plain(shown).lower(), "the other way stays open"
    assert not Delivery.objects.filter(read_at__isnull=False).exists()
