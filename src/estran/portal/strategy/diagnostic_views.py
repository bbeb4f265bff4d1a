"""Pages of the diagnostic: the passes, one pass and what it says, what is filled in before, the sheets of paper."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Role
from estran.portal.strategy import diagnostic_questions, diagnostic_results, workshop_sessions
from estran.portal.strategy.diagnostic_forms import FilledForm, PassForm, PrioritiesForm
from estran.portal.strategy.models.diagnostic import Diagnostic, Finding, Priority, Questionnaire
from estran.portal.strategy.plan_catalogue import rows


@access()
def diagnostics(request: HttpRequest, here: Access) -> HttpResponse:
    """Every pass; an officer starts a new one."""
    passes = list(here.of(Diagnostic))
    form = PassForm(request.POST or None, taken={one.year for one in passes})
    if request.method == "POST" and form.is_valid():
        made = Diagnostic.objects.create(
            organisation=here.organisation, questionnaire=diagnostic_questions.latest(here),
            year=form.cleaned_data["year"], made_by=here.person,
        )  # fmt: skip
        here.record(_("a ouvert le diagnostic {year}").format(year=made.year))
        return redirect("diagnostic:diagnostic", here.organisation.slug, made.pk)
    values = {"passes": passes, "form": form, "workshops": rows("diagnostic_workshops")}
    return render(request, "strategy/diagnostics.html", values, status=422 if form.errors else 200)


@access()
def diagnostic(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """One pass: priorities, map, facets, targets by axis, its sessions; an officer opens a session of a workshop."""
    found = here.get(Diagnostic, pk=number)
    newer = _newer(here, found)
    if request.method == "POST" and request.POST.get("do") == "version":
        if newer:
            Diagnostic.objects.filter(pk=number).update(questionnaire=newer)
            here.record(_("a pris la {version} pour le {diagnostic}").format(version=newer, diagnostic=found))
        return redirect("diagnostic:diagnostic", here.organisation.slug, number)
    if request.method == "POST":
        workshop = request.POST.get("workshop", "")
        if workshop not in {row["workshop"] for row in rows("diagnostic_workshops")}:
            messages.error(request, _("Choisissez l’un des trois ateliers."))
            return redirect("diagnostic:diagnostic", here.organisation.slug, number)
        session = workshop_sessions.start(here, diagnostic=found, workshop=int(workshop))
        here.record(_("a ouvert l’atelier {code}").format(code=session.code))
        return redirect("diagnostic:session", here.organisation.slug, session.pk)
    results = diagnostic_results.of(found)
    previous = here.of(Diagnostic).filter(year__lt=found.year).first()
    values = {
        "pass": found, "results": results, "marks": diagnostic_results.marks(results.facets),
        "cells": diagnostic_results.cells(), "importances": diagnostic_results.importance_labels(),
        "performances": diagnostic_results.scale("performance"), "previous": previous,
        "compared": diagnostic_results.compare(previous, found) if previous else [],
        "sessions": found.sessions.order_by("workshop", "opened_at"), "workshops": rows("diagnostic_workshops"),
        "newer": newer,
    }  # fmt: skip
    return render(request, "strategy/diagnostic.html", values)


def _newer(here: Access, found: Diagnostic) -> Questionnaire | None:
    """The version in force, when this pass has an older one and nothing yet hangs on it."""
    latest = diagnostic_questions.latest(here)
    begun = found.questionnaire_id == latest.pk or found.sessions.exists() or found.findings.exists()
    return None if begun else latest


@access(read=Role.OFFICER)
def fill(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """What is filled in before a workshop, twelve questions at a time."""
    found = here.get(Diagnostic, pk=number)
    workshop = request.GET.get("atelier", "1")
    questions = found.questionnaire.questions.filter(asked=False).select_related("facet")
    questions = [one for one in questions if str(one.facet.workshop) == workshop]
    known = diagnostic_results.found(found)
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
    return render(request, "strategy/diagnostic_fill.html", values, status=422 if wrong else 200)


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


@access(read=Role.OFFICER)
def rank(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """The priorities of the room, eight at most."""
    found = here.get(Diagnostic, pk=number)
    initial = {f"rank_{chosen.rank}": chosen.target for chosen in found.priorities.all()}
    form = PrioritiesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            found.priorities.all().delete()
            for place, target in enumerate(form.targets, 1):
                Priority.objects.create(diagnostic=found, rank=place, target=target)
            Diagnostic.objects.filter(pk=number, ended_on=None).update(ended_on=timezone.localdate())
        messages.success(request, _("Les priorités de la salle sont enregistrées."))
        return redirect("diagnostic:diagnostic", here.organisation.slug, number)
    results = diagnostic_results.of(found)
    urgent = sorted((target for axis in results.axes for target in axis.targets), key=diagnostic_results.urgency)
    values = {"pass": found, "form": form, "urgent": [at for at in urgent if at.priority is not None][:12]}
    return render(request, "strategy/diagnostic_rank.html", values, status=422 if form.errors else 200)


@access(write=None, read=Role.OFFICER)
def sheets(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """A sheet of paper to print as many times as needed, for a room without phones."""
    found = here.get(Diagnostic, pk=number)
    workshop = request.GET.get("atelier", "1")
    questions = found.questionnaire.questions.filter(asked=True, facet__workshop=workshop if workshop in "123" else 1)
    values = {
        "pass": found, "workshop": workshop, "workshops": rows("diagnostic_workshops"),
        "questions": questions.select_related("facet"), "importances": diagnostic_results.importance_labels(),
    }  # fmt: skip
    return render(request, "strategy/diagnostic_sheets.html", values)
