"""The ends of a command that could not go on: a status, words, a remedy; no traceback, no half-written folder."""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from estran.engine import runs

TRACEBACK = "Traceback (most recent call last)"


def command(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `estran …` in a process of its own."""
    words = [sys.executable, "-m", "estran.cli", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


def write_estate(folder: Path, rows: int = 1) -> Path:
    folder.mkdir()
    text = "item_type,label,quantity\n" + "".join(f"laptop,Portable {n},1\n" for n in range(rows))
    (folder / "inventory.csv").write_text(text, encoding="utf-8")
    return folder


def assert_refused(ended: subprocess.CompletedProcess[str], what: str) -> None:
    assert ended.returncode == 2, ended.stderr
    assert what in ended.stderr
    assert TRACEBACK not in ended.stderr
    assert re.search(r"^  → .+\.$", ended.stderr, re.M), "a remedy"


# ------------------------------------------------------------------------------------------- files that are no estate

TABLES = {
    "vms.csv": "vm,host,vcpu\nv1,h1,4\n",
    "rooms.csv": "room,pue\nA,1.5\n",
    "applications.csv": "application,vm\nA,v1\n",
    "factors.csv": "flow,stage,criterion,value,source\nx,use,gwp,1,me\n",
}


@pytest.mark.parametrize("names", [*([name] for name in TABLES), list(TABLES)], ids=" ".join)
def test_tables_without_an_inventory_are_refused(tmp_path: Path, names: list[str]) -> None:
    parc = tmp_path / "parc"
    parc.mkdir()
    for name in names:
        (parc / name).write_text(TABLES[name], encoding="utf-8")
    source = parc if len(names) > 1 else parc / names[0]
    ended = command("compute", source, "--year", 2025, "-o", tmp_path / "run")
    assert_refused(ended, "ne contient pas d’inventaire, seulement\u00a0: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parc"]


# ------------------------------------------------------------------------------------------- what the system refuses

WAYS = ["import", "compute", "report"]


def arguments_of(way: str, estate: Path, output: Path) -> list[Any]:
    if way == "import":
        return ["import", estate / "inventory.csv", "-o", output]
    if way == "compute":
        return ["compute", estate, "--year", 2025, "-o", output]
    run = estate.parent / "run"
    runs.compute([estate], runs.Choices(2025), run)
    return ["report", run, "-o", output / "rapport.html"]


@pytest.mark.parametrize("way", WAYS)
def test_a_file_where_a_folder_is_expected(tmp_path: Path, way: str) -> None:
    (tmp_path / "taken").write_text("notes", encoding="utf-8")
    ended = command(*arguments_of(way, write_estate(tmp_path / "parc"), tmp_path / "taken" / "out"))
    assert_refused(ended, "Un fichier porte le nom d’un dossier, ou un dossier celui d’un fichier.")
    assert str(tmp_path / "taken") in ended.stderr


def _obey_rights() -> None:
    """Give up what lets an administrator read and write everywhere (PR_CAPBSET_DROP of CAP_DAC_OVERRIDE)."""
    ctypes.CDLL(None).prctl(24, 1)


@pytest.mark.parametrize("way", WAYS)
def test_a_folder_without_the_right_to_write(tmp_path: Path, way: str) -> None:
    shut = tmp_path / "shut"
    arguments = arguments_of(way, write_estate(tmp_path / "parc"), shut / "out")
    shut.mkdir(mode=0o555)
    ended = command(*arguments, preexec_fn=_obey_rights)
    assert_refused(ended, "Le système ne donne pas le droit de lire ou d’écrire ici.")
    assert list(shut.iterdir()) == []


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from estran.cli import commands
commands.ARGUMENTS = sys.argv[1:]
commands.main()
"""


@pytest.mark.parametrize("way", WAYS)
def test_no_room_left_on_the_disk(tmp_path: Path, way: str) -> None:
    """A file that may not grow stands for a disk that is full: nothing is left of what was begun."""
    estate = write_estate(tmp_path / "parc", 20_000)
    arguments = arguments_of(way, estate, tmp_path / "out")
    words = [sys.executable, "-c", LIMITED, *map(str, arguments)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert_refused(ended, "Il n’y a plus de place sur le disque.")
    assert not [path for path in tmp_path.rglob("*") if path.is_relative_to(tmp_path / "out") and path.is_file()]
    assert [path.name for path in tmp_path.rglob(".*")] == []


# ---------------------------------------------------------------------------------------------------- a fault of Estran

FAULTY = """
import sys
from estran.cli import commands
from estran.engine import runs
def compute(*_words):
    raise KeyError("Mme Dupont, 06 12 34 56 78")
runs.compute = compute
commands.main()
"""


def faulty(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", FAULTY, "compute", "parc", "--year", "2025", "-o", "run", *arguments]
    env = os.environ | environment
    return subprocess.run(words, capture_output=True, text=True, check=False, env=env)


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "sur une erreur imprévue"), ("en", "stopped on an unexpected error")]
)
def test_an_unexpected_error_is_3_with_a_line_to_report_without_data(language: str, words: str) -> None:
    ended = faulty("--lang", language)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert words in ended.stderr
    assert re.search(r"estran \d+\.\d+\.\d+, Python 3[\d.]+, \w+, KeyError, cli/walk.py:\d+", ended.stderr)
    assert TRACEBACK not in ended.stderr
    assert "Dupont" not in ended.stderr


def test_an_unexpected_error_is_json_for_a_machine() -> None:
    ended = faulty("--json")
    ended_as = json.loads(ended.stderr)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert sorted(ended_as) == ["error", "report", "trace", "version"]
    assert "KeyError, cli/walk.py:" in ended_as["report"]


def test_the_whole_trace_goes_to_the_file_that_is_asked_for(tmp_path: Path) -> None:
    ended = faulty(ESTRAN_TRACE=str(tmp_path / "trace.txt"))
    assert f"Trace entière écrite dans {tmp_path / 'trace.txt'}" in ended.stderr
    trace = (tmp_path / "trace.txt").read_text(encoding="utf-8")
    assert trace.startswith(TRACEBACK)
    assert "06 12 34 56 78" in trace
    ended = faulty(ESTRAN_TRACE=str(tmp_path / "nowhere" / "trace.txt"))
    assert (ended.returncode, "n’a pas pu être écrite" in ended.stderr) == (3, True)


# --------------------------------------------------------------------------------------------------------- quiet ends


@pytest.mark.parametrize("words", [["catalogue", "coverage"], ["import", "inventory.csv", "-o", "out"], ["--help"]])
def test_a_reader_who_closes_the_pipe_ends_the_command_quietly(tmp_path: Path, words: list[str]) -> None:
    write_estate(tmp_path / "parc")
    with subprocess.Popen(
        [sys.executable, "-m", "estran.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path / "parc",
    ) as child:
        assert child.stdout and child.stderr
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 141


def test_an_interruption_ends_the_command_quietly(tmp_path: Path) -> None:
    estate = write_estate(tmp_path / "parc", 300_000)
    words = [sys.executable, "-m", "estran.cli", "compute", estate, "--year", "2025", "-o", tmp_path / "out" / "run"]
    restore = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{restore}\nimport sys\nfrom estran.cli import commands\ncommands.main()"
    with subprocess.Popen([sys.executable, "-c", code, *words[3:]], stderr=subprocess.PIPE) as child:
        while not list(tmp_path.glob("out/.run-*/new/inputs/*")) and child.poll() is None:
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        assert child.stderr
        assert child.stderr.read() == b""
    assert child.returncode == 130
    assert list((tmp_path / "out").iterdir()) == []


def test_a_terminal_without_accents_is_no_reason_to_stop(tmp_path: Path) -> None:
    ended = command("import", write_estate(tmp_path / "parc") / "inventory.csv", "-o", tmp_path / "out",
                    env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "fr"})  # fmt: skip
    assert (ended.returncode, TRACEBACK in ended.stderr) == (0, False)
