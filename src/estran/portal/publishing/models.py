"""What leaves the organisation: open data of a frozen run, and links to a frozen run for people without account."""

from pathlib import Path

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.common.shipped import row_labels
from estran.portal.common import storage
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Link, Made, Organisation, Person
from estran.portal.results.models import Run


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


class AssemblyReport(Made):
    """The documents of a session: composed that day from frozen runs, the diagnostic, the plan and what people wrote.

    `content` is each document (estran.reporting.blocks) as values, by name: every format says the same, and always
    will. `asked` is the decision asked; `open_passages` how many passages nobody had settled that day.
    """

    FOUNDING, DIAGNOSTIC, PLAN, REVIEW, END = "founding", "diagnostic", "plan", "review", "end"
    MOMENTS = (FOUNDING, DIAGNOSTIC, PLAN, REVIEW, END)

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="assembly_reports")
    kind = models.CharField(max_length=10)
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="assembly_reports")
    session = models.DateField()
    content = models.JSONField()
    asked = models.TextField(blank=True)
    open_passages = models.PositiveSmallIntegerField(default=0)
    job = models.OneToOneField(Job, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-session", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("founding", "diagnostic", "plan", "review", "end")), name="assembly_report_kind"
            ),
        )

    def __str__(self) -> str:
        return f"{self.label} {self.session}"

    @property
    def label(self) -> str:
        """What the session is about, in words."""
        return row_labels("moments")[self.kind]


class AssemblyText(Made):
    """What a person wrote for a moment of the assembly: one field, of one subject; a text never rewrites another.

    The last one holds; an empty one says that the passage is left out.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="assembly_texts")
    moment = models.CharField(max_length=10)
    field = models.CharField(max_length=4)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("organisation", "moment"), name="assembly_texts_of_a_moment"),)


class Template(models.Model):
    """The officer's template for one format; a new one takes its place."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="templates")
    form = models.CharField(max_length=5)  # .docx, .odt or .pptx
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "form"), name="template_once"),
            models.CheckConstraint(condition=Q(form__in=(".docx", ".odt", ".pptx")), name="template_form"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Where its bytes are."""
        return storage.folder("files", self.organisation_id, self.sha256)
