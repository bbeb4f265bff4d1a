"""Freezing: the decision, the hashes of the run's files and the line of the log are written together, once."""

from datetime import date

from django.db import transaction

from estran.analysis import restatement
from estran.common import files
from estran.common.language import _
from estran.portal.organisations.access import Access
from estran.portal.results.models import Baseline, Run


def freeze(access: Access, run: Run, *, decided_on: date, decision: str, number: str) -> Baseline:
    """Freeze a run as the reference. Errors: CannotUse (no text), IntegrityError when it is frozen already."""
    path = run.place / "baseline.toml"
    with transaction.atomic():
        made = Baseline(
            run=run, decided_on=decided_on, decision=decision.strip(), number=number.strip(), made_by=access.person
        )
        path.unlink(missing_ok=True)  # left by a request that was killed before its end
        restatement.freeze_baseline(
            run.folder, path, decision=made.decision, date=decided_on.isoformat(), number=made.number
        )
        made.sha256 = files.sha256(path)
        made.save(force_insert=True)
        access.record(_("a gelé le bilan {year} (n° {n})").format(year=run.year, n=run.pk))
    return made


def moved(run: Run) -> str:
    """What changed in a frozen run since the decision, in words; empty when every byte is the same."""
    from estran.common.problems import CannotUse

    try:
        restatement.read_baseline(run.place / "baseline.toml", run.folder)
    except CannotUse as error:
        return error.problems[0].what
    return ""
