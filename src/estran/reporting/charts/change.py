"""What changed and why: from one total to another, cause by cause."""

from collections.abc import Mapping, Sequence

from estran.common.language import _, ngettext
from estran.reporting.charts.breakdown import LINE, NARROW_LINE
from estran.reporting.charts.drawing import Drawing
from estran.reporting.charts.layout import cut_axis, shorten
from estran.reporting.figures import Figures, Row, Unit

LEAST = 0.01  # of all that moved: smaller causes are one


def change(
    write: Figures,
    before: tuple[str, float],
    effects: Sequence[tuple[str, float]],
    after: tuple[str, float],
    unit: Unit,
    texts: Mapping[str, str] | None = None,
) -> Drawing:
    """The bars of a change: the first total with its name, each cause with its effect, the last total.

    `texts`: how the figure of a name is written, as the table beside it does.

    The causes come by size, the smallest ones as one. The axis is cut where the totals would hide the causes, and says
    so.
    """
    causes, texts = _fold(effects), texts or {}
    first, last = (texts.get(name) or write.total(value, unit) for name, value in (before, after))
    written = {label: texts.get(label) or write.signed(effect, unit) for label, effect in causes}
    levels = [before[1]]
    for _cause, effect in causes:
        levels.append(levels[-1] + effect)
    whole = [value / unit[1] for value in (*levels, after[1])]
    start, marks = cut_axis(min(whole), max(whole), 0.3, 4)
    top = max(*whole, 0.0)
    if top <= start:
        top = start + 1.0
    base = max(0.0, start)
    rows = [_row(0, before[0], "total", base, whole[0], first)]
    for place, (label, effect) in enumerate(causes, 1):
        kind = "up" if effect > 0 else "down"
        rows.append(_row(place, label, kind, whole[place - 1], whole[place], written[label]))
    rows.append(_row(len(rows), after[0], "total", base, whole[-1], last))
    for row in rows:
        row["next"] = min(row["row"] + 1, len(rows) - 1)
    name = write.unit_text(unit[0])
    alt = _("Cascade, {unit}. De {before} en {first} à {after} en {last}. {causes}.").format(
        unit=name, before=first, first=before[0], after=last, last=after[0],
        causes=_(" ; ").join(f"{label} {written[label]}" for label, _effect in causes) or _("aucune cause"),
    )  # fmt: skip
    values = {
        "domain": [start, top], "cut": start > 0, "unit": name, "ticks": marks,
        "tick_texts": [write.number(tick, digits=6) for tick in marks],
    }  # fmt: skip
    if start > 0:
        begins = write.number(start, digits=6)
        values["unit"] = _("{unit} (axe coupé : il part de {start})").format(unit=name, start=begins)
        starts = _("L’axe part de {start}.").format(start=begins)
        alt = f"{alt} {starts}"
    return Drawing("change", alt, rows, values)


def _fold(effects: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The causes that moved something, the largest first, the smallest ones as one."""
    moved = sorted(((label, effect) for label, effect in effects if effect), key=lambda one: -abs(one[1]))
    least = LEAST * sum(abs(effect) for _label, effect in moved)
    small = [one for one in moved if abs(one[1]) < least]
    if len(small) < 2:
        return moved
    label = ngettext("{n} petite cause", "{n} petites causes", len(small)).format(n=len(small))
    return [*(one for one in moved if one not in small), (label, sum(effect for _label, effect in small))]


def _row(place: int, label: str, kind: str, start: float, end: float, text: str) -> Row:
    two = shorten(label, LINE, 2)
    return {
        "row": place, "kind": kind, "a": start, "b": end, "at": max(start, end), "text": text, "label": two,
        "lines": two.count("\n") + 1, "line": shorten(label, NARROW_LINE),
    }  # fmt: skip
