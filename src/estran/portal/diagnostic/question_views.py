"""Pages of the questions: a version as it stands, and the draft of the next one, edited here or in a spreadsheet."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.portal.common.catalogue_rows import rows
from estran.portal.common.forms import FileForm
from estran.portal.common.views import download
from estran.portal.diagnostic import question_table, questionnaires
from estran.portal.diagnostic.forms import FacetForm, QuestionForm
from estran.portal.diagnostic.models import ASKED, Facet, Question, Questionnaire
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"csv": ("text/csv; charset=utf-8", question_table.as_csv), "xlsx": (XLSX, question_table.as_xlsx)}


@access_required(write=None)
def questions(request: HttpRequest, access: Access) -> HttpResponse:
    """The questions of a version by workshop and facet, that in force or the one asked for."""
    version = _version(request, access)
    values = {
        "version": version, "versions": questionnaires.versions(access), "draft": questionnaires.draft(access),
        "facets": version.facets.prefetch_related("questions"), "workshops": rows("diagnostic_workshops"),
    }  # fmt: skip
    return render(request, "diagnostic/questions.html", values)


def _version(request: HttpRequest, access: Access) -> Questionnaire:
    number = request.GET.get("version", "")
    latest = questionnaires.latest(access)
    if not number:
        return latest
    found: Questionnaire = access.get(Questionnaire, number=number if number.isdecimal() and len(number) < 5 else 0)
    if found.adopted_at is None and not access.manages:
        raise Http404
    return found


@access_required(write=None)
def table(request: HttpRequest, access: Access, form: str) -> HttpResponse:
    """The questions of a version as a table to keep or to edit."""
    version = _version(request, access)
    kind, written = FORMATS[form]
    return download(written(version), f"questions-v{version.number}.{form}", kind)


@access_required(read=Role.OFFICER)
def draft(request: HttpRequest, access: Access) -> HttpResponse:
    """The draft: what is at fault, what it changes, its questions and facets; a table in; what makes it a version."""
    do = request.POST.get("do")
    file_form = FileForm(request.POST if do == "table" else None, request.FILES if do == "table" else None)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        if do == "table" and file_form.is_valid():
            file = file_form.cleaned_data["file"]
            try:
                _received(request, question_table.receive(access, file.name, file.read()))
                return redirect("diagnostic:draft", access.organisation.slug)
            except CannotUse as error:
                problems = error.problems
        elif do != "table" and (place := _do(request, access, do)):
            return redirect(place, access.organisation.slug)
    found = questionnaires.draft(access)
    values: dict[str, Any] = {"draft": found, "file_form": file_form, "problems": problems}
    if found:
        values |= {
            "faults": questionnaires.faults(found), "counts": questionnaires.asked(found), "most": ASKED,
            "changes": questionnaires.changes(questionnaires.latest(access), found),
            "facets": found.facets.prefetch_related("questions"), "workshops": rows("diagnostic_workshops"),
            "facet_forms": _facet_forms(request, found, do == "facets"),
        }  # fmt: skip
    wrong = request.method == "POST"
    return render(request, "diagnostic/draft.html", values, status=422 if wrong else 200)


def _received(request: HttpRequest, unread: list[str]) -> None:
    messages.success(request, _("Le tableau est lu : il tient maintenant lieu de brouillon."))
    if unread:
        messages.info(request, _("Colonnes laissées de côté : {headers}.").format(headers=", ".join(unread)))


def _facet_forms(request: HttpRequest, found: Questionnaire, sent: bool) -> list[FacetForm]:
    facets = found.facets.order_by("workshop", "code")
    return [FacetForm(request.POST if sent else None, facet=facet) for facet in [*facets, None]]


def _do(request: HttpRequest, access: Access, do: str | None) -> str:
    """Carry out a gesture on the draft; the page to go to, empty when it could not be done."""
    if do == "open":
        questionnaires.open_draft(access)
        return "diagnostic:draft"
    found = questionnaires.draft(access)
    if found is None:
        return "diagnostic:draft"
    if do == "adopt" and (made := questionnaires.adopt(access)):
        access.record(_("a adopté les questions du diagnostic, {version}").format(version=made))
        messages.success(request, _("C’est la {version} : le prochain diagnostic la pose.").format(version=made))
        return "diagnostic:questions"
    if do == "drop" and "sure" in request.POST:
        access.record(_("a abandonné un brouillon de questions"))
        found.delete()
        messages.success(request, _("Le brouillon est abandonné."))
        return "diagnostic:questions"
    if do == "facets":
        forms = _facet_forms(request, found, True)
        if all(form.is_valid() for form in forms):
            _keep_facets(found, forms)
            messages.success(request, _("Facettes enregistrées."))
            return "diagnostic:draft"
    return ""


def _keep_facets(found: Questionnaire, forms: list[FacetForm]) -> None:
    taken = set(found.facets.values_list("code", flat=True))
    for form in forms:
        label, workshop = form.cleaned_data["label"], form.cleaned_data["workshop"]
        if form.facet and not label:
            form.facet.delete()
        elif label:
            code = next(code for code in (f"F{n:02d}" for n in range(1, len(taken) + 2)) if code not in taken)
            facet = form.facet or Facet(questionnaire=found, code=code)
            facet.label, facet.workshop = label, workshop
            facet.save()


@access_required(read=Role.OFFICER)
def new_question(request: HttpRequest, access: Access) -> HttpResponse:
    """Add a question to the draft."""
    within = questionnaires.draft(access) or questionnaires.latest(access)
    form = QuestionForm(request.POST or None, version=within, initial={"minutes": 1})
    if request.method == "POST" and form.is_valid():
        made = questionnaires.write(access, questionnaires.free_code(access), **form.changed())
        messages.success(request, _("Question {code} ajoutée au brouillon.").format(code=made.code))
        return redirect("diagnostic:draft", access.organisation.slug)
    values = {"form": form, "question": None, "draft": questionnaires.draft(access)}
    return render(request, "diagnostic/question.html", values, status=422 if form.errors else 200)


@access_required(read=Role.OFFICER)
def question(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Change a question or take it out: in the draft, which this opens."""
    found: Question = access.get(Question, pk=number)
    within = questionnaires.draft(access) or questionnaires.latest(access)
    if found.questionnaire_id != within.pk:
        newer = within.questions.filter(code=found.code).first()
        if newer is None:
            raise Http404
        return redirect("diagnostic:question", access.organisation.slug, newer.pk)
    remove = request.POST.get("do") == "remove"
    form = QuestionForm(
        None if remove else request.POST or None, version=within, initial=QuestionForm.values(found)
    )  # fmt: skip
    if remove:
        questionnaires.remove(access, found.code)
        messages.success(request, _("Question {code} retirée du brouillon.").format(code=found.code))
        return redirect("diagnostic:draft", access.organisation.slug)
    if request.method == "POST" and form.is_valid():
        questionnaires.write(access, found.code, **form.changed())
        messages.success(request, _("Question {code} enregistrée dans le brouillon.").format(code=found.code))
        return redirect("diagnostic:draft", access.organisation.slug)
    values = {"question": found, "form": form, "draft": questionnaires.draft(access)}
    return render(request, "diagnostic/question.html", values, status=422 if form.errors else 200)
