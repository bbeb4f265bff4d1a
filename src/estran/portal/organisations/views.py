"""Signing in, one's own account, choosing a password."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from estran.common.language import _
from estran.portal.organisations import oidc, passwords
from estran.portal.organisations.forms import ChoosePasswordForm, OwnPasswordForm, SignInForm


class SignIn(auth.LoginView):
    """The sign-in page."""

    template_name = "organisations/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """What the page shows: also the identity provider, if there is one."""
        return super().get_context_data(**values) | {"provider": settings.OIDC_LABEL if settings.OIDC_ISSUER else ""}


sign_in = require_http_methods(["GET", "HEAD", "POST"])(SignIn.as_view())


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and that of the identity provider if it opened this one."""
    address = oidc.end_of_session(request) if settings.OIDC_ISSUER else ""
    logout(request)
    return redirect(address or "login")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: where one belongs, and another password."""
    form = OwnPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Votre mot de passe est changé."))
        return redirect("account")
    memberships = request.user.memberships.select_related("organisation").order_by("organisation__name")
    values = {"form": form, "memberships": memberships}
    return render(request, "organisations/account.html", values, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Where a link leads a person who has no password yet, or forgot it."""
    person = passwords.token_owner(number, token)
    if person is None:
        raise Http404
    form = ChoosePasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Votre mot de passe est choisi. Connectez-vous."))
        return redirect("login")
    values = {"form": form, "person": person}
    return render(request, "organisations/choose_password.html", values, status=422 if form.errors else 200)
