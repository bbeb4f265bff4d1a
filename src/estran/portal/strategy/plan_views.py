"""Pages of the strategy: for elected members, its objectives and readings, the effects of the plan, the votes."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import engines
from django.urls import reverse
from django.utils import timezone

from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Role
from estran.portal.results.models import Run
from estran.portal.strategy import acts, plan_catalogue, plan_effects, plan_standing
from estran.portal.strategy.models.plan import PLAN, STRATEGY, Act, Action, Ambition, Objective, Reading, Strategy
from estran.portal.strategy.plan_edits import Both, save, shown
from estran.portal.strategy.plan_forms import (
    AmbitionForm,
    ObjectiveForm,
    ReadingForm,
    StrategyForm,
    TransmissionForm,
    VoteForm,
)
from estran.projection.results import ProjectionResults
from estran.reporting import curves


@access(write=None)
def strategy(request: HttpRequest, here: Access) -> HttpResponse:
    """The page for elected members: ambition, vote, at most eight objectives, what slipped, the decision asked."""
    rows = plan_standing.all_of(here)
    found = here.of(Strategy).select_related("base_run").first()
    values = {
        "strategy": found,
        "ambitions": here.of(Ambition),
        "rows": plan_standing.shown(rows),
        "more": len(rows) - len(plan_standing.shown(rows)),
        "standing": plan_standing,
        "acts": [act for act in (acts.last(here, STRATEGY), acts.last(here, PLAN)) if act],
        "late": [one for one in here.of(Action) if one.overdue or one.status in ("late", "blocked")],
        "count": here.of(Action).count(),
        "said": acts.said,
    }
    return render(request, "strategy/strategy.html", values)


@access(read=Role.OFFICER)
def edit(request: HttpRequest, here: Access) -> HttpResponse:
    """Write the strategy."""
    form = StrategyForm(here, request.POST or None, initial=_initial(here))
    both = None
    if request.method == "POST" and form.is_valid():
        said = _("a modifié la stratégie")
        with transaction.atomic():
            found, new = Strategy.objects.get_or_create(organisation=here.organisation, defaults=form.values)
            if new:
                here.record(said)
        both = None if new else save(here, found, form, said, values=form.values, now=lambda: _initial(here))
        if both is None:
            messages.success(request, _("La stratégie est enregistrée."))
            return redirect("plan:strategy", here.organisation.slug)
    values = {"form": form, "both": both, "ambitions": here.of(Ambition)}
    values |= {"objectives": here.of(Objective).select_related("ambition")}
    return render(request, "strategy/edit.html", values, status=status_of(form, both))


def _initial(here: Access) -> dict[str, Any]:
    found = here.of(Strategy).select_related("base_run").first()
    if found is None:
        this_year = timezone.localdate().year
        return {"from_year": this_year, "to_year": this_year + 5}
    reduction = found.reduction * 100 if found.reduction else None
    return shown(found, StrategyForm) | {"reduction": reduction}


@access(read=Role.OFFICER)
def ambitions(request: HttpRequest, here: Access) -> HttpResponse:
    """Add an ambition."""
    form = AmbitionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        position = (here.of(Ambition).aggregate(last=Max("position"))["last"] or 0) + 1
        Ambition.objects.create(organisation=here.organisation, position=position, **form.given)
        return redirect("plan:edit", here.organisation.slug)
    values = page_of(_("Ajouter une ambition"), form, reverse("plan:edit", args=(here.organisation.slug,)))
    return render(request, "strategy/form.html", values, status=status_of(form))


@access(read=Role.OFFICER)
def edit_ambition(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Change an ambition."""
    found = here.get(Ambition, pk=number)
    back = reverse("plan:edit", args=(here.organisation.slug,))
    return edited(request, here, found, AmbitionForm, page_of(_("Modifier l’ambition"), None, back))


@access(read=Role.OFFICER)
def new_objective(request: HttpRequest, here: Access) -> HttpResponse:
    """Add an objective."""
    form = ObjectiveForm(here, request.POST or None)
    if request.method == "POST" and form.is_valid():
        position = (here.of(Objective).aggregate(last=Max("position"))["last"] or 0) + 1
        made = Objective.objects.create(organisation=here.organisation, position=position, **form.given)
        here.record(_("a ajouté un objectif (n° {n})").format(n=made.pk))
        return redirect("plan:objective", here.organisation.slug, made.pk)
    values = page_of(_("Nouvel objectif"), form, reverse("plan:strategy", args=(here.organisation.slug,)))
    values |= {"codes": plan_catalogue.rows("indicators")}
    return render(request, "strategy/form.html", values, status=status_of(form))


@access()
def objective(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """An objective, where it stands, its readings; POST adds one."""
    found = here.get(Objective, pk=number)
    form = ReadingForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                Reading.objects.create(
                    organisation=here.organisation, objective=found, made_by=here.person, **form.cleaned_data
                )
                here.record(_("a ajouté un relevé à l’objectif n° {n}").format(n=found.pk))
            return redirect("plan:objective", here.organisation.slug, number)
        except IntegrityError:
            form.add_error("on", _("Il y a déjà un relevé à cette date ; il reste tel quel."))
    values = {"objective": found, "now": plan_standing.standing(found), "form": form, "standing": plan_standing}
    values |= {"readings": found.readings.select_related("run"), "actions": found.actions.all()}
    return render(request, "strategy/objective.html", values, status=status_of(form))


@access(read=Role.OFFICER)
def edit_objective(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Change an objective."""
    found = here.get(Objective, pk=number)
    back = reverse("plan:objective", args=(here.organisation.slug, number))
    values = page_of(_("Modifier l’objectif"), None, back) | {"codes": plan_catalogue.rows("indicators")}
    return edited(request, here, found, partial(ObjectiveForm, here), values)


@access(read=Role.OFFICER)
def readings(request: HttpRequest, here: Access) -> HttpResponse:
    """Read the indicators of the objectives in the runs."""
    if request.method == "POST":
        return redirect(plan_standing.ask_readings(here).address)
    return render(request, "strategy/readings.html", {"runs": here.of(Run).filter(computed_at__isnull=False)})


@access()
def effects(request: HttpRequest, here: Access) -> HttpResponse:
    """What the plan changes: trajectory, each action alone and together, overlap; POST asks the engine."""
    if request.method == "POST":
        try:
            job = plan_effects.ask(here)
        except CannotUse as error:
            messages.error(request, " ".join(f"{one.what} {one.remedy}" for one in error.problems))
            return redirect("plan:effects", here.organisation.slug)
        return redirect(job.address)
    known, plan = plan_effects.current(here)
    found, fresh = plan_effects.projection(here, known, plan)
    values: dict[str, Any] = {"strategy": known, "projection": found, "fresh": fresh}
    if found:
        values |= {"plan": ProjectionResults(found.folder), "since": plan_effects.read(found, "observed")}
        # Made by the engine for the report: the very drawing, in the page.
        environment = engines["jinja2"].env
        values["trajectory"] = partial(curves.trajectory, environment, lang="fr")
    return render(request, "strategy/effects.html", values)


@access(write=None)
def plan_file(request: HttpRequest, here: Access) -> HttpResponse:
    """The plan file, as `estran project` takes it."""
    _strategy, plan = plan_effects.current(here)
    return download(plan.encode(), "plan.toml", "application/toml; charset=utf-8")


@access(write=None)
def plan_zip(request: HttpRequest, here: Access) -> HttpResponse:
    """The plan file and the run it starts from."""
    return download(plan_effects.exported(here), "plan.zip", "application/zip")


@access(write=None)
def votes(request: HttpRequest, here: Access) -> HttpResponse:
    """The acts, and what moved since the last ones."""
    values = {"acts": here.of(Act).select_related("version"), "said": acts.said}
    values["moved"] = [(act, acts.moved(act)) for act in (acts.last(here, STRATEGY), acts.last(here, PLAN)) if act]
    return render(request, "strategy/acts.html", values)


@access(read=Role.OFFICER)
def vote(request: HttpRequest, here: Access) -> HttpResponse:
    """Record a vote: what it adopts is frozen as it is now."""
    form = VoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act = acts.adopt(here, **form.cleaned_data)
        except CannotUse as error:
            form.add_error("number", " ".join(f"{one.what} {one.remedy}" for one in error.problems))
        else:
            messages.success(request, _("Le texte adopté est conservé tel quel : il ne changera plus."))
            return redirect("plan:act", here.organisation.slug, act.pk)
    values = page_of(_("Enregistrer un vote"), form, reverse("plan:votes", args=(here.organisation.slug,)))
    values["note"] = _("Le texte d’aujourd’hui est conservé avec ce vote, et ne changera plus.")
    return render(request, "strategy/form.html", values, status=status_of(form))


@access()
def act(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """The strategy or the plan as it was voted; POST writes the day of transmission."""
    found = here.get(Act, pk=number)
    form = TransmissionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["transmitted_on"]
        if day < found.session:
            form.add_error("transmitted_on", _("La transmission vient après la séance."))
        elif here.of(Act).filter(pk=number, transmitted_on__isnull=True).update(transmitted_on=day):
            here.record(_("a noté la transmission de l’acte {number}").format(number=found.number))
            return redirect("plan:act", here.organisation.slug, number)
        else:
            form.add_error("transmitted_on", _("Une date est déjà notée, et reste : recharger la page pour la lire."))
    values = {"act": found, "voted": acts.voted(found.version), "form": form, "said": acts.said}
    values |= {"field": acts.field, "shown": acts.shown, "label": plan_catalogue.label}
    return render(request, "strategy/act.html", values, status=status_of(form))


def page_of(heading: str, form: Any, back: str, section: str = "plan:strategy") -> dict[str, Any]:
    """What a page that is one form needs: where it is in the menu; `back`, where one goes without changing anything."""
    return {"heading": heading, "form": form, "back": back, "both": None, "section": section}


def edited(
    request: HttpRequest, here: Access, row: Any, form: Any, values: dict[str, Any], **suggested: Any
) -> HttpResponse:
    """The page of a form that changes one row, whose fields have its names; both texts when someone wrote first."""
    made = form(request.POST or None, initial=shown(row, getattr(form, "func", form)) | suggested)
    both = None
    if request.method == "POST" and made.is_valid():
        both = save(here, row, made, _("a modifié : {what}").format(what=row))
        if both is None:
            return redirect(values["back"])
    return render(request, "strategy/form.html", values | {"form": made, "both": both}, status=status_of(made, both))


def status_of(form: Any, both: Both | None = None) -> int:
    """The HTTP status of a page with a form: 422 when something is to be corrected, 409 when someone wrote first."""
    return 409 if both else 422 if form.errors else 200


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    """Bytes to keep under a name."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
