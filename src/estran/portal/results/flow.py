"""The flow view of a run (V2), beside its stock view: computed on demand, from its own inventory and perimeter."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from estran.common.language import _
from estran.engine import runs
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Role
from estran.portal.results import explained, figures, work
from estran.portal.results.models import Run


@access(read=Role.OFFICER)
def compute(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Ask for the flow view of a run; it is then read on the page of the run."""
    run = here.get(Run, pk=number, computed_at__isnull=False)
    if request.method == "POST":
        title = _("Vue des achats du bilan {year}").format(year=run.year)
        asked = queue.ask if run.folder_of(Run.FLOW).exists() else explained.missing
        job = asked(here, "flow", str(run.pk), title, run=run.pk)
        short = run.inventory.rows < explained.LONG
        return redirect((queue.at_once(job) if short else job).address)
    return redirect(_address(run))


@queue.work("flow")
def carry_out(job: Job) -> str:
    """Compute the flow view of a job, whole or not at all; the run itself does not change."""
    run = Run.objects.select_related("organisation", "inventory").get(pk=job.subject["run"])
    if not run.folder_of(Run.FLOW).exists():
        choices = replace(work.choices(run.place, run.year), view=Run.FLOW)
        runs.restate(run.folder, choices, run.folder_of(Run.FLOW))
    figures.of(run, Run.FLOW)
    return _address(run)


def _address(run: Run) -> str:
    return reverse("results:run", args=(run.organisation.slug, run.pk)) + f"?view={Run.FLOW}"
