"""Sign-in through an identity provider (OpenID Connect, as ProConnect): it says who someone is, Estran who may enter.

Nobody is created: an administrator adds the address first. The first sign-in ties the person to the provider's name.
The library walks the steps and checks signature and nonce; PyJWT checks whom a token is from, for, and until when.
"""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe
from django.views.generic import View
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from estran.common.language import _
from estran.portal.organisations.models import AuditLine, Person

# Settings of the library that the provider itself publishes.
PUBLISHED = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}


MOST = {name: Person._meta.get_field(name).max_length for name in ("subject", "name")}  # characters
# What is wrong with a token: the first that fits.
FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.InvalidIssuerError, _("un jeton d’un autre fournisseur")),
    (jwt.InvalidAudienceError, _("un jeton destiné à une autre application")),
    (jwt.ExpiredSignatureError, _("un jeton qui n’est plus valable")),
    (jwt.ImmatureSignatureError, _("un jeton qui n’est pas encore valable")),
    (jwt.MissingRequiredClaimError, _("un jeton incomplet")),
    (jwt.InvalidSignatureError, _("un jeton dont la signature est fausse")),
    (jwt.InvalidAlgorithmError, _("un jeton signé autrement que prévu")),
    (SuspiciousOperation, _("un jeton qui ne répond pas à cette demande")),
    (Exception, _("un jeton illisible")),
)


class Refused(Exception):
    """What the provider answered vouches for nobody; the text names what it answered."""


@cache
def published(issuer: str) -> dict[str, Any]:
    """What a provider publishes about itself, asked once. Errors: Refused (not what a provider publishes)."""
    answer = requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=settings.OIDC_TIMEOUT)
    answer.raise_for_status()
    configuration: dict[str, Any] = answer.json()
    if not {"issuer", *PUBLISHED.values()} <= {*configuration} or configuration["issuer"].rstrip("/") != issuer.rstrip(
        "/"
    ):
        raise Refused(_("une description qui n’est pas celle du fournisseur réglé"))
    return configuration


class _Published:
    """The settings of the library, its addresses asked from the provider when they are needed: not at each page."""

    @staticmethod
    def get_settings(name: str, *default: Any) -> Any:
        """A setting of the library."""
        if name in PUBLISHED:
            return SimpleLazyObject(lambda: published(settings.OIDC_ISSUER)[PUBLISHED[name]])
        return import_from_settings(name, *default)


class Backend(_Published, OIDCAuthenticationBackend):
    """Finds the person whom the provider vouches for."""

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """The claims of a token for us, from the provider, in time, that answers this request. Errors: Refused."""
        try:
            claims: dict[str, Any] = super().verify_token(token, **kwargs)
            if "nonce" in kwargs and not {"exp", "iat"} <= claims.keys():  # an identity ends; userinfo need not
                raise jwt.MissingRequiredClaimError("exp")
        except (jwt.PyJWTError, SuspiciousOperation, KeyError) as error:
            raise Refused(next(text for kind, text in FAULTS if isinstance(error, kind))) from error
        return claims

    def get_payload_data(self, token: str, key: Any) -> dict[str, Any]:
        """What a token says once PyJWT has checked its signature and all that it says about itself."""
        client = self.OIDC_RP_CLIENT_ID
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=client,
            issuer=published(settings.OIDC_ISSUER)["issuer"],
            leeway=settings.OIDC_LEEWAY,
            options={"require": ["iss", "aud", "sub"]},
        )
        # A token for several clients must name the one that asked for it.
        if claims.get("azp", client if claims["aud"] in (client, [client]) else None) != client:
            raise jwt.InvalidAudienceError
        return claims

    def get_token(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The tokens that the provider gives for a code. Errors: Refused."""
        tokens = super().get_token(payload)
        if not isinstance(tokens, dict):
            raise Refused(_("une réponse illisible"))
        return tokens

    def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What the provider says of the person, JSON or signed, about the one who signed in. Errors: Refused."""
        claims = super().get_userinfo(access_token, id_token, payload)
        if not isinstance(claims, dict) or claims.get("sub") != payload["sub"]:
            raise Refused(_("le nom d’une autre personne"))
        return payload | claims

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        """An address is needed, and not one that the provider calls unverified, in whatever words. Errors: Refused."""
        try:
            validate_email(str(claims.get("email", "")))
        except ValidationError:
            raise Refused(_("une identité sans adresse électronique")) from None
        if claims.get("email_verified", True) not in (True, "true"):
            raise Refused(_("une adresse électronique qu’il n’a pas vérifiée"))
        if not 0 < len(claims["sub"]) <= MOST["subject"] or not claims["sub"].isprintable():
            raise Refused(_("un nom illisible"))
        return True

    def filter_users_by_claims(self, claims: dict[str, Any]) -> QuerySet:
        """The person tied to the provider's name, else the one of the address who is tied to none yet."""
        tied = Person.objects.filter(subject=claims["sub"])
        return tied if tied.exists() else Person.objects.filter(email=claims["email"].lower(), subject=None)

    def update_user(self, user: Person, claims: dict[str, Any]) -> Person:
        """Tie the person to the provider's name, at the first sign-in."""
        user.subject = claims["sub"]
        name = " ".join(str(claims[part]) for part in ("given_name", "usual_name") if claims.get(part))
        user.name = user.name or "".join(filter(str.isprintable, name))[: MOST["name"]]
        user.save()
        return user


class Start(_Published, OIDCAuthenticationRequestView):
    """Leads to the provider."""


class Callback(_Published, OIDCAuthenticationCallbackView):
    """Where the provider leads back."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Open the session of the person whom the provider vouches for."""
        if request.GET.get("state") not in request.session.get("oidc_states", {}):
            messages.error(request, _("Ce retour du fournisseur d’identité a déjà servi. Recommencez la connexion."))
            return redirect("login")
        response: HttpResponse = super().get(request)
        return response

    def login_failure(self) -> HttpResponse:
        """The provider vouches for someone who was not added here, or for nobody."""
        if "error" in self.request.GET:
            raise Refused(_("un refus"))
        AuditLine.objects.create(what=_("connexion refusée : cette identité n’ouvre aucun compte"))
        messages.error(
            self.request,
            _("Cette identité n’ouvre aucun compte ici. Demandez à la personne qui administre Estran de vous ajouter."),
        )
        return redirect("login")


def through(view: type[View]) -> Callable[[HttpRequest], HttpResponse]:
    """The view where a provider is named, else 404; it says so when the provider does not answer, or not rightly."""

    @require_safe
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.OIDC_ISSUER:
            raise Http404
        try:
            return view.as_view()(request)
        except Refused as refused:
            AuditLine.objects.create(
                what=_("connexion refusée : le fournisseur d’identité a donné {what}").format(what=refused)
            )
            text = _(
                "Connexion refusée : le fournisseur d’identité a donné {what}. Recommencez ; si cela se répète, "
                "transmettez ce message à la personne qui administre Estran."
            ).format(what=refused)
        except requests.RequestException:
            text = _("Le fournisseur d’identité ne répond pas. Réessayez plus tard.")
        messages.error(request, text)
        return redirect("login")

    return guarded


start, callback = through(Start), through(Callback)


def end_of_session(request: HttpRequest) -> str:
    """Where the provider ends its own session, empty when it has no such page or did not sign this person in."""
    token = request.session.get("oidc_id_token")
    try:
        address = published(settings.OIDC_ISSUER).get("end_session_endpoint") if token else None
    except (Refused, requests.RequestException):  # our own session ends all the same
        address = None
    if not address:
        return ""
    back = request.build_absolute_uri(reverse("login"))
    return f"{address}?{urlencode({'id_token_hint': token, 'post_logout_redirect_uri': back})}"
