"""The report says the figures of the run, in a page anyone can open, print, hear and check."""

from __future__ import annotations

import csv
import json
import re
import shutil
import zlib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pyarrow.parquet as pq
import pytest
import tinyhtml5

from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.problems import CannotUse
from estran.reporting import run_summary
from estran.reporting.reports import report
from estran.reporting.run_summary import RunSummary
from sample_run import DIRECTIONS, SCHOOLS, write_gaps, write_run

NBSP, THIN = "\u00a0", "\u202f"
E5 = f"{NBSP}×{NBSP}10⁻⁵{NBSP}"
OUTSIDE = re.compile(r"(?:src|srcset|poster|data)=|url\(|@import|<script|<link|<iframe", re.I)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "run-2025")


@pytest.fixture(scope="session")
def html(run: Path) -> str:
    return report(run, run.parent / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(html: str) -> Element:
    return tinyhtml5.parse(html, namespace_html_elements=False)


def text_of(element: Element) -> str:
    return re.sub(r"[ \n]+", " ", "".join(element.itertext())).strip()


def section(page: Element, name: str) -> str:
    found = next(element for element in page.iter("section") if element.get("id") == name)
    return text_of(found)


def facts(run: Path) -> RunSummary:
    return RunSummary(run, Labels("fr"))


def test_a_name_with_a_comma_far_down_a_long_file_is_read(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    with (tmp_path / "run" / "guards.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"R{n},DSI,laptop,G2 écran intégré\n" for n in range(30_000))
        file.write('R,"Culture, sport",laptop,G2 écran intégré\n')
    assert next(row for row in facts(tmp_path / "run").guards if row["code"] == "G2")["rows"] > 30_000


# --- how figures are written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "french", "english"),
    [
        (4_130_000, "kg CO2 eq", f"4{THIN}100{NBSP}t{NBSP}CO₂{NBSP}éq", f"4,100{NBSP}t{NBSP}CO₂{NBSP}eq"),
        (999.7, "kg CO2 eq", f"1{NBSP}t{NBSP}CO₂{NBSP}éq", f"1{NBSP}t{NBSP}CO₂{NBSP}eq"),
        (0.384, "kg CO2 eq", f"380{NBSP}g{NBSP}CO₂{NBSP}éq", f"380{NBSP}g{NBSP}CO₂{NBSP}eq"),
        (12.34, "kg Sb eq", f"12{NBSP}kg{NBSP}Sb{NBSP}éq", f"12{NBSP}kg{NBSP}Sb{NBSP}eq"),
        (31_400_000, "MJ", f"31{NBSP}TJ", f"31{NBSP}TJ"),
        (4_255_000, "kWh", f"4,3{NBSP}GWh", f"4.3{NBSP}GWh"),
        (2.34e-5, "disease incidence", f"2,3{E5}cas de maladies", f"2.3{E5}disease cases"),
        (-1_500, "kg CO2 eq", f"−1,5{NBSP}t{NBSP}CO₂{NBSP}éq", f"−1.5{NBSP}t{NBSP}CO₂{NBSP}eq"),
        (0, "kg CO2 eq", f"0{NBSP}kg{NBSP}CO₂{NBSP}éq", f"0{NBSP}kg{NBSP}CO₂{NBSP}eq"),
        (None, "kWh", "–", "–"),
        (1, "year", f"1{NBSP}an", f"1{NBSP}year"),
        (1.5, "year", f"1,5{NBSP}an", f"1.5{NBSP}years"),
        (6, "year", f"6{NBSP}ans", f"6{NBSP}years"),
    ],
)  # fmt: skip
def test_a_quantity_has_two_digits_and_a_unit_one_can_read(value: float, unit: str, french: str, english: str) -> None:
    assert formatting.quantity(value, unit, "fr") == french
    assert formatting.quantity(value, unit, "en") == english


def test_an_interval_is_one_clause_in_one_unit() -> None:
    written = formatting.interval(4_130_000, 3_290_000, 5_110_000, "kg CO2 eq")
    assert written == f"4{THIN}100{NBSP}t{NBSP}CO₂{NBSP}éq, entre 3{THIN}300 et 5{THIN}100"
    assert formatting.interval(4_130_000, 3_290_000, 5_110_000, "kg CO2 eq", "en").endswith("between 3,300 and 5,100")


def test_a_narrow_interval_gets_the_digit_that_shows_it() -> None:
    assert formatting.interval(4_130, 4_110, 4_170, "kWh") == f"4,13{NBSP}MWh, entre 4,11 et 4,17"


def test_a_share_is_never_rounded_to_nothing_or_to_all() -> None:
    shares = [formatting.percent(share) for share in (0, 0.00001, 0.004, 0.123, 0.998, 1)]
    assert shares == [f"{text}{NBSP}%" for text in ("0", f"<{NBSP}0,1", "0,4", "12", f">{NBSP}99", "100")]
    assert formatting.percent(0.123, "en") == "12%"


def test_a_date_is_written_in_full() -> None:
    assert formatting.day("2026-01-01") == f"1er{NBSP}janvier 2026"
    assert formatting.day("2025-12-31", "en") == f"31{NBSP}December 2025"


# --- what page one says -----------------------------------------------------------------------------------------------


def test_page_one_opens_with_the_figure_and_its_interval(page: Element) -> None:
    # The sample run weighs 540,176 kg, between 433,083 and 665,696.
    opening = section(page, "summary").replace(NBSP, " ")
    assert "En 2025, notre numérique a émis 540 tonnes d’équivalent CO₂ entre 433 et 666 tonnes" in opening


def test_a_supplier_s_figure_is_added_in_the_open(page: Element) -> None:
    assert f"S’y ajoutent 6,4{NBSP}t{NBSP}CO₂{NBSP}éq que des fournisseurs déclarent" in section(page, "summary")


def test_ratios_name_their_dated_denominator(page: Element, run: Path) -> None:
    # Administration 449,386 kg / 4,300 agents = 104.5 kg; schools 57,910 kg / 2,600 pupils = 22.3 kg.
    summary = section(page, "where")
    assert f"100{NBSP}kg{NBSP}CO₂{NBSP}éq par agent" in summary
    assert f"22{NBSP}kg{NBSP}CO₂{NBSP}éq par élève" in summary
    assert f"4{THIN}300 agents (31{NBSP}décembre 2025), 2{THIN}600 élèves (1er{NBSP}octobre 2025)" in summary
    agents, pupils, users = facts(run).ratios
    assert agents["mean"] == pytest.approx(449_386.107 / 4_300)
    assert pupils["mean"] == pytest.approx(57_909.689 / 2_600)
    assert users["mean"] == pytest.approx(540_175.796 / 6_900)


def test_a_ratio_without_a_dated_denominator_is_refused_and_says_why(tmp_path: Path) -> None:
    perimeter = json.loads((write_run(tmp_path / "run") / "run.json").read_text())["perimeter"]
    perimeter["headcounts"] = [{"who": "agents", "value": 4300, "source": "bilan social"}]
    run = write_run(tmp_path / "run", perimeter=perimeter)
    page = tinyhtml5.parse(report(run, tmp_path / "r.html").read_text(), namespace_html_elements=False)
    summary = section(page, "where")
    assert "Non calculé" + NBSP + ": l’effectif n’est pas daté." in summary
    assert "Non calculé" + NBSP + ": le périmètre ne donne pas cet effectif." in summary
    assert f"kg{NBSP}CO₂{NBSP}éq par agent" not in summary


def test_gaps_are_told_with_their_extent_and_their_remedy(page: Element, run: Path) -> None:
    opening = section(page, "next").replace(NBSP, " ")
    assert "Type de matériel non reconnu (88 lignes," in opening
    assert "ordre de grandeur inconnu. Choisir le type" in opening
    # Gaps of another criterion are not climate's: factors for primary energy are missing on every type.
    by_cause = Counter[str]()
    for gap in facts(run).gaps:
        assert [cause["code"] for cause in gap["causes"]] and gap["at_most"] is None
        by_cause[gap["causes"][0]["code"]] += gap["rows"]
    assert by_cause == {"item_type": 88, "withdrawal_date": 41, "lifetime_years": 12}


def test_page_one_says_how_sure_it_is_in_three_sentences(page: Element) -> None:
    """Rule Q11. EcoDiag weighs 1.9 times as much in the sample run, makers 1.6 times."""
    summary = section(page, "summary").replace(NBSP, " ").replace(THIN, " ")
    assert "Avec nos données et nos facteurs, le total se situe entre 433 et 666 tonnes." in summary
    assert "le même parc pèserait de 540 à 1 026 tonnes" in summary
    assert "Restent en dehors : 412 lignes incomplètes sur 9 100 ; ce que le périmètre laisse de côté" in summary
    assert "chances" not in summary and "valeur vraie" not in summary


# --- what the facts are -----------------------------------------------------------------------------------------------


def test_schools_are_one_row_and_keep_the_interval_of_their_sub_total(run: Path) -> None:
    rows = facts(run).entities
    schools = next(row for row in rows if row["label"] == f"Collèges ({len(SCHOOLS)})")
    part = next(row for row in facts(run).parts if row["code"] == "schools")
    assert (schools["mean"], schools["low"]) == pytest.approx((part["mean"], part["low"]))
    assert len(rows) == len(DIRECTIONS) + 1
    assert sum(row["share"] for row in rows) == pytest.approx(1)


def test_a_hierarchy_does_not_repeat_its_common_top(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    for name in ("intervals.csv", "equipment.csv"):
        table = (run / name).read_text(encoding="utf-8")
        for entity in DIRECTIONS:
            table = table.replace(entity, f"Département > {entity}")
        (run / name).write_text(table, encoding="utf-8")
    labels = [row["label"] for row in facts(run).entities if row["code"]]
    assert sorted(labels) == sorted(DIRECTIONS)


def test_a_missing_factor_counts_rows_not_units_of_different_kinds(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    entity, missing = "Direction des routes", ("gwp", "no factor")
    more = [
        ("a1", entity, "spend_cloud_eur", "factor", "use", *missing, 92000.0),
        ("a2", entity, "ups", "factor", "manufacturing", *missing, 0.4),
        ("a2", entity, "ups", "factor", "end_of_life", *missing, 0.4),
    ]
    write_gaps(run, [*(tuple(row.values()) for row in pq.read_table(run / "gaps.parquet").to_pylist()), *more])
    gaps = {gap["label"]: gap["rows"] for gap in facts(run).gaps if gap["causes"][0]["code"] == "factor"}
    assert gaps == {"Dépense de services en nuage (€)": 1, "Onduleur": 1}


def test_every_list_sums_to_the_total(run: Path) -> None:
    told = facts(run)
    for rows in (told.parts, told.stages, told.families):
        assert sum(row["mean"] for row in rows) == pytest.approx(told.carbon["mean"])
    for rows in (told.parts, told.stages, told.families, told.item_types, told.entities):
        assert sum(row["share"] for row in rows) == pytest.approx(1)


def test_a_sum_without_interval_is_a_share_never_a_value(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_summary, "_TOP", 1)
    told = facts(run)
    folded = [row for row in told.entities if row["code"] is None and row["low"] is None]
    assert folded
    assert all(row["mean"] is None and row["share"] > 0 for row in folded)
    assert [row["label"] for row in told.stages] == ["Fabrication", "Distribution", "Utilisation", "Fin de vie"]


def test_criteria_come_with_their_coverage_mandatory_first(run: Path) -> None:
    rows = facts(run).criteria
    assert [row["code"] for row in rows] == ["gwp", "adpe", "ap", "pm", "ir", "pe"]
    assert [round(row["coverage"], 3) for row in rows] == [0.956, 0.758, 0.758, 0.758, 0.758, 0.033]


def test_years_side_by_side_keep_their_published_figures(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / f"run-{year}", year=year, scale=scale) for year, scale in ((2025, 1.0), (2024, 1.05))]
    text = report(runs, tmp_path / "r.html").read_text()
    page = tinyhtml5.parse(text, namespace_html_elements=False)
    table = next(text_of(table) for table in page.iter("table") if "publiée" in text_of(table))
    assert re.findall(r"20\d\d(?=5\d\d)", table) == ["2024", "2025"]
    assert "Périmètre, méthode et facteurs n’ont pas changé." in text


def test_years_under_other_factors_are_not_called_a_series(tmp_path: Path) -> None:
    old = write_run(tmp_path / "old", year=2024, catalogue={"edition": "2025-01", "sha256": "00"})
    text = report([old, write_run(tmp_path / "new")], tmp_path / "r.html").read_text()
    assert f"Elles ne forment pas une série{NBSP}: les facteurs." in text


def test_the_checklist_says_what_is_missing(page: Element) -> None:
    checklist = section(page, "checklist")
    assert [code for code in (f"F{n}" for n in range(1, 17)) if code not in checklist] == []
    assert "en partie" in checklist and f"Acidification (76{NBSP}%)" in checklist.replace("76 %", f"76{NBSP}%")
    assert "Énergie primaire" not in checklist, "a flow indicator, which the rule does not ask for"


# --- the page itself --------------------------------------------------------------------------------------------------


def test_the_page_is_light_and_asks_nothing_outside(html: str) -> None:
    assert len(html.encode()) < 150_000
    assert OUTSIDE.findall(html) == []


def test_the_page_can_be_heard(page: Element) -> None:
    assert page.get("lang") == "fr"
    assert [element.tag for name in ("header", "nav", "main", "footer") for element in page.iter(name)] == [
        "header",
        "nav",
        "main",
        "footer",
    ]
    levels = [int(element.tag[1]) for element in page.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    identifiers = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers))
    targets = {link.get("href", "")[1:] for link in page.iter("a") if link.get("href", "").startswith("#")}
    assert targets <= set(identifiers)


def test_every_table_has_a_caption_and_scopes(page: Element) -> None:
    tables = list(page.iter("table"))
    assert len(tables) == 31
    for table in tables:
        assert text_of(next(table.iter("caption")))
        assert {cell.get("scope") for cell in table.iter("th")} == {"col", "row"}
        widths = {len(row) for row in table.iter("tr")}
        assert len(widths) == 1, text_of(table)


def test_every_chart_is_a_picture_with_its_words_and_its_table_follows(page: Element) -> None:
    figures = list(page.iter("figure"))
    assert len(figures) == 8
    followed = {child: after for parent in page.iter() for child, after in zip(parent, list(parent)[1:], strict=False)}
    for figure in figures:
        drawings = [element for element in figure if str(element.tag).endswith("svg")]
        functional = figure.get("id") == "functional-chart"
        assert figure.get("role") == "img" and figure.get("aria-label", "").count(".") >= 2
        assert len(drawings) == (1 if functional else 2) and all(one.get("aria-hidden") for one in drawings)
        assert functional or next(followed[figure].iter("table")) is not None


def test_the_text_has_french_spaces(page: Element) -> None:
    body = next(page.iter("body"))
    texts = [
        text
        for element in body.iter()
        if element.tag not in ("style", "code")
        for text in (element.text, element.tail)
        if text
    ]
    assert [text for text in texts if re.search(r"\w [:;!?%»](?:\s|$)|« ", text)] == []


def test_a_label_from_an_inventory_cannot_become_markup(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    table = (run / "intervals.csv").read_text(encoding="utf-8")
    (run / "intervals.csv").write_text(
        table.replace("Direction des routes", "<script>alert(1)</script>"), encoding="utf-8"
    )
    text = report(run, tmp_path / "r.html").read_text()
    assert "<script" not in text and "&lt;script&gt;" in text


def test_a_run_that_counts_nothing_still_has_a_report(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    for path in run.glob("*.csv"):
        header = next(csv.reader(path.open(encoding="utf-8")))
        path.write_text(",".join(header) + "\n", encoding="utf-8")
    assert "Rien n’a pu être calculé" in report(run, tmp_path / "r.html").read_text()


def test_the_english_report_is_in_english_figures(run: Path, tmp_path: Path) -> None:
    text = report(run, tmp_path / "r.html", lang="en").read_text()
    assert '<html lang="en">' in text
    assert f"540{NBSP}t{NBSP}CO₂{NBSP}eq" in text
    assert "Manufacturing" in text and "Fabrication" not in text


def test_the_pdf_is_tagged(run: Path, tmp_path: Path) -> None:
    pdf = report(run, tmp_path / "r.pdf").read_bytes()
    said = b"".join(unpacked(stream) for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.S))
    assert pdf.startswith(b"%PDF-1.7")
    assert b'pdfuaid:part="1"' in said
    assert b"/StructTreeRoot" in said and b"/Lang (fr)" in said
    assert said.count(b"/Figure") >= 7 and said.count(b"/Alt") >= 7


def unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


@pytest.mark.parametrize("name", ["r.doc", "r"])
def test_another_format_is_refused_and_nothing_is_written(run: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotUse, match="ce format"):
        report(run, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotUse, match="dossier de calcul"):
        report(tmp_path, tmp_path / "r.html")


def test_every_column_of_every_table_is_used_as_the_run_writes_it(run: Path) -> None:
    told: list[Any] = [
        facts(run).rooms,
        facts(run).services,
        facts(run).weak_factors,
        facts(run).flows,
        facts(run).parameters,
    ]
    assert [bool(rows) for rows in told] == [True] * 5
    laptop = next(row for row in facts(run).flows if row["code"] == "laptop")
    assert laptop["amount"] == pytest.approx(8 * 420 / 5 + 5 * 90 / 6)
