"""Where ticks, cuts of an axis and labels go: rules on numbers, so that no label is placed by hand.

Places are in pixels from the top left of the plot, boxes are (left, top, right, bottom).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from textwrap import wrap

Box = tuple[float, float, float, float]
Way = tuple[str, float, float]  # how a text stands by its point: align, dx, dy
CHARACTER, BOLD, LINE = 7.8, 9.2, 17  # pixels: a mean letter of 14 px of the widest face, a bold one, a line of text


def text_width(text: str, *, bold: bool = False) -> float:
    """The most pixels that a text takes, on its longest line."""
    return max(map(len, text.split("\n"))) * (BOLD if bold else CHARACTER)


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Round values from low to high, at most this many."""
    span = (high - low) or abs(high) or 1.0
    power = floor(log10(span)) - 1
    for size in (1, 2, 5, 10, 20, 50, 100):
        step = size * 10.0**power
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        if last - first < most:
            return [round(number * step, max(0, -power)) for number in range(first, last + 1)]
    return []


def cut_axis(lowest: float, highest: float, below: float, most: int) -> tuple[float, list[float]]:
    """Where an axis of differences starts, and its ticks: a round value under the lowest, less this part of the range.

    An axis that would start near zero (under a fifth of the highest) starts there: nothing is cut.
    """
    span = highest - lowest
    wanted = lowest - below * span
    if span <= 0 or wanted < highest / 5:
        start = min(0.0, lowest)
        return start, ticks(start, max(highest, 0.0), most)
    marks = ticks(wanted, highest, most - 1)
    step = marks[1] - marks[0] if len(marks) > 1 else 10.0 ** floor(log10(span))
    fine = step / 5
    start = round(floor(wanted / fine + 1e-9) * fine, 9)
    return start, [start, *(mark for mark in marks if mark > start + step / 2)]


def shorten(label: str, width: int, lines: int = 1) -> str:
    """A label on so many lines of so many characters; what is too long ends with « … »."""
    kept = wrap(label, width) or [""]
    if len(kept) > lines:
        last = kept[lines - 1]
        kept = [*kept[: lines - 1], f"{last if len(last) < width else last[: width - 1]}…"]
    return "\n".join(kept)


def dodge(places: Sequence[float], gap: float) -> list[float]:
    """How far to move each label of a column, so that none is closer than the gap to the next; their order is kept."""
    order = sorted(range(len(places)), key=lambda one: places[one])
    moved = [places[one] for one in order]
    for _turn in range(50):
        for at in range(len(moved) - 1):
            if (over := gap - (moved[at + 1] - moved[at])) > 0:
                moved[at] -= over / 2
                moved[at + 1] += over / 2
    return [round(moved[order.index(one)] - places[one], 1) for one in range(len(places))]


@dataclass(frozen=True)
class Label:
    """A text to place near a point; `ways` are the places tried, best first.

    One that `must` be there takes, when no place is free, that which covers least.
    """

    text: str
    x: float
    y: float
    ways: Sequence[Way]
    bold: bool = False
    must: bool = False

    def box(self, align: str, dx: float, dy: float) -> Box:
        """The place that the text takes."""
        width, lines = text_width(self.text, bold=self.bold), self.text.count("\n") + 1
        left = self.x + dx - {"left": 0.0, "right": width, "center": width / 2}[align]
        top = self.y + dy - LINE / 2
        return left, top, left + width, top + lines * LINE


def place(labels: Iterable[Label], taken: Iterable[Box], frame: Box) -> list[Way | None]:
    """The way of each label that crosses nothing taken nor a label before it, within the frame; None without any."""
    full = list(taken)
    ways: list[Way | None] = []
    for label in labels:
        covered = [(_covered(label.box(*way), full, frame), way) for way in label.ways]
        least, way = min(covered, key=lambda one: one[0])
        if least and not label.must:
            ways.append(None)
            continue
        full.append(label.box(*way))
        ways.append(way)
    return ways


def _covered(box: Box, taken: Iterable[Box], frame: Box) -> float:
    """The area that a box shares with others, or that lies outside the frame."""
    left, top, right, bottom = box
    inside = shared(box, frame)
    return (right - left) * (bottom - top) - inside + sum(shared(box, one) for one in taken)


def shared(one: Box, other: Box) -> float:
    """The area that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0
