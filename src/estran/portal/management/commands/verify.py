"""Is everything there? Each file that the base names, with the bytes it had; and how much no row names any more."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from estran.common import files
from estran.common.language import _
from estran.engine import runs
from estran.portal.collection.models import Delivery
from estran.portal.common import storage
from estran.portal.diagnostic.models import Charter
from estran.portal.estates.models import Inventory
from estran.portal.jobs.models import Job
from estran.portal.plan.models import Attachment, Projection
from estran.portal.publishing.models import Publication, Template
from estran.portal.results import baselines
from estran.portal.results.models import Run

Named = tuple[Path, Callable[[], bool]]  # a place, and whether it holds what it must


class Command(BaseCommand):
    """`python -m estran.portal verify`."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Read every file; exit status 1 when one is missing or has other bytes."""
        named = dict(_named())
        wrong = [path for path, whole in named.items() if not path.exists() or not whole()]
        for path in wrong:
            self.stdout.write(_("Absent ou modifié : {path}").format(path=path.relative_to(storage.folder())))
        left = sorted(_places() - named.keys())
        for path in left:
            self.stdout.write(_("Plus rien ne le nomme : {path}").format(path=path.relative_to(storage.folder())))
        text = _("Éléments que la base nomme : {n} ; absents ou modifiés : {wrong} ; que plus rien ne nomme : {left}.")
        self.stdout.write(text.format(n=len(named), wrong=len(wrong), left=len(left)))
        if wrong:
            raise CommandError(_("Remettre ces fichiers depuis une sauvegarde."))


def _named() -> Iterator[Named]:
    """Every place that a row names."""
    today = timezone.localdate()
    for delivery in Delivery.objects.select_related("answer__campaign"):
        if delivery.kept or today < delivery.kept_until:  # later it is erased
            yield delivery.place, partial(_sent, delivery)
        if delivery.read_at:
            yield delivery.folder, partial(_as_named, delivery.folder)
    schools = Job.objects.filter(kind="school")
    by_hash = [storage.folder("estates", job.organisation_id, job.subject["estate"]) for job in schools]
    by_hash += [inventory.folder for inventory in Inventory.objects.all()]
    by_hash += [kept.path for kept in (*Attachment.objects.all(), *Template.objects.all())]
    by_hash += [charter.document for charter in Charter.objects.exclude(sha256="")]
    for path in by_hash:
        yield path, partial(_as_named, path)
    for run in Run.objects.select_related("organisation", "inventory", "baseline"):
        yield run.place, partial(_whole, run)
    for publication in Publication.objects.filter(prepared_at__isnull=False):
        yield publication.folder, publication.folder.is_dir
    for projection in Projection.objects.all():
        yield projection.place, projection.folder.is_dir if projection.computed_at else projection.place.is_dir


def _places() -> set[Path]:
    """What lies where only named things lie."""
    patterns = {
        "*/*": ("sent", "estates", "inventories", "files", "charters"),
        "*": ("runs", "publications", "projections"),
    }
    return {
        path for pattern, places in patterns.items() for place in places for path in storage.folder(place).glob(pattern)
    }


def _as_named(path: Path) -> bool:
    """A file or a folder whose name is the hash of its bytes."""
    return (storage.folder_digest(path) if path.is_dir() else files.sha256(path)) == path.name


def _sent(delivery: Delivery) -> bool:
    """The file as it was sent."""
    return delivery.kept and files.sha256(delivery.file) == delivery.sha256


def _whole(run: Run) -> bool:
    """A run that was computed has the run.json and the inputs it had; frozen, every file that the decision names."""
    described, inputs = run.folder / "run.json", run.folder / "inputs"
    if not run.computed_at:
        return run.place.is_dir()
    if not described.is_file() or files.sha256(described) != run.sha256:
        return False
    hashes = runs.read_json(run.folder)["inputs"].items()
    if not all((inputs / name).is_file() and files.sha256(inputs / name) == digest for name, digest in hashes):
        return False
    decision = run.place / "baseline.toml"
    return not run.frozen or (files.sha256(decision) == run.frozen.sha256 and not baselines.describe_move(run))
