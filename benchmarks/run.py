"""`make bench`: how fast Estran computes, from 10⁴ to 10⁷ rows, beside what could do the same (README.md here).

Each measure runs alone in its own process on two threads, the best of a few. `--quick` stops at 10⁶ rows.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

import collection
import duckdb
import pages
import spark
import whole
import years
from inventories import write, write_catalogue

HERE = Path(__file__).parent
DATA = HERE / "data"
THREADS = 2
GROUPS = {
    "amounts": ("general", "activities"),
    "impacts and intervals": ("profiles", "intervals"),
    "gaps": ("problem_rows", "gaps"),
}


def measure(run: Path, totals: Path) -> None:
    """In a process of its own: time the steps of a prepared run and write its totals."""
    from estran.engine import execution

    session, steps = execution.open_session(run / "inputs")
    session.con.execute(f"SET threads = {THREADS}")
    names = [step.name for step in steps]
    seconds = dict.fromkeys(GROUPS, 0.0)
    for place, step in enumerate(steps):
        start = time.perf_counter()
        session.run([step])
        for group, (first, last) in GROUPS.items():
            if names.index(first) <= place <= names.index(last):
                seconds[group] += time.perf_counter() - start
    kept = {
        totals: "SELECT entity, item_type, stage, criterion, value FROM impacts",
        totals.with_name(totals.name.replace("totals", "intervals")): (
            "SELECT name, criterion, low95, high95 FROM intervals WHERE scope = 'entity'"
        ),
    }
    for path, query in kept.items():
        session.con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": seconds, "memory_mb": memory}))


def best(command: list[str], times: int) -> dict[str, dict[str, float]]:
    """The quickest of a few runs of a command that prints a line of JSON."""
    printed = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(times)]
    return min((json.loads(text.splitlines()[-1]) for text in printed), key=lambda one: sum(one["seconds"].values()))


def prepared(kind: str, rows: int, year: int = 2025) -> tuple[Path, Path]:
    """An inventory and its run folder, made once."""
    estate = DATA / f"{kind}-1e{len(str(rows)) - 1}"
    inventory, run = estate / "inventory.parquet", estate / ("run" if year == 2025 else f"run-{year}")
    if not inventory.exists():
        write(kind, rows, inventory)
    options = ["--year", str(year), "--catalogue", str(DATA / "catalogue"), "-o", str(run)]
    done = subprocess.run(["estran", "compute", str(estate), *options], capture_output=True, text=True)
    if done.returncode > 1:
        sys.exit(done.stderr)
    return inventory, run


def peer(name: str, inventory: Path, totals: Path | None, times: int) -> dict[str, float]:
    """Seconds of a peer of peers.py, in its own environment."""
    python = HERE / ".venv" / "bin" / "python"
    command = [str(python), str(HERE / "peers.py"), name, str(inventory), str(DATA / "catalogue")]
    return best([*command, *([str(totals)] if totals else [])], times)["seconds"]


def machine() -> str:
    """The machine, named by what it is made of."""
    models = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux; {versions}"


def main() -> None:
    """Measure everything and write the page."""
    write_catalogue(DATA / "catalogue")
    last = 6 if "--quick" in sys.argv else 7
    whole_lines = whole.lines(last)
    print("\n".join(whole_lines), flush=True)
    lines, ratios, pairs = [], [], []
    for kind in ("plain", "full"):
        for power in range(4, last + 1):
            inventory, run = prepared(kind, 10**power)
            totals = DATA / f"{kind}-totals.parquet"
            ours = best([sys.executable, __file__, "measure", str(run), str(totals)], 3 if power < 7 else 2)
            seconds = ours["seconds"]
            cells = [f"{seconds[group]:.2f}" for group in GROUPS]
            lines.append(
                f"| {kind} | 10^{power} | {' | '.join(cells)} | {sum(seconds.values()):.2f} | {ours['memory_mb']:.0f} |"
            )
            if power == last:
                ratios += compared(kind, inventory, totals, seconds)
                pairs.append((f"10^{power} rows ({kind})", prepared(kind, 10**power, 2024)[1], run))
    page = (HERE / "page.md").read_text(encoding="utf-8")
    filled = page.format(
        machine=machine(),
        whole="\n".join(whole_lines),
        steps="\n".join(lines),
        ratios="\n".join(ratios),
        years="\n".join(years.lines(DATA, pairs)),
        times=pages.TIMES,
        many=f"10^{last}",
        pages="\n".join(pages.lines(DATA, quick="--quick" in sys.argv)),
        collection="\n".join(collection.lines()),
        spark="\n".join(spark.lines(DATA, quick="--quick" in sys.argv)),
    )
    (HERE / "README.md").write_text(filled, encoding="utf-8")


def compared(kind: str, inventory: Path, totals: Path, ours: dict[str, float]) -> list[str]:
    """Lines of the table of ratios, on the largest inventory; `full` is compared with the plain minimum and its own."""
    plain = DATA / inventory.parent.name.replace(kind, "plain") / "inventory.parquet"
    minimal = peer("minimal_sql", plain, totals if kind == "plain" else None, 3)["all"]
    footprint = ours["amounts"] + ours["impacts and intervals"]
    ratios = [
        f"| {kind}: footprint / shortest SQL of totals and intervals ({minimal:.2f} s) | {footprint / minimal:.1f} |",
        f"| {kind}: gaps / shortest SQL | {ours['gaps'] / minimal:.1f} |",
        f"| {kind}: everything / shortest SQL | {sum(ours.values()) / minimal:.1f} |",
    ]
    if kind == "full":
        own = peer("minimal_full", inventory, totals, 2)["all"]
        ratios += [
            f"| full: footprint / shortest SQL of the same totals of full ({own:.2f} s) | {footprint / own:.1f} |",
            f"| full: everything / shortest SQL of the same totals of full | {sum(ours.values()) / own:.1f} |",
        ]
    if kind == "plain":
        exact = peer("minimal_exact", inventory, totals, 3)["all"]
        scan, frames = peer("bare_scan", inventory, None, 3)["all"], peer("polars", inventory, totals, 3)["all"]
        boavizta = peer("boaviztapi", inventory, None, 1)
        rows = duckdb.execute(f"SELECT count(*) FROM '{inventory}'").fetchall()[0][0]
        each = boavizta["all"] / boavizta["items"]
        ratios += [
            f"| plain: footprint / the same SQL, its sums exact ({exact:.2f} s) | {footprint / exact:.1f} |",
            f"| plain: footprint / bare scan of the columns ({scan:.2f} s) | {footprint / scan:.1f} |",
            f"| plain: footprint / Polars with the same totals ({frames:.2f} s) | {footprint / frames:.1f} |",
            f"| BoaviztAPI in process / Estran, by item ({each * 1000:.2f} ms) | {each / footprint * rows:,.0f} |",
        ]
    return ratios


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
