"""The referent of a school, who comes through a signed link and without account."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils import timezone

from estran.common.language import _
from estran.portal.collection import campaigns
from estran.portal.collection.models import Answer, Campaign, SchoolLink
from estran.portal.organisations.models import AuditLine, Entity, Organisation, Person


@dataclass(frozen=True)
class Referent:
    """Who came through the link of a school: no person, one entity, one answer (none while no campaign is open)."""

    organisation: Organisation
    entity: Entity
    link: SchoolLink
    answer: Answer | None
    person: Person | None = None

    @property
    def sent(self) -> Any:
        """What counts of what the school sent."""
        return campaigns.current_deliveries([self.answer] if self.answer else [])

    def record(self, what: str) -> None:
        """Add a line to the audit log, without a person."""
        line = _("{entity} : {what}").format(entity=self.entity, what=what)
        AuditLine.objects.create(organisation=self.organisation, what=line[:300])

    def address(self, screen: str) -> str:
        """The address of one of the screens: start, read, thanks."""
        return reverse("thanks" if screen == "thanks" else f"school:{screen}", args=(self.link.token,))


View = Callable[[HttpRequest, Referent], HttpResponse]


def by_link(*verbs: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """Give the view its `Referent` in place of the token; a forged, revoked or past link is not found."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            link = SchoolLink.of(token)
            if link is None:
                raise Http404
            if request.method not in verbs:
                return HttpResponseNotAllowed(verbs)
            response = view(request, Referent(link.organisation, link.entity, link, _answer(link)))
            response["X-Robots-Tag"] = "noindex"
            return response

        return guarded

    return decorate


def _answer(link: SchoolLink) -> Answer | None:
    campaign = Campaign.objects.filter(organisation=link.organisation, opens_on__lte=timezone.localdate()).first()
    if campaign is None:
        return None
    answer, _made = Answer.objects.get_or_create(organisation=link.organisation, campaign=campaign, entity=link.entity)
    return answer
