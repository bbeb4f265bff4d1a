"""The data folder: where inventories and runs lie, their hashes, and folders as a zip whose bytes depend on them alone.

sent/<organisation>/<delivery>/        a file as an entity sent it, and the rejected rows put right
estates/<organisation>/<sha256>/       the estate folder it was read into, which never changes
inventories/<organisation>/<sha256>/   the estate folder of a run, which never changes
runs/<run>/                            bilan-<year>/ (the run folder), overlay/, perimeter.toml, baseline.toml
                                       flow/ (its other view) and, made again when missing, figures, opened/, rows-*,
                                       export.zip
drawings/                              charts, made again when missing
overlays/<organisation>/               what an organisation taught Estran: labels, corrections, values of its own
"""

import contextlib
import hashlib
import io
import json
import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import IO, Any

from django.conf import settings
from django.core import checks

from estran.common.files import write_whole
from estran.common.language import _

FILES = "estran_files"  # the tag of the check
NAME_LENGTH, NAME_BYTES = 80, 160  # of what is kept of a file name; a file system takes 255 bytes


def folder(*parts: object) -> Path:
    """A place in the data folder."""
    return Path(settings.DATA).joinpath(*map(str, parts))


def folder_digest(path: Path) -> str:
    """SHA-256 of a folder: of the names and the bytes of its files, in order."""
    whole = hashlib.sha256()
    for file in files_of(path):
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        whole.update(f"{file.relative_to(path).as_posix()} {digest}\n".encode())
    return whole.hexdigest()


def files_of(path: Path) -> list[Path]:
    """The files of a folder, in the order of their names; none if it is not there."""
    return sorted(file for file in path.rglob("*") if file.is_file())


def keep_folder(write: Callable[[Path], object], *parts: object) -> tuple[str, Path]:
    """Write a folder and keep it under its hash in a place of the data folder; the same content is kept once."""
    place = folder(*parts)
    place.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=place))
    try:
        write(work)
        name = folder_digest(work)
        if not (place / name).exists():
            work.rename(place / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return name, place / name


def clean_file_name(name: str) -> str:
    """The name of a file without folder, control sign or anything a system could read as an order; its ending stays."""
    plain = unicodedata.normalize("NFC", PurePath(name.replace("\\", "/")).name)
    stem, _dot, ending = re.sub(r"[^\w ().'’,&+-]", "", plain).rpartition(".")
    short = stem.strip(" .+-")[:NAME_LENGTH].encode()[:NAME_BYTES].decode(errors="ignore") or _("fichier")
    return f"{short}.{ending.lower()[:8]}"


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, whole or not at all."""
    write_whole(path, json.dumps(value, ensure_ascii=False).encode())


def open_to_others() -> list[Path]:
    """What of the data folder its owner is not alone to read or write: the folder, folders and files below."""
    places = [folder(), *folder().rglob("*")]
    return sorted(path for path in places if path.lstat().st_mode & 0o077 and not path.is_symlink())


def close_to_others() -> None:
    """Keep the data folder for its owner alone: an earlier version, or a copy, may have left it open to others."""
    for path in open_to_others():
        with contextlib.suppress(OSError):  # of another owner: the check of the start says it
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & 0o700)


@checks.register(FILES, deploy=True)
def check_files(**options: Any) -> list[checks.CheckMessage]:
    """Say what others read, at each start and by `python -m estran.portal check --deploy`."""
    places = open_to_others()
    if not places:
        return []
    what = _("D’autres comptes de la machine lisent des fichiers du portail : {first}, {n} en tout.")
    remedy = _("Exécuter, avec le compte qui possède ces fichiers : chmod -R go-rwx {data}")
    hint = remedy.format(data=folder())
    return [checks.Warning(what.format(first=places[0], n=len(places)), hint=hint, id="estran.W001")]


def remove_unfinished() -> None:
    """Remove what killed processes left unfinished: nobody else may be at work on the data folder.

    Unfinished: what lies in tmp/, and in a place of its own a name that begins with a dot or ends in « .part ».
    """
    places = [path for depth in ("*", "*/*", "*/*/*") for path in folder().glob(depth)]
    for path in places:
        if path.parent == folder("tmp") or path.name.startswith(".") or path.suffix == ".part":
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def zip_bytes(members: dict[str, Path | bytes]) -> bytes:
    """A zip of files, of folders (each name is then a top folder) and of texts."""
    packed = io.BytesIO()
    zip_into(packed, members)
    return packed.getvalue()


def zip_into(file: IO[bytes], members: dict[str, Path | bytes]) -> None:
    """Write a zip of files, of folders and of texts, none of them whole in memory."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if isinstance(content, bytes):
                _add(archive, name, io.BytesIO(content), len(content))
                continue
            for path in [content] if content.is_file() else files_of(content):
                place = name if path == content else f"{name}/{path.relative_to(content).as_posix()}"
                with path.open("rb") as source:
                    _add(archive, place, source, path.stat().st_size)


def _add(archive: zipfile.ZipFile, name: str, source: IO[bytes], size: int) -> None:
    # A fixed date: the same content makes the same bytes.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.file_size = zipfile.ZIP_DEFLATED, size
    with archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target, 2**20)
