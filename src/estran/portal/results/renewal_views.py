"""What comes up for renewal in a run: the page, one entity if it is asked for, and the spreadsheet."""

import json
from dataclasses import asdict, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.portal.common import storage
from estran.portal.common.views import XLSX, download
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access, access_required
from estran.portal.results import baselines
from estran.portal.results.models import Run
from estran.projection.renewals import Renewals, read_renewals
from estran.reporting.blocks import Heading
from estran.reporting.chapters.renewals import renewals
from estran.reporting.renewals import renewals_file

NAME = "renewals.json"


@access_required(write=None)
def show_renewals(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Units, euros and tonnes by year and by type, with one more year beside; `entite` in the address chooses one."""
    run: Run = access.get(Run, pk=number, computed_at__isnull=False)
    baselines.show_move(request, run)
    if job := _ensure_read(access, run):
        return redirect(job.address)
    whole, entity = _read(run), request.GET.get("entite", "")
    entities = sorted({row["entity"] for row in whole.fleet} - {""})
    shown = _of_entity(whole, entity) if entity in entities else whole
    chapter = [block for block in renewals(shown, Labels()) if not isinstance(block, Heading)]
    values = {"run": run, "shown": chapter, "entities": entities, "entity": entity}
    return render(request, "results/renewals.html", values)


@access_required(write=None)
def download_renewals(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The spreadsheet: a row per year, entity and item type."""
    run: Run = access.get(Run, pk=number, computed_at__isnull=False)
    if job := _ensure_read(access, run):
        return redirect(job.address)
    name = _("renouvellements-{year}.xlsx").format(year=run.year)
    return download(renewals_file(_read(run), ".xlsx", Labels()), name, XLSX)


def keep_renewals(job: Job) -> str:
    """Read the renewals of the run of a job, and keep them beside it."""
    run = Run.objects.select_related("organisation").get(pk=job.subject["run"])
    _keep(run)
    return run.organisation.url("results:renewals", run.pk)


def _ensure_read(access: Access, run: Run) -> Job | None:
    """Keep the renewals of a run unless they are: at once, or as the work returned when it is large."""
    if (run.place / NAME).exists():
        return None
    if not run.large:
        _keep(run)
        return None
    title = _("Ce qui arrive à renouveler, {year}").format(year=run.year)
    return queue.ask_job(access, "renewals", str(run.pk), title, run=run.pk)


def _keep(run: Run) -> None:
    storage.write_json(run.place / NAME, asdict(read_renewals(run.folder)))


def _read(run: Run) -> Renewals:
    return Renewals(**json.loads((run.place / NAME).read_text(encoding="utf-8")))


def _of_entity(whole: Renewals, entity: str) -> Renewals:
    rows, fleet = ([row for row in rows if row["entity"] == entity] for rows in (whole.rows, whole.fleet))
    return replace(whole, rows=rows, fleet=fleet)
