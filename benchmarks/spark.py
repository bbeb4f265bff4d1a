"""What Spark costs beside DuckDB, and a national observatory on both: a part of `make bench`.

On one machine Spark pays for a cluster that is not there: the ratio says how many machines it takes to be worth it.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import duckdb
from inventories import write, write_authorities

MASTER = "local[2]"
MEMORY = "2g"  # the heap of the JVM
AUTHORITIES = 500


def measure(engine: str, what: str, source: Path, catalogue: Path, output: Path) -> None:
    """In a process of its own: time a run (`compute`) or an observatory, and what memory each program took at most."""
    from estran.analysis import observatory
    from estran.engine import runs

    choices = runs.Choices(2025, catalogue=catalogue, engine=engine, master=MASTER)
    start = time.perf_counter()
    if what == "compute":
        runs.compute([source], choices, output)
    else:
        observatory.compute_observatory(source, choices, output)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "python": _peak(os.getpid()), "jvm": sum(map(_peak, _javas()))}))


def _peak(process: int) -> int:
    """The most memory a process held, in MB."""
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(peak[1]) // 1024 if peak else 0


def _javas() -> list[int]:
    """The JVM that this process started."""
    listed = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if line.split()[1] == "java"]


def lines(data: Path, *, quick: bool) -> list[str]:
    """Lines of a table: what, engine, seconds, MB of Python and of the JVM, ratio to DuckDB, largest difference."""
    rows = 1_000_000 if quick else 20_000_000
    million, national = data / "full-1e6" / "inventory.parquet", data / f"authorities-{rows}"
    if not million.exists():
        write("full", 1_000_000, million)
    if not (national / "authorities.csv").exists():
        write_authorities(national, AUTHORITIES, rows)
    lines = []
    for what, source, label in (
        ("compute", million.parent, "a run of 1,000,000 rows"),
        ("observatory", national, f"an observatory of {AUTHORITIES} authorities, {rows:,} rows"),
    ):
        taken = {engine: _taken(engine, what, source, data) for engine in ("duckdb", "spark")}
        apart = _apart(data / f"{what}-duckdb", data / f"{what}-spark")
        for engine, one in taken.items():
            ratio, difference = one["seconds"] / taken["duckdb"]["seconds"], apart if engine == "spark" else 0
            lines.append(
                f"| {label} | {engine} | {one['seconds']:.0f} | {one['python']} | {one['jvm'] or ''} | {ratio:.1f} "
                f"| {difference:.0e} |"
            )
    return lines


def _taken(engine: str, what: str, source: Path, data: Path) -> dict[str, float]:
    heap = {"PYSPARK_SUBMIT_ARGS": f"--driver-memory {MEMORY} pyspark-shell"}
    paths = [str(source), str(data / "catalogue"), str(data / f"{what}-{engine}")]
    done = subprocess.run(
        [sys.executable, __file__, engine, what, *paths],
        capture_output=True,
        text=True,
        env=os.environ | heap,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def _apart(ours: Path, theirs: Path) -> float:
    """The largest relative difference between the impacts of two runs, whose keys must be the same."""
    one, other = (f"read_csv('{run / 'impacts.csv'}', all_varchar = true)" for run in (ours, theirs))
    keys = ("entity", "item_type", "stage", "criterion", "basis")
    joined = f"{one} a FULL JOIN {other} b USING ({', '.join(keys)})"
    values = "CAST(a.value AS DOUBLE) AS x, CAST(b.value AS DOUBLE) AS y"
    worst, alone = duckdb.execute(f"""
        SELECT MAX(ABS(x - y) / NULLIF(ABS(x), 0)), COUNT_IF(x IS NULL OR y IS NULL)
        FROM (SELECT {values} FROM {joined})
    """).fetchall()[0]
    assert alone == 0, f"{alone} impacts are in one run only"
    return float(worst)


if __name__ == "__main__":
    measure(sys.argv[1], sys.argv[2], *map(Path, sys.argv[3:]))
