"""A campaign: what each entity sends, the labels to settle, the links of schools, the GLPI server."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.common.files import read_csv
from estran.common.vocabulary import limit
from estran.importing.canonical import KEYS
from estran.importing.column_maps import ColumnMap
from estran.importing.column_styles import DATES
from estran.portal.common import storage
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Entity, Link, Organisation, Person


class Campaign(models.Model):
    """The collection of a year: every entity answers, until a date."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="campaigns")
    year = models.PositiveSmallIntegerField()
    opens_on = models.DateField(default=timezone.localdate)
    closes_on = models.DateField()
    message = models.TextField(blank=True)  # read by the one who answers

    class Meta:
        ordering = ("-year",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "year"), name="campaign_once_a_year"),
            models.CheckConstraint(condition=Q(year__gte=1990, year__lte=2100), name="campaign_year"),
            models.CheckConstraint(condition=Q(closes_on__gte=models.F("opens_on")), name="campaign_ends_after_start"),
        )

    def __str__(self) -> str:
        return str(self.year)

    def answer_of(self, entity: Entity) -> "Answer":
        """The answer of an entity, to start if it has none yet."""
        return self.answers.get_or_create(organisation=self.organisation, entity=entity)[0]

    @property
    def sent_kept_until(self) -> date:
        """The day when the files as sent are erased: only what was read of them stays."""
        return self.closes_on + timedelta(days=limit("sent_days"))


class Answer(models.Model):
    """What one entity has to send in a campaign. Its state follows from what it sent: see campaigns.AnswerStatus."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="answers")
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="answers")
    pupils = models.PositiveIntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)  # by the referent
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("entity__path",)
        constraints = (models.UniqueConstraint(fields=("campaign", "entity"), name="answer_once"),)

    def __str__(self) -> str:
        return f"{self.entity} {self.campaign}"


class Delivery(models.Model):
    """One file that an entity sent, a form it filled, or a list fetched from GLPI; read once into an estate folder.

    In a `group` a new one replaces those before, unless it adds to them: the current ones are read and not replaced.
    """

    FILE, FORM, GLPI = "file", "form", "glpi"
    EQUIPMENT = "equipment"  # the group of lists of equipment; forms about the rest have one each

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="deliveries")
    source = models.CharField(max_length=10, default=FILE)
    group = models.CharField(max_length=20, default=EQUIPMENT)
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    adds = models.BooleanField(default=False)
    keeps_entities = models.BooleanField(default=False)  # its rows name their own entities
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")  # none: through a link
    sent_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)  # it does not count, or not any more
    proposed = models.BooleanField(default=False)  # it does not count yet: see versions.offer
    estate = models.CharField(max_length=64, blank=True)  # hash of the folder it was read into
    rows = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    set_aside = models.PositiveIntegerField(default=0)  # of those rejected: for an entity that the sender may not write
    statuses = models.JSONField(default=list)  # words that nobody had settled when it was read: word, rows, items
    columns = models.JSONField(default=dict)  # the column map that it is read with, where no format knows its headers
    dates = models.CharField(max_length=3, blank=True)  # dmy or mdy: said by a person where nothing in the file tells
    entities = models.JSONField(default=list)  # what the rows are of: entity, rows, items; see deliveries.read_entities

    class Meta:
        ordering = ("-sent_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("answer", "group", "sha256"), name="delivery_once"),
            models.CheckConstraint(condition=Q(source__in=("file", "form", "glpi")), name="delivery_source"),
            models.CheckConstraint(condition=Q(read_at__isnull=True) | ~Q(estate=""), name="delivery_read_whole"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> Path:
        """Where what was sent lies."""
        return storage.folder("sent", self.organisation_id, self.pk)

    @property
    def file(self) -> Path:
        """The file as sent; its name is unlike any other, for the rows remember it."""
        stem, dot, ending = self.name.rpartition(".")
        return self.place / f"{stem}-{self.pk}{dot}{ending}"

    @property
    def kept(self) -> bool:
        """The file as sent is still there."""
        return self.file.exists()

    @property
    def kept_until(self) -> date:
        """The day when the file as sent is erased: some time after the collection; sooner when it does not count."""
        if self.replaced_at or self.read_at is None:
            return timezone.localdate(self.replaced_at or self.sent_at) + timedelta(days=limit("replaced_days"))
        return max(self.answer.campaign.sent_kept_until, timezone.localdate(self.sent_at))

    @property
    def corrections(self) -> Path:
        """The rejected rows that a person put right."""
        return self.place / "corrections.csv"

    @property
    def job(self) -> Job | None:
        """The work of reading it; none once a failed one is forgotten."""
        jobs = Job.objects.filter(organisation=self.organisation_id, kind="delivery")
        return jobs.filter(key=f"{self.pk}:{self.sha256}").first()

    @property
    def corrected(self) -> int:
        """How many rejected rows a person put right."""
        return sum(1 for _row in read_csv(self.corrections)) if self.corrections.exists() else 0

    @property
    def needs_columns(self) -> bool:
        """Nobody has said yet what its headers are."""
        return self.read_at is None and (job := self.job) is not None and job.state == Job.DONE

    @property
    def question(self) -> str:
        """What nobody has said yet of its dates, with both readings; an empty text when it can be read."""
        if self.read_at or (job := self.job) is None:
            return ""
        return next((one["what"] for one in job.problems if one.get("code") == DATES), "")

    @property
    def folder(self) -> Path:
        """The estate folder it was read into."""
        return storage.folder("estates", self.organisation_id, self.estate)

    @property
    def tables(self) -> list[Path]:
        """The tables of that folder, in Estran's own columns, without anything personal."""
        return [path for name in ("inventory", *KEYS) for path in sorted(self.folder.glob(f"{name}.*"))]


class SavedMap(models.Model):
    """What somebody said of the headers of a list, for the lists to come: of the organisation, or of one entity."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="column_maps")
    entity = models.ForeignKey(Entity, models.CASCADE, null=True, related_name="+")
    table = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    columns = models.JSONField(default=dict)  # header → column, or `ignore`
    dates = models.CharField(max_length=3, blank=True)  # the order of day, month and year
    constants = models.JSONField(default=dict)  # column → value of every row
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "table", "name"), condition=Q(entity=None), name="map_of_all_once"
            ),
            models.UniqueConstraint(fields=("organisation", "table", "name", "entity"), name="map_of_entity_once"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def as_map(self) -> ColumnMap:
        """The map as an import takes it."""
        return ColumnMap(self.name, self.table, self.columns, self.dates, self.constants)


class UnknownLabel(models.Model):
    """A label of a delivery that no rule recognises; settled once the organisation has a choice with the same key."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="labels")
    key = models.CharField(max_length=300)
    label = models.CharField(max_length=300)
    manufacturer = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=300, blank=True)
    rows = models.PositiveIntegerField()
    quantity = models.FloatField()

    class Meta:
        indexes = (models.Index(fields=("organisation", "key"), name="label_to_settle"),)


class LabelChoice(models.Model):
    """What the organisation decided of a label: an item type, or to leave it out and why. The last choice stands."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="label_choices")
    key = models.CharField(max_length=300)
    label = models.CharField(max_length=300)
    model = models.CharField(max_length=300, blank=True)  # when there is no label, or one that the model contradicts
    item_type = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # why it is left out
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    entity = models.ForeignKey(Entity, models.SET_NULL, null=True, related_name="+")  # of the link it came through
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "key"), name="label_choice_once"),
            models.CheckConstraint(condition=Q(item_type="") ^ Q(reason=""), name="label_choice_type_or_reason"),
        )

    def __str__(self) -> str:
        return " ".join(filter(None, (self.label, self.model)))


class StatusChoice(models.Model):
    """What the organisation decided of the word of a status. The last choice stands."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="status_choices")
    key = models.CharField(max_length=200)  # the word as compared
    written = models.CharField(max_length=200)
    status = models.CharField(max_length=20)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    entity = models.ForeignKey(Entity, models.SET_NULL, null=True, related_name="+")  # of the link it came through
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "key"), name="status_choice_once"),
            models.CheckConstraint(
                condition=Q(status__in=("in_service", "spare", "retired")), name="status_choice_known"
            ),
        )

    def __str__(self) -> str:
        return self.written


class GlpiSource(models.Model):
    """The GLPI server of an organisation; both tokens are encrypted with a key that is not in the database."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="glpi")
    address = models.URLField()
    user_token = models.TextField()
    app_token = models.TextField(blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)


def end_of_link() -> Any:
    """When a link made now ends."""
    return timezone.now() + timedelta(days=60)


class SchoolLink(Link):
    """Opens one school to its referent for 60 days, without account."""

    SALT = "school-link"

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="links")
    ends_at = models.DateTimeField(default=end_of_link)
