"""What leaves the organisation: open data of a frozen run, and links to a frozen run for people without account."""

from __future__ import annotations

from pathlib import Path

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.portal import storage
from estran.portal.organisations.models import Link, Organisation, Person
from estran.portal.publishing.assembly_models import AssemblyReport, Template
from estran.portal.results.models import Run

__all__ = ["AssemblyReport", "PageLink", "Publication", "Template"]


class Publication(models.Model):
    """The open data of a frozen run: prepared first, then opened to everyone, then closed perhaps. Files never change.

    One publication of a year is open at a time; its addresses are those of the year.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="publications")
    run = models.ForeignKey(Run, models.PROTECT, related_name="publications")
    year = models.PositiveSmallIntegerField()
    licence = models.CharField(max_length=40)
    address = models.URLField(max_length=300)  # under which the files say they lie
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    prepared_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-year", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "year"),
                condition=Q(opened_at__isnull=False, closed_at__isnull=True),
                name="publication_open_once_a_year",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True) | Q(prepared_at__isnull=False), name="publication_open_is_prepared"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False), name="publication_closed_was_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}"

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return storage.folder("publications", self.pk)

    @property
    def open(self) -> bool:
        """Everyone may read it."""
        return self.opened_at is not None and self.closed_at is None


class PageLink(Link):
    """Opens one frozen run, and its report, to someone without account: elected members, a partner."""

    SALT = "page-link"

    run = models.ForeignKey(Run, models.CASCADE, related_name="links")
    about = models.CharField(max_length=200)  # what the link is for: no person's name
