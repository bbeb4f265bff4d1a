"""Pages of accounts and people: signing in, choosing a password; who may do what in an organisation, its audit log."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from estran.common.language import _
from estran.portal.common.views import render_form
from estran.portal.organisations import oidc, passwords
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.forms import ChoosePasswordForm, NewMemberForm, OwnPasswordForm, RoleForm, SignInForm
from estran.portal.organisations.models import AuditLine, Membership, Person, Role

ADMINISTRATOR = Role.ADMINISTRATOR
LINES = 50  # of the audit log on a page


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
    response = redirect(address or "login")
    response["Clear-Site-Data"] = '"cache"'  # pages of this person, that the browser kept
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: where one belongs, and another password."""
    form = OwnPasswordForm(request.user, request.POST or None)
    if form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Votre mot de passe est changé."))
        return redirect("account")
    memberships = request.user.memberships.select_related("organisation").order_by("organisation__name")
    return render_form(request, form, "organisations/account.html", memberships=memberships)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Where a link leads a person who has no password yet, or forgot it."""
    person = passwords.token_owner(number, token)
    if person is None:
        raise Http404
    form = ChoosePasswordForm(person, request.POST or None)
    if form.is_valid():
        form.save()
        messages.success(request, _("Votre mot de passe est choisi. Connectez-vous."))
        return redirect("login")
    return render_form(request, form, "organisations/choose_password.html", person=person)


@access_required(read=ADMINISTRATOR, write=ADMINISTRATOR)
def list_people(request: HttpRequest, access: Access) -> HttpResponse:
    """The people of the organisation, and the form that adds one."""
    form = NewMemberForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            person = Person.objects.filter(email=form.cleaned_data["email"]).first()
            person = person or Person.objects.create_user(form.cleaned_data["email"], name=form.cleaned_data["name"])
            member, new = Membership.objects.get_or_create(
                organisation=access.organisation, person=person, defaults={"role": form.cleaned_data["role"]}
            )
            if new:
                access.record(_("a ajouté une personne ({role})").format(role=Role(member.role).label))
        return access.redirect("organisations:person", member.pk)
    members = (
        access.of(Membership).select_related("person").prefetch_related("entities").order_by("-role", "person__name")
    )
    return render_form(request, form, "organisations/people.html", members=members, roles=Role)


@access_required(read=ADMINISTRATOR, write=ADMINISTRATOR)
def edit_person(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One person: role and entities, a link to choose a password, the end of the role, the erasure."""
    member = access.get(Membership, pk=number)
    form = RoleForm(request.POST if request.POST.get("action") == "role" else None, member=member)
    values: dict[str, Any] = {"member": member, "form": form, "link": "", "refused": False}
    values |= {"own": _is_ours(member), "last": _last_administrator(member)}
    match request.POST.get("action") if request.method == "POST" else None:
        case None:
            pass
        case "link" if values["own"]:
            access.record(_("a fait un lien de mot de passe"))
            values["link"] = request.build_absolute_uri(passwords.password_link(member.person))
        case "role" if form.is_valid() and not (values["last"] and form.cleaned_data["role"] < ADMINISTRATOR):
            form.save()
            access.record(_("a changé un rôle ({role})").format(role=Role(member.role).label))
            messages.success(request, _("Le rôle de {person} est enregistré.").format(person=member.person))
            return access.redirect("organisations:person", number)
        case "remove" if not values["last"]:
            member.delete()
            access.record(_("a retiré une personne"))
            messages.success(request, _("{person} n’a plus accès.").format(person=member.person))
            return access.redirect("organisations:people")
        case "erase" if not values["last"] and values["own"]:
            with transaction.atomic():
                member.person.erase()
                access.record(_("a effacé une personne"))
            messages.success(request, _("La personne est effacée ; ses actes restent au journal, sans son nom."))
            return access.redirect("organisations:people")
        case _action:
            values["refused"] = not form.errors
            return render(request, "organisations/person.html", values, status=422)
    return render(request, "organisations/person.html", values)


@access_required(read=ADMINISTRATOR, write=None)
def list_audit_lines(request: HttpRequest, access: Access) -> HttpResponse:
    """The audit log of the organisation, twelve months of it; with the sign-ins refused, which belong to nobody."""
    lines = AuditLine.objects.filter(Q(organisation=access.organisation) | Q(organisation=None))
    lines = Paginator(lines.select_related("person"), LINES).get_page(request.GET.get("page"))
    return render(request, "organisations/journal.html", {"lines": lines})


def _is_ours(member: Membership) -> bool:
    """The person belongs to no other organisation: only then may an administrator give a password link or erase."""
    return not member.person.memberships.exclude(pk=member.pk).exists()


def _last_administrator(member: Membership) -> bool:
    others = member.organisation.memberships.filter(role=ADMINISTRATOR, person__is_active=True).exclude(pk=member.pk)
    return member.role == ADMINISTRATOR and not others.exists()
