"""A figure that stands in two places is one named quantity (I1): on one year of the demonstration, every place is read.

And every table adds up to the figure that it details.
"""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import duckdb
import pytest

import reading
from estran.analysis import completeness, explain, explain_cache
from estran.analysis.quantities import Quantities
from estran.catalogue.labels import Labels
from estran.cli.display.runs import show_summary, sum_impacts
from estran.common import formatting
from estran.common.vocabulary import limit
from estran.engine import runs
from estran.reporting import blocks, open_data, reports
from estran.reporting.chapters import missing
from estran.reporting.run_summary import RunSummary


@pytest.fixture(scope="module")
def summary(demo_run: Path) -> RunSummary:
    return RunSummary(demo_run, Labels("fr"))


def one(run: Path, name: str, /, **where: str) -> reading.Row:
    (row,) = [
        row for row in reading.rows(run / f"{name}.csv") if all(row[key] == value for key, value in where.items())
    ]
    return row


def test_incomplete_rows_are_one_count(demo_run: Path, summary: RunSummary, capsys: pytest.CaptureFixture[str]) -> None:
    count = int(one(demo_run, "coverage", criterion="gwp")["gap_rows"])
    weighed = one(demo_run, "gap_weights", criterion="gwp", item_type="*", what="*")
    assert count == int(weighed["rows"]) == sum(gap["rows"] for gap in summary.gaps) == summary.carbon["gap_rows"]
    assert runs.read_json(demo_run)["counts"]["incomplete_rows"] == count
    written = formatting.count(count)
    show_summary(demo_run)
    assert f"incomplet, {written} lignes" in capsys.readouterr().out.split("\n")[1]
    page = reports.report(demo_run, demo_run.parent / "r.html").read_text("utf-8")
    assert page.count(written) >= 3, "page one, the table of criteria, the table of gaps"
    (table,) = [block for block in missing.gap_table(summary) if isinstance(block, blocks.Table)]
    rows = [int("".join(filter(str.isdigit, str(row[1])))) for row in table.rows if "salle" not in str(row[1])]
    assert sum(rows[:-1]) == rows[-1] == count


def test_each_criterion_says_how_many_rows_it_misses(demo_run: Path) -> None:
    for row in reading.rows(demo_run / "coverage.csv"):
        weighed = one(demo_run, "gap_weights", criterion=row["criterion"], item_type="*", what="*")
        assert weighed["rows"] == row["gap_rows"]


def test_good_quality_is_high_quality_everywhere(demo_run: Path, summary: RunSummary) -> None:
    high = next(row["share"] for row in summary.quality if row["class"] == "high")
    assert Quantities(demo_run, {})["good_quality_share"].value == pytest.approx(high, rel=1e-12)


def test_an_amount_that_stands_at_several_stages_counts_once(demo_run: Path, summary: RunSummary) -> None:
    with duckdb.connect() as con:
        (inventory,) = (demo_run / "inputs").glob("inventory-*.parquet")
        query = "SELECT flow, sum(amount) FROM read_parquet(?) WHERE flow LIKE 'paper_sheet%' GROUP BY flow"
        printed = dict(con.execute(query, [str(inventory)]).fetchall())
    flows = {row["code"]: row["amount"] for row in summary.flows}
    assert printed and {flow: flows[flow] for flow in printed} == pytest.approx(printed, rel=1e-12)


def test_every_list_of_show_adds_up_to_the_modelled_total(demo_run: Path, summary: RunSummary) -> None:
    for by in ("family", "item_type", "stage", "part", "entity"):
        assert sum(row["value"] for row in sum_impacts(demo_run, [by], "gwp")) == pytest.approx(summary.carbon["mean"])
    by_basis = {row["basis"]: row["value"] for row in sum_impacts(demo_run, ["basis"], "gwp")}
    declared = summary.headline["declared"] + summary.headline["declared_for_comparison"]
    assert by_basis["declared"] == pytest.approx(declared) and by_basis["modelled"] == pytest.approx(
        summary.carbon["mean"]
    )


def test_every_table_of_the_report_adds_up(summary: RunSummary) -> None:
    whole = summary.carbon["mean"]
    for rows in (summary.families, summary.parts, summary.stages, summary.counted("item_type"), summary.families):
        assert sum(row["mean"] for row in rows) == pytest.approx(whole)
    services = [row["value"] for row in summary.by_service if row["origin"] in ("use", "money")]
    assert sum(services) == pytest.approx(next(row["mean"] for row in summary.parts if row["code"] == "services"))
    assert summary.electricity_kwh == pytest.approx(
        next(row["amount"] for row in summary.flows if row["code"] == "electricity_kwh")
    )
    for rows in (
        summary.quality,
        *([row for row in summary.origins if row["kind"] == kind] for kind in ("zone", "kwh")),
    ):
        assert sum(row["rows_share"] for row in rows) == pytest.approx(1)


def test_the_electricity_of_all_rooms_is_that_of_the_table_of_rooms(demo_run: Path, summary: RunSummary) -> None:
    rooms = sum(row["it_kwh"] + (row["overhead_kwh"] or 0) for row in summary.rooms)
    assert Quantities(demo_run, {})["all_rooms_kwh"].value == pytest.approx(rooms)


def test_open_data_give_the_totals_of_the_report(demo_run: Path, summary: RunSummary, tmp_path: Path) -> None:
    about = open_data.About("Trieux", "https://example.org/donnees", "2026-01-01")
    open_data.write_open_data(demo_run, tmp_path, about)
    whole = one(tmp_path, "totaux", portee="ensemble", critere="gwp")
    assert [float(whole[name]) for name in ("valeur", "bas95", "haut95")] == [
        summary.carbon[name] for name in ("mean", "low", "high")
    ]


def test_no_source_and_no_figure_is_none_and_electricity_has_the_year_of_its_mix(demo_run: Path) -> None:
    page = reports.report(demo_run, demo_run.parent / "r2.html").read_text("utf-8")
    assert "None" not in page and "\u00a01\u00a0ans" not in page and ">1\u00a0ans" not in page
    assert "Électricité, mix de 2025" in page


@pytest.mark.slow
def test_twenty_figures_open_one_by_one_to_a_source_with_address_and_page(
    demo_run: Path, summary: RunSummary, tmp_path: Path
) -> None:
    explain_cache.write_explain_cache(demo_run, tmp_path / "explain")
    for row in summary.item_types[:20]:
        opened = explain.explain_figure(demo_run, explain.Figure("gwp", item_type=row["code"]), tmp_path / "explain")
        assert opened.value == pytest.approx(row["mean"], rel=1e-9)
        assert sum(one["value"] for one in opened.products) == pytest.approx(row["mean"], rel=1e-9)
        for source in {code for one in opened.products for code in str(one["source"]).split("|")}:
            described = summary.names.source(source)
            assert str(described.get("url")).startswith("http") and described.get("page"), (row["code"], source)


def test_the_measures_are_few_the_best_comes_first_and_page_one_lists_them(demo_run: Path, summary: RunSummary) -> None:
    measures = completeness.next_measures(demo_run)
    assert 3 <= len(measures) <= limit("measures_shown")
    assert measures == sorted(measures, key=lambda one: -one.gain / one.days)
    first_page = takewhile(lambda one: one != blocks.PageBreak(), reports.pages(summary, None, None, None, None))
    assert missing.next_measures(summary) in first_page
