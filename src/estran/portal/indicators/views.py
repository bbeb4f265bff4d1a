"""Pages of indicators: the twelve first, a theme, one of them, its target; what people type; what texts count."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.analysis import indicators, legal
from estran.analysis.indicators import Indicator
from estran.analysis.quantities import declared_registers
from estran.catalogue.loading import read_table
from estran.common import formatting
from estran.common.language import _
from estran.common.shipped import row_labels
from estran.portal.common.languages import in_language
from estran.portal.common.views import edit_listed_row, whole_number
from estran.portal.indicators import computation
from estran.portal.indicators.forms import TargetForm, TypedForm
from estran.portal.indicators.models import Target, Typed
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.registers import registers as kept
from estran.portal.registers.models import RegisterRow
from estran.portal.results import years
from estran.reporting.blocks import Chart
from estran.reporting.charts import indicator as charts

SECTION = "indicators:indicators"
YEARS_SHOWN = 3  # of a register, on the page of registers


@access_required()
def index(request: HttpRequest, access: Access) -> HttpResponse:
    """The twelve core indicators, or those of a theme; POST computes them again from what is there now."""
    if request.method == "POST":
        return redirect(computation.ask(access).address)
    state = computation.read_state(access.organisation)
    latest = state.followed.of_last_year() if state.followed else []
    theme, labels = request.GET.get("theme", ""), row_labels("themes", "theme")
    theme = theme if theme in labels else ""
    shown = [row for row in latest if (computation.declared()[row.code]["theme"] == theme if theme else row.rank)]
    themes = []
    for code, label in labels.items():
        rows = [row for row in latest if computation.declared()[row.code]["theme"] == code]
        known = sum(row.status == "ok" for row in rows)
        themes.append({"code": code, "label": label, "all": len(rows), "known": known})
    targets = {target.indicator: target for target in access.of(Target)}
    values = {
        "state": state, "rows": shown, "theme": theme, "themes": themes, "words": indicators, "targets": targets,
        "computed": bool(years.in_front(access.organisation)),
        "sentence": indicators.trend_sentence(shown) if shown else "",
        "ways": _ways(shown, targets),
    }  # fmt: skip
    return render(request, "indicators/indicators.html", values)


@access_required(write=None)
def one(request: HttpRequest, access: Access, indicator: str) -> HttpResponse:
    """One indicator: its value in each year beside the way to its target, what it is made of, who answers for it."""
    declaration = _declared(indicator)
    state = computation.read_state(access.organisation)
    rows = state.of(indicator)
    target = access.of(Target).filter(indicator=indicator).first()
    quantities = computation.quantities_of(declaration)
    tables = {row["table"] for row in quantities}
    typed = [row for row in quantities if row["table"] in computation.groups()]
    perimeters = {row["perimeter"]: row["label_fr"] for row in read_table("indicator_perimeters")}
    values = {
        "declaration": declaration, "state": state, "rows": rows, "target": target, "words": indicators, "typed": typed,
        "given": access.of(Typed).filter(quantity__in=[row["quantity"] for row in typed])
                 .select_related("changed_by").order_by("-year", "quantity"),
        "trajectory": _trajectory(rows, target), "drawn": _way(rows, target),
        "perimeter": perimeters[declaration["perimeter"]],
        "feeds": [register for register in kept.kept_registers().values() if register.name in tables],
        "elsewhere": [
            (declared_registers()[name]["label_fr"], source.page)
            for name, source in sorted(computation.kept_elsewhere.items()) if name in tables
        ],
        "year": state.year or timezone.localdate().year - 1,
    }  # fmt: skip
    return render(request, "indicators/indicator.html", values)


def _declared(code: str) -> dict[str, Any]:
    if code not in computation.declared():
        raise Http404
    return computation.declared()[code]


def _trajectory(rows: list[Indicator], target: Target | None) -> list[dict[str, Any]]:
    """Year by year, oldest first: the actual row if there is one, the expected value if a target gives it."""
    actual = {row.year: row for row in rows}
    aim = {name: getattr(target, name) for name in ("target", "year", "start", "start_year")} if target else {}
    expected = {
        year: aim["target"] if year == aim["year"] else indicators.waypoint(aim, year)
        for year in ({*actual, aim["start_year"], aim["year"]} - {None} if aim else ())
    }
    return [
        {"year": year, "row": actual.get(year), "expected": expected.get(year)} for year in sorted({*actual, *expected})
    ]


def _ways(rows: list[Indicator], targets: dict[str, Target]) -> dict[str, Chart]:
    """Indicator → its way to the target, small enough for a cell; those without a way to show are left out."""
    ways = {}
    for row in rows:
        if target := targets.get(row.code):
            text = partial(indicators.value_text, unit=row.unit)
            drawing = charts.cell(row.label, target.start, row.value, row.expected, target.target, text)
            if drawing:
                ways[row.code] = Chart(f"way-{row.code}", _("Le chemin vers la cible"), drawing)
    return ways


def _way(rows: list[Indicator], target: Target | None) -> list[Chart]:
    """Where the last year stands between the start and the target; nothing without a way to show."""
    if not (rows and target):
        return []
    last = rows[-1]
    values = target.start, last.value, last.expected, target.target
    drawing = charts.card(last.label, *values, partial(indicators.value_text, unit=last.unit))
    title = _("Le chemin vers la cible, en {year}").format(year=last.year)
    caption = _("Barre : chemin fait depuis le départ. Trait : attendu cette année. Losange : cible.")
    return [Chart("way", title, drawing, caption=caption)] if drawing else []


@access_required(read=Role.OFFICER)
def target(request: HttpRequest, access: Access, indicator: str) -> HttpResponse:
    """The target of an indicator: start, due year, who answers for it; or none any more."""
    declaration = _declared(indicator)
    row = access.of(Target).filter(indicator=indicator).first()
    row = row or Target(organisation=access.organisation, indicator=indicator)
    row.changed_at = timezone.now()
    address, label = access.url("indicators:one", indicator), in_language(declaration["label_fr"])
    return edit_listed_row(
        request, access, TargetForm(request.POST or None, instance=row), address,
        saved=(_("a fixé la cible de l’indicateur {code}").format(code=indicator), _("La cible est fixée.")),
        removed=(_("a retiré la cible de l’indicateur {code}").format(code=indicator), ""),
        heading=_("Cible : {label}").format(label=label), back=address, section=SECTION,
        above=[(access.url(SECTION), _("Indicateurs")), (address, label)],
        note=_("Unité : {unit}").format(unit=declaration["unit_fr"]) if declaration["unit_fr"] else "",
        removal={"title": _("Retirer la cible"), "button": _("Retirer")} if row.pk else None,
    )  # fmt: skip


@access_required(write=None)
def typed(request: HttpRequest, access: Access) -> HttpResponse:
    """What nobody's file gives in a year, by subject: what no register gives, the yearly totals of other registers."""
    groups = computation.groups()
    group = subject if (subject := request.GET.get("sujet", "")) in groups else "typed"
    known = [run.year for run in years.in_front(access.organisation)] or [timezone.localdate().year - 1]
    year = asked if 1990 <= (asked := whole_number(request.GET.get("annee", ""))) <= 2100 else known[-1]
    label, rows = groups[group]
    given = {row.quantity: row for row in access.of(Typed).filter(year=year)}
    values = {
        "groups": groups, "group": group, "label": label, "rows": rows, "given": given, "year": year,
        "years": sorted({*known, year}),
    }  # fmt: skip
    return render(request, "indicators/typed.html", values)


@access_required(read=Role.OFFICER)
def type_in(request: HttpRequest, access: Access, quantity: str, year: int) -> HttpResponse:
    """One typed figure of a year, with its date, its source, a comment and the proof; or none any more."""
    declared = {row["quantity"]: (group, row) for group, (_label, rows) in computation.groups().items() for row in rows}
    if quantity not in declared or not 1990 <= year <= 2100:
        raise Http404
    group, row = declared[quantity]
    figure = access.of(Typed).filter(quantity=quantity, year=year).first()
    figure = figure or Typed(organisation=access.organisation, quantity=quantity, year=year)
    figure.changed_by, figure.changed_at = access.person, timezone.now()
    code = request.GET.get("indicateur", "")
    known = code in computation.declared()
    then = access.url("indicators:one", code) if known else access.url("indicators:typed")
    address = f"{access.url('indicators:typed')}?{urlencode({'annee': year, 'sujet': group})}"
    title = _("Ce qui se saisit en {year}").format(year=year)
    return edit_listed_row(
        request, access, TypedForm(request.POST or None, instance=figure), then,
        saved=(_("a saisi « {what} », {year}").format(what=row["meaning_fr"], year=year), _("La valeur est notée.")),
        removed=(_("a retiré la saisie « {what} », {year}").format(what=row["meaning_fr"], year=year), ""),
        heading=f"{in_language(row['meaning_fr'])}, {year}", back=address, section=SECTION,
        above=[(access.url(SECTION), _("Indicateurs")), (address, title)],
        note=_("Unité : {unit}").format(unit=formatting.unit_text(row["unit"])) if row["unit"] else "",
        removal={"title": _("Retirer cette valeur"), "button": _("Retirer")} if figure.pk else None,
    )  # fmt: skip


@access_required(write=None)
def registers(request: HttpRequest, access: Access) -> HttpResponse:
    """The registers kept row by row, each with its rows by year and the legal counters it feeds; the others below."""
    followed = computation.read_state(access.organisation).followed
    counted = access.of(RegisterRow).values_list("register", "year").annotate(n=Count("pk"))
    counts = list(counted.order_by(F("year").desc(nulls_last=True)))
    rows = [
        {
            "register": register,
            "years": [(year, n) for name, year, n in counts if name == register.name][:YEARS_SHOWN],
            "verdicts": computation.counters_of_register(register.name, followed.counters if followed else []),
        }
        for register in kept.kept_registers().values()
    ]
    values = {"rows": rows, "groups": computation.groups(), "words": indicators, "legal": legal}
    return render(request, "indicators/registers.html", values)


@access_required(write=None)
def texts(request: HttpRequest, access: Access) -> HttpResponse:
    """What the legal texts ask to count: each rule, its numbers, its source, what is not established."""
    values = {"state": computation.read_state(access.organisation), "words": indicators, "legal": legal}
    return render(request, "indicators/texts.html", values)
