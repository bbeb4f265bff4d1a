"""Pages of actions: table, timeline, « mes actions », one action with its parts, import and export of spreadsheets."""

import re
import shutil
from functools import partial
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from estran.catalogue import labels
from estran.common.files import write_whole
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse
from estran.common.shipped import row_labels, rows_by_code, text_rows
from estran.importing.column_maps import PLAN
from estran.importing.formats import UNKNOWN_HEADERS
from estran.portal.collection import column_maps
from estran.portal.common import catalogue_rows, storage
from estran.portal.common.edit_conflicts import EditForm, shown_values
from estran.portal.common.forms import FileForm
from estran.portal.common.views import XLSX, download, edit_row, render_form, whole_number
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.plan import actions, effects, levers, spreadsheets
from estran.portal.plan.forms import ActionForm, BudgetForm, NoteForm, StepForm
from estran.portal.plan.levers import LeverForm
from estran.portal.plan.models import Action, Attachment, Note, Objective, PlanFile, Step, Strategy
from estran.portal.results.observed_lives import read_lives

SECTION = "plan:actions"


@access_required(write=None)
def list_actions(request: HttpRequest, access: Access) -> HttpResponse:
    """The actions, thirty a page, filtered by the query of the URL."""
    page = Paginator(actions.filter_actions(access, request.GET), actions.PER_PAGE).get_page(request.GET.get("page"))
    filters = request.GET.copy()
    filters.pop("page", None)
    values = {
        "page": page, "filters": request.GET, "query": filters.urlencode(), "catalogue": catalogue_rows,
        "objectives": access.of(Objective),
        "entities": access.organisation.entities.filter(actions__isnull=False).distinct(),
    }  # fmt: skip
    return render(request, "plan/actions.html", values)


@access_required(write=None)
def show_timeline(request: HttpRequest, access: Access) -> HttpResponse:
    """The actions over the years."""
    time = actions.lay_out_timeline(list(access.of(Action)[:60]), access.of(Strategy).first())
    return render(request, "plan/timeline.html", {"time": time})


@access_required(write=None)
def list_own_actions(request: HttpRequest, access: Access) -> HttpResponse:
    """The open actions that the person leads or whose directorate he writes for."""
    return render(request, "plan/mine.html", {"actions": actions.own_actions(access).prefetch_related("steps")})


@access_required(read=Role.OFFICER)
def new_action(request: HttpRequest, access: Access) -> HttpResponse:
    """Add an action."""
    form = ActionForm(access, request.POST or None, initial={"status": "to_come"})
    if form.is_valid():
        action = access.add(Action, position=access.of(Action).count(), changed_by=access.person, **form.given)
        access.record(_("a ajouté l’action {code}").format(code=action.code))
        return access.redirect("plan:action", action.pk)
    return render_form(request, form, heading=_("Nouvelle action"), back=access.url(SECTION), section=SECTION)


@access_required(read=Role.OFFICER)
def add_from_catalogue(request: HttpRequest, access: Access) -> HttpResponse:
    """Pick actions of the catalogue; those that the deliberation says are already carried out come first."""
    if request.method == "POST":
        count = actions.add_from_catalogue(access, set(request.POST.getlist("code")))
        messages.success(request, ngettext("{n} action ajoutée.", "{n} actions ajoutées.", count).format(n=count))
        return access.redirect(SECTION)
    rows = sorted(text_rows("actions"), key=lambda row: row["kind"] != "existing")
    codes = set(access.of(Action).values_list("code", flat=True))
    return render(request, "plan/catalogue.html", {"rows": rows, "codes": codes})


@access_required(write=None)
def show_action(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One action: its fields, effect, steps, budget, notes and files."""
    return _render_action(request, access, access.get(Action, pk=number))


def _render_action(request: HttpRequest, access: Access, action: Action, **forms: Any) -> HttpResponse:
    projection, today = effects.last_computed(access), timezone.localdate()
    fields = set(spreadsheets.HEADERS.values())
    wrong = [form for form in forms.values() if form.errors]
    both = next((form.conflict for form in forms.values() if getattr(form, "conflict", None)), None)
    values = {
        "action": action, "may_change": actions.may_change(access, action), "wrong": wrong, "both": both,
        "effect": effects.effect_of_action(action, projection), "projection": projection, "cause": labels.cause,
        "won_before": effects.won_before(action, access.of(Strategy).first()),
        "levers": levers, "extra": {name: text for name, text in action.extra.items() if name not in fields},
        "catalogue": rows_by_code("actions").get(action.code),
        "indicators": row_labels("indicators"),
        "budget_form": BudgetForm(initial={"version": action.version, "year": today.year}),
        "note_form": NoteForm(initial={"on": today}), "step_form": StepForm(), "file_form": FileForm(),
    }  # fmt: skip
    status = 409 if both else 422 if wrong else 200
    return render(request, "plan/action.html", values | forms, status=status)


def _end_part(request: HttpRequest, access: Access, action: Action, **forms: Any) -> HttpResponse:
    """After the form of a part of an action: the action, with what is to correct or who wrote first."""
    if any(form.errors or getattr(form, "conflict", None) for form in forms.values()):
        return _render_action(request, access, action, **forms)
    return access.redirect("plan:action", action.pk)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_action(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change an action."""
    action = actions.get_editable_action(access, number)
    form = ActionForm(access, request.POST or None, initial=shown_values(action, ActionForm), action=action)
    audit = _("a modifié l’action {code}").format(code=action.code)
    if form.is_valid() and form.save_on(action, access, audit):
        return access.redirect_with(request, _("L’action est enregistrée."), "plan:action", number)
    heading = _("Modifier : {title}").format(title=action.title)
    return render_form(request, form, heading=heading, back=access.url("plan:action", number), section=SECTION)


@access_required(read=Role.CONTRIBUTOR, write=None)
def list_levers(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The levers of an action, each with the situation before it and its source."""
    action = actions.get_editable_action(access, number)
    return render(request, "plan/levers.html", {"action": action, "levers": levers})


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_lever(request: HttpRequest, access: Access, number: int, place: int) -> HttpResponse:
    """Change the lever at a place (from 1) of an action, or add one at the place after the last."""
    action = actions.get_editable_action(access, number)
    present = levers.levers_with_before(action)
    if not 1 <= place <= len(present) + 1:
        raise Http404
    kept = read_lives(access.organisation) or {"lives": {}}
    observed = kept["lives"].get(request.GET.get("constatee", ""))
    new, initial = place > len(present), partial(_lever_initial, action, place, observed)
    form = LeverForm(None if new else present[place - 1], request.POST or None, initial=initial())
    if form.is_valid():
        changed = [*present[: place - 1], form.lever, *present[place:]]
        _add_plan_problems(access, action, changed, form)
        if not form.errors and _save_levers(access, action, form, changed, now=initial):
            return access.redirect("plan:levers", number)
    return render_form(request, form, "plan/lever.html", action=action, new=new, lives=kept["lives"])


def _lever_initial(action: Action, place: int, observed: dict[str, Any] | None) -> dict[str, Any]:
    """The initial values of the form of a lever; for a new one, the next year alone. An observed life is its before."""
    present = levers.levers_with_before(action)
    initial = {"version": action.version, "first": timezone.localdate().year + 1}
    initial |= levers.form_values(present[place - 1]) if place <= len(present) else {}
    before = (
        {"parameter": "lifetime_years", "before": observed["value"], "source": observed["source"]} if observed else {}
    )
    return initial | before


def _add_plan_problems(access: Access, action: Action, levers: list[dict[str, Any]], form: Any) -> None:
    """Add to the form what the engine would refuse of the action with these levers."""
    values = {"code": action.code, "title": action.title, "indicators": action.indicators, "levers": levers}
    strategy = access.of(Strategy).first() or Strategy(title="-", from_year=2000, to_year=2100)
    for problem in effects.check_action(strategy, Action(pk=action.pk, **values)):
        form.add_error(None, f"{problem.what} {problem.remedy}")


def _save_levers(access: Access, action: Action, form: EditForm, levers: list[Any], **more: Any) -> bool:
    audit = _("a modifié l’effet de l’action {code}").format(code=action.code)
    return form.save_on(action, access, audit, values={"levers": levers, "before": None}, **more)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def remove_lever(request: HttpRequest, access: Access, number: int, place: int) -> HttpResponse:
    """Remove a lever of an action."""
    action = actions.get_editable_action(access, number)
    present = levers.levers_with_before(action)
    form = EditForm(request.POST or None)
    others = [*present[: place - 1], *present[place:]]
    if form.is_valid() and 1 <= place <= len(present) and not _save_levers(access, action, form, others):
        messages.error(request, _("L’action a changé pendant que vous lisiez : rien n’est retiré."))
    return access.redirect("plan:levers", number)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def write_budget(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Add or change a line of the budget of an action."""
    action = actions.get_editable_action(access, number)
    form = BudgetForm(request.POST or None)
    if form.is_valid():
        line, audit = form.given, _("a modifié le budget de l’action {code}").format(code=action.code)
        form.save_on(
            action, access, audit, values={}, also=partial(actions.save_budget, action, **line),
            now=partial(actions.budget_values, action, **line),
        )  # fmt: skip
    return _end_part(request, access, action, budget_form=form)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def add_note(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Add a dated note."""
    action = actions.get_editable_action(access, number)
    form = NoteForm(request.POST or None)
    if form.is_valid():
        access.add(Note, action=action, **form.cleaned_data)
    return _end_part(request, access, action, note_form=form)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def add_step(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Add a step, or mark one as done."""
    action = actions.get_editable_action(access, number)
    if done := request.POST.get("done"):
        todo = Step.objects.filter(action=action, pk=whole_number(done), done_on__isnull=True)
        if todo.update(done_on=timezone.localdate(), version=F("version") + 1, changed_by=access.person):
            actions.mark_changed(access, action)
        return access.redirect("plan:action", number)
    form = StepForm(request.POST or None)
    if form.is_valid():
        access.add(Step, action=action, changed_by=access.person, **form.given)
        actions.mark_changed(access, action)
    return _end_part(request, access, action, step_form=form)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_step(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change a step."""
    step = access.get(Step, pk=number)
    action = actions.get_editable_action(access, step.action_id)
    page = {"heading": _("Modifier l’étape"), "back": access.url("plan:action", action.pk), "section": SECTION}
    response = edit_row(request, access, step, StepForm, **page)
    if response.status_code == 302:
        actions.mark_changed(access, action)
    return response


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def attach_file(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Attach a file to an action."""
    action = actions.get_editable_action(access, number)
    form = FileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        actions.attach_file(access, action, form.cleaned_data["file"])
    return _end_part(request, access, action, file_form=form)


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
    if form.is_valid():
        file = form.cleaned_data["file"]
        name, content = storage.clean_file_name(file.name), file.read()
        try:
            return access.redirect("plan:plan_file_read", spreadsheets.import_plan(access, file.name, content).pk)
        except CannotUse as error:
            if any(problem.code == UNKNOWN_HEADERS for problem in error.problems):
                digest, _folder = storage.keep_folder(
                    lambda new: write_whole(new / name, content), "uploads", access.organisation.pk
                )
                return access.redirect("plan:columns", digest)
            for problem in error.problems:
                form.add_error("file", f"{problem.what} {problem.remedy}")
    return render_form(request, form, "plan/receive.html", columns=text_rows("plan_columns"))


@access_required(read=Role.OFFICER)
def name_columns(request: HttpRequest, access: Access, digest: str) -> HttpResponse:
    """What the headers of a plan are that nothing knows; posted, it is imported so, and those like it after it."""
    place = storage.folder("uploads", access.organisation.pk, digest)
    path = next(iter(storage.files_of(place)), None) if re.fullmatch("[0-9a-f]{64}", digest) else None
    if path is None:
        raise Http404
    form = column_maps.ask_columns(request, path, PLAN, column_maps.maps_for(access.organisation, table=PLAN))
    if request.method == "POST" and not form.errors:
        column_maps.keep_map(access, form.map, None)
        imported = spreadsheets.import_plan(access, path.name, path.read_bytes())
        shutil.rmtree(place)
        return access.redirect("plan:plan_file_read", imported.pk)
    return column_maps.show_columns(request, "plan/columns.html", form, file=path.name)


@access_required(write=None)
def show_import(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The report of an import."""
    return render(request, "plan/received.html", {"file": access.get(PlanFile, pk=number)})


@access_required(write=None)
def export_workbook(request: HttpRequest, access: Access) -> HttpResponse:
    """The plan as a spreadsheet."""
    return download(spreadsheets.write_workbook(access), "plan-d-action.xlsx", XLSX)
