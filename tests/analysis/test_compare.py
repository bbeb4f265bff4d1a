"""A change explained (D2 to D5): what is not comparable apart, then causes that add up, in figures and in words.

By hand, with the catalogue of golden/estates/estate-40: a laptop is 185 kg, a kWh 0.0519 kg in 2024 and 0.0461 in 2025.
"""

from __future__ import annotations

import csv
import html
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reading
from estran.analysis import decomposition, restatement
from estran.analysis.decomposition import CAUSES, Comparison, compare_runs, comparison_sentences
from estran.analysis.indicators import follow_indicators
from estran.catalogue.labels import Labels
from estran.cli.display import series
from estran.common.problems import CannotUse
from estran.engine import runs
from estran.reporting import reports
from estran.reporting.chapters.years import waterfall
from examples import examples

SMALL = Path(__file__).parents[1] / "golden" / "estates" / "estate-40"
SPACE, THIN = "\u00a0", "\u202f"
INSIDE = """id = "d"
version = "1"
valid_from = 2025-01-01
"""


def computed(folder: Path, year: int, inventory: str, **files: str) -> Path:
    """A run of an inventory written by hand, with other tables and a perimeter if given."""
    estate = folder / f"parc-{year}"
    estate.mkdir(parents=True)
    for name, text in {"inventory": inventory, **files}.items():
        (estate / f"{name}.{'toml' if name == 'perimeter' else 'csv'}").write_text(text, "utf-8")
    scope = estate / "perimeter.toml" if "perimeter" in files else None
    run, overlay = folder / str(year), folder / "overlay"
    own = overlay if overlay.exists() else None
    runs.compute([estate], runs.Choices(year, catalogue=SMALL, overlay=own, perimeter=scope), run)
    return run


def effects(result: Comparison) -> dict[str, float]:
    """The effects that are not 0."""
    return {cause: value for cause, value in result.whole.effects.items() if result.whole.moved(cause)}


HEAD = "item_id,entity,item_type,quantity,lifetime_years,kwh_per_unit,zone,quality,room,flow,amount\n"


# ------------------------------------------------------------------------------------------------------- by hand


def test_the_causes_of_a_change_of_two_real_years(tmp_path: Path) -> None:
    before = computed(tmp_path, 2024, HEAD + "A,DSI,laptop,100,4,0,FR,high,,,\nB,DSI,,,,,,,,paper_sheet_virgin,1000\n")
    after = computed(tmp_path, 2025, HEAD + "A,DSI,laptop,120,5,0,FR,high,,,\nB,DSI,,,,,,,,paper_sheet_virgin,500\n")
    result = compare_runs(before, after)
    # Case 24 with 185 kg: volume (1,000 + 800)/2 × 0.925, lifetime (−1,000 − 1,200)/2 × 0.925; and half of the paper.
    paper = sum(
        float(row["value"])
        for row in reading.rows(before / "impacts.csv")
        if row["item_type"] == "paper_sheet_virgin" and row["criterion"] == "gwp"
    )
    assert effects(result) == pytest.approx({"volume": 832.5, "lifetime": -1017.5, "other": -paper / 2}, rel=1e-9)
    assert result.whole.before == pytest.approx(100 / 4 * 185 + paper, rel=1e-12)
    assert result.whole.after == pytest.approx(120 / 5 * 185 + paper / 2, rel=1e-12)


def test_the_cold_of_a_room_is_the_consumption_of_its_items(tmp_path: Path) -> None:
    rooms = "room,entity,zone,pue,it_kw\nS,DSI,FR,{pue},1\n"
    line = HEAD + "A,DSI,laptop,10,5,1000,FR,high,S,,\n"
    before = computed(tmp_path, 2024, line, rooms=rooms.format(pue=1.8))
    after = computed(tmp_path, 2025, line, rooms=rooms.format(pue=1.4))
    result = compare_runs(before, after)
    # 10 × 1,000 kWh: use 10,000 × −0.4 × (0.0519 + 0.0461)/2; grid 10,000 × 1.6 × −0.0058; nothing else moved.
    assert effects(result) == pytest.approx({"electricity_use": -4000 * 0.049, "grid": 16000 * -0.0058}, rel=1e-9)
    assert result.whole.before == pytest.approx(whole(before), rel=1e-12)


def test_electricity_that_no_item_carries_follows_the_grid_too(tmp_path: Path) -> None:
    before = computed(tmp_path, 2024, HEAD + "A,DSI,,,,,FR,,,electricity_kwh,1000\n")
    after = computed(tmp_path, 2025, HEAD + "A,DSI,,,,,FR,,,electricity_kwh,800\n")
    assert effects(compare_runs(before, after)) == pytest.approx(
        {"other": -200 * 0.049, "grid": 900 * -0.0058}, rel=1e-9
    )


def test_what_one_perimeter_alone_holds_comes_first(tmp_path: Path) -> None:
    inventory = (
        HEAD
        + "A,DSI,laptop,10,5,0,FR,high,,,\nB,Archives,laptop,20,5,0,FR,high,,,\nC,DSI,,,,,,,,paper_sheet_virgin,1000\n"
    )
    before = computed(tmp_path, 2024, inventory, perimeter=INSIDE + 'entities = ["DSI"]\n[include]\npaper = false\n')
    after = computed(tmp_path, 2025, inventory, perimeter=INSIDE)
    result = compare_runs(before, after)
    # 20 laptops of an entity that the first perimeter leaves out, and all the paper.
    paper = whole(after) - 30 / 5 * 185
    assert effects(result) == pytest.approx({"perimeter": 740 + paper}, rel=1e-9)
    assert result.whole.comparable == pytest.approx((370, 370), rel=1e-12)
    assert "Le changement de périmètre compte à part" in " ".join(comparison_sentences(result, Labels("fr")))


SIXTH_YEAR = """item_type,parameter,valid_from,value,cv,source
laptop,lifetime_years,2020,5,,délibération de 2019
laptop,lifetime_years,2025,6,,délibération de 2025
"""
LAPTOPS = "item_id,entity,item_type,quantity,kwh_per_unit,zone,purchase_date,withdrawal_date\nA,DSI,laptop,100,0,FR,,\n"


@pytest.fixture
def decreed(tmp_path: Path) -> Path:
    """A folder whose overlay gives laptops a sixth year from 2025 on."""
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay" / "defaults.csv").write_text(SIXTH_YEAR, "utf-8")
    return tmp_path


def test_a_sixth_year_that_is_only_decided_is_no_progress(decreed: Path) -> None:
    before, after = (computed(decreed, year, LAPTOPS) for year in (2024, 2025))
    result = compare_runs(before, after)
    # 100 laptops of 185 kg, over five years then six: 3,700 kg, then 3,083.33.
    assert effects(result) == pytest.approx({"decided_life": 18500 / 6 - 3700}, rel=1e-9)
    assert [(row.item_type, row.before, row.after, row.observed) for row in result.decided] == [("laptop", 5, 6, None)]
    assert result.whole.after == pytest.approx(18500 / 6, rel=1e-12)
    assert result.whole.comparable == pytest.approx((3700, 3700), rel=1e-12)
    assert (result.whole.delta, sum(result.interval), result.contrary) == (0, 0, [*result.sets])
    texts = comparison_sentences(result, Labels("fr"))
    assert texts[0] == "De 2024 à 2025, rien n’a changé."
    assert texts[1].startswith("Durée décidée, pas encore constatée, comptée à part\u00a0: −0,62\u00a0tonne (")
    (whole_now,) = (row for row in follow_indicators([before, after]).of_last_year() if row.code == "FP01")
    assert (whole_now.change, whole_now.trend) == (pytest.approx(18.5 / 6 - 3.7), "within_doubt")


def test_a_sixth_year_that_the_estate_has_lived_is_a_change_of_its_lives(decreed: Path) -> None:
    old = "B,DSI,laptop,60,0,FR,2010-01-01,{left}\n"  # fifteen years: 60 departures, none before
    before = computed(decreed, 2024, LAPTOPS + old.format(left=""))
    after = computed(decreed, 2025, LAPTOPS + old.format(left="2025-01-01"))
    result = compare_runs(before, after)
    assert result.decided == []
    assert result.whole.moved("lifetime")
    assert not result.whole.moved("decided_life")


def test_an_entity_new_in_both_perimeters_is_a_real_change(tmp_path: Path) -> None:
    before = computed(tmp_path, 2024, HEAD + "A,DSI,laptop,10,5,0,FR,high,,,\n")
    after = computed(tmp_path, 2025, HEAD + "A,DSI,laptop,10,5,0,FR,high,,,\nB,Archives,laptop,10,5,0,FR,high,,,\n")
    assert effects(compare_runs(before, after)) == pytest.approx({"volume": 370}, rel=1e-9)


def test_a_gap_filled_is_not_a_rise(tmp_path: Path) -> None:
    # A type without default lifetime: 6 items of 10 have one in 2024, all of them in 2025. 4 × 100/5 = 80 kg more.
    before = computed(tmp_path, 2024, HEAD + "A,DSI,gadget,6,5,0,FR,,,,\nB,DSI,gadget,4,,0,FR,,,,\n", factors=GADGET)
    after = computed(tmp_path, 2025, HEAD + "A,DSI,gadget,6,5,0,FR,,,,\nB,DSI,gadget,4,5,0,FR,,,,\n", factors=GADGET)
    result = compare_runs(before, after)
    assert effects(result) == pytest.approx({"completeness": 80}, rel=1e-9)
    assert (result.whole.before, result.whole.after) == pytest.approx((120, 200), rel=1e-12)
    assert result.gap_rows == (1, 0)


GADGET = "flow,stage,criterion,value,quality,source\ngadget,manufacturing,gwp,90,3,own\n"
GADGET += "gadget,distribution,gwp,7,3,own\ngadget,end_of_life,gwp,3,3,own\n"


def test_an_amount_unknown_one_year_is_completeness(tmp_path: Path) -> None:
    before = computed(tmp_path, 2024, HEAD + "A,DSI,,,,,FR,,,paper_sheet_virgin,\n")
    after = computed(tmp_path, 2025, HEAD + "A,DSI,,,,,FR,,,paper_sheet_virgin,1000\n")
    result = compare_runs(before, after)
    assert effects(result) == pytest.approx({"completeness": whole(after)}, rel=1e-9)


def test_a_zone_unknown_one_year_is_completeness_and_no_move_to_another_zone(tmp_path: Path) -> None:
    """10 laptops of 1,000 kWh: the zone of four is unknown in 2024, 4,000 kWh more are computed in 2025."""
    rows = HEAD + "A,DSI,laptop,6,5,1000,FR,high,,,\nB,DSI,laptop,4,5,1000,{zone},high,,,\n"
    before = computed(tmp_path, 2024, rows.format(zone="XX"))
    after = computed(tmp_path, 2025, rows.format(zone="FR"))
    result = compare_runs(before, after)
    assert effects(result) == pytest.approx({"completeness": 4000 * 0.0461, "grid": 6000 * -0.0058}, rel=1e-9)
    assert result.whole.after - result.whole.before == pytest.approx(sum(effects(result).values()), rel=1e-9)
    backwards = compare_runs(after, before)
    assert effects(backwards) == pytest.approx({cause: -value for cause, value in effects(result).items()}, rel=1e-9)


def test_rows_refused_one_year_for_their_dates_are_completeness(tmp_path: Path) -> None:
    """10 laptops in 2024, of which 4 left before they came; the dates are right in 2025: no laptop was added."""
    head = "item_id,entity,item_type,quantity,lifetime_years,kwh_per_unit,zone,purchase_date,withdrawal_date\n"
    rows = head + "A,DSI,laptop,6,5,0,FR,2023-01-01,\nB,DSI,laptop,4,5,0,FR,2023-01-01,{left}\n"
    before = computed(tmp_path, 2024, rows.format(left="2022-01-01"))
    after = computed(tmp_path, 2025, rows.format(left=""))
    assert effects(compare_runs(before, after)) == pytest.approx({"completeness": 4 / 5 * 185}, rel=1e-9)


def whole(run: Path, criterion: str = "gwp") -> float:
    (row,) = (
        row for row in reading.rows(run / "intervals.csv") if (row["criterion"], row["entity"]) == (criterion, "*")
    )
    return float(row["mean"])


# ---------------------------------------------------------------------------------------------- the messy estate


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One messy estate in two years: rooms, gaps, activities, leased and personal equipment."""
    folder = tmp_path_factory.mktemp("messy")
    for year in (2024, 2025):
        runs.compute([SMALL], runs.Choices(year, catalogue=SMALL), folder / str(year))
    return [folder / "2024", folder / "2025"]


@pytest.mark.parametrize("criterion", ["gwp", "adpe", "pm"])
def test_groups_hold_the_whole_footprint(messy: list[Path], criterion: str) -> None:
    for run in messy:
        rows = [row for row in reading.rows(run / "groups.csv") if row["criterion"] == criterion]
        assert sum(float(row["impact"]) for row in rows) == pytest.approx(whole(run, criterion), rel=1e-12)


@pytest.mark.parametrize("criterion", ["gwp", "adpe", "pm"])
def test_no_residue_and_the_parts_sum_to_the_whole(messy: list[Path], criterion: str) -> None:
    result = compare_runs(*messy, criterion)
    assert (result.whole.before, result.whole.after) == pytest.approx(
        (whole(messy[0], criterion), whole(messy[1], criterion))
    )
    check(result)


def check(result: Comparison) -> None:
    """Effects sum to the change, in the whole and in each part; the parts of a cut sum to the whole, cause by cause."""
    for part in (result.whole, *result.parts):
        size = max(abs(value) for value in (part.before, part.after, *part.effects.values(), 1e-300))
        assert part.after - part.before == pytest.approx(sum(part.effects.values()), abs=1e-9 * size)
    for scope in decomposition.SECTIONS:
        of_it = [part for part in result.parts if part.scope == scope]
        size = max(abs(value) for value in (result.whole.before, result.whole.after, *result.whole.effects.values()))
        for cause in CAUSES:
            total = sum(part.effects[cause] for part in of_it)
            assert total == pytest.approx(result.whole.effects[cause], abs=1e-9 * size + 1e-12)


@pytest.mark.slow
def test_runs_that_differ_by_method_are_refused_with_the_remedy(messy: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    runs.compute([SMALL], runs.Choices(2025, catalogue=SMALL, outlived="keep"), other)
    with pytest.raises(CannotUse, match="la méthode") as refused:
        compare_runs(messy[0], other)
    assert "estran restate" in refused.value.problems[0].remedy
    with pytest.raises(CannotUse, match="n’a pas le critère"):
        compare_runs(*messy, "water")
    flows = [tmp_path / str(year) for year in (2024, 2025)]
    for run in flows:
        runs.compute([SMALL], runs.Choices(int(run.name), catalogue=SMALL, view="flow"), run)
    with pytest.raises(CannotUse, match="ne se décompose pas"):
        compare_runs(*flows)


# --------------------------------------------------------------------------------------------- words and pictures


def test_the_sentences_say_what_fell_why_and_whether_it_is_sure(tmp_path: Path) -> None:
    before = computed(tmp_path, 2024, HEAD + "A,DSI,laptop,100,4,0,FR,high,,,\n")
    after = computed(tmp_path, 2025, HEAD + "A,DSI,laptop,90,5,0,FR,high,,,\n")
    texts = comparison_sentences(compare_runs(before, after), Labels("fr"))
    # 100/4 × 185 = 4,625 → 90/5 × 185 = 3,330: −1,295 kg, 28 %; lifetime −25 % …, volume.
    # 4.62 − 3.33 = 1.29: what is printed can be subtracted.
    first = texts[0].replace(SPACE, " ")
    assert first.startswith(
        "De 2024 à 2025, l’empreinte passe de 4,62 à 3,33 tonnes : elle baisse de 1,29 tonne, soit 28 %"
    )
    assert texts[1] == "La baisse dépasse l’incertitude."
    assert texts[2].startswith(f"Ce qui l’a fait baisser{SPACE}: durée d’usage et partage (−0,8")
    assert texts[3] == "Un seul jeu de facteurs a été calculé."


def test_a_change_within_the_doubt_is_not_concluded(tmp_path: Path) -> None:
    before = computed(tmp_path, 2024, HEAD + "A,DSI,laptop,100,4,0,FR,low,,,\n")
    after = computed(tmp_path, 2025, HEAD + "A,DSI,laptop,99,4,0,FR,low,,,\n")
    result = compare_runs(before, after)
    assert not result.is_seen
    assert "on ne peut pas conclure" in " ".join(comparison_sentences(result, Labels("fr")))


def test_every_factor_set_is_asked(messy: list[Path]) -> None:
    result = compare_runs(*messy)
    assert result.contrary == []
    turned = Comparison(**{**vars(result), "sets": {"one": (2.0, 1.0), "other": (1.0, 2.0)}})
    falls = result.whole.after < result.whole.before
    assert turned.contrary == ["other" if falls else "one"]
    assert "dit le contraire" in " ".join(comparison_sentences(turned, Labels("fr")))


def test_the_waterfall_names_its_causes_and_ends_where_it_must(messy: list[Path], tmp_path: Path) -> None:
    result, known = compare_runs(*messy), Labels("fr")
    drawn = reports.write_change(result, tmp_path / "cascade.svg").read_text("utf-8")
    rows = waterfall(result, known).rows
    ends = [row["b"] / rows[0]["b"] * result.whole.before for row in (rows[-2], rows[-1])]
    assert ends == pytest.approx([result.whole.after] * 2, rel=1e-9)
    assert all(html.escape(row["text"]) in drawn for row in rows)
    with pytest.raises(CannotUse):
        reports.write_change(result, tmp_path / "cascade.png")


def test_the_table_of_a_change_sums_up(messy: list[Path], tmp_path: Path) -> None:
    rows = reading.rows(reports.write_change(compare_runs(*messy), tmp_path / "change.csv"))
    for scope in ("whole", "family", "part"):
        sums = reading.sums((row for row in rows if row["scope"] == scope), ["cause"])
        assert sum(sums[cause,] for cause in CAUSES) == pytest.approx(sums["after",] - sums["before",], abs=1e-6)


def test_the_terminal_shows_bars_and_machines_get_json(messy: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    result = compare_runs(*messy)
    series.show_comparison(result, as_json=False)
    assert "réseau électrique" in (answer := capsys.readouterr().out) and "▼█" in answer
    series.show_comparison(result, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["before"], printed["after"]) == (2024, 2025)
    assert printed["whole"]["effects"] == result.whole.effects


# ------------------------------------------------------------------------------------------------------ properties

NUMBER = st.just(0.0) | st.floats(1e-3, 1e4)
SHARE = st.sampled_from([0.0, 0.25, 0.6, 1.0])
ITEMS = st.dictionaries(
    st.tuples(st.sampled_from(["DSI", "Archives", "Collège Curie"]), st.sampled_from(["laptop", "server", "switch"])),
    st.tuples(st.floats(1, 1e3), SHARE, NUMBER, NUMBER, SHARE, NUMBER),
    max_size=6,
)
ACTIVITIES = st.dictionaries(
    st.sampled_from(["paper", "car_km", "electricity_kwh"]), st.tuples(NUMBER, NUMBER), max_size=3
)
YEAR = st.tuples(ITEMS, ACTIVITIES, st.floats(0.01, 1), st.sampled_from(["*", "DSI"]))
FAMILY = {"laptop": "workplace", "server": "data_centre", "switch": "network"}


def written(folder: Path, year: int, made_of: Any) -> Path:
    """A run folder that holds only what a comparison reads, made of any groups."""
    items, activities, grid, inside = made_of
    rows: list[list[Any]] = []
    for (entity, kind), (n, unit_cover, units, embodied, kwh_cover, kwh) in items.items():
        part = "schools" if entity.startswith("Collège") else "administration"
        units, kwh = units * (unit_cover > 0), kwh * (kwh_cover > 0)
        for flow, cover, amount, factor in (
            ("unit", unit_cover, units, embodied),
            ("electricity_kwh", kwh_cover, kwh, grid),
        ):
            rows.append(
                [entity, kind, FAMILY[kind], part, flow, "FR", "", "gwp", n, cover * n, amount, amount * factor]
            )
    for flow, (amount, factor) in activities.items():
        factor = grid if flow == "electricity_kwh" else factor
        zone = "FR" if flow == "electricity_kwh" else ""
        rows.append(["DSI", flow, "consumables", "services", flow, zone, "", "gwp", "", "", amount, amount * factor])
    total = sum(row[-1] for row in rows)
    tables = {
        "groups": [["entity", "item_type", "family", "part", "flow", "zone", "include", "criterion", "items", "covered",
                    "amount", "impact"], *rows],
        "gaps": [["entity", "item_type", "what", "quantity"]],
        "intervals": [["criterion", "entity", "mean"], ["gwp", "*", total]],
        "uncertainty": [["criterion", "source", "deviation"], ["gwp", "rows", total / 10]],
        "factor_sets": [["factor_set", "criterion", "mean"], ["ademe", "gwp", total]],
        "coverage": [["criterion", "gap_rows"], ["gwp", 0]],
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(table)
    scope = {"id": "d", "version": "1", "valid_from": "2024-01-01", "label": "d", "entities": [inside], "schools": [],
             "include": {"schools": True, "paper": True}, "exclusions": [], "headcounts": []}  # fmt: skip
    described = {"method": "rcp_si", "method_version": "1", "options": {}, "factor_set": "ademe", "catalogue": {},
                 "view": "stock", "year": year, "criteria": ["gwp"], "perimeter": scope, "inputs": {}}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(described), "utf-8")
    return folder


many = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(before=YEAR, after=YEAR)
def test_whatever_the_years_there_is_no_residue_and_time_turns_back(tmp_path: Path, before: Any, after: Any) -> None:
    old, new = written(tmp_path / "old", 2024, before), written(tmp_path / "new", 2025, after)
    result, back = compare_runs(old, new), compare_runs(new, old)
    check(result)
    assert result.whole.before == pytest.approx(whole(old), rel=1e-9, abs=1e-9)
    assert result.whole.after == pytest.approx(whole(new), rel=1e-9, abs=1e-9)
    size = max(abs(value) for value in (result.whole.before, result.whole.after, *result.whole.effects.values()))
    for cause in CAUSES:
        assert back.whole.effects[cause] == pytest.approx(-result.whole.effects[cause], abs=1e-9 * size + 1e-9)


@many
@given(same=YEAR)
def test_a_run_compared_with_itself_did_not_change(tmp_path: Path, same: Any) -> None:
    run = written(tmp_path / "same", 2024, same)
    result = compare_runs(run, run)
    assert set(result.whole.effects.values()) <= {0.0}
    assert comparison_sentences(result, Labels("fr")) == ["De 2024 à 2024, rien n’a changé."]


@pytest.mark.slow
def test_twenty_thousand_groups_take_no_longer_each_than_two_thousand(tmp_path: Path) -> None:
    """As many groups as ten million rows of a large authority make: time depends on groups, and no faster than they."""

    def compare(schools: int) -> float:
        """The shortest of three times, in seconds of processor."""
        items = {(f"Collège {i}", kind): (10.0, 1.0, 2.0, 180.0, 1.0, 300.0) for i in range(schools) for kind in FAMILY}
        old = written(tmp_path / f"old{schools}", 2024, (items, {}, 0.05, "*"))
        new = written(tmp_path / f"new{schools}", 2025, (items, {}, 0.04, "*"))
        times = []
        for _again in range(3):
            start = time.process_time()
            result = compare_runs(old, new)
            times.append(time.process_time() - start)
        assert effects(result) == pytest.approx({"grid": schools * 3 * 300 * -0.01}, rel=1e-9)
        return min(times)

    assert compare(6700) < 15 * compare(670)


@pytest.fixture(scope="module")
def report_text(messy: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of two years, restated with a mark of another tool, as its text."""
    folder = tmp_path_factory.mktemp("report")
    marks = folder / "marks.csv"
    marks.write_text(
        "year,tool,value,unit,perimeter,denominator,document\n2022,WeNR,2.1,t CO2 eq,agents seuls,,rapport\n"
        "2022,EcoDiag,12,kg CO2 eq,laboratoire,agents au 31/12/2022,fiche\n",
        "utf-8",
    )
    restatement.restate_runs(messy, folder / "serie", catalogue=SMALL, others=marks)
    return reports.report(messy, folder / "r.html", series=folder / "serie").read_text("utf-8")


def years_of(page: str) -> str:
    """The page on what changed, and the annex on the years."""
    parts = [page[page.index(f'<section id="{name}"') :] for name in ("changed", "years")]
    return "".join(part[: part.index("</section>")] for part in parts)


def test_the_report_has_the_page_to_quote(report_text: str, messy: list[Path]) -> None:
    section = years_of(report_text)
    for text in comparison_sentences(compare_runs(*messy), Labels("fr")):
        assert html.escape(text) in section
    for title in ("Ce qui a changé, cause par cause", "Valeurs publiées", "Publié et recalculé"):
        assert title in section
    places = [report_text.index(f'id="{name}"') for name in ("summary", "changed", "results", "years")]
    assert places == sorted(places)
    assert section.count("<svg") == 2 * section.count('role="img"') > 0


def test_figures_of_other_tools_are_hollow_and_apart(report_text: str) -> None:
    section = years_of(report_text)
    assert "Chiffres d’autres outils, hors série" in section
    drawing = section[section.index('id="series-chart"') :]
    drawing = drawing[: drawing.index("</figure>")]
    assert "WeNR" in drawing and "Hors série" in drawing and 'fill="#fff"' in drawing
    # A figure per agent has no place on the scale of a total: the table alone holds it.
    assert "EcoDiag" not in drawing
    assert "agents au 31/12/2022" in section


def test_years_that_do_not_compare_say_the_remedy(messy: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "2026"
    runs.compute([SMALL], runs.Choices(2026, catalogue=SMALL, outlived="keep"), other)
    section = years_of(reports.report([messy[0], other], tmp_path / "r.html").read_text("utf-8"))
    assert "estran restate" in section
    assert "Ce qui a changé, cause par cause" not in section
