"""Legal counters: every worked example of the rules, to the digit, with what is not confirmed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest import approx

import small_runs
from estran.analysis import legal, quantities
from estran.analysis.indicators import ALL_ROOMS
from estran.analysis.legal import Counter, Verdict
from estran.analysis.quantities import Quantities, Quantity
from estran.catalogue.loading import read_table

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return {year: small_runs.run(folder / str(year), year) for year in (2023, 2024, 2025, 2027)}


def verdict(run: Path, folder: Path, rule: str, **registers: Rows) -> Verdict:
    """What a rule says of a year with these registers."""
    known = small_runs.quantities(run, folder, **registers)
    return next(result for result in legal.legal_verdicts(known) if result.rule == rule)


def counted(rule: str, year: int = 2025, bound: bool = False, **known: float) -> Verdict:
    """A rule over quantities given as they stand, for a whole year."""
    values = {name: Quantity(value, dated=str(year)) for name, value in known.items()}
    rows = [row for row in read_table("legal_counters") if row["rule"] == rule]
    since, until = date(year, 1, 1), date(year, 12, 31)
    counters = [legal.count_over(row, lambda name: values.get(name, Quantity(None)), since, until) for row in rows]
    return legal.judge_rule(rule, counters, bound=bound)


def values(result: Verdict) -> dict[str, float | None]:
    return {counter.code: counter.value for counter in result.counters}


def one(result: Verdict, code: str) -> Counter:
    return next(counter for counter in result.counters if counter.code == code)


# ------------------------------------------------------------------------------------------------ what is declared


def test_every_counter_has_a_rule_and_names_declared_quantities() -> None:
    counters = read_table("legal_counters")
    rules = {row["rule"] for row in read_table("legal_rules")}
    assert {row["rule"] for row in counters} == rules
    used = {name for row in counters for name in quantities.names_of(f"{row['numerator']} {row['denominator'] or ''}")}
    assert used <= quantities.declared_quantities().keys()
    thresholds = {row["counter"] for row in read_table("legal_thresholds")}
    assert thresholds <= {row["counter"] for row in counters}


def test_no_quantity_is_declared_for_nobody() -> None:
    """Each serves an indicator or a legal counter, but for `reen_bound` and what stands beside indicators of rooms."""
    used = {
        name
        for table in ("indicators", "legal_counters")
        for row in read_table(table)
        for name in quantities.names_of(f"{row['numerator']} {row['denominator'] or ''}")
    }
    assert quantities.declared_quantities().keys() - used == {legal.BOUND, ALL_ROOMS}


@pytest.mark.parametrize("rule", ["reen", "reuse", "agec_2021_phones", "agec_2024", "rgaa", "ghg", "spaser"])
def test_what_is_unconfirmed_is_said(rule: str) -> None:
    assert "confirmer" in counted(rule).unconfirmed


# -------------------------------------------------------------------------------------------- § 1 responsible digital

ELEMENTS = ("partners", "assessment", "past_actions", "targets", "indicators", "measures", "means")


def test_a_bound_body_with_six_elements_of_seven() -> None:
    """EPCI, means absent: 6 ÷ 7 = 85.7 %, incomplete."""
    result = counted("reen", bound=True, **{f"reen_{name}": float(name != "means") for name in ELEMENTS})
    assert result.completeness is not None
    assert f"{result.completeness:.1f}" == "85.7"
    assert result.verdict == "incomplete"
    assert [counter.label for counter in result.counters if counter.value == 0] == ["moyens"]


def test_a_departement_sees_the_list_and_no_percentage() -> None:
    result = counted("reen", **{f"reen_{name}": 1.0 for name in ELEMENTS})
    assert (result.verdict, result.completeness) == ("optional", None)
    assert legal.verdict_label(result.verdict) == "liste facultative pour un département"
    assert len(result.counters) == 7


def test_the_body_is_bound_when_its_typed_figures_say_so(runs: dict[int, Path], tmp_path: Path) -> None:
    typed = [{"quantity": f"reen_{name}", "year": 2025, "value": 1} for name in ELEMENTS]
    assert verdict(runs[2025], tmp_path, "reen", typed=typed).verdict == "optional"
    typed.append({"quantity": "reen_bound", "year": 2025, "value": 1})
    assert verdict(runs[2025], tmp_path, "reen", typed=typed).completeness == 100


# ---------------------------------------------------------------------------------------------- § 2 reuse, 2023-266


def retired(unproven: int = 0) -> Rows:
    """935 items retired in 2024: 120 over ten years, 15 protected; 430 sent to reuse in 2025, some without proof."""
    rows: Rows = []
    for number in range(935):
        row = {"asset_id": str(number), "weee_category": "6", "in_service_date": "2019-01-01"}
        row |= {"decommission_date": "2024-10-01"}
        if number < 120:
            row |= {"in_service_date": "2012-01-01"}
        elif number < 135:
            row |= {"excluded_reason": "support classifié"}
        elif number < 565:
            proof = {} if number < 135 + unproven else {"reuse_commitment": "oui", "proof_ref": "Convention 12"}
            row |= {"exit_date": "2025-04-01", "route": "don association", **proof}
        rows.append(row)
    return rows


def test_reuse_of_430_items_of_800(runs: dict[int, Path], tmp_path: Path) -> None:
    result = verdict(runs[2025], tmp_path, "reuse", movements=retired())
    assert (values(result), one(result, "reuse_rate").threshold) == ({"reuse_rate": 53.75}, 50.0)
    assert result.verdict == "met"


def test_reuse_without_a_proof_for_40_of_them(runs: dict[int, Path], tmp_path: Path) -> None:
    result = verdict(runs[2025], tmp_path, "reuse", movements=retired(unproven=40))
    assert (values(result), result.verdict) == ({"reuse_rate": 48.75}, "not_met")


def test_reuse_of_no_stock_is_not_computable(runs: dict[int, Path], tmp_path: Path) -> None:
    gone = {"asset_id": "1", "weee_category": "6", "in_service_date": "2020-01-01", "decommission_date": "2025-02-01"}
    gone |= {"exit_date": "2025-03-01", "route": "vente", "reuse_commitment": "oui", "proof_ref": "F1"}
    result = verdict(runs[2025], tmp_path, "reuse", movements=[gone])
    assert result.verdict == "not_computable"
    assert one(result, "reuse_rate").value is None


def test_reuse_beyond_the_stock_is_shown_as_it_is() -> None:
    result = counted("reuse", reuse_sent=120.0, retired_stock=100.0)
    assert (values(result), result.verdict) == ({"reuse_rate": approx(120.0)}, "met")


@pytest.mark.parametrize(("year", "minimum"), [(2022, None), (2023, 25.0), (2024, 35.0), (2025, 50.0), (2030, 50.0)])
def test_the_minimum_of_reuse_by_year(year: int, minimum: float | None) -> None:
    assert one(counted("reuse", year, reuse_sent=1.0, retired_stock=2.0), "reuse_rate").threshold == minimum


def test_the_minimum_itself_is_met() -> None:
    assert counted("reuse", reuse_sent=50.0, retired_stock=100.0).verdict == "met"


# ----------------------------------------------------------------------------------------- § 3 reused purchases, AGEC


def bought(year: int, half: int = 2) -> Rows:
    """1,250,000 € of the category, of which 240,000 reused, and a hundred laptops received at 200 €."""
    day = {"invoice_date": f"{year}-{'03' if half == 1 else '10'}-15", "agec_category": "it_and_phones_2024"}
    return [
        day | {"amount_excl_vat": 1010000, "origin": "neuf", "quantity": 900},
        day | {"amount_excl_vat": 240000, "origin": "reconditionné", "quantity": 400},
        day | {"amount_excl_vat": 0, "origin": "don reçu", "quantity": 100, "gift_flat_value": 200},
        day | {"amount_excl_vat": 500000, "origin": "neuf", "agec_category": "hors champ"},
    ]


def test_reused_purchases_of_2025_both_ways(runs: dict[int, Path], tmp_path: Path) -> None:
    """260,000 ÷ 1,250,000 = 20.80 %, or ÷ 1,270,000 = 20.47 %; both reach 20 %."""
    result = verdict(runs[2025], tmp_path, "agec_2024", purchases=bought(2025))
    assert one(result, "reused_2024").value == approx(20.80, abs=1e-12)
    assert f"{one(result, 'reused_2024_gifts_both').value:.2f}" == "20.47"
    assert [counter.threshold for counter in result.counters] == [20.0, 20.0]
    assert (result.verdict, result.reading) == ("met", "secondary")


def test_the_same_purchases_in_2027_fall_short(runs: dict[int, Path], tmp_path: Path) -> None:
    result = verdict(runs[2027], tmp_path, "agec_2024", purchases=bought(2027))
    assert [counter.threshold for counter in result.counters] == [25.0, 25.0]
    assert result.verdict == "not_met"


def test_when_the_place_of_gifts_decides_the_verdict_depends() -> None:
    result = counted("agec_2024", it_reused_eur=190.0, it_gifts_eur=10.0, it_purchases_eur=1000.0)
    assert [counter.holds for counter in result.counters] == [True, False]
    assert result.verdict == "depends"


def test_the_line_of_phones_in_2023(runs: dict[int, Path], tmp_path: Path) -> None:
    """22.5 % reused or recycled reaches 20 %; 15 % reused does not: the line is not met."""
    line = {"invoice_date": "2023-05-01", "agec_category": "téléphones (2021)"}
    result = verdict(
        runs[2023],
        tmp_path,
        "agec_2021_phones",
        purchases=[
            line | {"amount_excl_vat": 62000, "origin": "neuf"},
            line | {"amount_excl_vat": 12000, "origin": "réemployé"},
            line | {"amount_excl_vat": 6000, "origin": "neuf", "recycled_content": "oui"},
        ],
    )
    assert values(result) == {"phones_2021_all": approx(22.5), "phones_2021_reused": approx(15.0)}
    assert [counter.holds for counter in result.counters] == [True, False]
    assert result.verdict == "not_met"


def test_2024_has_two_regimes_each_in_its_half_and_no_single_verdict(runs: dict[int, Path], tmp_path: Path) -> None:
    phones = {"invoice_date": "2024-02-01", "agec_category": "phones_2021"}
    purchases = [
        *bought(2024),
        phones | {"amount_excl_vat": 75, "origin": "neuf", "recycled_content": "non"},
        phones | {"amount_excl_vat": 25, "origin": "réemployé"},
    ]
    first = verdict(runs[2024], tmp_path / "a", "agec_2021_phones", purchases=purchases)
    second = verdict(runs[2024], tmp_path / "b", "agec_2024", purchases=purchases)
    halves = [(counter.period, counter.threshold) for counter in (*first.counters, *second.counters)]
    assert halves == 2 * [("2024-01-01/2024-06-30", 20.0), ("2024", None)] + 2 * [
        ("2024-07-01/2024-12-31", 20.0),
        ("2024", None),
    ]
    assert [counter.holds for counter in first.counters] == [True, None, True, None]
    # In the half, the new regime counts its category alone; over the year phones bought before join it.
    assert [counter.value for counter in second.counters][:2] == [approx(20.8), approx(260025 / 1250100 * 100)]


def test_a_regime_out_of_its_dates_is_not_shown(runs: dict[int, Path], tmp_path: Path) -> None:
    rules = {
        year: {result.rule for result in legal.legal_verdicts(Quantities(runs[year], {}))} for year in (2023, 2025)
    }
    assert "agec_2024" not in rules[2023] and "agec_2021_phones" in rules[2023]
    assert "agec_2024" in rules[2025] and "agec_2021_phones" not in rules[2025]


# --------------------------------------------------------------------------------------- § 4 to 6 index, RGESN, RGAA


def test_index_on_file_and_mean(runs: dict[int, Path], tmp_path: Path) -> None:
    """45 of 60 purchases traced = 75 %; 30 units at 8.1 and 10 at 7.0: (243 + 70) ÷ 40 = 7.825."""
    assert values(counted("index", traced_purchases=45.0, index_product_purchases=60.0))["index_traced"] == 75.0
    day = {"invoice_date": "2025-03-01"}
    purchases = [
        day | {"quantity": 30, "repairability_index": "8,1"},
        day | {"quantity": 10, "repairability_index": 7},
        day | {"quantity": 50},
    ]
    result = verdict(runs[2025], tmp_path, "index", purchases=purchases)
    assert one(result, "index_mean").value == approx(7.825)


def test_rgesn_score(runs: dict[int, Path], tmp_path: Path) -> None:
    """Applicable 28 / 24 / 15 = 87 points, validated 20 / 14 / 9 = 56.5: 64.9 %."""
    service = {"service_id": "s", "rgesn_date": "2025-02-01"}
    service |= {"rgesn_appl_p": 28, "rgesn_appl_r": 24, "rgesn_appl_m": 15}
    service |= {"rgesn_valid_p": 20, "rgesn_valid_r": 14, "rgesn_valid_m": 9}
    result = verdict(runs[2025], tmp_path, "rgesn", online_services=[service])
    assert one(result, "rgesn_mean").value == approx(56.5 / 87 * 100)
    assert f"{one(result, 'rgesn_mean').value:.1f}" == "64.9"


def test_rgaa_rate(runs: dict[int, Path], tmp_path: Path) -> None:
    """52 ÷ 72 = 72.2 %, partially conformant; the service without an audit is not."""
    services = [
        {"service_id": "a", "rgaa_required": "oui", "rgaa_audit_date": "2025-02-01", "rgaa_c": 52, "rgaa_nc": 20},
        {"service_id": "b", "rgaa_required": "oui"},
    ]
    result = verdict(runs[2025], tmp_path, "rgaa", online_services=services)
    assert f"{one(result, 'rgaa_mean').value:.1f}" == "72.2"
    assert (one(result, "rgaa_partial").value, one(result, "rgaa_full").value) == (50.0, 0.0)


def test_ten_criteria_that_each_fail_on_one_page_of_ten_give_zero(runs: dict[int, Path], tmp_path: Path) -> None:
    """The rate is that of the whole sample: no criterion holds on every page, whatever the mean by page (90 %)."""
    service = {"service_id": "a", "rgaa_required": "oui", "rgaa_audit_date": "2025-02-01", "rgaa_c": 0, "rgaa_nc": 10}
    assert values(verdict(runs[2025], tmp_path, "rgaa", online_services=[service]))["rgaa_mean"] == 0.0


# ------------------------------------------------------------------------------------------------ § 7 to 9 thresholds


def test_the_digital_part_of_the_statement_without_double_count() -> None:
    """12,000 − 450 + (600 − 58) = 12,092 t; 600 ÷ 12,092 = 4.96 %."""
    result = counted(
        "ghg",
        footprint_kg=600_000.0,
        ghg_already_counted_kg=58_000.0,
        ghg_statement_kg=12_000_000.0,
        ghg_spend_replaced_kg=450_000.0,
    )
    assert values(result)["ghg_added"] == approx(542)
    assert values(result)["ghg_after"] == approx(12_092)
    assert f"{values(result)['ghg_share']:.2f}" == "4.96"


def test_the_line_already_in_buildings_is_that_of_the_run(runs: dict[int, Path]) -> None:
    """70 kg of electricity on own sites (2.1) of the 230 kg: 160 kg are brought to the statement."""
    result = next(result for result in legal.legal_verdicts(Quantities(runs[2025], {})) if result.rule == "ghg")
    assert values(result)["ghg_added"] == approx(0.160)


@pytest.mark.parametrize(
    ("residents", "staff", "expected"),
    [(1_100_000, 4300, "bound"), (4000, 42, "not_bound"), (3500, 300, "not_bound"), (3501, 50, "bound")],
)
def test_open_data_binds_above_3500_residents_with_50_staff(residents: float, staff: float, expected: str) -> None:
    assert counted("open_data", residents=residents, agents=staff).verdict == expected


def test_open_data_is_not_computable_without_the_residents() -> None:
    assert counted("open_data", agents=4300.0).verdict == "not_computable"


def test_spaser_from_50_million(runs: dict[int, Path]) -> None:
    result = counted("spaser", yearly_purchases_eur=62_000_000.0)
    assert (values(result), result.verdict) == ({"spaser_purchases": approx(62.0)}, "bound")
    assert counted("spaser", yearly_purchases_eur=49_000_000.0).verdict == "not_bound"


def test_two_small_rooms_under_one_siret_are_not_concerned() -> None:
    """60 + 45 = 105 kW, below 500; heat recovery from 1 MW."""
    assert counted("data_centre", site_it_kw=105.0).verdict == "not_bound"
    assert counted("data_centre", site_it_kw=500.0).verdict == "bound"
    assert counted("data_centre_heat", site_it_kw=999.0).verdict == "not_bound"
    assert counted("data_centre_heat", site_it_kw=1000.0).verdict == "bound"
