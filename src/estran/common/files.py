"""Files on disk: their fingerprint, their rows as texts, and folders that are written whole or not at all."""

import contextlib
import csv
import fcntl
import glob
import hashlib
import io
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

_LOCK = "lock"


def sha256(path: Path) -> str:
    """The fingerprint of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ------------------------------------------------------------------------------------------------------------ CSV


class _LineFeeds:
    """A text file for csv.writer: its rows end with CR LF, so that it quotes both signs, and are written with LF."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file

    def write(self, row: str) -> None:
        self.file.write(row.removesuffix("\r\n") + "\n")


def csv_writer(file: IO[str], separator: str = ",") -> Any:
    """A csv.writer into a file opened with `newline=""`: rows end with LF, whatever a cell holds is read back."""
    return csv.writer(_LineFeeds(file), delimiter=separator)


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file that Estran wrote, every cell a text."""
    csv.field_size_limit(sys.maxsize)  # of the whole process: one long text is no reason to refuse a file of ours
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV: UTF-8, comma, header; keys that are no column are left out, missing ones are empty."""
    names = list(columns)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv_writer(file)
        writer.writerow(names)
        writer.writerows([row.get(name, "") for name in names] for row in rows)


def csv_text(rows: Iterable[Iterable[Any]], separator: str = ";") -> str:
    """Rows as the text of a CSV file, the first one its header."""
    text = io.StringIO()
    csv_writer(text, separator).writerows(rows)
    return text.getvalue()


# -------------------------------------------------------------------------------------------------------- folders


@contextlib.contextmanager
def work_folder(place: Path, name: str) -> Iterator[Path]:
    """A hidden folder `.NAME-…` of `place` to write in, gone at the end.

    Those of the same name that a killed process left go first: a living one holds the lock of its own.
    """
    _clear_abandoned(place, name)
    folder, lock = _locked_folder(place, name)
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def whole_file(output: Path) -> Iterator[Path]:
    """A file to write beside the output, which takes its name only when it is whole; the folder is there."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f"{output.name}.{secrets.token_hex(4)}.part")  # two may write at once
    try:
        yield partial
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(output: Path, content: bytes) -> Path:
    """Write a file, and its folder if need be: whole or not at all."""
    with whole_file(output) as partial:
        partial.write_bytes(content)
    return output


@contextlib.contextmanager
def whole_or_nothing(output: Path) -> Iterator[Path]:
    """A hidden folder beside the output, which takes its name only when everything is written."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with work_folder(output.parent, output.name) as work:
        new = work / "new"
        new.mkdir()
        yield new
        old = work / "old"
        if output.exists():
            output.replace(old)
        try:
            new.replace(output)
        except OSError:
            if old.exists():
                old.replace(output)
            raise


def _locked_folder(place: Path, name: str) -> tuple[Path, IO[str]]:
    """A new hidden folder and its lock, held; again if another process took it for an abandoned one meanwhile."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=place))
        with contextlib.suppress(FileNotFoundError):
            lock = (folder / _LOCK).open("w", encoding="utf-8")
            with contextlib.suppress(OSError):  # a disk without locks: nothing is ever cleared there
                fcntl.flock(lock, fcntl.LOCK_EX)
            if (folder / _LOCK).exists():
                return folder, lock
            lock.close()


def _clear_abandoned(place: Path, name: str) -> None:
    """Remove the folders of that name that nobody holds; what one was about to replace takes its place again."""
    for path in place.glob(f".{glob.escape(name)}-*/{_LOCK}"):
        with contextlib.suppress(OSError), path.open("r+", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (old := path.with_name("old")).exists() and not (place / name).exists():
                old.replace(place / name)
            shutil.rmtree(path.parent, ignore_errors=True)
