"""Pages of the strategy: the page for elected members, objectives and readings, effects of the plan, votes."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.common import catalogue_rows
from estran.portal.common.edit_conflicts import save_edit, shown_values
from estran.portal.common.views import download, edit_row, form_page, form_status
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.plan import effects, objective_status, votes
from estran.portal.plan.forms import AmbitionForm, ObjectiveForm, ReadingForm, StrategyForm, TransmissionForm, VoteForm
from estran.portal.plan.models import Act, Action, Ambition, Objective, Reading, Strategy
from estran.portal.results.models import Run
from estran.projection.results import ProjectionResults
from estran.reporting.chapters.projection import Projection, outline

SECTION = "plan:strategy"


@access_required(write=None)
def show_strategy(request: HttpRequest, access: Access) -> HttpResponse:
    """The page for elected members: ambition, vote, at most eight objectives, what slipped, the decision asked."""
    statuses = objective_status.status_of_objectives(access)
    strategy = access.of(Strategy).select_related("base_run").first()
    values = {
        "strategy": strategy,
        "ambitions": access.of(Ambition),
        "statuses": statuses[: objective_status.MOST_SHOWN],
        "more": len(statuses) - objective_status.MOST_SHOWN,
        "objective_status": objective_status,
        "acts": votes.last_votes(access),
        "late": [action for action in access.of(Action) if action.overdue or action.status in ("late", "blocked")],
        "count": access.of(Action).count(),
        "kind_label": votes.kind_label,
    }
    return render(request, "plan/strategy.html", values)


@access_required(read=Role.OFFICER)
def edit_strategy(request: HttpRequest, access: Access) -> HttpResponse:
    """Write or change the strategy."""
    form = StrategyForm(access, request.POST or None, initial=_strategy_initial(access))
    both = None
    if request.method == "POST" and form.is_valid():
        audit = _("a modifié la stratégie")
        with transaction.atomic():
            strategy, new = Strategy.objects.get_or_create(organisation=access.organisation, defaults=form.values)
            if new:
                access.record(audit)
        if not new:
            both = save_edit(access, strategy, form, audit, values=form.values, now=lambda: _strategy_initial(access))
        if both is None:
            messages.success(request, _("La stratégie est enregistrée."))
            return redirect("plan:strategy", access.organisation.slug)
    values = {"form": form, "both": both, "ambitions": access.of(Ambition)}
    values |= {"objectives": access.of(Objective).select_related("ambition")}
    return render(request, "plan/edit.html", values, status=form_status(form, both))


def _strategy_initial(access: Access) -> dict[str, Any]:
    strategy = access.of(Strategy).select_related("base_run").first()
    if strategy is None:
        this_year = timezone.localdate().year
        return {"from_year": this_year, "to_year": this_year + 5}
    reduction = strategy.reduction * 100 if strategy.reduction else None
    return shown_values(strategy, StrategyForm) | {"reduction": reduction}


@access_required(read=Role.OFFICER)
def add_ambition(request: HttpRequest, access: Access) -> HttpResponse:
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
    ambition = access.get(Ambition, pk=number)
    page = {"heading": _("Modifier l’ambition"), "back": access.url("plan:edit"), "section": SECTION}
    return edit_row(request, access, ambition, AmbitionForm, **page)


@access_required(read=Role.OFFICER)
def new_objective(request: HttpRequest, access: Access) -> HttpResponse:
    """Add an objective."""
    form = ObjectiveForm(access, request.POST or None)
    if request.method == "POST" and form.is_valid():
        position = (access.of(Objective).aggregate(last=Max("position"))["last"] or 0) + 1
        objective = Objective.objects.create(organisation=access.organisation, position=position, **form.given)
        access.record(_("a ajouté un objectif (n° {n})").format(n=objective.pk))
        return redirect("plan:objective", access.organisation.slug, objective.pk)
    values = form_page(_("Nouvel objectif"), form, reverse("plan:strategy", args=(access.organisation.slug,)), SECTION)
    values |= {"codes": catalogue_rows.table_rows("indicators")}
    return render(request, "common/form.html", values, status=form_status(form))


@access_required()
def show_objective(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """An objective, its status and its readings; POST adds a reading."""
    objective = access.get(Objective, pk=number)
    form = ReadingForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                Reading.objects.create(
                    organisation=access.organisation, objective=objective, made_by=access.person, **form.cleaned_data
                )
                access.record(_("a ajouté un relevé à l’objectif n° {n}").format(n=objective.pk))
            return redirect("plan:objective", access.organisation.slug, number)
        except IntegrityError:
            form.add_error("on", _("Il y a déjà un relevé à cette date ; il reste tel quel."))
    values = {"objective": objective, "form": form, "objective_status": objective_status}
    values |= {"status": objective_status.status_of_objective(objective)}
    values |= {"readings": objective.readings.select_related("run"), "actions": objective.actions.all()}
    return render(request, "plan/objective.html", values, status=form_status(form))


@access_required(read=Role.OFFICER)
def edit_objective(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change an objective."""
    objective = access.get(Objective, pk=number)
    page = {"heading": _("Modifier l’objectif"), "back": access.url("plan:objective", number), "section": SECTION}
    codes = catalogue_rows.table_rows("indicators")
    return edit_row(request, access, objective, partial(ObjectiveForm, access), codes=codes, **page)


@access_required(read=Role.OFFICER)
def read_indicators(request: HttpRequest, access: Access) -> HttpResponse:
    """Read the indicators of the objectives from the runs and the registers."""
    if request.method == "POST":
        return redirect(objective_status.ask_readings(access).address)
    return render(request, "plan/readings.html", {"runs": access.of(Run).filter(computed_at__isnull=False)})


@access_required()
def show_effects(request: HttpRequest, access: Access) -> HttpResponse:
    """The effects of the plan: trajectory, each action alone and together, overlap; POST asks for a projection."""
    if request.method == "POST":
        try:
            job = effects.ask_projection(access)
        except CannotUse as error:
            messages.error(request, " ".join(f"{problem.what} {problem.remedy}" for problem in error.problems))
            return redirect("plan:effects", access.organisation.slug)
        return redirect(job.address)
    strategy, plan = effects.current_plan(access)
    projection, fresh = effects.latest_projection(access, strategy, plan)
    values: dict[str, Any] = {"strategy": strategy, "projection": projection, "fresh": fresh}
    if projection:
        results = Projection(ProjectionResults(projection.folder), Labels("fr"))
        values |= {"shown": outline(results), "since": effects.read_observed(projection)}
    return render(request, "plan/effects.html", values)


@access_required(write=None)
def download_plan(request: HttpRequest, access: Access) -> HttpResponse:
    """The plan file, as `estran project` takes it."""
    _strategy, plan = effects.current_plan(access)
    return download(plan.encode(), "plan.toml", "application/toml; charset=utf-8")


@access_required(write=None)
def download_plan_zip(request: HttpRequest, access: Access) -> HttpResponse:
    """The plan file and the run it starts from."""
    return download(effects.export_plan(access), "plan.zip", "application/zip")


@access_required(write=None)
def list_votes(request: HttpRequest, access: Access) -> HttpResponse:
    """The votes, and what changed since the last ones."""
    values = {"acts": access.of(Act).select_related("version"), "kind_label": votes.kind_label}
    values["changes"] = [(act, votes.changes_since_vote(act)) for act in votes.last_votes(access)]
    return render(request, "plan/votes.html", values)


@access_required(read=Role.OFFICER)
def record_vote(request: HttpRequest, access: Access) -> HttpResponse:
    """Record a vote: the text that it adopts is frozen as it is now."""
    form = VoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act = votes.record_vote(access, **form.cleaned_data)
        except CannotUse as error:
            form.add_error("number", " ".join(f"{problem.what} {problem.remedy}" for problem in error.problems))
        else:
            messages.success(request, _("Le texte adopté est conservé tel quel : il ne changera plus."))
            return redirect("plan:act", access.organisation.slug, act.pk)
    values = form_page(_("Enregistrer un vote"), form, reverse("plan:votes", args=(access.organisation.slug,)), SECTION)
    values["note"] = _("Le texte d’aujourd’hui est conservé avec ce vote, et ne changera plus.")
    return render(request, "common/form.html", values, status=form_status(form))


@access_required()
def show_vote(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The strategy or the plan as it was voted; POST records the day of transmission."""
    act = access.get(Act, pk=number)
    form = TransmissionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["transmitted_on"]
        if day < act.session:
            form.add_error("transmitted_on", _("La transmission vient après la séance."))
        elif access.of(Act).filter(pk=number, transmitted_on__isnull=True).update(transmitted_on=day):
            access.record(_("a noté la transmission de l’acte {number}").format(number=act.number))
            return redirect("plan:act", access.organisation.slug, number)
        else:
            form.add_error("transmitted_on", _("Une date est déjà notée, et reste : recharger la page pour la lire."))
    values = {"act": act, "voted": votes.read_version(act.version), "form": form, "kind_label": votes.kind_label}
    values |= {"format_value": votes.format_value, "label": catalogue_rows.code_label}
    return render(request, "plan/vote.html", values, status=form_status(form))
