"""What several people may change at once."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from estran.portal.organisations.models import Person


class Edited(models.Model):
    """A row that several people may change: `version` grows at each change (see plan_edits), with who made it."""

    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True
