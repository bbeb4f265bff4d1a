"""A list of entities that was given as a file or pasted, to pick from."""

from pathlib import Path

from django.db import models

from estran.portal.common import storage
from estran.portal.organisations.models import Made, Organisation


class ReceivedList(Made):
    """A list of entities, kept as given; `columns` is the map it is read with once a person said it."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    file = models.CharField(max_length=300)  # below uploads/<organisation>
    columns = models.JSONField(default=dict)
    schools = models.BooleanField(default=False)  # given on the screen of schools

    @property
    def path(self) -> Path:
        """Where it lies."""
        return storage.folder("uploads", self.organisation_id) / self.file

    def __str__(self) -> str:
        return self.path.name
