"""The referent of a school, without account: three screens, and nothing of the others."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import xlsxwriter
from collecting import answer_of, plain, sent, upload
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conftest import World
from estran.portal.collection import campaigns
from estran.portal.collection.models import Campaign, Delivery, LabelChoice
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db


def workbook() -> bytes:
    """A referent's workbook: a title, merged headers, two sheets, « 15 PC », a total."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    first, second = book.add_worksheet("Salles"), book.add_worksheet("CDI")
    first.write(0, 0, "Collège Alice Guy : parc au 31/12")
    first.merge_range(1, 0, 1, 1, "Matériel")
    for sheet, top in ((first, 2), (second, 0)):
        sheet.write_row(top, 0, ["Type", "Marque", "Nombre", "Année"])
    first.write_row(3, 0, ["Unité centrale", "Dell", "15 PC", 2019])
    first.write_row(4, 0, ["Ecran 22 pouces", "Iiyama", "15", 2019])
    first.write_row(5, 0, ["Total", "", 30])
    second.write_row(1, 0, ["Tablette", "Apple", "8", "2021"])
    second.write_row(2, 0, ["Zinzin du CDI", "", "2", "2021"])
    book.close()
    return content.getvalue()


def test_the_messy_workbook_of_a_referent_is_read_through_the_link(world: World, campaign: Campaign) -> None:
    browser, link = world.client("link_holder"), f"/ecole/{world.link.token}/"
    assert world.school.name in browser.get(link).content.decode()
    file = SimpleUploadedFile("Inventaire (vrai).xlsx", workbook())
    answered = browser.post(link, {"send": "file", "file": file, "pupils": "430"})
    assert (answered.status_code, answered["Location"]) == (302, link + "lu/")
    said = plain(browser.get(link + "lu/").content.decode())
    assert "unité centrale de bureau (15)" in said and "tablette (8)" in said
    assert "1 libellé à régler, 2 matériels" in said and "Zinzin du CDI" in said
    delivery = Delivery.objects.get()
    assert (delivery.rows, delivery.rejected, delivery.person) == (4, 0, None)
    assert delivery.answer.pupils == 430
    shown = browser.get(link + "lu/").content.decode()
    name = re.search(r'id="other-(\w+)"', shown)[1]  # type: ignore[index]
    browser.post(link + "lu/", {f"other-{name}": "Robot ou kit pédagogique", "finish": "1"})
    choice = LabelChoice.objects.get()
    assert (choice.item_type, choice.entity) == ("stem_robot_kit", world.school)
    answer = answer_of(campaign, world.school)
    assert answer.finished_at is not None
    assert campaigns.answer_statuses(campaign, [answer])[0].state == campaigns.RECEIVED


def test_counts_stand_for_a_file_and_a_file_for_counts(world: World, campaign: Campaign) -> None:
    browser, link = world.client("link_holder"), f"/ecole/{world.link.token}/"
    answered = browser.post(link, {"send": "counts", "desktops": "120", "tablets": "30", "pupils": ""})
    assert answered["Location"] == link + "lu/"
    answer = answer_of(campaign, world.school)
    assert [one.rows for one in campaigns.current_deliveries([answer])] == [2]
    assert 'value="120"' in browser.get(link).content.decode()
    browser.post(link, {"send": "file", "file": sent("Type;Nombre\nTablette;7\n"), "pupils": ""})
    assert [one.name for one in campaigns.current_deliveries([answer])] == ["inventaire.csv"]


def test_a_link_opens_one_school_and_nothing_else(world: World, campaign: Campaign) -> None:
    browser = world.client("link_holder")
    assert browser.get("/ecole/1:forged/").status_code == 404
    assert browser.put(f"/ecole/{world.link.token}/").status_code == 405
    assert browser.get(world.url(f"reponses/{answer_of(campaign, world.school).pk}/")).status_code == 302
    upload(world, answer_of(campaign, world.other_school), "Type;Nombre\nBidule;2\n")
    upload(world, answer_of(campaign, world.school), "Type;Nombre\nTruc;2\n")
    shown = browser.get(f"/ecole/{world.link.token}/lu/").content.decode()
    assert "Truc" in shown and "Bidule" not in shown
    world.link.ends_at = timezone.now() - timedelta(seconds=1)
    world.link.save()
    assert browser.get(f"/ecole/{world.link.token}/").status_code == 404


def test_a_school_ends_on_its_own_result(world: World, campaign: Campaign) -> None:
    browser, link = world.client("link_holder"), f"/ecole/{world.link.token}/"
    browser.post(link, {"send": "counts", "desktops": "120", "pupils": "400"})
    said = plain(browser.get(link + "merci/").content.decode())
    assert "Merci, rien d’autre à faire" in said
    assert "Unité centrale de bureau" in said and "par élève" in said
    assert not Run.objects.exists(), "it is no run of the organisation"
