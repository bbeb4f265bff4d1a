"""Sessions: the engine that keeps them, each with its person; when they end, which are open, what was typed too late.

A session ends after `SESSION_COOKIE_AGE` whatever happens, and earlier when nothing was asked for `SESSION_IDLE_AGE`.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from estran.common.language import _
from estran.portal.organisations.models import Session
from estran.portal.organisations.throttling import client_address

USE_KEPT = timedelta(minutes=1)  # between two writings of the last use
TYPED_KEPT = 200_000  # characters of a form sent too late that are kept
VISIT, TYPED = "visit", "typed"
# What a browser calls itself, the most precise first: several names stand in most of them.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac", "Linux": "Linux",
}  # fmt: skip


class SessionStore(DatabaseStore):
    """Django's sessions in the database, in our own table, which says whose they are and when they were last used."""

    used_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        """The model of a session."""
        return Session

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()
        self.used_at = row.used_at if row else None
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of a session: its person, where and when it was opened, when it ends."""
        row = super().create_model_instance(data)
        if SESSION_KEY in data and VISIT in data:
            row.person_id, row.used_at = int(data[SESSION_KEY]), timezone.now()
            row.opened_at = datetime.fromtimestamp(data[VISIT]["opened"], UTC)
            row.browser, row.address = data[VISIT]["browser"], data[VISIT]["address"]
            row.expire_date = _end(row.opened_at, row.used_at)
        return row

    def note_use(self) -> None:
        """Keep the session open while its person uses it; one writing a minute at most, of nothing else."""
        now = timezone.now()
        if VISIT in self and self.used_at and now - self.used_at >= USE_KEPT:
            end = _end(datetime.fromtimestamp(self[VISIT]["opened"], UTC), now)
            Session.objects.filter(pk=self.session_key).update(used_at=now, expire_date=end)


def _end(opened_at: datetime, used_at: datetime) -> datetime:
    return min(
        opened_at + timedelta(seconds=settings.SESSION_COOKIE_AGE),
        used_at + timedelta(seconds=settings.SESSION_IDLE_AGE),
    )


def note_use(get_response: Any) -> Any:
    """Middleware: each request of a session is a use of it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.session.note_use()
        return get_response(request)

    return middleware


@receiver(user_logged_in)
def _begin_visit(request: HttpRequest, **_more: Any) -> None:
    browser = browser_name(request.META.get("HTTP_USER_AGENT", ""))
    request.session[VISIT] = {"opened": int(time.time()), "browser": browser, "address": client_address(request)}


def browser_name(agent: str) -> str:
    """A browser and its system in words, « Firefox, Windows »; only these words are kept."""
    names = (next((name for mark, name in names.items() if mark in agent), "") for names in (BROWSERS, SYSTEMS))
    return ", ".join(filter(None, names)) or _("Navigateur inconnu")


def opened_by_password(request: HttpRequest) -> bool:
    """The session was opened here, not at an identity provider."""
    return request.session.get(BACKEND_SESSION_KEY) == "django.contrib.auth.backends.ModelBackend"


def close_others(request: HttpRequest) -> int:
    """Close the other sessions of the person; how many there were."""
    others = request.user.sessions.exclude(session_key=request.session.session_key)
    n = others.filter(expire_date__gt=timezone.now()).count()
    others.delete()
    return n


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page, then back; what was typed in a session that has ended waits for its person."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    ended = Session.objects.filter(session_key=key, person__isnull=False).first() if key else None
    if ended is None or request.method != "POST" or not keep_typed(request, ended.person_id):
        return redirect_to_login(request.get_full_path())
    return redirect_to_login(reverse("typed"))


def typed_values(request: HttpRequest) -> list[tuple[str, str]]:
    """The fields of the form that was sent, except tokens and passwords."""
    names = [name for name in request.POST if "token" not in name and "password" not in name]
    return [(name, value) for name in names for value in request.POST.getlist(name)]


def keep_typed(request: HttpRequest, person: int) -> bool:
    """Keep a form that cannot be carried out yet, for its person; False when it is too long."""
    values = typed_values(request)
    if sum(len(name) + len(value) for name, value in values) > TYPED_KEPT:
        return False
    request.session[TYPED] = {
        "person": person, "address": request.get_full_path(), "values": values, "files": bool(request.FILES),
    }  # fmt: skip
    return True
