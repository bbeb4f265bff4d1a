"""Pages of actions: table, timeline, « mes actions », one action and what is added to it, spreadsheets in and out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.footprint import names
from estran.lang import _
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Role
from estran.portal.strategy import actions, plan_catalogue, plan_effects, plan_files
from estran.portal.strategy.actions_forms import ActionForm, BudgetForm, FileForm, LeverForm, NoteForm, StepForm
from estran.portal.strategy.models.plan import (
    Action,
    Attachment,
    Note,
    Objective,
    PlanFile,
    Projection,
    Step,
    Strategy,
)
from estran.portal.strategy.plan_views import download, page_of, status_of
from estran.problems import CannotUse


@access(write=None)
def table(request: HttpRequest, here: Access) -> HttpResponse:
    """The actions, with filters in the address, thirty at a time."""
    page = Paginator(actions.filtered(here, request.GET), actions.PER_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    values = {"page": page, "asked": request.GET, "kept": kept.urlencode(), "catalogue": plan_catalogue}
    values |= {
        "objectives": here.of(Objective),
        "entities": here.organisation.entities.filter(actions__isnull=False).distinct(),
    }
    return render(request, "strategy/actions.html", values)


@access(write=None)
def calendar(request: HttpRequest, here: Access) -> HttpResponse:
    """The actions over the years."""
    listed = list(here.of(Action)[:60])
    values = {"time": actions.timeline(listed, here.of(Strategy).first()), "geometry": actions}
    return render(request, "strategy/timeline.html", values)


@access(write=None)
def mine(request: HttpRequest, here: Access) -> HttpResponse:
    """The open actions that the person leads or whose directorate he writes for."""
    return render(request, "strategy/mine.html", {"actions": actions.mine(here).prefetch_related("steps")})


@access(read=Role.OFFICER)
def new(request: HttpRequest, here: Access) -> HttpResponse:
    """Add an action."""
    form = ActionForm(here, request.POST or None, initial={"version": 0, "status": "to_come"})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given.pop("version")
        if here.of(Action).filter(code=given["code"]).exists():
            form.add_error("code", _("Ce code est déjà celui d’une action."))
        else:
            position = here.of(Action).count()
            made = Action.objects.create(
                organisation=here.organisation, position=position, changed_by=here.person, **given
            )
            here.record(_("a ajouté l’action {code}").format(code=made.code))
            return redirect("plan:action", here.organisation.slug, made.pk)
    return render(request, "strategy/form.html", page_of(_("Nouvelle action"), form), status=status_of(form))


@access(read=Role.OFFICER)
def catalogue(request: HttpRequest, here: Access) -> HttpResponse:
    """Pick actions of the catalogue; the 17 that the deliberation names as already there come first."""
    if request.method == "POST":
        made = actions.from_catalogue(here, set(request.POST.getlist("code")))
        messages.success(request, _("{n} actions ajoutées.").format(n=made))
        return redirect("plan:actions", here.organisation.slug)
    values = {
        "rows": sorted(plan_catalogue.rows("actions"), key=lambda row: row["kind"] != "existing"),
        "there": set(here.of(Action).values_list("code", flat=True)),
    }
    return render(request, "strategy/catalogue.html", values)


@access(write=None)
def action(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """One action: what it is, its effect, its steps, notes, budget and files."""
    return _show(request, here, here.get(Action, pk=number))


def _show(request: HttpRequest, here: Access, found: Action, **forms: Any) -> HttpResponse:
    projection = here.of(Projection).filter(computed_at__isnull=False).select_related("run").first()
    fields = set(plan_files.HEADERS.values())
    values = {
        "action": found,
        "may": actions.may_change(here, found),
        "effect": plan_effects.of_action(found, projection),
        "projection": projection,
        "cause": names.cause,
        "parameter": names.parameter,
        "extra": {name: text for name, text in found.extra.items() if name not in fields},
        "catalogue": plan_catalogue.by_code("actions").get(found.code),
        "indicators": {row["code"]: row["label_fr"] for row in plan_catalogue.rows("indicators")},
        "budget_form": BudgetForm(initial={"version": found.version, "year": timezone.localdate().year}),
        "note_form": NoteForm(initial={"on": timezone.localdate()}),
        "step_form": StepForm(),
        "file_form": FileForm(),
        "conflict": "",
    } | forms
    wrong = [form for form in forms.values() if getattr(form, "errors", None)]
    status = 409 if values["conflict"] else 422 if wrong else 200
    return render(request, "strategy/action.html", values | {"wrong": wrong}, status=status)


def _back(here: Access, found: Action) -> HttpResponse:
    return redirect("plan:action", here.organisation.slug, found.pk)


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Change an action; if someone else did meanwhile, both texts are shown and nothing is lost."""
    found = actions.to_change(here, number)
    initial = {name: getattr(found, name) for name in ActionForm.base_fields}
    form = ActionForm(here, request.POST or None, initial=initial)
    rows: list[dict[str, str]] = []
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        version = given.pop("version")
        if here.of(Action).filter(code=given["code"]).exclude(pk=number).exists():
            form.add_error("code", _("Ce code est déjà celui d’une action."))
        else:
            try:
                actions.change(here, found, version, given)
            except actions.Changed:
                found.refresh_from_db()
                rows = actions.differences(form, found)
                form.data = form.data.copy()
                form.data["version"] = str(found.version)
            else:
                messages.success(request, _("L’action est enregistrée."))
                return redirect("plan:action", here.organisation.slug, number)
    values = {"form": form, "action": found, "rows": rows, "by": found.changed_by}
    return render(request, "strategy/edit_action.html", values, status=409 if rows else status_of(form))


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def lever(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """What the action changes in the footprint, with its justified « avant »."""
    found = actions.to_change(here, number)
    form = LeverForm(request.POST or None, initial=_lever_of(found))
    conflict = False
    if request.method == "POST" and form.is_valid():
        candidate = Action(
            organisation=here.organisation, code=found.code, title=found.title, indicators=found.indicators
        )
        candidate.pk = found.pk
        candidate.levers, candidate.before = [form.lever, *found.levers[1:]], form.before_said
        strategy = here.of(Strategy).first() or Strategy(title="-", from_year=2000, to_year=2100)
        for problem in plan_effects.problems(strategy, candidate):
            form.add_error(None, f"{problem.what} {problem.remedy}")
        if not form.errors:
            values = {"levers": candidate.levers, "before": candidate.before}
            try:
                actions.change(here, found, form.cleaned_data["version"], values)
                return redirect("plan:action", here.organisation.slug, number)
            except actions.Changed:
                found.refresh_from_db()
                form.data = form.data.copy()
                form.data["version"], conflict = str(found.version), True
    values = {"form": form, "action": found, "conflict": conflict, "known": actions.lever_from_catalogue(found.code)}
    return render(request, "strategy/lever.html", values, status=409 if conflict else status_of(form))


def _lever_of(action: Action) -> dict[str, Any]:
    """The first lever of an action, as the form shows it."""
    found: dict[str, Any] = {"version": action.version, "first": timezone.localdate().year + 1}
    if action.levers:
        one = action.levers[0]
        found |= {"parameter": one["parameter"], "first": one["from"], "ramp": one.get("ramp")}
        found["part"] = one.get("where", {}).get("part", "")
        found["how"] = "times" if "times" in one else "inventory" if one.get("set") == "inventory" else "set"
        value = one.get("times", one.get("set"))
        found["value"] = float(value) if isinstance(value, int | float) else None
    if action.before:
        value = action.before["value"]
        found["before"] = float(value) if isinstance(value, int | float) else None
        found["source"] = action.before["source"]
    return found


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def budget(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Write one line of the budget of an action."""
    found = actions.to_change(here, number)
    form = BudgetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            actions.budget(here, found, given.pop("version"), given)
            return _back(here, found)
        except actions.Changed:
            found.refresh_from_db()
            form.data = form.data.copy()
            form.data["version"] = str(found.version)
            said = _("Cette action a changé pendant que vous écriviez : relisez le budget, puis enregistrez.")
            return _show(request, here, found, budget_form=form, conflict=said)
    return _show(request, here, found, budget_form=form) if form.errors else _back(here, found)


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def note(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Add a dated note."""
    found = actions.to_change(here, number)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        Note.objects.create(organisation=here.organisation, action=found, made_by=here.person, **form.cleaned_data)
        return _back(here, found)
    return _show(request, here, found, note_form=form) if form.errors else _back(here, found)


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def step(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Add a step, or say that one is done."""
    found = actions.to_change(here, number)
    if done := request.POST.get("done"):
        Step.objects.filter(action=found, pk=done if done.isdigit() else 0, done_on__isnull=True).update(
            done_on=timezone.localdate()
        )
        return _back(here, found)
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        Step.objects.create(organisation=here.organisation, action=found, **form.cleaned_data)
        return _back(here, found)
    return _show(request, here, found, step_form=form) if form.errors else _back(here, found)


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def attach(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Join a file."""
    found = actions.to_change(here, number)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        actions.attach(here, found, form.cleaned_data["file"])
        return _back(here, found)
    return _show(request, here, found, file_form=form) if form.errors else _back(here, found)


@access(write=None)
def attachment(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """A file of an action, always as a download."""
    found = here.get(Attachment, pk=number)
    response = HttpResponse(found.path.read_bytes(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = "attachment; filename*=UTF-8''" + quote(found.name, safe="")
    return response


@access(read=Role.OFFICER)
def receive(request: HttpRequest, here: Access) -> HttpResponse:
    """Read a plan from a spreadsheet."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = plan_files.receive(here, file.name, file.read())
            return redirect("plan:plan_file_read", here.organisation.slug, made.pk)
        except CannotUse as error:
            for problem in error.problems:
                form.add_error("file", f"{problem.what} {problem.remedy}")
    return render(
        request,
        "strategy/receive.html",
        {"form": form, "columns": plan_catalogue.rows("plan_columns")},
        status=status_of(form),
    )


@access(write=None)
def plan_file_read(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """What was understood of a spreadsheet."""
    return render(request, "strategy/received.html", {"file": here.get(PlanFile, pk=number)})


@access(write=None)
def workbook(request: HttpRequest, here: Access) -> HttpResponse:
    """The plan as a spreadsheet."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return download(plan_files.workbook(here), "plan-d-action.xlsx", kind)
