"""Plans of actions: read with their faults, carried out on a run, their effects, costs and transfers (Z1-Z6)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import reading
import real_run
from estran.cli.commands import app
from estran.common.problems import CannotUse
from estran.projection import plans, projections, results
from estran.projection.plans import Before
from estran.reporting import reports
from projected import (
    A_FIFTH_LESS,
    DEFAULTS,
    ELECTRICITY,
    FACTORS,
    HEAD,
    KEEP_SIX_YEARS,
    LAPTOPS,
    Projected,
    action,
    laptops,
)


def test_keeping_laptops_six_years_instead_of_four(tmp_path: Path) -> None:
    # 100 laptops, 25 bought a year. Six years: nothing to buy in 2025 and 2026, then 25 a year (case 28).
    done = Projected(tmp_path, laptops(), action("A01", KEEP_SIX_YEARS))
    assert done.bought("reference") == pytest.approx([25, 25, 25, 25, 25, 25], abs=1e-9)
    assert done.bought("plan") == pytest.approx([0, 0, 25, 25, 25, 25], abs=1e-9)
    assert done.year(2025, "plan") == pytest.approx(100 / 6 * 185 + 100 * 30 * 0.046, rel=1e-9)
    assert done.year(2025, "plan", "flow") == pytest.approx(100 * 30 * 0.046, rel=1e-9)
    assert done.year(2029, "reference", "flow") == pytest.approx(25 * 185 + 100 * 30 * 0.040, rel=1e-9)
    assert done.year(2029, criterion="kwh") == pytest.approx(3000, rel=1e-9)


def test_both_views_avoid_the_same_over_a_cycle_and_differ_before(tmp_path: Path) -> None:
    done = Projected(tmp_path, laptops(), action("A01", KEEP_SIX_YEARS))
    assert done.effect("A01", "avoided", "2026") == pytest.approx(2 * (100 / 4 - 100 / 6) * 185, rel=1e-9)
    assert done.effect("A01", "avoided", "2026", "flow") == pytest.approx(2 * 25 * 185, rel=1e-9)
    assert done.effect("A01", "avoided") == pytest.approx(9250, rel=1e-9)
    assert done.effect("A01", "avoided", view="flow") == pytest.approx(9250, rel=1e-9)


def test_without_action_the_first_year_is_the_run(tmp_path: Path) -> None:
    paper = {"item_id": "P", "entity": "DSI", "flow": "paper_sheet_virgin", "amount": 1000}
    done = Projected(tmp_path, [*laptops(years=(2021, 2022, 2023)), paper], action("A01", KEEP_SIX_YEARS))
    assert done.year(2025) == pytest.approx(done.run.total("impacts", criterion="gwp"), rel=1e-9)


def test_items_without_a_date_are_renewed_evenly(tmp_path: Path) -> None:
    # 100 laptops of unknown age, kept 4 years: a quarter of them every year.
    row = {**laptops()[0], "quantity": 100, "purchase_date": None}
    done = Projected(tmp_path, [row], action("A01", KEEP_SIX_YEARS))
    assert done.bought("reference") == pytest.approx([25] * 6, abs=1e-9)


def test_an_action_already_there_is_compared_with_its_before(tmp_path: Path) -> None:
    # Kept 5 years since 2020, 4 before: without the action a quarter is bought every year, with it a fifth.
    rows = laptops(5, years=(2020, 2021, 2022, 2023, 2024))
    lever = f'{LAPTOPS}parameter = "lifetime_years"\nset = 5\nfrom = 2020'
    done = Projected(tmp_path, rows, action("A01", lever, before='{ value = 4, source = "inventaire de 2019" }'))
    assert done.bought("plan") == pytest.approx([25] * 6, abs=1e-9)
    assert sum(done.bought("reference")[:4]) == pytest.approx(125, abs=1e-9)
    assert done.effect("A01", "share", "2025") == pytest.approx((125 / 5 - 125 / 4) * 185, rel=1e-9)


def test_an_action_already_there_may_take_what_the_inventory_says(tmp_path: Path) -> None:
    rows = laptops(5, years=(2020, 2021, 2022, 2023, 2024))
    before = '{ value = 4, source = "inventaire de 2019" }'
    lever = f'{LAPTOPS}parameter = "lifetime_years"\nset = "inventory"\nfrom = 2020'
    done = Projected(tmp_path, rows, action("A01", lever, before=before))
    assert done.effect("A01", "share", "2025") == pytest.approx((125 / 5 - 125 / 4) * 185, rel=1e-9)
    text = HEAD + action("A01", lever)
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CannotUse) as refused:
        plans.read_plan(tmp_path / "plan.toml")
    assert "comme avant" in refused.value.problems[0].what


def test_a_lever_that_grows_by_equal_steps(tmp_path: Path) -> None:
    # Half of the paper, complete in 2028 after four steps: an eighth less each year.
    paper = {"item_id": "P", "entity": "DSI", "flow": "paper_sheet_virgin", "amount": 8000}
    lever = 'where = { flow = "paper_sheet_virgin" }\nparameter = "amount"\ntimes = 0.5\nfrom = 2025\nramp = 2028'
    done = Projected(tmp_path, [paper], action("A34", lever))
    sheets = [done.effect("A34", "share", str(year)) / 0.005 for year in range(2025, 2031)]
    assert sheets == pytest.approx([-1000, -2000, -3000, -4000, -4000, -4000], rel=1e-9)


def test_a_better_cooled_room(tmp_path: Path) -> None:
    # Four servers draw 1,000 kWh each in a room of PUE 1.8: 3,200 kWh of overhead, 1,600 at a PUE of 1.4.
    server = {"item_id": "S", "entity": "DSI", "item_type": "server", "quantity": 4, "kwh_per_unit": 1000,
              "lifetime_years": 5, "purchase_date": "2023-01-01", "room": "R"}  # fmt: skip
    lever = 'where = { room = "R" }\nparameter = "pue"\nset = 1.4\nfrom = 2025'
    rooms = [{"room": "R", "entity": "DSI", "pue": 1.8, "it_kw": 1}]
    done = Projected(tmp_path, [server], action("A12", lever), rooms=rooms)
    assert done.year(2025, criterion="kwh") == pytest.approx(7200, rel=1e-9)
    assert done.effect("A12", "alone", "2025") == pytest.approx(-1600 * 0.046, rel=1e-9)


def test_proven_reuse_and_refurbished_purchases(tmp_path: Path) -> None:
    # Life 4, mean total life 6: reuse of half of them counts 4 + 0.5 × 2 = 5 years (L9). Half bought second-hand after
    # 2 years of use: 4 + 2 × 0.5 = 5 years (L8) and half as many new ones (V2).
    reuse = f'{LAPTOPS}parameter = "reuse_rate"\nset = 0.5\nfrom = 2025'
    bought = [f'{LAPTOPS}parameter = "{name}"\nset = {value}\nfrom = 2025'
              for name, value in (("refurbished_share", 0.5), ("upstream_years", 2))]  # fmt: skip
    total_life = {"item_type": "laptop", "parameter": "mean_total_life_years", "value": 6}
    text = action("A04", reuse) + action("A24", *bought)
    done = Projected(tmp_path, laptops(), text, defaults=[*DEFAULTS, total_life])
    assert done.effect("A04", "alone", "2025") == pytest.approx((100 / 5 - 100 / 4) * 185, rel=1e-9)
    assert done.effect("A24", "alone", "2025") == pytest.approx((100 / 5 - 100 / 4) * 185, rel=1e-9)
    assert done.effect("A24", "alone", "2025", "flow") == pytest.approx(-25 / 2 * 185, rel=1e-9)


def test_a_second_life_is_shared_with_another_user_and_the_report_says_so(tmp_path: Path) -> None:
    # Half given away after 4 years of the 6 they last: the giver carries 4/5 of what it made, and buys as many.
    reuse = f'{LAPTOPS}parameter = "reuse_rate"\nset = 0.5\nfrom = 2025'
    total_life = {"item_type": "laptop", "parameter": "mean_total_life_years", "value": 6}
    text = action("A04", reuse) + action("Q", A_FIFTH_LESS)
    done = Projected(tmp_path, laptops(), text, defaults=[*DEFAULTS, total_life])
    without = Projected(tmp_path / "without", laptops(), action("Q", A_FIFTH_LESS))
    assert done.bought("plan") == pytest.approx(without.bought("plan"), abs=1e-9)
    assert done.effect("A04", "share", view="flow") == pytest.approx(0, abs=1e-9)
    shared = results.ProjectionResults(done.folder).shared_lives
    assert (shared["codes"], shared["flow"]) == (["A04"], pytest.approx(0, abs=1e-9))
    assert shared["stock"] == pytest.approx(-done.effect("A04", "share"), rel=1e-9)
    page = reports.report(done.folder, tmp_path / "plan.html").read_text("utf-8")
    assert "elle quitte ce bilan sans être évitée" in page


def test_reuse_without_a_total_life_has_no_effect_computed(tmp_path: Path) -> None:
    reuse = f'{LAPTOPS}parameter = "reuse_rate"\nset = 0.5\nfrom = 2025'
    (note,) = {row["note"] for row in Projected(tmp_path / "a", laptops(), action("A04", reuse)).rows("actions")}
    assert "durée de vie totale de ces matériels, du neuf à la fin du second usage" in note
    # It is a fact about the equipment, the same with and without the action: no lever invents it.
    total_life = f'{LAPTOPS}parameter = "mean_total_life_years"\nset = 6\nfrom = 2025'
    with pytest.raises(CannotUse, match="n’est pas un paramètre"):
        Projected(tmp_path / "b", laptops(), action("A04", reuse, total_life))


# -------------------------------------------------------------------------------------------------- effect of actions


def test_alone_last_and_shares_of_two_actions_on_the_same_laptops(tmp_path: Path) -> None:
    done = Projected(tmp_path, laptops(), action("D", KEEP_SIX_YEARS) + action("Q", A_FIFTH_LESS))
    # 2030, life alone 100 / 6; fleet alone 80 / 4; together 80 / 6 (no laptop older than 6 years is left by then).
    base, life, fleet, both = 100 / 4, 100 / 6, 80 / 4, 80 / 6
    kwh = 20 * 30 * 0.040
    assert done.effect("D", "alone", "2030") == pytest.approx((life - base) * 185, rel=1e-9)
    assert done.effect("Q", "alone", "2030") == pytest.approx((fleet - base) * 185 - kwh, rel=1e-9)
    assert done.effect("D", "last_in", "2030") == pytest.approx((both - fleet) * 185, rel=1e-9)
    assert done.effect("D", "share", "2030") == pytest.approx(((life - base) + (both - fleet)) / 2 * 185, rel=1e-9)


@pytest.mark.parametrize("count", [5, 14])
def test_shares_sum_to_the_joint_effect(tmp_path: Path, count: int) -> None:
    kinds = [("lifetime_years", 1.1), ("quantity", 0.95), ("kwh_per_unit", 0.9)]
    text = "".join(
        action(f"A{i}", f'{LAPTOPS}parameter = "{kinds[i % 3][0]}"\ntimes = {kinds[i % 3][1]}\nfrom = {2025 + i % 3}')
        for i in range(count)
    )
    done = Projected(tmp_path, laptops(), text)
    for view in ("stock", "flow"):
        for year in (2025, 2030):
            joint = done.year(year, "plan", view) - done.year(year, "reference", view)
            rows = done.rows("actions", criterion="gwp", view=view, period=str(year))
            assert sum(float(row["share"]) for row in rows) == pytest.approx(joint, rel=1e-9)
    errors = [done.effect(f"A{i}", "share_sd", "2030") for i in range(count)]
    assert all(error == 0 for error in errors) if count <= 12 else all(error < 20 for error in errors)


def test_changing_one_lever_changes_its_effect_and_nothing_else(tmp_path: Path) -> None:
    rows = [*laptops(), {**laptops()[0], "item_id": "M", "item_type": "monitor", "quantity": 40}]
    monitors = 'where = { item_type = "monitor" }\nparameter = "lifetime_years"\nset = 8\nfrom = 2026'
    first = Projected(tmp_path / "a", rows, action("L", KEEP_SIX_YEARS) + action("M", monitors))
    second = Projected(tmp_path / "b", rows, action("L", KEEP_SIX_YEARS.replace("6", "7", 1)) + action("M", monitors))
    changed = {
        row["action"] for row, other in zip(first.rows("actions"), second.rows("actions"), strict=True) if row != other
    }
    assert changed == {"L"}
    assert first.rows("years", scenario="reference") == second.rows("years", scenario="reference")


def test_an_action_whose_before_is_unknown_has_no_effect_computed_and_never_zero(tmp_path: Path) -> None:
    done = Projected(tmp_path, laptops(), action("A01", KEEP_SIX_YEARS, before=""))
    rows = done.rows("actions", action="A01")
    assert {row["note"] for row in rows} == {"effet non calculé\u00a0: indiquez la durée d’avant"}
    assert {row["share"] for row in rows} == {""}
    assert done.year(2030, "plan") == done.year(2030)


def test_an_action_the_inventory_already_holds_needs_its_before(tmp_path: Path) -> None:
    since_2020 = KEEP_SIX_YEARS.replace("2025", "2020")
    done = Projected(tmp_path, laptops(), action("A01", since_2020))
    (note,) = {row["note"] for row in done.rows("actions", action="A01")}
    assert "contient déjà cette action" in note


def test_an_action_on_no_known_row_has_no_effect_computed(tmp_path: Path) -> None:
    lever = 'where = { item_type = "plotter" }\nparameter = "quantity"\ntimes = 0.5\nfrom = 2025'
    done = Projected(tmp_path, laptops(), action("A01", lever))
    assert {row["share"] for row in done.rows("actions", action="A01")} == {""}
    assert any("aucune ligne" in problem.what for problem in done.problems)


def test_a_lever_on_a_type_says_how_many_rows_of_its_variants_it_leaves(tmp_path: Path) -> None:
    lever = (
        'where = { part = "administration", item_type = "laptop" }\nparameter = "quantity"\ntimes = 0.8\nfrom = 2025'
    )
    fleet = [
        *laptops(years=[2023, 2024]),
        *(row | {"item_id": f"U{row['item_id']}", "item_type": "laptop_ultraportable"} for row in laptops()),
    ]
    done = Projected(tmp_path / "left", fleet, action("A01", lever))
    (left,) = [problem for problem in done.problems if "variantes" in problem.what]
    assert "4 lignes" in left.what.replace("\u00a0", " ")
    assert "laptop_ultraportable (4)" in left.what
    assert (left.file, left.line) == ("plan.toml", 10)
    named = lever.replace('"laptop"', '["laptop", "laptop_ultraportable"]')
    done = Projected(tmp_path / "named", fleet, action("A01", named))
    assert [problem.what for problem in done.problems if "variantes" in problem.what] == []


def test_a_transfer_between_criteria_is_flagged(tmp_path: Path) -> None:
    # Laptops kept longer, but a quarter more monitors, heavy in metals: the climate gains, resources lose.
    rows = [*laptops(), {**laptops()[0], "item_id": "M", "item_type": "monitor", "quantity": 20}]
    more = 'where = { item_type = "monitor" }\nparameter = "quantity"\ntimes = 1.25\nfrom = 2025'
    done = Projected(tmp_path, rows, action("A01", KEEP_SIX_YEARS, more))
    flags = {row["criterion"]: row["transfer"] for row in done.rows("actions", view="stock", period="cumulative")}
    assert flags == {"gwp": "no", "adpe": "yes", "kwh": "no"}


def test_the_interval_of_an_effect_is_that_of_what_it_moves(tmp_path: Path) -> None:
    # Only the factor of laptops (cv 20 %) moves the effect of a longer life.
    done = Projected(tmp_path, laptops(), action("A01", KEEP_SIX_YEARS))
    share = done.effect("A01", "share")
    assert done.effect("A01", "low95") == pytest.approx(share * (1 + 1.959963984540054 * 0.2), rel=1e-9)
    assert done.effect("A01", "high95") == pytest.approx(share * (1 - 1.959963984540054 * 0.2), rel=1e-9)


@pytest.mark.parametrize(
    ("costs", "cost", "note"),
    [
        # 9.25 t avoided until 2030 in the flow view; 2024 and 2031 are outside the period.
        ({2024: "running = 1", 2026: "investment = 20000", 2028: "savings = 1500", 2031: "running = 1"}, "2000.0", ""),
        ({2026: "investment = 1000", 2027: "savings = 1000"}, "", "économise"),
        ({}, "", ""),
    ],
)
def test_the_cost_of_a_tonne(tmp_path: Path, costs: dict[int, str], cost: str, note: str) -> None:
    more = "".join(f"[actions.costs.{year}]\n{line}\n" for year, line in costs.items())
    done = Projected(tmp_path, laptops(), action("A01", KEEP_SIX_YEARS, more=more))
    (row,) = done.rows("actions", criterion="gwp", view="flow", period="cumulative")
    assert (row["cost_per_tonne"], row["cost_note"]) == (cost, note)


def test_what_is_avoided_elsewhere_stays_beside(tmp_path: Path) -> None:
    beside = '[[actions.beside]]\nwhat = "trajets évités"\nvalue = 12000\nunit = "km par an"\nsource = "registre"\n'
    done = Projected(tmp_path, laptops(), action("A02", more=beside))
    described = json.loads((done.folder / "project.json").read_text("utf-8"))
    assert described["actions"][0]["beside"][0]["value"] == 12000
    assert described["actions"][0]["note"] == "sans effet direct sur le calcul"
    assert done.year(2030, "plan") == done.year(2030)


def test_the_electricity_of_the_plan_and_what_is_held_of_it(tmp_path: Path) -> None:
    path = '[[electricity]]\nzone = "FRA"\ncriterion = "gwp"\nsource = "étude"\nvalues = { 2026 = 0.03 }\n'
    done = Projected(tmp_path, laptops(), path + action("A01", KEEP_SIX_YEARS))
    kwh = 100 * 30
    assert [done.year(year, view="flow") - 25 * 185 for year in (2025, 2026, 2027, 2028)] == pytest.approx(
        [kwh * 0.046, kwh * 0.03, kwh * 0.03, kwh * 0.040], rel=1e-9
    )
    lacking, held = done.problems
    assert "FRA" in held.what and "2028 (gwp)" in held.what and held.line == 4
    assert "aucun facteur (adpe)" in lacking.what


# ------------------------------------------------------------------------------------------------------------ faults


def test_electricity_without_a_factor_is_not_counted_and_said(tmp_path: Path) -> None:
    """As in the run, where it is a gap: never a silent zero."""
    rows = [{**row, "zone": "GUF"} for row in laptops()]
    done = Projected(tmp_path, rows, action("A01", KEEP_SIX_YEARS))
    assert done.year(2030, "plan") == pytest.approx(100 / 6 * 185, rel=1e-9)
    (answer,) = done.problems
    assert "GUF" in answer.what and "n’est pas comptée" in answer.what and "gwp, adpe" in answer.what


PATH = '[[electricity]]\nzone = "FRA"\ncriterion = "gwp"\nsource = "étude"\nvalues = { 2028 = 0.03 }\n'


@pytest.mark.parametrize(
    ("text", "line", "answer"),
    [
        (action("A", KEEP_SIX_YEARS.replace("item_type", "colour")), "where", "colour"),
        (action("A", KEEP_SIX_YEARS.replace("lifetime_years", "age")), "parameter", "n’est pas un paramètre"),
        (action("A", KEEP_SIX_YEARS + "\ntimes = 2"), "set", "soit une valeur, soit un multiplicateur"),
        (action("A", KEEP_SIX_YEARS + "\nramp = 2023"), "ramp", "avant de commencer"),
        (action("A", KEEP_SIX_YEARS + "\nto = 2023"), "to", "avant d’avoir tout son effet"),
        (action("A", KEEP_SIX_YEARS.replace("set = 6", "set = 0")), "set", "n’est pas possible"),
        (action("A", 'parameter = "pue"\nset = 0.9\nfrom = 2026'), "set", "n’est pas possible"),
        (action("A", KEEP_SIX_YEARS.replace("from = 2025", "")), "[[actions.levers]]", "depuis quelle année"),
        (action("A", A_FIFTH_LESS) + action("A", KEEP_SIX_YEARS), "code", "portent le code"),
        (action("A", KEEP_SIX_YEARS) + action("B", KEEP_SIX_YEARS), "parameter", "fixent toutes deux"),
        (action("A", KEEP_SIX_YEARS, before="{ value = 4 }"), "before", "sa valeur ou sa source"),
        (action("A", KEEP_SIX_YEARS, more="[actions.costs.2026]\nprice = 3\n"), "[actions.costs.2026]", "coût"),
        (action("A", KEEP_SIX_YEARS + "\ncolour = 2"), "colour", "n’est pas un mot d’un plan"),
        (
            '[[electricity]]\nzone = "FRA"\ncriterion = "gwp"\nvalues = { 2026 = 1 }\n' + action("A"),
            "[[electricity]]",
            "sa source",
        ),
        (PATH + PATH + action("A"), "[[electricity]]", "deux trajectoires"),
        ("[target]\nreduction = 30\n" + action("A"), "reduction", "entre 0 et 1"),
        ("", None, "aucune action"),
        ("from 2026", "from 2026", "Ce n’est pas du TOML"),
    ],
)
def test_a_bad_plan_is_told_with_its_line_and_its_remedy(
    tmp_path: Path, text: str, line: str | None, answer: str
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(CannotUse) as refused:
        plans.read_plan(file)
    (problem,) = refused.value.problems
    assert answer in problem.what
    assert problem.remedy
    assert problem.file == "plan.toml"
    assert (problem.line and file.read_text("utf-8").splitlines()[problem.line - 1].startswith(line or "")) is (
        None if line is None else True
    )


@pytest.mark.parametrize(
    ("parameter", "times", "bad"), [("use_share", 1.5, True), ("pue", 0.5, True), ("pue", 0.8, False)]
)
def test_a_ratio_never_leads_to_an_impossible_value(tmp_path: Path, parameter: str, times: float, bad: bool) -> None:
    """A room of PUE 1.8: 0.8 × 1.8 = 1.44 is possible, 0.9 is not; nor is a professional share of 1.5."""
    server = {"item_id": "S", "entity": "DSI", "item_type": "server", "quantity": 4, "kwh_per_unit": 1000,
              "lifetime_years": 5, "purchase_date": "2023-01-01", "room": "R"}  # fmt: skip
    rooms = [{"room": "R", "entity": "DSI", "pue": 1.8, "it_kw": 1}]
    text = action(
        "A", f'where = {{ room = "R" }}\nparameter = "{parameter}"\ntimes = {times}\nfrom = 2026\nramp = 2028'
    )
    if not bad:
        done = Projected(tmp_path, [server], text, rooms=rooms)
        assert done.year(2030, "plan", criterion="kwh") == pytest.approx(4000 * 1.44, rel=1e-9)
        return
    with pytest.raises(CannotUse) as refused:
        Projected(tmp_path, [server], text, rooms=rooms)
    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == ("plan.toml", 10)
    assert parameter in problem.what and "de 0 à 1" in problem.remedy


@pytest.mark.parametrize(
    ("path", "tables", "answer", "remedy"),
    [
        (PATH.replace("FRA", "FR"), {}, "pas d’électricité dans la zone «\u00a0FR\u00a0»", "FRA"),
        (
            PATH.replace("gwp", "gpw"),
            {},
            "un critère que le bilan n’a pas, «\u00a0gpw\u00a0»",
            "Le plus proche\u00a0: gwp",
        ),
        (
            PATH,
            {"electricity": [{**ELECTRICITY[0], "criterion": "adpe"}]},
            "aucun facteur (gwp) de 2025 à 2027",
            "2025",
        ),
    ],
    ids=["zone", "criterion", "years"],
)
def test_a_path_of_electricity_that_nothing_can_use_is_told(
    tmp_path: Path, path: str, tables: dict[str, list[dict[str, object]]], answer: str, remedy: str
) -> None:
    """No zone and no year is silently worth nothing; the second block is the one told."""
    good = PATH.replace("gwp", "adpe").replace("2028", "2025")
    with pytest.raises(CannotUse) as refused:
        Projected(tmp_path, laptops(), good + path + action("A", KEEP_SIX_YEARS), **tables)
    (problem,) = refused.value.problems
    assert answer in problem.what
    assert remedy in problem.remedy
    assert (problem.file, problem.line) == ("plan.toml", 9)
    assert not (tmp_path / "projection").exists()


def test_the_second_of_two_actions_is_the_one_told(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(HEAD + action("A", A_FIFTH_LESS) + action("A", KEEP_SIX_YEARS), encoding="utf-8")
    with pytest.raises(CannotUse) as refused:
        plans.read_plan(file)
    assert refused.value.problems[0].line == 3 + 9 + 2


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    wrong = KEEP_SIX_YEARS.replace("item_type", "colour").replace("lifetime_years", "age")
    file.write_text('name = "x"\n' + action("A", wrong) + action("A", KEEP_SIX_YEARS + "\nramp = 2020"))
    with pytest.raises(CannotUse) as refused:
        plans.read_plan(file)
    assert [problem.line for problem in refused.value.problems] == [None, 7, 8, 12, 20]


def test_two_sets_on_rows_that_only_the_inventory_shows_to_be_the_same(tmp_path: Path) -> None:
    other = 'where = { entity = "DSI" }\nparameter = "lifetime_years"\nset = 7\nfrom = 2026'
    with pytest.raises(CannotUse) as refused:
        Projected(tmp_path, laptops(), action("A", KEEP_SIX_YEARS) + action("B", other))
    assert "fixent toutes deux" in refused.value.problems[0].what
    assert refused.value.problems[0].line == 19
    assert not (tmp_path / "projection").exists()


def test_two_sets_one_after_the_other_are_no_conflict(tmp_path: Path) -> None:
    later = KEEP_SIX_YEARS.replace("set = 6", "set = 7").replace("2025", "2028")
    done = Projected(tmp_path, laptops(), action("A", KEEP_SIX_YEARS + "\nto = 2027") + action("B", later))
    units = [(done.year(year, "plan") - 3000 * (0.046 if year < 2028 else 0.040)) / 185 for year in (2025, 2028)]
    assert units == pytest.approx([100 / 6, 100 / 7], rel=1e-9)


def test_a_projection_stops_before_the_target_or_starts_after_it(tmp_path: Path) -> None:
    run = real_run.compute(
        tmp_path,
        {"inventory": laptops(), "factors": FACTORS, "electricity": ELECTRICITY, "defaults": DEFAULTS},
        year=2024,
    )
    plan = tmp_path / "plan.toml"
    for head, to, line in ((HEAD, 2028, 3), (HEAD.replace("2024", "2023"), None, 2)):
        plan.write_text(head + action("A", KEEP_SIX_YEARS), encoding="utf-8")
        with pytest.raises(CannotUse) as refused:
            projections.project_estate(run.folder, plan, tmp_path / "out", to=to)
        assert refused.value.problems[0].line == line
        assert not (tmp_path / "out").exists()


def test_before_is_what_the_plan_says(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    own = KEEP_SIX_YEARS + '\nbefore = { value = 3.5, source = "enquête de 2021" }'
    file.write_text(HEAD + action("A", own, A_FIFTH_LESS), encoding="utf-8")
    life, fleet = plans.read_plan(file).actions[0].levers
    assert life.before == Before(3.5, "enquête de 2021")
    assert fleet.before == Before(None, "bilan")


# ------------------------------------------------------------------------------------------------------ the commands


def test_an_estate_is_computed_then_projected(tmp_path: Path) -> None:
    real_run.write(tmp_path / "estate", {"inventory": laptops()})
    plan = tmp_path / "plan.toml"
    plan.write_text(HEAD + action("A01", KEEP_SIX_YEARS), encoding="utf-8")
    asked = ["project", str(tmp_path / "estate"), "--plan", str(plan), "--to", "2035", "-o", str(tmp_path / "out")]
    answer = CliRunner().invoke(app, [*asked, "--criterion", "gwp"])
    assert answer.exit_code == 0, answer.output
    assert "seule" in answer.output and "ensemble" in answer.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "actions.csv", "bilan", "equipment.csv", "plan.toml", "project.json", "years.csv",
    ]  # fmt: skip
    years = reading.rows(tmp_path / "out" / "years.csv")
    assert {row["year"] for row in years} == {str(year) for year in range(2025, 2036)}
    assert {row["criterion"] for row in years} == {"gwp", "kwh"}


def test_the_overlap_is_what_the_actions_alone_would_count_twice(tmp_path: Path) -> None:
    done = Projected(tmp_path, laptops(), action("D", KEEP_SIX_YEARS) + action("Q", A_FIFTH_LESS))
    joint = results.ProjectionResults(done.folder).joint
    assert joint["alone"] == pytest.approx(-sum(done.effect(code, "alone") for code in "DQ"), rel=1e-9)
    assert joint["overlap"] == pytest.approx(joint["alone"] - joint["together"], rel=1e-9)


def test_the_page_of_a_projection(tmp_path: Path) -> None:
    text = "[target]\nreduction = 0.3\n" + action("D", KEEP_SIX_YEARS) + action("Q", A_FIFTH_LESS)
    unknown = f'{LAPTOPS}parameter = "kwh_per_unit"\ntimes = 0.6\nfrom = 2026'
    done = Projected(tmp_path, laptops(), text + action("X", unknown, before=""))
    answer = CliRunner().invoke(app, ["report", str(done.folder), "-o", str(tmp_path / "plan.html")])
    assert answer.exit_code == 0, answer.output
    page = (tmp_path / "plan.html").read_text("utf-8")
    assert all(word in page for word in ("Seule", "Ensemble", "recouvrement", "effet non calculé", "Cible 2030"))
    assert page.count("<svg") == 2 * page.count('role="img"') == 4, "two charts, each for two widths"
    assert (
        "Shapley" not in page
        and "<script" not in page
        and "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    )
