"""Drawings of a document, as SVG from templates: what is drawn, said by its text alternative, and where each mark goes.

Bars have widths in percent and texts in pixels, so that one drawing reads as well on a phone as on paper. Nothing is
said by colour alone: every value is written beside its bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Protocol

from estran.common.language import _, colon
from estran.reporting.rendering import templates

if TYPE_CHECKING:
    from markupsafe import Markup

_NARROWEST = 250  # pixels: a chart on paper, beside its table
_LABEL_CHARACTERS = 36  # what fits there
_FULL = 64  # width of the longest bar, in percent, unless its value is long to write
_BOLD = 7  # width of a character of a value, in pixels
_LINE, _BAR, _SPACE = 17, 12, 9  # heights in pixels
_DIAGRAM_WIDTH, _DIAGRAM_GAP, _CHARACTER = 360, 12, 6.4


class Drawing(Protocol):
    """What can be drawn: its text alternative, and the values of the template `<class>.svg`."""

    @property
    def alt(self) -> str:
        """What the drawing shows, in words."""

    def layout(self) -> dict[str, Any]:
        """Where each mark goes."""


@dataclass(frozen=True)
class Bar:
    """One bar: its value, the text written beside it, the bounds of its 95 % interval if known; hollow: not ours."""

    label: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None
    hollow: bool = False


@dataclass(frozen=True)
class Bars:
    """Horizontal bars from zero, with the 95 % interval as a whisker."""

    rows: Sequence[Bar]

    @property
    def alt(self) -> str:
        """Each bar with its value."""
        return _values(self.rows)

    def layout(self) -> dict[str, Any]:
        """Where each bar, its whisker and its texts go."""
        largest = max((abs(row.high if row.high is not None else row.value) for row in self.rows), default=0) or 1
        written = max((len(row.text) for row in self.rows), default=0) * _BOLD + 8
        full = min(_FULL, 100 - 100 * written / _NARROWEST)
        marks, top = [], 0
        for row in self.rows:
            lines = wrap(row.label, _LABEL_CHARACTERS) or [""]
            width, low, high = (_share(value, largest, full) for value in (row.value, row.low, row.high))
            marks.append({
                "row": row, "lines": lines, "top": top, "bar_top": top + _LINE * len(lines),
                "width": width, "low": low, "high": high,
            })  # fmt: skip
            top += _LINE * len(lines) + _BAR + _SPACE
        return {"marks": marks, "height": top, "line": _LINE, "bar": _BAR}


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall, from one level to another, and the text written beside it; a total starts at 0."""

    label: str
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Waterfall:
    """From one total to another, one bar per cause; a rise is filled, a fall hollow, both have their sign written."""

    steps: Sequence[Step]

    @property
    def alt(self) -> str:
        """Each step with its value."""
        return _values(self.steps)

    def layout(self) -> dict[str, Any]:
        """Where each step and its texts go."""
        largest = max((max(step.start, step.end) for step in self.steps), default=0) or 1
        height = _LINE + _BAR + _SPACE
        marks = []
        for place, step in enumerate(self.steps):
            low, high = min(step.start, step.end), max(step.start, step.end)
            marks.append({
                "step": step, "top": height * place, "bar_top": height * place + _LINE,
                "x": _share(low, largest), "width": _share(high - low, largest), "right": _share(high, largest),
                "level": _share(step.end, largest), "total": place in (0, len(self.steps) - 1),
                "falls": step.end < step.start,
            })  # fmt: skip
        sizes = {"height": height * len(self.steps), "line": _LINE, "bar": _BAR, "step_height": height}
        return {"marks": marks} | sizes


@dataclass(frozen=True)
class Box:
    """One box of a diagram."""

    title: str
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Diagram:
    """Boxes in levels, each level serving the one above: the functional diagram the RCP asks for (F4)."""

    levels: Sequence[Sequence[Box]]

    @property
    def alt(self) -> str:
        """Each box with what it holds."""
        boxes = [box for level in self.levels for box in level]
        return " ".join(f"{colon(box.title, ', '.join(box.lines))}." for box in boxes)

    def layout(self) -> dict[str, Any]:
        """Where each box and its lines go."""
        boxes: list[dict[str, Any]] = []
        top = 0
        for level in self.levels:
            width = (_DIAGRAM_WIDTH - _DIAGRAM_GAP * (len(level) - 1)) / len(level)
            fits = int((width - 16) / _CHARACTER)
            texts = [
                (
                    wrap(box.title, fits - 1),
                    [part for line in box.lines for part in wrap(line, fits, subsequent_indent="  ")],
                )
                for box in level
            ]
            height = max(18 + 16 * (len(titles) + len(lines)) for titles, lines in texts)
            for position, (titles, lines) in enumerate(texts):
                boxes.append({"x": position * (width + _DIAGRAM_GAP), "y": top, "width": width, "height": height,
                              "titles": titles, "lines": lines, "first": top == 0})  # fmt: skip
            top += height + 26
        return {"boxes": boxes, "width": _DIAGRAM_WIDTH, "height": top - 26}


def draw(drawing: Drawing, name: str, title: str) -> Markup:
    """A drawing as SVG, with its title and its text alternative; `name` makes the ids unique in the page."""
    from markupsafe import Markup

    template = templates().get_template(f"{type(drawing).__name__.lower()}.svg")
    return Markup(template.render(name=name, title=title, alt=drawing.alt, **drawing.layout()))


def _values(marks: Sequence[Bar] | Sequence[Step]) -> str:
    return _(" ; ").join(colon(mark.label, mark.text) for mark in marks) + "."


def _share(value: float | None, largest: float, full: float = _FULL) -> str | None:
    return None if value is None else f"{max(0.0, value) / largest * full:.2f}"
