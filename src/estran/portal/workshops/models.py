"""Workshop sessions on phones: anonymous participants, their answers, the spreads that may be shown; visions."""

import secrets
from hashlib import sha256

from django.db import models
from django.db.models import Q
from django.utils import timezone

from estran.common import formatting
from estran.common.language import _
from estran.portal.diagnostic.models import Diagnostic, Question, at_most
from estran.portal.organisations.models import Entity, Organisation, Person
from estran.portal.plan.models import Action, Objective

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is taken for another
CODE_LENGTH = 6
KEY_LENGTH = 40


def new_code() -> str:
    """A code to type on a phone."""
    return "".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH))


class Vision(models.Model):
    """A vision workshop: a question to the room, ideas, groups of ideas, points; its phases only go forward."""

    IDEAS, POINTS, RESULT = "ideas", "points", "result"

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="visions")
    title = models.CharField(max_length=200)
    asked = models.CharField(max_length=300)
    on = models.DateField(default=timezone.localdate)
    points_each = models.PositiveSmallIntegerField(default=3)
    phase = models.CharField(max_length=6, default=IDEAS)
    voters = models.PositiveIntegerField(null=True, blank=True)  # known with the result
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-on", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(phase__in=("ideas", "points", "result")), name="vision_phase"),
            models.CheckConstraint(condition=Q(points_each__gte=1, points_each__lte=10), name="vision_points_each"),
        )


class Session(models.Model):
    """A workshop in a room: its code, its state, the person who facilitates, the question on the screen.

    It is a workshop (1 to 3) of a diagnostic, or a vision workshop. When it closes, `people` and `code` stay; tokens
    and single answers are deleted.
    """

    OPEN, PAUSED, CLOSED = "open", "paused", "closed"

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="sessions")
    diagnostic = models.ForeignKey(Diagnostic, models.CASCADE, null=True, blank=True, related_name="sessions")
    workshop = models.PositiveSmallIntegerField(null=True, blank=True)
    vision = models.ForeignKey(Vision, models.CASCADE, null=True, blank=True, related_name="sessions")
    code = models.CharField(max_length=CODE_LENGTH, unique=True, default=new_code)
    state = models.CharField(max_length=6, default=OPEN)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    facilitator = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    question = models.ForeignKey(Question, models.SET_NULL, null=True, blank=True, related_name="+")
    people = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-opened_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(state__in=("open", "paused", "closed")), name="session_state"),
            models.CheckConstraint(
                condition=Q(diagnostic__isnull=False, workshop__in=(1, 2, 3), vision__isnull=True)
                | Q(diagnostic__isnull=True, workshop__isnull=True, vision__isnull=False),
                name="session_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed"), name="session_closed_dated"
            ),
        )

    def __str__(self) -> str:
        return _("Atelier {code}").format(code=self.code)

    @property
    def running(self) -> bool:
        """Open: answers come in."""
        return self.state == self.OPEN

    @property
    def closed(self) -> bool:
        """Closed for good: no token is left."""
        return self.state == self.CLOSED


class Participant(models.Model):
    """A phone, or a sheet of paper, in a session: only the hash of its token, deleted when the session closes."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="participants")
    token_sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("session", "token_sha256"), name="participant_once"),)

    @staticmethod
    def hash_token(token: str) -> str:
        """The hash of a token, which is all that the database holds of it."""
        return sha256(token.encode()).hexdigest()


class Presence(models.Model):
    """How many people of a directorate came to a session; None: they did not say. Tied to no answer."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="presences")
    entity = models.ForeignKey(Entity, models.SET_NULL, null=True, blank=True, related_name="+")
    people = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("session", "entity"), name="presence_once"),
            models.UniqueConstraint(fields=("session",), condition=Q(entity__isnull=True), name="presence_unsaid_once"),
        )


class Answer(models.Model):
    """The answer of a participant while the session lasts: importance 0 to 3, practice 0 to 4, None unknown.

    `key` is made by the phone, its clock first: an older one does not replace a newer. `shown` is the value of it that
    each spread so far contains, in order: importance and practice, None for a spread that came before it.
    """

    session = models.ForeignKey(Session, models.CASCADE, related_name="answers")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.CASCADE, related_name="+")
    importance = models.PositiveSmallIntegerField(null=True)
    practice = models.PositiveSmallIntegerField(null=True)
    key = models.CharField(max_length=KEY_LENGTH)
    shown = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("participant", "question"), name="workshop_answer_once"),
            models.UniqueConstraint(fields=("session", "key"), name="workshop_answer_key_once"),
            *at_most("workshop_answer", importance=3, practice=4),
        )


class Spread(models.Model):
    """The spread of the answers to a question of a session, as last published: how many people for each value.

    `importance` and `practice` count people by value, "" for « je ne sais pas »; both are empty until five answers
    allow it. `answers` is how many answers they hold; `received` is known once the session is closed.
    """

    session = models.ForeignKey(Session, models.CASCADE, related_name="spreads")
    question = models.ForeignKey(Question, models.CASCADE, related_name="+")
    answers = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(null=True, blank=True)
    challenges = models.PositiveIntegerField(default=0)
    importance = models.JSONField(default=dict)
    practice = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("session", "question"), name="spread_once"),)


class Challenge(models.Model):
    """A participant asks the room to discuss a value filled in before the session."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="challenges")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="challenges")
    question = models.ForeignKey(Question, models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("participant", "question"), name="challenge_once"),)


class Group(models.Model):
    """Ideas that have the same meaning. `points` are known with the result, if enough people gave some.

    `lever` is what the group would change in the estate (item_types, parameter, set, from a year), `effect` what the
    engine computed of it (kg CO2 eq a year: mean, year, run). A group may become an objective or an action.
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

    @property
    def effect_text(self) -> str:
        """The computed effect as a clause: « −2,3 t CO₂ éq par an en 2030, d’après le bilan 2025 »."""
        if not self.effect:
            return ""
        text = _("{effect} par an en {year}, d’après le bilan {run}")
        effect = formatting.quantity(self.effect["kg"], "kg CO2 eq")
        effect = f"+{effect}" if self.effect["kg"] > 0 else effect
        return text.format(effect=effect, year=self.effect["year"], run=self.effect["run_year"])

    @property
    def outcome(self) -> Objective | Action | None:
        """The objective or the action that the group became."""
        return self.objective or self.action


class Idea(models.Model):
    """One idea from a phone, which makes `key`: the same key is the same idea, sent again or corrected."""

    vision = models.ForeignKey(Vision, models.CASCADE, related_name="ideas")
    session = models.ForeignKey(Session, models.CASCADE, related_name="+")
    participant = models.ForeignKey(Participant, models.SET_NULL, null=True, blank=True, related_name="ideas")
    group = models.ForeignKey(Group, models.SET_NULL, null=True, blank=True, related_name="ideas")
    text = models.CharField(max_length=300)
    key = models.CharField(max_length=KEY_LENGTH)
    came_from = models.JSONField(default=list)  # names of the groups it was in before, the oldest first

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("session", "key"), name="idea_key_once"),)


class Points(models.Model):
    """The points of a participant to a group, while the session lasts."""

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="points")
    group = models.ForeignKey(Group, models.CASCADE, related_name="given")
    points = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("participant", "group"), name="points_once"),)
