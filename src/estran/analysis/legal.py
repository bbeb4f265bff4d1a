"""Legal counters: the shares, thresholds and dates of the rules in force, each with its source and what is unconfirmed.

A rule of legal_rules.csv groups counters of legal_counters.csv; their thresholds and dates are in legal_thresholds.csv.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from estran.analysis.quantities import Quantities, Quantity, compute_ratio
from estran.catalogue.loading import read_table
from estran.common.language import _, current_language

Row = dict[str, Any]
BOUND = "reen_bound"  # 1 when the body is one that the checklist binds; a département is not
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {">=": operator.ge, ">": operator.gt}


@dataclass(frozen=True)
class Counter:
    """One counter in one period (ISO: a year, or two days): its value, the threshold in force, whether it holds."""

    code: str
    label: str
    period: str
    value: float | None
    unit: str
    threshold: float | None = None
    holds: bool | None = None
    why: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a rule comes to in a year.

    `verdict`: met or not_met (a minimum), bound or not_bound (an obligation), depends (two readings disagree), complete
    or incomplete (a checklist), optional (a checklist that does not bind), not_computable, or empty (a reading).
    `reading` says how the text was read (read, secondary); `unconfirmed` says what is not established.
    """

    rule: str
    label: str
    verdict: str
    source: str
    reading: str
    unconfirmed: str
    counters: list[Counter] = field(default_factory=list)
    completeness: float | None = None


@cache
def _table(name: str) -> list[Row]:
    return read_table(f"legal_{name}")


def legal_verdicts(quantities: Quantities) -> list[Verdict]:
    """Every rule in force in the year of a run, in order."""
    verdicts = []
    for rule in _table("rules"):
        declared = [row for row in _table("counters") if row["rule"] == rule["rule"]]
        counters = [counter for row in declared for counter in _over_its_periods(row, quantities)]
        if counters:
            quantities.over(*_year(quantities.year))
            bound = quantities[BOUND].value
            verdicts.append(judge_rule(rule["rule"], counters, bound=bound == 1.0))
    return verdicts


def _over_its_periods(row: Row, quantities: Quantities) -> list[Counter]:
    """A counter over the part of the year in which its text is in force; then over the year, without a threshold."""
    spans = [step for step in _table("thresholds") if step["counter"] == row["counter"]]
    first, last = _year(quantities.year)
    since = max(first, min((_day(step["since"], first) for step in spans), default=first))
    until = min(last, max((_day(step["until"], last) for step in spans), default=last))
    if since > until:
        return []
    quantities.over(since, until)
    counters = [count_over(row, quantities.__getitem__, since, until)]
    if (since, until) != (first, last):
        quantities.over(first, last)
        whole = count_over(row, quantities.__getitem__, first, last)
        counters.append(replace(whole, threshold=None, holds=None))
    return counters


def count_over(row: Row, get: Callable[[str], Quantity], since: date, until: date) -> Counter:
    """One counter over the quantities of a period, with the last threshold due at its start."""
    language = current_language()
    ratio = compute_ratio(row["numerator"], row["denominator"] or "", float(row["times"]), get)
    steps = [step for step in _table("thresholds") if step["counter"] == row["counter"] and step["threshold"]]
    due = [step for step in steps if _day(step["since"], since) <= since]
    threshold = float(due[-1]["threshold"]) if due else None
    holds = None
    if ratio.value is not None and threshold is not None:
        # Two shares written alike are alike: the last bit of a division never decides.
        holds = COMPARISONS[due[-1]["comparison"]](round(ratio.value, 9), threshold)
    whole = (since, until) == _year(since.year)
    return Counter(
        row["counter"],
        row[f"label_{language}"],
        str(since.year) if whole else f"{since}/{until}",
        ratio.value,
        row[f"unit_{language}"] or "",
        threshold,
        holds,
        ratio.why,
    )


def judge_rule(code: str, counters: list[Counter], *, bound: bool = False) -> Verdict:
    """What the counters of a rule come to; `bound`: the body is one that a checklist binds."""
    rule = next(row for row in _table("rules") if row["rule"] == code)
    language = current_language()
    counted = [counter.holds for counter in counters if counter.threshold is not None]
    verdict, completeness = "", None
    if rule["kind"] == "checklist":
        # Without a body that it binds, the list alone is shown: no percentage.
        verdict = "optional"
        if bound and all(counter.value is not None for counter in counters):
            completeness = sum(counter.value or 0.0 for counter in counters) / len(counters) * 100
            verdict = "complete" if completeness == 100 else "incomplete"
        elif bound:
            verdict = "not_computable"
    elif rule["kind"] != "reading":
        yes, no = ("bound", "not_bound") if rule["kind"] == "obligation" else ("met", "not_met")
        if None in counted or not counted:
            verdict = no if rule["kind"] != "alternatives" and False in counted else "not_computable"
        elif rule["kind"] == "alternatives" and len(set(counted)) > 1:
            verdict = "depends"
        else:
            verdict = yes if all(counted) else no
    return Verdict(
        code,
        rule[f"label_{language}"],
        verdict,
        rule["source"],
        rule["reading"],
        rule[f"unconfirmed_{language}"] or "",
        counters,
        completeness,
    )


def _year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _day(text: str | None, otherwise: date) -> date:
    return date.fromisoformat(text) if text else otherwise


def verdict_label(verdict: str) -> str:
    """A verdict in words."""
    return {
        "met": _("atteint"),
        "not_met": _("non atteint"),
        "depends": _("selon le calcul"),
        "bound": _("concerné"),
        "not_bound": _("non concerné"),
        "complete": _("complet"),
        "incomplete": _("incomplet"),
        "optional": _("liste facultative pour un département"),
        "not_computable": _("non calculable"),
    }.get(verdict, "")
