"""The flow view of a run (V2), beside its stock view: computed on demand, from its own inventory and perimeter."""

from dataclasses import replace

from django.urls import reverse

from estran.engine import runs
from estran.portal.jobs.models import Job
from estran.portal.results import calculation, figures
from estran.portal.results.models import Run


def carry_out(job: Job) -> str:
    """Compute the flow view of a job, whole or not at all; the run itself does not change."""
    run = Run.objects.select_related("organisation", "inventory").get(pk=job.subject["run"])
    if not run.folder_of(Run.FLOW).exists():
        choices = replace(calculation.choices(run.place, run.year), view=Run.FLOW)
        runs.restate(run.folder, choices, run.folder_of(Run.FLOW))
    figures.of(run, Run.FLOW)
    return address(run)


def address(run: Run) -> str:
    """The page of the run in this view."""
    return reverse("results:run", args=(run.organisation.slug, run.pk)) + f"?view={Run.FLOW}"
