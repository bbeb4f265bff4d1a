"""The frozen baseline: the run that later years are measured against, every file of it as it was decided (D1)."""

import time
import tomllib
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date as dates
from functools import lru_cache
from pathlib import Path
from typing import Any

from estran.common import files
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.toml_text import toml_text
from estran.engine import runs

SHOWN = 8  # files that a message names
SETTLED = 2  # seconds after which a file that changes has another time

Row = dict[str, Any]


@dataclass(frozen=True)
class Baseline:
    """The run that later years are measured against, as it was when the decision was taken.

    `sha256` holds every file of the run folder; in a baseline of before 2026-12, run.json and impacts.csv alone.
    """

    run: Path
    year: int
    sha256: dict[str, str]
    perimeter: Row
    headcounts: list[Row]
    method: str
    method_version: str
    factor_set: str
    catalogue: str
    decision: Row

    @property
    def left_out(self) -> str:
        """That it does not cover every file of the run, in words; empty when it does."""
        if len(self.sha256) > 2:
            return ""
        what = _("Cette référence, d’avant décembre 2026, ne couvre que {names}.")
        return what.format(names=", ".join(self.sha256))

    def changes(self) -> dict[str, str]:
        """The files of the run that are no longer those of the decision, in order, and what befell each in words."""
        known = {file.relative_to(self.run).as_posix(): file for file in _files_of(self.run)}
        words = {name: _("absent") for name in self.sha256.keys() - known.keys()}
        if not self.left_out:
            words |= {name: _("ajouté") for name in known.keys() - self.sha256.keys()}
        same = self.sha256.keys() & known.keys()
        words |= {name: _("modifié") for name in same if _digest(known[name]) != self.sha256[name]}
        return dict(sorted(words.items()))


def freeze_baseline(run: Path, path: Path, *, decision: str, date: str, number: str = "") -> Baseline:
    """Declare a run as the reference: a TOML file with the hash of each of its files and the text of the decision (D1).

    `date` is an ISO date. A baseline is never written over. Errors: CannotUse (no run, no text, no date, file there or
    within the run).
    """
    described = runs.read_json(run)
    problems = []
    try:
        day = dates.fromisoformat(date)
    except ValueError:
        what = _("« {date} » n’est pas une date.").format(date=date)
        problems.append(Problem(what, _("L’écrire comme 2026-03-15."), column="--date", value=date))
    if not decision.strip():
        problems.append(Problem(_("La décision n’a pas de texte."), _("Donner son objet avec --decision.")))
    if path.exists():
        what = _("« {name} » existe déjà : une référence ne se remplace pas.").format(name=path.name)
        problems.append(Problem(what, _("Donner un autre fichier avec -o."), file=str(path)))
    if run.resolve() in path.resolve().parents:
        what = _("La référence ne se garde pas dans le dossier qu’elle gèle.")
        problems.append(Problem(what, _("La garder à côté du dossier."), file=str(path)))
    if problems:
        raise CannotUse(*problems)
    scope = described["perimeter"]
    names = ("method", "method_version", "factor_set")
    first = {"run": run.resolve().name, "year": described["year"]} | {name: described[name] for name in names}
    tables = {
        "decision": {"text": decision.strip(), "date": day, "number": number or None},
        "sha256": {file.relative_to(run).as_posix(): files.sha256(file) for file in _files_of(run)},
        "perimeter": {name: scope[name] for name in ("id", "version", "valid_from", "label")},
        "headcounts": scope["headcounts"],
    }
    text = toml_text(first | {"catalogue": described["catalogue"]["edition"]} | tables)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return read_baseline(path, run)


def read_baseline(path: Path, run: Path | None = None) -> Baseline:
    """Read a baseline and check that its run has not moved; `run` is where it is, else beside the file.

    Errors: CannotUse (unreadable file, no such run, files of the run that changed since).
    """
    reference = open_baseline(path, run)
    if changes := reference.changes():
        raise CannotUse(_moved(reference, changes, path))
    return reference


def open_baseline(path: Path, run: Path | None = None) -> Baseline:
    """Read a baseline, whatever became of its run. Errors: CannotUse (unreadable file)."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        names = {field.name for field in fields(Baseline)} - {"run", "headcounts"}
        place, heads = run or path.parent / values["run"], values.get("headcounts", [])
        return Baseline(run=place, headcounts=heads, **{name: values[name] for name in names})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        what = _("Le fichier de référence ne peut pas être lu : {error}.").format(error=error)
        raise CannotUse(Problem(what, _("En donner un fait par « estran baseline »."), file=str(path))) from None


def problems_of_frozen(run: Path) -> list[Problem]:
    """What is to be said of a run that a baseline beside its folder froze: files that moved, files not covered."""
    problems, run = [], run.resolve()
    for path in sorted(run.parent.glob("*.toml")):
        with suppress(CannotUse):  # a file of something else
            reference = open_baseline(path)
            if reference.run.resolve() == run:
                if changes := reference.changes():
                    problems.append(_moved(reference, changes, path))
                elif reference.left_out:
                    remedy = _("« estran rerun » vérifie les autres fichiers du calcul.")
                    problems.append(Problem(reference.left_out, remedy, file=str(path)))
    return problems


def _moved(reference: Baseline, changes: dict[str, str], path: Path) -> Problem:
    what = _("Le calcul de référence « {run} » n’est plus celui de la décision : {names}.")
    names = [f"{name} ({word})" for name, word in changes.items()]
    if len(names) > SHOWN:
        names[SHOWN:] = [_("… et {n} autres").format(n=len(names) - SHOWN)]
    remedy = _("Remettre à côté du fichier le dossier tel qu’il a été gelé.")
    return Problem(what.format(run=reference.run.name, names=", ".join(names)), remedy, file=str(path))


def _files_of(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _digest(file: Path) -> str:
    """The fingerprint of a file; read once as long as the file system says that nobody wrote in it."""
    status = file.stat()
    if time.time() < status.st_ctime + SETTLED:
        return files.sha256(file)
    return _known_digest(file, status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)


@lru_cache(maxsize=4096)
def _known_digest(file: Path, *_status: int) -> str:
    return files.sha256(file)
