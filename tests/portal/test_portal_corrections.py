"""Corrections where one sees a figure, and values of one's own: made, limited to whose rows they are, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from following import page_text

from conftest import YEAR, Keep, World
from estran.common.language import speaking
from estran.portal.common import storage
from estran.portal.estates.models import Inventory
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.overlays import corrections
from estran.portal.overlays.models import Correction, OwnValue
from estran.portal.results import calculation
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db

INVENTORY = """item_id,entity,item_type,serial,quantity,purchase_date,status,source
a,Direction du numérique,laptop,,10,,in_service,parc.xlsx:Feuil1:2
b,Collège Alice Guy,laptop,,20,,in_service,alice.csv:2
c,Collège Alice Guy,desktop,CZC1,1,1950-01-01,in_service,alice.csv:3
"""
CELLS = {"item_type": "desktop", "quantity": "1", "status": "in_service", "entity": "Collège Alice Guy"}


def computed(world: World, inventory: str) -> Run:
    def write(folder: Path) -> None:
        (folder / "inventory.csv").write_text(inventory, "utf-8")

    sha256, _folder = storage.keep_folder(write, "inventories", world.organisation.pk)
    kept = Inventory.objects.create(
        organisation=world.organisation, year=YEAR, kind=Inventory.COLLECTED, sha256=sha256, rows=3
    )
    assert queue.run_at_once(calculation.ask_run(world.access(), kept)).state == Job.DONE
    return Run.objects.order_by("-pk")[0]


@pytest.fixture
def seen(world: World, keep: Keep) -> Run:
    return keep("run to correct", lambda: computed(world, INVENTORY))


def correct(world: World, run: Run, query: str, who: str = "officer", **values: str) -> int:
    given = {"reason": "facture retrouvée", **values}
    return world.client(who).post(world.url(f"bilans/{run.pk}/corriger/?{query}"), given).status_code


def test_a_row_and_a_filter_are_corrected_computed_again_and_undone(world: World, seen: Run) -> None:
    officer = world.client("officer")
    page = page_text(officer.get(world.url(f"bilans/{seen.pk}/corriger/?row=0")))
    assert "parc.xlsx:Feuil1:2" in page
    assert correct(world, seen, "row=2", purchase_date="mars 2021", later="on", **CELLS) == 302
    assert correct(world, seen, "row=2", **CELLS, purchase_date="12/05/2022") == 302  # the same row again
    assert correct(world, seen, "missing=purchase_date&item_type=laptop", value="2021") == 302
    assert correct(world, seen, "missing=purchase_date", value="hier") == 422
    assert [(one.corrected, one.value, one.rows, one.valid_to) for one in Correction.objects.all()] == [
        ("purchase_date", "2021-03-15", 1, None),
        ("purchase_date", "2022-05-12", 1, YEAR),
        ("purchase_date", "2021-07-01", 2, YEAR),
    ]
    last = Correction.objects.order_by("-pk")[0].pk
    assert "3 corrections ne sont pas dans le dernier bilan" in page_text(officer.get(world.url("corrections/")))
    officer.post(world.url(f"bilans/{seen.pk}/refaire/"))
    again = Run.objects.order_by("-pk")[0]
    assert again.corrects == seen and again.computed_at
    page = page_text(officer.get(world.url(f"bilans/{again.pk}/")))
    assert f"Correction n° {last}, 2 lignes" in page.replace("\xa0", " ") and "facture retrouvée" in page
    assert f"corrigé (n° {last})" in page_text(officer.get(world.url(f"bilans/{again.pk}/lignes/")))
    assert "ne sont pas dans" not in page_text(officer.get(world.url("corrections/")))
    officer.post(world.url("corrections/"), {"undo": last})
    assert Correction.objects.filter(undone_at__isnull=True).count() == 2
    officer.post(world.url("corrections/"), {"put_back": last})
    officer.post(world.url("corrections/"), {"all": "yes"})
    assert not Correction.objects.filter(undone_at__isnull=True).exists()
    assert not storage.folder("overlays", world.organisation.pk, "row_corrections.csv").exists()


@pytest.mark.parametrize(
    ("who", "query", "status"),
    [
        ("contributor", "row=1", 302),
        ("contributor", "entity=Collège Alice Guy&missing=purchase_date", 302),
        ("contributor", "row=0", 403),
        ("contributor", "missing=purchase_date", 403),
        ("reader", "row=1", 403),
        ("stranger", "row=1", 404),
    ],
)
def test_one_corrects_the_rows_of_ones_own_entities(world: World, seen: Run, who: str, query: str, status: int) -> None:
    cells = {**CELLS, "item_type": "laptop", "quantity": "20", "purchase_date": "2020", "value": "2020"}
    assert correct(world, seen, query, who, **cells) == status
    assert set(Correction.objects.values_list("entity", flat=True)) <= {"Collège Alice Guy"}


def test_a_correction_whose_row_a_new_file_no_longer_has_is_said(world: World, seen: Run) -> None:
    assert correct(world, seen, "row=2", purchase_date="2021", **CELLS) == 302
    computed(world, INVENTORY.replace("CZC1", "CZC2"))
    assert "ne trouve plus de ligne" in page_text(world.client("reader").get(world.url("corrections/")))


def test_a_value_shows_its_effect_before_it_is_kept_and_is_withdrawn(world: World, seen: Run) -> None:
    officer, overlay = world.client("officer"), storage.folder("overlays", world.organisation.pk, "defaults.csv")
    life = {"parameter": "lifetime_years", "item_type": "laptop", "value": "10", "source": "délibération n° 12"}
    assert officer.post(world.url("valeurs/ajouter/defaults/"), {**life, "item_type": "*"}).status_code == 422
    officer.post(world.url("valeurs/ajouter/defaults/"), life)
    value = OwnValue.objects.get()
    carbon = next(row for row in value.effect["criteria"] if row["unit"] == "kg CO2 eq")
    assert carbon["after"] < carbon["before"] and value.effect["types"][0]["label"].startswith("Ordinateur portable")
    assert not overlay.exists()
    officer.post(world.url(f"valeurs/{value.pk}/"), {"keep": "yes"})
    assert "délibération n° 12" in overlay.read_text("utf-8")
    assert "Durée d’usage" in page_text(world.client("reader").get(world.url("valeurs/")))
    officer.post(world.url(f"valeurs/{value.pk}/"), {"withdraw": "yes"})
    assert not overlay.exists()


def test_corrections_are_the_same_in_every_language_and_leave_withdrawn_runs_alone(world: World, seen: Run) -> None:
    assert correct(world, seen, "row=2", purchase_date="mars 2021", later="on", **CELLS) == 302
    with speaking("fr"):
        french = corrections._in_force(world.organisation, seen.year)
    with speaking("en"):
        assert corrections._in_force(world.organisation, seen.year) == french
    assert [run for run, _differ in corrections.runs_to_renew(world.organisation)] == [seen]
    Run.objects.filter(pk=seen.pk).update(withdrawn_at=timezone.now(), withdrawn_for="Mauvaise année")
    assert corrections.runs_to_renew(world.organisation) == []
