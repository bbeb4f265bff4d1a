"""Sign-in through an identity provider (OpenID Connect, as ProConnect): it says who someone is, Estran who may enter.

Nobody is created: an administrator adds the address first. The first sign-in ties the person to the provider's name.
"""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.generic import View
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from estran.common.language import _
from estran.portal.organisations.models import Person

TIMEOUT = 10  # seconds
# Settings of the library that the provider itself publishes.
PUBLISHED = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}


@cache
def published(issuer: str) -> dict[str, Any]:
    """What a provider publishes about itself, asked once."""
    answer = requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=TIMEOUT)
    answer.raise_for_status()
    configuration: dict[str, Any] = answer.json()
    return configuration


class _Published:
    """The settings of the library, its addresses asked from the provider."""

    @staticmethod
    def get_settings(name: str, *default: Any) -> Any:
        """A setting of the library."""
        if name in PUBLISHED:
            return published(settings.OIDC_ISSUER)[PUBLISHED[name]]
        return import_from_settings(name, *default)


class Backend(_Published, OIDCAuthenticationBackend):
    """Finds the person whom the provider vouches for."""

    def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What the provider says of the person, JSON or signed; it must speak of the one who signed in."""
        claims: dict[str, Any] = super().get_userinfo(access_token, id_token, payload)
        if not claims.get("sub") or claims["sub"] != payload.get("sub"):
            raise SuspiciousOperation("userinfo is not about the person of the id token")
        return claims

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        """An address is needed, and not one that the provider calls unverified."""
        return bool(claims.get("email")) and claims.get("email_verified", True) is not False

    def filter_users_by_claims(self, claims: dict[str, Any]) -> QuerySet:
        """The person tied to the provider's name, else the one of the address who is tied to none yet."""
        tied = Person.objects.filter(subject=claims["sub"])
        return tied if tied.exists() else Person.objects.filter(email=claims["email"].lower(), subject=None)

    def update_user(self, user: Person, claims: dict[str, Any]) -> Person:
        """Tie the person to the provider's name, at the first sign-in."""
        user.subject = claims["sub"]
        user.name = user.name or " ".join(filter(None, (claims.get("given_name"), claims.get("usual_name"))))
        user.save()
        return user


class Start(_Published, OIDCAuthenticationRequestView):
    """Leads to the provider."""


class Callback(_Published, OIDCAuthenticationCallbackView):
    """Where the provider leads back."""

    def login_failure(self) -> HttpResponse:
        """The provider vouches for someone who was not added here, or for nobody."""
        messages.error(
            self.request,
            _("Cette identité n’ouvre aucun compte ici. Demandez à la personne qui administre Estran de vous ajouter."),
        )
        return redirect("login")


def _through(view: type[View]) -> Callable[[HttpRequest], HttpResponse]:
    """The view where a provider is named, else 404; it says so when the provider does not answer."""

    @require_safe
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.OIDC_ISSUER:
            raise Http404
        try:
            return view.as_view()(request)
        except requests.RequestException:
            messages.error(request, _("Le fournisseur d’identité ne répond pas. Réessayez plus tard."))
            return redirect("login")

    return guarded


start, callback = _through(Start), _through(Callback)


def end_of_session(request: HttpRequest) -> str:
    """Where the provider ends its own session, empty when it has no such page or did not sign this person in."""
    token = request.session.get("oidc_id_token")
    address = published(settings.OIDC_ISSUER).get("end_session_endpoint") if token else None
    if not address:
        return ""
    back = request.build_absolute_uri(reverse("login"))
    return f"{address}?{urlencode({'id_token_hint': token, 'post_logout_redirect_uri': back})}"
