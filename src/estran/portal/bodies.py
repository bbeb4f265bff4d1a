"""How much a request may send, by who sends it: refused on its declared length, before any of it is read or kept."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from estran.common.vocabulary import limit
from estran.portal.collection.models import SchoolLink
from estran.portal.common import room

View = Callable[..., HttpResponse]


class BodyLimit:
    """Files from people who are signed in or hold an open link of a school; from anyone else, a short form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        room.give_up_reserve()
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, arguments: list[Any], named: dict[str, Any]
    ) -> HttpResponse | None:
        """413 where the body is too large, 507 where a file finds no room. A body without length counts as empty."""
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > limit("stranger_bytes") and not (length <= most_bytes() and _known(request, named)):
            return render(request, "413.html", status=413)
        if request.content_type == "multipart/form-data" and room.is_short(length):
            return room.refuse(request)
        return None


def most_bytes() -> int:
    """The largest body that anyone may send: a file, and a form around it."""
    return limit("upload_bytes") + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _known(request: HttpRequest, named: dict[str, Any]) -> bool:
    match = request.resolver_match
    by_link = match is not None and match.namespace == "school" and SchoolLink.of(named["token"])
    return bool(request.user.is_authenticated or by_link)
