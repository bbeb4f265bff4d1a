"""Runs: the row keeps what lists show; every other figure is read in the run folder. And the baseline, which stays."""

import shutil
from pathlib import Path
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from estran.common import files
from estran.portal.common import storage
from estran.portal.estates.models import Inventory
from estran.portal.organisations.models import Made, Organisation, Person

LARGE = 200_000  # rows of inventory from which a calculation is long work


class Frozen(Exception):
    """Something tried to change what a decision froze: a fault of the code, never shown as a choice to a person."""


class CountingRuns(models.Manager):
    """The runs that count: computed, and not withdrawn."""

    def get_queryset(self) -> models.QuerySet:
        """Those runs."""
        return super().get_queryset().filter(computed_at__isnull=False, withdrawn_at__isnull=True)


class Run(models.Model):
    """One calculation of a year: an inventory, a perimeter, an overlay and the catalogue of the day it was made.

    `mean`, `low` and `high` are the climate change total and its 95 % interval in kg CO2 eq, once computed. The run is
    the stock view, the reference of the method (V1); the flow view (V2) is computed beside it when it is asked for.
    """

    STOCK, FLOW = "stock", "flow"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="runs")
    inventory = models.ForeignKey(Inventory, models.PROTECT, related_name="runs")
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    year = models.PositiveSmallIntegerField()
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    computed_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of run.json
    mean = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    # Taken out of home, series and indicators, and why; it can be put back.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    withdrawn_for = models.CharField(max_length=300, blank=True)

    objects = models.Manager()
    counting = CountingRuns()

    class Meta:
        ordering = ("-year", "-asked_at")
        constraints = (
            models.CheckConstraint(condition=Q(year__gte=1990, year__lte=2100), name="run_year"),
            models.CheckConstraint(
                condition=Q(computed_at__isnull=True) | ~Q(sha256="") & Q(mean__isnull=False), name="run_computed_whole"
            ),
            models.CheckConstraint(condition=~Q(corrects=F("id")), name="run_corrects_another"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_for=""), name="run_withdrawn_for_a_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} {self.year} n° {self.pk}"

    @property
    def place(self) -> Path:
        """Where everything about the run lies: what it was asked with, and its folder."""
        return storage.folder("runs", self.pk)

    @property
    def folder(self) -> Path:
        """The run folder, as `estran compute` writes it."""
        return self.place / f"bilan-{self.year}"

    def view_of(self, wanted: str) -> str:
        """The view that an address asks for, the stock when the flow was not computed."""
        return self.FLOW if wanted == self.FLOW and self.folder_of(self.FLOW).exists() else self.STOCK

    def place_of(self, view: str) -> Path:
        """Where a view of the run lies: its folder, its figures, its tables once it is opened."""
        return self.place if view == self.STOCK else self.place / view

    def folder_of(self, view: str) -> Path:
        """The run folder of a view."""
        return self.place_of(view) / self.folder.name

    def keep_headline(self, carbon: dict[str, float]) -> None:
        """Keep what lists show of the run folder now computed: its hash, climate change total and interval."""
        self.sha256 = files.sha256(self.folder / "run.json")
        self.mean, self.low, self.high = carbon["mean"], carbon["low"], carbon["high"]
        self.computed_at = timezone.now()
        self.save()

    @property
    def large(self) -> bool:
        """What is made of it is long work."""
        return self.inventory.rows >= LARGE

    @property
    def estimate(self) -> bool:
        """Made from a few counts, not from inventories."""
        return self.inventory.kind == Inventory.ESTIMATE

    @property
    def frozen(self) -> Any:
        """The decision that froze the run, or None."""
        return getattr(self, "baseline", None)

    def withdraw(self, person: Person | None, reason: str) -> None:
        """Take the run out of home, series and indicators; nothing is erased. Errors: Frozen."""
        self.withdrawn_at, self.withdrawn_by, self.withdrawn_for = timezone.now(), person, reason
        self.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_for"])

    def put_back(self) -> None:
        """Let a withdrawn run count again. Errors: Frozen."""
        self.withdrawn_at, self.withdrawn_by, self.withdrawn_for = None, None, ""
        self.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_for"])

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the run; once frozen it does not change. Errors: Frozen."""
        if self.pk and Baseline.objects.filter(run=self.pk).exists():
            raise Frozen(str(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Delete the run and its files; a frozen one stays (the database refuses)."""
        place, deleted = self.place, super().delete(*args, **kwargs)
        shutil.rmtree(place, ignore_errors=True)
        return deleted


class Baseline(Made):
    """The decision that makes a run the reference. It is written once: neither it nor its run ever changes."""

    run = models.OneToOneField(Run, models.PROTECT, related_name="baseline")
    decided_on = models.DateField()
    decision = models.TextField()
    number = models.CharField(max_length=60, blank=True)
    sha256 = models.CharField(max_length=64)  # of baseline.toml, which holds the hashes of the run's files

    class Meta:
        ordering = ("-decided_on", "-pk")
        constraints = (models.CheckConstraint(condition=~Q(decision=""), name="baseline_has_a_text"),)

    def __str__(self) -> str:
        return f"{self.run} {self.decided_on}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the decision, once. Errors: Frozen."""
        if self.pk:
            raise Frozen(str(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """A decision is never deleted. Errors: Frozen."""
        raise Frozen(str(self))


class OtherFigure(models.Model):
    """A figure of another tool: shown beside the series, never joined to it (rule D1). `denominator` empty: a total."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="other_figures")
    year = models.PositiveSmallIntegerField()
    tool = models.CharField(max_length=100)
    value = models.FloatField()
    unit = models.CharField(max_length=40)
    perimeter = models.CharField(max_length=300)
    denominator = models.CharField(max_length=200, blank=True)
    document = models.CharField(max_length=300)
    published_on = models.DateField()

    class Meta:
        ordering = ("year", "tool", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(year__gte=1990, year__lte=2100), name="other_figure_year"),
            models.CheckConstraint(
                condition=~Q(tool="") & ~Q(perimeter="") & ~Q(document=""), name="other_figure_told"
            ),
        )
