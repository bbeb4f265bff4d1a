"""Reports to the assembly, kept as they were composed, and the officer's template for each format."""

from __future__ import annotations

from pathlib import Path

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.common.language import _
from estran.portal import storage
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Organisation, Person
from estran.portal.results.models import Run


class AssemblyReport(models.Model):
    """A report for a session: the text composed that day from frozen runs, the diagnostic and the plan.

    `content` is the document (estran.reporting.documents) as values: its three formats say the same, and always will.
    """

    ASSEMBLY, REVIEW = "assembly", "review"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="assembly_reports")
    kind = models.CharField(max_length=10)
    run = models.ForeignKey(Run, models.PROTECT, related_name="assembly_reports")
    session = models.DateField()
    content = models.JSONField()
    job = models.OneToOneField(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-session", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=("assembly", "review")), name="assembly_report_kind"),
        )

    def __str__(self) -> str:
        return f"{self.said} {self.session}"

    @property
    def said(self) -> str:
        """What the report is, in words."""
        return {self.ASSEMBLY: _("rapport à l’assemblée"), self.REVIEW: _("revue annuelle")}[self.kind]


class Template(models.Model):
    """The officer's template for one format; a new one takes its place."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="templates")
    form = models.CharField(max_length=5)  # .docx or .odt
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "form"), name="template_once"),
            models.CheckConstraint(condition=Q(form__in=(".docx", ".odt")), name="template_form"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Where its bytes are."""
        return storage.folder("files", self.organisation_id, self.sha256)
