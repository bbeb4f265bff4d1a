"""The frozen baseline: every file of the run is covered, and whoever reads the run is told at once what moved (D1)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from estran.analysis import baseline
from estran.common.problems import CannotUse
from estran.engine import runs

SMALL = Path(__file__).parents[1] / "golden" / "estates" / "estate-40"
DECISION = {
    "decision": "Délibération sur la stratégie numérique responsable",
    "date": "2026-03-15",
    "number": "2026-41",
}


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 100 laptops."""
    folder = tmp_path_factory.mktemp("computed")
    (folder / "inventory.csv").write_text("entity,item_type,quantity\nDSI,laptop,100\n", "utf-8")
    runs.compute([folder / "inventory.csv"], runs.Choices(2024, catalogue=SMALL), folder / "2024")
    return folder / "2024"


@pytest.fixture
def run(computed: Path, tmp_path: Path) -> Path:
    """A copy of it, frozen by a file beside it."""
    run = Path(shutil.copytree(computed, tmp_path / "2024"))
    baseline.freeze_baseline(run, tmp_path / "reference.toml", **DECISION)
    return run


def reference(run: Path) -> Path:
    return run.parent / "reference.toml"


def names_of(run: Path) -> set[str]:
    return {file.relative_to(run).as_posix() for file in run.rglob("*") if file.is_file()}


def append(file: Path) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.write("\n")


def test_a_baseline_holds_what_was_decided(run: Path) -> None:
    created = baseline.read_baseline(reference(run), run)
    assert (created.year, created.method, created.catalogue) == (2024, "rcp_si", "estate-40")
    assert created.decision["number"] == "2026-41"
    assert str(created.decision["date"]) == "2026-03-15"
    assert created.perimeter["id"] == runs.read_json(run)["perimeter"]["id"]
    assert baseline.read_baseline(reference(run)).run == run
    assert baseline.problems_of_frozen(run) == []


def test_every_file_of_the_run_is_covered(run: Path) -> None:
    covered = baseline.read_baseline(reference(run)).sha256
    assert {*covered} == names_of(run)
    assert {"run.json", "impacts.csv", "intervals.csv", "subtotals.csv", "headline.csv", "inputs/settings.json"} <= {
        *covered
    }


@pytest.mark.parametrize(
    "name", ["run.json", "impacts.csv", "intervals.csv", "subtotals.csv", "headline.csv", "inputs/settings.json"]
)
def test_a_file_that_changed_is_named(run: Path, name: str) -> None:
    append(run / name)
    with pytest.raises(CannotUse, match=f"n’est plus celui de la décision.*{name} .modifié"):
        baseline.read_baseline(reference(run))
    assert [f"{name} (modifié)" in problem.what for problem in baseline.problems_of_frozen(run)] == [True]


def test_files_missing_and_added_are_named(run: Path) -> None:
    (run / "intervals.csv").unlink()
    (run / "inputs" / "more.csv").write_text("a\n", "utf-8")
    (problem,) = baseline.problems_of_frozen(run)
    assert "inputs/more.csv (ajouté), intervals.csv (absent)." in problem.what


def test_a_change_that_keeps_size_and_time_is_seen(run: Path) -> None:
    file = run / "intervals.csv"
    before = file.stat()
    file.write_text(file.read_text("utf-8").replace("1", "2"), "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert "intervals.csv (modifié)" in baseline.problems_of_frozen(run)[0].what


def test_many_files_are_counted_after_the_first(run: Path) -> None:
    shutil.rmtree(run)
    (problem,) = baseline.problems_of_frozen(run)
    assert "autres" in problem.what and problem.what.count("(absent)") == baseline.SHOWN


def old(file: Path) -> None:
    """Make a baseline as it was written before: the hashes of two files."""
    lines = file.read_text("utf-8").splitlines()
    first = lines.index("[sha256]")
    kept = [line for line in lines[first:] if line.startswith(('"run.json"', '"impacts.csv"'))]
    rest = lines[lines.index("", first) :]
    file.write_text("\n".join([*lines[: first + 1], *kept, *rest]) + "\n", "utf-8")


def test_an_old_baseline_is_read_and_says_what_it_covers(run: Path) -> None:
    old(reference(run))
    append(run / "intervals.csv")
    assert {*baseline.read_baseline(reference(run)).sha256} == {"run.json", "impacts.csv"}
    (problem,) = baseline.problems_of_frozen(run)
    assert "ne couvre que run.json, impacts.csv" in problem.what.replace(
        "impacts.csv, run.json", "run.json, impacts.csv"
    )
    append(run / "impacts.csv")
    assert "impacts.csv (modifié)" in baseline.problems_of_frozen(run)[0].what


def test_a_baseline_is_dated_worded_never_replaced_and_outside_what_it_freezes(run: Path) -> None:
    with pytest.raises(CannotUse) as refused:
        baseline.freeze_baseline(run, reference(run), decision=" ", date="hier")
    assert len(refused.value.problems) == 3
    with pytest.raises(CannotUse, match="ne se garde pas dans le dossier"):
        baseline.freeze_baseline(run, run / "reference.toml", **DECISION)


def test_files_of_something_else_beside_a_run_are_left_alone(run: Path) -> None:
    (run.parent / "perimeter.toml").write_text("id = 'x'\n", "utf-8")
    (run.parent / "broken.toml").write_text("[[", "utf-8")
    (run.parent / "other.toml").write_text(reference(run).read_text("utf-8").replace('"2024"', '"2023"'), "utf-8")
    append(run / "intervals.csv")
    assert len(baseline.problems_of_frozen(run)) == 1


def call(*arguments: object) -> str:
    """What a command prints to the person, its result apart."""
    command = [sys.executable, "-m", "estran.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


@pytest.mark.slow
def test_the_commands_that_read_a_run_say_at_once_what_moved(run: Path) -> None:
    assert "décision" not in call("show", run)
    append(run / "intervals.csv")
    report = run.parent / "rapport.html"
    for arguments in (("show", run), ("explain", run), ("report", run, "-o", report), ("indicators", run)):
        assert "n’est plus celui de la décision : intervals.csv (modifié)" in call(*arguments).replace("\u00a0", " ")
    assert "intervals.csv (modifié)" in report.read_text("utf-8")
