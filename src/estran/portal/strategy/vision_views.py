"""Pages of the vision workshops: facts, ideas, groups, points, and what each kept group becomes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from estran.catalogue.loading import read_table
from estran.common.language import _
from estran.portal.forms import Day
from estran.portal.jobs import queue
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Role
from estran.portal.results import figures
from estran.portal.results.models import Run
from estran.portal.strategy import diagnostic_results, vision_effect, workshop_sessions
from estran.portal.strategy.models.diagnostic import Diagnostic
from estran.portal.strategy.models.plan import Action, Objective
from estran.portal.strategy.models.vision import Group, Points
from estran.portal.strategy.models.workshops import Session, Vision
from estran.portal.strategy.workshop_views import screen, steer


class VisionForm(forms.Form):
    """A new vision workshop."""

    title = forms.CharField(label=_("Titre de l’atelier"), max_length=200)
    asked = forms.CharField(
        label=_("Question posée à la salle"), max_length=300,
        initial=_("Que devrait changer notre numérique d’ici cinq ans ?"),
    )  # fmt: skip
    on = Day(label=_("Date"), initial=timezone.localdate)
    points_each = forms.IntegerField(
        label=_("Points de chacun"), min_value=1, max_value=10, initial=3,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 4}),
    )  # fmt: skip


class LeverForm(forms.Form):
    """What an idea changes in the estate: some types of equipment, their lifetime or their number, from a year on."""

    LIFETIME, QUANTITY = "lifetime_years", "quantity"

    title = forms.CharField(label=_("Intitulé"), max_length=200)
    item_types = forms.MultipleChoiceField(
        label=_("Matériels concernés"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    part = forms.ChoiceField(
        label=_("Où"), required=False,
        choices=[("", _("partout")), ("administration", _("administration")), ("schools", _("collèges"))],
    )  # fmt: skip
    parameter = forms.ChoiceField(
        label=_("Ce qui change"), required=False,
        choices=[("", _("rien dans le parc")), (LIFETIME, _("durée d’usage, en années")),
                 (QUANTITY, _("nombre en service, en % d’aujourd’hui"))],
    )  # fmt: skip
    value = forms.FloatField(
        label=_("Valeur visée"), required=False, min_value=0.5, max_value=200,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 6}), localize=True,
    )  # fmt: skip

    def __init__(self, *args: Any, types: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item_types"].choices = types

    def clean(self) -> dict[str, Any]:
        """A lever is whole or absent."""
        given = super().clean() or {}
        parts = [bool(given.get(name)) for name in ("item_types", "parameter", "value")]
        if any(parts) and not all(parts):
            raise forms.ValidationError(
                _("Pour calculer un effet, choisissez les matériels, ce qui change et la valeur visée.")
            )
        return given

    def lever(self, first: int) -> dict[str, Any] | None:
        """The lever in the words of a plan file."""
        given = self.cleaned_data
        if not given["parameter"]:
            return None
        change = {"set": given["value"]} if given["parameter"] == self.LIFETIME else {"times": given["value"] / 100}
        where = vision_effect.where(given["item_types"], given["part"])
        return {"where": where, "parameter": given["parameter"], **change, "from": first}

    @classmethod
    def values(cls, group: Group) -> dict[str, Any]:
        """What the form shows of a group."""
        if not group.lever:
            return {"title": group.title}
        value = group.lever["set"] if "set" in group.lever else group.lever["times"] * 100
        value = int(value) if value == int(value) else value
        return {
            "title": group.title, "item_types": group.lever["where"]["item_type"],
            "part": group.lever["where"].get("part", ""),
            "parameter": group.lever["parameter"], "value": value,
        }  # fmt: skip


@access()
def visions(request: HttpRequest, here: Access) -> HttpResponse:
    """Every vision workshop; an officer starts one."""
    form = VisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = Vision.objects.create(organisation=here.organisation, made_by=here.person, **form.cleaned_data)
        here.record(_("a ouvert un atelier de vision"))
        return redirect("diagnostic:vision_room", here.organisation.slug, made.pk)
    values = {"visions": here.of(Vision), "form": form}
    return render(request, "strategy/visions.html", values, status=422 if form.errors else 200)


def facts(here: Access) -> dict[str, Any]:
    """What the room looks at before it thinks: the footprint, the priorities of the diagnostic."""
    run = vision_effect.latest_run(here)
    diagnostic = here.of(Diagnostic).first()
    return {
        "run": run,
        "figures": figures.of(run) if run else None,
        "diagnostic": diagnostic,
        "priorities": diagnostic_results.of(diagnostic).priorities if diagnostic else [],
    }


@access(write=None)
def vision(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """One workshop as it stands: facts, groups with their points, what they became."""
    found = here.get(Vision, pk=number)
    values = {"vision": found, "groups": _groups(found), "loose": found.ideas.filter(group=None)} | facts(here)
    return render(request, "strategy/vision.html", values)


def _groups(found: Vision) -> list[Group]:
    return list(found.groups.select_related("objective", "action").prefetch_related("ideas"))


@access(read=Role.OFFICER)
def room(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """The facilitator's screen: ideas come in, he groups them, opens the vote, shows the result."""
    found = here.get(Vision, pk=number)
    session = found.sessions.exclude(state=Session.CLOSED).first()
    if request.method == "POST":
        if not (session and steer(request, here, session)):
            _do(request, here, found, session)
        return redirect("diagnostic:vision_room", here.organisation.slug, number)
    voters = Points.objects.filter(group__vision=found).values("participant").distinct().count()
    values = {
        "vision": found, "session": session, "groups": _groups(found), "loose": found.ideas.filter(group=None),
        "voting": voters, "fewest": workshop_sessions.FEWEST,
    } | facts(here)  # fmt: skip
    return render(request, "strategy/vision_room.html", values | (screen(request, here, session) if session else {}))


def _do(request: HttpRequest, here: Access, found: Vision, session: Session | None) -> None:
    do = request.POST.get("do")
    if do == "open" and session is None:
        made = workshop_sessions.start(here, vision=found)
        here.record(_("a ouvert l’atelier {code}").format(code=made.code))
    elif do == "group":
        _group(request, here, found)
    elif do == "vote" and found.phase == Vision.IDEAS:
        if found.groups.exists():
            Vision.objects.filter(pk=found.pk).update(phase=Vision.POINTS)
        else:
            messages.error(request, _("Groupez au moins une idée avant d’ouvrir le vote."))
    elif do == "result" and found.phase == Vision.POINTS:
        show_result(found)


@transaction.atomic
def _group(request: HttpRequest, here: Access, found: Vision) -> None:
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
        here.record(_("a déplacé des idées de l’atelier de vision ({n}) vers : {group}").format(
            n=len(moved), group=where))  # fmt: skip
    if found.phase == Vision.IDEAS:  # a group that has lost its ideas says nothing any more
        found.groups.filter(ideas=None, objective=None, action=None).delete()


@transaction.atomic
def show_result(found: Vision) -> None:
    """End the vote: each group has its points if five people voted; what each person gave is deleted."""
    found = Vision.objects.select_for_update().get(pk=found.pk)
    given = Points.objects.filter(group__vision=found)
    transaction.on_commit(workshop_sessions.wipe)
    found.voters, found.phase = given.values("participant").distinct().count(), Vision.RESULT
    if found.voters >= workshop_sessions.FEWEST:
        for group in found.groups.all():
            group.points = given.filter(group=group).aggregate(sum=Sum("points"))["sum"] or 0
            group.save()
    given.delete()
    found.save()


@access(read=Role.OFFICER)
def group(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """One group: its ideas, what it changes in the estate and the effect computed, then what it becomes."""
    found = get_object_or_404(Group.objects.filter(vision__organisation=here.organisation), pk=number)
    run = vision_effect.latest_run(here)
    do = request.POST.get("do")
    form = LeverForm(request.POST if do == "lever" else None, types=_types(run), initial=LeverForm.values(found))
    if request.method == "POST" and do in ("objective", "action"):
        keep(here, found, do)
        messages.success(request, _("Cette idée est entrée dans la stratégie ; sa trace reste ici."))
        return redirect("diagnostic:group", here.organisation.slug, number)
    if request.method == "POST" and form.is_valid():
        lever = form.lever((run.year if run else timezone.localdate().year) + 1)
        if (found.title, found.lever) != (form.cleaned_data["title"], lever):
            found.title, found.lever, found.effect = form.cleaned_data["title"], lever, None
            found.save()
        if lever and run:
            return redirect(queue.at_once(vision_effect.ask(here, found, run)).address)
        return redirect("diagnostic:group", here.organisation.slug, number)
    values = {"group": found, "form": form, "run": run, "ideas": found.ideas.all()}
    return render(request, "strategy/vision_group.html", values, status=422 if form.errors else 200)


def _types(run: Run | None) -> list[tuple[str, str]]:
    """The types of equipment of the run, the heaviest first; a size of screen is named by its general type."""
    if run is None:
        return []
    kinds = vision_effect.general_types()
    labels = {row["code"]: row["label_fr"] for row in read_table("item_types")}
    found = [kinds[row["code"]] for row in figures.of(run)["item_types"]["gwp"] if row["code"] in kinds]
    return [(code, labels[code]) for code in dict.fromkeys(found)]


@transaction.atomic
def keep(here: Access, found: Group, kind: str) -> Objective | Action:
    """Make the group an objective or an action, once; either remembers the workshop and the group."""
    found = Group.objects.select_for_update().select_related("vision").get(pk=found.pk)
    if found.kept:
        return found.kept
    trace = _("{workshop} : {idea}").format(workshop=found.vision.title, idea=found.title)
    said = {"organisation": here.organisation, "title": found.title, "idea": trace[:200]}
    made: Objective | Action
    if kind == "objective":
        made = found.objective = Objective.objects.create(**said)
    else:
        run = vision_effect.latest_run(here)
        made = found.action = Action.objects.create(
            **said, code=_free_code(here), status="to_discuss", levers=vision_effect.levers(found),
            before=vision_effect.before(run) if found.lever and run else None, changed_by=here.person,
        )  # fmt: skip
    found.save()
    here.record(_("a retenu une idée de l’atelier : {title}").format(title=found.title))
    return made


def _free_code(here: Access) -> str:
    taken = set(here.of(Action).values_list("code", flat=True))
    return next(code for code in (f"V{n}" for n in range(1, len(taken) + 2)) if code not in taken)
