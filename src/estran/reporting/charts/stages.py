"""Made or used, criterion by criterion: bars of 100 %, making at the left, use at the right, the rest between."""

from collections.abc import Sequence

from estran.common.language import _
from estran.reporting.charts.breakdown import LINE, NARROW_LINE
from estran.reporting.charts.drawing import Drawing
from estran.reporting.charts.layout import shorten
from estran.reporting.figures import Figures, Row

WIDTH, LEAST = 400, 52  # pixels: of a bar, and of a part that holds its share in writing


def stages(write: Figures, rows: Sequence[Row]) -> Drawing:
    """Rows: label, manufacturing, use, as shares of a criterion (0 to 1); the rest is distribution and end of life.

    A criterion with a share unknown or below zero has no bar: it is left to the table.
    """
    known = [row for row in rows if all((row[name] or -1) >= 0 or row[name] == 0 for name in ("manufacturing", "use"))]
    drawn = []
    for place, row in enumerate(known):
        made, used, label = row["manufacturing"], row["use"], shorten(str(row["label"]), LINE - 4, 2)
        drawn.append({
            "row": place, "made": 100 * made, "rest": 100 * (1 - used), "label": label, "lines": label.count("\n") + 1,
            "line": shorten(str(row["label"]), NARROW_LINE - 10), "used": write.percent(used),
            "made_text": write.percent(made) if made * WIDTH >= LEAST else "",
            "used_text": write.percent(used) if used * WIDTH >= LEAST else "",
        })  # fmt: skip
    spoken = [
        _("{label} {made}, {used}").format(
            label=row["label"], made=write.percent(row["manufacturing"]), used=write.percent(row["use"])
        )
        for row in known
    ]
    most = max((1 - row["manufacturing"] - row["use"] for row in known), default=0.0)
    alt = _("Barres à 100\u00a0%. Part de la fabrication, puis de l’utilisation\u00a0: {values}. "
            "Distribution et fin de vie\u00a0: {most} au plus.")  # fmt: skip
    values = {
        "made_word": _("Fabrication"), "used_word": _("Utilisation"),
        "tick_texts": ["0", "50", write.percent(1.0)], "ticks": [0, 50, 100],
    }  # fmt: skip
    return Drawing("stages", alt.format(values=_("\u202f; ").join(spoken), most=write.percent(most)), drawn, values)
