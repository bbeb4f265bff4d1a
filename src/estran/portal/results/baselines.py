"""Freezing: the decision, the hashes of the run's files and the line of the log are written together, once."""

from datetime import date

from django.db import transaction

from estran.analysis import restatement
from estran.common import files
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.organisations.access import Access
from estran.portal.results.models import Baseline, Run


def freeze_run(access: Access, run: Run, *, decided_on: date, decision: str, number: str) -> Baseline:
    """Freeze a run as the reference. Errors: CannotUse (no text), IntegrityError when it is frozen already."""
    path, texts = run.place / "baseline.toml", {"decision": decision.strip(), "number": number.strip()}
    with transaction.atomic():
        baseline = Baseline(run=run, decided_on=decided_on, made_by=access.person, **texts)
        path.unlink(missing_ok=True)  # left by a request that was killed before its end
        restatement.freeze_baseline(run.folder, path, date=decided_on.isoformat(), **texts)
        baseline.sha256 = files.sha256(path)
        baseline.save(force_insert=True)
        access.record(_("a gelé le bilan {year} (n° {n})").format(year=run.year, n=run.pk))
    return baseline


def describe_move(run: Run) -> str:
    """What changed in a frozen run since the decision, in words; empty when every byte is the same."""
    try:
        restatement.read_baseline(run.place / "baseline.toml", run.folder)
    except CannotUse as error:
        return error.problems[0].what
    return ""
