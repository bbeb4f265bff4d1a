"""How fast two years are compared and the years to come projected: a part of `make bench`.

The plan acts on every item with each of its 12 actions: the most sets of actions a projection walks exactly (Z3).
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from inventories import write

ITEMS = 40_000
FIRST, LAST = 2026, 2035
# The parameter of each action and what multiplies it.
LEVERS = [
    *(("lifetime_years", 1.2), ("lifetime_years", 1.1), ("quantity", 0.95), ("quantity", 0.97)),
    *(("kwh_per_unit", 0.9), ("kwh_per_unit", 0.95), ("power_w", 0.9), ("hours_per_year", 0.9)),
    *(("refurbished_share", 0.8), ("reuse_rate", 1.2), ("use_share", 0.98), ("electricity", 0.9)),
]
ACTION = """
[[actions]]
code = "B{number:02}"
title = "{parameter}"
before = {{ value = "inventory", source = "benchmark" }}
levers = [{{ parameter = "{parameter}", times = {times}, from = {first}, ramp = {ramp} }}]
"""


def decompose(before: Path, after: Path) -> None:
    """In a process of its own: time a comparison, and the bare reading of the amounts it works on."""
    from estran.analysis import decomposition

    seconds = {}
    for name, job in (("reading", _read), ("compare", decomposition.compare_runs)):
        job(before, after)  # imports and caches
        wall, cpu = time.perf_counter(), time.process_time()
        job(before, after)
        seconds[name] = (time.perf_counter() - wall, time.process_time() - cpu)
    print(json.dumps(seconds))


def _read(before: Path, after: Path) -> None:
    with duckdb.connect(config={"threads": 1}) as con:
        for run in (before, after):
            con.execute(f"SELECT SUM(amount), SUM(impact) FROM read_csv('{run / 'groups.csv'}')").fetchall()


def lines(data: Path, pairs: list[tuple[str, Path, Path]]) -> list[str]:
    """Lines of a table: seconds, seconds of processor, ratio. `pairs`: what two runs are, and their folders."""
    lines = []
    for what, before, after in pairs:
        printed = subprocess.run(
            [sys.executable, __file__, str(before), str(after)], capture_output=True, text=True, check=True
        ).stdout
        reading, compare = (json.loads(printed)[name] for name in ("reading", "compare"))
        lines.append(_line(f"change between two runs of {what} explained", compare, reading, "reading their amounts"))
    plan = data / "plan.toml"
    actions = (
        ACTION.format(number=number, parameter=parameter, times=times, first=FIRST + number % 4, ramp=FIRST + 5)
        for number, (parameter, times) in enumerate(LEVERS, 1)
    )
    plan.write_text(f'name = "Benchmark"\nbase_year = {FIRST - 1}\ntarget_year = {LAST}\n' + "".join(actions), "utf-8")
    for kind in ("plain", "full"):
        estate = data / f"{kind}-{ITEMS}"
        if not (estate / "inventory.parquet").exists():
            write(kind, ITEMS, estate / "inventory.parquet")
        catalogue = ["--catalogue", str(data / "catalogue")]
        run = _command("compute", str(estate), "--year", str(FIRST - 1), *catalogue)
        project = _command("project", str(estate), "--plan", str(plan), *catalogue)
        what = f"{ITEMS:,} rows ({kind}) computed then projected: {len(LEVERS)} actions on every item, {FIRST}-{LAST}"
        lines.append(_line(what, project, run, "`estran compute` alone"))
    return lines


def _command(*arguments: str, times: int = 3) -> tuple[float, float]:
    """Seconds and seconds of processor of a command, cold start included: the quickest of a few."""
    measures = []
    for _time in range(times):
        with tempfile.TemporaryDirectory() as folder:
            wall, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(["estran", *arguments, "-o", f"{folder}/out"], capture_output=True, text=True)
            if done.returncode > 1:
                sys.exit(done.stderr)
            now = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
            measures.append((time.perf_counter() - wall, cpu))
    return min(measures)


def _line(what: str, ours: tuple[float, float], other: tuple[float, float], than: str) -> str:
    return f"| {what} | {ours[0]:.2f} | {ours[1]:.2f} | {ours[1] / other[1]:.1f} × {than} |"


if __name__ == "__main__":
    decompose(Path(sys.argv[1]), Path(sys.argv[2]))
