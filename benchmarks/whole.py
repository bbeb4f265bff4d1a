"""Whole processes, as a person waits for them: each command in turn with a minimal script of the same totals.

`python benchmarks/whole.py [POWER]` prints the table alone, for inventories of 10^POWER rows (7 if not said).
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from inventories import write, write_catalogue

HERE = Path(__file__).parent
DATA = HERE / "data"
THREADS = 2
TIMES = 3


@dataclass(frozen=True)
class Pair:
    """What is measured: shell commands of Estran, run one after the other, and the minimal script beside."""

    name: str
    estran: tuple[tuple[str, ...], ...]
    minimal: tuple[str, ...]
    aim: str


def pairs(power: int, work: Path) -> list[Pair]:
    """The pairs to measure, on inventories of 10^power rows made once."""
    inventories = {}
    for kind, rows in (("plain", 10**power), ("full", 10**power), ("full", 40)):
        estate = DATA / (f"{kind}-1e{power}" if rows > 40 else f"{kind}-{rows}")
        if not (estate / "inventory.parquet").exists():
            write(kind, rows, estate / "inventory.parquet")
        inventories[kind, rows] = estate
    rows = 10 ** min(power, 6)
    listed = DATA / "glpi" / f"parc-{rows}.csv"
    if not listed.exists():
        write("glpi", rows, listed)
    plain, full = inventories["plain", 10**power], inventories["full", 10**power]
    small = inventories["full", 40]
    return [
        Pair(f"10^{power} rows (plain) computed", (computed(plain, work),), peer("minimal_sql", plain), "≤ 4 ×"),
        Pair(f"10^{power} rows (full) computed", (computed(full, work),), peer("minimal_full", full), "≤ 2.5 ×"),
        Pair(
            f"{rows:,} rows of a GLPI list, CSV to HTML report",
            (
                ("estran", "import", str(listed), "-o", f"{work}/estate"),
                ("estran", "compute", f"{work}/estate", "--year", "2025", "-o", f"{work}/run"),
                ("estran", "report", f"{work}/run", "-o", f"{work}/report.html"),
            ),
            (sys.executable, str(HERE / "peers.py"), "minimal_csv", str(listed), str(DATA / "catalogue")),
            "≤ 12 ×",
        ),
        Pair(
            "40 rows (full) computed, with the catalogue and every factor set",
            (("estran", "compute", str(small), "--year", "2025", "-o", f"{work}/small"),),
            (sys.executable, "-c", "import duckdb, pyarrow"),
            "+ 1 s",
        ),
        Pair("`estran --help`", (("estran", "--help"),), (sys.executable, "-c", ""), "0.3 s"),
    ]


def computed(estate: Path, work: Path) -> tuple[str, ...]:
    """The command that computes an estate with the catalogue of the benchmark."""
    options = ("--year", "2025", "--catalogue", str(DATA / "catalogue"), "-o", f"{work}/{estate.name}")
    return ("estran", "compute", str(estate), *options)


def peer(name: str, estate: Path) -> tuple[str, ...]:
    """The command of a peer that needs DuckDB alone."""
    return (sys.executable, str(HERE / "peers.py"), name, str(estate / "inventory.parquet"), str(DATA / "catalogue"))


def measure(commands: tuple[tuple[str, ...], ...]) -> tuple[float, float]:
    """Seconds of commands one after the other, and the largest peak memory in MB."""
    # As installed: Python keeps what it compiled, whatever the shell of the measure asks.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start, peak = time.perf_counter(), 0
    for command in commands:
        process = subprocess.Popen(command, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            sys.exit(f"{' '.join(command)} failed")
        peak = max(peak, usage.ru_maxrss // 1024)
    return time.perf_counter() - start, peak


def lines(power: int, times: int = TIMES) -> list[str]:
    """Lines of the table: the best of a few times, Estran and the minimal script in turn."""
    write_catalogue(DATA / "catalogue")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs(power, Path(folder)):
            estran, minimal = [], []
            for _time in range(times):
                estran.append(measure(pair.estran))
                minimal.append(measure((pair.minimal,))[0])
            seconds, best = min(estran)[0], min(minimal)
            memory = max(peak for _seconds, peak in estran)
            rows.append(
                f"| {pair.name} | {seconds:.2f} | {best:.2f} | {seconds / best:.1f} | {seconds - best:.2f} "
                f"| {pair.aim} | {memory:.0f} |"
            )
    return rows


if __name__ == "__main__":
    print("| what | seconds | minimal script | ratio | difference | aim | memory, MB |\n|---|---|---|---|---|---|---|")
    print("\n".join(lines(int(sys.argv[1]) if len(sys.argv) > 1 else 7)))
