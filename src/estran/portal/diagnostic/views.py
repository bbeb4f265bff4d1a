"""Pages of the diagnostic (passes, results, values filled in before, paper sheets) and of the charter."""

from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.common.shipped import text_rows
from estran.portal.common.views import render_form, whole_number
from estran.portal.diagnostic import assessment, questionnaires
from estran.portal.diagnostic.assessment import Comparison, Place
from estran.portal.diagnostic.forms import CharterForm, FilledForm, PassForm, PrioritiesForm, ProofForm, ReviewForm
from estran.portal.diagnostic.models import Charter, Diagnostic, Finding, Priority, TargetProof, TargetReview
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.reporting.blocks import Chart
from estran.reporting.charts.practice import practice
from estran.reporting.figures import Figures

PRIORITY = 5  # of the priority matrix: from it on, the chart says the priority in words


@access_required()
def diagnostics(request: HttpRequest, access: Access) -> HttpResponse:
    """Every pass; an officer starts a new one."""
    passes = list(access.of(Diagnostic))
    form = PassForm(request.POST or None, taken={diagnostic.year for diagnostic in passes})
    if form.is_valid():
        diagnostic = access.add(
            Diagnostic, questionnaire=questionnaires.current_version(access), year=form.cleaned_data["year"],
        )  # fmt: skip
        access.record(_("a ouvert le diagnostic {year}").format(year=diagnostic.year))
        return access.redirect("diagnostic:diagnostic", diagnostic.pk)
    workshops = text_rows("diagnostic_workshops")
    return render_form(request, form, "diagnostic/diagnostics.html", passes=passes, workshops=workshops)


@access_required()
def diagnostic(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One pass: priorities, map, facets, targets by axis, sessions; POST moves it to the version in force."""
    diagnostic = access.get(Diagnostic, pk=number)
    current = questionnaires.current_version(access)
    begun = diagnostic.questionnaire_id == current.pk or diagnostic.sessions.exists() or diagnostic.findings.exists()
    newer = None if begun else current
    if request.method == "POST":
        if newer:
            Diagnostic.objects.filter(pk=number).update(questionnaire=newer)
            access.record(_("a pris la {version} pour le {diagnostic}").format(version=newer, diagnostic=diagnostic))
        return access.redirect("diagnostic:diagnostic", number)
    results = assessment.assess_diagnostic(diagnostic)
    previous = access.of(Diagnostic).filter(year__lt=diagnostic.year).first()
    compared = assessment.compare_diagnostics(previous, diagnostic) if previous else []
    values = {
        "diagnostic": diagnostic, "results": results, "importances": assessment.importance_labels(),
        "previous": previous, "compared": compared, "drawn": _chart(diagnostic, previous, results.facets, compared),
        "sessions": diagnostic.sessions.order_by("workshop", "opened_at"),
        "workshops": text_rows("diagnostic_workshops"), "newer": newer,
    }  # fmt: skip
    return render(request, "diagnostic/diagnostic.html", values)


def _chart(
    diagnostic: Diagnostic, previous: Diagnostic | None, facets: list[Place], compared: list[Comparison]
) -> list[Chart]:
    """The known facets by importance; where they were before, if the same questions were asked."""
    before = {row.label: row for row in compared}
    rows = []
    for place in sorted(facets, key=lambda place: -(place.importance or 0)):
        if place.practice is not None and place.importance is not None and place.priority is not None:
            was = before.get(place.label)
            same = was is not None and was.after is not None and abs(was.after - place.practice) < 1e-9
            rows.append({
                "label": place.label, "group": assessment.importance_labels()[place.importance],
                "before": was.before if was and same else None, "now": place.practice,
                "priority": place.priority_label.lower() if place.priority >= PRIORITY else "",
            })  # fmt: skip
    if not rows:
        return []
    first, *_middle, last = (row["label_fr"].lower() for row in assessment.scale_values("performance"))
    years = (str(previous.year) if previous else "", str(diagnostic.year))
    drawing = practice(Figures(""), rows, years, (first, last))
    caption = _("Rond plein : {now}.").format(now=years[1])
    if any(row["before"] is not None for row in rows):
        caption = _("Rond creux : {before} ; rond plein : {now}.").format(before=years[0], now=years[1])
    return [Chart("map", _("La pratique, facette par facette"), drawing, caption=caption)]


@access_required(read=Role.OFFICER)
def fill(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The values filled in before a workshop, for the questions that phones do not ask."""
    diagnostic = access.get(Diagnostic, pk=number)
    workshop = request.GET.get("atelier", "1")
    questions = diagnostic.questionnaire.questions.filter(asked=False).select_related("facet")
    questions = [question for question in questions if str(question.facet.workshop) == workshop]
    findings = assessment.findings_by_code(diagnostic)
    forms = [
        FilledForm(request.POST or None, question=question, finding=findings.get(question.code), prefix=question.code)
        for question in questions
    ]
    if request.method == "POST" and all(form.is_valid() for form in forms):
        with transaction.atomic():
            for form in forms:
                values = {"evidence": form.cleaned_data["evidence"]}
                values |= {f"filled_{name}": form.cleaned_data[name] for name in ("importance", "practice")}
                Finding.objects.update_or_create(diagnostic=diagnostic, question=form.question, defaults=values)
        messages.success(request, _("Enregistré."))
        return redirect(f"{request.path}?atelier={workshop}")
    values = {
        "diagnostic": diagnostic, "forms": forms, "workshop": workshop,
        "workshops": text_rows("diagnostic_workshops"),
    }  # fmt: skip
    return render(request, "diagnostic/fill.html", values, status=422 if request.method == "POST" else 200)


@access_required(read=Role.OFFICER)
def rank(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The priorities of the room, eight at most."""
    diagnostic = access.get(Diagnostic, pk=number)
    initial = {f"rank_{priority.rank}": priority.target for priority in diagnostic.priorities.all()}
    form = PrioritiesForm(request.POST or None, initial=initial)
    if form.is_valid():
        with transaction.atomic():
            diagnostic.priorities.all().delete()
            for place, target in enumerate(form.targets, 1):
                Priority.objects.create(diagnostic=diagnostic, rank=place, target=target)
            Diagnostic.objects.filter(pk=number, ended_on=None).update(ended_on=timezone.localdate())
        messages.success(request, _("Les priorités de la salle sont enregistrées."))
        return access.redirect("diagnostic:diagnostic", number)
    results = assessment.assess_diagnostic(diagnostic)
    urgent = sorted((target for axis in results.axes for target in axis.targets), key=assessment.urgency_of_place)
    urgent = [place for place in urgent if place.priority is not None][:12]
    return render_form(request, form, "diagnostic/rank.html", diagnostic=diagnostic, urgent=urgent)


@access_required(write=None, read=Role.OFFICER)
def sheets(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A sheet of paper to print as many times as needed, for a room without phones."""
    diagnostic = access.get(Diagnostic, pk=number)
    workshop = request.GET.get("atelier", "1")
    asked = diagnostic.questionnaire.questions.filter(asked=True, facet__workshop=workshop if workshop in "123" else 1)
    values = {
        "diagnostic": diagnostic, "workshop": workshop, "workshops": text_rows("diagnostic_workshops"),
        "questions": asked.select_related("facet"), "importances": assessment.importance_labels(),
    }  # fmt: skip
    return render(request, "diagnostic/sheets.html", values)


# --- the charter: the signed document, the grid of its targets, one target with its yearly reviews


@access_required(write=None)
def charter(request: HttpRequest, access: Access) -> HttpResponse:
    """The signed charter, the review of a year, then the grid by axis."""
    axes, year = assessment.read_grid(access), whole_number(request.GET.get("annee", ""))
    values = {"charter": access.of(Charter).first(), "axes": axes, "review": assessment.review_of_year(axes, year)}
    return render(request, "diagnostic/charter.html", values)


@access_required(read=Role.OFFICER)
def sign(request: HttpRequest, access: Access) -> HttpResponse:
    """Record the signed charter, or correct it."""
    signed = access.of(Charter).first()
    charter = signed or Charter(organisation=access.organisation, title=_("Charte du numérique responsable de l’INR"))
    form = CharterForm(request.POST or None, request.FILES or None, instance=charter)
    if form.is_valid():
        charter.made_by = access.person
        charter.save()
        if document := form.cleaned_data["document"]:
            document.seek(0)
            charter.store_document(document.name, document.read())
        access.record(_("a enregistré la charte signée"))
        return access.redirect_with(request, _("La charte est enregistrée."), "diagnostic:charter")
    return render_form(request, form, "diagnostic/charter_sign.html", charter=signed)


@access_required(write=None)
def document(request: HttpRequest, access: Access) -> HttpResponse:
    """The signed document."""
    charter = access.of(Charter).first()
    if not charter or not charter.sha256:
        raise Http404
    return FileResponse(charter.document.open("rb"), as_attachment=True, filename=charter.file_name)


@access_required()
def target(request: HttpRequest, access: Access, target: str) -> HttpResponse:
    """One target: its meaning, its place in the diagnostic, its proof, its actions, its yearly reviews."""
    grid_target = assessment.find_target(access, target)
    if grid_target is None:
        raise Http404
    command = request.POST.get("do")
    proof = ProofForm(request.POST if command == "proof" else None, initial={"text": grid_target.proof})
    review = ReviewForm(request.POST if command == "review" else None, initial={"year": date.today().year})
    if proof.is_valid():
        if text := proof.cleaned_data["text"]:
            about = {"organisation": access.organisation, "target": target}
            TargetProof.objects.update_or_create(**about, defaults={"text": text})
        else:
            access.of(TargetProof).filter(target=target).delete()
        return access.redirect("diagnostic:target", target)
    if review.is_valid():
        values = dict(review.cleaned_data)
        TargetReview.objects.update_or_create(
            organisation=access.organisation, target=target, year=values.pop("year"),
            defaults=values | {"made_by": access.person, "made_at": timezone.now()},
        )  # fmt: skip
        return access.redirect_with(request, _("La revue est enregistrée."), "diagnostic:target", target)
    values = {"target": grid_target, "proof": proof, "review": review}
    return render(request, "diagnostic/charter_target.html", values, status=422 if request.method == "POST" else 200)
