"""How long equipment serves: the share still in use at each age, beside the life decided, one panel a type."""

from collections.abc import Sequence

from estran.common.language import _
from estran.reporting.charts.drawing import Drawing
from estran.reporting.charts.layout import ticks
from estran.reporting.figures import Figures, Row

PANEL, ROOM, SHARE = 160, 58, 46  # pixels: the width of a panel, what « décidé » and a share take beside their line
MOST = 6  # panels


def lives(write: Figures, types: Sequence[Row]) -> Drawing | None:
    """Types: label, ages (rows age, share, low, high: 0 to 1, in order), decided (years or None).

    The first types are drawn; one without curve is not. None when none is. Stop a curve where too few are followed.
    """
    shown = [one for one in types if len(one["ages"]) > 1][:MOST]
    if not shown:
        return None
    oldest = max(max(one["ages"][-1]["age"], one["decided"] or 0) for one in shown)
    rows: list[Row] = []
    for one in shown:
        for age in one["ages"]:
            shares = {name: None if age[name] is None else 100 * age[name] for name in ("share", "low", "high")}
            rows.append({"type": one["label"], "kind": "curve", "age": age["age"], **shares})
        if one["decided"]:
            rows.append(_decided(write, one, oldest))
    marks = ticks(0, oldest)
    values = {
        "span": [0, oldest], "ages": marks, "age_texts": [write.number(mark, digits=6) for mark in marks],
        "title": _("âge, en années"), "shares": ["0", "50", write.percent(1.0)],
    }  # fmt: skip
    spoken = [
        _("{label} {share} à {years}").format(
            label=one["label"], share=write.percent(share_at(one, one["decided"])),
            years=_years(write, one["decided"]),
        )
        for one in shown
        if one["decided"] and share_at(one, one["decided"]) is not None
    ]  # fmt: skip
    alt = _("Courbes de survie, part encore en service selon l’âge.")
    if spoken:
        alt = _("{alt} À l’âge décidé\u00a0: {values}.").format(alt=alt, values=_("\u202f; ").join(spoken))
    return Drawing("lives", _("{alt} La bande est l’intervalle à 95\u00a0%.").format(alt=alt), rows, values)


def share_at(one: Row, years: float) -> float | None:
    """The share still in use at an age; None past the end of the curve."""
    if not one["ages"][0]["age"] <= years <= one["ages"][-1]["age"]:
        return None
    return [age["share"] for age in one["ages"] if age["age"] <= years][-1]


def _decided(write: Figures, one: Row, oldest: float) -> Row:
    share, years = share_at(one, one["decided"]), one["decided"]
    left = years / oldest * PANEL
    text = _("décidé\n{years}").format(years=_years(write, years))
    return {
        "type": one["label"], "kind": "decided", "age": years, "share": None if share is None else 100 * share,
        "life_text": text, "life_align": "right" if left > ROOM else "left", "life_dx": -6 if left > ROOM else 6,
        "share_text": "" if share is None else write.percent(share),
        "share_align": "left" if PANEL - left > SHARE else "right", "share_dx": 10 if PANEL - left > SHARE else -10,
    }  # fmt: skip


def _years(write: Figures, years: float) -> str:
    return _("{n}\u00a0an").format(n=write.number(years)) if years < 2 else write.quantity(years, "year")
