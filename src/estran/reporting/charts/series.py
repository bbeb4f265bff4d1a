"""Year after year: the values counted the same way joined by a line, those published, figures of other tools apart."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from estran.common.language import _
from estran.reporting.charts.drawing import NARROW, WIDE, Drawing
from estran.reporting.charts.layout import Box, Label, Way, place, ticks
from estran.reporting.figures import Figures, Row, Unit

INK, SOFT, SEA = "#17252c", "#4a5b64", "#0b5a6b"
SIZES = {WIDE: (570, 290), NARROW: (268, 290)}  # of the plot, in pixels
ALL = 6  # years, the most whose values are all written; beyond, the first, the last and those that changed


@dataclass(frozen=True)
class _Frame:
    """From years and values to the pixels of a plot."""

    size: tuple[int, int]
    years: tuple[float, float]
    top: float

    def x(self, year: float) -> float:
        return (year - self.years[0]) / (self.years[1] - self.years[0]) * self.size[0]

    def y(self, value: float) -> float:
        return self.size[1] * (1 - value / self.top)


def series(write: Figures, rows: Sequence[Row], others: Sequence[Row], unit: Unit, *, restated: bool = True) -> Drawing:
    """Rows: year, published, restated, low, high, each None where it is not known; others: year, tool, mean.

    Low and high are the interval of the restated value, or of the published one where nothing is restated. Values of
    other tools are never joined to the line. Not `restated`: the line joins values that were published alike.
    """
    rows = [row | {name: _sized(row.get(name), unit) for name in _PARTS} for row in rows]
    others = [other | {"mean": _sized(other["mean"], unit)} for other in others if other["mean"] is not None]
    years = [row["year"] for row in (*rows, *others)]
    shown = list(range(min(years), max(years) + 1)) if years else [0]
    highest = max([0.0, *(row[name] for row in rows for name in _PARTS if row[name] is not None),
                   *(other["mean"] for other in others)])  # fmt: skip
    top = highest * (1.3 if others else 1.15) or 1.0  # room for labels above
    span = (shown[0] - 0.5, shown[-1] + 0.5)
    words = {"restated": _("recalculé") if restated else "", "published": _("publié")}
    labels = _labels(rows, others, words, lambda value: write.cell(value * unit[1], unit, 3))
    for variant, size in SIZES.items():
        frame = _Frame(size, span, top)
        ways = place([_label(label, frame) for label in labels], _taken(rows, others, frame), _edges(frame))
        for label, way in zip(labels, ways, strict=True):
            label[variant] = dict(zip(("align", "dx", "dy"), way, strict=True)) if way else None
    marks = ticks(0, top)
    values = {
        "unit": write.unit_text(unit[0]), "span": list(span), "top": top, "ticks": marks,
        "tick_texts": [write.number(tick, digits=6) for tick in marks],
        "years": _thinned(shown, 12), "years_narrow": _thinned(shown, 6),
    }  # fmt: skip
    points, alt = [*_points(rows), *_other_points(others)], _alt(write, rows, others, unit, restated)
    return Drawing("series", alt, points, values, {"labels": labels})


_PARTS = ("published", "restated", "low", "high")


def _sized(value: float | None, unit: Unit) -> float | None:
    return None if value is None else value / unit[1]


def _thinned(years: Sequence[int], most: int) -> list[int]:
    """At most so many years, the last one always."""
    every = -(-len(years) // most)
    return [year for year in years if (years[-1] - year) % every == 0]


def _points(rows: Sequence[Row]) -> Iterator[Row]:
    for row in rows:
        at = {"year": row["year"]}
        if row["restated"] is not None:
            yield at | {"kind": "restated", "value": row["restated"], "low": row["low"], "high": row["high"]}
        if row["published"] is not None:
            alone = row["restated"] is None
            bounds = {"low": row["low"], "high": row["high"]} if alone else {}
            yield at | {"kind": "published", "value": row["published"], **bounds}


def _other_points(others: Sequence[Row]) -> Iterator[Row]:
    for other in others:
        yield {"year": other["year"], "kind": "other", "value": other["mean"]}


def _labels(rows: Sequence[Row], others: Sequence[Row], words: Row, text: Callable[[float], str]) -> list[Row]:
    """What is written: the values of the line, those published that differ, then the other tools."""
    labels: list[Row] = []
    named: set[str] = set()
    for row in rows:
        differs = row["published"] is not None and (
            row["restated"] is None or text(row["published"]) != text(row["restated"])
        )
        ends = row is rows[0] or row is rows[-1]
        for kind, colour in (("restated", SEA), ("published", INK)):
            value = row[kind]
            if value is None or (kind == "published" and not differs):
                continue
            if len(rows) > ALL and not (ends or differs):
                continue
            written = text(value) if kind in named else f"{words[kind]}\u00a0{text(value)}".strip("\u00a0")
            named.add(kind)
            labels.append({
                "year": row["year"], "value": value, "text": written, "color": colour, "bold": True, "kind": kind,
                "low": row["low"], "high": row["high"], "must": ends,
            })  # fmt: skip
    # The last value and the first before those between: they are never left out.
    labels.sort(key=lambda label: not label["must"])
    for other in others:
        labels.append({
            "year": other["year"], "value": other["mean"], "text": f"{other['tool']}\n{text(other['mean'])}",
            "color": SOFT, "bold": False, "kind": "other", "low": None, "high": None, "must": True,
        })  # fmt: skip
    return labels


def _label(label: Row, frame: _Frame) -> Label:
    y = frame.y(label["value"])
    ways: list[Way]
    if label["kind"] == "other":
        ways = [
            ("center", 0, 22), ("center", 0, -36), ("left", 13, -8), ("right", -13, -8), ("center", 0, 40),
            ("center", 0, -54), ("left", 13, -26), ("right", -13, -26), ("center", 0, 58),
        ]  # fmt: skip
    else:
        below = (frame.y(label["low"]) - y if label["low"] is not None else 4) + 14
        above = (frame.y(label["high"]) - y if label["high"] is not None else -4) - 14
        level = 0 if label["kind"] == "published" else 2
        ways = [
            ("right", -15, level), ("left", 15, level), ("right", -9, 16), ("left", 9, -16), ("left", 9, 16),
            ("right", -9, -16), ("center", 0, below), ("center", 0, above), ("center", 0, below + 17),
            ("center", 0, above - 17), ("center", 0, below + 34),
        ]  # fmt: skip
    return Label(label["text"], frame.x(label["year"]), y, ways, bold=label["bold"], must=label["must"])


def _taken(rows: Sequence[Row], others: Sequence[Row], frame: _Frame) -> list[Box]:
    """What labels stay off: points, whiskers, the line."""
    boxes: list[Box] = []
    for point in (*_points(rows), *_other_points(others)):
        x, y = frame.x(point["year"]), frame.y(point["value"])
        half = (12, 4) if point["kind"] == "published" else (8, 8)
        boxes.append((x - half[0], y - half[1], x + half[0], y + half[1]))
        if point.get("low") is not None and point.get("high") is not None:
            boxes.append((x - 4, frame.y(point["high"]), x + 4, frame.y(point["low"])))
    line = [(frame.x(row["year"]), frame.y(row["restated"])) for row in rows if row["restated"] is not None]
    for (x0, y0), (x1, y1) in pairwise(line):
        for part in range(13):
            x, y = x0 + (x1 - x0) * part / 12, y0 + (y1 - y0) * part / 12
            boxes.append((x - 3, y - 3, x + 3, y + 3))
    return boxes


def _edges(frame: _Frame) -> Box:
    return 0.0, 0.0, frame.size[0] + 4.0, float(frame.size[1])


def _alt(write: Figures, rows: Sequence[Row], others: Sequence[Row], unit: Unit, restated: bool) -> str:
    def text(value: float) -> str:
        return write.cell(value * unit[1], unit, 3)

    def spoken(row: Row, kind: str) -> str:
        written = f"{row['year']} {text(row[kind])}"
        if row["low"] is None or row["high"] is None or (kind == "published" and row["restated"] is not None):
            return written
        return f"{written} ({write.range(row['low'] * unit[1], row['high'] * unit[1], unit)})"

    parts = [_("Points par année, {unit}.").format(unit=write.unit_text(unit[0]))]
    again = _("Recalculé avec la méthode d’aujourd’hui :") if restated else _("Compté de la même façon :")
    kinds = (("restated", again), ("published", _("Publié :")))
    for kind, words in kinds:
        if values := [spoken(row, kind) for row in rows if row[kind] is not None]:
            parts.append(f"{words} {', '.join(values)}.")
    if others:
        marks = [f"{other['tool']} {other['year']} {text(other['mean'])}" for other in others]
        parts.append(_("Hors série : {marks}.").format(marks=_(" ; ").join(marks)))
    return " ".join(parts)
