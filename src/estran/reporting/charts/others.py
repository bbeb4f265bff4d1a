"""Where we stand among others: a line an indicator, the others hollow and unnamed, their median, ours."""

from collections.abc import Sequence
from statistics import median

from estran.common.language import _
from estran.reporting.charts.drawing import Drawing
from estran.reporting.charts.layout import shorten
from estran.reporting.figures import Figures, Row

FEWEST = 8  # others, under which one could be known


def others(write: Figures, indicators: Sequence[Row]) -> Drawing | None:
    """Indicators: label, ours, others (their values), lower_is_better, text (how a value is written).

    All counted by one method and edition. One with fewer than eight others is left out; None when no indicator is left.
    """
    shown = [one for one in indicators if one["ours"] is not None and len(one["others"]) >= FEWEST]
    if not shown:
        return None
    rows: list[Row] = []
    spoken = []
    for order, one in enumerate(shown):
        middle, write_value = median(one["others"]), one["text"]
        better = _("← mieux") if one["lower_is_better"] else _("mieux →")
        short = f"{shorten(str(one['label']), 26)} ({better})"
        about = {"order": order, "indicator": f"{shorten(str(one['label']), 52)} ({better})", "short": short}
        rows += [about | {"kind": "other", "value": value} for value in one["others"]]
        for kind, value, words in (("median", middle, _("médiane {value}")), ("us", one["ours"], _("nous {value}"))):
            rows.append(about | {"kind": kind, "value": value, "text": words.format(value=write_value(value))})
        sentence = _("{label}\u00a0: nous {ours}, médiane {middle}")
        spoken.append(sentence.format(label=one["label"], ours=write_value(one["ours"]), middle=write_value(middle)))
    alt = _("Points, {n} autorités. {values}. Les autres ne sont pas nommées.").format(
        n=1 + max(len(one["others"]) for one in shown), values=_("\u202f; ").join(spoken)
    )
    return Drawing("others", alt, rows, {"comma": write.number(1.5)[1]})
