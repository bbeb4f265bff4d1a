"""One piece of long work: asked once, tried at most three times, never lost when a worker is killed."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.common.language import _, ngettext
from estran.portal.common import room
from estran.portal.organisations.models import Organisation, Person

ATTEMPTS = 3
LEASE = timedelta(seconds=60)
STILL = 2 * LEASE  # nothing that moves for so long: nobody works


def duration(length: timedelta) -> str:
    """A length of time as people say it: « 40 secondes », « 3 minutes », « 2 heures »."""
    seconds = max(int(length.total_seconds()), 1)
    if seconds < 90:
        return ngettext("{n} seconde", "{n} secondes", seconds).format(n=seconds)
    if (minutes := round(seconds / 60)) < 90:
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    hours = round(minutes / 60)
    return ngettext("{n} heure", "{n} heures", hours).format(n=hours)


class Job(models.Model):
    """Work to do: `kind` names the function, `subject` its arguments; the same `key` is never asked twice.

    A running job belongs to the worker that renews its lease; past `leased_until`, another one takes it up.
    """

    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="jobs")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    subject = models.JSONField(default=dict)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default=WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    progress = models.FloatField(default=0.0)  # share done, 0 to 1
    problems = models.JSONField(default=list)  # what, remedy, file, line: as estran.problems.Problem
    next_url = models.CharField(max_length=300, blank=True)  # where the result is read
    asked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "kind", "key"), name="job_asked_once"),
            models.CheckConstraint(condition=Q(state__in=("waiting", "running", "done", "failed")), name="job_state"),
            models.CheckConstraint(condition=Q(attempts__lte=ATTEMPTS), name="job_attempts"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(leased_until__isnull=False), name="job_running_has_lease"
            ),
        )
        indexes = (models.Index(fields=("state", "leased_until"), name="job_to_take"),)

    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

    @property
    def address(self) -> str:
        """Where to look: the result of a job that is done, else its own page."""
        own = self.organisation.url("jobs:job", self.pk)
        return self.next_url if self.state == self.DONE and self.next_url else own

    @property
    def ended(self) -> bool:
        """Done or failed."""
        return self.state in (self.DONE, self.FAILED)

    @classmethod
    def abandoned(cls) -> Q:
        """Its worker is gone: the lease is over, or further ahead than any lease (the clock was set back)."""
        now = timezone.now()
        return Q(state=cls.RUNNING) & (Q(leased_until__lt=now) | Q(leased_until__gt=now + LEASE))

    @property
    def waits_for_room(self) -> bool:
        """It is not taken up while the disk is almost full."""
        return self.state == self.WAITING and room.is_short()

    @property
    def stopped(self) -> bool:
        """Its worker is gone, or was: the work waits for another one, or began anew."""
        now = timezone.now()
        past = self.leased_until is not None and not now <= self.leased_until <= now + LEASE
        return not self.ended and (past or self.attempts > (self.state == self.RUNNING))

    @property
    def still(self) -> bool:
        """Nobody works: it waits or was left, and nothing else goes on either. Someone has to start the work again."""
        now = timezone.now()
        if self.ended or now - (self.leased_until or self.asked_at) < STILL:
            return False
        return not Job.objects.filter(state=self.RUNNING, leased_until__gte=now).exists()

    @property
    def lasts(self) -> str:
        """How long ago it was asked for, or how long it took, in words."""
        return duration((self.ended_at or timezone.now()) - self.asked_at)

    @property
    def usual(self) -> str:
        """How long the last work of this kind took, in words; empty for the first one."""
        done = Job.objects.filter(organisation=self.organisation_id, kind=self.kind, state=self.DONE)
        last = done.filter(ended_at__isnull=False).order_by("-ended_at").first()
        return last.lasts if last else ""

    @property
    def before(self) -> int:
        """How much work is asked for before it, and not done."""
        ahead = Job.objects.filter(state__in=(self.WAITING, self.RUNNING)).filter(asked_at__lt=self.asked_at)
        return ahead.count() if self.state == self.WAITING else 0

    @property
    def reason(self) -> str:
        """Why it failed and what to do, in a sentence or two."""
        return " ".join(f"{one['what']} {one['remedy']}".strip() for one in self.problems[:1])

    @property
    def state_label(self) -> str:
        """Its state in words."""
        if self.still:
            return _("à l’arrêt")
        states = {self.WAITING: _("en attente"), self.RUNNING: _("en cours"), self.DONE: _("terminé")}
        return _("interrompu, repris") if self.stopped else states.get(self.state, _("n’a pas abouti"))

    def note_progress(self, share: float) -> None:
        """Say how much is done (0 to 1), from any thread of the work; whoever keeps the lease writes it down."""
        self.progress = share

    def ask_again(self) -> Any:
        """Put a failed job back in the queue, with three new attempts."""
        anew = {"state": self.WAITING, "attempts": 0, "progress": 0.0, "problems": [], "ended_at": None, "next_url": ""}
        failed = Job.objects.filter(pk=self.pk, state=self.FAILED)
        return failed.update(**anew, asked_at=timezone.now())
