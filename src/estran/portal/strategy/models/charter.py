"""The charter that was signed, what proves each of its targets, and what each year says of them."""

from __future__ import annotations

from pathlib import Path

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.portal import storage
from estran.portal.organisations.models import Organisation, Person


class Charter(models.Model):
    """The charter of the INR as annexed to a deliberation: the document itself, who signed it and when."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="charter")
    title = models.CharField(max_length=200)
    approved_on = models.DateField()
    number = models.CharField(max_length=60)
    signed_on = models.DateField()
    signatory = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of the document, which lies under it
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(sha256="", file_name="") | ~Q(sha256="") & ~Q(file_name=""), name="charter_file_named"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def document(self) -> Path:
        """Where the signed document lies."""
        return storage.folder("charters", self.organisation_id, self.sha256)


class TargetProof(models.Model):
    """What proves that a target of the grid is pursued, in words and addresses of documents."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="target_proofs")
    target = models.CharField(max_length=12)
    text = models.TextField()

    class Meta:
        ordering = ("target",)
        constraints = (models.UniqueConstraint(fields=("organisation", "target"), name="target_proof_once"),)

    def __str__(self) -> str:
        return self.target


class TargetReview(models.Model):
    """What a year says of a target: done or not done, what, and why."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="target_reviews")
    target = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    done = models.BooleanField()
    why = models.TextField()
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("target", "-year")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "target", "year"), name="target_review_once_a_year"),
            models.CheckConstraint(condition=~Q(why=""), name="target_review_says_why"),
        )

    def __str__(self) -> str:
        return f"{self.target} {self.year}"
