"""Who may do what: the administrator adds people, gives them a role and a first link, takes a role back, erases."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.portal.organisations import passwords
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.forms import NewMemberForm, RoleForm
from estran.portal.organisations.models import AuditLine, Membership, Person, Role

ADMINISTRATOR = Role.ADMINISTRATOR
LINES = 50  # of the audit log on a page


@access_required(read=ADMINISTRATOR, write=ADMINISTRATOR)
def everyone(request: HttpRequest, access: Access) -> HttpResponse:
    """The people of the organisation, and the form that adds one."""
    form = NewMemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            person = Person.objects.filter(email=form.cleaned_data["email"]).first()
            person = person or Person.objects.create_user(form.cleaned_data["email"], name=form.cleaned_data["name"])
            member, new = Membership.objects.get_or_create(
                organisation=access.organisation, person=person, defaults={"role": form.cleaned_data["role"]}
            )
            if new:
                access.record(_("a ajouté une personne ({role})").format(role=Role(member.role).label))
        return redirect("organisations:person", access.organisation.slug, member.pk)
    members = (
        access.of(Membership).select_related("person").prefetch_related("entities").order_by("-role", "person__name")
    )
    values = {"form": form, "members": members, "roles": Role}
    return render(request, "organisations/people.html", values, status=422 if form.errors else 200)


@access_required(read=ADMINISTRATOR, write=ADMINISTRATOR)
def one(request: HttpRequest, access: Access, number: int) -> HttpResponse:
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
            return redirect("organisations:person", access.organisation.slug, number)
        case "remove" if not values["last"]:
            member.delete()
            access.record(_("a retiré une personne"))
            messages.success(request, _("{person} n’a plus accès.").format(person=member.person))
            return redirect("organisations:people", access.organisation.slug)
        case "erase" if not values["last"] and values["own"]:
            with transaction.atomic():
                member.person.erase()
                access.record(_("a effacé une personne"))
            messages.success(request, _("La personne est effacée ; ses actes restent au journal, sans son nom."))
            return redirect("organisations:people", access.organisation.slug)
        case _action:
            values["refused"] = not form.errors
            return render(request, "organisations/person.html", values, status=422)
    return render(request, "organisations/person.html", values)


@access_required(read=ADMINISTRATOR, write=None)
def journal(request: HttpRequest, access: Access) -> HttpResponse:
    """The audit log of the organisation, twelve months of it."""
    lines = Paginator(access.of(AuditLine).select_related("person"), LINES).get_page(request.GET.get("page"))
    return render(request, "organisations/journal.html", {"lines": lines})


def _is_ours(member: Membership) -> bool:
    """The person belongs to no other organisation: only then may an administrator give a password link or erase."""
    return not member.person.memberships.exclude(pk=member.pk).exists()


def _last_administrator(member: Membership) -> bool:
    others = member.organisation.memberships.filter(role=ADMINISTRATOR, person__is_active=True).exclude(pk=member.pk)
    return member.role == ADMINISTRATOR and not others.exists()
