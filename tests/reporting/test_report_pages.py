"""The four pages for everyone: what they say, that their figures add up, and that they hold whatever is missing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import tinyhtml5

import real_run
import small_runs
from estran.analysis.decomposition import compare_runs, round_change
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.reporting.blocks import Chart, Heading, Paragraph, plain, plain_texts
from estran.reporting.chapters import breakdowns, decisions, summary, years
from estran.reporting.chapters.decisions import Decision
from estran.reporting.chapters.lives import lives_of
from estran.reporting.figures import Figures
from estran.reporting.reports import report
from estran.reporting.run_summary import RunSummary
from sample_run import write_run

NO_SCHOOL = small_runs.PERIMETER.replace('schools = ["Collège *"]\n', "").partition("[[headcounts]]")[0]
# What a reader must never meet: a command, a file, a code, a void.
INNER = re.compile(r"\bestran [a-z]+\b|\w+\.(?:csv|parquet|json|toml)\b|\b[a-z]+_[a-z_]+\b|\bNone\b|\bnan\b|<NA>")


@pytest.fixture(scope="module")
def years_of_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two years: twelve laptops, then ten."""
    folder = tmp_path_factory.mktemp("pages")
    return [small_runs.run(folder / str(year), year, laptops) for year, laptops in ((2024, 12), (2025, 10))]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    return RunSummary(write_run(tmp_path_factory.mktemp("sample") / "run"), Labels("fr"))


def page_of(path: Path) -> Element:
    return tinyhtml5.parse(path.read_text("utf-8"), namespace_html_elements=False)


def text_of(page: Element) -> str:
    body = next(page.iter("main"))
    for drawing in [one for one in body.iter() if str(one.tag).endswith("svg")]:
        drawing.clear()
    return re.sub(r"\s+", " ", " ".join(body.itertext()))


# ------------------------------------------------------------------------------------------------- whatever is missing


def test_a_report_without_plan_nor_earlier_year_says_so(years_of_runs: list[Path], tmp_path: Path) -> None:
    text = text_of(page_of(report(years_of_runs[1], tmp_path / "r.html")))
    assert "En 2025, notre numérique a émis 230 kilogrammes d’équivalent CO₂" in text
    assert "Ce qui a changé, et pourquoi" not in text
    assert "décision" in text.lower() and "Que faire ensuite" in text


def test_a_report_without_school_speaks_of_none(tmp_path: Path) -> None:
    run = small_runs.run(tmp_path / "run", 2025, perimeter=NO_SCHOOL)
    pages = text_of(page_of(report(run, tmp_path / "r.html"))).partition("Annexes pour qui veut vérifier")[0]
    assert "collège" not in pages.lower().replace("collège bleu", "")


def test_an_estate_of_one_type_has_its_four_pages(tmp_path: Path) -> None:
    estate = {
        "inventory": [{"item_id": "L", "item_type": "laptop", "quantity": 1, "zone": "FRA", "status": "in_service"}],
        "factors": [small_runs.factor("laptop", "manufacturing", 100, 0.2)],
        "defaults": [
            {"item_type": "laptop", "parameter": "lifetime_years", "value": "10"},
            {"item_type": "laptop", "parameter": "kwh_per_year", "value": "50"},
        ],
        "electricity": [{"zone": "FRA", "year": 2020, "criterion": "gwp", "value": 0.1, "cv": 0.05}],
    }
    run = real_run.compute(tmp_path, estate, year=2025).folder
    text = text_of(page_of(report(run, tmp_path / "r.html")))
    assert "a émis 15 kilogrammes d’équivalent CO₂" in text.replace("15,0", "15")
    assert "Ce qui pèse le plus\u00a0: poste de travail (100\u00a0%)".replace("\u00a0", " ") in text


def test_a_report_in_english_has_no_word_of_french(years_of_runs: list[Path], tmp_path: Path) -> None:
    text = text_of(page_of(report(years_of_runs, tmp_path / "r.html", "en")))
    assert "our digital technology emitted 230 kilograms of CO₂ equivalent" in text
    assert (
        re.findall(r"\b(?:le|la|les|des|une|avec|pour|dont)\b", text.partition("Sources")[0].replace("Collège", ""))
        == []
    )


def test_a_reader_meets_no_command_no_file_and_no_code(years_of_runs: list[Path], tmp_path: Path) -> None:
    for lang in ("fr", "en"):
        assert INNER.findall(text_of(page_of(report(years_of_runs, tmp_path / f"{lang}.html", lang)))) == []


# ------------------------------------------------------------------------------------------------- figures that add up


def number(text: str) -> float:
    return float(re.sub(r"[^\d,−]", "", text).replace(",", ".").replace("−", "-"))


@pytest.mark.parametrize("total", [1_173_573.78, 56_300.0, 230.4, 9_999_499.0, 3.2])
def test_the_parts_of_a_total_rounded_together_make_it(total: float) -> None:
    parts = [total * share for share in (0.3839, 0.6037, 0.0118, 0.0006)]
    step = formatting.step_beside(total, "kg CO2 eq", digits=4)
    assert sum(step.shared(parts, step.rounded(total))) == step.rounded(total)
    assert all(
        abs(steps * step.step - part / step.unit[1]) <= step.step
        for steps, part in zip(step.shared(parts, step.rounded(total)), parts, strict=True)
    )


def test_a_figure_below_the_step_is_not_nothing() -> None:
    step = formatting.step_beside(1_173_573.78, "kg CO2 eq", digits=4)
    assert step.cell(0, 14.0) == "<\u00a01" and step.cell(0, 0.0) == "0" and step.cell(-3, signed=True) == "−3"
    assert step.words(1) == "1\u00a0tonne" and step.words(2) == "2\u00a0tonnes"


def test_every_table_that_has_a_total_adds_up_to_it(sample: RunSummary) -> None:
    blocks = [*breakdowns.where_from(sample), *breakdowns.breakdowns(sample)]
    tables = [block.table if isinstance(block, Chart) else block for block in blocks]
    checked = 0
    for table in tables:
        if table is None or not getattr(table, "totals", ()):
            continue
        *rows, last = [plain(row[1]) for row in table.rows]
        assert sum(number(cell) for cell in rows if "<" not in cell and cell != "–") == pytest.approx(number(last))
        checked += 1
    assert checked >= 4


def test_a_change_can_be_subtracted_on_the_page(years_of_runs: list[Path]) -> None:
    comparison = compare_runs(*years_of_runs)
    rounded = round_change(comparison, "fr")
    assert rounded.before + sum(rounded.effects.values()) == rounded.after
    drawn = next(one for one in years.change_drawn(comparison, Labels("fr")) if isinstance(one, Chart))
    assert drawn.table is not None
    first, *moved, last = [number(plain(row[1])) for row in drawn.table.rows]
    assert first + sum(moved) == last


# ---------------------------------------------------------------------------------------------------------- page one


def test_how_sure_takes_three_sentences_and_names_every_criterion(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    with (run / "factor_sets.csv").open("a", encoding="utf-8") as file:
        file.write("ademe,adpe,4,0,3,5,10,0.9\necodiag,adpe,40,0,30,50,10,0.8\n")
    facts = RunSummary(run, Labels("fr"))
    mean = next(row["mean"] for row in facts.criteria if row["code"] == "adpe")
    items = [plain(one).replace("\u00a0", " ") for one in summary.certainty(facts).items]
    assert len(items) == 3
    assert "Avec nos données et nos facteurs" in items[0] and "Avec d’autres facteurs publiés (" in items[1]
    assert f"({formatting.number(40 / mean)} fois plus)" in items[1]
    assert "dehors" in items[2]


@pytest.mark.parametrize(
    ("bound", "text"),
    [(0.0, "0 kg CO₂ éq"), (300.0, "300 kg CO₂ éq"), (121_000.0, "130 t CO₂ éq"), (8_410.0, "8,5 t CO₂ éq")],
)
def test_a_bound_is_rounded_up(bound: float, text: str) -> None:
    assert Figures("fr").at_most(bound, "kg CO2 eq").replace("\u00a0", " ") == text


def test_an_inventory_too_large_to_be_read_again_is_said(sample: RunSummary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunSummary, "too_large", True)
    heading, text = lives_of([sample])
    assert isinstance(heading, Heading) and "un rapport ne relit pas l’inventaire" in next(iter(plain_texts([text])))


def test_one_factor_set_leaves_an_avowal(years_of_runs: list[Path]) -> None:
    items = summary.certainty(RunSummary(years_of_runs[1], Labels("fr"))).items
    assert "nous ne savons pas ce que donnerait une autre source" in plain(items[1])


def test_three_decisions_in_tonnes_euros_and_year_the_heaviest_first() -> None:
    every = [
        Decision("Imprimer moins", 120_000.0, 2030, None, 2026),
        Decision("Garder plus longtemps", 161_000.0, 2030, 155_000.0, 2027),
        Decision("Éteindre", 97_000.0, 2030, -37_000.0, 2026),
        Decision("Refroidir mieux", 2_000.0, 2030, 6_000.0, 2027),
    ]
    texts = [text.replace("\u00a0", " ") for text in plain_texts(decisions.decisions(every, ""))]
    assert texts[-12:] == [
        "Garder plus longtemps", "160 tonnes d’ici 2030", "coûte 155 000 €".replace(" 000", "\u202f000"), "dès 2027",
        "Imprimer moins", "120 tonnes d’ici 2030", "non chiffré", "dès 2026",
        "Éteindre", "100 tonnes d’ici 2030", "économise 37 000 €".replace(" 000", "\u202f000"), "dès 2026",
    ]  # fmt: skip
    assert [plain(one.text) for one in decisions.decisions([], "Aucun plan.") if isinstance(one, Paragraph)] == [
        "Aucun plan."
    ]


def test_the_grid_and_the_method_stand_apart(years_of_runs: list[Path], tmp_path: Path) -> None:
    """A greener grid is nobody's decision: it is named under the decisions, never among them."""
    greener = shutil.copytree(years_of_runs[1], tmp_path / "run")
    table = (greener / "groups.csv").read_text("utf-8")
    assert "electricity_kwh" in table
    comparison = compare_runs(*years_of_runs)
    apart = " ".join(plain_texts(years.brought_apart(comparison, Labels("fr"))))
    assert ("réseau électrique" in apart) == comparison.whole.moved("grid")
