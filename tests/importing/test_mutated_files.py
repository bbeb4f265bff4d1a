"""Thousands of damaged files: each is read or refused in words, soon, in little memory, and its rows add up.

`--files 20000` takes half an hour on two cores; a file that fails is kept in build/mutated, to be put in
tests/data/damaged once its cause is mended.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutating
import pytest
from importing_here import DIED, End, Importer

PARTS = 4
BY_A_COMMAND = 500  # one file in so many; the others one after the other in one process
KEPT = Path(__file__).parents[1] / "data" / "damaged"
BUILD = Path(__file__).parents[2] / "build" / "mutated"


@pytest.fixture(scope="module")
def importer() -> Iterator[Importer]:
    one = Importer()
    yield one
    one.stop()


def import_by_command(file: Path, estate: Path) -> End:
    command = [sys.executable, "-m", "estran.cli", "import", str(file), "-o", str(estate), "--json"]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace"), 0


def faults_of(end: End, estate: Path) -> list[str]:
    """What an import did that it must not."""
    status, text, memory = end
    faults = [f"status {status}: {text[-1500:]}"] if status not in (0, 1, 2) or "Traceback" in text else []
    faults += [f"{memory} kB"] if memory > 1_000_000 else []
    if status == 2 and not text.strip():
        faults.append("refused without a word")
    if status in (0, 1):
        read = json.loads((estate / "import.json").read_text("utf-8"))["files"]
        faults += [f"rows: {one}" for one in read if not adds_up(one)]
    elif estate.exists() and not text.startswith(DIED):
        faults.append("refused, and something was written")
    return faults


def adds_up(file: dict[str, Any]) -> bool:
    """The rows of a file are those written, rejected and set aside."""
    return file["rows_read"] == file["rows_written"] + file["rejected"] + file["set_aside"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=pytest.mark.xdist_group(f"mutated {part}")) for part in range(PARTS)]
)
def test_a_damaged_file_is_read_or_refused(
    importer: Importer, part: int, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    failed = {}
    for number in range(part, pytestconfig.getoption("--files"), PARTS):
        name, content = mutating.mutated(number)
        file, estate = tmp_path / f"{number}-{name}", tmp_path / str(number)
        file.write_bytes(content)
        read = import_by_command if number % BY_A_COMMAND == 0 else importer.import_file
        if faults := faults_of(read(file, estate), estate):
            failed[number] = faults
            BUILD.mkdir(parents=True, exist_ok=True)
            (BUILD / file.name).write_bytes(content)
            print(file.name, *faults, flush=True)
        file.unlink()
        shutil.rmtree(estate, ignore_errors=True)
    assert failed == {}


@pytest.mark.parametrize("file", sorted(KEPT.glob("*")), ids=lambda file: file.name)
def test_a_file_that_failed_once_does_not_fail_again(importer: Importer, file: Path, tmp_path: Path) -> None:
    assert faults_of(importer.import_file(file, tmp_path / "parc"), tmp_path / "parc") == []


@pytest.mark.parametrize("name", list(mutating.seeds()))
def test_the_seeds_are_read(importer: Importer, name: str, tmp_path: Path) -> None:
    """A seed that is refused would exercise nothing behind the door (Azure does not say its unit)."""
    file, estate = tmp_path / name, tmp_path / "parc"
    file.write_bytes(mutating.seeds()[name])
    end = importer.import_file(file, estate)
    assert faults_of(end, estate) == []
    assert end[0] in (0, 1) or name.startswith("azure"), end[1]
