"""Pages of requests: the portfolio, the screens from the need to the decision, the review, the roadmap."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from estran.analysis import explain
from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.common.shipped import rows_by_code, text_rows
from estran.portal.common.catalogue_rows import appraisal_rule
from estran.portal.common.edit_conflicts import shown_values
from estran.portal.common.spreadsheets import write_workbook
from estran.portal.common.views import XLSX, download, edit_row, render_form
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.requests import footprint, scoring
from estran.portal.requests.forms import DecisionForm, GradeForm, NeedForm, ReviewForm, SizingForm, ThresholdsForm
from estran.portal.requests.models import (
    DECISIONS,
    GO,
    KINDS,
    NO_GO,
    PROJECT,
    REDESIGN,
    Grade,
    Option,
    Request,
    Thresholds,
)
from estran.reporting.blocks import Block, Chart
from estran.reporting.chapters.explanation import explanation
from estran.reporting.charts import requests as charts
from estran.reporting.figures import Figures

SAVING = ("saving_what", "saving_kg", "saving_source")
SECTION = "requests:requests"
MOST_SHOWN = 60
STATUSES = {GO: charts.GO, REDESIGN: charts.REVIEW, NO_GO: charts.NO}
# The screens of criteria: heading, place among the screens, blocks (those of a small request are marked one by one),
# and the page after it for an officer.
SCREENS: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "questions": (_("Quatre questions"), _("Écran 2 sur 2"), (), "requests:request"),
    "value": (_("Préalables et valeur"), _("Écran 2 sur 5"), (scoring.GATE, scoring.VALUE), "requests:sizing"),
    "frugality": (_("Sobriété"), _("Écran 4 sur 5"), (scoring.FRUGALITY,), "requests:decision"),
}


@access_required(write=None)
def list_requests(request: HttpRequest, access: Access) -> HttpResponse:
    """The requests as a table, and as value × footprint."""
    rows = _portfolio_rows(access.of(Request)[:MOST_SHOWN])
    return render(request, "requests/requests.html", {"rows": rows, "drawn": _chart(rows)})


def _chart(rows: list[dict[str, Any]]) -> list[Chart]:
    """The requests whose value and footprint are known, and how many are not."""
    known = [row for row in rows if row["score"].value is not None and row["option"] and row["option"].mean is not None]
    points = [
        {"label": row["request"].title, "value": row["score"].value, "kg": row["option"].mean,
         "status": STATUSES.get(row["request"].decision, charts.OPEN)}
        for row in known
    ]  # fmt: skip
    drawing = charts.requests(Figures(""), points)
    if drawing is None:
        return []
    key = ", ".join(charts.status_words().values())
    caption = _("{key}. Ce qui n’est pas renseigné n’est pas placé.").format(key=key)
    return [Chart("portfolio", _("Valeur et empreinte des demandes"), drawing, caption=caption)]


def _portfolio_rows(requests: QuerySet) -> list[dict[str, Any]]:
    """Each request with its score and the project as it was sized, None where unknown."""
    return [
        {
            "request": request_,
            "score": scoring.score_request(request_.levels),
            "option": next((option for option in request_.options.all() if option.kind == PROJECT), None),
        }
        for request_ in requests.select_related("entity").prefetch_related("grades", "options")
    ]


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def new_request(request: HttpRequest, access: Access) -> HttpResponse:
    """Screen 1: the need. Whether the request is small follows from its cost and its items."""
    form, thresholds = NeedForm(access, request.POST or None), _thresholds(access)
    if form.is_valid():
        request_ = Request(organisation=access.organisation, made_by=access.person, **form.cleaned_data)
        request_.small = scoring.is_small(request_.cost, request_.items, thresholds)
        request_.save()
        access.record(_("a déposé la demande n° {n}").format(n=request_.pk))
        return access.redirect("requests:questions" if request_.small else "requests:value", request_.pk)
    return render_form(request, form, "requests/need.html", thresholds=thresholds)


def _thresholds(access: Access) -> Thresholds:
    """Those of the organisation, else those of the catalogue, not saved."""
    cost, items = int(appraisal_rule("small_cost")), int(appraisal_rule("small_items"))
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
def grade(request: HttpRequest, access: Access, number: int, screen: str) -> HttpResponse:
    """A screen of criteria. That of a small request has the decision too, which waits while it has no reasons."""
    request_ = _get_editable_request(access, number)
    heading, place, blocks, after = SCREENS[screen]
    small = screen == "questions"
    criteria = [row for row in text_rows("appraisal") if (row["small"] == "yes" if small else row["block"] in blocks)]
    form = GradeForm(criteria, request.POST or None, initial=_grade_values(request_))
    decision = beside = None
    if small and access.manages:
        decision = DecisionForm(request.POST or None, initial=_decision_values(request_), prefix="d")
        beside = decision if request.POST.get("d-reasons", "").strip() else None
    if form.is_valid() and (not beside or beside.is_valid()) and _save_grades(access, request_, form, beside):
        return access.redirect(after if access.manages or screen == "value" else "requests:request", number)
    return render_form(
        request, beside if beside and beside.errors else form, "requests/grades.html", form=form, decision=decision,
        request_=request_, heading=heading, screen=place,
        options=request_.options_in_order if screen == "frugality" else None,
    )  # fmt: skip


def _grade_values(request_: Request) -> dict[str, Any]:
    values: dict[str, Any] = {"version": request_.version}
    for grade in Grade.objects.filter(request=request_):
        values |= {grade.criterion: str(grade.level), f"{grade.criterion}_why": grade.why}
    return values


def _save_grades(access: Access, request_: Request, form: GradeForm, decision: DecisionForm | None) -> bool:
    def write() -> None:
        for criterion, (level, why) in form.levels.items():
            key = {"organisation": access.organisation, "request": request_, "criterion": criterion}
            if level is None:
                Grade.objects.filter(**key).delete()
            else:
                Grade.objects.update_or_create(**key, defaults={"level": level, "why": why})

    values = decision.given if decision else {}
    entry = _("a instruit la demande n° {n}").format(n=request_.pk)
    return form.save_on(
        request_, access, _decision_entry(request_, values) if values else entry, *([decision] if decision else []),
        values=values, also=write, now=lambda: shown_values(request_, DecisionForm) | _grade_values(request_),
    )  # fmt: skip


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit_sizing(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 3: the quantities of the project, of doing nothing, of a shared tool; then the engine computes."""
    request_ = _get_editable_request(access, number)
    form = SizingForm(request.POST or None, initial=_sizing_values(request_))
    if form.is_valid() and form.save_on(
        request_, access, _("a dimensionné la demande n° {n}").format(n=request_.pk),
        values={name: form.given[name] for name in SAVING},
        also=lambda: _save_sizing(access, request_, form), now=lambda: _sizing_values(request_),
    ):  # fmt: skip
        if footprint.ask_footprint(access, request_):
            messages.info(request, _("L’empreinte se calcule ; vous pouvez continuer pendant ce temps."))
        return access.redirect("requests:frugality", number)
    return render_form(request, form, "requests/sizing.html", request_=request_)


def _sizing_values(request_: Request) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(request_, name) for name in ("version", *SAVING)}
    for option in Option.objects.filter(request=request_):
        values |= {f"{option.kind}-{code}": float(quantity) for code, quantity in option.sizing.items()}
    return values


def _save_sizing(access: Access, request_: Request, form: SizingForm) -> None:
    unknown: dict[str, Any] = {"mean": None, "low": None, "high": None, "gaps": []}
    for kind in KINDS:
        key = {"organisation": access.organisation, "request": request_, "kind": kind}
        Option.objects.update_or_create(**key, defaults=unknown | {"sizing": form.sizing(kind)})


@access_required(read=Role.OFFICER)
def decide(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Screen 5: the score, the footprint compared, and the decision with its reasons."""
    request_ = access.get(Request, pk=number)
    score = scoring.score_request(request_.levels)
    initial = _decision_values(request_) | {"decision": request_.decision or score.outcome}
    form = DecisionForm(request.POST or None, initial=initial)
    if form.is_valid() and form.save_on(request_, access, _decision_entry(request_, form.given)):
        return access.redirect("requests:request", number)
    page = {"request_": request_, "score": score, "options": request_.options_in_order}
    return render_form(request, form, "requests/decision.html", **page)


def _decision_values(request_: Request) -> dict[str, Any]:
    return shown_values(request_, DecisionForm) | {"decided_on": request_.decided_on or timezone.localdate()}


def _decision_entry(request_: Request, values: dict[str, Any]) -> str:
    what = DECISIONS[values["decision"]]
    return _("a décidé de la demande n° {n} : {what}").format(n=request_.pk, what=what)


@access_required(write=None)
def show_request(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A request: need, answers, footprint compared, decision, review."""
    request_ = access.get(Request, pk=number)
    values = {
        "request_": request_, "score": scoring.score_request(request_.levels), "options": request_.options_in_order,
        "criteria": rows_by_code("appraisal"), "may_change": _may_change(access, request_),
    }  # fmt: skip
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
    option = request_.options.filter(kind=request.GET.get("option", PROJECT)).first()
    opened: list[Block] = []
    if option and (request_.folder / "run.json").exists():
        try:
            figure = explain.explain_figure(request_.folder, explain.Figure("gwp", option.label))
        except CannotUse as error:
            raise Http404(str(error)) from None
        opened = list(explanation(figure, Labels()))
    return render(request, "requests/origin.html", {"request_": request_, "opened": opened})


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
    heads = (
        *(_("Demande"), _("Direction"), _("Décision"), _("Date"), _("Motifs"), _("Valeur (%)"), _("Sobriété (%)")),
        *(_("Empreinte (kg CO₂ éq par an)"), _("Coût complet (€)"), _("Mise en service"), _("Bilan"), _("Suite")),
    )
    rows = _portfolio_rows(access.of(Request).filter(decision=GO).order_by("live_on", "pk"))
    table = write_workbook(_("Feuille de route"), [heads, *map(_roadmap_cells, rows)], [20] * len(heads))
    return download(table, "feuille-de-route.xlsx", XLSX)


def _roadmap_cells(row: dict[str, Any]) -> tuple[Any, ...]:
    request_, score, mean = row["request"], row["score"], row["option"].mean if row["option"] else None
    unknown, review_on = _("non renseigné"), request_.review_on or request_.review_due
    decided_on, live_on, review_on = (
        day.strftime("%d/%m/%Y") if day else "" for day in (request_.decided_on, request_.live_on, review_on)
    )
    return (
        *(request_.title, str(request_.entity or ""), request_.decision_label, decided_on, request_.reasons),
        *(unknown if share is None else round(share * 100) for share in (score.value, score.frugality)),
        unknown if mean is None else round(mean, 1),
        unknown if request_.cost is None else request_.cost,
        *(live_on, review_on, request_.review_label),
    )
