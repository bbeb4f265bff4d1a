"""Twelve wrong gestures: nothing is lost, and one sentence says what to do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from collecting import accept, answer_of, page, plain, sent, upload
from django.utils import timezone

from conftest import YEAR, World
from estran.portal.collection import campaigns, deliveries
from estran.portal.collection.models import Answer, Campaign, Delivery
from estran.portal.indicators import computation
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Entity, Session
from estran.portal.results import years
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db
GOOD = "Type;Nombre;Date d'achat\n" + "Ordinateur portable;1;2023\n" * 24 + "Tablette;beaucoup;2024\n"
WRONG = "Type;Nombre\nÉcran;2\nTablette;1\n"


def counting(answer: Answer) -> list[str]:
    return [one.name for one in campaigns.current_deliveries([answer])]


def choose(world: World, delivery: Delivery, choice: str) -> str:
    place = world.url(f"reponses/{delivery.answer_id}/")
    answered = world.client("officer").post(place, {"version": delivery.pk, "choice": choice}, follow=True)
    return plain(answered.content.decode())


@pytest.fixture
def answer(world: World, campaign: Campaign) -> Answer:
    """An accepted answer: 25 rows, of which one was put right by hand."""
    answer = answer_of(campaign, world.directorate)
    delivery = upload(world, answer, GOOD)
    source = deliveries.rejected_rows(delivery)[0]["source"]
    deliveries.correct_rows(delivery, {source: {"quantity": "3"}})
    accept(world, answer)
    answer.refresh_from_db()
    assert answer.accepted_at
    return answer


def test_a_wrong_file_over_an_accepted_answer_asks_and_every_version_comes_back(world: World, answer: Answer) -> None:
    """Gestures: wrong file, replaced file, back (the page of before accepts nothing that nobody saw)."""
    first = campaigns.current_deliveries([answer]).get()
    seen = campaigns.answer_statuses(answer.campaign, [answer])[0].seen
    wrong = upload(world, answer, WRONG)
    answer.refresh_from_db()
    assert list(campaigns.current_deliveries([answer])) == [first] and answer.accepted_at, "nothing moved"
    said = "2 lignes au lieu de 25, 3 matériels au lieu de 27, 1 correction perdue."
    assert said in plain(page(world, f"reponses/{answer.pk}/"))
    assert said in plain(page(world, f"collectes/{answer.campaign_id}/")), "and the board says so"
    assert said in plain(page(world, f"depots/{wrong.pk}/")), "and the page one comes to"
    assert "revient d’un bouton" in choose(world, wrong, "count")
    answer.refresh_from_db()
    assert list(campaigns.current_deliveries([answer])) == [wrong] and answer.accepted_at is None
    stale = world.client("officer").post(
        world.url(f"reponses/{answer.pk}/"), {"action": "accept", "seen": seen}, follow=True
    )
    assert "relisez, puis acceptez" in plain(stale.content.decode())
    choose(world, first, "count")
    back = campaigns.current_deliveries([answer]).get()
    assert (back, back.rows, back.corrected) == (first, 25, 1)


def test_a_double_click_and_two_tabs_change_nothing(world: World, answer: Answer) -> None:
    upload(world, answer, GOOD)
    answer.refresh_from_db()
    assert answer.accepted_at and Delivery.objects.count() == 1
    wrong = upload(world, answer, WRONG)
    choose(world, wrong, "keep")
    choose(world, wrong, "count")  # the tab that was left open: it says what it does, and undoes in one gesture
    choose(world, wrong, "count")
    assert campaigns.current_deliveries([answer]).get() == wrong


def test_a_central_file_never_overwrites_a_finished_answer(world: World, campaign: Campaign) -> None:
    school = answer_of(campaign, world.school)
    own = upload(world, school, "Type;Nombre\nTablette;5\n")
    Answer.objects.filter(pk=school.pk).update(finished_at=timezone.now())
    central = sent(f"UAI;Type;Nombre\n{world.school.uai};Tablette;9\n{world.other_school.uai};Tablette;4\n")
    place = world.url(f"collectes/{campaign.pk}/")
    answered = world.client("officer").post(f"{place}fichier-central/", {"file": central}, follow=True)
    assert "1 collège a déjà terminé" in plain(answered.content.decode())
    while queue.run_next_job():
        pass
    assert campaigns.current_deliveries([school]).get() == own
    assert campaigns.current_deliveries([answer_of(campaign, world.other_school)]).get().rows == 1
    world.client("officer").post(place, {"action": "keep"})
    assert not Delivery.objects.filter(proposed=True).exists() and counting(school) == [own.name]


def test_a_file_of_another_year_and_dates_that_cannot_be_are_said(world: World, campaign: Campaign) -> None:
    """Gestures: wrong year, date of 1899; and one of 2091."""
    rows = "Ordinateur portable;1;25/03/2019\n" * 20 + "Écran;1;30/12/1899\nÉcran;1;12/05/1975\nTablette;1;01/02/2091\n"
    first = upload(world, answer_of(campaign, world.directorate), "Type;Nombre;Date d'achat\n" + rows)
    assert (first.rows, first.rejected) == (23, 0), "a date of 1899 is an empty cell: its row counts"
    said = plain(page(world, f"reponses/{answer_of(campaign, world.directorate).pk}/"))
    assert "Dates d’achat dans l’avenir : 1, la plus lointaine le 1er février 2091" in said
    assert "d’avant les micro-ordinateurs : 1 (dès le 12 mai 1975)" in said
    old = "\n".join(["Type;Nombre;Date d'achat", *rows.splitlines()[:20]])
    many = upload(world, answer_of(campaign, world.other_school), old)
    assert f"L’achat le plus récent est de 2019, pour un inventaire {YEAR}" in plain(page(world, f"depots/{many.pk}/"))


def test_an_absurd_count_asks_before_it_counts(world: World, campaign: Campaign) -> None:
    answer, officer = answer_of(campaign, world.school), world.client("officer")
    place = world.url(f"reponses/{answer.pk}/saisie/school/")
    asked = officer.post(place, {"laptops": "800 000"})
    assert asked.status_code == 422 and "Ordinateurs portables : 800 000 : vraiment ?" in plain(asked.content.decode())
    assert not Delivery.objects.exists()
    sure = asked.content.decode().split('name="sure" value="')[1].split('"')[0]
    assert officer.post(place, {"laptops": "900 000", "sure": sure}).status_code == 422, "another number asks again"
    assert officer.post(place, {"laptops": "800 000", "sure": sure}).status_code == 302
    estimate = world.url("bilans/estimation/")
    asked = officer.post(estimate, {"year": YEAR, "agents": "800", "laptops": "800 000"})
    assert asked.status_code == 422 and "vraiment ?" in plain(asked.content.decode()) and not Run.objects.exists()
    world.organisation.headcounts.create(who="agents", value=3000, date=date(YEAR - 1, 12, 31))
    moved = officer.post(world.url("effectifs/"), {"who": "agents", "value": "30", "date": f"{YEAR}-12-31"})
    assert moved.status_code == 422 and "30 au lieu de 3 000" in plain(moved.content.decode())


def test_a_second_sheet_and_columns_that_nobody_knows_are_said(world: World, campaign: Campaign) -> None:
    """Gestures: half-mapped columns, a file that cannot be read; the board says what waits for whom."""
    answer, officer = answer_of(campaign, world.directorate), world.client("officer")
    officer.post(world.url(f"reponses/{answer.pk}/"), {"file": sent("Zig;Zag\n1;2\n3;4\n", "bizarre.csv")})
    board = plain(page(world, f"collectes/{campaign.pk}/"))
    assert "1 fichier reçu n’est pas lu et attend quelqu’un" in board and "dites ce qu’elles sont" in board
    assert "en cours de lecture" not in board
    upload(world, answer, GOOD)
    assert "attend quelqu’un" not in plain(page(world, f"collectes/{campaign.pk}/")), "another file took its place"
    shown = plain(page(world, f"reponses/{answer.pk}/"))
    assert "bizarre.csv" in shown and "Dire ses colonnes" in shown, "it stays among the versions"
    assert "Nombre Quantité" in shown, "the columns and what they were read as"


def test_what_was_typed_in_a_session_that_ended_is_sent_after_signing_in(world: World, campaign: Campaign) -> None:
    answer, officer = answer_of(campaign, world.directorate), world.client("officer")
    place = world.url(f"reponses/{answer.pk}/saisie/paper/")
    Session.objects.filter(person=world.people["officer"]).update(expire_date=timezone.now() - timedelta(minutes=1))
    officer.post(place, {"virgin": "12 500"})
    officer.force_login(world.people["officer"], "django.contrib.auth.backends.ModelBackend")
    kept = officer.get("/compte/saisie/").content.decode()
    assert 'value="12 500"' in kept and f'action="{place}"' in kept


def test_an_erased_school_takes_nothing_of_others_and_a_lost_link_opens_again(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    upload(world, answer, WRONG)
    officer, place = world.client("officer"), world.url(f"reponses/{answer.pk}/")
    officer.post(place, {"action": "revoke"})
    assert world.client("anonymous").get(f"/ecole/{world.link.token}/").status_code == 404
    officer.post(place, {"action": "link"})
    link = world.school.links.get(revoked_at=None)
    assert "Voir ce qui a été lu" in world.client("anonymous").get(f"/ecole/{link.token}/").content.decode()
    Entity.objects.filter(pk=world.other_school.pk).delete()
    assert counting(answer) and world.client("officer").get(world.url(f"collectes/{campaign.pk}/")).status_code == 200


def test_a_wrong_estimate_is_withdrawn_for_a_reason_and_put_back(world: World, run: Run) -> None:
    officer, place = world.client("officer"), world.url(f"bilans/{run.pk}/retirer/")
    assert officer.post(place, {"reason": ""}).status_code == 422
    officer.post(place, {"reason": "portables en trop"})
    assert years.in_front(world.organisation) == [] and "portables en trop" in plain(page(world, "bilans/"))
    assert "Faire une première estimation" in plain(page(world, "")), "home begins again"
    assert computation.read_state(world.organisation).followed is None
    assert "portables en trop" in plain(page(world, f"bilans/{run.pk}/"))
    officer.post(place, {"back": "1"})
    assert years.in_front(world.organisation) == [run]


def test_a_page_before_freezing_repeats_what_is_missing_and_who_decides(world: World, run: Run) -> None:
    said = plain(page(world, f"bilans/{run.pk}/geler/"))
    assert "À relire avant de décider" in said and "aucun nombre ne sort de l’ordinaire" in said


def test_work_that_nobody_does_says_so_and_refreshes(world: World) -> None:
    long_ago = timezone.now() - timedelta(minutes=25)
    job = Job.objects.create(organisation=world.organisation, kind="run", key="1", title="Calcul", asked_at=long_ago)
    answered = world.client("officer").get(world.url(f"travaux/{job.pk}/"))
    assert "Rien n’avance depuis 25 minutes" in plain(answered.content.decode()) and answered["Refresh"]
    assert "Refresh" not in world.client("officer").get(world.url(f"travaux/{job.pk}/?fixe=1"))
    Job.objects.filter(pk=job.pk).update(asked_at=timezone.now())
    assert "Demandé il y a 1 seconde" in plain(page(world, f"travaux/{job.pk}/"))
