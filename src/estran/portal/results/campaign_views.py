"""From a campaign to results: the run of the year from the accepted answers, and the own result of one school."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.portal.collection import campaigns
from estran.portal.collection.models import Campaign
from estran.portal.collection.referents import Referent, by_link
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import READING, Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.results import campaign_runs


@access_required(read=Role.OFFICER)
def merge(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What goes into the inventory of the year, what does not yet; then the run."""
    campaign = access.get(Campaign, pk=number)
    standings = campaigns.answer_statuses(campaign, campaign.answers.select_related("entity"))
    if request.method == "POST":
        job = queue.run_at_once(campaign_runs.ask(access, campaign))
        return redirect(job.address)
    by_state = {code: [one for one in standings if one.state == code] for code in campaigns.STATES}
    values = {"campaign": campaign, "by_state": by_state, "said": campaigns.state_label}
    return render(request, "results/merge.html", values)


# ------------------------------------------------------------------------------------------------ the school's own


@by_link(*READING)
def thanks(request: HttpRequest, referent: Referent) -> HttpResponse:
    """Third screen: the school's own result, and nothing else to do."""
    found = referent.answer
    if found is None or not referent.sent.exists():
        return redirect(referent.address("start"))
    job = queue.run_at_once(campaign_runs.ask_own(referent, found))
    values: dict[str, Any] = {"referent": referent, "answer": found, "job": job, "figures": None}
    if job.state == Job.DONE:
        values["figures"] = campaign_runs.own_figures(storage.folder("schools", job.subject["place"]))
    return render(request, "results/school_thanks.html", values)
