"""Year after year: published and restated values, a change explained, the figures of other tools beside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import plan_world
import pytest
from following import figure, light, page_text, work_done

from conftest import COUNTS, YEAR, Keep, World
from estran.analysis import decomposition, restatement
from estran.catalogue.labels import Labels
from estran.portal.common import storage
from estran.portal.estates import estimate
from estran.portal.estates.models import Inventory
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.results import baselines, calculation, figures, years
from estran.portal.results.models import OtherFigure, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_years(world: World, run: Run, computed: Callable[[Run], None], keep: Keep) -> list[Run]:
    """2024, frozen, with 500 laptops more; 2025 as it is."""
    return [keep("frozen year before", lambda: year_before(world, computed)), run]


def year_before(world: World, computed: Callable[[Run], None]) -> Run:
    access = world.access()
    counts = {**COUNTS, "laptops": COUNTS["laptops"] + 500}
    estimate.keep_headcounts(access, date(YEAR - 1, 12, 31), counts, "essai")
    before = Run.objects.create(
        organisation=world.organisation, inventory=estimate.make_inventory(access, YEAR - 1, counts), year=YEAR - 1
    )
    computed(before)
    before.keep_headline(figures.of(before).carbon)
    baselines.freeze_run(access, before, decided_on=date(2025, 3, 1), decision="Année de référence", number="")
    return before


@pytest.fixture
def restated(world: World, two_years: list[Run], keep: Keep) -> Path:
    """The years computed again together; where the series lies."""
    keep("years computed again", lambda: restate(world))
    return years.place(world.organisation, years.in_front(world.organisation))


def restate(world: World) -> Path:
    """Ask for the years to be computed again, and do it; where the series lies."""
    answer = world.client("officer").post(world.url("annees/"))
    [job] = work_done()
    assert answer["Location"] == world.url(f"travaux/{job.pk}/") and job.state == Job.DONE
    return years.place(world.organisation, years.in_front(world.organisation))


def test_each_year_is_first_shown_as_it_was_published(world: World, two_years: list[Run]) -> None:
    page = world.client("reader").get(world.url("annees/"))
    assert "gelé le 1er mars 2025" in page_text(page) and "estimation" in page_text(page)
    assert "il faut les recalculer ensemble" in page_text(page)
    assert "Recalculer les années ensemble" not in page_text(page)  # a reader asks for no work


@pytest.mark.slow
def test_the_years_computed_again_are_those_of_the_command_line(
    two_years: list[Run], restated: Path, tmp_path: Path
) -> None:
    by_hand = restatement.restate_runs([run.folder for run in two_years], tmp_path / "series")
    assert (restated / "series.csv").read_bytes() == (tmp_path / "series" / "series.csv").read_bytes()
    gwp = [row for row in by_hand if row["criterion"] == "gwp"]
    assert [row["published"] for row in gwp] == pytest.approx([run.mean for run in two_years])


def test_recalculating_changes_no_byte_of_a_frozen_run(two_years: list[Run], restated: Path) -> None:
    assert baselines.describe_move(two_years[0]) == ""


def test_a_change_is_told_as_the_command_line_tells_it_with_its_waterfall(world: World, restated: Path) -> None:
    comparison = decomposition.compare_runs(restated / str(YEAR - 1), restated / str(YEAR))
    answer = world.client("reader").get(world.url("annees/"))
    for text in decomposition.comparison_sentences(comparison, Labels("fr")):
        assert text.replace("\u00a0", " ").replace("\u202f", " ") in page_text(answer)
    assert "Nombre de matériels" in page_text(answer) and light(answer)
    assert answer.content.decode().count("<svg") == 2 * 2, "the change and the series, each for two widths"


@pytest.mark.usefixtures("restated")
def test_the_address_says_the_years_and_the_criterion(world: World) -> None:
    page = world.client("reader").get(world.url(f"annees/?de={YEAR - 1}&a={YEAR}&critere=pe"))
    assert "Énergie primaire" in page_text(page) and f"De {YEAR - 1} à {YEAR}" in page_text(page)
    backwards = world.client("reader").get(world.url(f"annees/?de={YEAR}&a={YEAR - 1}"))
    assert backwards.status_code == 200


def test_another_run_makes_another_series_and_the_old_one_goes(
    world: World, two_years: list[Run], restated: Path, computed: Callable[[Run], None]
) -> None:
    again = Run.objects.create(
        organisation=world.organisation, inventory=two_years[1].inventory, year=YEAR, corrects=two_years[1]
    )
    computed(again)
    again.keep_headline(figures.of(again).carbon)
    assert "il faut les recalculer ensemble" in page_text(world.client("reader").get(world.url("annees/")))
    new = restate(world)
    assert new != restated and [path.name for path in storage.folder("series", world.organisation.pk).iterdir()] == [
        new.name
    ]


def test_the_frozen_run_of_a_year_stands_for_it_whatever_is_computed_later(
    world: World, two_years: list[Run], computed: Callable[[Run], None]
) -> None:
    later = Run.objects.create(organisation=world.organisation, inventory=two_years[0].inventory, year=YEAR - 1)
    computed(later)
    later.keep_headline(figures.of(later).carbon)
    assert years.in_front(world.organisation) == two_years


def test_work_killed_in_the_middle_is_done_again_whole(world: World, two_years: list[Run]) -> None:
    world.client("officer").post(world.url("annees/"))
    job = Job.objects.get(kind="series")
    partial = storage.folder("series", world.organisation.pk, f"{job.subject['folder']}.part")
    partial.mkdir(parents=True)
    (partial / "series.csv").write_text("half", "utf-8")
    assert [job.state for job in work_done()] == [Job.DONE]
    assert not partial.exists()


FIGURE = {
    "year": "2022", "tool": "WeNR", "value": "589", "unit": "t CO2 eq", "perimeter": "hors collèges",
    "denominator": "", "document": "Bilan 2022", "published_on": "2023-03-01",
}  # fmt: skip


def test_the_figure_of_another_tool_is_a_hollow_mark_beside_the_series(world: World, two_years: list[Run]) -> None:
    officer = world.client("officer")
    assert officer.post(world.url("annees/autres-outils/ajouter/"), FIGURE).status_code == 302
    answer = officer.get(world.url("annees/"))
    assert "Hors série : WeNR 2022 589." in answer.content.decode().replace("\u00a0", " ")
    assert "hors collèges" in page_text(answer) and "Bilan 2022, 1er mars 2023" in page_text(answer)
    rows = years.rows(world.organisation, two_years, "gwp")
    assert [row["year"] for row in rows] == [YEAR - 1, YEAR]  # the series does not have it


def test_a_ratio_of_another_tool_is_told_and_not_drawn(world: World, two_years: list[Run]) -> None:
    figure(world, value=137.0, unit="kg CO2 eq", denominator="agents, 31/12/2022")
    answer = world.client("reader").get(world.url("annees/"))
    assert "137 kg CO₂ éq / agents, 31/12/2022" in page_text(answer)
    assert "Hors série" not in answer.content.decode()


def test_a_figure_without_its_perimeter_is_refused(world: World) -> None:
    answer = world.client("officer").post(world.url("annees/autres-outils/ajouter/"), {**FIGURE, "perimeter": ""})
    assert answer.status_code == 422 and not OtherFigure.objects.exists()


def test_without_any_run_the_page_says_where_to_start(world: World) -> None:
    assert "la série commence avec le premier" in page_text(world.client("officer").get(world.url("annees/")))


def test_the_page_costs_as_many_queries_whatever_the_years(
    world: World, two_years: list[Run], django_assert_num_queries: object
) -> None:
    client = world.client("reader")
    with django_assert_num_queries(5):  # type: ignore[operator]
        client.get(world.url("annees/"))


# ----------------------------------------------------------------------------------------------------- observed lives

ITEMS = f"""item_id,entity,item_type,quantity,status,purchase_date,withdrawal_date
stays,Direction du numérique,laptop,60,in_service,2019-01-01,
left,Direction du numérique,laptop,40,retired,2019-01-01,{YEAR}-06-01
"""


def test_observed_lives_are_shown_and_a_plan_takes_them_as_its_before(world: World) -> None:
    assert "Aucun inventaire" in page_text(world.client("reader").get(world.url("annees/durees/")))

    def write(folder: Path) -> None:
        (folder / "inventory.csv").write_text(ITEMS, "utf-8")

    sha256, _folder = storage.keep_folder(write, "inventories", world.organisation.pk)
    inventory = Inventory.objects.create(
        organisation=world.organisation, year=YEAR, kind=Inventory.COLLECTED, sha256=sha256, rows=2
    )
    assert queue.run_at_once(calculation.ask_run(world.access(), inventory)).state == Job.DONE
    page = page_text(world.client("reader").get(world.url("annees/durees/")))
    assert "Ordinateur portable : au moins 6,8 ans" in page
    action = plan_world.action(world, levers=[plan_world.LEVER])
    lever = world.client("officer").get(world.url(f"actions/{action.pk}/effet/1/"), {"constatee": "laptop"})
    assert 'value="6,8"' in lever.content.decode() and "40 départs sur 100 suivis" in lever.content.decode()
