"""The rows of the registers an organisation keeps."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.portal.organisations.models import Entity, Organisation, Person


class RegisterRow(models.Model):
    """One row of a register: values by column, as registers.csv types them. `key` names the row, by some columns."""

    KEY = 300

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="register_rows")
    register = models.CharField(max_length=40)
    entity = models.ForeignKey(Entity, models.SET_NULL, null=True, blank=True, related_name="+")
    year = models.PositiveSmallIntegerField(null=True)
    key = models.CharField(max_length=KEY)
    values = models.JSONField()
    changed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(year__isnull=True) | Q(year__gte=1970, year__lte=2100), name="row_year"),
        )
        indexes = (
            models.Index(fields=("organisation", "register", "year"), name="row_of_a_year"),
            models.Index(fields=("organisation", "register", "key"), name="row_of_a_name"),
        )

    def __str__(self) -> str:
        return f"{self.register} {self.key}"
