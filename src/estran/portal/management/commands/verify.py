"""Is everything there? Each file that the base names, with the bytes it had; and how much no row names any more."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from estran.catalogue.labels import Labels
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
from estran.portal.results import baselines, figures
from estran.portal.results.models import Run
from estran.reporting.run_summary import RunSummary

Whole = Callable[[], bool]  # whether a place holds what it must
Named = tuple[Path, Whole | str]  # a place, and how it is checked, or what is wrong with it


class Command(BaseCommand):
    """`python -m estran.portal verify`."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Read every file; exit status 1 when one is missing or has other bytes."""
        named = dict(_named())
        wrong = {path: fault for path, whole in named.items() if (fault := _fault(path, whole))}
        for path, fault in wrong.items():
            self.stdout.write(f"{path.relative_to(storage.folder())} ({fault})")
        left = sorted(_places() - named.keys())
        for path in left:
            self.stdout.write(_("Plus rien ne le nomme : {path}").format(path=path.relative_to(storage.folder())))
        text = _("Éléments que la base nomme : {n} ; absents ou modifiés : {wrong} ; que plus rien ne nomme : {left}.")
        self.stdout.write(text.format(n=len(named), wrong=len(wrong), left=len(left)))
        if wrong:
            raise CommandError(_("Remettre ces fichiers depuis une sauvegarde."))


def _fault(path: Path, whole: Whole | str) -> str:
    """What is wrong with a place that is named, in a word; empty when it holds what it must."""
    if isinstance(whole, str):
        return whole
    if not path.exists():
        return _("absent")
    return "" if whole() else _("modifié")


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
        yield run.place, run.place.is_dir
        if run.computed_at:
            yield from _named_by(run)
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


def _named_by(run: Run) -> Iterator[Named]:
    """The run.json of a computed run and the inputs it had; frozen, the decision and all files that it names alone."""
    described, decision = run.folder / "run.json", baselines.decision_path(run)
    yield described, partial(_has, described, run.sha256)
    if described.is_file() and _has(described, run.sha256):
        for name, digest in runs.read_json(run.folder)["inputs"].items():
            yield run.folder / "inputs" / name, partial(_has, run.folder / "inputs" / name, digest)
    if run.frozen:
        yield decision, partial(_has, decision, run.frozen.sha256)
        yield from ((run.folder / name, fault) for name, fault in baselines.list_changes(run).items())
        if (shown := run.place / figures.NAME).exists():
            yield shown, partial(_shows, shown, run)


def _has(path: Path, digest: str) -> bool:
    """A file with the bytes that it had."""
    return files.sha256(path) == digest


def _shows(path: Path, run: Run) -> bool:
    """The figures that pages show of a run are those of its folder, and of its row."""
    kept = json.loads(path.read_text(encoding="utf-8"))["carbon"]
    of_folder = RunSummary(run.folder, Labels("fr")).carbon
    rows = [tuple(one[name] for name in ("mean", "low", "high")) for one in (kept, of_folder)]
    return rows == 2 * [(run.mean, run.low, run.high)]
