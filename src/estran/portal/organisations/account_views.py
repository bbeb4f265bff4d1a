"""Pages of one's own account: signing in and out, the password, the second factor, the open sessions."""

import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth import views as auth
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from estran.common.language import _, ngettext
from estran.portal.common.views import render_form
from estran.portal.organisations import oidc, passwords, proof, throttling
from estran.portal.organisations import second_factor as factor
from estran.portal.organisations.access import sign_in_required
from estran.portal.organisations.forms import ChoosePasswordForm, CodeForm, OwnPasswordForm, SignInForm
from estran.portal.organisations.models import Person, Role
from estran.portal.organisations.sessions import TYPED, close_others

PENDING, PENDING_AGE = "pending", 600  # between the password and the code; seconds
BOTH = ["GET", "HEAD", "POST"]


class SignIn(auth.LoginView):
    """The sign-in page."""

    template_name = "organisations/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """What the page shows: also the identity provider, if there is one."""
        return super().get_context_data(**values) | {"provider": settings.OIDC_LABEL if settings.OIDC_ISSUER else ""}

    def form_valid(self, form: SignInForm) -> HttpResponse:
        """Open the session, or ask for the code of the second factor first."""
        person = form.get_user()
        if not factor.is_on(person):
            return super().form_valid(form)
        self.request.session[PENDING] = {"person": person.pk, "at": time.time(), "next": self.get_success_url()}
        return redirect("login_code")


sign_in = require_http_methods(BOTH)(SignIn.as_view())


@require_http_methods(BOTH)
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The code of the second factor, after the password."""
    pending = request.session.get(PENDING, {"person": 0, "at": 0})
    person = Person.objects.filter(pk=pending["person"], is_active=True).first()
    if person is None or not 0 <= time.time() - pending["at"] < PENDING_AGE:
        return redirect("login")
    form = CodeForm(request.POST or None)
    if form.is_valid() and not throttling.account_is_paused(request, person):
        if factor.check(person, form.cleaned_data["code"]):
            del request.session[PENDING]
            login(request, person, "django.contrib.auth.backends.ModelBackend")
            request.session[factor.PASSED] = True
            return redirect(pending["next"])
        throttling.count_failure(request, person)
        form.add_error("code", _("Ce code ne convient pas. Un code de l’application sert une fois, trente secondes."))
    return render_form(request, form, "organisations/login_code.html")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and that of the identity provider if it opened this one."""
    address = oidc.end_of_session(request) if settings.OIDC_ISSUER else ""
    logout(request)
    response = redirect(address or "login")
    response["Clear-Site-Data"] = '"cache"'  # pages of this person, that the browser kept
    return response


@require_http_methods(BOTH)
@sign_in_required
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: where one belongs, its safety, and another password, which closes the other sessions."""
    form = OwnPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and throttling.account_is_paused(request, request.user):
        return redirect("account")
    if form.is_valid():
        update_session_auth_hash(request, form.save())
        close_others(request)
        throttling.record_for(request.user, _("a changé son mot de passe"))
        messages.success(request, _("Votre mot de passe est changé ; vos autres sessions sont fermées."))
        return redirect("account")
    if "old_password" in form.errors:
        throttling.count_failure(request, request.user)
    values = {
        "memberships": request.user.memberships.select_related("organisation").order_by("organisation__name"),
        "own_password": request.user.has_usable_password(), "second_factor": factor.is_on(request.user),
        "open_sessions": request.user.sessions.filter(expire_date__gt=timezone.now()).count(),
    }  # fmt: skip
    return render_form(request, form, "organisations/account.html", **values)


@require_http_methods(BOTH)
def choose_password(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Where a link leads a person who has no password yet, or forgot it."""
    person = passwords.token_owner(number, token)
    if person is None:
        raise Http404
    form = ChoosePasswordForm(person, request.POST or None)
    if form.is_valid():
        form.save()
        person.sessions.all().delete()
        throttling.record_for(person, _("a choisi un mot de passe"))
        messages.success(request, _("Votre mot de passe est choisi. Connectez-vous."))
        return redirect("login")
    return render_form(request, form, "organisations/choose_password.html", person=person)


@require_http_methods(BOTH)
@sign_in_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Turn the second factor on (a QR code, a first code), draw recovery codes, turn it off."""
    person = request.user
    if not person.has_usable_password():
        raise Http404
    if page := proof.ask(request):
        return page
    action = request.POST.get("action")
    form = CodeForm(request.POST if action == "confirm" else None)
    form.fields["code"].help_text = _("les six chiffres que montre votre application")
    asked = settings.SECOND_FACTOR_ASKED and person.memberships.filter(role=Role.ADMINISTRATOR).exists()
    codes: list[str] = []
    if action == "confirm" and form.is_valid():
        if factor.confirm(person, form.cleaned_data["code"]):
            codes = factor.make_recovery_codes(person)
            request.session[factor.PASSED] = True
            close_others(request)
            throttling.record_for(person, _("a activé son second facteur"))
        else:
            form.add_error(
                "code", _("Ce code ne convient pas. Vérifiez l’heure du téléphone, puis donnez le code suivant.")
            )
    elif action == "codes" and factor.is_on(person):
        codes = factor.make_recovery_codes(person)
        throttling.record_for(person, _("a fait de nouveaux codes de secours"))
    elif action == "off" and not asked:
        factor.turn_off(person)
        throttling.record_for(person, _("a retiré son second facteur"))
        messages.success(request, _("Le second facteur est retiré."))
        return redirect("account")
    on = factor.is_on(person)
    device = None if on and action != "renew" and not form.errors else factor.new_device(person)
    values = {
        "on": on, "asked": asked, "codes": codes, "left": factor.recovery_codes_left(person), "device": device,
        "picture": Markup(factor.draw(device)) if device else "", "secret": factor.secret(device) if device else "",
    }  # fmt: skip
    return render_form(request, form, "organisations/second_factor.html", **values)


@require_http_methods(BOTH)
@sign_in_required
def sessions(request: HttpRequest) -> HttpResponse:
    """One's open sessions, and the end of all but this one."""
    if request.method == "POST":
        if page := proof.ask(request):
            return page
        n = close_others(request)
        throttling.record_for(request.user, _("a fermé ses autres sessions"))
        text = ngettext("{n} autre session est fermée.", "{n} autres sessions sont fermées.", n)
        messages.success(request, text.format(n=n))
        return redirect("sessions")
    rows = request.user.sessions.filter(expire_date__gt=timezone.now()).order_by("-used_at")
    return render(request, "organisations/sessions.html", {"rows": rows, "own": request.session.session_key})


@require_safe
@sign_in_required
def typed(request: HttpRequest) -> HttpResponse:
    """What was typed in a session that ended before it was sent: its person looks at it, and sends it."""
    kept = request.session.get(TYPED)
    if not kept or kept["person"] != request.user.pk:
        return redirect("start")
    return render(request, "organisations/typed.html", {"kept": kept})
