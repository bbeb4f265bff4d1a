"""The server stopped in the middle of something: what people see meanwhile, and that nothing counts twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from collecting import answer_of, page, plain, sent, upload
from django.utils import timezone

from conftest import COUNTS, YEAR, World
from estran.portal.collection import campaigns
from estran.portal.collection.models import Campaign, Delivery
from estran.portal.common import storage
from estran.portal.common.keys import secret_key
from estran.portal.estates import estimate
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.results import calculation
from estran.portal.results.models import Run

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
FIRST, SECOND = "Type;Nombre\nTablette;10\n", "Type;Nombre\nTablette;12\n"


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Work is asked for and nobody carries it out, until `undo`."""
    monkeypatch.setattr(queue, "run_at_once", lambda job: job)
    return monkeypatch


def a_worker_comes() -> None:
    """It carries out the oldest work."""
    taken = queue.take_job()
    assert taken
    queue.run_job(taken)


def send_by_link(world: World, text: str) -> str:
    """What a referent reads after sending a file."""
    values = {"send": "file", "pupils": "400", "file": sent(text)}
    answered = world.client("link_holder").post(f"/ecole/{world.link.token}/", values)
    return plain(world.client("link_holder").get(answered["Location"]).content.decode())


def test_a_referent_is_told_that_his_file_is_received_and_is_not_to_send_again(
    world: World, campaign: Campaign, stopped: pytest.MonkeyPatch
) -> None:
    words = send_by_link(world, FIRST)
    assert "« inventaire.csv » est reçu. Il sera lu sans vous" in words and "rien n’est à renvoyer" in words
    stopped.undo()
    a_worker_comes()
    assert "Il sera lu" not in plain(world.client("link_holder").get(f"/ecole/{world.link.token}/").content.decode())
    answer = answer_of(campaign, world.school)
    assert answer.pupils == 400 and [one.rows for one in campaigns.current_deliveries([answer])] == [1]


def test_an_officer_sees_how_far_the_reading_of_a_file_is(
    world: World, campaign: Campaign, stopped: pytest.MonkeyPatch
) -> None:
    send_by_link(world, FIRST)
    answer = answer_of(campaign, world.school)
    job = Job.objects.get()
    shown = page(world, f"reponses/{answer.pk}/")
    assert f'href="{job.address}">Voir la lecture</a>' in shown and "en attente" in shown
    taken = queue.take_job(job)
    assert taken
    queue.free_jobs()  # the server starts again
    assert "interrompu, repris" in page(world, f"reponses/{answer.pk}/")


def test_a_file_read_late_does_not_count_beside_the_one_that_took_its_place(
    world: World, campaign: Campaign, stopped: pytest.MonkeyPatch
) -> None:
    """The server stops while it reads a file; the school sends a better one, read at once; the first is read after."""
    send_by_link(world, FIRST)
    stopped.undo()
    answer = answer_of(campaign, world.school)
    better = upload(world, answer, SECOND)
    a_worker_comes()
    assert Delivery.objects.filter(read_at__isnull=False).count() == 2
    assert list(campaigns.current_deliveries([answer])) == [better]


def test_the_last_file_sent_stands_although_the_clock_was_set_back(world: World, campaign: Campaign) -> None:
    answer = answer_of(campaign, world.school)
    upload(world, answer, FIRST)
    Delivery.objects.update(sent_at=timezone.now() + timedelta(hours=1))
    last = upload(world, answer, SECOND)
    assert list(campaigns.current_deliveries([answer])) == [last]


def test_a_job_whose_worker_stopped_is_taken_up_at_the_next_start_and_says_so(world: World) -> None:
    job = queue.ask_job(world.access(), "run", "1", "Calcul")
    assert queue.take_job() and queue.take_job() is None
    queue.free_jobs()
    assert queue.take_job()
    words = plain(page(world, f"travaux/{job.pk}/"))
    assert "Le serveur s’est arrêté pendant ce travail, qui reprend depuis le début (essai 2 sur 3)." in words
    assert "Le serveur s’est arrêté pendant un travail, qui reprend : Calcul." in plain(page(world, ""))


def test_the_same_estimate_sent_again_after_no_answer_is_one_run(world: World) -> None:
    access = world.access()
    asked = [calculation.ask_run(access, estimate.make_inventory(access, YEAR, COUNTS)) for _time in range(2)]
    assert asked[0] == asked[1] and Run.objects.count() == 1
    address = asked[0].address
    assert f'href="{address}">en attente</a>' in page(world, "bilans/")


def test_the_same_inventory_with_labels_learned_since_is_another_run(world: World) -> None:
    access = world.access()
    inventory = estimate.make_inventory(access, YEAR, COUNTS)
    calculation.ask_run(access, inventory)
    labels = storage.folder("overlays", world.organisation.pk, "labels.csv")
    labels.parent.mkdir(parents=True)
    labels.write_text("label,item_type\n", "utf-8")
    calculation.ask_run(access, inventory)
    assert Run.objects.count() == 2


def test_what_was_left_unfinished_is_swept_and_nothing_else() -> None:
    kept = storage.folder("inventories", 1, "0" * 64, "inventory.csv")
    left = [
        storage.folder("inventories", 1, ".new-abc", "inventory.csv"),
        storage.folder("runs", 7, ".bilan-2024-abc", "amounts.csv"),
        storage.folder("runs", 7, "figures.json.part"),
        storage.folder("tmp", "upload"),
    ]
    for path in (kept, *left):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", "utf-8")
    storage.remove_unfinished()
    assert kept.exists() and not any(path.exists() for path in left)


def test_the_key_is_made_once(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "data")
    assert len(key) > 50 and secret_key(tmp_path / "data") == key
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
