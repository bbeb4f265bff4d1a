"""Requests by what they are worth and what they weigh, the weight on a scale of tens."""

from collections.abc import Sequence
from math import ceil, floor, log10

from estran.common.language import _
from estran.reporting.charts.drawing import NARROW, WIDE, Drawing
from estran.reporting.charts.layout import Label, place
from estran.reporting.figures import Figures, Row

OPEN, GO, REVIEW, NO = "open", "go", "review", "no"  # to decide, kept, to rework, not kept
SIZES = {WIDE: (560, 300), NARROW: (266, 320)}  # of the plot, in pixels
POINT = 8  # pixels from the middle of a point to its edge


def requests(write: Figures, rows: Sequence[Row]) -> Drawing | None:
    """Rows: label, value (0 to 1), kg (a year), status (open, go, review, no).

    One whose value or weight is unknown, or that weighs nothing, has no place on such a scale: it is left to the table.
    None when no row has a place.
    """
    points = [row for row in rows if row["value"] is not None and row["kg"] is not None and row["kg"] > 0]
    if not points:
        return None
    low = floor(log10(min(row["kg"] for row in points)) - 0.05)
    high = max(low + 1, ceil(log10(max(row["kg"] for row in points)) + 0.05))
    # Those to decide first, then the heaviest: what finds no free place has no label.
    ordered = sorted(points, key=lambda row: (row["status"] not in (OPEN, REVIEW), -row["kg"]))
    drawn = [row | {"value": 100 * row["value"]} for row in ordered]
    for variant, (width, height) in SIZES.items():
        spots = [(row["value"] * width / 100, height * (1 - (log10(row["kg"]) - low) / (high - low))) for row in drawn]
        taken = [(x - POINT, y - POINT, x + POINT, y + POINT) for x, y in spots]
        labels = [Label(row["label"], x, y, _WAYS) for row, (x, y) in zip(drawn, spots, strict=True)]
        for row, way in zip(drawn, place(labels, taken, (4, 0, width + 4, height)), strict=True):
            row[variant] = dict(zip(("align", "dx", "dy"), way, strict=True)) if way else None
    decades = [10.0**power for power in range(low, high + 1)]
    values = {
        "domain": [10.0**low, 10.0**high], "ticks": decades,
        "tick_texts": [write.quantity(tick, "kg") for tick in decades], "shares": ["0", "50", write.percent(1.0)],
        "across": _("valeur pour l’usager et le service"), "up": _("empreinte par an (×\u00a010 à chaque trait)"),
    }  # fmt: skip
    return Drawing("requests", _alt(write, ordered), drawn, values)


_WAYS = (
    ("left", 12, 0), ("right", -12, 0), ("center", 0, -19), ("center", 0, 19), ("left", 4, -19), ("left", 4, 19),
    ("right", -4, -19), ("right", -4, 19),
)  # fmt: skip


def status_words() -> dict[str, str]:
    """The shape of each status, for the key of the chart."""
    return {GO: _("● retenue"), OPEN: _("○ à décider"), REVIEW: _("◇ à revoir"), NO: _("× non retenue")}


def _alt(write: Figures, rows: Sequence[Row]) -> str:
    texts = [
        f"{row['label']} ({write.percent(row['value'])}, {write.quantity(row['kg'], 'kg CO2 eq')})" for row in rows
    ]
    sentence = _(
        "Nuage de {n} demandes\u00a0: la valeur de gauche à droite, l’empreinte par an de bas en haut. {values}."
    )
    return sentence.format(n=len(rows), values=_("\u202f; ").join(texts))
