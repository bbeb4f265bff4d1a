"""One file with everything that must be kept, taken while the portal serves: the base as of one moment, and its files.

Restoring is opening this file in a new folder. The base is copied first: the files it names are there before it names
them, and never change; what is written after that moment is left out.
"""

import contextlib
import os
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from estran.common.language import _
from estran.portal.common import storage

# Made again at each start, or of the machine: never in a copy. The base is copied apart.
LEFT_OUT = ("checks", "drawings", "portail.log", "portail.pid", "portail.sqlite3", "reserve", "static", "tmp")
MIB = 2**20


class Command(BaseCommand):
    """`python -m estran.portal backup FILE`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file to write."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Write the copy beside, readable by its owner alone, then give it its name: it is whole or absent."""
        folder = file.resolve().parent
        if folder.is_relative_to(storage.folder()):
            raise CommandError(_("Écrire la sauvegarde hors du dossier de données."))
        with tempfile.TemporaryDirectory(prefix=".sauvegarde-", dir=folder) as work:
            base = _copied_base(Path(work))
            moment = time.time()
            whole = Path(work) / file.name
            whole.touch(mode=0o600)
            with tarfile.open(whole, "w") as archive:
                archive.add(base, base.name)
                number = sum(_add(archive, path, moment) for path in storage.files_of(storage.folder()))
            whole.replace(file)
        size = file.stat().st_size / MIB
        text = _(
            "{file} : la base et {n} fichiers, {size:.1f} Mio. Ce fichier contient la clé des liens : le protéger."
        )
        self.stdout.write(text.format(file=file, n=number, size=size))


def _add(archive: tarfile.TarFile, path: Path, moment: float) -> bool:
    """Add a file that the base may name; whether it was."""
    name = path.relative_to(storage.folder())
    unfinished = path.suffix == ".part" or any(part.startswith(".") for part in name.parts)
    if unfinished or name.parts[0].removesuffix("-wal").removesuffix("-shm") in LEFT_OUT:
        return False
    with contextlib.suppress(FileNotFoundError):  # what is computed again may go while the copy is made
        # What was taught by hand is written over, the rest never is.
        if name.parts[0] == "overlays" or path.stat().st_mtime <= moment:
            archive.add(path, name.as_posix())
            return True
    return False


def _copied_base(work: Path) -> Path:
    """The base as of one moment, whoever writes meanwhile. Errors: CommandError (pg_dump missing or refused)."""
    base = settings.DATABASES["default"]
    if base["ENGINE"].endswith("sqlite3"):
        copy = work / "portail.sqlite3"
        with (
            contextlib.closing(sqlite3.connect(base["NAME"])) as live,
            contextlib.closing(sqlite3.connect(copy)) as copied,
        ):
            live.backup(copied)
        return copy
    copy = work / "portail.pgdump"
    named = {"PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    own = {name: str(base[key]) for name, key in named.items() if base[key]}
    own |= {f"PG{name.upper()}": value for name, value in base["OPTIONS"].items()}
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}"]
    try:
        subprocess.run(command, env=os.environ | own, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        remedy = _("Installer pg_dump de la même version que le serveur PostgreSQL, puis recommencer.")
        raise CommandError(f"{error} {remedy}") from None
    return copy
