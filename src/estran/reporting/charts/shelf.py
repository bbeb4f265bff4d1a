"""Drawings are drawn once and kept, each under the digest of all that it depends on, apart from any run.

A process draws what is not there; one that serves pages asks another process for it (`ask_others`) and waits a little.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from estran.common.files import write_whole

Draw = Callable[[str, str], bytes]  # what is asked for, as text, and "svg" or "png" → the drawing
_log = logging.getLogger(__name__)
_GLANCE, _PAUSE = 0.02, 10.0  # seconds between two looks; without waiting, once nobody drew in time
_PATIENT = 10  # times longer waits a document, which is not opened again a moment later


class _Shelf:
    folder: Path | None = None  # None: the folder of caches of who works on this machine
    wait: float | None = None  # seconds, for a drawing that another process draws; None: this one draws
    impatient_until = 0.0


_shelf = _Shelf()


def keep_in(folder: Path, wait: float | None = None) -> None:
    """Keep drawings in this folder; with `wait`, seconds, another process draws them (`draw_what_is_asked`)."""
    _shelf.folder, _shelf.wait = folder, wait


def get(text: str, ending: str, draw: Draw, *, patient: bool = False) -> bytes:
    """The drawing of a text, as kept or drawn now; empty when it cannot be drawn, or not in time by others."""
    folder = _folder()
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()}.{ending}"
    try:
        return path.read_bytes()
    except OSError:
        pass
    if _shelf.wait is None:
        return _keep(text, path, draw)
    return _ask(text, path, _shelf.wait * (_PATIENT if patient else 1))


def draw_what_is_asked(draw: Draw) -> bool:
    """Draw what other processes ask for, each once; whether there was anything."""
    asked = sorted((_folder() / "asked").glob("*.asked"))
    for request in asked:
        try:
            text = request.read_text("utf-8")
            request.unlink()  # before it is drawn: one that would end the process is not tried again
        except OSError:  # another process took it
            continue
        _keep(text, _folder() / request.stem, draw)
    return bool(asked)


def forget_older(than: float) -> None:
    """Forget drawings older than this moment, in seconds since 1970: those still shown are drawn again."""
    for path in _folder().glob("*.*"):
        if path.stat().st_mtime < than:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return _shelf.folder or caches / "estran" / "charts"


def _keep(text: str, path: Path, draw: Draw) -> bytes:
    try:
        content = draw(text, path.suffix[1:])
    except ValueError:  # what the library refuses: the table that follows says it all
        _log.exception("a chart cannot be drawn")
        return b""
    try:
        write_whole(path, content)
    except OSError as error:
        _log.warning("a drawing is not kept: %s", error)
    return content


def _ask(text: str, path: Path, wait: float) -> bytes:
    try:
        write_whole(path.parent / "asked" / f"{path.name}.asked", text.encode())
        end = time.monotonic() + wait
        while _shelf.impatient_until < time.monotonic() < end:
            time.sleep(_GLANCE)
            if path.exists():
                return path.read_bytes()
    except OSError as error:
        _log.warning("a drawing is not asked for: %s", error)
    if _shelf.impatient_until < time.monotonic():
        _shelf.impatient_until = time.monotonic() + _PAUSE
    return b""
