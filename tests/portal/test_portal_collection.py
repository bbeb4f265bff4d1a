"""A campaign: files come as they are, are read, and what nobody recognises is settled once for all."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from collecting import SCHOOL_CSV, answer_of, page, plain, sent, settle_page, upload
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conftest import YEAR, World
from estran.importing.recognition import matching
from estran.portal.collection import campaigns
from estran.portal.collection.models import Campaign, Delivery, LabelChoice, SchoolLink
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Entity

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


# --------------------------------------------------------------------------------------------- the campaign, the board


def test_opening_a_campaign_gives_every_entity_an_answer_to_start(world: World) -> None:
    closes = timezone.localdate() + timedelta(days=30)
    answered = world.client("officer").post(world.url("collectes/"), {"year": YEAR, "closes_on": closes, "message": ""})
    found = Campaign.objects.get()
    assert answered["Location"] == world.url(f"collectes/{found.pk}/")
    assert found.answers.count() == 3
    assert "3 à commencer, 0 reçu, 0 à régler, 0 accepté" in plain(page(world, f"collectes/{found.pk}/"))


def test_a_year_has_one_campaign(world: World, campaign: Campaign) -> None:
    values = {"year": YEAR, "closes_on": campaign.closes_on, "message": ""}
    answered = world.client("officer").post(world.url("collectes/"), values)
    assert answered.status_code == 422
    assert "existe déjà" in answered.content.decode()


def test_a_contributor_sees_his_school_and_not_the_other(world: World, campaign: Campaign) -> None:
    shown = page(world, f"collectes/{campaign.pk}/", "contributor")
    assert world.school.name in shown and world.other_school.name not in shown
    other = answer_of(campaign, world.other_school)
    assert world.client("contributor").get(world.url(f"reponses/{other.pk}/")).status_code == 404
    assert world.client("contributor").post(world.url(f"reponses/{other.pk}/"), {"file": sent("x")}).status_code == 404


# ------------------------------------------------------------------------------------------------------ reading a file


def test_a_file_is_read_and_what_was_read_is_said(world: World, campaign: Campaign) -> None:
    delivery = upload(world, answer_of(campaign, world.school), who="contributor")
    said = plain(page(world, f"depots/{delivery.pk}/", "contributor"))
    assert "4 lignes sont lues" in said
    assert "2 libellés à régler, 19 matériels" in said
    assert "1 ligne rejetée à corriger" in said
    assert "Utilisateur" in said and "en-têtes de « EcoDiag »" in said
    with (delivery.folder / "inventory.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["entity"] for row in rows} == {world.school.path}
    assert (rows[0]["item_type"], rows[0]["quantity"]) == ("laptop_ultraportable", "15.0")
    assert "Dupont" not in (delivery.folder / "inventory.csv").read_text("utf-8")


def test_the_state_follows_what_was_sent(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    state = lambda: campaigns.answer_statuses(campaign, [answer])[0].state  # noqa: E731
    assert state() == campaigns.TO_START
    upload(world, answer)
    assert state() == campaigns.TO_SETTLE
    upload(world, answer, "Type;Nombre\nOrdinateur portable;3\n")
    assert state() == campaigns.RECEIVED
    world.client("officer").post(world.url(f"reponses/{answer.pk}/"), {"action": "accept"})
    answer.refresh_from_db()
    assert state() == campaigns.ACCEPTED
    again = upload(world, answer, "Type;Nombre\nOrdinateur portable;4\n")
    answer.refresh_from_db()
    assert state() == campaigns.ACCEPTED, "it is asked first"
    world.client("officer").post(world.url(f"depots/{again.pk}/"), {"choice": "count"})
    answer.refresh_from_db()
    assert state() == campaigns.RECEIVED


def test_the_last_file_replaces_the_one_before_unless_it_adds(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    first = upload(world, answer, "Type;Nombre\nOrdinateur portable;3\n")
    second = upload(world, answer, "Type;Nombre\nÉcran;9\n", adds="on")
    assert set(campaigns.current_deliveries([answer])) == {first, second}
    third = upload(world, answer, "Type;Nombre\nTablette;7\n")
    assert set(campaigns.current_deliveries([answer])) == {third}


def test_the_same_bytes_sent_again_are_read_once_and_stand_again(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    first = upload(world, answer, "Type;Nombre\nOrdinateur portable;3\n")
    upload(world, answer, "Type;Nombre\nÉcran;9\n")
    assert upload(world, answer, "Type;Nombre\nOrdinateur portable;3\n") == first
    assert Job.objects.filter(kind="delivery").count() == 2
    assert [one.pk for one in campaigns.current_deliveries([answer])] == [first.pk]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("photo.png", b"\x89PNG", "Une photo ou un PDF ne peut pas être lu"),
        ("vide.csv", b"", "vide"),
        ("gros.csv", b"x" * 20_000_001, "dépasse 20 Mo"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_remedy(
    world: World, campaign: Campaign, name: str, content: bytes, said: str
) -> None:
    address = world.url(f"reponses/{answer_of(campaign, world.school).pk}/")
    answered = world.client("officer").post(address, {"file": SimpleUploadedFile(name, content)})
    assert answered.status_code == 422
    assert said in answered.content.decode()
    assert not Delivery.objects.exists()


def test_a_table_that_nobody_understands_is_asked_about_and_replaces_nothing(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    kept = upload(world, answer, "Type;Nombre\nOrdinateur portable;3\n")
    answered = world.client("officer").post(
        world.url(f"reponses/{answer.pk}/"), {"file": sent("Zwq;Xlorp\nX;1\n")}, follow=True
    )
    assert answered.redirect_chain[-1][0].endswith("/colonnes/") and "Xlorp" in answered.content.decode()
    assert [one.pk for one in campaigns.current_deliveries([answer])] == [kept.pk]


def test_the_name_of_a_file_is_cleaned(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    file = SimpleUploadedFile("x.csv", b"Type;Nombre\nTablette;7\n")
    file.name = '..\\..\\<script>alert("1")</script>Salle 12.CSV'
    world.client("officer").post(world.url(f"reponses/{answer.pk}/"), {"file": file})
    delivery = Delivery.objects.get()
    assert delivery.name == "scriptSalle 12.csv"
    assert delivery.file.parent == storage.folder("sent", world.organisation.pk, delivery.pk)


# ------------------------------------------------------------------------------------------------------ labels


def test_one_choice_settles_every_row_that_carries_the_label_and_is_remembered(
    world: World, campaign: Campaign
) -> None:
    upload(world, answer_of(campaign, world.school))
    upload(world, answer_of(campaign, world.other_school))
    address = f"collectes/{campaign.pk}/libelles/"
    said = plain(page(world, address))
    assert "2 libellés à régler" in said and "38 matériels attendent leur type" in said
    assert "30 matériels, 2 entités" in said
    names = settle_page(world, campaign)
    assert list(names) == ["Machin à pattes", "Truc du foyer"], "the heaviest first"
    given = {f"other-{names['Machin à pattes']}": "Écran (taille inconnue)"}
    world.client("officer").post(world.url(address), given)
    assert list(settle_page(world, campaign)) == ["Truc du foyer"]
    learned = matching.read_learned_labels(storage.folder("overlays", world.organisation.pk))
    assert learned == {("machin a pattes", "", ""): "monitor"}
    again = upload(world, answer_of(campaign, world.directorate), SCHOOL_CSV)
    assert [label.label for label in again.labels.all()] == ["Truc du foyer"]


def test_a_label_is_left_out_with_a_reason_and_comes_back(world: World, campaign: Campaign) -> None:
    upload(world, answer_of(campaign, world.school))
    address = world.url(f"collectes/{campaign.pk}/libelles/")
    name = settle_page(world, campaign)["Truc du foyer"]
    world.client("officer").post(address, {f"out-{name}": "mobilier"})
    choice = LabelChoice.objects.get()
    assert (choice.item_type, choice.reason) == ("", "mobilier")
    assert "pas compté : mobilier" in plain(page(world, f"collectes/{campaign.pk}/libelles/"))
    world.client("officer").post(address, {"undo": choice.pk})
    assert "Truc du foyer" in settle_page(world, campaign)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"other": "Écran d ordinateur quantique"}, "n’est pas un type du catalogue"),
        ({"other": "Tablette", "out": "mobilier"}, "pas les deux"),
        ({"pick": "hovercraft"}, "n’est pas dans le catalogue"),
    ],
)
def test_a_choice_that_cannot_stand_is_said_beside_its_label(
    world: World, campaign: Campaign, given: dict[str, str], said: str
) -> None:
    upload(world, answer_of(campaign, world.school))
    name = settle_page(world, campaign)["Truc du foyer"]
    address = world.url(f"collectes/{campaign.pk}/libelles/")
    answered = world.client("officer").post(address, {f"{field}-{name}": text for field, text in given.items()})
    assert answered.status_code == 422
    assert said in answered.content.decode()
    assert not LabelChoice.objects.exists()


def test_a_contributor_settles_the_labels_of_his_school_only(world: World, campaign: Campaign) -> None:
    upload(world, answer_of(campaign, world.school), "Type;Nombre\nTruc;2\n")
    upload(world, answer_of(campaign, world.other_school), "Type;Nombre\nBidule;2\n")
    assert list(settle_page(world, campaign, "contributor")) == ["Truc"]


# ------------------------------------------------------------------------------------------------ rejected rows


def test_a_rejected_row_is_put_right_on_the_page(world: World, campaign: Campaign) -> None:
    delivery = upload(world, answer_of(campaign, world.school))
    shown = page(world, f"depots/{delivery.pk}/rejets/")
    name = re.search(r'name="(purchase_date-\w+)"', shown)[1]  # type: ignore[index]
    before = delivery.estate
    world.client("officer").post(world.url(f"depots/{delivery.pk}/rejets/"), {name: "l’an dernier"})
    delivery.refresh_from_db()
    assert (delivery.rows, delivery.rejected) == (4, 1), "still not a date"
    world.client("officer").post(world.url(f"depots/{delivery.pk}/rejets/"), {name: "15/05/2022"})
    delivery.refresh_from_db()
    assert (delivery.rows, delivery.rejected) == (5, 0)
    assert delivery.estate != before and storage.folder("estates", world.organisation.pk, before).exists()


def test_rejected_rows_are_downloaded_and_sent_again_and_a_formula_stays_a_text(
    world: World, campaign: Campaign
) -> None:
    text = SCHOOL_CSV + "=HYPERLINK(1);;;2;hier;\n"
    delivery = upload(world, answer_of(campaign, world.school), text)
    answered = world.client("officer").get(world.url(f"depots/{delivery.pk}/rejets.csv"))
    assert answered["Content-Disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answered.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["label"] for row in rows] == ["Écran", "'=HYPERLINK(1)"]
    for row in rows:
        row["purchase_date"] = "2020-01-01"
    again = io.StringIO()
    writer = csv.DictWriter(again, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    world.client("officer").post(world.url(f"depots/{delivery.pk}/rejets/"), {"file": sent(again.getvalue())})
    delivery.refresh_from_db()
    assert (delivery.rows, delivery.rejected) == (6, 0)
    assert "'=HYPERLINK(1)" in {label.label for label in delivery.labels.all()}


# ------------------------------------------------------------------------------------------------- the central file


CENTRAL = """Code UAI;Établissement;Type;Nombre
0790001A;Alice Guy;Ordinateur portable;10
0790002B;Jean Zay;Tablette;5
0790001A;Alice Guy;Écran;4
0790003Z;Collège du Lac;Tablette;6
;;Tablette;1
"""


def test_one_file_for_all_schools_is_split_by_uai_code(world: World, campaign: Campaign) -> None:
    address = world.url(f"collectes/{campaign.pk}/fichier-central/")
    answered = world.client("officer").post(address, {"file": sent(CENTRAL), "makes_schools": "on"}, follow=True)
    said = plain(answered.content.decode())
    assert "3 collèges sont dans ce fichier" in said
    assert "1 collège a été créé" in said and "1 ligne sans code UAI est laissée" in said
    assert "3 fichiers sont en cours de lecture" in said
    for job in Job.objects.filter(kind="delivery"):
        assert queue.run_at_once(job).state == Job.DONE
    made = Entity.objects.get(uai="0790003Z")
    assert (made.name, made.kind) == ("Collège du Lac", Entity.SCHOOL)
    rows = {one.answer.entity.uai: one.rows for one in campaigns.current_deliveries(campaign.answers.all())}
    assert rows == {"0790001A": 2, "0790002B": 1, "0790003Z": 1}


def test_a_code_of_the_authority_is_known_whatever_its_form(world: World, campaign: Campaign) -> None:
    Entity.objects.filter(pk=world.school.pk).update(uai="TB00001D")
    address = world.url(f"collectes/{campaign.pk}/fichier-central/")
    world.client("officer").post(address, {"file": sent("Code;Type;Nombre\nTB00001D;Tablette;3\nAUTRE;Tablette;1\n")})
    assert [one.answer.entity for one in Delivery.objects.select_related("answer__entity")] == [world.school]


def test_a_central_file_without_codes_is_refused(world: World, campaign: Campaign) -> None:
    address = world.url(f"collectes/{campaign.pk}/fichier-central/")
    answered = world.client("officer").post(address, {"file": sent("Type;Nombre\nTablette;3\n")})
    assert answered.status_code == 422
    assert "codes UAI" in answered.content.decode()


def test_labels_of_one_maker_are_settled_together_but_for_those_settled_alone(world: World, campaign: Campaign) -> None:
    rows = [f"Zork {name};Zorglub;2" for name in ("alpha", "bêta", "gamma", "delta")]
    upload(world, answer_of(campaign, world.school), "\n".join(["Type;Marque;Nombre", *rows]))
    names = settle_page(world, campaign)
    maker, alone = names["Zorglub\xa0: 4 libellés"], names["Zork delta"]
    together = {f"other-{maker}": "Tablette", f"out-{alone}": "mobilier"}
    world.client("officer").post(world.url(f"collectes/{campaign.pk}/libelles/"), together)
    assert {(one.label, one.item_type) for one in LabelChoice.objects.all()} == {
        ("Zork alpha", "tablet"), ("Zork bêta", "tablet"), ("Zork gamma", "tablet"), ("Zork delta", ""),
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ links, reminders


def test_links_are_made_for_every_school_and_closed(world: World, campaign: Campaign) -> None:
    SchoolLink.objects.all().delete()
    board = world.url(f"collectes/{campaign.pk}/")
    world.client("officer").post(board, {"action": "links"})
    links = {link.entity: link for link in SchoolLink.objects.all()}
    assert set(links) == {world.school, world.other_school}
    token = links[world.school].token
    assert world.client("anonymous").get(f"/ecole/{token}/").status_code == 200
    answer = answer_of(campaign, world.school)
    world.client("officer").post(world.url(f"reponses/{answer.pk}/"), {"action": "revoke"})
    assert world.client("anonymous").get(f"/ecole/{token}/").status_code == 404


def test_a_reminder_is_a_text_to_copy_with_the_link(world: World, campaign: Campaign) -> None:
    shown = page(world, f"collectes/{campaign.pk}/relances/")
    assert f"/ecole/{world.link.token}/" in shown
    assert "1 collège n’a pas de lien ouvert" in plain(shown)
    answered = world.client("officer").get(world.url(f"collectes/{campaign.pk}/relances.csv"))
    rows = list(csv.reader(io.StringIO(answered.content.decode("utf-8-sig")), delimiter=";"))
    assert [row[0] for row in rows] == ["UAI", "0790001A", "0790002B"]


# ------------------------------------------------------------------------------------------------ short forms, template


def test_short_forms_write_the_canonical_tables(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.directorate)
    place = world.url(f"reponses/{answer.pk}/saisie/")
    world.client("officer").post(place + "paper/", {"virgin": "12 500", "recycled": "3000"})
    world.client("officer").post(place + "telework/", {"days": "27 000,5"})
    rooms = {"rooms-TOTAL_FORMS": "3", "rooms-INITIAL_FORMS": "0", "rooms-0-room": "Salle du Conseil"}
    world.client("officer").post(place + "rooms/", {**rooms, "rooms-0-it_kwh": "88 000", "rooms-0-pue": "1,6"})
    by_group = {one.group: one for one in campaigns.current_deliveries([answer])}
    assert set(by_group) == {"paper", "telework", "rooms"}
    paper = (by_group["paper"].folder / "inventory.csv").read_text("utf-8")
    assert "paper_sheet_virgin,12500" in paper and "paper_sheet_recycled,3000" in paper
    assert "telework_person_days,27000.5" in (by_group["telework"].folder / "inventory.csv").read_text("utf-8")
    with (by_group["rooms"].folder / "rooms.csv").open(encoding="utf-8") as file:
        room = next(csv.DictReader(file))
    assert (room["room"], room["entity"], room["it_kwh"], room["pue"]) == (
        "Salle du Conseil", world.directorate.path, "88000.0", "1.6",
    )  # fmt: skip


def test_a_form_that_gives_nothing_is_refused(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.directorate)
    answered = world.client("officer").post(world.url(f"reponses/{answer.pk}/saisie/paper/"), {"virgin": ""})
    assert answered.status_code == 422
    assert "Donnez au moins un nombre" in answered.content.decode()


def test_headcounts_are_dated_and_an_earlier_one_stays(world: World) -> None:
    officer, place = world.client("officer"), world.url("effectifs/")
    officer.post(place, {"who": "agents", "value": "3 000", "date": "2024-12-31", "source": "bilan social"})
    officer.post(place, {"who": "agents", "value": "3 100", "date": "2025-12-31", "source": ""})
    assert list(world.organisation.headcounts.values_list("value", flat=True)) == [3100, 3000]


def test_the_template_is_read_by_the_importer_as_a_free_spreadsheet(
    world: World, campaign: Campaign, tmp_path: Path
) -> None:
    answer = answer_of(campaign, world.school)
    answered = world.client("contributor").get(world.url(f"reponses/{answer.pk}/modele.xlsx"))
    assert answered["Content-Disposition"] == f'attachment; filename="inventaire-{YEAR}-0790001A.xlsx"'
    (tmp_path / "modele.xlsx").write_bytes(answered.content)
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(tmp_path / "modele.xlsx")
    assert book.get_sheet_by_index(0).to_python()[0][:4] == ["Type", "Marque", "Modèle", "Quantité"]


def test_the_page_of_a_file_accounts_for_every_row_whatever_its_format(world: World, campaign: Campaign) -> None:
    """Uses of AI: two rows of four cannot be read; their remedy is on the page of rejects."""
    rows = ["OpenAI,gpt-4o,1000,200", "OpenAI,gpt-4o,beaucoup,200", "OpenAI,gpt-4o,,200", "OpenAI,gpt-4o,12,100"]
    text = "\n".join(["provider,model,requests,output_tokens_per_request", *rows])
    delivery = upload(world, answer_of(campaign, world.school), text)
    assert delivery.rejected == 2
    shown = plain(page(world, f"depots/{delivery.pk}/"))
    assert "2 lignes lues sur 4" in shown
    assert "Lignes rejetées 2" in shown
    assert "Lignes mises de côté 0" in shown
    assert "Tout est lu" not in shown
    rejects = page(world, f"depots/{delivery.pk}/rejets/")
    assert "«\u00a0beaucoup\u00a0» n’est pas un nombre." in rejects
    assert 'name="requests-' not in rejects, "a row that is no item is put right in its own file"
