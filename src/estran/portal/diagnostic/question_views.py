"""Pages of the questions: a version, and the draft of the next one, edited in the page or in a spreadsheet."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import text_rows
from estran.portal.common.forms import FileForm
from estran.portal.common.spreadsheets import write_csv
from estran.portal.common.views import CSV, XLSX, download, render_form, whole_number
from estran.portal.diagnostic import question_table, questionnaires
from estran.portal.diagnostic.forms import FacetForm, QuestionForm
from estran.portal.diagnostic.models import ASKED, Facet, Question, Questionnaire
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role


@access_required(write=None)
def questions(request: HttpRequest, access: Access) -> HttpResponse:
    """The questions of a version by workshop and facet: the one in force, or another by its number."""
    version = _requested_version(request, access)
    values = {
        "version": version, "versions": questionnaires.adopted_versions(access),
        "draft": questionnaires.find_draft(access),
        "facets": version.facets.prefetch_related("questions"), "workshops": text_rows("diagnostic_workshops"),
    }  # fmt: skip
    return render(request, "diagnostic/questions.html", values)


def _requested_version(request: HttpRequest, access: Access) -> Questionnaire:
    number = request.GET.get("version", "")
    current = questionnaires.current_version(access)
    if not number:
        return current
    version: Questionnaire = access.get(Questionnaire, number=whole_number(number))
    if version.adopted_at is None and not access.manages:
        raise Http404
    return version


@access_required(write=None)
def table(request: HttpRequest, access: Access, form: str) -> HttpResponse:
    """The questions of a version as a table to keep or to edit."""
    version = _requested_version(request, access)
    name = f"questions-v{version.number}.{form}"
    if form == "csv":
        return download(write_csv(question_table.table_of_questions(version)), name, CSV)
    return download(question_table.write_workbook(version), name, XLSX)


@access_required(read=Role.OFFICER)
def draft(request: HttpRequest, access: Access) -> HttpResponse:
    """The draft: its problems, what it changes, its questions and facets; import a table, adopt it, drop it."""
    command = request.POST.get("do")
    file_form = FileForm(request.POST if command == "table" else None, request.FILES if command == "table" else None)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        if command == "table" and file_form.is_valid():
            file = file_form.cleaned_data["file"]
            try:
                unread = question_table.import_table(access, file.name, file.read())
                messages.success(request, _("Le tableau est lu : il tient maintenant lieu de brouillon."))
                if unread:
                    text = _("Colonnes laissées de côté : {headers}.")
                    messages.info(request, text.format(headers=", ".join(unread)))
                return access.redirect("diagnostic:draft")
            except CannotUse as error:
                problems = error.problems
        elif command != "table" and (place := _apply_command(request, access, command)):
            return redirect(place, access.organisation.slug)
    version = questionnaires.find_draft(access)
    values: dict[str, Any] = {"draft": version, "file_form": file_form, "problems": problems}
    if version:
        values |= {
            "problems_left": questionnaires.check_version(version), "most": ASKED,
            "counts": questionnaires.count_asked_questions(version),
            "changes": questionnaires.compare_versions(questionnaires.current_version(access), version),
            "facets": version.facets.prefetch_related("questions"), "workshops": text_rows("diagnostic_workshops"),
            "facet_forms": _bind_facet_forms(request, version, command == "facets"),
        }  # fmt: skip
    return render(request, "diagnostic/draft.html", values, status=422 if request.method == "POST" else 200)


def _bind_facet_forms(request: HttpRequest, draft: Questionnaire, bound: bool) -> list[FacetForm]:
    facets = draft.facets.order_by("workshop", "code")
    return [FacetForm(request.POST if bound else None, facet=facet) for facet in [*facets, None]]


def _apply_command(request: HttpRequest, access: Access, command: str | None) -> str:
    """Apply a command to the draft; the page to go to, empty when it is refused."""
    if command == "open":
        questionnaires.open_draft(access)
        return "diagnostic:draft"
    draft = questionnaires.find_draft(access)
    if draft is None:
        return "diagnostic:draft"
    if command == "adopt" and (adopted := questionnaires.adopt_draft(access)):
        access.record(_("a adopté les questions du diagnostic, {version}").format(version=adopted))
        messages.success(request, _("C’est la {version} : le prochain diagnostic la pose.").format(version=adopted))
        return "diagnostic:questions"
    if command == "drop" and "sure" in request.POST:
        access.record(_("a abandonné un brouillon de questions"))
        draft.delete()
        messages.success(request, _("Le brouillon est abandonné."))
        return "diagnostic:questions"
    if command == "facets":
        forms = _bind_facet_forms(request, draft, True)
        if all(form.is_valid() for form in forms):
            _save_facets(draft, forms)
            messages.success(request, _("Facettes enregistrées."))
            return "diagnostic:draft"
    return ""


def _save_facets(draft: Questionnaire, forms: list[FacetForm]) -> None:
    taken = set(draft.facets.values_list("code", flat=True))
    for form in forms:
        if form.cleaned_data["label"]:
            code = next(code for code in (f"F{n:02d}" for n in range(1, len(taken) + 2)) if code not in taken)
            facet = form.facet or Facet(questionnaire=draft, code=code)
            facet.label, facet.workshop = form.cleaned_data["label"], form.cleaned_data["workshop"]
            facet.save()
        elif form.facet:
            form.facet.delete()


@access_required(read=Role.OFFICER)
def question(request: HttpRequest, access: Access, number: int | None = None) -> HttpResponse:
    """Add a question to the draft, change or remove one: a draft is opened if there is none."""
    question: Question | None = access.get(Question, pk=number) if number is not None else None
    draft = questionnaires.find_draft(access)
    version = draft or questionnaires.current_version(access)
    if question and question.questionnaire_id != version.pk:
        same = get_object_or_404(version.questions, code=question.code)
        return access.redirect("diagnostic:question", same.pk)
    remove = question is not None and request.POST.get("do") == "remove"
    initial = QuestionForm.initial_values(question) if question else {"minutes": 1}
    form = QuestionForm(None if remove else request.POST or None, version=version, initial=initial)
    if not (remove or form.is_valid()):
        return render_form(request, form, "diagnostic/question.html", question=question, draft=draft)
    code = question.code if question else questionnaires.next_free_code(access)
    if remove:
        text = _("Question {code} retirée du brouillon.")
        questionnaires.remove_question(access, code)
    else:
        saved = _("Question {code} enregistrée dans le brouillon.")
        text = saved if question else _("Question {code} ajoutée au brouillon.")
        questionnaires.write_question(access, code, **form.question_values())
    return access.redirect_with(request, text.format(code=code), "diagnostic:draft")
