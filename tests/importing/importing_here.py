"""`estran import` of file after file in one process, for a test that reads thousands."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import re
import resource
import time
from collections.abc import Callable
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path

import typer

from estran.cli.commands import app
from estran.cli.endings import end_in_words
from estran.common import bounded
from estran.common.vocabulary import limit

End = tuple[int, str, int]  # status, all that was written, kilobytes of memory at most
DIED = "died on signal"
AS_LONG_AS_THE_PROCESS = 10_000  # its limit of time is not that of one file


class Importer:
    """A process within the limits of a reader; a new one is started when it died, or has read enough."""

    def __init__(self) -> None:
        self._files, self._process = 0, multiprocessing.Process()

    def import_file(self, file: Path, estate: Path) -> End:
        """Read a file; of a process that died of it, as of a reader, the file is refused."""
        if not self._process.is_alive() or self._files > 500:
            self.stop()
            spawn = multiprocessing.get_context("spawn")
            self._pipe, other = spawn.Pipe()
            self._process, self._files = spawn.Process(target=_import_files, args=(other,), daemon=True), 0
            self._process.start()
            other.close()
        self._files += 1
        self._pipe.send((file, estate))
        try:
            return self._pipe.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            number = -(self._process.exitcode or 0)
            return 2, f"{DIED} {number}", 0

    def stop(self) -> None:
        """End the process."""
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@cache
def _command() -> Callable[[list[str]], object]:
    """The command line, made once."""
    return typer.main.get_command(app)


def _import_files(pipe: Connection) -> None:
    bounded._inside = True
    bounded._set_limits(AS_LONG_AS_THE_PROCESS)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    while True:
        given = pipe.recv()
        resource.setrlimit(resource.RLIMIT_CPU, (round(time.process_time()) + limit("reading_seconds"), hard))
        pipe.send(_import(*given))


def _import(file: Path, estate: Path) -> End:
    text, status = io.StringIO(), 0
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            end_in_words(partial(_command(), ["import", str(file), "-o", str(estate), "--json"]), as_json=True)
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else int(error.code is not None)
    return status, text.getvalue(), _peak_kilobytes()


def _peak_kilobytes() -> int:
    """The most memory held since the last call; `ru_maxrss` would also count the process that started this one."""
    here = Path("/proc/self")
    (peak,) = re.findall(r"^VmHWM:\s*(\d+) kB$", (here / "status").read_text(), re.M)
    with contextlib.suppress(OSError):  # where a container forbids it, the peak of all files so far
        (here / "clear_refs").write_text("5")
    return int(peak)
