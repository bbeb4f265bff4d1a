"""Pages of the strategy: the page for elected members, objectives and readings, effects of the plan, votes."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.common.shipped import text_rows
from estran.portal.common import catalogue_rows
from estran.portal.common.edit_conflicts import shown_values
from estran.portal.common.views import download, edit_row, render_form
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
    actions = access.of(Action)
    values = {
        "strategy": access.of(Strategy).first(), "ambitions": access.of(Ambition), "acts": votes.last_votes(access),
        "statuses": statuses[: objective_status.MOST_SHOWN], "more": len(statuses) - objective_status.MOST_SHOWN,
        "late": [action for action in actions if action.overdue or action.status in ("late", "blocked")],
        "count": len(actions), "objective_status": objective_status, "kind_label": votes.kind_label,
    }  # fmt: skip
    return render(request, "plan/strategy.html", values)


@access_required(read=Role.OFFICER)
def edit_strategy(request: HttpRequest, access: Access) -> HttpResponse:
    """Write or change the strategy."""
    form = StrategyForm(access, request.POST or None, initial=_strategy_initial(access))
    if form.is_valid():
        audit, initial = _("a modifié la stratégie"), partial(_strategy_initial, access)
        with transaction.atomic():
            strategy, new = Strategy.objects.get_or_create(organisation=access.organisation, defaults=form.values)
            if new:
                access.record(audit)
        if new or form.save_on(strategy, access, audit, values=form.values, now=initial):
            return access.redirect_with(request, _("La stratégie est enregistrée."), SECTION)
    objectives = access.of(Objective).select_related("ambition")
    return render_form(request, form, "plan/edit.html", ambitions=access.of(Ambition), objectives=objectives)


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
    if form.is_valid():
        _add_last(access, Ambition, form.given)
        return access.redirect("plan:edit")
    page = {"heading": _("Ajouter une ambition"), "back": access.url("plan:edit"), "section": SECTION}
    return render_form(request, form, **page)


def _add_last(access: Access, model: Any, values: dict[str, Any]) -> Any:
    """Add a row after those of the organisation."""
    position = (access.of(model).aggregate(last=Max("position"))["last"] or 0) + 1
    return access.add(model, position=position, **values)


@access_required(read=Role.OFFICER)
def edit_ambition(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change an ambition."""
    page = {"heading": _("Modifier l’ambition"), "back": access.url("plan:edit"), "section": SECTION}
    return edit_row(request, access, access.get(Ambition, pk=number), AmbitionForm, **page)


@access_required(read=Role.OFFICER)
def new_objective(request: HttpRequest, access: Access) -> HttpResponse:
    """Add an objective."""
    form = ObjectiveForm(access, request.POST or None)
    if form.is_valid():
        objective = _add_last(access, Objective, form.given)
        access.record(_("a ajouté un objectif (n° {n})").format(n=objective.pk))
        return access.redirect("plan:objective", objective.pk)
    page = {"heading": _("Nouvel objectif"), "back": access.url(SECTION), "section": SECTION}
    return render_form(request, form, codes=text_rows("indicators"), **page)


@access_required()
def show_objective(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """An objective, its status and its readings; POST adds a reading."""
    objective = access.get(Objective, pk=number)
    form = ReadingForm(request.POST or None, initial={"on": timezone.localdate()})
    if form.is_valid():
        reading = Reading(
            organisation=access.organisation, objective=objective, made_by=access.person, **form.cleaned_data
        )
        try:
            with transaction.atomic():
                reading.save()
                access.record(_("a ajouté un relevé à l’objectif n° {n}").format(n=number))
            return access.redirect("plan:objective", number)
        except IntegrityError:
            form.add_error("on", _("Il y a déjà un relevé à cette date ; il reste tel quel."))
    return render_form(
        request, form, "plan/objective.html", objective=objective, objective_status=objective_status,
        status=objective_status.status_of_objective(objective), actions=objective.actions.all(),
        readings=objective.readings.select_related("run"),
    )  # fmt: skip


@access_required(read=Role.OFFICER)
def edit_objective(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change an objective."""
    objective = access.get(Objective, pk=number)
    page = {"heading": _("Modifier l’objectif"), "back": access.url("plan:objective", number), "section": SECTION}
    codes = text_rows("indicators")
    return edit_row(request, access, objective, partial(ObjectiveForm, access), codes=codes, **page)


@access_required(read=Role.OFFICER)
def read_indicators(request: HttpRequest, access: Access) -> HttpResponse:
    """Read the indicators of the objectives from the runs and the registers."""
    if request.method == "POST":
        return redirect(objective_status.ask_readings(access).address)
    return render(request, "plan/readings.html", {"runs": Run.counting.filter(organisation=access.organisation)})


@access_required()
def show_effects(request: HttpRequest, access: Access) -> HttpResponse:
    """The effects of the plan: trajectory, each action alone and together, overlap; POST asks for a projection."""
    if request.method == "POST":
        try:
            return redirect(effects.ask_projection(access).address)
        except CannotUse as error:
            messages.error(request, _sentences(error))
            return access.redirect("plan:effects")
    projection, fresh = effects.latest_projection(access)
    values: dict[str, Any] = {"projection": projection, "fresh": fresh}
    if projection:
        results = Projection(ProjectionResults(projection.folder), Labels())
        values |= {"shown": outline(results), "since": effects.read_observed(projection)}
    return render(request, "plan/effects.html", values)


def _sentences(error: CannotUse) -> str:
    return " ".join(f"{problem.what} {problem.remedy}" for problem in error.problems)


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
    if form.is_valid():
        try:
            act = votes.record_vote(access, **form.cleaned_data)
            messages.success(request, _("Le texte adopté est conservé tel quel : il ne changera plus."))
            return access.redirect("plan:act", act.pk)
        except CannotUse as error:
            form.add_error("number", _sentences(error))
    page = {"heading": _("Enregistrer un vote"), "back": access.url("plan:votes"), "section": SECTION}
    kept = _("Le texte d’aujourd’hui est conservé avec ce vote, et ne changera plus.")
    note = " ".join([*votes.before_vote(access), kept])
    return render_form(request, form, note=note, **page)


@access_required(read=Role.OFFICER)
def correct_vote(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Correct a vote by a new line; the old one stays, and says that it is corrected."""
    act = access.get(Act, pk=number)
    form = VoteForm(request.POST or None, corrects=act)
    if form.is_valid():
        try:
            new = votes.record_vote(access, act.version.kind, corrects=act, **form.cleaned_data)
            return access.redirect_with(request, _("La correction est une nouvelle ligne."), "plan:act", new.pk)
        except CannotUse as error:
            form.add_error("number", _sentences(error))
    page = {"heading": _("Corriger un vote"), "back": access.url("plan:act", act.pk), "section": SECTION}
    note = _("Le texte adopté ne change pas. L’ancienne ligne reste, marquée comme corrigée.")
    return render_form(request, form, note=note, **page)


@access_required()
def show_vote(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The strategy or the plan as it was voted; POST records the day of transmission."""
    act = access.get(Act, pk=number)
    form = TransmissionForm(request.POST or None)
    if form.is_valid():
        day = form.cleaned_data["transmitted_on"]
        if day < act.session:
            form.add_error("transmitted_on", _("La transmission vient après la séance."))
        elif access.of(Act).filter(pk=number, transmitted_on__isnull=True).update(transmitted_on=day):
            access.record(_("a noté la transmission de l’acte {number}").format(number=act.number))
            return access.redirect("plan:act", number)
        else:
            form.add_error("transmitted_on", _("Une date est déjà notée, et reste : recharger la page pour la lire."))
    return render_form(
        request, form, "plan/vote.html", act=act, voted=votes.read_version(act.version), kind_label=votes.kind_label,
        format_value=votes.format_value, label=catalogue_rows.code_label,
    )  # fmt: skip
