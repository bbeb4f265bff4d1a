"""Pages of people: who may do what in an organisation, its audit log. Those of one’s own account: account_views.py."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from estran.common.language import _
from estran.portal.common.views import render_form
from estran.portal.organisations import passwords, proof, second_factor
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.forms import NewMemberForm, RoleForm
from estran.portal.organisations.models import AuditLine, Membership, Person, Role

ADMINISTRATOR = Role.ADMINISTRATOR
LINES = 50  # of the audit log on a page


@access_required(read=ADMINISTRATOR, write=ADMINISTRATOR)
@proof.required
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
@proof.required
def edit_person(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One person: role and entities, a link to choose a password; the end of a second factor, a role, an account."""
    member = access.get(Membership, pk=number)
    form = RoleForm(request.POST if request.POST.get("action") == "role" else None, member=member)
    values: dict[str, Any] = {"member": member, "form": form, "link": "", "refused": False}
    values["second_factor"] = second_factor.is_on(member.person)
    values |= {"own": _is_ours(member), "last": _last_administrator(member)}
    match request.POST.get("action") if request.method == "POST" else None:
        case None:
            pass
        case "link" if values["own"]:
            access.record(_("a fait un lien de mot de passe"))
            values["link"] = request.build_absolute_uri(passwords.password_link(member.person))
        case "second-factor" if values["own"]:
            second_factor.turn_off(member.person)
            access.record(_("a retiré un second facteur"))
            messages.success(request, _("Le second facteur de {person} est retiré.").format(person=member.person))
            return access.redirect("organisations:person", number)
        case "sessions" if values["own"]:
            member.person.sessions.all().delete()
            access.record(_("a fermé les sessions d’une personne"))
            messages.success(request, _("Les sessions de {person} sont fermées.").format(person=member.person))
            return access.redirect("organisations:person", number)
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
