"""An indicator on the way to its target: a track from the start to the target, a bar for today, a tick for expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from estran.common.language import _
from estran.reporting.charts.drawing import Drawing
from estran.reporting.charts.layout import text_width

CARD, CELL = ("indicator", 320), ("indicator_cell", 220)  # the descriptions and their widths, in pixels
LATE = 0.005  # of the way: what is so little behind is on time


def card(
    label: str, start: float | None, today: float | None, expected: float | None, target: float | None,
    text: Callable[[float], str],
) -> Drawing | None:  # fmt: skip
    """The four values, as `text` writes them; None without a way to show: start, today and target are needed."""
    return _bullet(CARD, label, (start, today, expected, target), text)


def cell(
    label: str, start: float | None, today: float | None, expected: float | None, target: float | None,
    text: Callable[[float], str],
) -> Drawing | None:  # fmt: skip
    """The same in the cell of a table: today and the target are written, start and expected only drawn."""
    return _bullet(CELL, label, (start, today, expected, target), text)


def _bullet(
    size: tuple[str, int], label: str, values: tuple[float | None, float | None, float | None, float | None],
    text: Callable[[float], str],
) -> Drawing | None:  # fmt: skip
    start, today, expected, target = values
    if start is None or today is None or target is None or start == target:
        return None

    def at(value: float) -> float:
        return (value - start) / (target - start)

    row: dict[str, Any] = {
        "end": min(max(at(today), 0.0), 1.0), "today_text": text(today), "target_text": text(target),
        "start_text": text(start), "expected": None, "expected_text": "",
    }  # fmt: skip
    if expected is not None:
        row |= {"expected": min(max(at(expected), 0.0), 1.0)}
        row["expected_text"] = _("attendu {value}").format(value=text(expected))
    (name, width), right = size, text_width(row["target_text"], bold=True) + 22
    left = text_width(row["start_text"]) + 14 if size is CARD else 4.0
    if width - left - right < 90:  # no room for the start: it is in the table
        row["start_text"], left = "", 8.0
    drawn = {"track": round(max(60.0, width - left - right)), "left": round(left), "right": round(right)}
    parts = [_("{today} aujourd’hui").format(today=row["today_text"]), _("parti de {start}").format(start=text(start))]
    if expected is not None:
        parts.append(row["expected_text"])
    parts.append(_("cible {value}").format(value=row["target_text"]))
    alt = _("{label} : {values}.").format(label=label, values=", ".join(parts))
    return Drawing(name, alt, [row | {"align": _align(row["end"]), "expected_align": _align(row["expected"])}], drawn)


def _align(place: float | None) -> str:
    """The side on which a text stands so that it stays in the drawing."""
    return "left" if place is None or place < 0.3 else "right" if place > 0.8 else "center"
