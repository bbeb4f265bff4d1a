"""Pages of corrections: the rows of a run and what to correct in them, the corrections made, undone, put back."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from estran.common.language import _, ngettext
from estran.importing import row_corrections
from estran.portal.collection.deliveries import sent_place
from estran.portal.common.views import render_form, whole_number
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.overlays import corrections
from estran.portal.overlays.forms import COLUMNS, FilterForm, RowForm
from estran.portal.overlays.models import Correction
from estran.portal.results.models import Run

ROWS_PER_PAGE = 25
MOST_ROWS = 2000
MOST_NAMES = 300  # entities on offer
ASKED = (*row_corrections.FILTER, "missing", "row", "column")


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def correct_rows(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The rows of a run: one of them, or all those of a filter, and the form that corrects them."""
    run: Run = access.get(Run, pk=number, computed_at__isnull=False)
    asked = {name: request.GET.get(name, "") for name in ASKED}
    _check(asked)
    rows = corrections.open_rows(run)
    page = min(max(whole_number(request.GET.get("page", "")), 1), MOST_ROWS // ROWS_PER_PAGE)
    shown, found = rows.find(asked, (page - 1) * ROWS_PER_PAGE, ROWS_PER_PAGE)
    one = shown[0] if asked["row"] and shown else None
    if asked["row"] and one is None:
        raise Http404
    allowed = corrections.writes_for(access, (one["entity"] or "") if one else asked["entity"])
    if request.method == "POST" and not allowed:
        raise PermissionDenied
    names = rows.values("entity", MOST_NAMES)
    own = [*access.entities().values_list("path", flat=True)]
    entities = sorted({*own, *(name for name in names if corrections.writes_for(access, name))})
    form = _form(request, one, asked, entities) if allowed else None
    if form is not None and form.is_valid():
        return _save(request, access, run, one, asked, form)
    values: dict[str, Any] = {
        "run": run, "asked": asked, "rows": shown, "found": found, "one": one, "names": names,
        "allowed": allowed, "columns": [COLUMNS[name] for name in corrections.correctable()], "most": MOST_ROWS,
        "types": rows.values("item_type", MOST_NAMES),
        "query": urlencode({name: text for name, text in asked.items() if text and name != "row"}),
        "page": Paginator(range(min(found, MOST_ROWS)), ROWS_PER_PAGE).get_page(page),
        "label_of": row_corrections.value_label,
        "place_of": lambda row: sent_place(access.organisation, row["source"] or row["item_id"] or ""),
    }  # fmt: skip
    if form is None:
        return render(request, "overlays/rows.html", values | {"form": None})
    return render_form(request, form, "overlays/rows.html", **values)


def _check(asked: dict[str, str]) -> None:
    """Refuse columns that are none of the inventory."""
    for name in ("missing", "column"):
        if asked[name] and asked[name] not in corrections.correctable():
            raise Http404


def _form(request: HttpRequest, one: Any, asked: dict[str, str], entities: list[str]) -> Any:
    """The form of one row; of a filter once the column to correct is said."""
    if one:
        return RowForm(one, entities, request.POST or None)
    column = asked["column"] or asked["missing"]
    return FilterForm(column, asked["missing"] == column, entities, request.POST or None) if column else None


def _save(request: HttpRequest, access: Access, run: Run, one: Any, asked: dict[str, str], form: Any) -> HttpResponse:
    reason, later = form.cleaned_data["reason"], form.cleaned_data["later"]
    if one:
        n = corrections.correct_row(access, run, one, form.changes, reason, later=later)
        text = ngettext("{n} valeur corrigée.", "{n} valeurs corrigées.", n)
    else:
        column, value = asked["column"] or asked["missing"], form.cleaned_data["value"]
        n = corrections.correct_filter(access, run, asked, column, form.before, value, reason, later=later)
        text = ngettext("{n} ligne corrigée.", "{n} lignes corrigées.", n)
    return access.redirect_with(request, text.format(n=n), "overlays:corrections")


@access_required(write=Role.CONTRIBUTOR)
def list_corrections(request: HttpRequest, access: Access) -> HttpResponse:
    """Every correction, those undone apart; POST undoes one or all, or puts one back."""
    every = list(access.of(Correction).select_related("person"))
    made = [one for one in every if one.undone_at is None]
    if request.method == "POST":
        return _change(request, access, every, made)
    values = {
        "made": [(one, corrections.describe(one), corrections.may_undo(access, one)) for one in reversed(made)],
        "undone": [
            (one, corrections.describe(one), corrections.may_undo(access, one)) for one in every if one.undone_at
        ],
        "late": corrections.runs_to_renew(access.organisation), "lost": corrections.lost_numbers(access.organisation),
        "last": access.of(Run).filter(computed_at__isnull=False).first(),
    }  # fmt: skip
    return render(request, "overlays/corrections.html", values)


def _change(request: HttpRequest, access: Access, every: list[Correction], made: list[Correction]) -> HttpResponse:
    if "all" in request.POST:
        if not access.manages:
            raise PermissionDenied
        corrections.undo(access, made)
        text = _("Toutes les corrections sont annulées. Elles restent en bas de page, où chacune se remet.")
        return access.redirect_with(request, text, "overlays:corrections")
    number = whole_number(request.POST.get("undo", "") or request.POST.get("put_back", ""))
    one = next((one for one in every if one.pk == number), None)
    if one is None:
        return access.redirect("overlays:corrections")
    if not corrections.may_undo(access, one):
        raise PermissionDenied
    if "undo" in request.POST:
        corrections.undo(access, [one])
        text = _("La correction n° {n} est annulée.")
    else:
        corrections.put_back(access, [one])
        text = _("La correction n° {n} est remise.")
    return access.redirect_with(request, text.format(n=one.pk), "overlays:corrections")
