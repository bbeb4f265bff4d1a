"""The diagnostic: versions of an authority's questions, passes with their findings; the charter and its reviews."""

import hashlib
from pathlib import Path
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.common.language import _
from estran.portal.common import storage
from estran.portal.organisations.models import Made, Organisation, Person

LEVELS = 5  # of practice, from 0 to 4
ASKED = 6  # questions on phones in a workshop: nine minutes each, and its ninety minutes are full
MOST_PRIORITIES = 8  # what a room can rank, and an assembly can read


def at_most(table: str, **largest: int) -> list[models.CheckConstraint]:
    """Constraints of a table: each of these columns is empty, or its value is not above its largest."""
    return [
        models.CheckConstraint(
            condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__lte": most}), name=f"{table}_{name}"
        )
        for name, most in largest.items()
    ]


class Questionnaire(Made):
    """A version of the questions of an authority; a draft until it is adopted, then it never changes."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="questionnaires")
    number = models.PositiveSmallIntegerField()
    adopted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "number"), name="questionnaire_once"),
            models.UniqueConstraint(
                fields=("organisation",), condition=Q(adopted_at__isnull=True), name="questionnaire_one_draft"
            ),
        )

    def __str__(self) -> str:
        return (_("version {n}") if self.adopted_at else _("brouillon de la version {n}")).format(n=self.number)


class Facet(models.Model):
    """A facet of responsible digital in a version of the questions, and the workshop that speaks of it (1 to 3)."""

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="facets")
    code = models.CharField(max_length=8)
    workshop = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120)

    class Meta:
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=("questionnaire", "code"), name="facet_once"),
            models.CheckConstraint(condition=Q(workshop__in=(1, 2, 3)), name="facet_workshop"),
        )


class Question(models.Model):
    """A question in a version: its text and the five levels of practice, from nothing done to exemplary.

    `asked`: on the phones of the room; the others are filled in before, with evidence. `fingerprint` is the SHA-256 of
    text and levels: two passes compare questions that have the same. `targets` are codes of the charter's grid.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="questions")
    facet = models.ForeignKey(Facet, models.CASCADE, related_name="questions")
    code = models.CharField(max_length=8)
    text = models.CharField(max_length=300)
    levels = models.JSONField()
    evidence = models.CharField(max_length=300, blank=True)
    targets = models.JSONField(default=list)
    indicator = models.CharField(max_length=8, blank=True)
    minutes = models.PositiveSmallIntegerField(default=1)
    asked = models.BooleanField(default=False)
    fingerprint = models.CharField(max_length=64)

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("questionnaire", "code"), name="question_once"),)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the question with its fingerprint. Errors: ValueError when its version is adopted."""
        if self.questionnaire.adopted_at:
            raise ValueError("a question of an adopted version never changes")
        self.fingerprint = hashlib.sha256("\n".join([self.text, *self.levels]).encode()).hexdigest()
        super().save(*args, **kwargs)


class Diagnostic(models.Model):
    """One pass of the diagnostic, in a year, with one version of the questions."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="diagnostics")
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="diagnostics")
    year = models.PositiveSmallIntegerField()
    started_on = models.DateField(default=timezone.localdate)
    ended_on = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-year",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "year"), name="diagnostic_once_a_year"),
            models.CheckConstraint(condition=Q(year__gte=1990, year__lte=2100), name="diagnostic_year"),
        )

    def __str__(self) -> str:
        return _("Diagnostic {year}").format(year=self.year)


class Finding(models.Model):
    """The finding of a pass on one question: the value filled in before with its evidence, then the room's own.

    Importance is 0 to 3, practice 0 to 4, None « je ne sais pas »; the agreed values hold once `settled_at` is set.
    """

    diagnostic = models.ForeignKey(Diagnostic, models.CASCADE, related_name="findings")
    question = models.ForeignKey(Question, models.PROTECT, related_name="findings")
    filled_importance = models.PositiveSmallIntegerField(null=True, blank=True)
    filled_practice = models.PositiveSmallIntegerField(null=True, blank=True)
    evidence = models.TextField(blank=True)
    agreed_importance = models.PositiveSmallIntegerField(null=True, blank=True)
    agreed_practice = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("question__code",)
        constraints = (
            models.UniqueConstraint(fields=("diagnostic", "question"), name="finding_once"),
            *at_most("finding", filled_importance=3, filled_practice=4, agreed_importance=3, agreed_practice=4),
        )

    @property
    def settled(self) -> bool:
        """The room agreed on a value."""
        return self.settled_at is not None

    @property
    def importance(self) -> int | None:
        """What holds: the value agreed on, else the one filled in."""
        return self.agreed_importance if self.settled else self.filled_importance

    @property
    def practice(self) -> int | None:
        """What holds: the level agreed on, else the one filled in."""
        return self.agreed_practice if self.settled else self.filled_practice


class Priority(models.Model):
    """A target of the charter that the room placed among its priorities, the first being 1."""

    diagnostic = models.ForeignKey(Diagnostic, models.CASCADE, related_name="priorities")
    rank = models.PositiveSmallIntegerField()
    target = models.CharField(max_length=12)

    class Meta:
        ordering = ("rank",)
        constraints = (
            models.UniqueConstraint(fields=("diagnostic", "rank"), name="priority_rank_once"),
            models.UniqueConstraint(fields=("diagnostic", "target"), name="priority_target_once"),
            models.CheckConstraint(condition=Q(rank__gte=1, rank__lte=MOST_PRIORITIES), name="priority_at_most_eight"),
        )


class Charter(Made):
    """The charter of the INR as annexed to a deliberation: the document itself, who signed it and when."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="charter")
    title = models.CharField(max_length=200)
    approved_on = models.DateField()
    number = models.CharField(max_length=60)
    signed_on = models.DateField()
    signatory = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of the document, which lies under it

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(sha256="", file_name="") | ~Q(sha256="") & ~Q(file_name=""), name="charter_file_named"
            ),
        )

    @property
    def document(self) -> Path:
        """Where the signed document lies."""
        return storage.folder("charters", self.organisation_id, self.sha256)

    def store_document(self, name: str, content: bytes) -> None:
        """Keep the signed document under its hash, and save the charter."""
        self.file_name, self.sha256 = name[-200:], hashlib.sha256(content).hexdigest()
        self.document.parent.mkdir(parents=True, exist_ok=True)
        self.document.write_bytes(content)
        self.save()


class TargetProof(models.Model):
    """What proves that a target of the grid is pursued, in words and addresses of documents."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="target_proofs")
    target = models.CharField(max_length=12)
    text = models.TextField()

    class Meta:
        ordering = ("target",)
        constraints = (models.UniqueConstraint(fields=("organisation", "target"), name="target_proof_once"),)


class TargetReview(Made):
    """The review of a target in a year: done or not done, and why."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="target_reviews")
    target = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    done = models.BooleanField()
    why = models.TextField()

    class Meta:
        ordering = ("target", "-year")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "target", "year"), name="target_review_once_a_year"),
            models.CheckConstraint(condition=~Q(why=""), name="target_review_says_why"),
        )
