"""Who is at the keyboard: before what cannot be undone, a password not older than some minutes, or a new sign-in there.

    if page := proof.ask(request):
        return page

The page asks for the password and sends again, with it, what was sent: nothing typed is lost.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import jwt
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from estran.common.language import _
from estran.portal.organisations import oidc
from estran.portal.organisations.access import sign_in_required
from estran.portal.organisations.models import Person
from estran.portal.organisations.sessions import keep_typed, opened_by_password, typed_values

PROVED, FIELD = "proved", "proof_password"


class ProofForm(forms.Form):
    """One's password again."""

    proof_password = forms.CharField(
        label=_("Votre mot de passe"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST if FIELD in request.POST else None)
        self.request = request

    def clean_proof_password(self) -> str:
        """The password is that of the person signed in; a wrong one counts as at sign-in."""
        password: str = self.cleaned_data[FIELD]
        if authenticate(self.request, username=self.request.user.email, password=password) != self.request.user:
            raise forms.ValidationError(_("Ce n’est pas votre mot de passe."))
        return password


def ask(request: HttpRequest) -> HttpResponse | None:
    """The page that asks who is there, or None when that was proved a few minutes ago."""
    if 0 <= time.time() - request.session.get(PROVED, 0) < settings.PROOF_AGE:
        return None
    form = ProofForm(request)
    if form.is_valid():
        request.session[PROVED] = int(time.time())
        return None
    values = {
        "form": form,
        "sent": typed_values(request),
        "provider": settings.OIDC_LABEL if settings.OIDC_ISSUER else "",
    }
    if settings.OIDC_ISSUER:
        keep_typed(request, request.user.pk)
    return render(request, "organisations/proof.html", values, status=422 if form.errors else 403)


def required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask before each writing of a view."""

    @wraps(view)
    def guarded(request: HttpRequest, *values: Any, **named: Any) -> HttpResponse:
        return (request.method == "POST" and ask(request)) or view(request, *values, **named)

    return guarded


# ------------------------------------------------------------------------------ who signed in at a provider


class _AskAgain(oidc.Start):
    def get_extra_params(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_extra_params(request) | {"prompt": "login", "max_age": "0"}


ask_provider = sign_in_required(oidc.through(_AskAgain))


@require_safe
@sign_in_required
def provider_answered(request: HttpRequest) -> HttpResponse:
    """Where one comes back from the provider: to what was to be sent."""
    if not settings.OIDC_ISSUER:
        raise Http404
    if not _signed_in_there(request, request.user):
        messages.error(request, _("Le fournisseur d’identité n’a pas confirmé qui vous êtes : recommencez."))
        return redirect("account")
    request.session[PROVED] = int(time.time())
    return redirect("typed")


def _signed_in_there(request: HttpRequest, person: Person) -> bool:
    """The token of this session, checked when it came, says that this person signed in just now."""
    token = request.session.get("oidc_id_token")
    claims = jwt.decode(token, options={"verify_signature": False}) if token else {}
    # Whoever signed in at the provider left a token, also someone whom nobody added here.
    its_own = bool(person.subject) and claims.get("sub") == person.subject
    return its_own and abs(time.time() - claims.get("auth_time", 0)) < settings.PROOF_AGE


@receiver(user_logged_in)
def _prove_at_sign_in(request: HttpRequest, user: Person, **_more: Any) -> None:
    if opened_by_password(request) or _signed_in_there(request, user):
        request.session[PROVED] = int(time.time())
