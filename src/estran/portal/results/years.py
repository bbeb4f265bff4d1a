"""Year after year: the run that stands for each year, the years computed again together, what changed and why.

Restated years lie in series/<organisation>/<key>/ as `estran restate` writes them; the key names the runs, the overlay
and the version, so that another run, another value of one's own or another edition makes another series.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from estran import __version__
from estran.analysis import decomposition, restatement
from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation
from estran.portal.results.models import OtherFigure, Run
from estran.reporting import years as report_years
from estran.reporting.blocks import Block, Document, Fold, Paragraph
from estran.reporting.chapters.years import change

Row = dict[str, Any]


def in_front(organisation: Organisation) -> list[Run]:
    """The run of each year, oldest first: the last one frozen, else the last computed, inventories before estimates."""
    computed = Run.counting.filter(organisation=organisation).select_related("inventory", "baseline")
    chosen: dict[int, Run] = {}
    for run in computed.order_by("year", "computed_at"):
        if run.year not in chosen or _weight(run) >= _weight(chosen[run.year]):
            chosen[run.year] = run
    return list(chosen.values())


def _weight(run: Run) -> tuple[bool, bool]:
    return bool(run.frozen), not run.estimate


def place(organisation: Organisation, runs: list[Run]) -> Path:
    """Where the series of these runs lies once it is computed."""
    overlay = storage.folder("overlays", organisation.pk)
    named = [__version__, storage.folder_digest(overlay), *(f"{run.pk} {run.sha256}" for run in runs)]
    key = hashlib.sha256("\n".join(named).encode()).hexdigest()[:24]
    return storage.folder("series", organisation.pk, key)


def folders(organisation: Organisation, runs: list[Run]) -> list[Path]:
    """A run folder for each year: computed again together if that was done, else as it was."""
    whole = place(organisation, runs)
    return [whole / str(run.year) for run in runs] if whole.exists() else [run.folder for run in runs]


def ask(access: Access) -> Job:
    """Compute the years again together, with the method, the catalogue and the overlay of today: long work."""
    runs = in_front(access.organisation)
    key = place(access.organisation, runs).name
    return queue.ask_job(access, "series", key, _("Recalcul des années"), runs=[run.pk for run in runs], folder=key)


def restate(job: Job) -> str:
    """Write the series of a job, whole or not at all; the series it replaces are removed."""
    runs = {run.pk: run for run in Run.objects.filter(organisation=job.organisation, pk__in=job.subject["runs"])}
    every = storage.folder("series", job.organisation_id)
    done, partial = every / job.subject["folder"], every / f"{job.subject['folder']}.part"
    if not done.exists():
        shutil.rmtree(partial, ignore_errors=True)
        folder = storage.folder("overlays", job.organisation_id)
        published, overlay = (
            [runs[number].folder for number in job.subject["runs"]],
            folder if folder.exists() else None,
        )
        restatement.restate_runs(published, partial, overlay=overlay, progress=job.note_progress)
        partial.rename(done)
    for old in every.iterdir():
        if old != done:
            shutil.rmtree(old)
    return job.organisation.url("years:years")


def rows(organisation: Organisation, runs: list[Run], criterion: str) -> list[Row]:
    """One row per year: the published total and, once they were computed again, the restated one (see series.read)."""
    whole = place(organisation, runs)
    if whole.exists():
        series = {row["year"]: row for row in restatement.read_series(whole) if row["criterion"] == criterion}
        return [series[run.year] | {"run": run} for run in runs if run.year in series]
    none = dict.fromkeys(restatement.COLUMNS[2:])
    return [
        none | {"published": run.mean, "published_low95": run.low, "published_high95": run.high}
        | {"year": run.year, "run": run}
        for run in runs
    ]  # fmt: skip


def criteria(runs: list[Run], organisation: Organisation) -> list[Row]:
    """The criteria of the series, mandatory ones first; climate change alone before it is computed."""
    whole, known = place(organisation, runs), Labels()
    codes = {row["criterion"] for row in restatement.read_series(whole)} if whole.exists() else {report_years.CRITERION}
    return sorted((known.describe_criterion(code) for code in codes), key=lambda row: row["rank"])


def others(organisation: Organisation, unit: str) -> list[tuple[OtherFigure, float | None]]:
    """The figures of other tools, and each of them in this unit where it can be put beside the series."""
    return [
        (one, report_years.beside({"denominator": one.denominator, "value": one.value, "unit": one.unit}, unit))
        for one in organisation.other_figures.all()
    ]


def explain(whole: Path, before: int, after: int, criterion: str) -> list[Block]:
    """The change between two years of a series, or why there is none; kept beside it the first time it is asked."""
    kept = whole / f"change-{before}-{after}-{criterion}.blocks-2.json"
    if not kept.exists():
        document = Document("", blocks=list(_change(whole / str(before), whole / str(after), criterion)))
        storage.write_json(kept, document.as_values())
    return Document.of_values(json.loads(kept.read_text("utf-8"))).blocks


def _change(before: Path, after: Path, criterion: str) -> Iterator[Block]:
    names = Labels()
    try:
        comparison = decomposition.compare_runs(before, after, criterion)
    except CannotUse as error:
        yield Paragraph(" ".join(f"{problem.what} {problem.remedy}" for problem in error.problems), "message")
        return
    *blocks, parts = change(comparison, names)
    yield from blocks
    yield Fold(_("Le détail, par famille et par partie"), [parts])
