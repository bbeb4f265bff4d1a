"""Room on the disk of the data folder: files and long work wait while it is short, the rest of the portal goes on.

What is below `kept_bytes` is left to the database. A reserve, given up when another program has filled the disk, lets
people still sign in, read and write a few lines.
"""

import shutil
from pathlib import Path

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from estran.common.files import write_whole
from estran.common.system_faults import lacks_room
from estran.common.vocabulary import limit
from estran.portal.common import storage


def is_short(more: int = 0) -> bool:
    """Files that are sent and long work wait: too little would be left once `more` bytes are written."""
    return _free() - more < limit("kept_bytes")


def keep_reserve() -> None:
    """Write the reserve once there is room for it."""
    if not _reserve().exists() and not is_short(limit("reserve_bytes")):
        write_whole(_reserve(), bytes(limit("reserve_bytes")))


def give_up_reserve() -> None:
    """Leave the room of the reserve to the database, if it has almost none."""
    if _is_full():
        _reserve().unlink(missing_ok=True)


def explains(error: BaseException | None) -> bool:
    """For want of room: SQLite, which writes even to read, says « disk I/O error » too."""
    return error is not None and (lacks_room(error) or (isinstance(error, DatabaseError) and _is_full()))


def refuse(request: HttpRequest | None = None) -> HttpResponse:
    """507: what was sent was not kept, for want of room."""
    return HttpResponse(render_to_string("507.html", request=request), status=507)


def _is_full() -> bool:
    return _free() < limit("reserve_bytes")


def _free() -> int:
    place = storage.folder()
    return shutil.disk_usage(next(path for path in (place, *place.parents) if path.exists())).free


def _reserve() -> Path:
    return storage.folder("reserve")
