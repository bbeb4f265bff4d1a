"""Curves of a projection as SVG: the trajectory with its target, the areas avoided by each action.

A title, a description that says the figures, names written on the marks: nothing is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from estran.common import formatting
from estran.common.language import _
from estran.projection.results import ProjectionResults, Row

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 130, 30, 28
MOST_AREAS = 7  # beyond, the smallest ones are one area
_FILLS = ("#0b5a6b", "#d9822b", "#6b8e23", "#7b4b94", "#c9a227", "#3d8896", "#a63d40", "#8a9499")


class _Frame:
    """From years and values to the points of a drawing."""

    def __init__(self, years: Sequence[int], highest: float) -> None:
        self.years = years
        step = 10 ** floor(log10(highest)) if highest > 0 else 1.0
        step = next(step * part for part in (0.1, 0.2, 0.5, 1, 2) if highest / (step * part) <= 5)
        self.top = step * ceil(highest / step) if highest > 0 else 1.0
        self.ticks = [step * i for i in range(round(self.top / step) + 1)]

    def x(self, year: float) -> float:
        span = (self.years[-1] - self.years[0]) or 1
        return round(_LEFT + (year - self.years[0]) / span * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        return round(_TOP + (1 - value / self.top) * (_HEIGHT - _TOP - _BOTTOM), 1)

    def points(self, values: Mapping[int, float]) -> str:
        return " ".join(f"{self.x(year)},{self.y(value)}" for year, value in values.items())

    def axes(self, size: float, lang: str) -> Row:
        every = ceil(len(self.years) / 8)
        return {
            "width": _WIDTH,
            "height": _HEIGHT,
            "left": _LEFT,
            "right": _WIDTH - _RIGHT,
            "bottom": _HEIGHT - _BOTTOM,
            "ticks": [{"y": self.y(tick), "text": formatting.number(tick / size, lang)} for tick in self.ticks],
            "years": [{"x": self.x(year), "year": year} for year in self.years[::every]],
        }


def trajectory(environment: Environment, prospects: ProjectionResults, title: str, lang: str) -> Markup:
    """The reference without action and the plan with its interval, from the run to the last year, and the target."""
    project, rows = prospects.project, prospects.years
    base, target = project["base"].get(prospects.criterion), project["target"] or {}
    lines = {name: {row["year"]: row[f"{name}_stock"] for row in rows} for name in ("reference", "plan")}
    highest = max(base or 0.0, target.get("value") or 0.0, *(row["plan_stock_high"] or 0.0 for row in rows))
    highest = max(highest, *lines["reference"].values(), *lines["plan"].values())
    frame = _Frame(range(project["base_year"], project["last_year"] + 1), highest)
    unit, size = formatting.column_unit([highest], prospects.unit)
    last = project["last_year"]
    ends = {
        name: (values[last], label)
        for (name, values), label in zip(lines.items(), (_("sans action"), _("avec le plan")), strict=True)
    }
    band = {row["year"]: row["plan_stock_low"] for row in rows if row["plan_stock_low"] is not None}
    above = {row["year"]: row["plan_stock_high"] for row in reversed(rows) if row["plan_stock_high"] is not None}
    said = [
        _("{year}, {label} : {value}").format(
            year=year, label=ends[name][1], value=formatting.quantity(values[year], prospects.unit, lang)
        )
        for name, values in lines.items()
        for year in (project["cumulative_to"],)
    ]
    return _draw(
        environment,
        "trajectory.svg",
        title=title,
        description=" ; ".join(said) + ".",
        unit=formatting.unit_text(unit, lang),
        axes=frame.axes(size, lang),
        lines={name: frame.points(({project["base_year"]: base} if base else {}) | v) for name, v in lines.items()},
        band=frame.points(band) + " " + frame.points(above),
        labels=_apart([{"y": frame.y(value) + 4, "text": label} for value, label in ends.values()]),
        base=None if base is None else {"x": frame.x(project["base_year"]), "y": frame.y(base)},
        target=None
        if not target
        else {
            "x": frame.x(project["target_year"]),
            "y": frame.y(target["value"]),
            "from_x": frame.x(project["base_year"]),
            "from_y": frame.y(base if base is not None else target["value"]),
            "text": _("cible {year}").format(year=project["target_year"]),
        },
    )


def areas(environment: Environment, prospects: ProjectionResults, title: str, lang: str) -> Markup:
    """What each action avoids year by year, one area above the other; an action that adds has no area."""
    project, by_year = prospects.project, prospects.by_year
    years = range(project["base_year"] + 1, project["last_year"] + 1)
    order = sorted((code for code, values in by_year.items() if sum(values) > 0), key=lambda code: -sum(by_year[code]))
    shown: dict[str, list[float]] = {code: [max(0.0, value) for value in by_year[code]] for code in order[:MOST_AREAS]}
    if rest := order[MOST_AREAS:]:
        others = [sum(max(0.0, by_year[code][i]) for code in rest) for i in range(len(years))]
        shown[_("autres actions")] = others
    totals = [sum(values[i] for values in shown.values()) for i in range(len(years))]
    frame = _Frame(years, max(totals, default=0.0))
    unit, size = formatting.column_unit(totals, prospects.unit)
    level, marks, labels = [0.0] * len(years), [], []
    for (code, values), fill in zip(shown.items(), _FILLS, strict=False):
        below, level = level, [low + value for low, value in zip(level, values, strict=True)]
        outline = frame.points(dict(zip(years, level, strict=True)))
        outline += " " + frame.points(dict(reversed(list(zip(years, below, strict=True)))))
        marks.append({"points": outline, "fill": fill})
        labels.append({"y": frame.y((below[-1] + level[-1]) / 2) + 4, "text": code})
    said = [
        _("{what} : {value}").format(what=code, value=formatting.quantity(values[-1], prospects.unit, lang))
        for code, values in shown.items()
    ]
    return _draw(
        environment,
        "areas.svg",
        title=title,
        description=_("En {year}, évité par action : {values}.").format(year=years[-1], values=" ; ".join(said)),
        unit=formatting.unit_text(unit, lang),
        axes=frame.axes(size, lang),
        marks=marks,
        labels=_apart(labels),
    )


def _apart(labels: list[Row]) -> list[Row]:
    """The labels of the right side, moved so that none covers another."""
    placed: list[Row] = []
    for label in sorted(labels, key=lambda label: -label["y"]):
        limit = placed[-1]["y"] - 16 if placed else label["y"]
        placed.append({**label, "y": round(min(label["y"], limit), 1)})
    return placed


def _draw(environment: Environment, template: str, **values: object) -> Markup:
    from markupsafe import Markup

    return Markup(environment.get_template(template).render(**values))
