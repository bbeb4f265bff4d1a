"""From fourteen counts to a figure, then to where it comes from, then to a frozen reference."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import ProtectedError

from conftest import COUNTS, YEAR, World
from estran.analysis import explain
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.engine import runs
from estran.portal.common import storage
from estran.portal.estates.models import Headcount, Inventory
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.publishing import work as publishing
from estran.portal.results import baselines, figures
from estran.portal.results.models import Baseline, Frozen, Run
from estran.reporting.blocks import plain_texts
from estran.reporting.chapters.explanation import explanation

pytestmark = pytest.mark.django_db


def counted(world: World) -> Run:
    answer = world.client("officer").post(world.url("bilans/estimation/"), {"year": YEAR, **COUNTS})
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, world.url(f"bilans/{run.pk}/"))
    return run


def test_fourteen_counts_make_an_inventory_headcounts_and_a_run(world: World) -> None:
    run = counted(world)
    assert (run.folder.parent / "perimeter.toml").exists()
    assert (run.inventory.kind, run.inventory.rows) == (Inventory.ESTIMATE, 5)
    assert (run.inventory.folder / "inventory.csv").read_text("utf-8").splitlines()[1] == (
        "laptops,Administration,laptop,2500,low"
    )
    assert dict(Headcount.objects.values_list("who", "value")) == {"agents": 3000, "pupils": 20000}
    assert run.mean is not None and run.low is not None and run.high is not None
    assert run.low < run.mean < run.high


def test_the_page_says_the_figure_its_interval_and_that_it_is_an_estimate(world: World) -> None:
    run = counted(world)
    page = world.client("officer").get(world.url(f"bilans/{run.pk}/")).content.decode()
    step = formatting.step_beside(run.mean or 0, "kg CO2 eq")
    assert f"{step.words(step.rounded(run.mean or 0))} d’équivalent CO₂" in page
    assert f"entre {step.cell(step.rounded(run.low or 0))} et {step.words(step.rounded(run.high or 0))}" in page
    assert "C’est une estimation" in page
    assert "par agent" in page and "par élève" in page
    assert "3\u202f000 agents" in page


def test_the_schools_of_the_estimate_are_a_sub_total_of_their_own(world: World) -> None:
    page = world.client("officer").get(world.url(f"bilans/{counted(world).pk}/")).content.decode()
    assert '<p class="label">Collèges</p>' in page and '<p class="label">Administration</p>' in page


def test_where_the_figure_comes_from_is_what_the_command_line_says(world: World, run: Run) -> None:
    for figure, asked in (
        (explain.Figure(""), ""),
        (explain.Figure("gwp", None, "laptop", "manufacturing"), "?criterion=gwp&item_type=laptop&stage=manufacturing"),
    ):
        page = world.client("reader").get(world.url(f"bilans/{run.pk}/origine/{asked}")).content.decode()
        opened = explanation(explain.explain_figure(run.folder, figure), Labels("fr"))
        shown = "".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())
        assert [text for text in plain_texts(opened) if "".join(text.split()) not in shown] == []


def test_a_figure_that_is_not_there_is_not_found(world: World, run: Run) -> None:
    assert world.client("reader").get(world.url(f"bilans/{run.pk}/origine/?item_type=hovercraft")).status_code == 404


DECISION = {"decided_on": "2026-03-16", "decision": "Année de référence de la stratégie", "number": "2026-41"}


def test_a_frozen_run_says_its_decision_and_cannot_be_frozen_twice(world: World, run: Run) -> None:
    officer, address = world.client("officer"), world.url(f"bilans/{run.pk}/")
    assert officer.post(address + "geler/", DECISION)["Location"] == address
    page = officer.get(address).content.decode()
    assert "délibération n° 2026-41" in page and "Geler ce bilan" not in page
    assert officer.post(address + "geler/", {**DECISION, "decision": "Une autre"})["Location"] == address
    assert Baseline.objects.get().decision == DECISION["decision"]


def test_a_decision_of_tomorrow_is_refused_beside_its_field(world: World, run: Run) -> None:
    answer = world.client("officer").post(
        world.url(f"bilans/{run.pk}/geler/"), {**DECISION, "decided_on": "2099-01-01"}
    )
    assert answer.status_code == 422
    assert 'href="#id_decided_on"' in answer.content.decode()


def test_the_export_computed_again_by_the_command_line_gives_the_same_bytes(
    world: World, run: Run, tmp_path: Path
) -> None:
    packed = world.client("reader").get(world.url(f"bilans/{run.pk}/export.zip"))
    with zipfile.ZipFile(io.BytesIO(packed.getvalue())) as archive:
        archive.extractall(tmp_path / "zip")
    folder = tmp_path / "zip"
    choices = runs.Choices(YEAR, perimeter=folder / "perimeter.toml")
    runs.compute([folder / "inventory"], choices, tmp_path / "again")
    for name in ("impacts.csv", "intervals.csv", "gaps.csv", "gaps.parquet"):
        assert (tmp_path / "again" / name).read_bytes() == (run.folder / name).read_bytes()


def test_counts_of_nothing_are_refused_with_a_remedy(world: World) -> None:
    answer = world.client("officer").post(world.url("bilans/estimation/"), {"year": YEAR, "agents": 30})
    assert answer.status_code == 422
    assert "Donnez au moins un nombre de matériels" in answer.content.decode()
    assert not Run.objects.exists()


def test_nothing_changes_a_frozen_run_nor_its_decision(world: World, run: Run) -> None:
    world.client("officer").post(world.url(f"bilans/{run.pk}/geler/"), DECISION)
    run.refresh_from_db()
    run.mean = 1.0
    for change in (run.save, run.baseline.save, run.baseline.delete):
        with pytest.raises(Frozen):
            change()
    with pytest.raises(ProtectedError):
        run.delete()
    assert baselines.describe_move(run) == "" and run.folder.exists()


def test_a_file_of_a_frozen_run_touched_since_is_told(world: World, run: Run) -> None:
    world.client("officer").post(world.url(f"bilans/{run.pk}/geler/"), DECISION)
    with (run.folder / "impacts.csv").open("a") as file:
        file.write("\n")
    assert "impacts.csv" in baselines.describe_move(run)
    page = world.client("reader").get(world.url(f"bilans/{run.pk}/")).content.decode()
    assert "n’est plus celui de la décision" in page


def verify() -> str:
    """What `verify` prints, whether or not something is wrong."""
    out = StringIO()
    with suppress(CommandError):
        call_command("verify", stdout=out)
    return out.getvalue()


def test_verify_and_pages_name_each_file_of_a_frozen_run_that_moved(world: World, run: Run) -> None:
    world.client("officer").post(world.url(f"bilans/{run.pk}/geler/"), DECISION)
    place = f"runs/{run.pk}/{run.folder.name}"
    assert place not in verify()
    (run.folder / "sources.csv").unlink()
    (run.folder / "more.csv").write_text("a\n")
    moved = {"sources.csv": "absent", "more.csv": "ajouté"}
    for name in ("intervals.csv", "subtotals.csv", "headline.csv", "inputs/settings.json"):
        with (run.folder / name).open("a") as file:
            file.write("\n")
        moved[name] = "modifié"
    answer, page = verify(), world.client("reader").get(world.url(f"bilans/{run.pk}/origine/")).content.decode()
    for name, word in moved.items():
        assert f"{place}/{name} ({word})" in answer and f"{name} ({word})" in page


def test_figures_kept_beside_a_frozen_run_are_verified_too(world: World, run: Run) -> None:
    world.client("officer").post(world.url(f"bilans/{run.pk}/geler/"), DECISION)
    kept = run.place / figures.NAME
    assert figures.of(run) and f"{figures.NAME} (" not in verify()
    values = json.loads(kept.read_text("utf-8"))
    values["carbon"]["mean"] /= 2
    kept.write_text(json.dumps(values), "utf-8")
    assert f"runs/{run.pk}/{figures.NAME} (modifié)" in verify()


def test_a_decision_that_was_rewritten_is_told(world: World, run: Run) -> None:
    """Whoever changes a file and its hash in baseline.toml changes baseline.toml, whose hash is in the base."""
    world.client("officer").post(world.url(f"bilans/{run.pk}/geler/"), DECISION)
    with (run.place / "baseline.toml").open("a") as file:
        file.write("\n")
    page = world.client("reader").get(world.url(f"bilans/{run.pk}/")).content.decode()
    assert "n’est plus telle qu’elle a été écrite" in page


def test_a_frozen_run_that_moved_is_not_published(world: World, run: Run) -> None:
    officer = world.client("officer")
    officer.post(world.url(f"bilans/{run.pk}/geler/"), DECISION)
    with (run.folder / "intervals.csv").open("a") as file:
        file.write("\n")
    job = queue.run_at_once(publishing.prepare_publication(world.access(), run, "etalab-2.0", "https://essai.fr/"))
    assert job.state == Job.FAILED and "intervals.csv (modifié)" in job.problems[0]["what"]


def test_a_correction_is_another_run_that_says_what_moved(world: World, run: Run) -> None:
    officer, address = world.client("officer"), world.url(f"bilans/{run.pk}/")
    officer.post(address + "geler/", DECISION)
    before = storage.folder_digest(run.folder)
    again = officer.post(address + "refaire/")
    corrected = Run.objects.get(corrects=run)
    assert again["Location"] == world.url(f"bilans/{corrected.pk}/")
    page = officer.get(again["Location"]).content.decode()
    assert f"Ce qui a bougé depuis le calcul n° {run.pk}" in page and "rien n’a changé" in page
    assert storage.folder_digest(run.folder) == before
