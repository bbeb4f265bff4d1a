"""The strategy and its plan: ambitions, objectives with their readings, actions with steps and budgets, votes."""

from pathlib import Path
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from estran.catalogue.labels import word
from estran.common.language import _, ngettext
from estran.portal.common import catalogue_rows, storage
from estran.portal.common.edit_conflicts import Edited
from estran.portal.organisations.models import Entity, Made, Organisation, Person
from estran.portal.results.models import Run

STRATEGY, PLAN = "strategy", "plan"


class Strategy(Edited):
    """The strategy of an organisation: its text, its years, the run it starts from and the fall it aims at (0 to 1)."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="strategy")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    from_year = models.PositiveSmallIntegerField()
    to_year = models.PositiveSmallIntegerField()
    base_run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="+")
    reduction = models.FloatField(null=True, blank=True)
    checked = models.JSONField(default=list)  # elements of the optional list of decree 2022-1084
    asked = models.TextField(blank=True)  # the decision asked of the assembly

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(to_year__gt=F("from_year")), name="strategy_years"),
            models.CheckConstraint(
                condition=Q(reduction__isnull=True) | Q(reduction__gt=0, reduction__lt=1), name="strategy_reduction"
            ),
        )

    def __str__(self) -> str:
        return self.title


class Ambition(Edited):
    """What the authority wants, in one sentence; its objectives make it measurable."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="ambitions")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.title


class Objective(Edited):
    """A measurable objective: an indicator that goes from `start` (at `start_on`) to `target` (by `due_on`)."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="objectives")
    ambition = models.ForeignKey(Ambition, models.SET_NULL, null=True, blank=True, related_name="objectives")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=200)
    indicator = models.CharField(max_length=200, blank=True)  # a code of the catalogue, else words
    unit = models.CharField(max_length=60, blank=True)
    start = models.FloatField(null=True, blank=True)
    start_on = models.DateField(null=True, blank=True)
    target = models.FloatField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    slipped = models.TextField(blank=True)  # what slipped and why, for the elected members
    idea = models.CharField(max_length=200, blank=True)  # the idea of a workshop it comes from

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(start_on__isnull=True) | Q(due_on__isnull=True) | Q(due_on__gt=F("start_on")),
                name="objective_dates",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def missing(self) -> list[str]:
        """What is missing for the objective to be measurable, in words; nothing when it is complete."""
        needed = (
            (self.indicator, _("indicateur")),
            (self.start is not None and self.start_on, _("valeur de départ et sa date")),
            (self.target is not None, _("cible")),
            (self.due_on, _("échéance")),
        )
        return [label for complete, label in needed if not complete]


class Reading(models.Model):
    """The value of an objective's indicator on a day, with its source; `run` when a calculation gave it.

    `low` and `high` are its 95 % interval where it has one; `computed` ones follow the indicators, typed ones stay.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="readings")
    objective = models.ForeignKey(Objective, models.CASCADE, related_name="readings")
    on = models.DateField()
    value = models.FloatField()
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    computed = models.BooleanField(default=False)
    source = models.CharField(max_length=200)
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("on", "pk")
        constraints = (models.UniqueConstraint(fields=("objective", "on"), name="reading_once_a_day"),)


class Action(Edited):
    """An action of the plan. `levers`, `before` and `beside` are in the words of the plan file (docs: ecrire-un-plan).

    `extra` keeps the columns of an imported file that have no field here, by header.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="actions")
    objective = models.ForeignKey(Objective, models.SET_NULL, null=True, blank=True, related_name="actions")
    position = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=12, blank=True)
    priority = models.CharField(max_length=8, blank=True)
    entity = models.ForeignKey(Entity, models.SET_NULL, null=True, blank=True, related_name="actions")
    pilot = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    pilot_name = models.CharField(max_length=200, blank=True)
    elected = models.CharField(max_length=200, blank=True)
    partners = models.CharField(max_length=300, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    total_budget = models.FloatField(null=True, blank=True)  # euros, when the years are not known
    indicators = models.JSONField(default=list, blank=True)
    targets = models.JSONField(default=list, blank=True)
    levers = models.JSONField(default=list, blank=True)
    before = models.JSONField(null=True, blank=True)
    beside = models.JSONField(default=list, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    idea = models.CharField(max_length=200, blank=True)  # the idea of a workshop it comes from

    class Meta:
        ordering = ("position", "code", "pk")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "code"), name="action_code_once"),
            models.CheckConstraint(
                condition=Q(status__in=("", *catalogue_rows.STATUS_CODES)), name="action_status_known"
            ),
            models.CheckConstraint(condition=Q(priority__in=("", "high", "medium", "low")), name="action_priority"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def status_label(self) -> str:
        """The status in words."""
        return catalogue_rows.code_label("action_statuses", self.status)

    @property
    def priority_label(self) -> str:
        """The priority in words."""
        return catalogue_rows.code_label("action_priorities", self.priority)

    @property
    def piloted_by(self) -> str:
        """Who leads the action: the account, else the name written."""
        return str(self.pilot) if self.pilot else self.pilot_name

    @property
    def open(self) -> bool:
        """Neither done nor dropped."""
        return self.status not in catalogue_rows.CLOSED

    @property
    def progress(self) -> float | None:
        """The share of its steps that are done (0 to 1); None without any step."""
        steps = [step.done_on is not None for step in self.steps.all()]
        return sum(steps) / len(steps) if steps else None

    @property
    def overdue(self) -> bool:
        """Open past its end."""
        return self.open and self.ends_on is not None and self.ends_on < timezone.localdate()


class Budget(models.Model):
    """Euros of an action in a year: investment, running or savings; forecast and actual, each possibly unknown."""

    NATURES = ("investment", "running", "savings")

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    action = models.ForeignKey(Action, models.CASCADE, related_name="budgets")
    year = models.PositiveSmallIntegerField()
    nature = models.CharField(max_length=10)
    forecast = models.FloatField(null=True, blank=True)
    actual = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ("year", "nature")
        constraints = (
            models.UniqueConstraint(fields=("action", "year", "nature"), name="budget_once"),
            models.CheckConstraint(condition=Q(nature__in=("investment", "running", "savings")), name="budget_nature"),
        )

    @property
    def nature_label(self) -> str:
        """The nature in words."""
        return word("budget", self.nature)


class Step(Edited):
    """A step of an action, with its due date and the day it was done."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    action = models.ForeignKey(Action, models.CASCADE, related_name="steps")
    title = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("due_on", "pk")

    def __str__(self) -> str:
        return self.title


class Note(models.Model):
    """A dated note on an action; notes are added, never rewritten."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    action = models.ForeignKey(Action, models.CASCADE, related_name="notes")
    on = models.DateField(default=timezone.localdate)
    text = models.TextField()
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-on", "-pk")


class Attachment(models.Model):
    """A file of an action, kept once under its hash in the data folder."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="attachments")
    action = models.ForeignKey(Action, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("name", "pk")

    @property
    def path(self) -> Path:
        """Where its bytes are."""
        return storage.folder("files", self.organisation_id, self.sha256)


class PlanFile(Made):
    """A spreadsheet imported into the plan: its headers in order, and the report of the import."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="plan_files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    headers = models.JSONField(default=list)
    report = models.JSONField(default=dict)

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("organisation", "sha256"), name="plan_file_once"),)


class Projection(models.Model):
    """The plan of a day projected on a run: its folder holds the plan file and the output of `estran project`."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="projections")
    run = models.ForeignKey(Run, models.PROTECT, related_name="projections")
    sha256 = models.CharField(max_length=64)  # of the plan file
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    computed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("organisation", "run", "sha256"), name="projection_once"),)

    @property
    def place(self) -> Path:
        """Where the plan file and the folder of the projection lie."""
        return storage.folder("projections", self.pk)

    @property
    def folder(self) -> Path:
        """The folder that `estran project` writes."""
        return self.place / "projection"


class Version(models.Model):
    """The strategy or the plan as it was voted: a text that never changes (the database refuses), with its hash."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="versions")
    kind = models.CharField(max_length=10)
    number = models.PositiveSmallIntegerField()
    content = models.TextField()  # canonical JSON
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("kind", "-number")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "kind", "number"), name="version_number_once"),
            models.CheckConstraint(condition=Q(kind__in=(STRATEGY, PLAN)), name="version_kind"),
        )

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: an adopted version is never deleted."""
        raise models.ProtectedError(_("Une version adoptée ne s’efface pas."), {self})


class Act(models.Model):
    """The vote that adopted a version. Only its transmission date is written later; the database refuses the rest.

    A mistake is corrected by another line, which names the one it `corrects` and adopts the same text.
    """

    ASSEMBLY, STANDING = "assembly", "standing"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="acts")
    version = models.OneToOneField(Version, models.PROTECT, related_name="act")
    session = models.DateField()
    number = models.CharField(max_length=60)
    rapporteur = models.CharField(max_length=200, blank=True)
    annexes = models.TextField(blank=True)
    votes_for = models.PositiveSmallIntegerField()
    votes_against = models.PositiveSmallIntegerField()
    abstentions = models.PositiveSmallIntegerField()
    not_voting = models.PositiveSmallIntegerField(default=0)
    body = models.CharField(max_length=10, default=ASSEMBLY)  # the assembly, or its standing committee
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="correction")
    recorded_at = models.DateTimeField(null=True, blank=True)  # not known of votes recorded before 2026-12
    transmitted_on = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-session", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(votes_for__gt=F("votes_against")), name="act_adopted"),
            models.CheckConstraint(condition=Q(body__in=("assembly", "standing")), name="act_body"),
            models.CheckConstraint(
                condition=Q(transmitted_on__isnull=True) | Q(transmitted_on__gte=F("session")), name="act_transmitted"
            ),
        )

    @property
    def corrected(self) -> bool:
        """Another line corrects it."""
        return hasattr(self, "correction")

    @property
    def result(self) -> str:
        """The vote in words: unanimity is of the votes cast, and an abstention is none."""
        counts = [_("{n} pour").format(n=self.votes_for)]
        counts += [_("{n} contre").format(n=self.votes_against)] if self.votes_against else []
        if self.abstentions:
            counts.append(ngettext("{n} abstention", "{n} abstentions", self.abstentions).format(n=self.abstentions))
        if self.not_voting:
            text = ngettext("{n} ne prend pas part au vote", "{n} ne prennent pas part au vote", self.not_voting)
            counts.append(text.format(n=self.not_voting))
        unanimous, majority = _("à l’unanimité des suffrages exprimés"), _("à la majorité des suffrages exprimés")
        return f"{majority if self.votes_against else unanimous} ({', '.join(counts)})"
