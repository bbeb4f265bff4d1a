"""Curves of a projection: the trajectory with its target, the areas avoided by each action.

Names are written on the marks and the text alternative says the figures: nothing is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from estran.common import formatting
from estran.common.language import _, current_language
from estran.projection.results import ProjectionResults

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 130, 30, 28
MOST_AREAS = 7  # beyond, the smallest ones are one area
_FILLS = ("#0b5a6b", "#d9822b", "#6b8e23", "#7b4b94", "#c9a227", "#3d8896", "#a63d40", "#8a9499")


@dataclass(frozen=True)
class Trajectory:
    """The reference without action and the plan with its interval, from `base`, the run, to the last year; the target.

    `reference`, `plan`, `low` and `high`: one value per year of `years`, in `unit`; `cited` is the year that the text
    alternative gives.
    """

    years: Sequence[int]
    reference: Sequence[float]
    plan: Sequence[float]
    low: Sequence[float | None]
    high: Sequence[float | None]
    unit: str
    cited: int
    base_year: int
    base: float | None = None
    target_year: int | None = None
    target: float | None = None

    @property
    def alt(self) -> str:
        """Both values of the year cited."""
        place = list(self.years).index(self.cited)
        values = ((_("sans action"), self.reference[place]), (_("avec le plan"), self.plan[place]))
        written = [
            _("{year}, {label} : {value}").format(
                year=self.cited, label=label, value=formatting.quantity(value, self.unit, current_language())
            )
            for label, value in values
        ]
        return " ; ".join(written) + "."

    def layout(self) -> dict[str, Any]:
        """Where the lines, the band, the target and the labels go."""
        above = [value for value in (self.base, self.target, *self.high) if value is not None]
        frame = _Frame(range(self.base_year, self.years[-1] + 1), max([0.0, *above, *self.reference, *self.plan]))
        start = [] if not self.base else [(self.base_year, self.base)]
        lines = {
            name: frame.points([*start, *zip(self.years, values, strict=True)])
            for name, values in (("reference", self.reference), ("plan", self.plan))
        }
        low, high = (
            [(year, value) for year, value in zip(self.years, bounds, strict=True) if value is not None]
            for bounds in (self.low, self.high)
        )
        ends = ((self.reference[-1], _("sans action")), (self.plan[-1], _("avec le plan")))
        return frame.axes(self.unit) | {
            "lines": lines,
            "band": f"{frame.points(low)} {frame.points(high[::-1])}",
            "labels": _apart([{"y": frame.y(value) + 4, "text": label} for value, label in ends]),
            "base": None if self.base is None else {"x": frame.x(self.base_year), "y": frame.y(self.base)},
            "target": self._target(frame),
        }

    def _target(self, frame: _Frame) -> dict[str, Any] | None:
        if self.target is None or self.target_year is None:
            return None
        return {
            "x": frame.x(self.target_year),
            "y": frame.y(self.target),
            "from_x": frame.x(self.base_year),
            "from_y": frame.y(self.base if self.base is not None else self.target),
            "text": _("cible {year}").format(year=self.target_year),
        }


@dataclass(frozen=True)
class Areas:
    """What each action avoids year by year, one area above the other; an action that adds has no area."""

    years: Sequence[int]
    names: Sequence[str]
    values: Sequence[Sequence[float]]
    unit: str

    @property
    def alt(self) -> str:
        """What each action avoids in the last year."""
        written = [
            _("{what} : {value}").format(
                what=name, value=formatting.quantity(values[-1], self.unit, current_language())
            )
            for name, values in zip(self.names, self.values, strict=True)
        ]
        return _("En {year}, évité par action : {values}.").format(year=self.years[-1], values=" ; ".join(written))

    def layout(self) -> dict[str, Any]:
        """Where each area and its label go."""
        totals = [sum(values[place] for values in self.values) for place in range(len(self.years))]
        frame = _Frame(self.years, max(totals, default=0.0))
        level, marks, labels = [0.0] * len(self.years), [], []
        for name, values, fill in zip(self.names, self.values, _FILLS, strict=False):
            below, level = level, [low + value for low, value in zip(level, values, strict=True)]
            outline = [*zip(self.years, level, strict=True)], [*zip(self.years, below, strict=True)][::-1]
            marks.append({"points": " ".join(map(frame.points, outline)), "fill": fill})
            labels.append({"y": frame.y((below[-1] + level[-1]) / 2) + 4, "text": name})
        return frame.axes(self.unit) | {"marks": marks, "labels": _apart(labels)}


def trajectory(results: ProjectionResults) -> Trajectory:
    """The trajectory of a projection, in its criterion."""
    project, rows = results.project, results.years
    target = project["target"] or {}
    return Trajectory(
        years=[row["year"] for row in rows],
        reference=[row["reference_stock"] for row in rows],
        plan=[row["plan_stock"] for row in rows],
        low=[row["plan_stock_low"] for row in rows],
        high=[row["plan_stock_high"] for row in rows],
        unit=results.unit,
        cited=project["cumulative_to"],
        base_year=project["base_year"],
        base=project["base"].get(results.criterion),
        target_year=project["target_year"] if target else None,
        target=target.get("value"),
    )


def areas(results: ProjectionResults) -> Areas:
    """What each action of a projection avoids year by year; the smallest ones are one area."""
    by_year = results.by_year
    order = sorted((code for code, values in by_year.items() if sum(values) > 0), key=lambda code: -sum(by_year[code]))
    shown = {code: [max(0.0, value) for value in by_year[code]] for code in order}
    names, values = order[:MOST_AREAS], [shown[code] for code in order[:MOST_AREAS]]
    years = range(results.project["base_year"] + 1, results.project["last_year"] + 1)
    if rest := order[MOST_AREAS:]:
        names.append(_("autres actions"))
        values.append([sum(shown[code][place] for code in rest) for place in range(len(years))])
    return Areas(list(years), names, values, results.unit)


class _Frame:
    """From years and values to the points of a drawing."""

    def __init__(self, years: Sequence[int], highest: float) -> None:
        self.years, self.highest = years, highest
        step = 10 ** floor(log10(highest)) if highest > 0 else 1.0
        step = next(step * part for part in (0.1, 0.2, 0.5, 1, 2) if highest / (step * part) <= 5)
        self.top = step * ceil(highest / step) if highest > 0 else 1.0
        self.ticks = [step * i for i in range(round(self.top / step) + 1)]

    def x(self, year: float) -> float:
        span = (self.years[-1] - self.years[0]) or 1
        return round(_LEFT + (year - self.years[0]) / span * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        return round(_TOP + (1 - value / self.top) * (_HEIGHT - _TOP - _BOTTOM), 1)

    def points(self, values: Sequence[tuple[int, float]]) -> str:
        return " ".join(f"{self.x(year)},{self.y(value)}" for year, value in values)

    def axes(self, unit: str) -> dict[str, Any]:
        lang, every = current_language(), ceil(len(self.years) / 8)
        name, size = formatting.column_unit([self.highest], unit)
        axes = {
            "width": _WIDTH,
            "height": _HEIGHT,
            "left": _LEFT,
            "right": _WIDTH - _RIGHT,
            "bottom": _HEIGHT - _BOTTOM,
            "ticks": [{"y": self.y(tick), "text": formatting.number(tick / size, lang)} for tick in self.ticks],
            "years": [{"x": self.x(year), "year": year} for year in self.years[::every]],
        }
        return {"axes": axes, "unit": formatting.unit_text(name, lang)}


def _apart(labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The labels of the right side, moved so that none covers another."""
    placed: list[dict[str, Any]] = []
    for label in sorted(labels, key=lambda label: -label["y"]):
        limit = placed[-1]["y"] - 16 if placed else label["y"]
        placed.append({**label, "y": round(min(label["y"], limit), 1)})
    return placed
