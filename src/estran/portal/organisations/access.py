"""The one access rule: a stranger gets 404, a member whose role is too small gets 403, anonymous people sign in first.

@access_required()                         read: every member; write (POST): officers
@access_required(write=Role.CONTRIBUTOR)   contributors write too, for the entities that `access.entity` gives them
@access_required(read=Role.OFFICER)        a page that only officers see
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect

from estran.common.language import _
from estran.portal.organisations import second_factor
from estran.portal.organisations.models import AuditLine, Entity, Membership, Organisation, Person, Role
from estran.portal.organisations.sessions import sign_in_first

READING, WRITING = ("GET", "HEAD"), ("POST",)
_log = logging.getLogger(__name__)
LARGEST = 2**63 - 1  # number that a row of a database may have


@dataclass(frozen=True)
class Access:
    """Who asks, in which organisation and role. Everything a view reads goes through it."""

    person: Person
    organisation: Organisation
    membership: Membership

    @cached_property
    def role(self) -> Role:
        """The role of the person in this organisation."""
        return Role(self.membership.role)

    def may(self, role: Role) -> bool:
        """The person has at least this role."""
        return self.role >= role

    @property
    def manages(self) -> bool:
        """The person is an officer or an administrator."""
        return self.may(Role.OFFICER)

    @property
    def administers(self) -> bool:
        """The person is an administrator."""
        return self.may(Role.ADMINISTRATOR)

    def of(self, model: Any) -> QuerySet:
        """The rows of a model that belong to this organisation."""
        return model._default_manager.filter(organisation=self.organisation)

    def get(self, model: Any, **where: Any) -> Any:
        """One row of this organisation, else 404."""
        return get_object_or_404(self.of(model), **where)

    def add(self, model: Any, **values: Any) -> Any:
        """Create a row of this organisation, made by this person where the model says who."""
        made = {"made_by": self.person} if hasattr(model, "made_by") else {}
        return model._default_manager.create(organisation=self.organisation, **made, **values)

    def entities(self) -> QuerySet:
        """The entities the person writes for: all for an officer, his own and those below for a contributor."""
        entities = self.of(Entity)
        if self.manages:
            return entities
        own = self.membership.entities.values_list("path", flat=True)
        below = Q(pk__in=[])
        for path in own:
            below |= Q(path=path) | Q(path__startswith=f"{path} > ")
        return entities.filter(below)

    def entity(self, **where: Any) -> Entity:
        """One entity the person writes for, else 404."""
        return get_object_or_404(self.entities(), **where)

    def url(self, page: str, *arguments: Any) -> str:
        """The URL of a page of this organisation."""
        return self.organisation.url(page, *arguments)

    def redirect(self, page: str, *arguments: Any) -> HttpResponse:
        """Lead to a page of this organisation."""
        return redirect(self.url(page, *arguments))

    def redirect_with(self, request: HttpRequest, text: str, page: str, *arguments: Any) -> HttpResponse:
        """Lead to a page of this organisation that says what was done."""
        messages.success(request, text)
        return self.redirect(page, *arguments)

    def record(self, what: str) -> None:
        """Add a line to the audit log; `what` names no person."""
        AuditLine.objects.create(organisation=self.organisation, person=self.person, what=what[:300])


def managers_of(organisation: Organisation) -> set[int]:
    """The people who write for every entity of an organisation today."""
    managers = Membership.objects.filter(organisation=organisation, role__gte=Role.OFFICER)
    return set(managers.values_list("person", flat=True))


View = Callable[..., HttpResponse]


def access_required(*, read: Role = Role.READER, write: Role | None = Role.OFFICER) -> Callable[[View], View]:
    """Give the view its `Access` in place of the slug of the organisation; `write=None`: the page has no POST."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, **arguments: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            access = _enter(request, slug)
            asked = read if request.method in READING else write if request.method in WRITING else None
            if asked is None:
                return HttpResponseNotAllowed([*READING, *(WRITING if write else ())])
            if not access.may(asked):
                _note_refusal(request)
                raise PermissionDenied
            if any(isinstance(value, int) and value > LARGEST for value in arguments.values()):
                raise Http404
            if access.administers and second_factor.is_missing(request):
                messages.warning(request, _("Qui administre se connecte avec un second facteur : activez le vôtre."))
                return redirect("second_factor")
            request.access = access
            return view(request, access, **arguments)

        return guarded

    return decorate


def sign_in_required(view: View) -> View:
    """A page of one's own account: anonymous people sign in first."""

    @wraps(view)
    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
        return view(request, **arguments) if request.user.is_authenticated else sign_in_first(request)

    return guarded


def _enter(request: HttpRequest, slug: str) -> Access:
    memberships = Membership.objects.select_related("organisation")
    membership = memberships.filter(person=request.user, organisation__slug=slug).first()
    if membership is None:
        _note_refusal(request)
        raise Http404
    return Access(request.user, membership.organisation, membership)


def _note_refusal(request: HttpRequest) -> None:
    _log.warning("refused to person %s: %s %s", request.user.pk, request.method, request.get_full_path())
