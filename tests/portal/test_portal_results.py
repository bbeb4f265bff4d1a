"""The page of a run: what its first screen answers, each way to see it, the rows behind a figure, the flow view."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from following import light, page_text, work_done
from python_calamine import CalamineWorkbook

import small_runs
from conftest import COUNTS, YEAR, Keep, World
from estran.analysis import explain
from estran.engine import runs
from estran.portal.common import storage
from estran.portal.estates import estimate
from estran.portal.estates.models import Inventory
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.results import baselines, calculation, explained, export, figures, question, views
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db

COLUMNS = "item_id,entity,site,item_type,serial,quantity,purchase_date,source,flow,amount"
ROWS = """
new,Direction du numérique,Bureau de Mme Durand,laptop,,10,2025-03-01,parc.csv:2,,
old,Direction du numérique,Bureau de Mme Durand,laptop,,40,2021-03-01,parc.csv:3,,
one,Collège Alice Guy,Salle 12,desktop,CZC1234XYZ,,2022-09-01,colleges.xlsx:7,,
paper,Direction du numérique,,,,,,activites.csv:2,paper_sheet_virgin,100000
"""


@pytest.fixture
def dated(world: World, keep: Keep) -> Run:
    """The run of an inventory with dates, serial numbers and sites: 50 laptops, one desktop of a school, paper."""
    return keep("dated run", lambda: dated_run(world))


def dated_run(world: World) -> Run:
    def write(folder: Path) -> None:
        (folder / "inventory.csv").write_text(COLUMNS + ROWS, "utf-8")

    sha256, _folder = storage.keep_folder(write, "inventories", world.organisation.pk)
    inventory = Inventory.objects.create(
        organisation=world.organisation, year=YEAR, kind=Inventory.COLLECTED, sha256=sha256, rows=4
    )
    assert queue.run_at_once(calculation.ask_run(world.access(), inventory)).state == Job.DONE
    return Run.objects.get()


# -------------------------------------------------------------------------------------------------- the first screen


def test_the_first_screen_says_how_much_how_sure_what_is_missing_and_what_comes_next(world: World, dated: Run) -> None:
    page = page_text(world.client("officer").get(world.url(f"bilans/{dated.pk}/")))
    start = page[: page.index("Ce qui n’est pas compté")]
    for asked in (
        "À quel point est-ce sûr ?",
        "Avec nos données et nos facteurs",
        "Que manque-t-il ?",
        "Et maintenant ?",
        "Geler ce bilan",
    ):
        assert asked in start
    assert "pour le climat" in start or "Rien de ce qui a été donné" in start
    assert "Avec d’autres facteurs publiés" in start


def test_a_reader_is_told_what_comes_next_without_what_he_may_not_do(world: World, dated: Run) -> None:
    page = page_text(world.client("reader").get(world.url(f"bilans/{dated.pk}/")))
    assert "Compléter ce qui manque, puis geler ce bilan" in page
    assert "Geler ce bilan" not in page and "Refaire ce calcul" not in page


@pytest.mark.parametrize(
    ("laptops", "sentence"),
    [
        (COUNTS["laptops"], "l’incertitude dépasse ce changement"),
        (4 * COUNTS["laptops"], "la baisse dépasse l’incertitude"),
    ],
)
def test_the_change_since_the_year_before_is_one_sentence(
    world: World, run: Run, computed: Callable[[Run], None], laptops: int, sentence: str
) -> None:
    access, counts = world.access(), {**COUNTS, "laptops": laptops}
    estimate.keep_headcounts(access, date(YEAR - 1, 12, 31), counts, "essai")
    before = Run.objects.create(
        organisation=world.organisation, inventory=estimate.make_inventory(access, YEAR - 1, counts), year=YEAR - 1
    )
    computed(before)
    before.keep_headline(figures.of(before).carbon)
    (run.place / figures.NAME).unlink()
    page = page_text(world.client("reader").get(world.url(f"bilans/{run.pk}/")))
    assert f"Depuis {YEAR - 1}" in page and sentence in page


# ---------------------------------------------------------------------------------------------- each way to see it


def links(answer: Any) -> list[str]:
    return [
        link.replace("&amp;", "&") for link in re.findall(r'href="(\?[^"#]*)#breakdown-head"', answer.content.decode())
    ]


def test_each_way_to_see_a_run_is_a_link_to_a_light_page_that_says_what_it_shows(world: World, dated: Run) -> None:
    reader, address = world.client("reader"), world.url(f"bilans/{dated.pk}/")
    first = links(reader.get(address))
    for link in first:
        answer = reader.get(address + link)
        assert (answer.status_code, light(answer)) == (200, True), link
        assert "<details open>" in answer.content.decode()
        assert len(links(answer)) == len(first), "one choice changes, the others stay on offer"
    # a breakdown, what makes it solid, another criterion, the other view
    assert len(first) == 3 + 2 + len(figures.of(dated).criteria) - 1 + 1


def test_entities_are_shown_for_every_criterion_and_the_schools_open_as_one(world: World, dated: Run) -> None:
    page = world.client("reader").get(world.url(f"bilans/{dated.pk}/?by=entities&criterion=adpe"))
    assert "Ressources minérales et métalliques : entité" in page_text(page)
    assert "Collèges (1)" in page_text(page) and "Direction du numérique" in page_text(page)
    assert "criterion=adpe&amp;view=stock&amp;part=schools" in page.content.decode()


def test_the_lines_that_a_breakdown_leaves_out_are_counted(
    world: World, dated: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = figures.of(dated).item_types
    monkeypatch.setattr(question, "ROWS", 1)
    page = page_text(world.client("reader").get(world.url(f"bilans/{dated.pk}/?by=item_types")))
    assert f"{len(whole) - 1} autres lignes" in page and "du total ensemble, sont dans l’export" in page
    assert question.Question.read({"by": "item_types"}, Run.STOCK, figures.of(dated)).left["share"] == pytest.approx(
        1 - whole[0]["share"]
    )
    monkeypatch.undo()
    assert "du total" not in page_text(world.client("reader").get(world.url(f"bilans/{dated.pk}/?by=item_types")))


def test_other_factor_sets_and_quality_are_in_the_address(world: World, dated: Run) -> None:
    reader, address = world.client("reader"), world.url(f"bilans/{dated.pk}/")
    assert "ADEME (celui du bilan)" in page_text(reader.get(address + "?by=factor_sets"))
    assert "Qualité de l’inventaire" in page_text(reader.get(address + "?by=quality"))
    assert "Ce qui pèse" in page_text(reader.get(address + "?by=nonsense&criterion=nonsense&view=nonsense"))


# ------------------------------------------------------------------------------------------ the rows behind a figure


def rows_page(world: World, run: Run, asked: str = "", who: str = "reader") -> Any:
    return world.client(who).get(world.url(f"bilans/{run.pk}/lignes/{asked}"))


def items(page: Any) -> list[str]:
    return re.findall(r'<tr><th scope="row">(\w+)<', page.content.decode())


def test_rows_come_heaviest_first_with_their_provenance_and_the_sum_that_makes_them(world: World, dated: Run) -> None:
    page = rows_page(world, dated)
    kept = explained.Asked.read(dated, {}).tables
    behind = explain.rows_behind(dated.folder, kept, explain.Figure("gwp"), heaviest=True, start=0, most=25)
    assert items(page) == [row["item_id"] for row in behind.rows] and items(page)[0] in ("old", "paper")
    assert sum(row["value"] for row in behind.rows) == pytest.approx(dated.mean)
    assert "4 lignes d’inventaire font" in page_text(page)
    assert "parc.csv:3" in page_text(page) and "colleges.xlsx:7" in page_text(page)
    assert "40 × 1 × 1 ÷ 5 = 8" in page_text(page) and "8 unités × " in page_text(page)
    assert "100 000 feuilles × " in page_text(page)


def test_rows_can_be_read_in_the_order_of_the_files_and_by_entity_type_and_stage(world: World, dated: Run) -> None:
    assert items(rows_page(world, dated, "?order=file")) == ["new", "old", "one", "paper"]
    assert items(rows_page(world, dated, "?entity=Collège Alice Guy")) == ["one"]
    assert items(rows_page(world, dated, "?item_type=laptop&stage=use&order=file")) == ["new", "old"]
    assert items(rows_page(world, dated, "?part=schools&criterion=adpe")) == ["one"]


def test_nothing_personal_is_in_the_rows(world: World, dated: Run) -> None:
    page = page_text(rows_page(world, dated))
    assert "CZC1234XYZ" not in page and "Durand" not in page and "Salle 12" not in page


def test_rows_come_by_pages_of_25_and_any_page_number_is_answered(world: World, dated: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr("estran.portal.results.views.ROWS_PER_PAGE", 3)
    first, second = rows_page(world, dated, "?order=file"), rows_page(world, dated, "?order=file&page=2")
    assert items(first) == ["new", "old", "one"] and items(second) == ["paper"]
    assert "order=file&amp;page=2" in first.content.decode() and "Page 2 sur 2" in page_text(second)
    for page in ("0", "-3", "99999999999999999999", "x"):
        assert rows_page(world, dated, f"?page={page}").status_code == 200


@pytest.mark.parametrize("asked", ["?item_type=hovercraft", "?entity=O'Brien", "?entity='; DROP TABLE rows; --"])
def test_a_figure_that_is_not_there_has_no_rows(world: World, dated: Run, asked: str) -> None:
    assert rows_page(world, dated, asked).status_code == 404


def test_every_figure_of_the_page_leads_to_its_origin_and_then_to_its_rows(world: World, dated: Run) -> None:
    reader, address = world.client("reader"), world.url(f"bilans/{dated.pk}/")
    for by in ("families", "stages", "item_types", "entities"):
        page = reader.get(f"{address}?by={by}").content.decode()
        opened = re.findall(rf'href="({address}origine/\?[^"]*)"', page[page.index("breakdown-table") :])
        assert opened
        for link in opened:
            origin = reader.get(link.replace("&amp;", "&")).content.decode()
            [rows] = re.findall(rf'href="({address}lignes/\?[^"]*)"', origin)
            assert items(reader.get(rows.replace("&amp;", "&"))) != []


# ------------------------------------------------------------------------------------------------ large inventories


def test_a_large_run_is_opened_by_the_queue_once_for_all_its_figures(
    world: World, dated: Run, monkeypatch: Any
) -> None:
    monkeypatch.setattr("estran.portal.results.models.LARGE", 4)
    reader, address = world.client("reader"), world.url(f"bilans/{dated.pk}/")
    asked = reader.get(address + "origine/?item_type=laptop")
    job = Job.objects.get(kind="origin")
    assert asked["Location"] == world.url(f"travaux/{job.pk}/")
    left = explained.Asked.read(dated, {}).tables.with_name(".opened-killed")  # by a worker that was killed
    left.mkdir()
    assert [one.state for one in work_done()] == [Job.DONE]
    assert reader.get(asked["Location"])["Location"] == address + "origine/?item_type=laptop"
    assert "Ordinateur portable" in page_text(reader.get(address + "origine/?item_type=laptop"))
    for other in ("origine/?criterion=adpe", "lignes/?part=schools"):
        assert reader.get(address + other).status_code == 200
    assert Job.objects.filter(kind="origin").count() == 1
    shutil.rmtree(explained.Asked.read(dated, {}).tables)  # what can be made again may be removed
    assert reader.get(address + "origine/?item_type=laptop")["Location"].startswith(world.url("travaux/"))
    assert [one.state for one in work_done()] == [Job.DONE]
    assert reader.get(address + "origine/?item_type=laptop").status_code == 200


def test_a_very_long_address_still_ends_its_work(world: World, dated: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr("estran.portal.results.models.LARGE", 4)
    rows_page(world, dated, "?entity=" + "é" * 200)
    [job] = work_done()
    assert (job.state, job.next_url) == (Job.DONE, world.url(f"bilans/{dated.pk}/"))


def test_a_large_run_is_exported_by_the_queue_and_a_decision_makes_another_export(
    world: World, dated: Run, monkeypatch: Any
) -> None:
    small = world.client("reader").get(world.url(f"bilans/{dated.pk}/export.zip")).getvalue()
    export.zip_path(dated).unlink()
    monkeypatch.setattr("estran.portal.results.models.LARGE", 4)
    asked = world.client("reader").get(world.url(f"bilans/{dated.pk}/export.zip"))
    assert [job.state for job in work_done()] == [Job.DONE]
    again = world.client("reader").get(world.client("reader").get(asked["Location"])["Location"])
    assert again.getvalue() == small, "the same bytes"
    baselines.freeze_run(world.access(), dated, decided_on=date(2026, 3, 1), decision="Référence", number="")
    assert not export.zip_path(Run.objects.get()).exists()


def test_a_large_run_is_computed_again_by_the_queue(world: World, dated: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr("estran.portal.results.models.LARGE", 4)
    monkeypatch.setattr("estran.portal.results.calculation.LATELY", timedelta(0), raising=False)
    answer = world.client("officer").post(world.url(f"bilans/{dated.pk}/refaire/"))
    assert answer["Location"].startswith(world.url("travaux/"))


# ---------------------------------------------------------------------------------------------------- the flow view


def flow_of(world: World, run: Run) -> Client:
    answer = world.client("officer").post(world.url(f"bilans/{run.pk}/flux/"))
    assert answer["Location"] == world.url(f"bilans/{run.pk}/?view=flow")
    return world.client("reader")


def test_the_flow_view_is_computed_beside_the_run_and_is_that_of_the_command_line(
    world: World, dated: Run, tmp_path: Path
) -> None:
    before = storage.folder_digest(dated.folder)
    flow_of(world, dated)
    choices = runs.Choices(YEAR, view="flow", perimeter=dated.place / "perimeter.toml")
    runs.compute([dated.inventory.folder], choices, tmp_path / "flow")
    for name in ("impacts.csv", "intervals.csv", "gaps.csv", "gaps.parquet"):
        assert (dated.folder_of("flow") / name).read_bytes() == (tmp_path / "flow" / name).read_bytes()
    assert storage.folder_digest(dated.folder) == before


def test_the_page_says_which_view_is_which_and_never_adds_them(world: World, dated: Run) -> None:
    page = page_text(flow_of(world, dated).get(world.url(f"bilans/{dated.pk}/?view=flow")))
    assert f"Bilan {YEAR}, vue des achats" in page and "Ce n’est pas le bilan de référence" in page
    assert "Les deux vues ne s’ajoutent jamais" in page and "ne se comparent pas" not in page
    assert "Exporter ce calcul" not in page and "Geler" not in page


def test_rows_of_the_flow_view_count_what_was_bought_in_the_year(world: World, dated: Run) -> None:
    flow_of(world, dated)
    page = rows_page(world, dated, "?view=flow&item_type=laptop&stage=manufacturing")
    assert items(page) == ["new", "old"] and "10 unités × " in page_text(page)
    assert page_text(page).count("unités ×") == 1  # nothing was made in the year for those of 2021


def test_before_it_is_computed_the_flow_view_is_offered_to_the_officer_alone(world: World, dated: Run) -> None:
    address = world.url(f"bilans/{dated.pk}/?view=flow")
    assert "Calculer la vue des achats" in page_text(world.client("officer").get(address))
    page = page_text(world.client("reader").get(address))
    assert "n’est pas calculée pour ce bilan" in page and "Calculer la vue des achats" not in page


def test_an_estimate_has_no_flow_view_for_it_has_no_dates(world: World, run: Run) -> None:
    page = page_text(world.client("officer").get(world.url(f"bilans/{run.pk}/?view=flow")))
    assert "Une estimation n’a pas de date d’achat" in page and "Calculer la vue des achats" not in page


def test_a_flow_view_from_another_catalogue_says_that_it_does_not_compare(
    world: World, dated: Run, tmp_path: Path
) -> None:
    small_runs.run(dated.place / "other", YEAR).rename(dated.place / "computed-with-another-catalogue")
    dated.folder.rename(dated.place / "kept")
    (dated.place / "computed-with-another-catalogue").rename(dated.folder)
    page = page_text(flow_of(world, dated).get(world.url(f"bilans/{dated.pk}/?view=flow")))
    assert "les deux chiffres ne se comparent pas" in page


def test_older_runs_are_on_the_next_page(world: World, dated: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "RUNS_PER_PAGE", 1)
    other = Run.objects.create(organisation=dated.organisation, inventory=dated.inventory, year=dated.year - 1)
    first, second = (page_text(world.client("reader").get(world.url(f"bilans/?page={n}"))) for n in (1, 2))
    assert "Page 1 sur 2" in first and "Page 2 sur 2" in second
    assert str(dated.year) in first and str(other.year) in second


# ------------------------------------------------------------------------------------------ what comes up for renewal


def test_what_comes_up_for_renewal_is_read_by_entity_and_leaves_as_a_spreadsheet(world: World, dated: Run) -> None:
    client, address = world.client("reader"), world.url(f"bilans/{dated.pk}/renouvellements")
    assert f'href="{address}/"' in client.get(world.url(f"bilans/{dated.pk}/")).content.decode()
    page = page_text(client.get(f"{address}/"))
    assert f"De {YEAR + 1} à {YEAR + 5}, " in page and "Unité centrale de bureau" in page
    school = page_text(client.get(f"{address}/", {"entite": "Collège Alice Guy"}))
    assert "Ordinateur portable" not in school and "Unité centrale de bureau" in school
    assert page_text(client.get(f"{address}/", {"entite": "ailleurs"})) == page
    answer = client.get(f"{address}.xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert {row[1] for row in sheet[1:]} == {"Direction du numérique", "Collège Alice Guy"}
