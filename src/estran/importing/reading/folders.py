"""What a person gives to an import, as files to read: a folder and an archive hold several, of one tool or of many."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from estran.common.language import _
from estran.common.problems import CannotUse, refuse_file
from estran.common.shipped import in_words, text_rows
from estran.common.vocabulary import limit, text_key
from estran.importing.reading import inventories

_CHUNK = 1 << 20
# What Estran writes beside the tables of an estate: not to be read as lists.
_OF_AN_ESTATE = ("import.json", "matches.csv", "rejects.csv", "unmatched.csv")


@dataclass(frozen=True)
class Given:
    """One thing that a person named: its path, its files to read one by one, those that are inventories of machines,
    and those known and left, as `names (why)`.
    """

    path: Path
    files: list[Path]
    inventories: list[Path]
    left: list[str]

    @property
    def named(self) -> Path:
        """What the list of its inventories is called: never after a machine, whose name is often that of a person."""
        return self.path.with_name(_("inventaires")) if self.path in self.inventories else self.path


def open_given(paths: Sequence[Path], work: Path, *, together: bool) -> Iterator[Given | CannotUse]:
    """The files behind each path, or why it cannot be opened. `work` receives what archives hold.

    together: the inventories of machines named one by one are one list.
    """
    alone = [path for path in paths if together and path.is_file() and inventories.is_inventory(path)]
    for number, path in enumerate(paths):
        try:
            if path.is_dir():
                yield _sort(path, _files_of_folder(path))
            elif _is_archive(path):
                yield _sort(path, _unpack(path, work / f"archive{number}"))
            elif path not in alone:
                yield _sort(path, [path])
        except CannotUse as error:
            yield error
    if alone:
        yield Given(alone[0], [], alone, [])


def _sort(path: Path, files: list[Path]) -> Given:
    """The files of a folder by how they are read. Errors: CannotUse when there is none."""
    reasons, read, machines = dict[str, list[str]](), list[Path](), list[Path]()
    for file in files:
        if why := _why_left(file):
            reasons.setdefault(why, []).append(file.name)
        else:
            (machines if inventories.is_inventory(file) else read).append(file)
    left = [f"{', '.join(names)} ({why})" for why, names in reasons.items()]
    if not read and not machines:
        what = _("Rien à lire ici : {names}.").format(names=" ; ".join(left) or _("aucun fichier"))
        raise refuse_file(path, what, _("Y mettre les fichiers exportés de l’outil d’inventaire."))
    return Given(path, read, machines, left)


def _why_left(file: Path) -> str:
    """Why a file that a tool exports is not read (left_lists.csv), or an empty text."""
    name = text_key(file.stem)
    for row in text_rows("left_lists"):
        if name.endswith(tuple(text_key(f"{row['prefix']}{part}") for part in row["names"].split("|"))):
            return in_words(row, "why")
    return ""


def _files_of_folder(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, but for hidden ones. Errors: CannotUse when they are too many."""
    files = []
    estate = (folder / "import.json").exists()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not _is_hidden(inside.parts) and not (estate and path.name in _OF_AN_ESTATE):
            files.append(path)
        if len(files) > limit("folder_files"):
            raise _too_many(folder)
    return files


def _is_hidden(parts: Sequence[str]) -> bool:
    """System files, locks of open documents, what archives of a Mac add."""
    hidden = ("thumbs.db", "desktop.ini", "__macosx")
    return any(part.startswith((".", "~$")) or part.lower() in hidden for part in parts)


def _too_many(path: Path) -> CannotUse:
    what = _("Plus de {most} fichiers.").format(most=limit("folder_files"))
    return refuse_file(path, what, _("Donner le dossier de l’export seul, ou en plusieurs fois."))


def _is_archive(path: Path) -> bool:
    """A zip that is no workbook; a damaged one is left to the reader of workbooks."""
    try:
        if not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return not any(name.startswith(("xl/", "word/", "ppt/")) or name == "content.xml" for name in names)


def _unpack(path: Path, target: Path) -> list[Path]:
    """The files of an archive, each in a folder of its own under `target`. Errors: CannotUse."""
    files, left = [], limit("unpacked_bytes")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > limit("folder_files"):
                raise _too_many(path)
            for number, entry in enumerate(entries):
                place = PurePosixPath(entry.filename.replace("\\", "/"))
                if not place.name or _is_hidden(place.parts):
                    continue
                if entry.flag_bits & 1:
                    raise refuse_file(path, _("L’archive est protégée par un mot de passe."), _("Donner son contenu."))
                copy = target / str(number) / place.name[-120:]
                copy.parent.mkdir(parents=True)
                with archive.open(entry) as source, copy.open("wb") as file:
                    while chunk := source.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            what = _("L’archive occuperait plus de {most} Mo une fois ouverte.")
                            what = what.format(most=limit("unpacked_bytes") // 1_000_000)
                            raise refuse_file(path, what, _("La donner en plusieurs parties."))
                        file.write(chunk)
                files.append(copy)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error):
        what = _("L’archive est abîmée ou incomplète.")
        raise refuse_file(path, what, _("La copier ou la télécharger de nouveau.")) from None
    return files
