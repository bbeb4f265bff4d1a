"""Practice in two passes of a diagnostic: a line from then to now, the topics by importance, the weakest first."""

from collections.abc import Sequence

from estran.common.language import _
from estran.reporting.charts.drawing import Drawing
from estran.reporting.charts.layout import shorten
from estran.reporting.figures import Figures, Row

MOST = 4  # the highest level of practice
LINE = 44  # letters of a label
WIDTH, CLOSE = 310, 46  # pixels: of the scale, and two years that would touch


def practice(write: Figures, rows: Sequence[Row], years: tuple[str, str], ends: tuple[str, str]) -> Drawing:
    """Rows: label, group (how important, in words), before (None in a first pass), now (0 to 4), priority (a word, or
    nothing).

    Groups come in the order of the rows; `years` name then and now, `ends` say what 0 and 4 are.
    """
    groups = list(dict.fromkeys(row["group"] for row in rows))
    drawn: list[Row] = []
    for group in groups:
        drawn.append({"row": len(drawn), "label": group, "line": group, "head": True})
        for row in sorted((row for row in rows if row["group"] == group), key=lambda row: row["now"]):
            text = "\u00a0\u00a0".join(filter(None, [write.number(row["now"]), row["priority"]]))
            drawn.append({
                "row": len(drawn), "label": shorten(str(row["label"]), LINE), "head": False,
                "line": shorten(str(row["label"]), LINE), "before": row["before"], "now": row["now"],
                "priority": bool(row["priority"]), "text": text,
            })  # fmt: skip
    values = {"ends": [f"0 {ends[0]}", "2", f"{MOST} {ends[1]}"]}
    return Drawing("practice", _alt(write, drawn, years), drawn, values, {"years": _years(drawn, years)})


def _years(drawn: Sequence[Row], years: tuple[str, str]) -> list[Row]:
    """The years over the first line that has both, side by side where they would touch; a phone has its caption."""
    first = next((row for row in drawn if row.get("before") is not None), None)
    if first is None:
        return []
    close = abs(first["now"] - first["before"]) / MOST * WIDTH < CLOSE
    rises = first["now"] >= first["before"]
    sides = (("right", "left") if rises else ("left", "right")) if close else ("center", "center")
    shifts = {"right": 6, "left": -6, "center": 0}
    return [
        {"row": first["row"], "at": first[name], "text": year, "now": name == "now", "align": side, "dx": shifts[side]}
        for name, year, side in zip(("before", "now"), years, sides, strict=True)
    ]


def _alt(write: Figures, drawn: Sequence[Row], years: tuple[str, str]) -> str:
    topics = []
    for row in drawn:
        if not row["head"]:
            now = write.number(row["now"])
            then = "" if row["before"] is None else _("{before} puis ").format(before=write.number(row["before"]))
            topics.append(f"{row['line']} {then}{now}")
    both = any(row.get("before") is not None for row in drawn)
    head = _("Points reliés, pratique de 0 à 4 en {before} puis en {now}.") if both else _("Points, pratique de 0 à 4.")
    return f"{head.format(before=years[0], now=years[1])} {_join(topics)}."


def _join(topics: Sequence[str]) -> str:
    return _("\u202f; ").join(topics)
