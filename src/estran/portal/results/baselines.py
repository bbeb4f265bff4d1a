"""Freezing: the decision, the hashes of the run's files and the line of the log are written together, once."""

from datetime import date
from pathlib import Path

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest

from estran.analysis.baseline import freeze_baseline, open_baseline, read_baseline
from estran.common import files
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.portal.organisations.access import Access
from estran.portal.results.models import Baseline, Run


def decision_path(run: Run) -> Path:
    """Where the decision that freezes a run lies, with the hash of each file of the run."""
    return run.place / "baseline.toml"


def freeze_run(access: Access, run: Run, *, decided_on: date, decision: str, number: str) -> Baseline:
    """Freeze a run as the reference. Errors: CannotUse (no text), IntegrityError when it is frozen already."""
    path, texts = decision_path(run), {"decision": decision.strip(), "number": number.strip()}
    with transaction.atomic():
        baseline = Baseline(run=run, decided_on=decided_on, made_by=access.person, **texts)
        path.unlink(missing_ok=True)  # left by a request that was killed before its end
        freeze_baseline(run.folder, path, date=decided_on.isoformat(), **texts)
        baseline.sha256 = files.sha256(path)
        baseline.save(force_insert=True)
        access.record(_("a gelé le bilan {year} (n° {n})").format(year=run.year, n=run.pk))
    return baseline


def describe_move(run: Run) -> str:
    """What changed in a frozen run since the decision, in words; empty when every byte is the same, or not frozen."""
    if not run.frozen:
        return ""
    path = decision_path(run)
    if not path.is_file() or files.sha256(path) != run.frozen.sha256:
        return _("La décision qui gèle ce bilan n’est plus telle qu’elle a été écrite : {name}.").format(name=path.name)
    try:
        read_baseline(path, run.folder)
    except CannotUse as error:
        return error.problems[0].what
    return ""


def list_changes(run: Run) -> dict[str, str]:
    """The files of a frozen run that changed since the decision, and what befell each in words."""
    try:
        return open_baseline(decision_path(run), run.folder).changes()
    except CannotUse:  # the decision itself is to be put back first
        return {}


def show_move(request: HttpRequest, run: Run) -> None:
    """Have the page say which files of a frozen run moved, or that an old decision does not cover them all."""
    if moved := describe_move(run):
        messages.error(request, moved)
    elif run.frozen and (left_out := open_baseline(decision_path(run), run.folder).left_out):
        messages.info(request, left_out)


def require_unmoved(run: Run) -> None:
    """Refuse to publish a frozen run that moved. Errors: CannotUse."""
    if moved := describe_move(run):
        raise CannotUse(Problem(moved, _("Remettre ces fichiers depuis une sauvegarde.")))
