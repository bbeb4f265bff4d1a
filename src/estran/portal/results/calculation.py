"""A run asked through the portal: what it is computed from is kept beside it, then the engine makes the run folder.

The flow view (V2) is computed on demand, beside the run, from its own inventory and perimeter. The accepted answers of
a campaign give the run of its year; what one school sent gives a result for its own eyes.
"""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from estran.common.language import _
from estran.engine import runs
from estran.portal.collection import merging
from estran.portal.collection.campaigns import Referent
from estran.portal.collection.models import Answer, Campaign
from estran.portal.common import storage
from estran.portal.estates.models import Inventory
from estran.portal.estates.scope import perimeter_text
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership, Organisation
from estran.portal.results import figures
from estran.portal.results.models import Run

LATELY = timedelta(minutes=10)  # within it, a page sent again asks for nothing new


def ask_run(access: Access, inventory: Inventory, corrects: Run | None = None) -> Job:
    """Ask the queue for a run of an inventory. What it needs (perimeter, overlay) is copied now, and stays.

    The same run asked again within a few minutes is the same job: the server may have stopped before its answer.
    """
    perimeter = perimeter_text(access.organisation, inventory.year)
    overlay = storage.folder_digest(storage.folder("overlays", access.organisation.pk))
    with transaction.atomic():
        for run in access.of(Run).filter(
            inventory=inventory, corrects=corrects, asked_at__gte=timezone.now() - LATELY, withdrawn_at=None
        ):  # fmt: skip
            file = run.place / "perimeter.toml"
            same = file.exists() and file.read_text("utf-8") == perimeter
            if same and storage.folder_digest(run.place / "overlay") == overlay:
                break
        else:
            run = access.add(Run, inventory=inventory, year=inventory.year, corrects=corrects)
            copy_inputs(access.organisation, run.year, run.place)
            access.record(_("a demandé le calcul {year} (n° {n})").format(year=run.year, n=run.pk))
        title = _("Calcul {year}").format(year=run.year)
        return queue.ask_job(access, "run", str(run.pk), title, run=run.pk)


def copy_inputs(organisation: Organisation, year: int, place: Path) -> None:
    """Copy the perimeter of a year and the overlay of an organisation to where its run goes, emptied first."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "perimeter.toml").write_text(perimeter_text(organisation, year), encoding="utf-8")
    overlay = storage.folder("overlays", organisation.pk)
    if overlay.exists():
        shutil.copytree(overlay, place / "overlay")


def read_choices(place: Path, year: int) -> runs.Choices:
    """What a run of the portal is computed with: everything but its inventory."""
    overlay = place / "overlay"
    return runs.Choices(year, overlay=overlay if overlay.exists() else None, perimeter=place / "perimeter.toml")


def compute_run(job: Job) -> str:
    """Compute the run of a job and keep its headline; done twice, it gives the same."""
    run = Run.objects.select_related("organisation", "inventory").get(pk=job.subject["run"])
    if run.computed_at is None:
        runs.compute([run.inventory.folder], read_choices(run.place, run.year), run.folder, job.note_progress)
        run.keep_headline(figures.of(run).carbon)
    return run.organisation.url("results:run", run.pk)


def compute_flow(job: Job) -> str:
    """Compute the flow view of a job, whole or not at all; the run itself does not change."""
    run = Run.objects.select_related("organisation", "inventory").get(pk=job.subject["run"])
    if not run.folder_of(Run.FLOW).exists():
        runs.restate(run.folder, replace(read_choices(run.place, run.year), view=Run.FLOW), run.folder_of(Run.FLOW))
    figures.of(run, Run.FLOW)
    return flow_url(run)


def flow_url(run: Run) -> str:
    """The page of a run in its flow view."""
    return run.organisation.url("results:run", run.pk) + f"?view={Run.FLOW}"


# --- from a campaign to results ----------------------------------------------------------------------------------


def last_merge(campaign: Campaign) -> Job | None:
    """The last work of merging the answers of a campaign."""
    merges = Job.objects.filter(organisation=campaign.organisation_id, kind="merge", subject__campaign=campaign.pk)
    return merges.select_related("organisation").first()


def ask_merge(access: Access, campaign: Campaign) -> Job:
    """Ask the queue for the run of a campaign; the same answers, choices and headcounts asked twice make one job."""
    accepted = campaign.answers.aggregate(last=Max("accepted_at"))["last"]
    choice = access.organisation.label_choices.aggregate(last=Max("at"))["last"]
    overlay = storage.folder_digest(storage.folder("overlays", access.organisation.pk))[:16]
    withdrawn = access.of(Run).filter(withdrawn_at__isnull=False).count()
    key = f"{campaign.pk}:{accepted}:{choice}:{access.of(Run).count()}:{overlay}:{withdrawn}"
    title = _("Inventaire {year} de la collecte").format(year=campaign.year)
    return queue.ask_job(access, "merge", key, title, campaign=campaign.pk)


def merge_answers(job: Job) -> str:
    """Merge the accepted answers and ask for the run; started again, it gives the same inventory and the same run."""
    campaign = Campaign.objects.select_related("organisation").get(pk=job.subject["campaign"])
    inventory = merging.merge_inventory(campaign, job.person)
    job.note_progress(0.5)
    if run := Run.objects.filter(inventory=inventory, asked_at__gte=job.asked_at).first():
        asked = Job.objects.get(organisation=job.organisation, kind="run", key=str(run.pk))
    else:
        membership = Membership.objects.get(organisation=job.organisation, person=job.person)
        asked = ask_run(Access(membership.person, job.organisation, membership), inventory)
    return queue.run_at_once(asked).address


def ask_school(referent: Referent, answer: Answer) -> Job:
    """Ask the queue for the own result of a school."""
    estate, _folder = merging.keep_answer_estate(answer)
    place = f"{answer.pk}-{estate[:24]}"
    title = _("Résultat de {entity}").format(entity=referent.entity)
    return queue.ask_job(referent, "school", place, title[:200], answer=answer.pk, estate=estate, place=place)


def compute_school(job: Job) -> str:
    """Compute what one school sent, for its own eyes; it is no run of the organisation."""
    answer = Answer.objects.select_related("organisation", "campaign").get(pk=job.subject["answer"])
    place, year = storage.folder("schools", job.subject["place"]), answer.campaign.year
    if not (place / "run" / "run.json").exists():
        copy_inputs(answer.organisation, year, place)
        estate = storage.folder("estates", answer.organisation_id, job.subject["estate"])
        runs.compute([estate], read_choices(place, year), place / "run")
    return answer.organisation.url("collection:answer", answer.pk)


def school_figures(job: Job) -> figures.KeptSummary:
    """The figures of a school that a job computed, read in its run the first time."""
    place = storage.folder("schools", job.subject["place"])
    return figures.keep(place / figures.NAME, lambda: figures.read(place / "run"))
