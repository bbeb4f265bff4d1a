"""Work of publishing: open data of a run, its report as a page and as an A4 PDF, reports to the assembly."""

import logging
import shutil
from datetime import date
from pathlib import Path

from django.utils import timezone

from estran.common.language import _
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership
from estran.portal.publishing import assembly
from estran.portal.publishing.models import AssemblyReport, Publication
from estran.portal.results import baselines
from estran.portal.results.models import Run
from estran.reporting import open_data, reports

_log = logging.getLogger(__name__)
REPORT = ("rapport.html", "rapport.pdf")


def prepare_publication(access: Access, run: Run, licence: str, address: str) -> Job:
    """Write the open data of a frozen run, which are not open yet: long work."""
    publication = access.add(Publication, run=run, year=run.year, licence=licence, address=address)
    title = _("Données ouvertes {year}").format(year=run.year)
    return queue.ask_job(access, "open data", str(publication.pk), title, publication=publication.pk)


def write_publication(job: Job) -> str:
    """Write the files of a publication, whole or not at all."""
    publication = Publication.objects.select_related("organisation", "run").get(pk=job.subject["publication"])
    if publication.prepared_at is None:
        baselines.require_unmoved(publication.run)
        now = timezone.now()
        partial = publication.folder.with_suffix(".part")
        for left in (partial, publication.folder):
            shutil.rmtree(left, ignore_errors=True)
        day, name = timezone.localdate(now).isoformat(), publication.organisation.name
        about = open_data.About(name, publication.address, day, publication.licence)
        open_data.write_open_data(publication.run.folder, partial, about)
        partial.rename(publication.folder)
        publication.prepared_at = now
        publication.save(update_fields=["prepared_at"])
    return publication.organisation.url("publishing:run", publication.run_id)


def ask_report(access: Access, run: Run) -> Job:
    """Write the report of a frozen run: long work, done once."""
    return queue.ask_job(access, "report", str(run.pk), _("Rapport {year}").format(year=run.year), run=run.pk)


def report_files(run: Run) -> dict[str, Path]:
    """The files of the report of a run that are there, by name: the PDF is missing where its library is."""
    return {name: path for name in REPORT if (path := storage.folder("reports", run.pk, name)).exists()}


def write_report(job: Job) -> str:
    """Write the report as a PDF, then as a page; where the library of the PDF is missing, the page alone.

    The page comes last: once it is there, a PDF that is not will not come.
    """
    run = Run.objects.select_related("organisation").get(pk=job.subject["run"])
    baselines.require_unmoved(run)
    page, pdf = (storage.folder("reports", run.pk, name) for name in REPORT)
    try:
        reports.report(run.folder, pdf)
    except OSError as error:
        # WeasyPrint is there, the system library that draws its text (Pango) is not.
        _log.warning("no PDF for run %s: %s", run.pk, error)
    job.note_progress(0.9)
    reports.report(run.folder, page)
    return run.organisation.url("publishing:run", run.pk)


def ask_assembly_report(access: Access, kind: str, run: Run | None, session: date) -> Job:
    """Compose the documents of a session in the queue, from what is there when its turn comes."""
    number = run.pk if run else None
    key = f"{kind} {number} {session} {timezone.now():%Y-%m-%d %H:%M:%S.%f}"
    subject = {"report": kind, "run": number, "session": session.isoformat(), "membership": access.membership.pk}
    return queue.ask_job(access, "assembly", key, AssemblyReport(kind=kind).label.capitalize(), **subject)


def write_assembly_report(job: Job) -> str:
    """Compose a report to the assembly and keep it; done again, it gives the same report."""
    asked = job.subject
    membership = Membership.objects.select_related("person", "organisation").get(pk=asked["membership"])
    access = Access(membership.person, membership.organisation, membership)
    report = access.of(AssemblyReport).filter(job=job).first()
    if report is None:
        session = date.fromisoformat(asked["session"])
        run = access.of(Run).get(pk=asked["run"]) if asked["run"] else None
        if run:
            baselines.require_unmoved(run)
        composed = assembly.compose(access, asked["report"], run, session)
        report = access.add(
            AssemblyReport, kind=asked["report"], run=run, session=session, job=job, content=composed.as_values(),
            asked=composed.asked, open_passages=composed.open_passages,
        )  # fmt: skip
        access.record(_("a composé : {what} (n° {n})").format(what=report.label, n=report.pk))
    return access.url("assembly:report", report.pk)
