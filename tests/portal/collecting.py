"""What tests of the collection share: a campaign, files that entities send, pages as a reader sees them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conftest import YEAR, World
from estran.common.files import write_whole
from estran.portal.collection import campaigns
from estran.portal.collection.models import Answer, Campaign, Delivery
from estran.portal.common import storage
from estran.portal.organisations.models import Entity

SCHOOL_CSV = """Type;Marque;Modèle;Nombre;Date d'achat;Utilisateur
Ordinateur portable;Dell;Latitude 5440;15 PC;2021;Mme Dupont
Machin à pattes;;;12;2019;
Machin à pattes;Acme;X1;3;2020;
Truc du foyer;;;4;2018;
Écran;;;8;le mois dernier;
"""


def opened(world: World) -> Campaign:
    """A campaign of the département, with an answer to start for each entity."""
    today = timezone.localdate()
    found = Campaign.objects.create(
        organisation=world.organisation, year=YEAR, opens_on=today, closes_on=today + timedelta(days=30)
    )
    campaigns.add_missing_answers(found)
    return found


def numbers(world: World) -> dict[str, Any]:
    """What stands for the parts of the addresses of the collection: see test_portal_access."""
    answer = answer_of(opened(world), world.school)
    summary = {"files": [], "rows": 1, "rejected": 0, "unmatched": 0, "unmatched_labels": 0}
    estate, _folder = storage.keep_folder(
        lambda folder: (folder / "import.json").write_text(json.dumps(summary)), "estates", world.organisation.pk
    )
    delivery = Delivery.objects.create(
        organisation=world.organisation, answer=answer, name="x.csv", sha256="0" * 64, estate=estate,
        read_at=timezone.now(), replaced_at=timezone.now(),
    )  # fmt: skip
    write_whole(delivery.file, SCHOOL_CSV.encode())
    named = {"collectes": answer.campaign.pk, "reponses": answer.pk, "depots": delivery.pk}
    return {**named, "form": "paper", "token": world.link.token}


def answer_of(campaign: Campaign, entity: Entity) -> Answer:
    return Answer.objects.get(campaign=campaign, entity=entity)


def sent(text: str, name: str = "inventaire.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def upload(world: World, answer: Answer, text: str = SCHOOL_CSV, who: str = "officer", **more: object) -> Delivery:
    answered = world.client(who).post(world.url(f"reponses/{answer.pk}/"), {"file": sent(text), **more})
    assert answered.status_code == 302, answered.content.decode()
    number = int(re.search(r"depots/(\d+)/", answered["Location"])[1])  # type: ignore[index]
    return Delivery.objects.get(pk=number)


def page(world: World, rest: str, who: str = "officer") -> str:
    answered = world.client(who).get(world.url(rest))
    assert answered.status_code == 200
    return answered.content.decode()


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.replace("\u202f", " ").replace("\xa0", " ")))


def settle_page(world: World, campaign: Campaign, who: str = "officer") -> dict[str, str]:
    """The name of the fields of each label of the page."""
    shown = page(world, f"collectes/{campaign.pk}/libelles/", who)
    return dict(re.findall(r'<legend>«\s(.+?)\s».*?id="other-(\w+)"', shown, flags=re.S))


def accept(world: World, *answers: Answer) -> None:
    for answer in answers:
        world.client("officer").post(world.url(f"reponses/{answer.pk}/"), {"action": "accept"})
