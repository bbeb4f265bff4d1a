"""Corrections of rows and values of one's own: each with its reason, author and date, and it can be taken back."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.portal.organisations.models import Organisation, Person


class Correction(models.Model):
    """One row of `row_corrections.csv`: of what rows, which column becomes what, why. Undone, it can be put back."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="row_corrections")
    item_id = models.CharField(max_length=300, blank=True)
    serial = models.CharField(max_length=200, blank=True)
    entity = models.CharField(max_length=400, blank=True)
    item_type = models.CharField(max_length=60, blank=True)
    label = models.CharField(max_length=300, blank=True)
    manufacturer = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=300, blank=True)
    corrected = models.CharField(max_length=40)
    before = models.CharField(max_length=300, blank=True)
    value = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300)
    valid_from = models.PositiveSmallIntegerField()
    valid_to = models.PositiveSmallIntegerField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)  # that it changed when it was made
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.CheckConstraint(condition=~Q(reason=""), name="correction_has_a_reason"),)


class OwnValue(models.Model):
    """One row of a table of the overlay. `effect` is what it does to the last run, computed before it is kept."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="own_values")
    table = models.CharField(max_length=20)
    row = models.JSONField()  # column → text
    replaced = models.JSONField(null=True, blank=True)  # the row of the same key that was there, put back at the end
    effect = models.JSONField(null=True, blank=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    kept_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(table__in=("defaults", "models", "factors", "electricity")), name="own_value_table"
            ),
        )

    @property
    def in_force(self) -> bool:
        """It counts in the calculations asked from now on."""
        return self.kept_at is not None and self.withdrawn_at is None
