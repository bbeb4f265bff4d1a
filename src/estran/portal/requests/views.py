"""Pages of requests: the portfolio, the screens from the need to the decision, the review, the roadmap."""

import io
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.common import catalogue_rows
from estran.portal.common.edit_conflicts import Conflict, save_edit, shown_values
from estran.portal.common.views import XLSX, download, edit_row, form_status
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
MOST_SHOWN = 60


@access_required(write=None)
def list_requests(request: HttpRequest, access: Access) -> HttpResponse:
    """The requests as a table, and as value × footprint."""
    requests = list(access.of(Request).select_related("entity").prefetch_related("grades", "options")[:MOST_SHOWN])
    rows = [_portfolio_row(request_) for request_ in requests]
    placed = [
        row for row in rows if row["score"].value is not None and row["option"] and row["option"].mean is not None
    ]
    for number, row in enumerate(placed, 1):
        row["point"] = drawing.Point(row["request"], number, row["score"].value, row["option"].mean)
    values = {"rows": rows, "bubbles": drawing.place_bubbles(row["point"] for row in placed)}
    values |= {"top": max((row["option"].mean for row in placed), default=0.0), "geometry": drawing}
    return render(request, "requests/requests.html", values)


def _portfolio_row(request_: Request) -> dict[str, Any]:
    """A request with its score, its footprint and its place in the drawing, None where unknown."""
    option = next((option for option in request_.options.all() if option.kind == "project"), None)
    score = scoring.score_request(scoring.levels_of_request(request_))
    return {"request": request_, "score": score, "option": option, "point": None}


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def new_request(request: HttpRequest, access: Access) -> HttpResponse:
    """Screen 1: the need. Whether the request is small follows from its cost and its items."""
    form = NeedForm(access, request.POST or None)
    if request.method == "POST" and form.is_valid():
        request_ = Request(organisation=access.organisation, made_by=access.person, **form.cleaned_data)
        request_.small = scoring.is_small(request_.cost, request_.items, _thresholds(access))
        request_.save()
        access.record(_("a déposé la demande n° {n}").format(n=request_.pk))
        screen = "requests:questions" if request_.small else "requests:value"
        return redirect(screen, access.organisation.slug, request_.pk)
    values = {"form": form, "thresholds": _thresholds(access)}
    return render(request, "requests/need.html", values, status=form_status(form))


def _thresholds(access: Access) -> Thresholds:
    """Those of the organisation, else those of the catalogue, not saved."""
    cost, items = (int(catalogue_rows.appraisal_rule(name)) for name in ("small_cost", "small_items"))
    return access.of(Thresholds).first() or Thresholds(organisation=access.organisation, cost=cost, items=items)


def _get_editable_request(access: Access, number: int) -> Request:
    """A request that the person may fill in, else 404 or 403."""
    request_ = access.get(Request, pk=number)
    if not _may_change(access, request_):
        raise PermissionDenied
    return request_


def _may_change(access: Access, request_: Request) -> bool:
    """Officers, and contributors of the directorate that asks."""
    own = access.may(Role.CONTRIBUTOR) and access.entities().filter(pk=request_.entity_id).exists()
    return access.manages or own


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def answer_questions(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 2 of a small request: four questions, and the decision for an officer."""
    request_ = _get_editable_request(access, number)
    criteria = [row for row in catalogue_rows.table_rows("appraisal") if row["small"] == "yes"]
    form = GradeForm(criteria, request.POST or None, initial=_grade_values(request_))
    decision = DecisionForm(request.POST or None, initial=_decision_values(request_), prefix="d")
    decides = access.manages and bool(request.POST.get("d-reasons", "").strip())
    both = None
    if request.method == "POST" and form.is_valid() and (not decides or decision.is_valid()):
        beside, values = ((decision,), decision.given) if decides else ((), {})
        both = _save_grades(access, request_, form, *beside, values=values)
        if both is None:
            return redirect("requests:request", access.organisation.slug, number)
    page: dict[str, Any] = {"request_": request_, "form": form, "heading": _("Quatre questions"), "both": both}
    page |= {"screen": _("Écran 2 sur 2"), "decision": decision if access.manages else None, "options": None}
    wrong = decision if decides and decision.errors else form
    return render(request, "requests/grades.html", page, status=form_status(wrong, both))


def _grade_values(request_: Request) -> dict[str, Any]:
    values: dict[str, Any] = {"version": request_.version}
    for grade in Grade.objects.filter(request=request_):
        values |= {grade.criterion: str(grade.level), f"{grade.criterion}_why": grade.why}
    return values


def _save_grades(
    access: Access, request_: Request, form: GradeForm, *beside: DecisionForm, values: dict[str, Any] | None = None
) -> Conflict | None:
    def write() -> None:
        for criterion, (level, why) in form.levels.items():
            if level is None:
                request_.grades.filter(criterion=criterion).delete()
            else:
                grade = {"level": level, "why": why}
                Grade.objects.update_or_create(
                    organisation=access.organisation, request=request_, criterion=criterion, defaults=grade
                )

    audit = _("a instruit la demande n° {n}").format(n=request_.pk)
    if values:
        audit = _decision_audit(request_, values)
    return save_edit(
        access, request_, form, audit, *beside, values=values or {}, also=write,
        now=lambda: shown_values(request_, DecisionForm) | _grade_values(request_),
    )  # fmt: skip


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def grade_value(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 2: the gates and the value."""
    blocks, after = (scoring.GATE, scoring.VALUE), "requests:sizing"
    return _grade_screen(request, access, number, blocks, after, _("Préalables et valeur"), _("Écran 2 sur 5"))


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def grade_frugality(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 4: frugality, with the computed footprint at hand."""
    blocks, after = (scoring.FRUGALITY,), "requests:decision" if access.manages else "requests:request"
    return _grade_screen(request, access, number, blocks, after, _("Sobriété"), _("Écran 4 sur 5"))


def _grade_screen(
    request: HttpRequest, access: Access, number: int, blocks: tuple[str, ...], after: str, heading: str, screen: str
) -> HttpResponse:
    request_ = _get_editable_request(access, number)
    criteria = [row for row in catalogue_rows.table_rows("appraisal") if row["block"] in blocks]
    form = GradeForm(criteria, request.POST or None, initial=_grade_values(request_))
    both = None
    if request.method == "POST" and form.is_valid():
        both = _save_grades(access, request_, form)
        if both is None:
            return redirect(after, access.organisation.slug, number)
    page = {"request_": request_, "form": form, "heading": heading, "screen": screen, "decision": None, "both": both}
    page |= {"options": _options_of_request(request_) if scoring.FRUGALITY in blocks else None}
    return render(request, "requests/grades.html", page, status=form_status(form, both))


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_sizing(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 3: the quantities of the project, of doing nothing, of a shared tool; then the engine computes."""
    request_ = _get_editable_request(access, number)
    form = SizingForm(request.POST or None, initial=_sizing_values(request_))
    both = None
    if request.method == "POST" and form.is_valid():
        values = {name: form.given[name] for name in SAVING}
        audit = _("a dimensionné la demande n° {n}").format(n=request_.pk)
        both = save_edit(
            access, request_, form, audit, values=values, also=lambda: _save_sizing(access, request_, form),
            now=lambda: _sizing_values(request_),
        )  # fmt: skip
        if both is None:
            if footprint.ask_footprint(access, request_):
                messages.info(request, _("L’empreinte se calcule ; vous pouvez continuer pendant ce temps."))
            return redirect("requests:frugality", access.organisation.slug, number)
    page = {"request_": request_, "form": form, "both": both}
    return render(request, "requests/sizing.html", page, status=form_status(form, both))


def _sizing_values(request_: Request) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(request_, name) for name in ("version", *SAVING)}
    for option in Option.objects.filter(request=request_):
        values |= {f"{option.kind}-{code}": float(quantity) for code, quantity in option.sizing.items()}
    return values


def _save_sizing(access: Access, request_: Request, form: SizingForm) -> None:
    for kind in KINDS:
        unknown: dict[str, Any] = {"mean": None, "low": None, "high": None, "gaps": []}
        Option.objects.update_or_create(
            organisation=access.organisation,
            request=request_,
            kind=kind,
            defaults=unknown | {"sizing": form.sizing(kind)},
        )


@access_required(read=Role.OFFICER)
def decide(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 5: the score, the footprint compared, and the decision with its reasons."""
    request_ = access.get(Request, pk=number)
    score = scoring.score_request(scoring.levels_of_request(request_))
    initial = _decision_values(request_) | {"decision": request_.decision or score.outcome}
    form = DecisionForm(request.POST or None, initial=initial)
    both = None
    if request.method == "POST" and form.is_valid():
        both = save_edit(access, request_, form, _decision_audit(request_, form.given))
        if both is None:
            return redirect("requests:request", access.organisation.slug, number)
    page = {"request_": request_, "form": form, "score": score, "options": _options_of_request(request_), "both": both}
    return render(request, "requests/decision.html", page, status=form_status(form, both))


def _decision_values(request_: Request) -> dict[str, Any]:
    return shown_values(request_, DecisionForm) | {"decided_on": request_.decided_on or timezone.localdate()}


def _decision_audit(request_: Request, values: dict[str, Any]) -> str:
    what = Request(decision=values["decision"]).decision_label
    return _("a décidé de la demande n° {n} : {what}").format(n=request_.pk, what=what)


def _options_of_request(request_: Request) -> list[Option]:
    """The three options in order; one that is not filled in is empty."""
    known = {option.kind: option for option in request_.options.all()}
    return [known.get(kind) or Option(kind=kind) for kind in KINDS]


@access_required(write=None)
def show_request(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A request: need, answers, footprint compared, decision, review."""
    request_ = access.get(Request, pk=number)
    values = {
        "request_": request_,
        "score": scoring.score_request(scoring.levels_of_request(request_)),
        "options": _options_of_request(request_),
        "criteria": catalogue_rows.rows_by_code("appraisal"),
        "may_change": _may_change(access, request_),
        "project": next(iter(_options_of_request(request_))),
    }
    return render(request, "requests/request.html", values)


@access_required(read=Role.OFFICER)
def write_review(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The review, twelve months after the launch."""
    request_ = access.get(Request, pk=number)
    return edit_row(
        request, access, request_, ReviewForm, heading=_("Bilan après mise en service"), note=request_.title,
        back=access.url("requests:request", number), section=SECTION,
        suggested={"review_on": request_.review_on or timezone.localdate()},
    )  # fmt: skip


@access_required(write=None)
def explain_footprint(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The origin of the footprint of an option: the same text as on the command line."""
    request_ = access.get(Request, pk=number)
    kind = request.GET.get("option", "project")
    option = next((option for option in _options_of_request(request_) if option.kind == kind), None)
    if option is None or option.pk is None or not (request_.folder / "run.json").exists():
        return render(request, "requests/origin.html", {"request_": request_, "opened": []})
    try:
        text = footprint.explain_option(request_, option)
    except CannotUse as error:
        raise Http404(str(error)) from None
    return render(request, "requests/origin.html", {"request_": request_, "opened": explained.sections(text)})


@access_required(read=Role.OFFICER)
def edit_thresholds(request: HttpRequest, access: Access) -> HttpResponse:
    """The thresholds below which a request is small."""
    thresholds = _thresholds(access)
    if request.method == "POST" and thresholds.pk is None:
        thresholds.save()
    note = _("Une petite demande répond à quatre questions seulement. Un coût ou un nombre inconnu n’est pas petit.")
    return edit_row(
        request, access, thresholds, ThresholdsForm, heading=_("Ce qu’est une petite demande"), note=note,
        back=access.url("requests:requests"), section=SECTION,
    )  # fmt: skip


@access_required(write=None)
def download_roadmap(request: HttpRequest, access: Access) -> HttpResponse:
    """The digital roadmap: the requests kept, in a spreadsheet, with value, footprint, cost and dates."""
    requests = (
        access.of(Request).filter(decision=Request.GO).select_related("entity").prefetch_related("grades", "options")
    )
    rows = [_portfolio_row(request_) for request_ in requests.order_by("live_on", "pk")]
    return download(_roadmap_workbook(rows), "feuille-de-route.xlsx", XLSX)


def _roadmap_workbook(rows: list[dict[str, Any]]) -> bytes:
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
            request_, score, option = row["request"], row["score"], row["option"]
            mean = option.mean if option else None
            cells = (
                *(request_.title, str(request_.entity or ""), request_.decision_label),
                *(_date_text(request_.decided_on), request_.reasons),
                *(round(part * 100) if part is not None else unknown for part in (score.value, score.frugality)),
                round(mean, 1) if mean is not None else unknown,
                request_.cost if request_.cost is not None else unknown,
                *(_date_text(request_.live_on), _date_text(request_.review_on or request_.review_due)),
                request_.review_label,
            )
            sheet.write_row(number, 0, cells)
    return packed.getvalue()


def _date_text(day: Any) -> str:
    return day.strftime("%d/%m/%Y") if day else ""
