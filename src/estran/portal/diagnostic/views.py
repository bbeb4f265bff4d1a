"""Pages of the diagnostic: the passes, one pass and what it says, what is filled in before, the sheets of paper."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.portal.common.catalogue_rows import rows
from estran.portal.diagnostic import assessment, questionnaires
from estran.portal.diagnostic.forms import FilledForm, PassForm, PrioritiesForm
from estran.portal.diagnostic.models import Diagnostic, Finding, Priority, Questionnaire
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role


@access_required()
def diagnostics(request: HttpRequest, access: Access) -> HttpResponse:
    """Every pass; an officer starts a new one."""
    passes = list(access.of(Diagnostic))
    form = PassForm(request.POST or None, taken={one.year for one in passes})
    if request.method == "POST" and form.is_valid():
        made = Diagnostic.objects.create(
            organisation=access.organisation, questionnaire=questionnaires.latest(access),
            year=form.cleaned_data["year"], made_by=access.person,
        )  # fmt: skip
        access.record(_("a ouvert le diagnostic {year}").format(year=made.year))
        return redirect("diagnostic:diagnostic", access.organisation.slug, made.pk)
    values = {"passes": passes, "form": form, "workshops": rows("diagnostic_workshops")}
    return render(request, "diagnostic/diagnostics.html", values, status=422 if form.errors else 200)


@access_required()
def diagnostic(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One pass: priorities, map, facets, targets by axis, its sessions; POST takes the version in force."""
    found = access.get(Diagnostic, pk=number)
    newer = _newer(access, found)
    if request.method == "POST":
        if newer:
            Diagnostic.objects.filter(pk=number).update(questionnaire=newer)
            access.record(_("a pris la {version} pour le {diagnostic}").format(version=newer, diagnostic=found))
        return redirect("diagnostic:diagnostic", access.organisation.slug, number)
    results = assessment.of(found)
    previous = access.of(Diagnostic).filter(year__lt=found.year).first()
    values = {
        "pass": found, "results": results, "marks": assessment.marks(results.facets),
        "cells": assessment.cells(), "importances": assessment.importance_labels(),
        "performances": assessment.scale("performance"), "previous": previous,
        "compared": assessment.compare(previous, found) if previous else [],
        "sessions": found.sessions.order_by("workshop", "opened_at"), "workshops": rows("diagnostic_workshops"),
        "newer": newer,
    }  # fmt: skip
    return render(request, "diagnostic/diagnostic.html", values)


def _newer(access: Access, found: Diagnostic) -> Questionnaire | None:
    """The version in force, when this pass has an older one and nothing yet hangs on it."""
    latest = questionnaires.latest(access)
    begun = found.questionnaire_id == latest.pk or found.sessions.exists() or found.findings.exists()
    return None if begun else latest


@access_required(read=Role.OFFICER)
def fill(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What is filled in before a workshop, twelve questions at a time."""
    found = access.get(Diagnostic, pk=number)
    workshop = request.GET.get("atelier", "1")
    questions = found.questionnaire.questions.filter(asked=False).select_related("facet")
    questions = [one for one in questions if str(one.facet.workshop) == workshop]
    known = assessment.found(found)
    forms = []
    for question in questions:
        finding = known.get(question.code)
        initial = (
            {"importance": finding.filled_importance, "practice": finding.filled_practice, "evidence": finding.evidence}
            if finding
            else {}
        )
        forms.append(FilledForm(request.POST or None, question=question, prefix=question.code, initial=initial))
    if request.method == "POST" and all(form.is_valid() for form in forms):
        _keep_filled(found, forms)
        messages.success(request, _("Enregistré."))
        return redirect(f"{request.path}?atelier={workshop}")
    wrong = request.method == "POST"
    values = {"pass": found, "forms": forms, "workshop": workshop, "workshops": rows("diagnostic_workshops")}
    return render(request, "diagnostic/fill.html", values, status=422 if wrong else 200)


@transaction.atomic
def _keep_filled(found: Diagnostic, forms: list[FilledForm]) -> None:
    for form in forms:
        given = form.cleaned_data
        kept = {
            "filled_importance": given["importance"],
            "filled_practice": given["practice"],
            "evidence": given["evidence"],
        }
        Finding.objects.update_or_create(diagnostic=found, question=form.question, defaults=kept)


@access_required(read=Role.OFFICER)
def rank(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The priorities of the room, eight at most."""
    found = access.get(Diagnostic, pk=number)
    initial = {f"rank_{chosen.rank}": chosen.target for chosen in found.priorities.all()}
    form = PrioritiesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            found.priorities.all().delete()
            for place, target in enumerate(form.targets, 1):
                Priority.objects.create(diagnostic=found, rank=place, target=target)
            Diagnostic.objects.filter(pk=number, ended_on=None).update(ended_on=timezone.localdate())
        messages.success(request, _("Les priorités de la salle sont enregistrées."))
        return redirect("diagnostic:diagnostic", access.organisation.slug, number)
    results = assessment.of(found)
    urgent = sorted((target for axis in results.axes for target in axis.targets), key=assessment.urgency)
    values = {"pass": found, "form": form, "urgent": [at for at in urgent if at.priority is not None][:12]}
    return render(request, "diagnostic/rank.html", values, status=422 if form.errors else 200)


@access_required(write=None, read=Role.OFFICER)
def sheets(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A sheet of paper to print as many times as needed, for a room without phones."""
    found = access.get(Diagnostic, pk=number)
    workshop = request.GET.get("atelier", "1")
    questions = found.questionnaire.questions.filter(asked=True, facet__workshop=workshop if workshop in "123" else 1)
    values = {
        "pass": found, "workshop": workshop, "workshops": rows("diagnostic_workshops"),
        "questions": questions.select_related("facet"), "importances": assessment.importance_labels(),
    }  # fmt: skip
    return render(request, "diagnostic/sheets.html", values)
