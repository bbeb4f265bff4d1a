"""Organisations, the people who work there and in which role, their tree of entities, links without account."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django_otp import devices_for_user

from estran.catalogue.labels import word
from estran.common.language import _
from estran.common.shipped import rows_by_code


class PersonManager(BaseUserManager):
    """Makes accounts; an address is the same whatever its capitals."""

    def create_user(self, email: str, password: str | None = None, name: str = "", **more: Any) -> Person:
        """An account; without a password nobody can sign in before choosing one."""
        person = self.model(email=email, name=name, **more)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, email: str | None) -> Person:
        """The person of an address."""
        return self.get(email=(email or "").strip().lower())


class Person(AbstractBaseUser):
    """Someone who signs in, by a password or through an identity provider (`subject` is his name there)."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    subject = models.CharField(max_length=255, unique=True, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = PersonManager()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="person_email_lower"),)

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the person, the address in small letters."""
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    def erase(self) -> None:
        """Forget who this is: the account closes, the lines of the audit log stay under a pseudonym."""
        self.email, self.name = f"efface-{self.pk}@invalid", _("Personne effacée n° {n}").format(n=self.pk)
        self.subject, self.is_active, self.erased_at = None, False, timezone.now()
        self.set_unusable_password()
        self.memberships.all().delete()
        self.sessions.all().delete()
        for device in devices_for_user(self, confirmed=None):
            device.delete()
        self.save()


class Session(AbstractBaseSession):
    """An open session: whose it is, where it was opened, when it was last used. It goes when the session ends."""

    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="sessions")
    browser = models.CharField(max_length=60, blank=True)
    address = models.GenericIPAddressField(null=True)
    opened_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The engine that reads and writes these rows."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class Organisation(models.Model):
    """An authority. Everything else belongs to one; two of them on one instance never see each other."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20, blank=True)  # authority_kinds.csv
    siren = models.CharField(max_length=9, blank=True)
    screens = models.JSONField(default=list)  # those of the start that a person said are done: start_screens.csv

    def __str__(self) -> str:
        return self.name

    def url(self, page: str, *arguments: Any) -> str:
        """The URL of a page of this organisation."""
        return reverse(page, args=(self.slug, *arguments))


class EntityQuerySet(models.QuerySet):
    """Entities, those of a year among them."""

    def counted_in(self, year: int) -> EntityQuerySet:
        """Those of the counts of a year: open on 31 December, and not out by the last choice made for that year."""
        end = date(year, 12, 31)
        last = Counting.objects.filter(entity=OuterRef("pk"), since__lte=end).order_by("-since", "-pk")
        there = Q(closed_on=None) | Q(closed_on__gt=end), Q(opened_on=None) | Q(opened_on__lte=end)
        counts = Subquery(last.values("counted")[:1])
        return self.filter(*there).alias(counts=counts).filter(Q(counts=None) | Q(counts=True))


class Entity(models.Model):
    """A directorate, a school, a data centre…: a node of the tree, named as the inventory writes it in `path`."""

    KINDS = ADMINISTRATION, DIRECTORATE, SITE, SCHOOL, DATA_CENTRE, BODY, OTHER = (
        *("administration", "directorate", "site", "school", "data_centre", "body", "other"),
    )

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="entities")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    kind = models.CharField(max_length=20, default=DIRECTORATE)  # entity_kinds.csv
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    former_paths = models.JSONField(default=list)  # what inventories wrote before it was renamed
    uai = models.CharField(max_length=8, blank=True)
    town = models.CharField(max_length=100, blank=True)
    owner = models.CharField(max_length=20, blank=True)  # of its equipment: owners.csv
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    successors = models.ManyToManyField("self", symmetrical=False, related_name="predecessors", blank=True)

    objects = EntityQuerySet.as_manager()

    class Meta:
        ordering = ("path",)
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    kind__in=("administration", "directorate", "site", "school", "data_centre", "body", "other")
                ),
                name="entity_kind",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="entity_not_its_own_parent"),
            models.UniqueConstraint(fields=("organisation", "path"), name="entity_path_once"),
            models.UniqueConstraint(fields=("organisation", "uai"), condition=~Q(uai=""), name="entity_uai_once"),
        )

    def __str__(self) -> str:
        return self.name

    def holds(self, path: str) -> bool:
        """A name that inventories write is this entity, or a part of it."""
        return path == self.path or path.startswith(f"{self.path} > ")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the entity; without a path, its name under that of its parent, as inventories write it.

        Without an owner, the one that equipment of its kind has most often.
        """
        self.owner = self.owner or rows_by_code("entity_kinds")[self.kind]["owner"]
        self.path = self.path or (f"{self.parent.path} > {self.name}" if self.parent else self.name)
        super().save(*args, **kwargs)


class Role(IntEnum):
    """What a member may do; each role may do what the smaller ones may."""

    READER = 1
    CONTRIBUTOR = 2
    OFFICER = 3
    ADMINISTRATOR = 4

    @property
    def label(self) -> str:
        """The role in words."""
        return word("role", str(self.value))


class Membership(models.Model):
    """The role of a person in an organisation; a contributor writes for his entities, and those below them."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(default=Role.READER)
    entities = models.ManyToManyField(Entity, blank=True, related_name="contributors")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organisation", "person"), name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=(1, 2, 3, 4)), name="membership_role"),
        )


class Made(models.Model):
    """A row that remembers who made it and when."""

    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class Counting(Made):
    """A choice: an entity, say a body that the authority equips, is in the counts or out of them from a date on."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="countings")
    counted = models.BooleanField()
    since = models.DateField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-since", "-pk")


class Link(Made):
    """A link that opens one thing without account: signed, revocable, with an end. The token is not stored."""

    SALT = ""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def token(self) -> str:
        """What the address of the link carries."""
        return Signer(salt=self.SALT).sign(str(self.pk))

    @property
    def open(self) -> bool:
        """Neither revoked nor past its end."""
        return self.revoked_at is None and (self.ends_at is None or self.ends_at > timezone.now())

    @classmethod
    def of(cls, token: str) -> Any:
        """The open link of a token, or None: forged, revoked and past links look the same."""
        try:
            number = int(Signer(salt=cls.SALT).unsign(token))
        except (BadSignature, ValueError):
            return None
        link = cls._default_manager.select_related("organisation").filter(pk=number).first()
        return link if link and link.open else None


class AuditLine(models.Model):
    """Who did what and when, in a sentence that names no person; kept twelve months."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="audit_lines")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="audit_lines")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    what = models.CharField(max_length=300)

    class Meta:
        ordering = ("-at", "-pk")
