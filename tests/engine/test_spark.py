"""The same text on Spark: every file of a run says what DuckDB's says, to twelve digits, row by row.

Spark is slow to start and to plan: `make check` takes one estate, with everything in it; `make slow` the rest.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_estates import ESTATES
from test_observatory import observed

import reading
from estran.common.problems import CannotUse
from estran.engine import runs, spark
from worked_cases import Case, cases, computed

MASTER = "local[2]"
# What makes Spark quick on a few rows and would make it slow on many.
SMALL = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}

pytestmark = [
    pytest.mark.spark,
    pytest.mark.xdist_group("spark"),  # one Spark for all
    pytest.mark.skipif(not (shutil.which("java") or os.environ.get("JAVA_HOME")), reason="no Java"),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "OPTIONS", spark.OPTIONS | SMALL)


def inventories() -> list[Any]:
    return [case for case in cases() if case.values[0].get("kind", "inventory") == "inventory"]


@pytest.mark.slow
@pytest.mark.parametrize("case", inventories())
def test_a_worked_case(case: Case, tmp_path: Path) -> None:
    ours, theirs = (
        computed(case, tmp_path / engine, engine=engine, master=MASTER).folder for engine in ("duckdb", "spark")
    )
    assert differences(ours, theirs) == []


WHOLE = [(estate, view) for estate in ("estate-40", "estate-800") for view in ("stock", "flow")]


@pytest.mark.parametrize(
    ("estate", "view"),
    [WHOLE[0], *(pytest.param(*chosen, marks=pytest.mark.slow) for chosen in WHOLE[1:])],
)
def test_an_estate_whether_the_driver_holds_its_tables_or_files_do(
    estate: str, view: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "HELD", {"stock": 10**6, "flow": 0}[view])
    for engine in ("duckdb", "spark"):
        choices = runs.Choices(2025, catalogue=ESTATES / estate, view=view, detail=True, engine=engine, master=MASTER)
        runs.compute([ESTATES / estate], choices, tmp_path / engine)
    assert differences(tmp_path / "duckdb", tmp_path / "spark") == []
    assert [path.name for path in tmp_path.rglob(".*")] == [], "what Spark kept for itself is gone"
    if (estate, view) != WHOLE[0]:
        assert runs.rerun(tmp_path / "spark", MASTER) == [], "made again on Spark, the same bytes"


@pytest.mark.slow
def test_an_observatory(tmp_path: Path) -> None:
    """The inventory is a folder of files there, one by authority."""
    assert differences(observed(tmp_path), observed(tmp_path, engine="spark", master=MASTER)) == []


def test_the_rows_of_a_parquet_inventory_keep_their_numbers(tmp_path: Path) -> None:
    pq.write_table(pa.table({"item_id": ["a", "b", "c"]}), tmp_path / "inventory.parquet")
    session = spark.Spark(MASTER, tmp_path, rows=3)
    source, number = session.scan(tmp_path / "inventory.parquet", "file_row_number")
    assert session.table(f"SELECT {number} AS n, item_id FROM {source}").to_pydict() == {
        "n": [0, 1, 2],
        "item_id": ["a", "b", "c"],
    }


def test_a_backslash_in_a_name_is_a_backslash(tmp_path: Path) -> None:
    session = spark.Spark(MASTER, tmp_path, rows=0)
    assert session.table(r"SELECT 'C:\new' AS name, 'l''eau' AS other").to_pylist() == [
        {"name": r"C:\new", "other": "l'eau"}
    ]


def test_without_pyspark_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(CannotUse, match="PySpark n’est pas installé"):
        spark.connect(MASTER)


def differences(ours: Path, theirs: Path) -> list[str]:
    """The files of two runs that are not there in both, and the first row of each that says another thing."""
    names = {path.name for folder in (ours, theirs) for path in folder.iterdir() if path.is_file()} - {"run.json"}
    found = []
    for name in sorted(names):
        if not ((ours / name).exists() and (theirs / name).exists()):
            found.append(name)
            continue
        one, other = (rows(folder / name) for folder in (ours, theirs))
        found += [f"{name}: {len(one)} rows, {len(other)} on Spark"] * (len(one) != len(other))
        found += [f"{name}: {a} {b}" for a, b in zip(one, other, strict=False) if not same(a, b)][:1]
    return found


def rows(path: Path) -> list[dict[str, Any]]:
    return pq.read_table(path).to_pylist() if path.suffix == ".parquet" else reading.rows(path)


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)


def close(one: Any, other: Any) -> bool:
    if one == other:
        return True
    try:
        return float(one) == pytest.approx(float(other), rel=1e-12, abs=1e-15)
    except (TypeError, ValueError):
        return False
