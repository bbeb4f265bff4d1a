"""The page of long work: how far it is, what went wrong, where its result is."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.portal.jobs.models import ATTEMPTS, Job
from estran.portal.organisations.access import Access, access_required

EVERY = 5  # seconds after which the page of work under way is loaded again


@access_required()
def job(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Show a job, or its result once done; POST puts a failed one back in the queue."""
    job = access.get(Job, pk=number)
    if request.method == "POST":
        if job.ask_again():
            messages.info(request, _("Le travail est relancé."))
        return access.redirect("jobs:job", number)
    if job.state == Job.DONE and job.next_url:
        return redirect(job.next_url)
    waits = not job.ended and "fixe" not in request.GET
    response = render(request, "jobs/job.html", {"job": job, "attempts": ATTEMPTS, "waits": waits, "every": EVERY})
    if waits:
        response["Refresh"] = str(EVERY)  # without script; the page has a link that stops it
    return response
