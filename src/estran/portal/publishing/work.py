"""Work of publishing: the open data of a run, the report of a run as a page and as an A4 PDF."""

import logging
import shutil
from pathlib import Path

from django.urls import reverse
from django.utils import timezone

from estran.common.language import _
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.publishing import assembly  # noqa: F401 — registers its work
from estran.portal.publishing.models import Publication
from estran.portal.results.models import Run
from estran.reporting import open_data, reports

_log = logging.getLogger(__name__)
REPORT = ("rapport.html", "rapport.pdf")


def prepare(access: Access, run: Run, licence: str, address: str) -> Job:
    """Write the open data of a frozen run, which are not open yet: long work."""
    made = Publication.objects.create(
        organisation=access.organisation,
        run=run,
        year=run.year,
        licence=licence,
        address=address,
        made_by=access.person,
    )
    title = _("Données ouvertes {year}").format(year=run.year)
    return queue.ask_job(access, "open data", str(made.pk), title, publication=made.pk)


@queue.register_work("open data")
def write(job: Job) -> str:
    """Write the files of a publication, whole or not at all."""
    made = Publication.objects.select_related("organisation", "run").get(pk=job.subject["publication"])
    if made.prepared_at is None:
        now = timezone.now()
        partial = made.folder.with_suffix(".part")
        for left in (partial, made.folder):
            shutil.rmtree(left, ignore_errors=True)
        day = timezone.localdate(now).isoformat()
        about = open_data.About(made.organisation.name, made.address, day, made.licence)
        open_data.write_open_data(made.run.folder, partial, about)
        partial.rename(made.folder)
        made.prepared_at = now
        made.save(update_fields=["prepared_at"])
    return reverse("publishing:run", args=(made.organisation.slug, made.run_id))


def report(access: Access, run: Run) -> Job:
    """Write the report of a frozen run: long work, done once."""
    return queue.ask_job(access, "report", str(run.pk), _("Rapport {year}").format(year=run.year), run=run.pk)


def report_of(run: Run) -> dict[str, Path]:
    """The files of the report of a run that are there, by name: the PDF is missing where its library is."""
    return {name: path for name in REPORT if (path := storage.folder("reports", run.pk, name)).exists()}


@queue.register_work("report")
def write_report(job: Job) -> str:
    """Write the report as a PDF, then as a page; where the library of the PDF is missing, the page alone.

    The page comes last: once it is there, a PDF that is not will not come.
    """
    run = Run.objects.select_related("organisation").get(pk=job.subject["run"])
    page, pdf = (storage.folder("reports", run.pk, name) for name in REPORT)
    try:
        reports.report(run.folder, pdf)
    except OSError as error:
        # WeasyPrint is there, the system library that draws its text (Pango) is not.
        _log.warning("no PDF for run %s: %s", run.pk, error)
    job.note_progress(0.9)
    reports.report(run.folder, page)
    return reverse("publishing:run", args=(run.organisation.slug, run.pk))
