"""Charts: the rules that place, fold and cut, on ordinary and on extreme data; what is drawn; where it is kept."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from estran.common.language import use_language
from estran.reporting.blocks import Chart, Document
from estran.reporting.charts import (
    change,
    drawing,
    indicator,
    layout,
    lives,
    plan,
    practice,
    requests,
    series,
    shelf,
    stages,
)  # fmt: skip
from estran.reporting.charts.breakdown import bars
from estran.reporting.charts.drawing import NARROW, WIDE, Drawing
from estran.reporting.charts.layout import Label, cut_axis, dodge, place, shorten, ticks
from estran.reporting.figures import Figures, Row
from estran.reporting.writers.html_writer import write_blocks

WRITE, TONNES, KG = Figures("fr"), ("t CO2 eq", 1000.0), ("kg CO2 eq", 1.0)
LONG = "Serveurs et équipements de stockage des centres de données que le département partage avec d’autres"


def row(label: str, mean: float, low: float | None = None, high: float | None = None) -> Row:
    return {"label": label, "mean": mean, "low": low, "high": high}


def year(number: int, published: float | None, restated: float | None, doubt: float = 100.0) -> Row:
    middle = restated or published or 0.0
    return {"year": number, "published": published, "restated": restated, "low": middle - doubt, "high": middle + doubt}


def way(number: int, without: float, with_plan: float, doubt: float | None = None) -> Row:
    bounds = (None, None) if doubt is None else (with_plan - doubt, with_plan + doubt)
    return {"year": number, "without": without, "plan": with_plan, "low": bounds[0], "high": bounds[1]}


# ---------------------------------------------------------------------------------------------------- rules of layout


def test_ticks_are_round_and_few() -> None:
    assert ticks(0, 791) == [0, 200, 400, 600]
    assert ticks(0, 0.037) == [0, 0.01, 0.02, 0.03]
    assert ticks(-30, 225) == [0, 100, 200]
    assert ticks(5, 5) == [5]


def test_an_axis_is_cut_under_the_lowest_unless_it_would_start_near_zero() -> None:
    assert cut_axis(1172.3, 1334.3, 0.3, 4) == (1120, [1120, 1200, 1300])
    assert cut_axis(10, 100, 0.3, 4)[0] == 0
    assert cut_axis(10, 10, 0.3, 4) == (0, [0, 5, 10])
    assert cut_axis(-50, 20, 0.3, 4)[0] <= -50


def test_labels_at_the_end_of_lines_keep_their_order_and_their_distance() -> None:
    places = [100.0, 100.5, 99.8]  # three ends within 1 %
    moved = [at + move for at, move in zip(places, dodge(places, 18), strict=True)]
    assert moved[2] < moved[0] < moved[1]
    assert all(abs(one - other) >= 17.8 for one, other in combinations(moved, 2))


def test_a_label_takes_the_first_free_place_or_none() -> None:
    ways = [("left", 10, 0), ("right", -10, 0)]
    labels = [Label("ici", 100, 50, ways), Label("là", 100, 50, ways), Label("non", 100, 50, ways)]
    assert place(labels, [], (0, 0, 200, 100)) == [*ways, None]
    assert place([Label("oui", 100, 50, ways, must=True)], [(0, 0, 200, 100)], (0, 0, 200, 100)) == [ways[0]]


def test_a_long_label_takes_two_lines_then_ends_with_dots() -> None:
    assert shorten("Réseau", 30, 2) == "Réseau"
    first, second = shorten(LONG, 30, 2).split("\n")
    assert len(first) <= 30 and len(second) <= 30 and second.endswith("…")
    assert len(shorten(LONG, 40)) <= 40


# ------------------------------------------------------------------------------------------------- rows of each chart


def test_small_families_are_one_bar_that_says_its_share() -> None:
    rows = [row("A", 600e3, 440e3, 790e3), row("B", 100e3), *(row(f"petite {n}", 5e3) for n in range(4))]
    drawn = bars(WRITE, "Empreinte par famille", rows, TONNES, folded=True)
    assert [one["label"] for one in drawn.rows] == ["A", "B", "4 autres"]
    assert drawn.rows[2] | {"value": 20.0, "text": "2,8\u00a0%", "low": None, "tail": True} == drawn.rows[2]
    assert drawn.alt == (
        "Barres. Empreinte par famille, t\u00a0CO₂\u00a0éq. A 600 (440 à 790)\u202f; B 100\u202f; 4 autres 2,8\u00a0%."
    )


def test_families_that_another_already_folded_count_by_their_share() -> None:
    rows = [row("A", 600.0), row("B", 300.0), row("Autres familles", 0.0) | {"mean": None, "share": 0.1}]
    drawn = bars(WRITE, "x", rows, KG, folded=True)
    assert [(one["label"], round(one["value"]), one["text"]) for one in drawn.rows][2:] == [
        ("Autres familles", 100, "10\u00a0%")
    ]


@pytest.mark.parametrize(
    "rows", [[row("Une seule", 0.0, 0.0, 0.0)], [row("Moins", -300.0, -500.0, -100.0), row(LONG, 1.0)], [row("A", 1e9)]]
)
def test_bars_begin_at_zero_and_end_before_their_value(rows: list[Row]) -> None:
    drawn = bars(WRITE, "x", rows, KG)
    low, high = drawn.values["domain"]
    assert low <= 0 <= high and low < high and 0 in drawn.values["ticks"]
    assert all(one["end"] >= max(0, one["value"], one["high"] or 0) for one in drawn.rows)


def test_causes_come_by_size_the_smallest_as_one_and_end_at_the_last_total() -> None:
    causes = [("a", -6e3), ("b", -94e3), ("c", -60e3), ("x", 0.5e3), ("y", 0.4e3), ("z", 0.0)]
    drawn = change.change(WRITE, ("2023", 1334e3), causes, ("2025", 1174.9e3), TONNES)
    assert [one["label"] for one in drawn.rows] == ["2023", "b", "c", "a", "2 petites causes", "2025"]
    assert [one["text"] for one in drawn.rows][-2:] == ["+0,9", "1\u202f170"]
    assert drawn.rows[-2]["b"] == pytest.approx(drawn.rows[-1]["b"])
    assert drawn.values["cut"] and drawn.rows[0]["a"] == 1120
    assert "il part de 1\u202f120" in drawn.values["unit"] and "L’axe part de 1\u202f120." in drawn.alt


def test_a_change_from_little_or_of_nothing_is_drawn_from_zero() -> None:
    for causes, after in (([("a", 90.0)], 100.0), ([], 10.0)):
        drawn = change.change(WRITE, ("2024", 10.0), causes, ("2025", after), KG)
        assert not drawn.values["cut"] and drawn.rows[0]["a"] == 0 and drawn.values["domain"][0] == 0


def test_values_counted_the_same_way_are_joined_and_what_was_published_is_written_where_it_differs() -> None:
    rows = [year(2023, 1480.0, 1334.0), year(2024, 1266.0, 1266.0), year(2025, 1174.0, 1174.0)]
    drawn = series.series(WRITE, rows, [{"year": 2020, "tool": "WeNR", "mean": 1390.0}], KG)
    texts = {label["text"] for label in drawn.more["labels"]}
    assert texts == {"recalculé\u00a01\u202f330", "publié\u00a01\u202f480", "1\u202f270", "1\u202f170",
                     "WeNR\n1\u202f390"}  # fmt: skip
    assert all(label[WIDE] for label in drawn.more["labels"])
    assert {one["kind"] for one in drawn.rows if one["year"] == 2020} == {"other"}


def test_of_ten_years_the_first_the_last_and_those_that_changed_are_written() -> None:
    rows = [year(2016 + n, 1000.0 + 30 * n, 900.0 if n == 4 else 1000.0 + 30 * n) for n in range(10)]
    drawn = series.series(WRITE, rows, [], KG)
    assert {label["year"] for label in drawn.more["labels"]} == {2016, 2020, 2025}
    assert drawn.values["years_narrow"][-1] == 2025 and len(drawn.values["years_narrow"]) <= 6


def test_labels_of_years_cover_neither_each_other_nor_a_point() -> None:
    rows = [year(2023, 1480.0, 1334.0), year(2024, 1266.0, 1266.0), year(2025, 1174.0, 1174.0)]
    others = [{"year": 2022, "tool": "EcoDiag", "mean": 1640.0}, {"year": 2020, "tool": "WeNR", "mean": 1390.0}]
    drawn = series.series(WRITE, rows, others, KG)
    for variant, size in series.SIZES.items():
        frame = series._Frame(size, tuple(drawn.values["span"]), drawn.values["top"])
        boxes = [
            series._label(label, frame).box(*label[variant].values())
            for label in drawn.more["labels"]
            if label[variant]
        ]
        shared = [layout.shared(one, other) for one, other in combinations(boxes, 2)]
        assert max(shared) == 0


def test_a_plan_that_misses_its_target_says_by_how_much_and_one_that_reaches_it_nothing() -> None:
    rows = [way(2026, 1214e3, 1149e3, 200e3), way(2030, 1214e3, 1052e3, 200e3)]
    missing = plan.trajectory(WRITE, rows, TONNES, (2025, 1174e3), (2030, 997.5e3))
    assert [label["text"] for label in missing.more["labels"]] == [
        "sans plan 1\u202f210", "avec le plan 1\u202f050", "cible 1\u202f000", "il manque 54", "intervalle à 95\u00a0%"
    ]  # fmt: skip
    assert "l’axe part de 800" in missing.values["unit"]
    reached = plan.trajectory(WRITE, rows, TONNES, None, (2030, 1100e3))
    assert not any("manque" in label["text"] for label in reached.more["labels"]) and "manque" not in reached.alt


def test_three_ends_within_one_percent_are_apart() -> None:
    rows = [way(number, 1000.0, 1004.0) for number in range(2026, 2036)]
    drawn = plan.trajectory(WRITE, rows, KG, (2025, 1001.0), (2035, 1008.0))
    low, high = drawn.values["domain"]
    for variant, gap in plan.GAPS.items():
        at = [-label["value"] / (high - low) * plan.HEIGHT + label[variant]["dy"] for label in drawn.more["labels"][:3]]
        assert all(abs(one - other) >= gap - 0.3 for one, other in combinations(at, 2))


def test_a_plan_without_target_nor_interval_nor_run_is_drawn() -> None:
    drawn = plan.trajectory(WRITE, [way(2026, 5.0, 4.0)], KG, None, None)
    assert drawn.more["target"] == drawn.more["base"] == [] and len(drawn.more["labels"]) == 2
    assert json.loads(drawing._asked(drawn, WIDE))


def test_what_an_action_has_won_is_apart_from_what_is_to_come() -> None:
    rows = [row("A48", 161e3, 97e3, 225e3), row("A04", 158e3, 97e3, 218e3) | {"acquired": 98e3}, row("A0", 0.0)]
    drawn = plan.actions(WRITE, [*rows, row("A9", -30e3)], TONNES, (2026, 2030))
    assert [(one["label"], one["won"]) for one in drawn.rows] == [("A48", ""), ("A04", "acquis"), ("A9", "")]
    assert "A04 160, dont 98 acquis" in drawn.alt and "évitées de 2026 à 2030" in drawn.values["title"]
    many = plan.actions(WRITE, [row(f"A{n}", 100.0 - n) for n in range(12)], KG, (2026, 2030))
    assert len(many.rows) == 8 and many.rows[-1]["label"] == "5 autres actions"


def test_an_indicator_reads_from_its_start_to_its_target_whichever_way_it_goes() -> None:
    falling = indicator.card("PUE", 1.66, 1.46, 1.57, 1.35, str)
    assert falling and falling.rows[0]["end"] == pytest.approx(20 / 31)
    past, behind = (indicator.cell("x", *values, str) for values in ((26, 75, 38, 70), (20, 15, None, 30)))
    assert past and behind and (past.rows[0]["end"], behind.rows[0]["end"]) == (1.0, 0.0)
    assert indicator.card("x", None, 1, 1, 2, str) is None and indicator.card("x", 1, 1, 1, 1, str) is None


def test_a_share_too_thin_for_its_words_has_none_and_a_criterion_without_share_no_bar() -> None:
    shares = ("Climat", 0.78, 0.19), ("Eau", None, 0.5), ("Métaux", 0.997, 0.003)
    rows = [{"label": label, "manufacturing": made, "use": used} for label, made, used in shares]
    drawn = stages.stages(WRITE, rows)
    assert [(one["label"], one["made_text"], one["used_text"]) for one in drawn.rows] == [
        ("Climat", "78\u00a0%", "19\u00a0%"), ("Métaux", ">\u00a099\u00a0%", "")
    ]  # fmt: skip
    assert drawn.alt.endswith("Distribution et fin de vie\u00a0: 3\u00a0% au plus.")


def test_topics_come_by_importance_the_weakest_first_and_two_close_years_stand_side_by_side() -> None:
    rows = [
        {"label": label, "group": group, "before": before, "now": now, "priority": "urgent" if now < 1 else ""}
        for label, group, before, now in (("A", "Très", 2.8, 3.0), ("B", "Très", 0.5, 0.8), ("C", "Peu", None, 2.0))
    ]
    drawn = practice.practice(WRITE, rows, ("2022", "2025"), ("pas commencé", "atteint"))
    assert [one["label"] for one in drawn.rows] == ["Très", "B", "A", "Peu", "C"]
    assert drawn.rows[1]["text"] == "0,8\u00a0\u00a0urgent"
    assert [(one["text"], one["align"]) for one in drawn.more["years"]] == [("2022", "right"), ("2025", "left")]
    alone = practice.practice(WRITE, rows[2:], ("", "2025"), ("pas commencé", "atteint"))
    assert alone.more["years"] == [] and alone.alt.startswith("Points, pratique de 0 à 4.")


def test_requests_to_decide_are_named_first_and_one_that_weighs_nothing_has_no_place() -> None:
    rows = [
        {"label": label, "value": value, "kg": kg, "status": status}
        for label, value, kg, status in (
            ("Lourde", 0.3, 11000.0, requests.NO),
            ("À trancher", 0.6, 390.0, requests.OPEN),
            ("Rien", 0.5, 0.0, requests.GO),
            ("Inconnue", None, 5.0, requests.GO),
        )
    ]
    drawn = requests.requests(WRITE, rows)
    assert drawn and [one["label"] for one in drawn.rows] == ["À trancher", "Lourde"]
    assert drawn.values["tick_texts"] == ["100\u00a0kg", "1\u00a0t", "10\u00a0t", "100\u00a0t"]
    assert all(one[WIDE] and one[NARROW] for one in drawn.rows)
    crowd = requests.requests(WRITE, [rows[1] | {"label": f"La même demande {n}"} for n in range(30)])
    assert crowd and 0 < sum(one[NARROW] is not None for one in crowd.rows) < 30
    assert requests.requests(WRITE, rows[2:]) is None


def test_a_life_shorter_than_its_word_or_past_its_curve_keeps_its_label_in_the_panel() -> None:
    ages = [{"age": age, "share": 1 - age / 12, "low": 0.9 - age / 14, "high": 1 - age / 13} for age in range(11)]
    types = [{"label": label, "ages": ages, "decided": decided} for label, decided in
             (("Portables", 1.0), ("Écrans", 9.0), ("Serveurs", 12.0), ("Fixes", None))]  # fmt: skip
    drawn = lives.lives(WRITE, [*types, {"label": "Rien", "ages": [], "decided": 5.0}])
    assert drawn is not None
    decided = {one["type"]: one for one in drawn.rows if one["kind"] == "decided"}
    assert (
        set(decided) == {"Portables", "Écrans", "Serveurs"} and decided["Portables"]["life_text"] == "décidé\n1\u00a0an"
    )
    assert decided["Portables"]["life_align"] == "left" and decided["Écrans"]["life_align"] == "right"
    assert decided["Serveurs"]["share"] is None and drawn.values["span"] == [0, 12.0]
    assert "Écrans 25\u00a0% à 9\u00a0ans" in drawn.alt and lives.lives(WRITE, []) is None


# ------------------------------------------------------------------------------------------------------ what is drawn


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """A folder of drawings of its own."""
    shelf.keep_in(tmp_path / "drawings")
    yield tmp_path / "drawings"
    shelf._shelf.folder = shelf._shelf.wait = None


EXTREME = [
    bars(WRITE, "x", [row("Moins", -300.0, -500.0, -100.0), row(LONG, 1.0), row("Zéro", 0.0, 0.0, 0.0)], KG),
    change.change(WRITE, ("2023", 1334e3), [(LONG, -94e3), ("b", 34e3), ("c", -28e3)], ("2025", 1246e3), TONNES),
    series.series(WRITE, [year(2016 + n, 1e6 + 3e4 * n, 9e5 + 3e4 * (n % 3)) for n in range(10)],
                  [{"year": 2018, "tool": LONG[:20], "mean": 1.2e6}], TONNES),
    plan.trajectory(WRITE, [way(n, 1e6, 2e7 - 9e3 * n, 5e4) for n in range(2026, 2036)], TONNES, None, (2035, 1e5)),
    plan.actions(WRITE, [row(f"A{n} {LONG}", 1e3 * n, 5e2 * n, 2e3 * n) | {"acquired": 4e2 * n} for n in range(9)],
                 TONNES, (2026, 2030)),
    stages.stages(WRITE, [{"label": f"{n} {LONG}", "manufacturing": n / 10, "use": 1 - n / 10} for n in range(11)]),
    practice.practice(WRITE, [{"label": LONG, "group": "g", "before": 4.0, "now": 4.0, "priority": "prioritaire"}],
                      ("2022", "2025"), ("pas commencé", "atteint")),
    requests.requests(WRITE, [{"label": LONG, "value": 1.0, "kg": 1e9, "status": "no"}]) or Drawing("", ""),
    lives.lives(WRITE, [{"label": LONG[:20], "decided": 1.0, "ages": [
        {"age": n, "share": 1 - n / 9, "low": None, "high": None} for n in range(9)]}]) or Drawing("", ""),
]  # fmt: skip


@pytest.mark.parametrize("drawn", EXTREME, ids=lambda one: one.name)
def test_a_drawing_fits_its_page_and_weighs_little(drawn: Drawing) -> None:
    for variant in (WIDE, NARROW):
        text = drawing.svg(drawn, variant)
        assert 500 < len(text.encode()) < 8000
        assert float(ET.fromstring(text).get("width", "0")) <= drawing.WIDTHS[variant]
        assert not re.search(r"NaN|undefined|null|<script|style=|clip-path", text)


def test_a_picture_for_documents_weighs_little() -> None:
    picture = drawing.png(EXTREME[0])
    width, height = drawing.png_size(picture)
    assert picture.startswith(b"\x89PNG") and len(picture) < 40_000
    assert (
        width == pytest.approx(float(ET.fromstring(drawing.svg(EXTREME[0])).get("width", "0")), abs=1) and height > 50
    )


def test_it_is_drawn_in_english_too() -> None:
    use_language("en")
    drawn = bars(Figures("en"), "Footprint by family", [row("Desktops", 1.5e6, 1.2e6, 1.9e6)], TONNES)
    assert drawn.alt == "Bars. Footprint by family, t\u00a0CO₂\u00a0eq. Desktops 1,500 (1,200 to 1,900)."
    assert drawn.values["tick_texts"] == ["0", "500", "1,000", "1,500"]


def test_a_drawing_is_kept_by_what_it_depends_on_and_drawn_once(kept: Path) -> None:
    asked: list[str] = []

    def draw(text: str, _ending: str) -> bytes:
        asked.append(text)
        return b"<svg/>"

    assert [shelf.get(text, "svg", draw) for text in ("one", "one", "other")] == [b"<svg/>"] * 3
    assert asked == ["one", "other"] and len(list(kept.iterdir())) == 2
    shelf.forget_older(2**40)
    assert not list(kept.iterdir())


def test_a_page_asks_for_a_drawing_and_shows_its_table_until_it_is_there(kept: Path) -> None:
    shelf.keep_in(kept, wait=0.01)
    shelf._shelf.impatient_until = 0.0
    chart = Chart("families", "Le poste de travail pèse le plus.", EXTREME[0])
    assert "Le dessin se prépare" in write_blocks([chart]) and "<figure" not in write_blocks([chart])
    assert shelf.draw_what_is_asked(lambda text, ending: b"<svg ></svg>") and not shelf.draw_what_is_asked(
        lambda *_: b""
    )
    shelf._shelf.impatient_until = 0.0
    assert '<svg class="wide" aria-hidden="true"' in write_blocks([chart])


def test_a_drawing_that_the_library_refuses_leaves_its_table(kept: Path, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(text: str, ending: str) -> bytes:
        raise ValueError("no")

    assert shelf.get("x", "svg", refuse) == b"" and "cannot be drawn" in caplog.text


def test_a_chart_is_kept_with_its_document_and_an_old_one_opens_without_its_drawing() -> None:
    document = Document("x", blocks=[Chart("a", "A", EXTREME[3])])
    values = json.loads(json.dumps(document.as_values()))
    assert Document.of_values(values) == document
    values["blocks"][0]["drawing"] = {"is": "Bars", "rows": [{"is": "Bar", "label": "a", "value": 1}]}
    opened = Document.of_values(values).blocks[0]
    assert isinstance(opened, Chart) and opened.drawing is None and "<figure" not in write_blocks([opened])


def test_what_draws_is_loaded_only_to_draw() -> None:
    script = "import sys, estran.reporting.reports, estran.cli.commands; print('vl_convert' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"
