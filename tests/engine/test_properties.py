"""What must hold of every estate, whatever is in it: tried on estates drawn at random.

The catalogue is that of the worked cases. The steps of one run are carried out again on each estate drawn.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from estran.engine import estates, execution
from estran.engine.steps import OUTPUTS, Settings, steps
from estran.importing import canonical
from examples import examples
from real_run import compute, write

CASES = Path(__file__).parents[1] / "cases"
CATALOGUE: dict[str, list[dict[str, Any]]] = yaml.safe_load((CASES / "catalogue.yaml").read_text("utf-8"))
ENTITIES = ("DSI", "Collège Joliot", "Collège Curie")
Z95 = 1.959963984540054
Row = dict[str, Any]

# ------------------------------------------------------------------------------------------------- estates at random

often_empty = st.none() | st.none()
quantities = st.sampled_from([0, 1, 2, 3.5, 40, 613])
purchases = st.dates(date(2018, 1, 1), date(2025, 12, 30))
withdrawals = st.dates(date(2025, 1, 1), date(2027, 12, 31))
disposals = st.dates(date(2026, 1, 1), date(2030, 12, 31))
items = st.fixed_dictionaries(
    {
        "entity": st.sampled_from(ENTITIES),
        "item_type": st.sampled_from(["laptop", "desktop", "monitor", "smartphone", "server", "kiosk", "keyboard"]),
        "quantity": quantities,
        "quality": st.sampled_from([None, "high", "medium", "low"]),
    },
    optional={
        "status": st.sampled_from(["in_service", "spare", "retired"]),
        "ownership": st.sampled_from(["professional", "cope", "byod"]),
        "purchase_date": purchases,
        "withdrawal_date": often_empty | withdrawals,
        "planned_withdrawal_date": often_empty | withdrawals,
        "lifetime_years": often_empty | st.sampled_from([0, 2.5, 7]),
        "refurbished_share": st.sampled_from([0.2, 1]),
        "upstream_years": st.sampled_from([2, 3]),
        "upstream_proof": st.booleans(),
        "reuse_rate": st.sampled_from([0.4, 1]),
        "reuse_proof": st.booleans(),
        "kwh_measured": often_empty | st.sampled_from([0, 1234.5]),
        "kwh_per_unit": often_empty | st.sampled_from([0, 33.3]),
        "power_w": often_empty | st.sampled_from([60]),
        "hours_per_year": st.sampled_from([2000]),
        "zone": st.sampled_from(["FR", "DE", "ZZ"]),
        "room": st.sampled_from(["S1", "S2", "S3", "ailleurs"]),
        "acquisition": st.sampled_from(["owned", "leased", "consumable"]),
    },
)
activities = st.fixed_dictionaries(
    {
        "entity": st.sampled_from(ENTITIES),
        "flow": st.sampled_from(
            [
                "paper_sheet_virgin",
                "data_gb_fixed",
                "car_km",
                "spend_cloud_eur",
                "service_person_days",
                "telework_person_days",
                "inconnu",
            ]
        ),
        "amount": st.sampled_from([0, 12, 8000.5]),
        "quality": st.sampled_from([None, "high", "medium"]),
    },
    optional={"service": st.sampled_from(["portail", "agenda"])},
)
ROOMS = [
    {"room": "S1", "entity": "DSI", "zone": "FR", "facility_kwh": 70000, "pue": 1.4, "quality": "high"},
    {"room": "S2", "entity": "DSI", "it_kwh": 30000, "it_kw": 6, "refrigerant": "R513A", "refrigerant_charge_kg": 10},
    {"room": "S3", "entity": "Collège Curie", "floor_m2": 20, "refrigerant": "R513A", "refrigerant_topup_kg": 1.5},
]
inventories = st.lists(items | activities, min_size=1, max_size=25).map(
    lambda rows: [{"item_id": f"r{i}", **row} for i, row in enumerate(rows)]
)
TABLES = ("impacts", "amounts", "intervals", "subtotals", "headline", "ghg_statement", "gaps", "guards", "equipment")
few = settings(max_examples=examples(6), deadline=None, derandomize=True)


class Walk:
    """A run whose steps are carried out again on other inventories: no folder to write, half a second an example."""

    def __init__(self, folder: Path) -> None:
        inventory = [{"item_id": entity, "entity": entity, "item_type": "laptop", "quantity": 1} for entity in ENTITIES]
        run = compute(folder, {**CATALOGUE, "inventory": inventory, "rooms": ROOMS}, year=2025)
        self.folder = folder
        self.session, _steps = execution.open_session(run.folder / "inputs")

    def on(self, inventory: list[Row], rooms: list[Row] = ROOMS) -> Outputs:
        """What a run would write of this inventory and these rooms."""
        self.read(inventory, rooms)
        return self.outputs(Settings(2025))

    def read(self, inventory: list[Row], rooms: list[Row]) -> None:
        write(self.folder, {"inventory": inventory, "rooms": rooms})
        read = canonical.read_inventory(self.folder / "inventory.csv", self.folder / "inventory.parquet")
        assert (read.rows, read.rejected) == (len(inventory), 0)
        scan = estates.quoted_scan(read.path, read.row_id)
        self.session.inventory(scan, read.columns, read.row_id, estates.inventory_types())
        self.session.register("declared_rooms", canonical.read_small_table(self.folder / "rooms.csv", "rooms")[0])

    def outputs(self, setting: Settings) -> Outputs:
        self.session.run([setting.step(), *steps(view=setting.view)])
        files = {name: "gaps.parquet" if name == "gaps" else name for name in TABLES}
        queries = {name: (OUTPUTS / f"{file}.sql").read_text("utf-8") for name, file in files.items()}
        return Outputs({name: self.session.table(query).to_pylist() for name, query in queries.items()})

    def made(self, setting: Settings) -> float:
        """The units made in a year."""
        walk = steps(view=setting.view)
        self.session.run([setting.step(), *walk[: [step.name for step in walk].index("cells") + 1]])
        return float(self.session.table("SELECT COALESCE(SUM(made), 0) AS made FROM cells")["made"][0].as_py())


@dataclass(frozen=True)
class Outputs:
    """The tables of a run."""

    tables: dict[str, list[Row]]

    def total(self, name: str, column: str = "value", **where: str) -> float:
        rows = self.tables[name]
        return math.fsum(row[column] for row in rows if all(row[key] == value for key, value in where.items()))

    def impacts(self) -> dict[tuple[str, ...], float]:
        keys = ("entity", "item_type", "stage", "criterion", "basis")
        return {tuple(row[key] for key in keys): row["value"] for row in self.tables["impacts"]}


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    return Walk(tmp_path_factory.mktemp("walk"))


OF_A_ROW = ("quantity", "kwh_measured", "amount")
OF_A_ROOM = ("facility_kwh", "it_kwh", "it_kw", "floor_m2", "refrigerant_charge_kg", "refrigerant_topup_kg")


def times(ratio: float, rows: list[Row], columns: tuple[str, ...]) -> list[Row]:
    return [
        {key: value * ratio if key in columns and value is not None else value for key, value in row.items()}
        for row in rows
    ]


# ------------------------------------------------------------------------------------------------------- properties


@few
@given(inventory=inventories)
def test_whatever_the_cut_the_parts_add_up_to_the_total(walk: Walk, inventory: list[Row]) -> None:
    found = walk.on(inventory)
    total = found.total("impacts", basis="modelled")
    assert found.total("headline", part="modelled") == pytest.approx(total, rel=1e-12)
    assert found.total("intervals", "mean") == pytest.approx(2 * total, rel=1e-12)  # the whole, then each entity
    for scope in ("part", "family", "stage", "item_type"):
        assert found.total("subtotals", "mean", scope=scope) == pytest.approx(total, rel=1e-12)
    assert found.total("ghg_statement") == pytest.approx(found.total("impacts"), rel=1e-12)


@few
@given(inventory=inventories)
def test_twice_the_estate_weighs_twice_as_much(walk: Walk, inventory: list[Row]) -> None:
    once = walk.on(inventory)
    twice = walk.on(times(2, inventory, OF_A_ROW), times(2, ROOMS, OF_A_ROOM))
    assert twice.impacts() == pytest.approx({key: 2 * value for key, value in once.impacts().items()}, rel=1e-12)
    assert [row["what"] for row in twice.tables["gaps"]] == [row["what"] for row in once.tables["gaps"]]


@few
@given(orders=inventories.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_of_rows_never_matters(walk: Walk, orders: tuple[list[Row], list[Row]]) -> None:
    one, other = (walk.on(rows).tables for rows in orders)
    for name in TABLES:
        if name in ("gaps", "guards"):  # listed in the order of the inventory
            assert sorted(map(str, one[name])) == sorted(map(str, other[name]))
        else:
            assert one[name] == other[name]  # to the last bit


def test_of_two_rows_with_one_serial_number_the_first_counts(walk: Walk) -> None:
    # G4, the only rule where order matters: 3 laptops or 5, never 8.
    rows = [
        {"item_id": "a", "entity": "DSI", "item_type": "laptop", "quantity": 3, "serial": "5CD-1"},
        {"item_id": "b", "entity": "DSI", "item_type": "laptop", "quantity": 5, "serial": "5cd1"},
    ]
    for inventory, kept, aside in ((rows, 3, "b"), (rows[::-1], 5, "a")):
        found = walk.on(inventory, [])
        assert found.total("equipment", "quantity") == kept
        assert [row["item_id"] for row in found.tables["guards"]] == [aside]


@few
@given(inventory=inventories)
def test_a_row_cut_in_two_halves_weighs_the_same(walk: Walk, inventory: list[Row]) -> None:
    whole = walk.on(inventory)
    halves = times(0.5, inventory, OF_A_ROW)
    assert walk.on([*halves, *halves]).impacts() == pytest.approx(whole.impacts(), rel=1e-12)


LACKING = (
    {"quantity": None},
    {"purchase_date": date(2024, 5, 1), "withdrawal_date": date(2023, 5, 1)},
    {"status": "retired", "withdrawal_date": None},
    {"item_type": None, "label": "borne"},
)


@few
@given(inventory=inventories, lacking=st.lists(st.tuples(items, st.sampled_from(LACKING)), min_size=1, max_size=8))
def test_a_row_that_cannot_be_computed_is_listed_and_weighs_nothing(
    walk: Walk, inventory: list[Row], lacking: list[tuple[Row, Row]]
) -> None:
    """Not even as a key of a metered room."""
    added = [{"item_id": f"gap{i}", **row, "item_type": "laptop", **lack} for i, (row, lack) in enumerate(lacking)]
    alone, together = walk.on(inventory).tables, walk.on([*inventory, *added]).tables
    for name in ("impacts", "amounts", "intervals", "equipment"):
        assert together[name] == alone[name]  # to the last bit
    listed = [row for row in together["gaps"] if row not in alone["gaps"]]
    assert [row["item_id"] for row in listed] == [row["item_id"] for row in added]


@settings(few, max_examples=examples(2))
@given(lives=st.lists(st.tuples(quantities, purchases, disposals), min_size=1, max_size=12))
def test_over_its_whole_life_a_dated_item_is_made_once(walk: Walk, lives: list[tuple[float, date, date]]) -> None:
    """In both views, over the years 2018 to 2030: one unit, and never more than one in a year (P1, L2, V4)."""
    inventory = [
        {
            "item_id": f"r{i}",
            "entity": "DSI",
            "item_type": "laptop",
            "quantity": n,
            "purchase_date": a,
            "withdrawal_date": z,
        }
        for i, (n, a, z) in enumerate(lives)
    ]
    count = math.fsum(n for n, _bought, _left in lives)
    walk.read(inventory, [])
    for view in ("stock", "flow"):
        made = [walk.made(Settings(year, view)) for year in range(2018, 2031)]
        assert math.fsum(made) == pytest.approx(count, rel=1e-9)
        assert max(made) <= count * (1 + 1e-9)


# ---------------------------------------------------------------- the interval, row by row, in plain Python (Q1 to Q6)

simple_items = st.fixed_dictionaries(
    {
        "entity": st.sampled_from(ENTITIES),
        "item_type": st.sampled_from(["laptop", "desktop", "monitor", "smartphone"]),
        "quantity": st.sampled_from([1, 3, 40.5, 613]),
        "quality": st.sampled_from([None, "high", "medium", "low"]),
        "lifetime_years": st.none() | st.sampled_from([2.5, 7]),
        "kwh_per_unit": st.none() | st.sampled_from([0, 33.3]),
        "zone": st.sampled_from(["FR", "DE"]),
    }
)
simple_activities = st.fixed_dictionaries(
    {
        "entity": st.sampled_from(ENTITIES),
        "flow": st.sampled_from(["paper_sheet_virgin", "data_gb_fixed", "cloud:exemple.moyen"]),
        "amount": st.sampled_from([12, 8000.5]),
        "quality": st.sampled_from([None, "high", "medium"]),
    }
)


def contributions(row: Row) -> Iterator[tuple[float, dict[str, float]]]:
    """The impacts of one row on the climate, each with the sources that move it and their coefficients of variation."""
    default = {(d["item_type"], d["parameter"]): d["value"] for d in CATALOGUE["defaults"]}
    own = {f"row {row['item_id']}": {"high": 0.01, "medium": 0.1}.get(row["quality"], 0.2) / Z95}
    if "flow" in row:
        for factor in (f for f in CATALOGUE["factors"] if f["flow"] == row["flow"]):
            yield row["amount"] * factor["value"], {**own, f"{row['flow']} {factor['stage']}": factor["cv"]}
        return
    kind = row["item_type"]
    life, kwh = row["lifetime_years"], row["kwh_per_unit"]
    units = row["quantity"] / (life or default[kind, "lifetime_years"])
    moved = {} if life else {f"lifetime {kind}": 0.2 / Z95}
    for factor in (f for f in CATALOGUE["factors"] if f["flow"] == kind):
        yield units * factor["value"], {**own, **moved, f"{kind} {factor['stage']}": factor["cv"]}
    moved = {} if kwh is not None else {f"kwh {kind}": 0.2 / Z95}
    drawn = row["quantity"] * (default[kind, "kwh_per_year"] if kwh is None else kwh)
    yield drawn * {"FR": 0.046, "DE": 0.4}[row["zone"]], {**own, **moved, f"electricity {row['zone']}": 0.1}


def interval(rows: list[Row]) -> dict[str, float]:
    moved: dict[str, list[float]] = defaultdict(list)
    values = []
    for value, sources in (found for row in rows for found in contributions(row)):
        values.append(value)
        for source, cv in sources.items():
            moved[source].append(cv * value)
    mean, variance = math.fsum(values), math.fsum(math.fsum(terms) ** 2 for terms in moved.values())
    spread = math.sqrt(math.log(1 + variance / mean**2))
    low, high = (mean / math.sqrt(1 + variance / mean**2) * math.exp(sign * Z95 * spread) for sign in (-1, 1))
    return {"mean": mean, "sd": math.sqrt(variance), "low95": low, "high95": high}


@few
@given(rows=st.lists(simple_items | simple_activities, min_size=1, max_size=30))
def test_the_interval_of_aggregated_amounts_is_that_of_single_rows(walk: Walk, rows: list[Row]) -> None:
    inventory = [{"item_id": f"r{i}", **row} for i, row in enumerate(rows)]
    for found in walk.on(inventory, []).tables["intervals"]:
        own = [row for row in inventory if found["entity"] in ("*", row["entity"])]
        assert {name: found[name] for name in interval(own)} == pytest.approx(interval(own), rel=1e-9)
