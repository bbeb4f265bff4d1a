"""A plan: where it leads beside its target, and which actions weigh."""

from collections.abc import Callable, Sequence
from math import floor, log10

from estran.common.language import _, ngettext
from estran.reporting.charts.breakdown import LINE, MOST, NARROW_LINE, axis_of
from estran.reporting.charts.drawing import NARROW, WIDE, Drawing
from estran.reporting.charts.layout import LINE as LINE_HEIGHT
from estran.reporting.charts.layout import cut_axis, dodge, shorten, text_width
from estran.reporting.figures import Figures, Row, Unit

INK, SOFT, SEA, OCHRE = "#17252c", "#4a5b64", "#0b5a6b", "#9f4407"
HEIGHT = 300  # of the plot of a trajectory, in pixels
GAPS = {WIDE: 18, NARROW: 37}  # between two labels at its end: of one line, of two
AT = tuple[int, float]  # a year and a value


def trajectory(write: Figures, rows: Sequence[Row], unit: Unit, base: AT | None, target: AT | None) -> Drawing:
    """Rows, one a year: year, without, plan, low, high (None without interval); the run it starts from, the target."""
    points = [_sized(row, unit) for row in rows]
    if base:
        start_of = {"year": base[0], "without": base[1], "plan": base[1], "low": None, "high": None}
        points.insert(0, _sized(start_of, unit))
    aim = target[1] / unit[1] if target else None
    known = [point[name] for point in points for name in _LINES if point[name] is not None]
    known += [] if aim is None else [aim]
    top = max(known) + 0.05 * (max(known) - min(known))
    start, marks = cut_axis(min(known), top, 0.05, 4)
    top = top if top > start else start + 1.0
    text, pixel = _written(write, top), (top - start) / HEIGHT
    years: list[int] = sorted({*(point["year"] for point in points), *([target[0]] if target else [])})
    values = {
        "domain": [start, top], "cut": start, "ticks": marks, "span": [years[0], max(years[-1], years[0] + 1)],
        "tick_texts": [write.number(tick, digits=6) for tick in marks],
        "years": _every(years, 8), "years_narrow": [years[0], years[-1]] if len(years) > 1 else years,
        "unit": write.unit_text(unit[0]),
    }  # fmt: skip
    if start > 0:
        written = write.number(start, digits=6)
        values["unit"] = _("{unit} (l’axe part de {start})").format(unit=values["unit"], start=written)
    at_target = next((point["plan"] for point in points if target and point["year"] == target[0]), None)
    missing = 0.0 if aim is None or at_target is None else at_target - aim
    with_target = target is not None and target[0] == points[-1]["year"]
    labels = _ends(text, points[-1], aim if with_target else None, pixel)
    if target and aim is not None:
        if not with_target:
            way = ("left", 12.0, 0.0)  # beside the diamond: what is missing is written on the other side
            labels.append(_label(target[0], aim, _("cible {value}").format(value=text(aim)), OCHRE, way, bold=True))
        if missing > 0:
            gap = _("il manque {gap}").format(gap=write.cell(missing * unit[1], unit))
            way = ("right", -9.0, max(0.0, 12 - missing / pixel / 2))
            labels.append(_label(target[0], aim + missing / 2, gap, OCHRE, way, bold=False))
    more: dict[str, Sequence[Row]] = {
        "labels": [*labels, *_band_label(points, pixel)],
        "base": [{"year": base[0], "value": base[1] / unit[1]}] if base else [],
        "target": [{"year": target[0], "value": aim, "plan": at_target}] if target else [],
    }
    return Drawing("trajectory", _alt(write, text, points, (base, target, missing), unit, start), points, values, more)


def _sized(row: Row, unit: Unit) -> Row:
    """A row in the unit of the chart."""
    return row | {name: None if row[name] is None else row[name] / unit[1] for name in _LINES}


_LINES = ("without", "plan", "low", "high")


def _every(years: Sequence[int], most: int) -> list[int]:
    step = -(-len(years) // most)
    return [year for year in years if (years[-1] - year) % step == 0]


def _label(year: int, value: float, text: str, colour: str, way: tuple[str, float, float], *, bold: bool) -> Row:
    place = dict(zip(("align", "dx", "dy"), way, strict=True))
    return {"year": year, "value": value, "text": text, "narrow_text": text, "color": colour, "bold": bold,
            WIDE: place, NARROW: place}  # fmt: skip


def _written(write: Figures, highest: float) -> Callable[[float], str]:
    """How values of one chart are written: all to the same digit, the third of the highest."""
    digit = 10.0 ** (floor(log10(abs(highest))) - 2) if highest else 1.0
    return lambda value: write.number(round(value / digit) * digit, digits=6)


def _ends(text: Callable[[float], str], last: Row, target: float | None, pixel: float) -> list[Row]:
    """The names of the lines and of the target at their end, none over another."""
    ends = [(last["without"], _("sans plan"), INK), (last["plan"], _("avec le plan"), SEA)]
    if target is not None:
        ends.append((target, _("cible"), OCHRE))
    labels = []
    for value, name, colour in ends:
        written = text(value)
        label = _label(last["year"], value, f"{name} {written}", colour, ("left", 12.0, 0.0), bold=True)
        labels.append(label | {"narrow_text": f"{name}\n{written}"})
    for variant, gap in GAPS.items():
        moves = dodge([-label["value"] / pixel for label in labels], gap)
        left, up = (12, 0) if variant == WIDE else (8, LINE_HEIGHT / 2)
        for label, move in zip(labels, moves, strict=True):
            label[variant] = {"align": "left", "dx": left, "dy": move - up}
    return labels


def _band_label(points: Sequence[Row], pixel: float) -> list[Row]:
    """« intervalle à 95 % » where the band is wide enough, over the lines, else under them."""
    text = _("intervalle à 95 %")
    for point in points[:-1]:
        if point["high"] is not None and point["low"] is not None:
            upper, lower = max(point["without"], point["plan"]), min(point["without"], point["plan"])
            for free, edge in ((point["high"] - upper, point["high"]), (lower - point["low"], point["low"])):
                if free / pixel > 3 * LINE_HEIGHT:
                    middle = edge + free / 2 * (-1 if edge > upper else 1)
                    label = _label(point["year"], middle, text, SOFT, ("left", 8, 0), bold=False)
                    two = {"align": "left", "dx": 8, "dy": -LINE_HEIGHT / 2}
                    return [label | {"narrow_text": shorten(text, 12, 2), NARROW: two}]
    return []


def _alt(
    write: Figures, text: Callable[[float], str], points: Sequence[Row],
    ends: tuple[AT | None, AT | None, float], unit: Unit, start: float,
) -> str:  # fmt: skip
    (base, target, missing), last = ends, points[-1]
    own = [point for point in points if not base or point["year"] != base[0]]
    plan = ", ".join(f"{point['year']} {text(point['plan'])}" for point in own)
    if last["low"] is not None:
        plan += f" ({write.range(last['low'] * unit[1], last['high'] * unit[1], unit)})"
    named, first = write.unit_text(unit[0]), points[0]["year"]
    sentences = [_("Courbes de {first} à {last}, {unit}.").format(first=first, last=last["year"], unit=named)]
    if base:
        sentences.append(_("Départ : {value} en {year}.").format(value=text(base[1] / unit[1]), year=base[0]))
    sentence = _("Sans plan : {value} en {year}. Avec le plan : {plan}.")
    sentences.append(sentence.format(value=text(last["without"]), year=last["year"], plan=plan))
    if target:
        aim = _("Cible {year} : {value}").format(year=target[0], value=text(target[1] / unit[1]))
        if missing > 0:
            gap = _("il manque {gap}").format(gap=write.cell(missing * unit[1], unit))
            aim = f"{aim}, {gap}"
        sentences.append(f"{aim}.")
    if start > 0:
        sentences.append(_("L’axe part de {start}.").format(start=write.number(start, digits=6)))
    return " ".join(sentences)


def actions(write: Figures, rows: Sequence[Row], unit: Unit, years: tuple[int, int]) -> Drawing:
    """Rows, one an action: label, mean (avoided over the years), low, high, acquired (what is won, None if unknown).

    The largest first, the smallest ones as one; an action without effect is left to the table.
    """
    ordered = sorted((row for row in rows if row["mean"]), key=lambda row: -row["mean"])
    shown = ordered if len(ordered) <= MOST else ordered[: MOST - 1]
    if rest := ordered[len(shown) :]:
        label = ngettext("{n} autre action", "{n} autres actions", len(rest)).format(n=len(rest))
        won = sum(row.get("acquired") or 0.0 for row in rest)
        shown.append({"label": label, "mean": sum(row["mean"] for row in rest), "acquired": won})
    axis = axis_of(write, [row.get(name) for row in shown for name in ("mean", "low", "high")], unit)
    drawn = [_action(write, place, row, unit) for place, row in enumerate(shown)]
    unit_text = write.unit_text(unit[0])
    title = _("{unit} évitées de {first} à {last}").format(unit=unit_text, first=years[0], last=years[1])
    if any(row["acquired"] for row in drawn) and not _write_words(drawn, axis):
        title = _("{unit} évitées (foncé : acquis)").format(unit=unit_text)
    alt = _("Barres. Effet cumulé de {first} à {last}, {unit} évitées. {values}.").format(
        first=years[0], last=years[1], unit=unit_text,
        values=_(" ; ").join(_spoken(write, row, unit) for row in shown) or _("aucun effet"),
    )  # fmt: skip
    return Drawing("actions", alt, drawn, {"title": title, **axis})


def _action(write: Figures, place: int, row: Row, unit: Unit) -> Row:
    total, low, high = (None if row.get(name) is None else row[name] / unit[1] for name in ("mean", "low", "high"))
    assert total is not None
    acquired = min(max(0.0, (row.get("acquired") or 0.0) / unit[1]), max(total, 0.0))
    label = shorten(str(row["label"]), LINE, 2)
    return {
        "row": place, "acquired": acquired, "total": total, "low": low, "high": high, "mid": (acquired + total) / 2,
        "end": max(total, 0.0), "text": write.cell(row["mean"], unit), "won": "", "to_come": "", "label": label,
        "lines": label.count("\n") + 1, "line": shorten(str(row["label"]), NARROW_LINE),
    }  # fmt: skip


def _write_words(rows: Sequence[Row], axis: Row) -> bool:
    """Name each part in the first bar where it has room for its word; whether what is won has its name."""
    pixel = (axis["domain"][1] - axis["domain"][0]) / 260  # on a phone
    for row in rows:
        row["room"] = {"won": row["acquired"] / pixel, "to_come": (row["total"] - row["acquired"]) / pixel}
    for name, word in (("won", _("acquis")), ("to_come", _("à venir"))):
        roomy = [row for row in rows if row["room"][name] > text_width(word, bold=True) + 12]
        # Beside the other one if there is a bar for both.
        best = next((row for row in roomy if min(row["room"].values()) > 0), roomy[0] if roomy else None)
        if best:
            best[name] = word
    for row in rows:
        del row["room"]
    return any(row["won"] for row in rows)


def _spoken(write: Figures, row: Row, unit: Unit) -> str:
    text = f"{row['label']} {write.cell(row['mean'], unit)}"
    if won := row.get("acquired"):
        text += _(", dont {won} acquis").format(won=write.cell(won, unit))
    return text
