"""Indicators: declared ratios with a dated denominator, an interval where there is one, targets, trends, reasons."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest import approx
from typer.testing import CliRunner

import small_runs
from estran.analysis import indicators, quantities
from estran.analysis.indicators import Indicator
from estran.analysis.quantities import Quantities, Quantity, compute_ratio
from estran.cli import commands
from estran.common.language import use_language
from estran.common.problems import CannotUse

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return {year: small_runs.run(folder / str(year), year, laptops) for year, laptops in ((2024, 12), (2025, 10))}


@pytest.fixture
def value(runs: dict[int, Path], tmp_path: Path) -> Callable[..., Indicator]:
    """The indicator of a code in 2025, with these registers."""

    def of(code: str, **registers: Rows) -> Indicator:
        known = small_runs.quantities(runs[2025], tmp_path, **registers)
        return next(row for row in indicators.compute_indicators([known]) if row.code == code)

    return of


# ------------------------------------------------------------------------------------------------- what is declared


def test_the_86_indicators_are_declared_and_twelve_of_them_come_first() -> None:
    rows = indicators.declared_indicators()
    assert len({row["code"] for row in rows}) == 86
    ranked = sorted((row["rank"], row["code"]) for row in rows if row["rank"])
    first = "FP01 FP02 FP04 EQ01 EQ03 AC01 RE01 DC01 DC02 SN02 IN01 GV01"
    assert " ".join(code for _rank, code in ranked) == first


def test_every_ratio_is_over_declared_quantities_of_tables_that_exist() -> None:
    used = {
        name
        for row in indicators.declared_indicators()
        for name in quantities.names_of(f"{row['numerator']} {row['denominator'] or ''}")
    }
    assert used <= quantities.declared_quantities().keys()
    perimeters = {row["perimeter"] for row in quantities.read_table("indicator_perimeters")}
    themes = {row["theme"] for row in quantities.read_table("themes")}
    assert {row["perimeter"] for row in indicators.declared_indicators()} == perimeters
    assert {row["theme"] for row in indicators.declared_indicators()} == themes


def test_a_share_has_a_denominator() -> None:
    assert [
        row["code"] for row in indicators.declared_indicators() if row["unit_fr"] == "%" and not row["denominator"]
    ] == []


def test_every_quantity_can_be_asked_of_full_registers(runs: dict[int, Path], tmp_path: Path) -> None:
    """The SQL of each of them is sound: a value, or a reason that is not an absent register."""
    rows: dict[str, Rows] = {name: [{}] for name in quantities.declared_registers()}
    known = small_runs.quantities(runs[2025], tmp_path, **rows, typed=[{"year": 2025}])
    values = {name: known[name] for name in quantities.declared_quantities()}
    assert all(quantity.why for quantity in values.values() if quantity.value is None)
    assert not any("n’est pas donné" in quantity.why for quantity in values.values())


# ------------------------------------------------------------------------------------------------------- footprint


def test_the_footprint_and_its_interval_in_tonnes(value: Callable[..., Indicator]) -> None:
    row = value("FP01")
    assert row.value == approx(0.230, rel=1e-12)
    assert row.low95 is not None and row.high95 is not None
    assert (row.low95, row.high95) == (approx(0.16447646428481585), approx(0.3130706024255084))


def test_the_ratio_per_agent_is_dated_and_its_interval_is_that_of_its_numerator(
    value: Callable[..., Indicator],
) -> None:
    """170 kg over 100 agents on 31 December 2025; bounds 121.75 and 231.11 kg over the same 100 agents."""
    row = value("FP02")
    assert (row.value, row.numerator, row.denominator) == (approx(1.7, rel=1e-12), approx(170), 100)
    assert row.denominator_date == "2025-12-31"
    assert (row.low95, row.high95) == (approx(1.2028557685838106), approx(2.334811117795727))


def test_other_readings_of_the_footprint_and_of_the_inventory(value: Callable[..., Indicator]) -> None:
    assert value("FP05").value == approx(160 / 230 * 100)  # embodied share
    assert value("FP11").value == approx(700)  # 14 laptops × 50 kWh
    assert value("FP13").value == approx(60 / 40)  # school per pupil
    assert value("EQ01").value == approx(6)  # two desktops, bought six years before they left
    assert value("EQ03").value == approx(15 / 100)  # ten laptops and five screens over a hundred agents
    assert value("EQ04").value == approx(5 / 10)
    assert value("MQ01").value == approx(100)


def test_without_a_headcount_the_ratio_is_missing_and_says_why(tmp_path: Path) -> None:
    nobody = small_runs.PERIMETER.split("[[headcounts]]")[0]
    known = Quantities(small_runs.run(tmp_path, 2025, perimeter=nobody), {})
    row = next(row for row in indicators.compute_indicators([known]) if row.code == "FP02")
    assert (row.status, row.value) == ("missing", None)
    assert row.why == "inconnu\u00a0: Agents, effectif physique"


def test_an_undated_denominator_is_refused() -> None:
    dated, undated = Quantity(5.0, dated="2025-12-31"), Quantity(5.0)
    assert compute_ratio("agents", "pupils", 1, {"agents": undated, "pupils": dated}.__getitem__).value == 1.0
    refused = compute_ratio("agents", "pupils", 1, {"agents": dated, "pupils": undated}.__getitem__)
    assert refused.value is None
    assert refused.why == "refusé\u00a0: «\u00a0Élèves inscrits\u00a0» n’a pas de date"


def test_a_typed_value_without_a_date_divides_nothing(value: Callable[..., Indicator]) -> None:
    figures = [
        {"quantity": "workstations_off", "year": 2025, "value": 30},
        {"quantity": "workstations_managed", "year": 2025, "value": 40},
    ]
    assert value("US04", typed=figures).status == "missing"
    figures[1]["date"] = "2025-11-30"
    row = value("US04", typed=figures)
    assert (row.value, row.denominator_date) == (75.0, "2025-11-30")


def test_a_yearly_total_stands_for_a_register_that_is_not_given(value: Callable[..., Indicator]) -> None:
    """EQ06: 30 items repaired out of 40 reported faulty; with the register itself, its rows alone count."""
    totals = [{"quantity": "repaired_items", "year": 2025, "value": 30}]
    assert value("EQ06", typed=totals).status == "missing"
    totals.append({"quantity": "broken_items", "year": 2025, "value": 40})
    assert value("EQ06", typed=totals).value == 75.0
    assert value("EQ06", typed=[row | {"year": 2024} for row in totals]).status == "missing"
    row = {"repair_id": "1", "kind": "warranty", "outcome": "replaced"}
    assert value("EQ06", typed=totals, repairs=[row]).value == 0.0


def test_a_denominator_of_zero_is_not_computable_and_never_all_or_nothing() -> None:
    known = {"agents": Quantity(3.0, dated="2025"), "pupils": Quantity(0.0, dated="2025")}
    row = compute_ratio("agents", "pupils", 100, known.__getitem__)
    assert (row.value, row.why) == (None, "non calculable\u00a0: le dénominateur est nul")


# ------------------------------------------------------------------------------------------------------- registers


def test_avoided_kilometres_are_events_times_share_times_distance(value: Callable[..., Indicator]) -> None:
    """120 × 0.6 × 34 + 80 × 0.5 × 34 = 3,808 km; another year and another cause are not counted."""
    trip = {"cause": "assistance", "km_return": 34}
    row = value(
        "US02",
        trips_avoided=[
            trip | {"period": "2025-01", "events": 120, "share_avoided": 0.6},
            trip | {"period": "2025-12", "events": 80, "share_avoided": 0.5},
            trip | {"period": "2024-12", "events": 80, "share_avoided": 0.5},
            trip | {"period": "2025-12", "events": 80, "share_avoided": 0.5, "cause": "meeting"},
        ],
    )
    assert row.value == approx(3808)


def test_a_pue_needs_twelve_months(value: Callable[..., Indicator]) -> None:
    months: Rows = [
        {"room_id": "A", "period": f"2025-{month:02d}", "total_kwh": 150, "it_kwh": 100} for month in range(1, 13)
    ]
    assert value("DC01", energy_readings=months).value == approx(1.5)
    assert value("DC02", energy_readings=months).value == approx(1800)
    row = value("DC02", energy_readings=months[:11])
    assert (row.value, row.why) == (None, "inconnu\u00a0: Énergie entrant dans les salles, 12 mois relevés")


def test_a_room_whose_it_is_not_read_counts_in_the_energy_and_not_in_the_pue(value: Callable[..., Indicator]) -> None:
    readings: Rows = [
        {"room_id": "A", "period": "2025", "total_kwh": 300, "it_kwh": 200},
        {"room_id": "B", "period": "2025", "total_kwh": 100},
    ]
    assert value("DC01", energy_readings=readings).value == approx(1.5)
    assert value("DC02", energy_readings=readings).value == approx(400)


def test_a_service_is_what_was_last_known_of_it_at_the_end_of_the_year(value: Callable[..., Indicator]) -> None:
    """Audit of 2024 then of 2026: in 2025 the first holds; a service retired in 2024 is out; an old audit is none."""
    base = {"rgaa_required": "oui", "rgaa_c": 60, "rgaa_nc": 40}
    services: Rows = [
        base | {"service_id": "a", "rgaa_audit_date": "2024-03-01"},
        base | {"service_id": "a", "rgaa_audit_date": "2026-03-01", "rgaa_c": 0},
        base | {"service_id": "b", "rgaa_audit_date": "2020-03-01"},
        base | {"service_id": "c", "rgaa_audit_date": "2025-03-01", "rgaa_c": 10},
        base | {"service_id": "d", "rgaa_audit_date": "2025-03-01", "retired_date": "2024-12-31"},
    ]
    row = value("IN01", online_services=services)
    assert (row.numerator, row.denominator) == (1, 3)


def test_the_plan_counts_an_action_done_in_full_and_the_others_by_their_progress(
    value: Callable[..., Indicator],
) -> None:
    """1 + 0.5 + 0.25 over five actions; one not started, one dropped."""
    states = [("Réalisé", 0.9), ("En cours", 0.5), ("Bloqué", 0.25), ("À venir", 0), ("Abandonné", 0.8)]
    actions: Rows = [{"action_code": f"A{i}", "status": s, "progress": p} for i, (s, p) in enumerate(states)]
    assert value("GV01", actions_followup=actions).value == approx(35)


def test_rows_without_the_value_to_sum_are_counted_apart(value: Callable[..., Indicator]) -> None:
    scrapped: Rows = [
        {"asset_id": "1", "route": "approved_body", "exit_date": "2025-05-01", "mass_kg": 30},
        {"asset_id": "2", "route": "approved_body", "exit_date": "2025-05-01"},
    ]
    row = value("RE04", movements=scrapped)
    assert (row.value, row.left_out) == (approx(0.3), 1)


def test_a_register_without_a_row_of_the_year_says_so(value: Callable[..., Indicator]) -> None:
    row = value("US07", paper=[{"period": "2024-06", "reams": 10, "recycled": "oui"}])
    assert (row.status, row.why) == ("missing", "«\u00a0Papier\u00a0» n’a aucune ligne de 2025")
    assert value("US07").why == "le registre «\u00a0Papier\u00a0» n’est pas donné, ou vide"


# --------------------------------------------------------------------------------------------- years and targets


def followed(runs: dict[int, Path], **options: Any) -> dict[tuple[str, int], Indicator]:
    return {
        (row.code, row.year): row for row in indicators.follow_indicators(list(runs.values()), **options).indicators
    }


def test_the_change_since_the_reference_year_has_its_own_interval(runs: dict[int, Path]) -> None:
    """From 12 laptops (260 kg) to 10 (230 kg): −30 kg, −11.54 % of the reference; the reference has no change."""
    rows = followed(runs)
    row = rows["FP04", 2025]
    assert (row.value, row.denominator, row.denominator_date) == (approx(-30 / 260 * 100), approx(260), "2024")
    assert row.low95 is not None and row.high95 is not None and row.low95 < -30 / 260 * 100 < row.high95
    assert rows["FP04", 2024].why == "il faut aussi le calcul de l’année de référence"


def test_a_trend_is_said_only_beyond_the_doubt(runs: dict[int, Path]) -> None:
    rows = followed(runs)
    assert rows["FP01", 2025].change == approx(-0.030)
    assert rows["FP01", 2025].previous_year == 2024
    assert rows["EQ03", 2025].trend == "better"  # 0.17 to 0.15 items per agent, an exact count
    assert rows["FP02", 2025].trend == ""  # no interval of the difference: two uncertain figures are not ranked
    assert rows["FP05", 2025].trend == ""  # a reading has no direction


def test_figures_of_two_perimeters_make_no_trend(runs: dict[int, Path], tmp_path: Path) -> None:
    other = small_runs.PERIMETER.replace('schools = ["Collège *"]', "schools = []")
    rows = followed({2025: runs[2025], 2026: small_runs.run(tmp_path, 2026, perimeter=other)})
    assert (rows["FP01", 2026].trend, rows["FP01", 2026].change) == ("not_comparable", None)
    assert rows["FP04", 2026].why == "la référence a un autre périmètre, une autre méthode ou d’autres facteurs"


def test_two_runs_of_one_year_are_refused(runs: dict[int, Path]) -> None:
    with pytest.raises(CannotUse, match="même année"):
        indicators.follow_indicators([runs[2025], runs[2025].parent / "run" / ".." / "run"])


def test_a_target_gives_a_distance_and_the_waypoint_of_the_year(runs: dict[int, Path], tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text(
        'indicator,start,start_year,target,year\nEQ03,"0,17",2024,"0,13",2028\nZZ99,1,2024,2,2028\n', "utf-8"
    )
    result = indicators.follow_indicators([runs[2025]], targets=path)
    row = next(row for row in result.indicators if row.code == "EQ03")
    assert (row.target, row.target_year, row.distance) == (0.13, 2028, approx(0.02))
    assert row.expected == approx(0.16)  # a quarter of the way from 0.17 to 0.13
    assert [problem.what for problem in result.problems] == ["L’indicateur «\u00a0ZZ99\u00a0» n’existe pas."]


def test_the_waypoints_of_a_fall_of_15_percent_in_four_years() -> None:
    """legal.md § 1: 589 t, −15 % in four years: 500.65 t, by 566.9, 544.8, 522.7."""
    aim = {"start": 589.0, "start_year": 2022, "target": 589 * 0.85, "year": 2026}
    points = [indicators.waypoint(aim, year) for year in range(2023, 2027)]
    assert points == approx([566.9125, 544.825, 522.7375, 500.65])
    assert indicators.waypoint(aim, 2027) is None


def test_the_table_of_indicators_is_written_in_full(runs: dict[int, Path], tmp_path: Path) -> None:
    rows = indicators.follow_indicators([runs[2025]]).indicators
    indicators.write_indicators(rows, tmp_path / "i.csv")
    with (tmp_path / "i.csv").open(encoding="utf-8", newline="") as file:
        back = {row["code"]: row for row in csv.DictReader(file)}
    assert len(back) == 86
    assert float(back["FP02"]["value"]) == next(row.value for row in rows if row.code == "FP02")
    assert (back["AC01"]["value"], back["AC01"]["status"]) == ("", "missing")


def command(*arguments: Any) -> tuple[int, str, str]:
    """What `estran indicators` answers: status, output, errors."""
    answer = CliRunner().invoke(commands.app, ["indicators", *map(str, arguments)])
    return answer.exit_code, answer.stdout, answer.stderr


def test_the_command_shows_the_core_first_and_what_the_law_counts(runs: dict[int, Path], tmp_path: Path) -> None:
    small_runs.register(tmp_path / "registers", "paper", [{"reams": 30, "recycled": "oui"}, {"reams": 10}])
    status, out, _err = command(
        *runs.values(), "--registers", tmp_path / "registers", "-o", tmp_path / "indicators.csv"
    )
    assert status == 0
    title, _head, first = out.splitlines()[:3]
    assert title.strip() == "Les douze indicateurs, 2025"
    assert "Empreinte annuelle du numérique" in first
    assert (
        out.index("Avancement du plan d’action") < out.index("Papier recyclé") < out.index("Compteurs réglementaires")
    )
    assert "75\u00a0%" in next(line for line in out.splitlines() if "Papier recyclé" in line)
    assert "confirmer" in out
    assert len((tmp_path / "indicators.csv").read_text("utf-8").splitlines()) == 1 + 2 * 86


def test_the_command_answers_machines(runs: dict[int, Path]) -> None:
    status, out, _err = command(runs[2025], "--json")
    answer = json.loads(out)
    assert (status, len(answer["indicators"])) == (0, 86)
    assert {"rule": "open_data", "verdict": "not_computable"}.items() <= next(
        verdict.items() for verdict in answer["legal"] if verdict["rule"] == "open_data"
    )


def test_a_faulty_row_of_a_register_is_told_and_the_others_count(runs: dict[int, Path], tmp_path: Path) -> None:
    text = "period,unit_code,format,recycled,reams\n2025-03,DSN,A4,oui,10\nprintemps,DSN,A4,non,30\n"
    (tmp_path / "paper.csv").write_text(text, "utf-8")
    status, out, err = command(runs[2025], "--registers", tmp_path)
    assert status == 1
    assert "printemps" in err and "ligne 3" in err
    assert "100\u00a0%" in next(line for line in out.splitlines() if "Papier recyclé" in line)


def test_labels_and_reasons_follow_the_language(value: Callable[..., Indicator]) -> None:
    use_language("en")
    row = value("FP02")
    assert (row.label, row.unit) == ("Footprint per staff member", "kg CO₂ eq/staff member/year")


def test_no_name_of_a_quantity_hides_another() -> None:
    """Names are whole words of an expression: letters, digits and underscores."""
    assert all(re.fullmatch(r"[a-z]\w*", name) for name in quantities.declared_quantities())
    assert quantities.evaluate_expression("a + b - 2 * c / 4", {"a": 1.0, "b": 2.0, "c": 6.0}) == 0.0


def test_a_question_that_nobody_answered_is_unknown_and_not_zero(value: Callable[..., Indicator]) -> None:
    row = value("SO02", online_services=[{"service_id": "a"}, {"service_id": "b"}])
    assert (row.value, row.why) == (None, "la colonne «\u00a0Licence libre\u00a0» n’est jamais remplie")
    answered: Rows = [{"service_id": "a", "licence_free": "oui"}, {"service_id": "b"}]
    assert value("SO02", online_services=answered).value == 50.0


def test_a_register_of_today_says_nothing_of_a_past_year(runs: dict[int, Path], tmp_path: Path) -> None:
    done = {"action_code": "A01", "status": "Réalisé", "progress": 1}
    small_runs.register(tmp_path, "actions_followup", [done])
    rows = followed(runs, registers=tmp_path)
    assert rows["GV01", 2025].value == 100.0
    assert rows["GV01", 2024].why.startswith("ce registre dit l’état d’aujourd’hui")
