"""Requests of directorates: the need, the grades of the appraisal, the sizing and its footprint, the decision."""

from pathlib import Path
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.common.language import _
from estran.portal.common import catalogue_rows, storage
from estran.portal.common.edit_conflicts import Edited
from estran.portal.organisations.models import Entity, Organisation, Person

GO, REDESIGN, NO_GO = "go", "redesign", "no_go"
DECISIONS = {"": _("à décider"), GO: _("retenue"), REDESIGN: _("à revoir"), NO_GO: _("non retenue")}
REVIEWS = {"": "–", "keep": _("garder"), "rethink": _("revoir"), "stop": _("arrêter")}
PROJECT = "project"
KINDS = {PROJECT: _("Le projet"), "nothing": _("Ne rien faire"), "shared": _("Un outil partagé qui existe")}


class Thresholds(Edited):
    """Below which cost (euros, five years) and how many items a request is small, as this organisation decided."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="request_thresholds")
    cost = models.PositiveIntegerField()
    items = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.cost} / {self.items}"


class Request(Edited):
    """A digital need of a directorate, from its submission to its review; costs in euros, `None` where not filled in.

    `saving_kg` is the declared saving of an enabling project elsewhere, in kg CO2 eq a year, with its source.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="requests")
    entity = models.ForeignKey(Entity, models.SET_NULL, null=True, related_name="requests")
    title = models.CharField(max_length=200)
    need = models.TextField()
    received_on = models.DateField(default=timezone.localdate)
    small = models.BooleanField()
    items = models.PositiveIntegerField(null=True, blank=True)
    investment = models.FloatField(null=True, blank=True)
    running = models.FloatField(null=True, blank=True)  # a year
    years = models.PositiveSmallIntegerField(default=5)  # of service
    ai_use = models.BooleanField(null=True, blank=True)
    saving_what = models.CharField(max_length=200, blank=True)
    saving_kg = models.FloatField(null=True, blank=True)
    saving_source = models.CharField(max_length=300, blank=True)
    decision = models.CharField(max_length=10, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    reasons = models.TextField(blank=True)
    live_on = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    review = models.CharField(max_length=10, blank=True)
    review_text = models.TextField(blank=True)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    computed = models.CharField(max_length=64, blank=True)  # hash of the sizing that was computed

    class Meta:
        ordering = ("-received_on", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(decision__in=("", "go", "redesign", "no_go")), name="request_decision"),
            models.CheckConstraint(
                condition=Q(decision="") | Q(decided_on__isnull=False) & ~Q(reasons=""), name="request_decided_whole"
            ),
            models.CheckConstraint(condition=Q(review__in=("", "keep", "rethink", "stop")), name="request_review"),
            models.CheckConstraint(
                condition=Q(saving_kg__isnull=True) | ~Q(saving_source=""), name="request_saving_has_a_source"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def place(self) -> Path:
        """Where the estate of the sizing and its run lie."""
        return storage.folder("requests", self.pk, self.computed[:24])

    @property
    def folder(self) -> Path:
        """The run folder of the sizing: each option is an entity of it."""
        return self.place / "bilan"

    @property
    def decision_label(self) -> str:
        """The decision in words."""
        return DECISIONS[self.decision]

    @property
    def review_label(self) -> str:
        """The outcome of the review in words."""
        return REVIEWS[self.review]

    @property
    def levels(self) -> dict[str, int]:
        """The levels given, by criterion."""
        return {grade.criterion: grade.level for grade in self.grades.all()}

    @property
    def options_in_order(self) -> list["Option"]:
        """The three options; one that is not filled in is empty."""
        options = {option.kind: option for option in self.options.all()}
        return [options.get(kind) or Option(kind=kind) for kind in KINDS]

    @property
    def cost(self) -> float | None:
        """Full cost over the years of service; unknown as soon as one part is."""
        if self.investment is None or self.running is None:
            return None
        return self.investment + self.running * self.years

    @property
    def review_due(self) -> Any:
        """The day of the review, some months after the launch; None before it."""
        if self.live_on is None:
            return None
        months = self.live_on.month - 1 + int(catalogue_rows.appraisal_rule("review"))
        year, month = self.live_on.year + months // 12, months % 12 + 1
        return self.live_on.replace(year=year, month=month, day=min(self.live_on.day, 28))


class Grade(models.Model):
    """The level (0 to 4) given to a criterion of the appraisal, and why; gates: 0 is no, 4 is yes. No row: unknown."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    request = models.ForeignKey(Request, models.CASCADE, related_name="grades")
    criterion = models.CharField(max_length=4)
    level = models.PositiveSmallIntegerField()
    why = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("request", "criterion"), name="grade_once"),
            models.CheckConstraint(condition=Q(level__lte=4), name="grade_level"),
        )


class Option(models.Model):
    """One way to answer the need: the project, doing nothing, an existing shared tool; its sizing and its footprint.

    `sizing` is code of request_sizing.csv → quantity; `mean`, `low`, `high` are kg CO2 eq a year once computed.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    request = models.ForeignKey(Request, models.CASCADE, related_name="options")
    kind = models.CharField(max_length=8)
    sizing = models.JSONField(default=dict)
    mean = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    gaps = models.JSONField(default=list)  # what the footprint leaves out, in words

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("request", "kind"), name="option_once"),
            models.CheckConstraint(condition=Q(kind__in=("project", "nothing", "shared")), name="option_kind"),
        )

    @property
    def label(self) -> str:
        """The option in words."""
        return KINDS[self.kind]
