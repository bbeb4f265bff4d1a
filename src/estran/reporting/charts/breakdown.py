"""Where a footprint comes from: bars from zero with their intervals."""

from collections.abc import Sequence

from estran.common.language import _, ngettext
from estran.reporting.charts.drawing import Drawing
from estran.reporting.charts.layout import shorten, ticks
from estran.reporting.figures import Figures, Row, Unit

MOST, LEAST = 8, 0.02  # bars, and the share under which a row is folded with others
LINE, NARROW_LINE = 30, 40  # letters of a label beside its bar, above it on a phone


def bars(
    write: Figures, what: str, rows: Sequence[Row], unit: Unit, *, folded: bool = False, title: str = ""
) -> Drawing:
    """Rows (label, mean, and low and high where the interval is known) as bars; a row without mean has none.

    A row may say how its mean is written (text), as the table beside it does.

    `what` begins the text alternative, `title` names the axis, else the unit does. `folded`: the rows are the largest
    first, and those that weigh little are one grey bar, with those already folded (mean None, their share). As no
    interval is known of a sum, its share is written, not its value.
    """
    shown = _fold(rows) if folded else [row for row in rows if row["mean"] is not None]
    axis = axis_of(write, [row.get(name) for row in shown for name in ("mean", "low", "high")], unit)
    drawn = [_bar(write, place, row, unit) for place, row in enumerate(shown)]
    named = title or write.unit_text(unit[0])
    alt = _("Barres. {what}, {unit}. {values}.").format(
        what=what, unit=named, values=_(" ; ").join(_spoken(write, row, unit) for row in shown)
    )
    return Drawing("bars", alt, drawn, {"unit": named, **axis})


def axis_of(write: Figures, values: Sequence[float | None], unit: Unit, most: int = 4) -> Row:
    """The domain of an axis from zero that holds these values, and its ticks with their texts, in a unit."""
    known = [0.0, *(value / unit[1] for value in values if value is not None)]
    low, high = min(known), max(known)
    marks = ticks(low, high, most) if high > low else [0]
    domain = [low, high] if high > low else [0, 1]
    return {"domain": domain, "ticks": marks, "tick_texts": [write.number(tick, digits=6) for tick in marks]}


def _fold(rows: Sequence[Row]) -> list[Row]:
    """The rows that weigh, then one for the others."""
    known = [row for row in rows if row["mean"] is not None]
    hidden = [row for row in rows if row["mean"] is None and row.get("share")]
    total = sum(row["mean"] for row in known) / ((1 - sum(row["share"] for row in hidden)) or 1.0)
    kept = [row for row in known if row["mean"] >= LEAST * total][: MOST - 1]
    others = [row for row in known if row not in kept]
    if len(others) < 2 and not hidden:
        return [*kept, *others]
    value = sum(row["mean"] for row in others) + sum(row["share"] for row in hidden) * total
    label = hidden[0]["label"] if hidden else ngettext("{n} autre", "{n} autres", len(others)).format(n=len(others))
    return [*kept, {"label": label, "mean": value, "folded": value / total if total else None}]


def _bar(write: Figures, place: int, row: Row, unit: Unit) -> Row:
    size, tail = unit[1], "folded" in row
    value, low, high = (None if row.get(name) is None else row[name] / size for name in ("mean", "low", "high"))
    label = shorten(str(row["label"]), LINE, 2)
    return {
        "row": place, "value": value, "low": low, "high": high, "end": max(0.0, value or 0.0, high or 0.0),
        "text": _written(write, row, unit), "label": label, "lines": label.count("\n") + 1,
        "line": shorten(str(row["label"]), NARROW_LINE), "tail": tail,
    }  # fmt: skip


def _written(write: Figures, row: Row, unit: Unit) -> str:
    if "folded" in row:
        return write.percent(row["folded"])
    return row.get("text") or write.cell(row["mean"], unit)


def _spoken(write: Figures, row: Row, unit: Unit) -> str:
    """A row in words: « Poste de travail 600 (440 à 790) »."""
    text = f"{row['label']} {_written(write, row, unit)}"
    return text if row.get("low") is None else f"{text} ({write.range(row['low'], row['high'], unit)})"
