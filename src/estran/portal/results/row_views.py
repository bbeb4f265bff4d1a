"""The rows of the inventory behind a figure: 25 by page, each with what it counts for and how."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.analysis import explain
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.organisations.access import Access, access_required
from estran.portal.results import explained, figures
from estran.portal.results.models import Run

BY_PAGE = 25
MOST = 2000  # rows that pages reach; beyond, an entity or a type is chosen first
ORDERS = ("heaviest", "file")


@access_required(write=None)
def rows(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The rows behind the figure that the address asks for, the heaviest first or in the order of the files."""
    run = access.get(Run, pk=number, computed_at__isnull=False)
    asked = explained.Asked.read(run, request.GET)
    if job := explained.long_work(access, asked, request.get_full_path()):
        return redirect(job.address)
    order = request.GET.get("order", ORDERS[0])
    page = int(text) if (text := request.GET.get("page", "")).isdecimal() else 1
    start = (min(max(page, 1), MOST // BY_PAGE) - 1) * BY_PAGE
    try:
        found = explain.rows_behind(
            asked.folder, asked.tables, asked.figure, heaviest=order != "file", start=start, most=BY_PAGE
        )
    except CannotUse as error:
        raise Http404(str(error)) from None
    known = Labels("fr")
    criterion = known.describe_criterion(asked.figure.criterion or figures.of(run, asked.view).carbon["code"])
    values: dict[str, Any] = {
        "run": run, "asked": asked, "found": found, "criterion": criterion, "order": order,
        "lines": [line(row, known, criterion["unit"]) for row in found.rows],
        "parts": _parts(asked, known), "whole": figures.of(run, asked.view).carbon,
        "page": Paginator(range(min(found.number, MOST)), BY_PAGE).get_page(page), "most": MOST,
    }  # fmt: skip
    return render(request, "results/rows.html", values)


def _parts(asked: explained.Asked, known: Labels) -> list[tuple[str, str]]:
    """What the figure is restricted to: the label of each part, and the address of the list without it."""
    said = []
    for name in explained.PARTS:
        if code := getattr(asked.figure, name):
            label = code if name == "entity" else known.label(name, code)
            said.append((label, asked.query(**{name: ""})))
    return said


def line(row: dict[str, Any], known: Labels, unit: str) -> dict[str, Any]:
    """A row as the page shows it: its name, its provenance, its type, how its impact is computed."""
    embodied = [("made", row["made_factor"]), ("ended", row["ended_factor"])]
    if row["made"] == row["ended"]:  # the stock view: the same units at the three stages
        embodied = [("made", sum(factor or 0.0 for _name, factor in embodied))]
    products = [(row[name], factor, _unit(row, known)) for name, factor in embodied]
    products.append((row["kwh"], row["kwh_factor"], "kWh"))
    exact = [_("{amount} × {factor}").format(amount=f"{_number(amount)}\u00a0{said}".strip(), factor=_number(factor))
             for amount, factor, said in products if amount and factor]  # fmt: skip
    return row | {
        "type": known.label("item_type", row["item_type"]),
        "provenance": row["source"] if row["source"] != row["item_id"] else "",
        "units": _units(row),
        "sum": " + ".join(exact),
        "said": formatting.quantity(row["value"], unit, digits=3),
    }


def _units(row: dict[str, Any]) -> str:
    """The units of an item: quantity × share × presence ÷ lifetime (A1); empty for an activity and in the flow view."""
    if row["lifetime_years"] is None or row["made"] is None or row["share"] is None:
        return ""
    numbers = [_number(row[name]) for name in ("quantity", "share", "presence", "lifetime_years", "made")]
    return "{} × {} × {} ÷ {} = {}".format(*numbers)


def _unit(row: dict[str, Any], known: Labels) -> str:
    return _("unités") if row["share"] is not None else known.describe_flow(row["item_type"])["unit"] or ""


def _number(value: float) -> str:
    return formatting.number(value, digits=4)
