"""Pages of actions: table, timeline, « mes actions », one action with its parts, import and export of spreadsheets."""

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
from estran.portal.common.views import XLSX, download, edit_row, form_page, form_status, whole_number
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.plan import actions, effects, levers, spreadsheets, timeline
from estran.portal.plan.forms import ActionForm, BudgetForm, NoteForm, StepForm
from estran.portal.plan.levers import LeverForm
from estran.portal.plan.models import Action, Attachment, Note, Objective, PlanFile, Step, Strategy

SECTION = "plan:actions"


@access_required(write=None)
def list_actions(request: HttpRequest, access: Access) -> HttpResponse:
    """The actions, thirty a page, filtered by the query of the URL."""
    page = Paginator(actions.filter_actions(access, request.GET), actions.PER_PAGE).get_page(request.GET.get("page"))
    filters = request.GET.copy()
    filters.pop("page", None)
    values = {"page": page, "filters": request.GET, "query": filters.urlencode(), "catalogue": catalogue_rows}
    values |= {
        "objectives": access.of(Objective),
        "entities": access.organisation.entities.filter(actions__isnull=False).distinct(),
    }
    return render(request, "plan/actions.html", values)


@access_required(write=None)
def show_timeline(request: HttpRequest, access: Access) -> HttpResponse:
    """The actions over the years."""
    listed = list(access.of(Action)[:60])
    values = {"time": timeline.lay_out_timeline(listed, access.of(Strategy).first()), "geometry": timeline}
    return render(request, "plan/timeline.html", values)


@access_required(write=None)
def list_own_actions(request: HttpRequest, access: Access) -> HttpResponse:
    """The open actions that the person leads or whose directorate he writes for."""
    return render(request, "plan/mine.html", {"actions": actions.own_actions(access).prefetch_related("steps")})


@access_required(read=Role.OFFICER)
def new_action(request: HttpRequest, access: Access) -> HttpResponse:
    """Add an action."""
    form = ActionForm(access, request.POST or None, initial={"status": "to_come"})
    if request.method == "POST" and form.is_valid():
        position = access.of(Action).count()
        action = Action.objects.create(
            organisation=access.organisation, position=position, changed_by=access.person, **form.given
        )
        access.record(_("a ajouté l’action {code}").format(code=action.code))
        return _redirect_to_action(access, action)
    values = form_page(_("Nouvelle action"), form, reverse("plan:actions", args=(access.organisation.slug,)), SECTION)
    return render(request, "common/form.html", values, status=form_status(form))


@access_required(read=Role.OFFICER)
def add_from_catalogue(request: HttpRequest, access: Access) -> HttpResponse:
    """Pick actions of the catalogue; those that the deliberation says are already carried out come first."""
    if request.method == "POST":
        count = actions.add_from_catalogue(access, set(request.POST.getlist("code")))
        messages.success(request, ngettext("{n} action ajoutée.", "{n} actions ajoutées.", count).format(n=count))
        return redirect("plan:actions", access.organisation.slug)
    values = {
        "rows": sorted(catalogue_rows.table_rows("actions"), key=lambda row: row["kind"] != "existing"),
        "codes": set(access.of(Action).values_list("code", flat=True)),
    }
    return render(request, "plan/catalogue.html", values)


@access_required(write=None)
def show_action(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One action: its fields, effect, steps, budget, notes and files."""
    return _render_action(request, access, access.get(Action, pk=number))


def _render_action(request: HttpRequest, access: Access, action: Action, **forms: Any) -> HttpResponse:
    projection = effects.last_computed(access)
    fields = set(spreadsheets.HEADERS.values())
    values = {
        "action": action,
        "may_change": actions.may_change(access, action),
        "effect": effects.effect_of_action(action, projection),
        "projection": projection,
        "cause": labels.cause,
        "levers": levers,
        "extra": {name: text for name, text in action.extra.items() if name not in fields},
        "catalogue": catalogue_rows.rows_by_code("actions").get(action.code),
        "indicators": {row["code"]: row["label_fr"] for row in catalogue_rows.table_rows("indicators")},
        "budget_form": BudgetForm(initial={"version": action.version, "year": timezone.localdate().year}),
        "both": None,
        "note_form": NoteForm(initial={"on": timezone.localdate()}),
        "step_form": StepForm(),
        "file_form": FileForm(),
    } | forms
    wrong = [form for form in forms.values() if getattr(form, "errors", None)]
    status = 409 if values["both"] else 422 if wrong else 200
    return render(request, "plan/action.html", values | {"wrong": wrong}, status=status)


def _action_url(action: Action) -> str:
    return reverse("plan:action", args=(action.organisation.slug, action.pk))


def _redirect_to_action(access: Access, action: Action) -> HttpResponse:
    return redirect("plan:action", access.organisation.slug, action.pk)


def _lever_initial(action: Action, place: int) -> dict[str, Any]:
    """The initial values of the form of a lever; for a new one, the next year alone."""
    known = levers.levers_with_before(action)
    initial = {"version": action.version, "first": timezone.localdate().year + 1}
    return initial | (levers.form_values(known[place - 1]) if place <= len(known) else {})


def _add_plan_problems(access: Access, action: Action, levers: list[dict[str, Any]], form: Any) -> None:
    """Add to the form what the engine would refuse of the action with these levers."""
    values = {"code": action.code, "title": action.title, "indicators": action.indicators, "levers": levers}
    candidate = Action(organisation=access.organisation, pk=action.pk, **values)
    strategy = access.of(Strategy).first() or Strategy(title="-", from_year=2000, to_year=2100)
    for problem in effects.check_action(strategy, candidate):
        form.add_error(None, f"{problem.what} {problem.remedy}")


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_action(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change an action."""
    action = actions.get_editable_action(access, number)
    form = ActionForm(access, request.POST or None, initial=shown_values(action, ActionForm), action=action)
    both = None
    if request.method == "POST" and form.is_valid():
        both = save_edit(access, action, form, _("a modifié l’action {code}").format(code=action.code))
        if both is None:
            messages.success(request, _("L’action est enregistrée."))
            return _redirect_to_action(access, action)
    values = form_page(_("Modifier : {title}").format(title=action.title), form, _action_url(action), SECTION) | {
        "both": both
    }
    return render(request, "common/form.html", values, status=form_status(form, both))


@access_required(read=Role.CONTRIBUTOR, write=None)
def list_levers(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The levers of an action, each with the situation before it and its source."""
    action = actions.get_editable_action(access, number)
    return render(request, "plan/levers.html", {"action": action, "levers": levers})


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_lever(request: HttpRequest, access: Access, number: int, place: int) -> HttpResponse:
    """Change the lever at a place (from 1) of an action, or add one at the place after the last."""
    action = actions.get_editable_action(access, number)
    known = levers.levers_with_before(action)
    if not 1 <= place <= len(known) + 1:
        raise Http404
    new = place > len(known)
    form = LeverForm(None if new else known[place - 1], request.POST or None, initial=_lever_initial(action, place))
    both = None
    if request.method == "POST" and form.is_valid():
        changed = [*known[: place - 1], form.lever, *known[place:]]
        _add_plan_problems(access, action, changed, form)
        if not form.errors:
            both = _save_levers(access, action, form, changed, now=lambda: _lever_initial(action, place))
            if both is None:
                return redirect("plan:levers", access.organisation.slug, number)
    values = {"form": form, "action": action, "both": both, "new": new, "back": _action_url(action)}
    return render(request, "plan/lever.html", values, status=form_status(form, both))


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def remove_lever(request: HttpRequest, access: Access, number: int, place: int) -> HttpResponse:
    """Remove a lever of an action."""
    action = actions.get_editable_action(access, number)
    known = levers.levers_with_before(action)
    form = EditForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and 1 <= place <= len(known):
        both = _save_levers(access, action, form, [*known[: place - 1], *known[place:]])
        if both:
            messages.error(request, _("L’action a changé pendant que vous lisiez : rien n’est retiré."))
    return redirect("plan:levers", access.organisation.slug, number)


def _save_levers(access: Access, action: Action, form: EditForm, levers: list[Any], **more: Any) -> Conflict | None:
    audit = _("a modifié l’effet de l’action {code}").format(code=action.code)
    return save_edit(access, action, form, audit, values={"levers": levers, "before": None}, **more)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def write_budget(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Add or change a line of the budget of an action."""
    action = actions.get_editable_action(access, number)
    form = BudgetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        line, audit = form.given, _("a modifié le budget de l’action {code}").format(code=action.code)
        both = save_edit(
            access, action, form, audit, values={}, also=lambda: actions.save_budget(access, action, line),
            now=lambda: actions.budget_values(action, line),
        )  # fmt: skip
        if both is None:
            return _redirect_to_action(access, action)
        return _render_action(request, access, action, budget_form=form, both=both)
    return (
        _render_action(request, access, action, budget_form=form)
        if form.errors
        else _redirect_to_action(access, action)
    )


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def add_note(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Add a dated note."""
    action = actions.get_editable_action(access, number)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        Note.objects.create(organisation=access.organisation, action=action, made_by=access.person, **form.cleaned_data)
        return _redirect_to_action(access, action)
    return (
        _render_action(request, access, action, note_form=form) if form.errors else _redirect_to_action(access, action)
    )


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def add_step(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Add a step, or mark one as done."""
    action = actions.get_editable_action(access, number)
    if done := request.POST.get("done"):
        todo = Step.objects.filter(action=action, pk=whole_number(done), done_on__isnull=True)
        if todo.update(done_on=timezone.localdate(), version=F("version") + 1, changed_by=access.person):
            actions.mark_changed(access, action)
        return _redirect_to_action(access, action)
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        Step.objects.create(organisation=access.organisation, action=action, changed_by=access.person, **form.given)
        actions.mark_changed(access, action)
        return _redirect_to_action(access, action)
    return (
        _render_action(request, access, action, step_form=form) if form.errors else _redirect_to_action(access, action)
    )


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_step(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change a step."""
    step = access.get(Step, pk=number)
    action = actions.get_editable_action(access, step.action_id)
    page = {"heading": _("Modifier l’étape"), "back": _action_url(action), "section": SECTION}
    response = edit_row(request, access, step, StepForm, **page)
    if response.status_code == 302:
        actions.mark_changed(access, action)
    return response


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def attach_file(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Attach a file to an action."""
    action = actions.get_editable_action(access, number)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        actions.attach_file(access, action, form.cleaned_data["file"])
        return _redirect_to_action(access, action)
    return (
        _render_action(request, access, action, file_form=form) if form.errors else _redirect_to_action(access, action)
    )


@access_required(write=None)
def download_attachment(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A file of an action, always as a download."""
    attachment = access.get(Attachment, pk=number)
    response = HttpResponse(attachment.path.read_bytes(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = "attachment; filename*=UTF-8''" + quote(attachment.name, safe="")
    return response


@access_required(read=Role.OFFICER)
def import_plan(request: HttpRequest, access: Access) -> HttpResponse:
    """Import a plan from a spreadsheet."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            plan_file = spreadsheets.import_plan(access, file.name, file.read())
            return redirect("plan:plan_file_read", access.organisation.slug, plan_file.pk)
        except CannotUse as error:
            for problem in error.problems:
                form.add_error("file", f"{problem.what} {problem.remedy}")
    values = {"form": form, "columns": catalogue_rows.table_rows("plan_columns")}
    return render(request, "plan/receive.html", values, status=form_status(form))


@access_required(write=None)
def show_import(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The report of an import."""
    return render(request, "plan/received.html", {"file": access.get(PlanFile, pk=number)})


@access_required(write=None)
def export_workbook(request: HttpRequest, access: Access) -> HttpResponse:
    """The plan as a spreadsheet."""
    return download(spreadsheets.write_workbook(access), "plan-d-action.xlsx", XLSX)
