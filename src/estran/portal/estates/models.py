"""What an organisation has in a year: what entities send in a campaign, inventories, which never change, and people."""

from pathlib import Path

from django.db import models
from django.db.models import Q

from estran.engine.perimeter import PEOPLE
from estran.portal.common import storage
from estran.portal.organisations.models import Made, Organisation


class Inventory(Made):
    """An estate folder as it was, named by its hash; a change makes another inventory."""

    ESTIMATE, COLLECTED = "estimate", "collected"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="inventories")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()

    class Meta:
        ordering = ("-made_at",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "year", "kind", "sha256"), name="inventory_once"),
            models.CheckConstraint(condition=Q(kind__in=("estimate", "collected")), name="inventory_kind"),
            models.CheckConstraint(condition=Q(year__gte=1990, year__lte=2100), name="inventory_year"),
        )

    @property
    def folder(self) -> Path:
        """The estate folder."""
        return storage.folder("inventories", self.organisation_id, self.sha256)


class Headcount(models.Model):
    """How many people of a kind, at a date: without a date a figure per person would say nothing (rule S1)."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="headcounts")
    who = models.CharField(max_length=10)
    date = models.DateField()
    value = models.PositiveIntegerField()
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-date", "who")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "who", "date"), name="headcount_once"),
            models.CheckConstraint(condition=Q(who__in=PEOPLE), name="headcount_who"),
            models.CheckConstraint(condition=Q(value__gt=0), name="headcount_positive"),
        )
