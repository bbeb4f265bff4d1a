"""From a campaign to results: the run of the year from the accepted answers, and the own result of one school."""

import shutil
from pathlib import Path

from django.db.models import Max
from django.urls import reverse

from estran.common.language import _
from estran.engine import runs
from estran.portal.collection import merging
from estran.portal.collection.models import Answer, Campaign
from estran.portal.collection.referents import Referent
from estran.portal.common import storage
from estran.portal.estates.scope import perimeter_text
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership
from estran.portal.results import calculation, figures
from estran.portal.results.models import Run


def ask(access: Access, campaign: Campaign) -> Job:
    """The run of a campaign, in the queue; the same answers, choices and headcounts asked twice make one job."""
    last = campaign.answers.aggregate(last=Max("accepted_at"))["last"]
    choice = access.organisation.label_choices.aggregate(last=Max("at"))["last"]
    made = access.of(Run).count()
    title = _("Inventaire {year} de la collecte").format(year=campaign.year)
    return queue.ask_job(access, "merge", f"{campaign.pk}:{last}:{choice}:{made}", title, campaign=campaign.pk)


def carry_out(job: Job) -> str:
    """Merge the accepted answers and ask for the run; started again, it finds the same inventory and the same run."""
    campaign = Campaign.objects.select_related("organisation").get(pk=job.subject["campaign"])
    inventory = merging.merge_inventory(campaign, job.person)
    job.note_progress(0.5)
    run = Run.objects.filter(inventory=inventory, asked_at__gte=job.asked_at).first()
    if run is None:
        membership = Membership.objects.get(organisation=job.organisation, person=job.person)
        asked = calculation.ask(Access(membership.person, job.organisation, membership), inventory)
        return queue.run_at_once(asked).address
    return queue.run_at_once(Job.objects.get(organisation=job.organisation, kind="run", key=str(run.pk))).address


def ask_own(referent: Referent, found: Answer) -> Job:
    """The own result of a school, in the queue."""
    estate, _folder = merging.keep_answer_estate(found)
    place = f"{found.pk}-{estate[:24]}"
    title = _("Résultat de {entity}").format(entity=referent.entity)
    return queue.ask_job(referent, "school", place, title[:200], answer=found.pk, estate=estate, place=place)


def compute_own(job: Job) -> str:
    """Compute what one school sent, for its own eyes; it is no run of the organisation."""
    answer = Answer.objects.select_related("organisation", "campaign").get(pk=job.subject["answer"])
    place = storage.folder("schools", job.subject["place"])
    if not (place / "run" / "run.json").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        year = answer.campaign.year
        (place / "perimeter.toml").write_text(perimeter_text(answer.organisation, year), encoding="utf-8")
        overlay = storage.folder("overlays", answer.organisation_id)
        if overlay.exists():
            shutil.copytree(overlay, place / "overlay")
        estate = storage.folder("estates", answer.organisation_id, job.subject["estate"])
        runs.compute([estate], calculation.choices(place, year), place / "run")
    return reverse("collection:answer", args=(answer.organisation.slug, answer.pk))


def own_figures(place: Path) -> figures.KeptSummary:
    """The figures of a school that was computed, read in its run the first time."""
    path = place / figures.NAME
    values = figures.kept(path) if path.exists() else figures.keep(path, figures.read(place / "run"))
    return figures.KeptSummary(values)
