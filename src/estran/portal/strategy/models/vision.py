"""A vision workshop: ideas from phones, groups made by the facilitator, points, and what each kept group became."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from estran.common import formatting
from estran.common.language import _
from estran.portal.strategy.models.plan import Action, Objective
from estran.portal.strategy.models.workshops import KEY_LENGTH, Participant, Session, Vision


class Group(models.Model):
    """Ideas that say the same thing. `points` are known with the result, if enough people gave some.

    `lever` is what the group would change in the estate (item_types, parameter, set, from a year), `effect` what the
    engine computed of it (kg CO2 eq a year: mean, year, run); a group kept became an objective or an action.
    """

    vision = models.ForeignKey(Vision, models.CASCADE, related_name="groups")
    title = models.CharField(max_length=200)
    points = models.PositiveIntegerField(null=True, blank=True)
    lever = models.JSONField(null=True, blank=True)
    effect = models.JSONField(null=True, blank=True)
    objective = models.ForeignKey(Objective, models.SET_NULL, null=True, blank=True, related_name="+")
    action = models.ForeignKey(Action, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-points", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(objective__isnull=True) | Q(action__isnull=True), name="group_becomes_one_thing"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def effect_said(self) -> str:
        """What the engine computed, in a clause: « −2,3 t CO₂ éq par an en 2030, d’après le bilan 2025 »."""
        if not self.effect:
            return ""
        said = _("{effect} par an en {year}, d’après le bilan {run}")
        effect = formatting.quantity(self.effect["kg"], "kg CO2 eq")
        effect = f"+{effect}" if self.effect["kg"] > 0 else effect
        return said.format(effect=effect, year=self.effect["year"], run=self.effect["run_year"])

    @property
    def kept(self) -> Objective | Action | None:
        """What the group became."""
        return self.objective or self.action


class Idea(models.Model):
    """One idea from a phone; `key` is made by the phone: the same key is the same idea, said again or corrected.

    `came_from` names the groups it was in before, the oldest first.
    """

    vision = models.ForeignKey(Vision, models.CASCADE, related_name="ideas")
    session = models.ForeignKey(Session, models.CASCADE, related_name="+")
    participant = models.ForeignKey(Participant, models.SET_NULL, null=True, blank=True, related_name="ideas")
    group = models.ForeignKey(Group, models.SET_NULL, null=True, blank=True, related_name="ideas")
    text = models.CharField(max_length=300)
    key = models.CharField(max_length=KEY_LENGTH)
    came_from = models.JSONField(default=list)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("session", "key"), name="idea_key_once"),)

    def __str__(self) -> str:
        return self.text


class Points(models.Model):
    """The points of a participant to a group, while the session lasts."""

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="points")
    group = models.ForeignKey(Group, models.CASCADE, related_name="given")
    points = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("participant", "group"), name="points_once"),)

    def __str__(self) -> str:
        return f"{self.group_id} {self.points}"
