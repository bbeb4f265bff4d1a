"""A run asked through the portal: what it is computed from is kept beside it, then the engine makes the run folder."""

import shutil
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from estran.common.language import _
from estran.engine import runs
from estran.portal.common import storage
from estran.portal.estates.models import Inventory
from estran.portal.estates.scope import perimeter_text
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.results import figures
from estran.portal.results.models import Run

LATELY = timedelta(minutes=10)  # within it, a page sent again asks for nothing new


def ask(access: Access, inventory: Inventory, corrects: Run | None = None) -> Job:
    """A run of an inventory, in the queue. What it needs (perimeter, overlay) is copied now, and stays.

    The same run asked again within a few minutes is the same job: the server may have stopped before its answer.
    """
    perimeter = perimeter_text(access.organisation, inventory.year)
    overlay = storage.folder("overlays", access.organisation.pk)
    with transaction.atomic():
        lately = access.of(Run).filter(inventory=inventory, corrects=corrects, asked_at__gte=timezone.now() - LATELY)
        same = (one for one in lately if _needs(one.place, perimeter, overlay))
        run = next(same, None) or _new(access, inventory, corrects, perimeter, overlay)
        title = _("Calcul {year}").format(year=run.year)
        return queue.ask_job(access, "run", str(run.pk), title, run=run.pk)


def _needs(place: Path, perimeter: str, overlay: Path) -> bool:
    """The run of this place was asked with this perimeter and this overlay."""
    file = place / "perimeter.toml"
    same = file.exists() and file.read_text("utf-8") == perimeter
    return same and storage.folder_digest(place / "overlay") == storage.folder_digest(overlay)


def _new(access: Access, inventory: Inventory, corrects: Run | None, perimeter: str, overlay: Path) -> Run:
    run = Run.objects.create(
        organisation=access.organisation,
        inventory=inventory,
        year=inventory.year,
        corrects=corrects,
        made_by=access.person,
    )
    shutil.rmtree(run.place, ignore_errors=True)  # what a killed request left under this number
    run.place.mkdir(parents=True)
    (run.place / "perimeter.toml").write_text(perimeter, encoding="utf-8")
    if overlay.exists():
        shutil.copytree(overlay, run.place / "overlay")
    access.record(_("a demandé le calcul {year} (n° {n})").format(year=run.year, n=run.pk))
    return run


def compute(job: Job) -> str:
    """Compute the run of a job and keep its headline; done twice, it gives the same."""
    run = Run.objects.select_related("organisation", "inventory").get(pk=job.subject["run"])
    if run.computed_at is None:
        runs.compute([run.inventory.folder], choices(run.place, run.year), run.folder, job.note_progress)
        run.keep_headline(figures.write(run).carbon)
    return reverse("results:run", args=(run.organisation.slug, run.pk))


def choices(place: Path, year: int) -> runs.Choices:
    """What a run of the portal is computed with: everything but its inventory."""
    overlay = place / "overlay"
    return runs.Choices(year, overlay=overlay if overlay.exists() else None, perimeter=place / "perimeter.toml")
