"""Pages of the strategy: for elected members, its objectives and readings, the effects of the plan, the votes."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.common import catalogue_rows
from estran.portal.common.edit_conflicts import save_edit, shown_values
from estran.portal.common.views import download, edit_row, form_page, form_status
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.plan import effects, objective_status, votes
from estran.portal.plan.forms import AmbitionForm, ObjectiveForm, ReadingForm, StrategyForm, TransmissionForm, VoteForm
from estran.portal.plan.models import PLAN, STRATEGY, Act, Action, Ambition, Objective, Reading, Strategy
from estran.portal.results.models import Run
from estran.projection.results import ProjectionResults
from estran.reporting import curves

SECTION = "plan:strategy"


@access_required(write=None)
def strategy(request: HttpRequest, access: Access) -> HttpResponse:
    """The page for elected members: ambition, vote, at most eight objectives, what slipped, the decision asked."""
    rows = objective_status.all_of(access)
    found = access.of(Strategy).select_related("base_run").first()
    values = {
        "strategy": found,
        "ambitions": access.of(Ambition),
        "rows": objective_status.shown(rows),
        "more": len(rows) - len(objective_status.shown(rows)),
        "standing": objective_status,
        "acts": [act for act in (votes.last(access, STRATEGY), votes.last(access, PLAN)) if act],
        "late": [one for one in access.of(Action) if one.overdue or one.status in ("late", "blocked")],
        "count": access.of(Action).count(),
        "said": votes.said,
    }
    return render(request, "plan/strategy.html", values)


@access_required(read=Role.OFFICER)
def edit(request: HttpRequest, access: Access) -> HttpResponse:
    """Write the strategy."""
    form = StrategyForm(access, request.POST or None, initial=_initial(access))
    both = None
    if request.method == "POST" and form.is_valid():
        said = _("a modifié la stratégie")
        with transaction.atomic():
            found, new = Strategy.objects.get_or_create(organisation=access.organisation, defaults=form.values)
            if new:
                access.record(said)
        both = None if new else save_edit(access, found, form, said, values=form.values, now=lambda: _initial(access))
        if both is None:
            messages.success(request, _("La stratégie est enregistrée."))
            return redirect("plan:strategy", access.organisation.slug)
    values = {"form": form, "both": both, "ambitions": access.of(Ambition)}
    values |= {"objectives": access.of(Objective).select_related("ambition")}
    return render(request, "plan/edit.html", values, status=form_status(form, both))


def _initial(access: Access) -> dict[str, Any]:
    found = access.of(Strategy).select_related("base_run").first()
    if found is None:
        this_year = timezone.localdate().year
        return {"from_year": this_year, "to_year": this_year + 5}
    reduction = found.reduction * 100 if found.reduction else None
    return shown_values(found, StrategyForm) | {"reduction": reduction}


@access_required(read=Role.OFFICER)
def ambitions(request: HttpRequest, access: Access) -> HttpResponse:
    """Add an ambition."""
    form = AmbitionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        position = (access.of(Ambition).aggregate(last=Max("position"))["last"] or 0) + 1
        Ambition.objects.create(organisation=access.organisation, position=position, **form.given)
        return redirect("plan:edit", access.organisation.slug)
    values = form_page(_("Ajouter une ambition"), form, reverse("plan:edit", args=(access.organisation.slug,)), SECTION)
    return render(request, "common/form.html", values, status=form_status(form))


@access_required(read=Role.OFFICER)
def edit_ambition(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change an ambition."""
    found = access.get(Ambition, pk=number)
    back = reverse("plan:edit", args=(access.organisation.slug,))
    return edit_row(request, access, found, AmbitionForm, form_page(_("Modifier l’ambition"), None, back, SECTION))


@access_required(read=Role.OFFICER)
def new_objective(request: HttpRequest, access: Access) -> HttpResponse:
    """Add an objective."""
    form = ObjectiveForm(access, request.POST or None)
    if request.method == "POST" and form.is_valid():
        position = (access.of(Objective).aggregate(last=Max("position"))["last"] or 0) + 1
        made = Objective.objects.create(organisation=access.organisation, position=position, **form.given)
        access.record(_("a ajouté un objectif (n° {n})").format(n=made.pk))
        return redirect("plan:objective", access.organisation.slug, made.pk)
    values = form_page(_("Nouvel objectif"), form, reverse("plan:strategy", args=(access.organisation.slug,)), SECTION)
    values |= {"codes": catalogue_rows.table_rows("indicators")}
    return render(request, "common/form.html", values, status=form_status(form))


@access_required()
def objective(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """An objective, where it stands, its readings; POST adds one."""
    found = access.get(Objective, pk=number)
    form = ReadingForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                Reading.objects.create(
                    organisation=access.organisation, objective=found, made_by=access.person, **form.cleaned_data
                )
                access.record(_("a ajouté un relevé à l’objectif n° {n}").format(n=found.pk))
            return redirect("plan:objective", access.organisation.slug, number)
        except IntegrityError:
            form.add_error("on", _("Il y a déjà un relevé à cette date ; il reste tel quel."))
    values = {"objective": found, "now": objective_status.standing(found), "form": form, "standing": objective_status}
    values |= {"readings": found.readings.select_related("run"), "actions": found.actions.all()}
    return render(request, "plan/objective.html", values, status=form_status(form))


@access_required(read=Role.OFFICER)
def edit_objective(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change an objective."""
    found = access.get(Objective, pk=number)
    back = reverse("plan:objective", args=(access.organisation.slug, number))
    values = form_page(_("Modifier l’objectif"), None, back, SECTION) | {
        "codes": catalogue_rows.table_rows("indicators")
    }
    return edit_row(request, access, found, partial(ObjectiveForm, access), values)


@access_required(read=Role.OFFICER)
def readings(request: HttpRequest, access: Access) -> HttpResponse:
    """Read the indicators of the objectives in the runs."""
    if request.method == "POST":
        return redirect(objective_status.ask_readings(access).address)
    return render(request, "plan/readings.html", {"runs": access.of(Run).filter(computed_at__isnull=False)})


@access_required()
def show_effects(request: HttpRequest, access: Access) -> HttpResponse:
    """What the plan changes: trajectory, each action alone and together, overlap; POST asks the engine."""
    if request.method == "POST":
        try:
            job = effects.ask(access)
        except CannotUse as error:
            messages.error(request, " ".join(f"{one.what} {one.remedy}" for one in error.problems))
            return redirect("plan:effects", access.organisation.slug)
        return redirect(job.address)
    known, plan = effects.current(access)
    found, fresh = effects.projection(access, known, plan)
    values: dict[str, Any] = {"strategy": known, "projection": found, "fresh": fresh}
    if found:
        values |= {"plan": ProjectionResults(found.folder), "since": effects.read(found, "observed")}
        values["trajectory"] = curves.trajectory(values["plan"])
    return render(request, "plan/effects.html", values)


@access_required(write=None)
def plan_file(request: HttpRequest, access: Access) -> HttpResponse:
    """The plan file, as `estran project` takes it."""
    _strategy, plan = effects.current(access)
    return download(plan.encode(), "plan.toml", "application/toml; charset=utf-8")


@access_required(write=None)
def plan_zip(request: HttpRequest, access: Access) -> HttpResponse:
    """The plan file and the run it starts from."""
    return download(effects.exported(access), "plan.zip", "application/zip")


@access_required(write=None)
def list_votes(request: HttpRequest, access: Access) -> HttpResponse:
    """The acts, and what moved since the last ones."""
    values = {"acts": access.of(Act).select_related("version"), "said": votes.said}
    values["moved"] = [
        (act, votes.moved(act)) for act in (votes.last(access, STRATEGY), votes.last(access, PLAN)) if act
    ]
    return render(request, "plan/votes.html", values)


@access_required(read=Role.OFFICER)
def vote(request: HttpRequest, access: Access) -> HttpResponse:
    """Record a vote: what it adopts is frozen as it is now."""
    form = VoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act = votes.adopt(access, **form.cleaned_data)
        except CannotUse as error:
            form.add_error("number", " ".join(f"{one.what} {one.remedy}" for one in error.problems))
        else:
            messages.success(request, _("Le texte adopté est conservé tel quel : il ne changera plus."))
            return redirect("plan:act", access.organisation.slug, act.pk)
    values = form_page(_("Enregistrer un vote"), form, reverse("plan:votes", args=(access.organisation.slug,)), SECTION)
    values["note"] = _("Le texte d’aujourd’hui est conservé avec ce vote, et ne changera plus.")
    return render(request, "common/form.html", values, status=form_status(form))


@access_required()
def act(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The strategy or the plan as it was voted; POST writes the day of transmission."""
    found = access.get(Act, pk=number)
    form = TransmissionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["transmitted_on"]
        if day < found.session:
            form.add_error("transmitted_on", _("La transmission vient après la séance."))
        elif access.of(Act).filter(pk=number, transmitted_on__isnull=True).update(transmitted_on=day):
            access.record(_("a noté la transmission de l’acte {number}").format(number=found.number))
            return redirect("plan:act", access.organisation.slug, number)
        else:
            form.add_error("transmitted_on", _("Une date est déjà notée, et reste : recharger la page pour la lire."))
    values = {"act": found, "voted": votes.voted(found.version), "form": form, "said": votes.said}
    values |= {"field": votes.field, "shown": votes.shown, "label": catalogue_rows.code_label}
    return render(request, "plan/vote.html", values, status=form_status(form))
