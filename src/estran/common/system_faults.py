"""What the system refuses (a right, room on the disk, a path), said like any other problem."""

import errno
import os
import re

from estran.common.language import _
from estran.common.problems import CannotUse, Problem

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def refusal_of_system(error: BaseException) -> CannotUse | None:
    """What the system refused, as an error of Python, Arrow or DuckDB tells it; None for an error of another kind."""
    of_duckdb = type(error).__name__ if type(error).__module__.startswith("_duckdb") else ""
    if isinstance(error, MemoryError) or of_duckdb == "OutOfMemoryException":
        what = _("La mémoire de cette machine ne suffit pas.")
        remedy = _("Fermer d’autres programmes, découper les fichiers, ou recommencer sur une plus grande machine.")
        return CannotUse(Problem(what, remedy))
    if not isinstance(error, OSError) and of_duckdb != "IOException":
        return None
    # DuckDB and Arrow say the reason as the system words it.
    for numbers, what, remedy in _reasons():
        if any(os.strerror(number) in str(error) or getattr(error, "errno", 0) == number for number in numbers):
            return CannotUse(Problem(what, remedy, file=_place(error)))
    if of_duckdb:
        return None
    what = _("Le système refuse : {reason}.").format(reason=getattr(error, "strerror", None) or error)
    return CannotUse(Problem(what, _("Vérifier ce chemin et le disque, puis recommencer."), file=_place(error)))


def lacks_room(error: BaseException) -> bool:
    """The disk is full, as this error or one behind it tells it: of Python, Arrow, DuckDB or SQLite."""
    words = ("database or disk is full", *map(os.strerror, _FULL))
    if getattr(error, "errno", 0) in _FULL or any(word in str(error) for word in words):
        return True
    behind = error.__cause__ or error.__context__
    return behind is not None and lacks_room(behind)


def _reasons() -> tuple[tuple[tuple[int, ...], str, str], ...]:
    """The reasons that a person can do something about: error numbers, what, remedy."""
    return (
        (
            _FULL,
            _("Il n’y a plus de place sur le disque."),
            _("Libérer de la place, ou écrire sur un autre disque, puis recommencer."),
        ),
        (
            (errno.EACCES, errno.EPERM, errno.EROFS),
            _("Le système ne donne pas le droit de lire ou d’écrire ici."),
            _("Donner un dossier où vous pouvez lire et écrire, ou demander ce droit."),
        ),
        (
            (errno.EEXIST, errno.ENOTDIR, errno.EISDIR),
            _("Un fichier porte le nom d’un dossier, ou un dossier celui d’un fichier."),
            _("Donner un autre nom, ou déplacer ce qui est déjà là."),
        ),
        ((errno.ENOENT,), _("Ce fichier ou ce dossier n’existe pas."), _("Vérifier ce chemin.")),
        ((errno.ENAMETOOLONG,), _("Ce nom est trop long."), _("Donner un nom plus court.")),
    )


def _place(error: BaseException) -> str:
    """The file or folder that the error names, or an empty text."""
    if isinstance(error, OSError) and error.filename is not None:
        return str(error.filename)
    named = re.search(r'(?:file|directory) \\?"([^"\\]+)\\?"', str(error))
    return named[1] if named else ""
