"""Pages of requests: the portfolio, the screens from the need to the decision, the review, the roadmap."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.common import catalogue_rows
from estran.portal.common.edit_conflicts import Conflict, save_edit, shown_values
from estran.portal.common.views import download, edit_row, form_page, form_status
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.requests import drawing, footprint, scoring
from estran.portal.requests.forms import (
    KINDS,
    DecisionForm,
    GradeForm,
    NeedForm,
    ReviewForm,
    SizingForm,
    ThresholdsForm,
)
from estran.portal.requests.models import Grade, Option, Request, Thresholds
from estran.portal.results import explained

SAVING = ("saving_what", "saving_kg", "saving_source")
SECTION = "requests:requests"
SHOWN = 60


@access_required(write=None)
def portfolio(request: HttpRequest, access: Access) -> HttpResponse:
    """The requests as a table, and as value × footprint."""
    found = list(access.of(Request).select_related("entity").prefetch_related("grades", "options")[:SHOWN])
    rows = [_row(one) for one in found]
    both = [row for row in rows if row["score"].value is not None and row["option"] and row["option"].mean is not None]
    for number, row in enumerate(both, 1):
        row["point"] = drawing.Point(row["request"], number, row["score"].value, row["option"].mean)
    values = {"rows": rows, "bubbles": drawing.bubbles(row["point"] for row in both)}
    values |= {"top": max((row["option"].mean for row in both), default=0.0), "geometry": drawing}
    return render(request, "requests/requests.html", values)


def _row(request: Request) -> dict[str, Any]:
    """A request with its score, its footprint and its place in the drawing, None where unknown."""
    option = next((one for one in request.options.all() if one.kind == "project"), None)
    score = scoring.score(scoring.levels_of(request))
    return {"request": request, "score": score, "option": option, "point": None}


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def new(request: HttpRequest, access: Access) -> HttpResponse:
    """Screen 1: the need. Whether the request is small follows from its cost and its items."""
    form = NeedForm(access, request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = Request(organisation=access.organisation, made_by=access.person, **form.cleaned_data)
        made.small = scoring.small(made.cost, made.items, _bounds(access))
        made.save()
        access.record(_("a déposé la demande n° {n}").format(n=made.pk))
        return redirect("requests:questions" if made.small else "requests:value", access.organisation.slug, made.pk)
    return render(request, "requests/need.html", {"form": form, "bounds": _bounds(access)}, status=form_status(form))


def _bounds(access: Access) -> tuple[float, float]:
    own = access.of(Thresholds).first()
    if own:
        return own.cost, own.items
    return catalogue_rows.appraisal_rule("small_cost"), catalogue_rows.appraisal_rule("small_items")


def _to_change(access: Access, number: int) -> Request:
    """A request that the person may fill in: an officer, or a contributor of its directorate; else 404 or 403."""
    found = access.get(Request, pk=number)
    if not access.manages and not access.entities().filter(pk=found.entity_id).exists():
        raise PermissionDenied
    return found


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def questions(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 2 of a small request: four questions, and the decision for who may take it."""
    found = _to_change(access, number)
    form = _graded(request, found, [row for row in catalogue_rows.table_rows("appraisal") if row["small"] == "yes"])
    decision = DecisionForm(request.POST or None, initial=_decision_now(found), prefix="d")
    decides = access.manages and bool(request.POST.get("d-reasons", "").strip())
    both = None
    if request.method == "POST" and form.is_valid() and (not decides or decision.is_valid()):
        beside, values = ((decision,), decision.given) if decides else ((), {})
        both = _keep_grades(access, found, form, *beside, values=values)
        if both is None:
            return redirect("requests:request", access.organisation.slug, number)
    page: dict[str, Any] = {"request_": found, "form": form, "heading": _("Quatre questions"), "both": both}
    page |= {"screen": _("Écran 2 sur 2"), "decision": decision if access.manages else None, "options": None}
    wrong = decision if decides and decision.errors else form
    return render(request, "requests/grades.html", page, status=form_status(wrong, both))


def _grades_now(found: Request) -> dict[str, Any]:
    known: dict[str, Any] = {"version": found.version}
    for grade in Grade.objects.filter(request=found):
        known |= {grade.criterion: str(grade.level), f"{grade.criterion}_why": grade.why}
    return known


def _graded(request: HttpRequest, found: Request, criteria: list[dict[str, str]]) -> GradeForm:
    return GradeForm(criteria, request.POST or None, initial=_grades_now(found))


def _keep_grades(
    access: Access, found: Request, form: GradeForm, *beside: DecisionForm, values: dict[str, Any] | None = None
) -> Conflict | None:
    def write() -> None:
        for criterion, (level, why) in form.levels.items():
            if level is None:
                found.grades.filter(criterion=criterion).delete()
            else:
                given = {"level": level, "why": why}
                Grade.objects.update_or_create(
                    organisation=access.organisation, request=found, criterion=criterion, defaults=given
                )

    said = _("a instruit la demande n° {n}").format(n=found.pk)
    if values:
        said = _decided(found, values)
    return save_edit(
        access, found, form, said, *beside, values=values or {}, also=write,
        now=lambda: shown_values(found, DecisionForm) | _grades_now(found),
    )  # fmt: skip


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def value(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 2: what must be there first, and the value."""
    blocks, after = (scoring.GATE, scoring.VALUE), "requests:sizing"
    return _grades(request, access, number, blocks, after, _("Préalables et valeur"), _("Écran 2 sur 5"))


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def frugality(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 4: frugality, with the computed footprint at hand."""
    blocks, after = (scoring.FRUGALITY,), "requests:decision" if access.manages else "requests:request"
    return _grades(request, access, number, blocks, after, _("Sobriété"), _("Écran 4 sur 5"))


def _grades(
    request: HttpRequest, access: Access, number: int, blocks: tuple[str, ...], after: str, heading: str, screen: str
) -> HttpResponse:
    found = _to_change(access, number)
    form = _graded(request, found, [row for row in catalogue_rows.table_rows("appraisal") if row["block"] in blocks])
    both = None
    if request.method == "POST" and form.is_valid():
        both = _keep_grades(access, found, form)
        if both is None:
            return redirect(after, access.organisation.slug, number)
    page = {"request_": found, "form": form, "heading": heading, "screen": screen, "decision": None, "both": both}
    page |= {"options": _options(found) if scoring.FRUGALITY in blocks else None}
    return render(request, "requests/grades.html", page, status=form_status(form, both))


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def sizing(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 3: how much of what, for the project, for doing nothing, for a shared tool; then the engine computes."""
    found = _to_change(access, number)
    form = SizingForm(request.POST or None, initial=_sizing_now(found))
    both = None
    if request.method == "POST" and form.is_valid():
        values = {name: form.given[name] for name in SAVING}
        said = _("a dimensionné la demande n° {n}").format(n=found.pk)
        both = save_edit(
            access, found, form, said, values=values, also=lambda: _keep_sizing(access, found, form),
            now=lambda: _sizing_now(found),
        )  # fmt: skip
        if both is None:
            if footprint.ask(access, found):
                messages.info(request, _("L’empreinte se calcule ; vous pouvez continuer pendant ce temps."))
            return redirect("requests:frugality", access.organisation.slug, number)
    page = {"request_": found, "form": form, "both": both}
    return render(request, "requests/sizing.html", page, status=form_status(form, both))


def _sizing_now(found: Request) -> dict[str, Any]:
    known: dict[str, Any] = {name: getattr(found, name) for name in ("version", *SAVING)}
    for option in Option.objects.filter(request=found):
        known |= {f"{option.kind}-{code}": float(quantity) for code, quantity in option.sizing.items()}
    return known


def _keep_sizing(access: Access, found: Request, form: SizingForm) -> None:
    for kind in KINDS:
        unknown: dict[str, Any] = {"mean": None, "low": None, "high": None, "gaps": []}
        Option.objects.update_or_create(
            organisation=access.organisation, request=found, kind=kind, defaults=unknown | {"sizing": form.sizing(kind)}
        )


@access_required(read=Role.OFFICER)
def decision(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 5: the score, the footprint compared, and the decision with its reasons."""
    found = access.get(Request, pk=number)
    now = scoring.score(scoring.levels_of(found))
    initial = _decision_now(found) | {"decision": found.decision or now.outcome}
    form = DecisionForm(request.POST or None, initial=initial)
    both = None
    if request.method == "POST" and form.is_valid():
        both = save_edit(access, found, form, _decided(found, form.given))
        if both is None:
            return redirect("requests:request", access.organisation.slug, number)
    page = {"request_": found, "form": form, "score": now, "options": _options(found), "both": both}
    return render(request, "requests/decision.html", page, status=form_status(form, both))


def _decision_now(found: Request) -> dict[str, Any]:
    return shown_values(found, DecisionForm) | {"decided_on": found.decided_on or timezone.localdate()}


def _decided(found: Request, values: dict[str, Any]) -> str:
    what = Request(decision=values["decision"]).decision_said
    return _("a décidé de la demande n° {n} : {what}").format(n=found.pk, what=what)


def _options(found: Request) -> list[Option]:
    """The three options in order, unknown ones as they are."""
    known = {option.kind: option for option in found.options.all()}
    return [known.get(kind) or Option(kind=kind) for kind in KINDS]


@access_required(write=None)
def one(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A request: need, answers, footprint compared, decision, review."""
    found = access.get(Request, pk=number)
    values = {
        "request_": found,
        "score": scoring.score(scoring.levels_of(found)),
        "options": _options(found),
        "criteria": catalogue_rows.rows_by_code("appraisal"),
        "may": access.manages
        or (access.may(Role.CONTRIBUTOR) and access.entities().filter(pk=found.entity_id).exists()),
        "project": next(iter(_options(found))),
    }
    return render(request, "requests/request.html", values)


@access_required(read=Role.OFFICER)
def review(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The review, twelve months after the launch."""
    found = access.get(Request, pk=number)
    back = reverse("requests:request", args=(access.organisation.slug, number))
    values = form_page(_("Bilan après mise en service"), None, back, SECTION) | {"note": found.title}
    return edit_row(request, access, found, ReviewForm, values, review_on=found.review_on or timezone.localdate())


@access_required(write=None)
def origin(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Where the footprint of an option comes from: the same text as on the command line."""
    found = access.get(Request, pk=number)
    kind = request.GET.get("option", "project")
    option = next((one for one in _options(found) if one.kind == kind), None)
    if option is None or option.pk is None or not (found.folder / "run.json").exists():
        return render(request, "requests/origin.html", {"request_": found, "opened": []})
    try:
        text = footprint.origin(found, option)
    except CannotUse as error:
        raise Http404(str(error)) from None
    return render(request, "requests/origin.html", {"request_": found, "opened": explained.sections(text)})


@access_required(read=Role.OFFICER)
def thresholds(request: HttpRequest, access: Access) -> HttpResponse:
    """What makes a request small in this organisation."""
    cost, items = (int(catalogue_rows.appraisal_rule(name)) for name in ("small_cost", "small_items"))
    found = access.of(Thresholds).first() or Thresholds(organisation=access.organisation, cost=cost, items=items)
    if request.method == "POST" and found.pk is None:
        found.save()
    back = reverse("requests:requests", args=(access.organisation.slug,))
    values = form_page(_("Ce qu’est une petite demande"), None, back, SECTION)
    values["note"] = _(
        "Une petite demande répond à quatre questions seulement. Un coût ou un nombre inconnu n’est pas petit."
    )
    return edit_row(request, access, found, ThresholdsForm, values)


@access_required(write=None)
def roadmap(request: HttpRequest, access: Access) -> HttpResponse:
    """The digital roadmap: the requests kept, in a spreadsheet, with value, footprint, cost and dates."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    found = (
        access.of(Request).filter(decision=Request.GO).select_related("entity").prefetch_related("grades", "options")
    )
    return download(_workbook([_row(one) for one in found.order_by("live_on", "pk")]), "feuille-de-route.xlsx", kind)


def _workbook(rows: list[dict[str, Any]]) -> bytes:
    import xlsxwriter

    unknown = _("non renseigné")
    heads = (
        *(_("Demande"), _("Direction"), _("Décision"), _("Date"), _("Motifs"), _("Valeur (%)"), _("Sobriété (%)")),
        *(_("Empreinte (kg CO₂ éq par an)"), _("Coût complet (€)"), _("Mise en service"), _("Bilan"), _("Suite")),
    )
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_("Feuille de route"))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, 20)
        sheet.write_row(0, 0, heads, book.add_format({"bold": True, "text_wrap": True}))
        for number, row in enumerate(rows, 1):
            one, score, option = row["request"], row["score"], row["option"]
            mean = option.mean if option else None
            cells = (
                *(one.title, str(one.entity or ""), one.decision_said, _day(one.decided_on), one.reasons),
                *(round(part * 100) if part is not None else unknown for part in (score.value, score.frugality)),
                *(round(mean, 1) if mean is not None else unknown, one.cost if one.cost is not None else unknown),
                *(_day(one.live_on), _day(one.review_on or one.review_due), one.review_said),
            )
            sheet.write_row(number, 0, cells)
    return packed.getvalue()


def _day(day: Any) -> str:
    return day.strftime("%d/%m/%Y") if day else ""
