"""Pages of the vision workshops: facts, ideas, groups, points, and what a group becomes."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.common.shipped import row_labels
from estran.portal.common import catalogue_rows
from estran.portal.common.views import render_form, whole_number
from estran.portal.jobs import queue
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.results import figures
from estran.portal.results.models import Run
from estran.portal.workshops import sessions, visions
from estran.portal.workshops.forms import LeverForm, VisionForm
from estran.portal.workshops.models import Group, Points, Session, Vision
from estran.portal.workshops.views import apply_session_command, screen_context


@access_required()
def list_visions(request: HttpRequest, access: Access) -> HttpResponse:
    """Every vision workshop; an officer starts one."""
    form = VisionForm(request.POST or None)
    if form.is_valid():
        vision = access.add(Vision, **form.cleaned_data)
        access.record(_("a ouvert un atelier de vision"))
        return access.redirect("workshops:vision_room", vision.pk)
    return render_form(request, form, "workshops/visions.html", visions=access.of(Vision))


@access_required(write=None)
def vision(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One workshop: facts, groups with their points, what they became."""
    return render(request, "workshops/vision.html", _vision_context(access, access.get(Vision, pk=number)))


def _vision_context(access: Access, vision: Vision) -> dict[str, Any]:
    groups = list(vision.groups.select_related("objective", "action").prefetch_related("ideas"))
    ideas = {"groups": groups, "ungrouped": vision.ideas.filter(group=None)}
    return {"vision": vision} | ideas | visions.gather_facts(access)


@access_required(read=Role.OFFICER)
def room(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The facilitator's screen: group the ideas that come in, open the vote, show the result."""
    vision = access.get(Vision, pk=number)
    session = vision.sessions.exclude(state=Session.CLOSED).first()
    if request.method == "POST":
        if not (session and apply_session_command(request, access, session)):
            _apply_command(request, access, vision, session)
        return access.redirect("workshops:vision_room", number)
    voters = Points.objects.filter(group__vision=vision).values("participant").distinct().count()
    values = _vision_context(access, vision) | {"voters": voters, "fewest": sessions.FEWEST_ANSWERS}
    values |= screen_context(request, access, session) if session else {"session": None}
    return render(request, "workshops/vision_room.html", values)


def _apply_command(request: HttpRequest, access: Access, vision: Vision, session: Session | None) -> None:
    command = request.POST.get("do")
    if command == "open" and session is None:
        session = sessions.start_session(access, vision=vision)
        access.record(_("a ouvert l’atelier {code}").format(code=session.code))
    elif command == "group":
        _group_ideas(request, access, vision)
    elif command == "vote" and vision.phase == Vision.IDEAS:
        if vision.groups.exists():
            Vision.objects.filter(pk=vision.pk).update(phase=Vision.POINTS)
        else:
            messages.error(request, _("Groupez au moins une idée avant d’ouvrir le vote."))
    elif command == "result" and vision.phase == Vision.POINTS:
        visions.end_vote(vision)


@transaction.atomic
def _group_ideas(request: HttpRequest, access: Access, vision: Vision) -> None:
    """Put the ideas ticked into a group, new or not, or into none; each remembers the groups it was in."""
    ideas = vision.ideas.select_related("group").filter(
        pk__in=[whole_number(number) for number in request.POST.getlist("idea")]
    )
    title = " ".join(request.POST.get("title", "").split())[:200]
    chosen = request.POST.get("group", "")
    out = chosen == "none"
    group = vision.groups.filter(pk=whole_number(chosen)).first()
    if not ideas or not (group or title or out):
        messages.error(request, _("Cochez des idées, puis choisissez un groupe ou donnez-lui un nom."))
        return
    moved = [idea for idea in ideas if idea.group]
    if moved and vision.phase == Vision.POINTS:
        messages.error(request, _("Le vote est ouvert : une idée déjà groupée ne bouge plus avant le résultat."))
        return
    if not group and not out:
        group = Group.objects.create(vision=vision, title=title)
    for idea in ideas:
        if idea.group and idea.group != group:
            idea.came_from = [*idea.came_from, idea.group.title]
        idea.group = group
        idea.save()
    if moved:
        where = group.title if group else _("aucun groupe")
        access.record(_("a déplacé des idées de l’atelier de vision ({n}) vers : {group}").format(
            n=len(moved), group=where))  # fmt: skip
    if vision.phase == Vision.IDEAS:  # a group without ideas any more is removed
        vision.groups.filter(ideas=None, objective=None, action=None).delete()


@access_required(read=Role.OFFICER)
def group(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One group: its ideas, what it changes in the estate and the effect computed, then what it becomes."""
    group = get_object_or_404(Group.objects.filter(vision__organisation=access.organisation), pk=number)
    run = visions.latest_run(access)
    command = request.POST.get("do")
    sent = request.POST if command == "lever" else None
    form = LeverForm(sent, types=_type_choices(run), initial=LeverForm.initial_values(group))
    if request.method == "POST" and command in ("objective", "action"):
        visions.promote_group(access, group, command)
        messages.success(request, _("Cette idée est entrée dans la stratégie ; sa trace reste ici."))
        return access.redirect("workshops:group", number)
    if form.is_valid():
        lever = form.lever((run.year if run else timezone.localdate().year) + 1)
        if (group.title, group.lever) != (form.cleaned_data["title"], lever):
            group.title, group.lever, group.effect = form.cleaned_data["title"], lever, None
            group.save()
        if lever and run:
            return redirect(queue.run_at_once(visions.ask_effect(access, group, run)).address)
        return access.redirect("workshops:group", number)
    return render_form(request, form, "workshops/vision_group.html", group=group, ideas=group.ideas.all())


def _type_choices(run: Run | None) -> list[tuple[str, str]]:
    """The types of equipment of the run, the heaviest first; a size of screen is named by its general type."""
    if run is None:
        return []
    general, labels = catalogue_rows.general_types(), row_labels("item_types")
    types = [general[row["code"]] for row in figures.of(run).item_types if row["code"] in general]
    return [(code, labels[code]) for code in dict.fromkeys(types)]
