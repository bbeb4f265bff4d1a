"""Pages of the years: the series, the change explained, the figures of other tools."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.portal.common.views import edit_listed_row, whole_number
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.results import years
from estran.portal.results.forms import OtherFigureForm
from estran.portal.results.models import OtherFigure
from estran.reporting.blocks import Chart
from estran.reporting.chapters.years import caption, in_series
from estran.reporting.charts.series import series as draw_series
from estran.reporting.figures import Figures


@access_required()
def show_series(request: HttpRequest, access: Access) -> HttpResponse:
    """Published and restated values, figures of other tools, the change from one year to another; POST computes again.

    The address says the criterion and the two years, so that a link can be shared.
    """
    organisation = access.organisation
    runs = years.in_front(organisation)
    if request.method == "POST" and runs:
        access.record(_("a demandé le recalcul des années"))
        return redirect(years.ask(access).address)
    criteria = years.criteria(runs, organisation)
    criterion = next((row for row in criteria if row["code"] == request.GET.get("critere")), criteria[0])
    rows = years.rows(organisation, runs, criterion["code"])
    whole = years.place(organisation, runs)
    restated = whole.exists()
    given = [row["year"] for row in rows]
    before, after = _year_asked(request, "de", given, 0), _year_asked(request, "a", given, -1)
    change = years.explain(whole, before, after, criterion["code"]) if restated and before < after else None
    others = years.others(organisation, criterion["unit"])
    values = {
        "rows": rows, "restated": restated, "others": others, "drawn": _chart(rows, others, criterion["unit"]),
        "criteria": criteria, "criterion": criterion, "change": change, "before": before, "after": after,
    }  # fmt: skip
    return render(request, "results/years.html", values)


def _year_asked(request: HttpRequest, name: str, known: list[int], place: int) -> int:
    """The year that the address asks for, else the one at this place; 0 without any."""
    asked = whole_number(request.GET.get(name, ""))
    return asked if asked in known else (known or [0])[place]


def _chart(rows: list[years.Row], others: list[tuple[OtherFigure, float | None]], unit_of: str) -> list[Chart]:
    """The years, and beside them the figures of other tools that have the same unit."""
    write = Figures("")
    unit, _name = write.column([row[name] for row in rows for name in ("published", "restated")], unit_of)
    marks = [{"year": figure.year, "tool": figure.tool, "mean": value} for figure, value in others]
    drawing = draw_series(write, [in_series(row) for row in rows], marks, unit)
    restated = any(row["restated"] is not None for row in rows)
    return (
        [Chart("years", _("L’empreinte de chaque année"), drawing, caption=caption(restated=restated))] if rows else []
    )


@access_required(read=Role.OFFICER)
def edit_figure(request: HttpRequest, access: Access, number: int | None = None) -> HttpResponse:
    """A figure of another tool, noted, changed or removed."""
    new = OtherFigure(organisation=access.organisation)
    figure = new if number is None else access.get(OtherFigure, pk=number)
    form, back = OtherFigureForm(request.POST or None, instance=figure), access.url("years:years")
    entry = _("a noté un chiffre d’un autre outil ({tool}, {year})")
    title = _("Chiffre d’un autre outil, {year}").format(year=figure.year) if figure.pk else ""
    return edit_listed_row(
        request, access, form, back,
        saved=(entry.format(**form.cleaned_data) if form.is_valid() else "",
               _("Le chiffre est noté, à côté de la série.")),
        removed=(_("a retiré un chiffre d’un autre outil"), _("Le chiffre est retiré.")),
        heading=title or _("Noter le chiffre d’un autre outil"), back=back, section="years:years",
        above=[(back, _("Années"))],
        note=_("Il se montre à côté de la série, en creux, et n’entre dans aucun calcul."),
        removal={"title": _("Retirer ce chiffre"), "button": _("Retirer")} if figure.pk else None,
    )  # fmt: skip
