"""Files that Estran writes: a CSV comes back to the same texts, a folder is whole or absent, nothing is left over."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estran.common.files import csv_text, read_csv, whole_or_nothing, work_folder, write_csv
from estran.importing import estate_import
from estran.importing.reading import readers
from examples import examples

NAMES = ["label", "model", "quantity"]
# What has a meaning of its own in a CSV or for one of its readers, more often than any other sign.
TEXTS = st.text(
    st.sampled_from("\r\n\t\",;'\\#\x0b\x0c\x1c\x1f\x85\u2028\ufeff a") | st.characters(exclude_categories=("Cs",)),
    max_size=12,
)


@settings(deadline=None, max_examples=examples(40))
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS)))
def test_what_is_written_as_csv_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    written = [dict(zip(NAMES, row, strict=True)) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        write_csv(path, NAMES, written)
        assert list(read_csv(path)) == written
        path.write_text(csv_text([NAMES, *rows], ","), encoding="utf-8", newline="")
        assert list(read_csv(path)) == written


@settings(deadline=None, max_examples=examples(40))
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1))
def test_duckdb_and_python_read_what_the_other_wrote(rows: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        ours, theirs = Path(folder) / "ours.csv", Path(folder) / "theirs.csv"
        write_csv(ours, NAMES, (dict(zip(NAMES, row, strict=True)) for row in rows))
        con.read_csv(str(ours), **readers.OWN_CSV).create("written")
        read = [tuple(cell or "" for cell in row) for row in con.execute("FROM written").fetchall()]
        assert read == rows
        con.execute(f"COPY written TO '{theirs}' (HEADER)")
        assert [tuple(row.values()) for row in read_csv(theirs)] == rows


def test_a_label_with_any_sign_of_control_comes_back_in_every_file_of_an_import(tmp_path: Path) -> None:
    """Each label is read once in inventory.csv, unmatched.csv and matches.csv, on a row of its own."""
    labels = [f"Machin{sign}bidule" for sign in ("\r", "\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028")]
    write_csv(tmp_path / "parc.csv", ["label", "quantity"], ({"label": text, "quantity": 1} for text in labels))
    estate_import.import_files([tmp_path / "parc.csv"], estate=tmp_path / "parc")
    for name in ("inventory.csv", "unmatched.csv", "matches.csv"):
        assert sorted(row["label"] for row in read_csv(tmp_path / "parc" / name)) == sorted(labels)


def test_a_rejected_row_with_a_bare_return_comes_back_to_be_corrected(tmp_path: Path) -> None:
    write_csv(tmp_path / "parc.csv", ["label", "quantity"], [{"label": "Machin\rbidule", "quantity": "douze cents"}])
    estate_import.import_files([tmp_path / "parc.csv"], format="canonical", estate=tmp_path / "parc")
    rejects = tmp_path / "parc" / "rejects.csv"
    (row,) = read_csv(rejects)
    assert (row["label"], row["quantity"]) == ("Machin\rbidule", "douze cents")
    write_csv(rejects, row, [row | {"quantity": "12"}])
    estate_import.import_files([rejects], estate=tmp_path / "parc")
    assert [(row["label"], row["quantity"]) for row in read_csv(tmp_path / "parc" / "inventory.csv")] == [
        ("Machin\rbidule", "12.0")
    ]


# -------------------------------------------------------------------------------------------------------- folders

KILLED = """
import os, sys
from pathlib import Path
from estran.common import files
output = Path(sys.argv[1])
with files.whole_or_nothing(output) as new:
    (new / "half").touch()
    if sys.argv[2:]:
        output.replace(new.with_name("old"))
    os.kill(os.getpid(), 9)
"""


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def kill_while_writing(*arguments: str) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False).returncode == -9


def write(output: Path, text: str) -> None:
    with whole_or_nothing(output) as new:
        (new / "text").write_text(text, encoding="utf-8")


def test_what_a_killed_process_left_goes_at_the_next_run_of_the_same_place(tmp_path: Path) -> None:
    kill_while_writing(str(tmp_path / "out"))
    kill_while_writing(str(tmp_path / "other"))
    assert len(left_in(tmp_path)) == 2
    (tmp_path / ".out-photos").mkdir()
    write(tmp_path / "out", "whole")
    assert [name.partition("-")[0] for name in left_in(tmp_path)] == [".other", ".out", "out"]
    assert (tmp_path / ".out-photos").is_dir(), "a hidden folder that is not one of these stays"
    assert left_in(tmp_path / "out") == ["text"]


def test_a_folder_that_a_living_process_writes_stays(tmp_path: Path) -> None:
    with whole_or_nothing(tmp_path / "out") as new:
        (new / "text").write_text("slow", encoding="utf-8")
        write(tmp_path / "out", "quick")
    assert left_in(tmp_path) == ["out"]
    assert (tmp_path / "out" / "text").read_text(encoding="utf-8") == "slow"


def test_a_folder_killed_while_it_is_replaced_is_there_again(tmp_path: Path) -> None:
    write(tmp_path / "out", "first")
    kill_while_writing(str(tmp_path / "out"), "old out of the way")
    assert not (tmp_path / "out").exists()
    with work_folder(tmp_path, "out"):
        assert (tmp_path / "out" / "text").read_text(encoding="utf-8") == "first"
    assert left_in(tmp_path) == ["out"]


def test_a_folder_that_cannot_take_its_name_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out", "first")
    replace = Path.replace

    def refuse_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise PermissionError
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse_new)
    with pytest.raises(PermissionError):
        write(tmp_path / "out", "second")
    assert (tmp_path / "out" / "text").read_text(encoding="utf-8") == "first"
    assert left_in(tmp_path) == ["out"]
