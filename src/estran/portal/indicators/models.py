"""What an organisation follows over time: targets of indicators, figures it types, figures of other tools."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.portal.organisations.models import Organisation, Person


class Target(models.Model):
    """What an indicator must reach, in its unit, and by when; with a start it gives the expected value of each year."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="targets")
    indicator = models.CharField(max_length=10)
    target = models.FloatField()
    year = models.PositiveSmallIntegerField()
    start = models.FloatField(null=True, blank=True)
    start_year = models.PositiveSmallIntegerField(null=True, blank=True)
    owner = models.CharField(max_length=200, blank=True)  # a department, never a person
    source = models.CharField(max_length=300, blank=True)  # where the target was decided
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "indicator"), name="target_once"),
            models.CheckConstraint(condition=Q(year__gte=1990, year__lte=2100), name="target_year"),
            models.CheckConstraint(
                condition=Q(start__isnull=True, start_year__isnull=True)
                | Q(start__isnull=False, start_year__isnull=False),
                name="target_start_has_its_year",
            ),
        )


class Typed(models.Model):
    """A quantity that no run and no kept register gives: its value in a year, its date, its source, the proof."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="typed")
    quantity = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    value = models.FloatField()
    date = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    comment = models.TextField(blank=True)
    evidence = models.CharField(max_length=400, blank=True)
    changed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "quantity", "year"), name="typed_once"),
            models.CheckConstraint(condition=Q(year__gte=1990, year__lte=2100), name="typed_year"),
        )
