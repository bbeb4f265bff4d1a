"""Ask for work, take it up, carry it out.

The setting WORK names the function of each kind of work. It receives the job and returns the URL of its result; started
again after a kill, it writes whole or not at all, and doubles nothing.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Protocol

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.portal.common import room
from estran.portal.jobs.models import ATTEMPTS, LEASE, Job
from estran.portal.organisations.models import Organisation, Person

PAUSE = 1.0  # seconds between two notes of progress, and between two looks at an empty queue
_log = logging.getLogger(__name__)


def find_work(kind: str) -> Callable[[Job], str]:
    """The function that does this kind of work."""
    return import_string(settings.WORK[kind])


class Asker(Protocol):
    """Who asks for work: a member of an organisation, or the holder of a link, who is no person."""

    @property
    def organisation(self) -> Organisation:
        """The organisation."""

    @property
    def person(self) -> Person | None:
        """The person, if there is one."""

    def record(self, what: str) -> None:
        """Add a line to the audit log."""


def ask_job(access: Asker, kind: str, key: str, title: str, **subject: Any) -> Job:
    """Put work in the queue once: the same kind and key give the same job; one that failed is tried again."""
    values = {"title": title, "subject": subject, "person": access.person}
    job, new = Job.objects.get_or_create(organisation=access.organisation, kind=kind, key=key, defaults=values)
    if not new and job.ask_again():
        job.refresh_from_db()
    return job


def run_at_once(job: Job) -> Job:
    """Carry out short work within the request; another worker that already has it keeps it."""
    if taken := take_job(job):
        run_job(taken)
    job.refresh_from_db()
    return job


def take_job(job: Job | None = None) -> Job | None:
    """Take up the oldest work that waits or whose worker is gone (or this very job), for the length of a lease.

    None is taken up while the disk is almost full: it waits.
    """
    if room.is_short():
        return None
    with transaction.atomic():
        due = Job.objects.filter(Q(state=Job.WAITING) | Job.abandoned())
        due = due.filter(pk=job.pk) if job else due.order_by("asked_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        for candidate in due:
            if candidate.attempts >= ATTEMPTS:
                what = _("Le serveur s’est arrêté trois fois pendant ce travail.")
                remedy = _("Le relancer ; si cela recommence, prévenir l’administrateur.")
                _end(candidate, Job.FAILED, problems=[asdict(Problem(what, remedy))])
                continue
            candidate.attempts += 1
            candidate.state, candidate.leased_until, candidate.progress = Job.RUNNING, timezone.now() + LEASE, 0.0
            candidate.save(update_fields=["attempts", "state", "leased_until", "progress"])
            return candidate
    return None


def free_jobs() -> None:
    """End every lease: whoever serves starts alone on the data, those who worked before are gone."""
    Job.objects.filter(state=Job.RUNNING).update(leased_until=timezone.now())


def run_job(job: Job, beat: float = LEASE.total_seconds() / 3) -> None:
    """Do the work of a job that was taken, and write how it ended. An input that cannot be used is not tried again.

    Every `beat` seconds the lease is renewed and the progress noted.
    """
    try:
        with _lease_kept(job, beat):
            address = find_work(job.kind)(job)
    except CannotUse as error:
        _end(job, Job.FAILED, problems=[asdict(problem) for problem in error.problems])
    except Exception as error:
        # Whatever happens in one job, the worker goes on to the next.
        _log.exception("job %s (%s), attempt %s", job.pk, job.kind, job.attempts)
        if room.explains(error):
            room.give_up_reserve()
            remedy = _("Rien n’est perdu. L’administrateur libère de la place, puis ce travail se relance.")
            _end(job, Job.FAILED, problems=[asdict(Problem(_("Le disque du serveur est plein."), remedy))])
        elif job.attempts < ATTEMPTS:
            _mine(job).update(state=Job.WAITING, leased_until=None)
        else:
            what = _("Ce travail a échoué trois fois (travail n° {n}).").format(n=job.pk)
            remedy = _("Prévenir l’administrateur, avec ce numéro : le journal du serveur dit pourquoi.")
            _end(job, Job.FAILED, problems=[asdict(Problem(what, remedy))])
    else:
        _end(job, Job.DONE, progress=1.0, next_url=address)


def run_next_job() -> bool:
    """Carry out the next work, if there is any; whether there was."""
    job = take_job()
    if job:
        run_job(job, PAUSE)
    return job is not None


def _mine(job: Job) -> Any:
    """The row, while this attempt still holds it: a worker that lost its lease writes nothing."""
    return Job.objects.filter(pk=job.pk, state=Job.RUNNING, attempts=job.attempts)


def _end(job: Job, state: str, **values: Any) -> None:
    _mine(job).update(state=state, ended_at=timezone.now(), leased_until=None, **values)


@contextmanager
def _lease_kept(job: Job, beat: float) -> Iterator[None]:
    """Renew the lease beside the work, however long one step of it is, and note how much is done."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(beat):
            try:
                _mine(job).update(leased_until=timezone.now() + LEASE, progress=job.progress)
            except DatabaseError as error:
                # A database that is away for a moment: the lease is longer than a few beats.
                _log.warning("job %s, lease not renewed: %s", job.pk, error)
            connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
