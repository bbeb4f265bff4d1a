"""The worked cases of tests/cases: what a domain expert computed by hand, found again in the run folder to 1e-9.

In a case, `calcul` is the arithmetic and `value` its result; lists of gaps and guards are exact, repetitions included.
A gap is written `item | what`, and `| criterion` when it is not climate change.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from estran.analysis.drivers import DRIVERS, WHOLE, Year, decompose, total_differences
from estran.analysis.lives import observe_lives
from estran.projection.renewals import read_renewals
from real_run import Run, compute
from worked_cases import Case, SharedRuns, agrees, cases, computed, gap, guard, projected

pytestmark = pytest.mark.xdist_group("cases")  # they share runs


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> SharedRuns:
    return SharedRuns(tmp_path_factory.mktemp("cases"))


@pytest.mark.parametrize("case", cases())
def test_case(case: Case, tmp_path: Path, shared: SharedRuns) -> None:
    kind = case.get("kind", "inventory")
    if kind == "inventory":
        inventory(case, shared.run(case) or computed(case, tmp_path))
    else:
        KINDS[kind](case, tmp_path)


def test_a_case_says_the_same_alone_and_beside_others(tmp_path: Path, shared: SharedRuns) -> None:
    (case,) = [parameter.values[0] for parameter in cases() if parameter.id.startswith("12-")]
    together, alone = shared.run(case), computed(case, tmp_path)
    assert together
    for name in ("impacts", "amounts", "gaps", "guards", "origins"):
        assert together.rows(name) == [row for row in alone.rows(name) if row.get("item_id") != ""]


# -------------------------------------------------------------------------------------------------- kinds of cases


def inventory(case: Case, run: Run) -> None:
    """One inventory, one year: everything the run folder says of it."""
    expected = case["expected"]
    for row in expected.get("totals", []):
        where = {key: row[key] for key in ("item_type", "stage", "criterion", "entity") if key in row}
        agrees(run.total("impacts", basis=row.get("basis", "modelled"), **where), row)
    for row in expected.get("amounts", []):
        where = {key: row[key] for key in ("item_type", "stage", "flow", "entity") if key in row}
        agrees(run.total("amounts", "amount", **where), row)
    for row in expected.get("headline", []):
        agrees(run.total("headline", criterion="gwp", part=row["part"]), row)
    for row in expected.get("beges", []):
        agrees(run.total("ghg_statement", criterion="gwp", category=row["category"]), row)
    for row in expected.get("intervals", []):
        (found,) = run.rows("intervals", criterion=row["criterion"], entity="*")
        for name, column in (("mean", "mean"), ("sd", "sd"), ("low", "low95"), ("high", "high95")):
            if name in row:
                agrees(float(found[column]), row[name])
    for row in expected.get("doubts", []):
        (found,) = run.rows("uncertainty", criterion="gwp", source=row["source"])
        agrees(float(found["deviation"]), row)
    if "doubts" in expected:
        named = {row["source"] for row in run.rows("uncertainty", criterion="gwp") if float(row["deviation"])}
        assert named == {row["source"] for row in expected["doubts"]}
    for row in expected.get("origins", []):
        where = {key: row[key] for key in ("item_id", "what") if key in row}
        (found,) = run.rows("origins", **where)
        assert found["origin"] == row["origin"]
        if isinstance(row.get("value"), str):
            assert found["value"] == row["value"]
        elif "value" in row:
            assert float(found["value"]) == pytest.approx(row["value"], rel=1e-9)
    for row in expected.get("gap_weights", []):
        (weighed,) = run.rows("gap_weights", criterion="gwp", item_type=row["item_type"], what=row["what"])
        if "calcul" in row:
            agrees(float(weighed["at_most"]), row)
        elif "value" in row:
            assert weighed["at_most"] == ""
        for name in ("rows", "units", "unknown_rows", "bounded_by"):
            assert name not in row or weighed[name] in (str(row[name]), f"{row[name]:.1f}" if name == "units" else "")
    assert Counter(map(gap, run.rows("gaps"))) == Counter(expected["gaps"])
    assert Counter(map(guard, run.rows("guards"))) == Counter(expected.get("guards", []))


def change_of_two_years(case: Case, folder: Path) -> None:
    """Two inventories under one catalogue: the difference and its interval."""
    runs = [
        computed({**case, "year": case[f"year_{side}"], "inventory": case[f"inventory_{side}"]}, folder / side)
        for side in ("before", "after")
    ]
    (found,) = total_differences(runs[0].folder, runs[1].folder)
    for row in case["expected"]["change"]:
        agrees(getattr(found, {"low": "low95", "high": "high95"}.get(row["what"], row["what"])), row)


def actions(case: Case, folder: Path) -> None:
    """A plan on one inventory: the totals of one year, and the effect of each action alone, last, and its share."""
    projection = projected(case, folder, case["seen_in"])
    for row in case["expected"]["totals"]:
        agrees(projection.year(case["seen_in"], {"base": "reference", "full": "plan"}[row["side"]]), row)
    for what, column in (("alone", "alone"), ("last", "last_in"), ("share", "share")):
        for row in case["expected"].get(what, []):
            agrees(projection.effect(row["action"], column, str(case["seen_in"])), row)


def allocation(case: Case, folder: Path) -> None:
    """One host whose impact is known, seen by virtual machine and by application."""
    impact = case["host_impact"]
    host = {"item_id": "h", "entity": "DSI", "item_type": "server", "quantity": 1, "lifetime_years": 1}
    given = {
        "inventory": [host | {"kwh_per_unit": impact["use"], "zone": "FR"}],
        "factors": [
            {"flow": "server", "stage": stage, "criterion": "gwp", "value": impact.get(stage, 0)}
            for stage in ("manufacturing", "distribution", "end_of_life")
        ],
        "electricity": [{"zone": "FR", "year": 2025, "criterion": "gwp", "value": 1}],
        "vms": [
            {"vm": vm["name"], "host": vm.get("host", "h"), "key": vm.get("key"), "vcpu": vm.get("vcpu")}
            | {"ram_gb": vm.get("ram"), "storage_gb": vm.get("storage")}
            for vm in case["virtual_machines"]
        ],
        "applications": [
            {"application": row["name"], "vm": row["vm"], "share": row.get("share")} for row in case["applications"]
        ],
    }
    run = compute(folder, given, year=2025)
    assert {row["method"] for row in run.rows("allocation")} == {case["expected"]["method"]}
    for level, name in (("vm", "virtual_machines"), ("application", "applications")):
        for row in case["expected"][name]:
            agrees(run.total("allocation", level=level, name=row["name"], stage=row["phase"]), row)
        for stage, value in impact.items():
            assert run.total("allocation", level=level, stage=stage) == pytest.approx(value, rel=1e-9)
    if "names" in case["expected"]:
        assert {row["name"] for row in run.rows("allocation")} == {*case["expected"]["names"]}
    listed = Counter(
        f"{row['what']} | {row['name']} | {float(row['value']):g}" for row in run.rows("allocation_findings")
    )
    assert listed == Counter(case["expected"].get("findings", []))


def decomposition(case: Case, folder: Path) -> None:
    """Two totals made of the same groups: what each driver changed."""

    def side(given: dict[str, Any]) -> Year:
        groups = [{"group": name, "zone": "FR", **group} for name, group in given["groups"].items()]
        none = pa.table(
            {"flow": pa.array([], pa.string()), **dict.fromkeys(("amount", "factor"), pa.array([], pa.float64()))}
        )
        return Year(pa.Table.from_pylist(groups), none, {"FR": given["grid"]})

    found = decompose(side(case["before"]), side(case["after"]))[WHOLE]
    for row in case["expected"]["totals"]:
        agrees(getattr(found, row["side"]), row)
    for row in case["expected"]["effects"]:
        agrees(found.effects[row["driver"]], row)
    assert tuple(found.effects) == DRIVERS


def years_to_come(case: Case, folder: Path) -> None:
    """One fleet renewed year after year, without the plan and with it."""
    projection = projected(case, folder, case["last_year"])
    (action,) = case["actions"]
    for row in case["expected"]["years"]:
        if row["what"] == "bought":
            agrees(projection.one("equipment", "bought", scenario=row["scenario"], year=str(row["year"])), row)
        else:
            agrees(projection.year(row["year"], row["scenario"], row["what"]), row)
    for row in case["expected"]["avoided"]:
        agrees(projection.effect(action["name"], "avoided", str(row["to"]), row["view"]), row)


def observed_lives(case: Case, folder: Path) -> None:
    """The snapshots of several years: the curve of each item type, and the life that it gives."""
    runs = [
        computed({**case, "year": year, "inventory": rows}, folder / str(year))
        for year, rows in case["snapshots"].items()
    ]
    lives = observe_lives([run.folder for run in runs])
    for table, rows in (("lives", lives.lives), ("curve", lives.curve)):
        for row in case["expected"][table]:
            where = {key: row[key] for key in ("item_type", "age_days") if key in row}
            (found,) = [one for one in rows if all(one[key] == value for key, value in where.items())]
            agrees(found[row["what"]], row)


def what_comes_up(case: Case, folder: Path) -> None:
    """One fleet, what of it comes up for renewal each year, and where every unit of the inventory stands."""
    read = read_renewals(computed(case, folder).folder, case["last_year"])
    for table, rows in (("rows", read.rows), ("fleet", read.fleet)):
        for row in case["expected"][table]:
            where = {key: row[key] for key in ("year", "entity", "item_type") if key in row}
            (found,) = [one for one in rows if all(one[key] == value for key, value in where.items())]
            agrees(found[row["what"]], row)
    for part in read.fleet:
        own = [row for row in read.rows if all(row[key] == part[key] for key in ("entity", "item_type"))]
        renewed = sum(row["units"] - row["again"] for row in own)
        assert renewed + part["left"] + part["without_life"] == pytest.approx(part["in_service"], rel=1e-9)


KINDS: dict[str, Callable[[Case, Path], None]] = {
    "change": change_of_two_years,
    "actions": actions,
    "allocation": allocation,
    "decomposition": decomposition,
    "projection": years_to_come,
    "lives": observed_lives,
    "renewals": what_comes_up,
}
