"""Host → virtual machine → application (rules K1 to K6): who carries what, and nothing lost on the way."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples

STEPS = Path(__file__).parents[2] / "src" / "estran" / "engine" / "methods" / "rcp_si"

# Rule K3: data-centre RCP §12.6.4 (servers) and §12.7.4 (storage pools), in hundredths.
SERVER = {"embodied": (2, 85, 13), "30": (60, 30, 10), "full": (80, 15, 5), "idle": (13, 54, 33)}
STORAGE = {"embodied": (5, 0, 95), "30": (75, 0, 25), "full": (85, 0, 15), "idle": (35, 0, 65)}


def weights() -> list[tuple[Any, ...]]:
    return [
        (kind, "" if load == "embodied" else load, "embodied" if load == "embodied" else "use", dimension, weight / 100)
        for kind, table in (("server", SERVER), ("storage", STORAGE))
        for load, row in table.items()
        for dimension, weight in zip(("vcpu", "ram", "storage"), row, strict=True)
    ]


def allocate(
    impacts: dict[tuple[str, str], float],
    vms: list[dict[str, Any]],
    applications: list[dict[str, Any]] = [],  # noqa: B006
    kind: str = "server",
    load: str = "30",
) -> duckdb.DuckDBPyConnection:
    """A session where the steps have run: impacts by (host, stage), the tables as a user writes them."""
    db = duckdb.connect()
    db.execute("CREATE TABLE host_impacts (host TEXT, stage TEXT, criterion TEXT, value DOUBLE)")
    db.execute("CREATE TABLE hosts (host TEXT, kind TEXT, load TEXT)")
    db.execute("CREATE TABLE allocation_weights (kind TEXT, load TEXT, phase TEXT, dimension TEXT, weight DOUBLE)")
    db.execute(
        "CREATE TABLE vms (vm TEXT, host TEXT, vcpu DOUBLE, ram_gb DOUBLE, storage_gb DOUBLE, hours DOUBLE, key DOUBLE)"
    )
    db.execute("CREATE TABLE applications (application TEXT, vm TEXT, share DOUBLE)")
    for (host, stage), value in impacts.items():
        db.execute("INSERT INTO host_impacts VALUES (?, ?, 'gwp', ?)", [host, stage, value])
    for host in sorted({host for host, _ in impacts}):
        db.execute("INSERT INTO hosts VALUES (?, ?, ?)", [host, kind, load])
    db.executemany("INSERT INTO allocation_weights VALUES (?, ?, ?, ?, ?)", weights())
    for vm in vms:
        columns = ("vm", "host", "vcpu", "ram_gb", "storage_gb", "hours", "key")
        db.execute(
            "INSERT INTO vms VALUES (?, ?, ?, ?, ?, ?, ?)", [vm.get(c, "h" if c == "host" else None) for c in columns]
        )
    for row in applications:
        db.execute("INSERT INTO applications VALUES (?, ?, ?)", [row["application"], row["vm"], row.get("share")])
    for step in ("allocation_vms", "allocation_applications", "allocation", "allocation_findings"):
        db.execute(f"CREATE TABLE {step} AS {(STEPS / f'{step}.sql').read_text()}")
    return db


def values(db: duckdb.DuckDBPyConnection, level: str, stage: str = "use") -> dict[str, float]:
    rows = db.execute(
        "SELECT name, SUM(value) FROM allocation WHERE level = ? AND stage = ? GROUP BY name", [level, stage]
    ).fetchall()
    return dict(rows)


def methods(db: duckdb.DuckDBPyConnection) -> set[str]:
    return {method for (method,) in db.execute("SELECT DISTINCT method FROM allocation").fetchall()}


def test_declared_keys_leave_the_rest_unallocated() -> None:
    # K1: 0.5 + 0.3 = 0.8, so 0.2 × 1,000 = 200 is nobody's; known vCPU are not looked at.
    db = allocate({("h", "use"): 1000}, [{"vm": "a", "key": 0.5, "vcpu": 4}, {"vm": "b", "key": 0.3, "vcpu": 4}])
    assert values(db, "vm") == pytest.approx({"a": 500, "b": 300, "(unallocated)": 200}, rel=1e-9)
    assert methods(db) == {"key"}
    assert db.execute("FROM allocation_findings").fetchall() == []


def test_keys_above_one_are_normalised_and_listed() -> None:
    # K1: 1.5 + 0.5 = 2, so 1,000 × 1.5 / 2 = 750 and 250.
    db = allocate({("h", "use"): 1000}, [{"vm": "a", "key": 1.5}, {"vm": "b", "key": 0.5}])
    assert values(db, "vm") == pytest.approx({"a": 750, "b": 250}, rel=1e-9)
    assert db.execute("FROM allocation_findings").fetchall() == [("allocation key", "h", 2.0)]


def test_a_key_missing_on_one_machine_and_the_keys_are_not_used() -> None:
    # K1 asks for all keys; K2: 1 of 4 vCPU, 3 of 4 vCPU.
    db = allocate({("h", "use"): 1000}, [{"vm": "a", "key": 0.9, "vcpu": 1}, {"vm": "b", "vcpu": 3}])
    assert values(db, "vm") == pytest.approx({"a": 250, "b": 750}, rel=1e-9)
    assert methods(db) == {"vcpu"}


def test_a_dimension_unknown_for_one_machine_is_left_out_for_all() -> None:
    # K2, K3: storage is unknown for b. At 30 % load 0.6 (vCPU) and 0.3 (RAM) are rescaled on 0.9:
    # a = (0.6 × 1/2 + 0.3 × 1/4) / 0.9 = 0.375 / 0.9.
    db = allocate(
        {("h", "use"): 900},
        [{"vm": "a", "vcpu": 2, "ram_gb": 8, "storage_gb": 100}, {"vm": "b", "vcpu": 2, "ram_gb": 24}],
    )
    assert values(db, "vm") == pytest.approx({"a": 375, "b": 525}, rel=1e-9)
    assert methods(db) == {"vcpu+ram"}


def test_hours_reserved_weigh_the_dimensions() -> None:
    # K2: 4 vCPU during 2,190 h against 1 vCPU all year (8,760 h when nothing is declared): one half each.
    db = allocate({("h", "use"): 1000}, [{"vm": "a", "vcpu": 4, "hours": 2190}, {"vm": "b", "vcpu": 1}])
    assert values(db, "vm") == pytest.approx({"a": 500, "b": 500}, rel=1e-9)


def test_nothing_known_means_equal_parts() -> None:
    # K4, and a machine written twice is one machine.
    db = allocate({("h", "use"): 900}, [{"vm": "a"}, {"vm": "b", "ram_gb": 8}, {"vm": "c"}, {"vm": "c"}])
    assert values(db, "vm") == pytest.approx({"a": 300, "b": 300, "c": 300}, rel=1e-9)
    assert methods(db) == {"equal"}


def test_a_storage_pool_has_its_own_weights() -> None:
    # K3, storage pool: embodied 5 % CPU, 95 % storage; use at 30 % load 75 % CPU, 25 % storage; memory has no part.
    vms = [
        {"vm": "a", "vcpu": 1, "ram_gb": 60, "storage_gb": 100},
        {"vm": "b", "vcpu": 3, "ram_gb": 4, "storage_gb": 900},
    ]
    db = allocate({("h", "manufacturing"): 1000, ("h", "use"): 1000}, vms, kind="storage")
    assert values(db, "vm", "manufacturing")["a"] == pytest.approx(1000 * (0.05 / 4 + 0.95 / 10), rel=1e-9)
    assert values(db, "vm", "use")["a"] == pytest.approx(1000 * (0.75 / 4 + 0.25 / 10), rel=1e-9)
    assert methods(db) == {"vcpu+storage"}


@pytest.mark.parametrize(
    ("load", "expected"), [("30", 0.6 / 4 + 0.3 / 2), ("full", 0.8 / 4 + 0.15 / 2), ("idle", 0.13 / 4 + 0.54 / 2)]
)
def test_the_load_of_the_host_chooses_the_weights_of_use(load: str, expected: float) -> None:
    vms = [{"vm": "a", "vcpu": 1, "ram_gb": 8, "storage_gb": 0}, {"vm": "b", "vcpu": 3, "ram_gb": 8, "storage_gb": 10}]
    db = allocate({("h", "use"): 1}, vms, load=load)
    assert values(db, "vm")["a"] == pytest.approx(expected, rel=1e-9)


def test_distribution_and_end_of_life_follow_the_embodied_shares() -> None:
    # CHOICE 8: 2 % × 1/4 + 85 % × 1/2 + 13 % × 0/10.
    vms = [{"vm": "a", "vcpu": 1, "ram_gb": 8, "storage_gb": 0}, {"vm": "b", "vcpu": 3, "ram_gb": 8, "storage_gb": 10}]
    db = allocate({("h", "distribution"): 1, ("h", "end_of_life"): 1}, vms)
    for stage in ("distribution", "end_of_life"):
        assert values(db, "vm", stage)["a"] == pytest.approx(0.02 / 4 + 0.85 / 2, rel=1e-9)


def test_a_host_without_machine_is_unallocated() -> None:
    db = allocate({("h", "use"): 1000, ("empty", "use"): 50}, [{"vm": "a"}], [{"application": "paie", "vm": "a"}])
    assert values(db, "vm") == pytest.approx({"a": 1000, "(unallocated)": 50}, rel=1e-9)
    assert values(db, "application") == pytest.approx({"paie": 1000, "(unallocated)": 50}, rel=1e-9)


def test_declared_shares_of_applications() -> None:
    # K5: 0.25 and 0.5 declared, 0.25 left; a missing share on the other machine and both weigh the same.
    db = allocate(
        {("h", "use"): 800},
        [{"vm": "a"}, {"vm": "b"}],
        [
            {"application": "paie", "vm": "a", "share": 0.25},
            {"application": "congés", "vm": "a", "share": 0.5},
            {"application": "paie", "vm": "b", "share": 0.9},
            {"application": "agenda", "vm": "b"},
        ],
    )
    expected = {"paie": 100 + 200, "congés": 200, "agenda": 200, "(unallocated)": 100}
    assert values(db, "application") == pytest.approx(expected, rel=1e-9)


def test_rows_that_point_nowhere_are_listed() -> None:
    db = allocate(
        {("h", "use"): 10},
        [{"vm": "a"}, {"vm": "lost", "host": "sold"}],
        [{"application": "paie", "vm": "gone"}, {"application": "paie", "vm": "a", "share": 1.5}],
    )
    assert set(db.execute("FROM allocation_findings").fetchall()) == {
        ("allocation host", "sold", 1.0),
        ("allocation vm", "gone", 1.0),
        ("allocation share", "a", 1.5),
    }
    assert values(db, "application") == pytest.approx({"paie": 10}, rel=1e-9)


NUMBER = st.none() | st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 64).map(float)
VM = st.fixed_dictionaries(
    {
        "vm": st.sampled_from("abcde"),
        "host": st.sampled_from(["h1", "h2", "h3", "elsewhere"]),
        "vcpu": NUMBER,
        "ram_gb": NUMBER,
        "storage_gb": NUMBER,
        "hours": st.none() | st.floats(0, 8784),
        "key": st.none() | st.floats(0, 3),
    }
)
APPLICATION = st.fixed_dictionaries(
    {"application": st.sampled_from("xyz"), "vm": st.sampled_from("abcdef"), "share": st.none() | st.floats(0, 1)}
)


@settings(max_examples=examples(60), deadline=None)
@given(
    vms=st.lists(VM, max_size=12),
    applications=st.lists(APPLICATION, max_size=12),
    impacts=st.dictionaries(
        st.tuples(st.sampled_from(["h1", "h2", "h3"]), st.sampled_from(["manufacturing", "distribution", "use"])),
        st.floats(-1e9, 1e9, allow_subnormal=False),
        max_size=9,
    ),
    kind=st.sampled_from(["server", "storage"]),
    load=st.sampled_from(["30", "full", "idle", "unheard of"]),
)
def test_every_level_conserves_the_impact_of_each_host(
    vms: list[dict[str, Any]],
    applications: list[dict[str, Any]],
    impacts: dict[tuple[str, str], float],
    kind: str,
    load: str,
) -> None:
    db = allocate(impacts, vms, applications, kind, load)
    for level in ("vm", "application"):
        rows = db.execute(
            "SELECT host, stage, SUM(value) FROM allocation WHERE level = ? GROUP BY host, stage", [level]
        ).fetchall()
        assert {(host, stage): value for host, stage, value in rows} == pytest.approx(impacts, rel=1e-9, abs=1e-300)


@settings(max_examples=examples(30), deadline=None)
@given(vms=st.lists(VM, max_size=8), applications=st.lists(APPLICATION, max_size=8), data=st.data())
def test_the_order_of_rows_never_shows(
    vms: list[dict[str, Any]], applications: list[dict[str, Any]], data: st.DataObject
) -> None:
    impacts = {("h1", "use"): 123.456, ("h2", "use"): 7.0}
    query = "SELECT * FROM allocation ORDER BY ALL"
    one = allocate(impacts, vms, applications).execute(query).fetchall()
    vms, applications = data.draw(st.permutations(vms)), data.draw(st.permutations(applications))
    assert allocate(impacts, vms, applications).execute(query).fetchall() == one
