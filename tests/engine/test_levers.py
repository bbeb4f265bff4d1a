"""Levers of a scenario (rule Z1): what each does to one row, whatever their order, and what is refused.

One row of 10 laptops under the catalogue of the worked cases: 5 years, 30 kWh a year, 185 kg made, brought and disposed
of, 0.046 kg a kWh.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from estran.common.problems import CannotUse
from estran.engine import runs
from estran.engine.levers import Lever
from real_run import Run, compute

CATALOGUE = yaml.safe_load((Path(__file__).parents[1] / "cases" / "catalogue.yaml").read_text("utf-8"))
LAPTOPS = {"item_id": "a", "entity": "DSI", "item_type": "laptop", "quantity": 10}


def lever(parameter: str, action: str = "plan", where: tuple[tuple[str, str], ...] = (), **change: float) -> Lever:
    return Lever(action, where, parameter, **change)


def run_of(folder: Path, *levers: Lever, inventory: list[dict[str, Any]] | None = None) -> Run:
    return compute(folder, {**CATALOGUE, "inventory": inventory or [LAPTOPS]}, year=2025, levers=levers)


# Row, lever, units made in the year, kWh of the year.
PARAMETERS: list[tuple[dict[str, Any], Lever, float, float]] = [
    ({}, lever("quantity", set=4), 4 / 5, 4 * 30),
    ({}, lever("quantity", times=0.8), 8 / 5, 8 * 30),
    ({}, lever("lifetime_years", set=8), 10 / 8, 300),
    ({}, lever("lifetime_years", times=1.2), 10 / 6, 300),
    ({"lifetime_years": 4}, lever("lifetime_years", times=2), 10 / 8, 300),
    # After L7: bought on 1 January 2018, 8 years at the end of 2025, 4 more.
    ({"purchase_date": "2018-01-01"}, lever("lifetime_years", times=1.5), 10 / 12, 300),
    # Before L8 and L9: 6 + 3 × 20 % bought refurbished; 6 + 50 % of the 2 years left of 8.
    (
        {"refurbished_share": 0.2, "upstream_years": 3, "upstream_proof": True},
        lever("lifetime_years", set=6),
        10 / (6 + 3 * 0.2),
        300,
    ),
    ({"reuse_rate": 0.5, "reuse_proof": True}, lever("lifetime_years", set=6), 10 / (6 + 0.5 * 2), 300),
    ({"upstream_years": 3, "upstream_proof": True}, lever("refurbished_share", set=0.5), 10 / (5 + 3 * 0.5), 300),
    ({"reuse_proof": True}, lever("reuse_rate", set=1), 10 / 8, 300),
    ({}, lever("use_share", set=0.5), 5 / 5, 5 * 30),
    ({"ownership": "byod"}, lever("use_share", times=0.5), 10 * 0.57 / 2 / 5, 10 * 0.57 / 2 * 30),
    ({}, lever("kwh_per_unit", set=20), 2, 10 * 20),
    ({}, lever("kwh_per_unit", times=0.5), 2, 150),
    ({"kwh_measured": 1234}, lever("kwh_per_unit", times=0.5), 2, 617),
    ({"status": "spare"}, lever("kwh_per_unit", set=20), 2, 0),
    ({"power_w": 60, "hours_per_year": 2000}, lever("hours_per_year", set=1000), 2, 10 * 60),
    ({"power_w": 60, "hours_per_year": 2000}, lever("power_w", times=0.5), 2, 10 * 60),
]


@pytest.fixture(scope="module")
def each_alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One row per case, each of its own entity and moved by its own lever alone."""
    inventory = [LAPTOPS | row | {"item_id": f"r{i}", "entity": f"r{i}"} for i, (row, *_) in enumerate(PARAMETERS)]
    levers = [replace(moved, where=(("item_id", f"r{i}"),)) for i, (_row, moved, *_) in enumerate(PARAMETERS)]
    return run_of(tmp_path_factory.mktemp("levers"), *levers, inventory=inventory)


@pytest.mark.parametrize("i", range(len(PARAMETERS)), ids=lambda i: f"{PARAMETERS[i][1].parameter}-{i}")
def test_each_parameter(each_alone: Run, i: int) -> None:
    _row, _lever, units, kwh = PARAMETERS[i]
    made = each_alone.total("amounts", "amount", entity=f"r{i}", flow="unit", stage="manufacturing")
    drawn = each_alone.total("amounts", "amount", entity=f"r{i}", flow="electricity_kwh")
    assert (made, drawn) == pytest.approx((units, kwh), rel=1e-9)
    assert each_alone.rows("gaps", item_id=f"r{i}") == []


def test_an_activity(tmp_path: Path) -> None:
    paper = {"item_id": "p", "entity": "DSI", "flow": "paper_sheet_virgin", "amount": 1000}
    halved = lever("amount", where=(("flow", "paper_sheet_virgin"),), times=0.5)
    assert run_of(tmp_path, halved, inventory=[paper]).total("impacts") == pytest.approx(500 * 0.0046, rel=1e-9)


def test_all_sets_then_all_ratios_on_the_rows_chosen(tmp_path: Path) -> None:
    # Directorate A keeps its laptops 6 years, then everyone 10 % longer: 6.6 and 5.5 years.
    rows = [LAPTOPS | {"item_id": entity, "entity": entity} for entity in ("A", "B")]
    plan = [lever("lifetime_years", times=1.1), lever("lifetime_years", "garder", (("entity", "A"),), set=6)]
    one = run_of(tmp_path / "one", *plan, inventory=rows)
    for entity, years in (("A", 6.6), ("B", 5.5)):
        units = one.total("amounts", "amount", entity=entity, flow="unit", stage="manufacturing")
        assert units == pytest.approx(10 / years, rel=1e-9)
    origins = {row["item_id"]: row["origin"] for row in one.rows("origins", what="lifetime_years")}
    assert origins == {"A": "scenario", "B": "type_default"}
    other = run_of(tmp_path / "other", *plan[::-1], inventory=rows)
    assert (one.folder / "impacts.csv").read_bytes() == (other.folder / "impacts.csv").read_bytes()
    assert runs.rerun(one.folder) == []


def test_a_value_fixed_by_a_plan_is_not_moved_by_the_error_of_the_default(tmp_path: Path) -> None:
    run = run_of(tmp_path, lever("lifetime_years", set=5))
    assert "lifetime_years laptop" not in {row["source"] for row in run.rows("uncertainty")}


def test_an_action_never_makes_up_for_what_is_not_known(tmp_path: Path) -> None:
    kiosk = {"item_id": "k", "entity": "DSI", "item_type": "kiosk", "quantity": 3}
    run = run_of(tmp_path, lever("lifetime_years", set=5), lever("kwh_per_unit", set=5), inventory=[kiosk])
    assert [row["what"] for row in run.rows("gaps")] == ["kwh", "lifetime_years"]
    assert run.rows("impacts") == []


# A room of PUE 1.8 and 5 kW, and one with meters: 10,000 kWh in, 8,000 for the servers (PUE 1.25). A server: 1,000 kWh.
ROOMS = [
    {"room": "A", "entity": "DSI", "zone": "FR", "pue": 1.8, "it_kw": 5},
    {"room": "B", "entity": "DSI", "zone": "FR", "facility_kwh": 10_000, "it_kwh": 8_000, "floor_m2": 30},
]
SERVERS = [
    {"item_id": room, "entity": "DSI", "item_type": "server", "quantity": 2, "kwh_per_unit": 1000, "room": room}
    for room in "AB"
]


def of_rooms(folder: Path, *levers: Lever) -> dict[str, tuple[float, float]]:
    """Overhead in kWh and environment in kW of each room."""
    run = compute(folder, {**CATALOGUE, "inventory": SERVERS, "rooms": ROOMS}, year=2025, levers=levers)
    assert runs.rerun(run.folder) == []
    return {row["room"]: (float(row["overhead_kwh"]), float(row["it_kw"] or 0)) for row in run.rows("rooms")}


@pytest.mark.parametrize(
    ("levers", "found"),
    [
        ([], {"A": (1600, 5), "B": (2000, 0)}),
        ([lever("pue", set=1.4)], {"A": (800, 5), "B": (3200, 0)}),
        ([lever("pue", where=(("room", "A"),), set=1.4)], {"A": (800, 5), "B": (2000, 0)}),
        ([lever("pue", times=0.9), lever("pue", "b", (("room", "A"),), set=1.5)], {"A": (700, 5), "B": (1000, 0)}),
        ([lever("pue", times=0.5)], {"A": (0, 5), "B": (0, 0)}),  # nothing cools for less than nothing
        ([lever("it_kw", times=0.8)], {"A": (1600, 4), "B": (2000, 0)}),  # room B is known by its floor
    ],
)
def test_levers_on_rooms(levers: list[Lever], found: dict[str, tuple[float, float]], tmp_path: Path) -> None:
    assert of_rooms(tmp_path, *levers) == {room: pytest.approx(values, rel=1e-9) for room, values in found.items()}


def test_a_lever_on_the_electricity_of_a_zone(tmp_path: Path) -> None:
    halved = lever("electricity", where=(("zone", "FR"),), times=0.5)
    before, after = (run_of(tmp_path / name, *levers) for name, levers in (("a", []), ("b", [halved])))
    for criterion in {row["criterion"] for row in before.rows("impacts", stage="use")}:
        used = [run.total("impacts", stage="use", criterion=criterion) for run in (before, after)]
        assert used[1] == pytest.approx(used[0] / 2, rel=1e-9)
    assert before.total("impacts", stage="manufacturing") == after.total("impacts", stage="manufacturing")


IMPOSSIBLE = "L’action « plan » doit donner soit une valeur, soit un multiplicateur, qui soit possible."
DSI, EVERY_LAPTOP = (("entity", "DSI"),), (("item_type", "laptop"),)


@pytest.mark.parametrize(
    ("levers", "message"),
    [
        ([lever("lifetim", set=5)], "L’action « plan » agit sur « lifetim », qui n’est pas un paramètre."),
        (
            [lever("quantity", where=(("direction", "A"),), set=5)],
            "L’action « plan » choisit ses lignes par « direction », qui n’est pas une colonne connue.",
        ),
        ([lever("lifetime_years", set=0)], IMPOSSIBLE),
        ([lever("quantity")], IMPOSSIBLE),
        ([lever("use_share", set=1.2)], IMPOSSIBLE),
        ([lever("pue", set=0.9)], IMPOSSIBLE),
        ([lever("electricity", set=0.03)], IMPOSSIBLE),
        (
            [lever("pue", where=(("item_type", "server"),), set=1.4)],
            "L’action « plan » choisit ses lignes par « item_type », qui n’est pas une colonne connue.",
        ),
        (
            [lever("quantity", "a", EVERY_LAPTOP, set=4), lever("quantity", "b", DSI, set=5)],
            "Les actions « a » et « b » fixent toutes deux « quantity » des mêmes lignes.",
        ),
    ],
)
def test_a_lever_that_cannot_be_used_says_why(levers: list[Lever], message: str, tmp_path: Path) -> None:
    with pytest.raises(CannotUse) as refused:
        run_of(tmp_path, *levers)
    assert [problem.what.replace("\u00a0", " ") for problem in refused.value.problems] == [message]
    assert not (tmp_path / "run").exists()


def test_two_sets_on_different_rows_agree(tmp_path: Path) -> None:
    rows = [LAPTOPS, LAPTOPS | {"item_id": "b", "entity": "Collège"}]
    plan = [lever("quantity", name, (("entity", name),), set=n) for name, n in (("DSI", 4), ("Collège", 5))]
    assert run_of(tmp_path, *plan, inventory=rows).total("equipment", "quantity") == 9
