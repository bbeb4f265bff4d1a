"""Pages of actions: table, timeline, « mes actions », one action and what is added to it, spreadsheets in and out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from estran.catalogue import labels
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Role
from estran.portal.strategy import actions, actions_levers, plan_catalogue, plan_effects, plan_files
from estran.portal.strategy.actions_forms import ActionForm, BudgetForm, FileForm, NoteForm, StepForm
from estran.portal.strategy.actions_levers import LeverForm
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
from estran.portal.strategy.plan_edits import Both, EditForm, save, shown
from estran.portal.strategy.plan_views import download, edited, page_of, status_of

SECTION = "plan:actions"


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
    form = ActionForm(here, request.POST or None, initial={"status": "to_come"})
    if request.method == "POST" and form.is_valid():
        given = form.given
        if here.of(Action).filter(code=given["code"]).exists():
            form.add_error("code", _("Ce code est déjà celui d’une action."))
        else:
            position = here.of(Action).count()
            made = Action.objects.create(
                organisation=here.organisation, position=position, changed_by=here.person, **given
            )
            here.record(_("a ajouté l’action {code}").format(code=made.code))
            return redirect("plan:action", here.organisation.slug, made.pk)
    values = page_of(_("Nouvelle action"), form, reverse("plan:actions", args=(here.organisation.slug,)), SECTION)
    return render(request, "strategy/form.html", values, status=status_of(form))


@access(read=Role.OFFICER)
def catalogue(request: HttpRequest, here: Access) -> HttpResponse:
    """Pick actions of the catalogue; the 17 that the deliberation names as already there come first."""
    if request.method == "POST":
        made = actions.from_catalogue(here, set(request.POST.getlist("code")))
        messages.success(request, ngettext("{n} action ajoutée.", "{n} actions ajoutées.", made).format(n=made))
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
        "cause": labels.cause,
        "levers": actions_levers,
        "extra": {name: text for name, text in found.extra.items() if name not in fields},
        "catalogue": plan_catalogue.by_code("actions").get(found.code),
        "indicators": {row["code"]: row["label_fr"] for row in plan_catalogue.rows("indicators")},
        "budget_form": BudgetForm(initial={"version": found.version, "year": timezone.localdate().year}),
        "both": None,
        "note_form": NoteForm(initial={"on": timezone.localdate()}),
        "step_form": StepForm(),
        "file_form": FileForm(),
    } | forms
    wrong = [form for form in forms.values() if getattr(form, "errors", None)]
    status = 409 if values["both"] else 422 if wrong else 200
    return render(request, "strategy/action.html", values | {"wrong": wrong}, status=status)


def _page(found: Action) -> str:
    return reverse("plan:action", args=(found.organisation.slug, found.pk))


def _back(here: Access, found: Action) -> HttpResponse:
    return redirect("plan:action", here.organisation.slug, found.pk)


def _lever_now(action: Action, place: int) -> dict[str, Any]:
    """A lever of the action as its form shows it; the next year and nothing else for a new one."""
    known = actions_levers.each_with_before(action)
    found = {"version": action.version, "first": timezone.localdate().year + 1}
    return found | (actions_levers.as_written(known[place - 1]) if place <= len(known) else {})


def _refuse(here: Access, action: Action, levers: list[dict[str, Any]], form: Any) -> None:
    """Put in the form what the engine would refuse of the action with these levers."""
    given = {"code": action.code, "title": action.title, "indicators": action.indicators, "levers": levers}
    candidate = Action(organisation=here.organisation, pk=action.pk, **given)
    strategy = here.of(Strategy).first() or Strategy(title="-", from_year=2000, to_year=2100)
    for problem in plan_effects.problems(strategy, candidate):
        form.add_error(None, f"{problem.what} {problem.remedy}")


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Change an action."""
    found = actions.to_change(here, number)
    form = ActionForm(here, request.POST or None, initial=shown(found, ActionForm))
    both = None
    if request.method == "POST" and form.is_valid():
        if here.of(Action).filter(code=form.given["code"]).exclude(pk=number).exists():
            form.add_error("code", _("Ce code est déjà celui d’une action."))
        else:
            both = save(here, found, form, _("a modifié l’action {code}").format(code=found.code))
            if both is None:
                messages.success(request, _("L’action est enregistrée."))
                return _back(here, found)
    values = page_of(_("Modifier : {title}").format(title=found.title), form, _page(found), SECTION) | {"both": both}
    return render(request, "strategy/form.html", values, status=status_of(form, both))


@access(read=Role.CONTRIBUTOR, write=None)
def levers(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """What the action changes in the footprint: its levers, each with its justified « avant »."""
    found = actions.to_change(here, number)
    return render(request, "strategy/levers.html", {"action": found, "levers": actions_levers})


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def lever(request: HttpRequest, here: Access, number: int, place: int) -> HttpResponse:
    """Change a lever of an action, or add one: it takes the place after the last."""
    found = actions.to_change(here, number)
    known = actions_levers.each_with_before(found)
    if not 1 <= place <= len(known) + 1:
        raise Http404
    new = place > len(known)
    form = LeverForm(None if new else known[place - 1], request.POST or None, initial=_lever_now(found, place))
    both = None
    if request.method == "POST" and form.is_valid():
        made = [*known[: place - 1], form.lever, *known[place:]]
        _refuse(here, found, made, form)
        if not form.errors:
            both = _keep_levers(here, found, form, made, now=lambda: _lever_now(found, place))
            if both is None:
                return redirect("plan:levers", here.organisation.slug, number)
    values = {"form": form, "action": found, "both": both, "new": new, "back": _page(found)}
    return render(request, "strategy/lever.html", values, status=status_of(form, both))


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def remove_lever(request: HttpRequest, here: Access, number: int, place: int) -> HttpResponse:
    """Remove a lever of an action."""
    found = actions.to_change(here, number)
    known = actions_levers.each_with_before(found)
    form = EditForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and 1 <= place <= len(known):
        both = _keep_levers(here, found, form, [*known[: place - 1], *known[place:]])
        if both:
            messages.error(request, _("L’action a changé pendant que vous lisiez : rien n’est retiré."))
    return redirect("plan:levers", here.organisation.slug, number)


def _keep_levers(here: Access, action: Action, form: EditForm, levers: list[Any], **more: Any) -> Both | None:
    said = _("a modifié l’effet de l’action {code}").format(code=action.code)
    return save(here, action, form, said, values={"levers": levers, "before": None}, **more)


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def budget(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Write one line of the budget of an action."""
    found = actions.to_change(here, number)
    form = BudgetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        line, said = form.given, _("a modifié le budget de l’action {code}").format(code=found.code)
        both = save(
            here, found, form, said, values={}, also=lambda: actions.keep_budget(here, found, line),
            now=lambda: actions.budget_now(found, line),
        )  # fmt: skip
        if both is None:
            return _back(here, found)
        return _show(request, here, found, budget_form=form, both=both)
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
        todo = Step.objects.filter(action=found, pk=done if done.isdigit() else 0, done_on__isnull=True)
        if todo.update(done_on=timezone.localdate(), version=F("version") + 1, changed_by=here.person):
            actions.touch(here, found)
        return _back(here, found)
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        Step.objects.create(organisation=here.organisation, action=found, changed_by=here.person, **form.given)
        actions.touch(here, found)
        return _back(here, found)
    return _show(request, here, found, step_form=form) if form.errors else _back(here, found)


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_step(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Change a step."""
    found = here.get(Step, pk=number)
    action = actions.to_change(here, found.action_id)
    answer = edited(request, here, found, StepForm, page_of(_("Modifier l’étape"), None, _page(action), SECTION))
    if answer.status_code == 302:
        actions.touch(here, action)
    return answer


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
