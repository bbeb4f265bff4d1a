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
from estran.portal.common import catalogue_rows
from estran.portal.common.edit_conflicts import Conflict, EditForm, save_edit, shown_values
from estran.portal.common.forms import FileForm
from estran.portal.common.views import download, edit_row, form_page, form_status
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.plan import actions, effects, levers, spreadsheets
from estran.portal.plan.forms import ActionForm, BudgetForm, NoteForm, StepForm
from estran.portal.plan.levers import LeverForm
from estran.portal.plan.models import Action, Attachment, Note, Objective, PlanFile, Projection, Step, Strategy

SECTION = "plan:actions"


@access_required(write=None)
def table(request: HttpRequest, access: Access) -> HttpResponse:
    """The actions, with filters in the address, thirty at a time."""
    page = Paginator(actions.filtered(access, request.GET), actions.PER_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    values = {"page": page, "asked": request.GET, "kept": kept.urlencode(), "catalogue": catalogue_rows}
    values |= {
        "objectives": access.of(Objective),
        "entities": access.organisation.entities.filter(actions__isnull=False).distinct(),
    }
    return render(request, "plan/actions.html", values)


@access_required(write=None)
def calendar(request: HttpRequest, access: Access) -> HttpResponse:
    """The actions over the years."""
    listed = list(access.of(Action)[:60])
    values = {"time": actions.timeline(listed, access.of(Strategy).first()), "geometry": actions}
    return render(request, "plan/timeline.html", values)


@access_required(write=None)
def mine(request: HttpRequest, access: Access) -> HttpResponse:
    """The open actions that the person leads or whose directorate he writes for."""
    return render(request, "plan/mine.html", {"actions": actions.mine(access).prefetch_related("steps")})


@access_required(read=Role.OFFICER)
def new(request: HttpRequest, access: Access) -> HttpResponse:
    """Add an action."""
    form = ActionForm(access, request.POST or None, initial={"status": "to_come"})
    if request.method == "POST" and form.is_valid():
        given = form.given
        if access.of(Action).filter(code=given["code"]).exists():
            form.add_error("code", _("Ce code est déjà celui d’une action."))
        else:
            position = access.of(Action).count()
            made = Action.objects.create(
                organisation=access.organisation, position=position, changed_by=access.person, **given
            )
            access.record(_("a ajouté l’action {code}").format(code=made.code))
            return redirect("plan:action", access.organisation.slug, made.pk)
    values = form_page(_("Nouvelle action"), form, reverse("plan:actions", args=(access.organisation.slug,)), SECTION)
    return render(request, "common/form.html", values, status=form_status(form))


@access_required(read=Role.OFFICER)
def catalogue(request: HttpRequest, access: Access) -> HttpResponse:
    """Pick actions of the catalogue; the 17 that the deliberation names as already there come first."""
    if request.method == "POST":
        made = actions.from_catalogue(access, set(request.POST.getlist("code")))
        messages.success(request, ngettext("{n} action ajoutée.", "{n} actions ajoutées.", made).format(n=made))
        return redirect("plan:actions", access.organisation.slug)
    values = {
        "rows": sorted(catalogue_rows.table_rows("actions"), key=lambda row: row["kind"] != "existing"),
        "there": set(access.of(Action).values_list("code", flat=True)),
    }
    return render(request, "plan/catalogue.html", values)


@access_required(write=None)
def action(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One action: what it is, its effect, its steps, notes, budget and files."""
    return _show(request, access, access.get(Action, pk=number))


def _show(request: HttpRequest, access: Access, found: Action, **forms: Any) -> HttpResponse:
    projection = access.of(Projection).filter(computed_at__isnull=False).select_related("run").first()
    fields = set(spreadsheets.HEADERS.values())
    values = {
        "action": found,
        "may": actions.may_change(access, found),
        "effect": effects.of_action(found, projection),
        "projection": projection,
        "cause": labels.cause,
        "levers": levers,
        "extra": {name: text for name, text in found.extra.items() if name not in fields},
        "catalogue": catalogue_rows.rows_by_code("actions").get(found.code),
        "indicators": {row["code"]: row["label_fr"] for row in catalogue_rows.table_rows("indicators")},
        "budget_form": BudgetForm(initial={"version": found.version, "year": timezone.localdate().year}),
        "both": None,
        "note_form": NoteForm(initial={"on": timezone.localdate()}),
        "step_form": StepForm(),
        "file_form": FileForm(),
    } | forms
    wrong = [form for form in forms.values() if getattr(form, "errors", None)]
    status = 409 if values["both"] else 422 if wrong else 200
    return render(request, "plan/action.html", values | {"wrong": wrong}, status=status)


def _page(found: Action) -> str:
    return reverse("plan:action", args=(found.organisation.slug, found.pk))


def _back(access: Access, found: Action) -> HttpResponse:
    return redirect("plan:action", access.organisation.slug, found.pk)


def _lever_now(action: Action, place: int) -> dict[str, Any]:
    """A lever of the action as its form shows it; the next year and nothing else for a new one."""
    known = levers.each_with_before(action)
    found = {"version": action.version, "first": timezone.localdate().year + 1}
    return found | (levers.as_written(known[place - 1]) if place <= len(known) else {})


def _refuse(access: Access, action: Action, levers: list[dict[str, Any]], form: Any) -> None:
    """Put in the form what the engine would refuse of the action with these levers."""
    given = {"code": action.code, "title": action.title, "indicators": action.indicators, "levers": levers}
    candidate = Action(organisation=access.organisation, pk=action.pk, **given)
    strategy = access.of(Strategy).first() or Strategy(title="-", from_year=2000, to_year=2100)
    for problem in effects.problems(strategy, candidate):
        form.add_error(None, f"{problem.what} {problem.remedy}")


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change an action."""
    found = actions.to_change(access, number)
    form = ActionForm(access, request.POST or None, initial=shown_values(found, ActionForm))
    both = None
    if request.method == "POST" and form.is_valid():
        if access.of(Action).filter(code=form.given["code"]).exclude(pk=number).exists():
            form.add_error("code", _("Ce code est déjà celui d’une action."))
        else:
            both = save_edit(access, found, form, _("a modifié l’action {code}").format(code=found.code))
            if both is None:
                messages.success(request, _("L’action est enregistrée."))
                return _back(access, found)
    values = form_page(_("Modifier : {title}").format(title=found.title), form, _page(found), SECTION) | {"both": both}
    return render(request, "common/form.html", values, status=form_status(form, both))


@access_required(read=Role.CONTRIBUTOR, write=None)
def list_levers(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What the action changes in the footprint: its levers, each with its justified « avant »."""
    found = actions.to_change(access, number)
    return render(request, "plan/levers.html", {"action": found, "levers": levers})


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def lever(request: HttpRequest, access: Access, number: int, place: int) -> HttpResponse:
    """Change a lever of an action, or add one: it takes the place after the last."""
    found = actions.to_change(access, number)
    known = levers.each_with_before(found)
    if not 1 <= place <= len(known) + 1:
        raise Http404
    new = place > len(known)
    form = LeverForm(None if new else known[place - 1], request.POST or None, initial=_lever_now(found, place))
    both = None
    if request.method == "POST" and form.is_valid():
        made = [*known[: place - 1], form.lever, *known[place:]]
        _refuse(access, found, made, form)
        if not form.errors:
            both = _keep_levers(access, found, form, made, now=lambda: _lever_now(found, place))
            if both is None:
                return redirect("plan:levers", access.organisation.slug, number)
    values = {"form": form, "action": found, "both": both, "new": new, "back": _page(found)}
    return render(request, "plan/lever.html", values, status=form_status(form, both))


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def remove_lever(request: HttpRequest, access: Access, number: int, place: int) -> HttpResponse:
    """Remove a lever of an action."""
    found = actions.to_change(access, number)
    known = levers.each_with_before(found)
    form = EditForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and 1 <= place <= len(known):
        both = _keep_levers(access, found, form, [*known[: place - 1], *known[place:]])
        if both:
            messages.error(request, _("L’action a changé pendant que vous lisiez : rien n’est retiré."))
    return redirect("plan:levers", access.organisation.slug, number)


def _keep_levers(access: Access, action: Action, form: EditForm, levers: list[Any], **more: Any) -> Conflict | None:
    said = _("a modifié l’effet de l’action {code}").format(code=action.code)
    return save_edit(access, action, form, said, values={"levers": levers, "before": None}, **more)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def budget(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Write one line of the budget of an action."""
    found = actions.to_change(access, number)
    form = BudgetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        line, said = form.given, _("a modifié le budget de l’action {code}").format(code=found.code)
        both = save_edit(
            access, found, form, said, values={}, also=lambda: actions.keep_budget(access, found, line),
            now=lambda: actions.budget_now(found, line),
        )  # fmt: skip
        if both is None:
            return _back(access, found)
        return _show(request, access, found, budget_form=form, both=both)
    return _show(request, access, found, budget_form=form) if form.errors else _back(access, found)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def note(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Add a dated note."""
    found = actions.to_change(access, number)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        Note.objects.create(organisation=access.organisation, action=found, made_by=access.person, **form.cleaned_data)
        return _back(access, found)
    return _show(request, access, found, note_form=form) if form.errors else _back(access, found)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def step(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Add a step, or say that one is done."""
    found = actions.to_change(access, number)
    if done := request.POST.get("done"):
        todo = Step.objects.filter(action=found, pk=done if done.isdigit() else 0, done_on__isnull=True)
        if todo.update(done_on=timezone.localdate(), version=F("version") + 1, changed_by=access.person):
            actions.touch(access, found)
        return _back(access, found)
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        Step.objects.create(organisation=access.organisation, action=found, changed_by=access.person, **form.given)
        actions.touch(access, found)
        return _back(access, found)
    return _show(request, access, found, step_form=form) if form.errors else _back(access, found)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_step(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change a step."""
    found = access.get(Step, pk=number)
    action = actions.to_change(access, found.action_id)
    answer = edit_row(request, access, found, StepForm, form_page(_("Modifier l’étape"), None, _page(action), SECTION))
    if answer.status_code == 302:
        actions.touch(access, action)
    return answer


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def attach(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Join a file."""
    found = actions.to_change(access, number)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        actions.attach(access, found, form.cleaned_data["file"])
        return _back(access, found)
    return _show(request, access, found, file_form=form) if form.errors else _back(access, found)


@access_required(write=None)
def attachment(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A file of an action, always as a download."""
    found = access.get(Attachment, pk=number)
    response = HttpResponse(found.path.read_bytes(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = "attachment; filename*=UTF-8''" + quote(found.name, safe="")
    return response


@access_required(read=Role.OFFICER)
def receive(request: HttpRequest, access: Access) -> HttpResponse:
    """Read a plan from a spreadsheet."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = spreadsheets.receive(access, file.name, file.read())
            return redirect("plan:plan_file_read", access.organisation.slug, made.pk)
        except CannotUse as error:
            for problem in error.problems:
                form.add_error("file", f"{problem.what} {problem.remedy}")
    return render(
        request,
        "plan/receive.html",
        {"form": form, "columns": catalogue_rows.table_rows("plan_columns")},
        status=form_status(form),
    )


@access_required(write=None)
def plan_file_read(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What was understood of a spreadsheet."""
    return render(request, "plan/received.html", {"file": access.get(PlanFile, pk=number)})


@access_required(write=None)
def workbook(request: HttpRequest, access: Access) -> HttpResponse:
    """The plan as a spreadsheet."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return download(spreadsheets.workbook(access), "plan-d-action.xlsx", kind)
