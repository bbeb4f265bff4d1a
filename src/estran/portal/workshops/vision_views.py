"""Pages of the vision workshops: facts, ideas, groups, points, and what each kept group becomes."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from estran.catalogue.loading import read_table
from estran.common.language import _
from estran.portal.common import catalogue_rows
from estran.portal.jobs import queue
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.results import figures
from estran.portal.results.models import Run
from estran.portal.workshops import idea_effects, sessions, visions
from estran.portal.workshops.forms import LeverForm, VisionForm
from estran.portal.workshops.models import Group, Points, Session, Vision
from estran.portal.workshops.views import screen, steer


@access_required()
def list_visions(request: HttpRequest, access: Access) -> HttpResponse:
    """Every vision workshop; an officer starts one."""
    form = VisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = Vision.objects.create(organisation=access.organisation, made_by=access.person, **form.cleaned_data)
        access.record(_("a ouvert un atelier de vision"))
        return redirect("workshops:vision_room", access.organisation.slug, made.pk)
    values = {"visions": access.of(Vision), "form": form}
    return render(request, "workshops/visions.html", values, status=422 if form.errors else 200)


@access_required(write=None)
def vision(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One workshop as it stands: facts, groups with their points, what they became."""
    found = access.get(Vision, pk=number)
    values = {"vision": found, "groups": _groups(found), "loose": found.ideas.filter(group=None)} | visions.facts(
        access
    )
    return render(request, "workshops/vision.html", values)


def _groups(found: Vision) -> list[Group]:
    return list(found.groups.select_related("objective", "action").prefetch_related("ideas"))


@access_required(read=Role.OFFICER)
def room(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The facilitator's screen: ideas come in, he groups them, opens the vote, shows the result."""
    found = access.get(Vision, pk=number)
    session = found.sessions.exclude(state=Session.CLOSED).first()
    if request.method == "POST":
        if not (session and steer(request, access, session)):
            _do(request, access, found, session)
        return redirect("workshops:vision_room", access.organisation.slug, number)
    voters = Points.objects.filter(group__vision=found).values("participant").distinct().count()
    values = {
        "vision": found, "session": session, "groups": _groups(found), "loose": found.ideas.filter(group=None),
        "voting": voters, "fewest": sessions.FEWEST,
    } | visions.facts(access)  # fmt: skip
    return render(request, "workshops/vision_room.html", values | (screen(request, access, session) if session else {}))


def _do(request: HttpRequest, access: Access, found: Vision, session: Session | None) -> None:
    do = request.POST.get("do")
    if do == "open" and session is None:
        made = sessions.start(access, vision=found)
        access.record(_("a ouvert l’atelier {code}").format(code=made.code))
    elif do == "group":
        _group(request, access, found)
    elif do == "vote" and found.phase == Vision.IDEAS:
        if found.groups.exists():
            Vision.objects.filter(pk=found.pk).update(phase=Vision.POINTS)
        else:
            messages.error(request, _("Groupez au moins une idée avant d’ouvrir le vote."))
    elif do == "result" and found.phase == Vision.POINTS:
        visions.show_result(found)


@transaction.atomic
def _group(request: HttpRequest, access: Access, found: Vision) -> None:
    """Put the ideas ticked into a group, new or not, or into none; those that were in another remember it."""
    ideas = found.ideas.select_related("group").filter(
        pk__in=[one for one in request.POST.getlist("idea") if one.isdecimal()]
    )
    title = " ".join(request.POST.get("title", "").split())[:200]
    chosen, out = request.POST.get("group", ""), request.POST.get("group") == "none"
    group = found.groups.filter(pk=chosen).first() if chosen.isdecimal() else None
    if not ideas or not (group or title or out):
        messages.error(request, _("Cochez des idées, puis choisissez un groupe ou donnez-lui un nom."))
        return
    moved = [idea for idea in ideas if idea.group]
    if moved and found.phase == Vision.POINTS:
        messages.error(request, _("Le vote est ouvert : une idée déjà groupée ne bouge plus avant le résultat."))
        return
    if not group and not out:
        group = Group.objects.create(vision=found, title=title)
    for idea in ideas:
        if idea.group and idea.group != group:
            idea.came_from = [*idea.came_from, idea.group.title]
        idea.group = group
        idea.save()
    if moved:
        where = group.title if group else _("aucun groupe")
        access.record(_("a déplacé des idées de l’atelier de vision ({n}) vers : {group}").format(
            n=len(moved), group=where))  # fmt: skip
    if found.phase == Vision.IDEAS:  # a group that has lost its ideas says nothing any more
        found.groups.filter(ideas=None, objective=None, action=None).delete()


@access_required(read=Role.OFFICER)
def group(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One group: its ideas, what it changes in the estate and the effect computed, then what it becomes."""
    found = get_object_or_404(Group.objects.filter(vision__organisation=access.organisation), pk=number)
    run = idea_effects.latest_run(access)
    do = request.POST.get("do")
    form = LeverForm(request.POST if do == "lever" else None, types=_types(run), initial=LeverForm.values(found))
    if request.method == "POST" and do in ("objective", "action"):
        visions.keep(access, found, do)
        messages.success(request, _("Cette idée est entrée dans la stratégie ; sa trace reste ici."))
        return redirect("workshops:group", access.organisation.slug, number)
    if request.method == "POST" and form.is_valid():
        lever = form.lever((run.year if run else timezone.localdate().year) + 1)
        if (found.title, found.lever) != (form.cleaned_data["title"], lever):
            found.title, found.lever, found.effect = form.cleaned_data["title"], lever, None
            found.save()
        if lever and run:
            return redirect(queue.at_once(idea_effects.ask(access, found, run)).address)
        return redirect("workshops:group", access.organisation.slug, number)
    values = {"group": found, "form": form, "run": run, "ideas": found.ideas.all()}
    return render(request, "workshops/vision_group.html", values, status=422 if form.errors else 200)


def _types(run: Run | None) -> list[tuple[str, str]]:
    """The types of equipment of the run, the heaviest first; a size of screen is named by its general type."""
    if run is None:
        return []
    kinds = catalogue_rows.general_types()
    labels = {row["code"]: row["label_fr"] for row in read_table("item_types")}
    found = [kinds[row["code"]] for row in figures.of(run)["item_types"]["gwp"] if row["code"] in kinds]
    return [(code, labels[code]) for code in dict.fromkeys(found)]
