"""Guessing is slowed: wrong passwords by account and by address, wrong workshop codes by address.

An account pauses after few failures; an address, where a whole office or a room may be, after many.
"""

import ipaddress
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import transaction
from django.db.models import F, Sum
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from estran.common.language import _
from estran.portal.organisations.models import AuditLine, Person

CODES = "atelier"  # what failures of workshop codes are counted under: no account has such a name


def client_address(request: HttpRequest) -> str | None:
    """Where a request comes from, as the nearest proxy of `PROXIES` says; None for this machine itself.

    An IPv6 address stands for its network of 64 bits, which one subscriber has whole.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-settings.PROXIES :] if settings.PROXIES else []
    try:
        address = ipaddress.ip_address(
            (forwarded[0] if any(forwarded) else request.META.get("REMOTE_ADDR", "")).strip()
        )
    except ValueError:
        return None
    if address.is_loopback:
        return None
    return str(ipaddress.ip_network((address, 64), strict=False)[0] if address.version == 6 else address)


def _window() -> timedelta:
    return timedelta(hours=settings.AXES_COOLOFF_TIME)


class Handler(AxesDatabaseHandler):
    """The failures of axes, counted by account, and also by address with a limit of its own."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """The account or the address has too many failures."""
        return super().is_locked(request, credentials) or self._address_is_locked(client_address(request))

    def _address_is_locked(self, address: str | None) -> bool:
        recent = AccessAttempt.objects.filter(ip_address=address, attempt_time__gte=timezone.now() - _window())
        failures = recent.exclude(username=CODES).aggregate(n=Sum("failures_since_start"))["n"] if address else 0
        return (failures or 0) >= settings.FAILURES_BY_ADDRESS


def codes_are_paused(request: HttpRequest) -> bool:
    """Too many workshop codes that do not exist came from there in this quarter of an hour."""
    address = client_address(request)
    if address is None:
        return False
    counted = AccessAttempt.objects.filter(
        username=CODES, ip_address=address, attempt_time__gte=timezone.now() - _window()
    )
    return counted.filter(failures_since_start__gte=settings.WRONG_CODES_BY_ADDRESS).exists()


def count_wrong_code(request: HttpRequest) -> None:
    """Count a workshop code that does not exist against the address it came from."""
    address, now = client_address(request), timezone.now()
    if address is None:
        return
    with transaction.atomic():
        row, _new = AccessAttempt.objects.select_for_update().get_or_create(
            username=CODES, ip_address=address, user_agent="", defaults={"failures_since_start": 0}
        )
        begun = row.attempt_time >= now - _window()
        AccessAttempt.objects.filter(pk=row.pk).update(
            failures_since_start=F("failures_since_start") + 1 if begun else 1,
            attempt_time=row.attempt_time if begun else now,
        )


# ------------------------------------------------------------------------------ who entered, and who did not


def account_is_paused(request: HttpRequest, person: Person) -> bool:
    """The account or the address has too many failures; the page that says so is then the answer to the request."""
    request.axes_locked_out = not AxesProxyHandler.is_allowed(request, {"username": person.email})
    return request.axes_locked_out


def count_failure(request: HttpRequest, person: Person) -> None:
    """Count a wrong code of a second factor, or a password in use given wrong, as a wrong password."""
    user_login_failed.send(__name__, credentials={"username": person.email}, request=request)


@receiver(user_login_failed)
def _record_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_more: Any) -> None:
    """Write a failure in the log of the organisations of the account; once for all those of a pause."""
    person = Person.objects.filter(email=str(credentials.get("username") or "").strip().lower()).first()
    if person is None:
        return
    what = _("a été refusé : mot de passe ou code faux")
    if getattr(request, "axes_locked_out", False):
        what = _("a été mis en pause : trop de mots de passe ou de codes faux")
        if person.audit_lines.filter(what=what, at__gte=timezone.now() - _window()).exists():
            return
    record_for(person, what)


@receiver(user_logged_in)
def _record_entry(request: HttpRequest, user: Person, **_more: Any) -> None:
    if request.path:  # a page, not a script
        record_for(user, _("s’est connecté"))


def record_for(person: Person, what: str) -> None:
    """Add a line about an account to the log of each organisation of its person."""
    places = person.memberships.values_list("organisation_id", flat=True)
    AuditLine.objects.bulk_create([AuditLine(organisation_id=place, person=person, what=what) for place in places])
