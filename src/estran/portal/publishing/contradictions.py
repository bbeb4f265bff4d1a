"""The contradictions that an opposition member would find in the room: facts in, alerts out.

Sentences and remedies are rows of contradictions.csv; what a title claims, what a text counts, and which rule or cause
stands against an indicator are tables beside it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from estran.catalogue import labels
from estran.common import formatting
from estran.common.language import _
from estran.common.shipped import in_words, row_labels, rows_by_code, text_rows
from estran.common.vocabulary import limit
from estran.portal.plan.effects import NOT_PROJECTED, won_before
from estran.portal.plan.models import Action, Budget, Strategy
from estran.portal.plan.objective_status import REACHED, ObjectiveStatus, format_value, tests_of

Place = tuple[str, int | None]  # the page where a contradiction is settled: its URL name, and the number of the thing


@dataclass(frozen=True)
class Contradiction:
    """One contradiction: its kind, what it is about, the sentence, what to do, and where."""

    kind: str
    subject: str
    text: str
    remedy: str
    place: Place

    @property
    def key(self) -> str:
        """What an answer to it is kept under."""
        return f"{self.kind} {self.subject}"[:200]


@dataclass(frozen=True)
class BudgetedAction:
    """The lines of budget of an action, and whether the last projection counts an effect of it."""

    action: Action
    lines: list[Budget] = field(default_factory=list)
    projected: bool = False


@dataclass(frozen=True)
class Statement:
    """A text that someone wrote: what it is about, where it stands, the last year it speaks of."""

    text: str
    subject: str
    place: Place
    year: int


@dataclass(frozen=True)
class Facts:
    """What is compared. `counts`: indicator → year → numerator and value; `causes`: cause → what it changed.

    `voted` are the changes since the vote; `asked_before` the session and text of the decision last asked.
    """

    session: date | None = None
    this_year: int = 0
    year: int | None = None  # of the figures
    strategy: Strategy | None = None
    base_year: int | None = None
    objectives: list[ObjectiveStatus] = field(default_factory=list)
    actions: list[BudgetedAction] = field(default_factory=list)
    texts: list[Statement] = field(default_factory=list)
    counts: Mapping[str, Mapping[int, tuple[float | None, float | None]]] = field(default_factory=dict)
    causes: Mapping[str, float] = field(default_factory=dict)
    voted: list[dict[str, Any]] = field(default_factory=list)
    asked_before: tuple[str, str] | None = None
    stale: int | None = None  # the projection, when it is not of the plan of today


def find_contradictions(facts: Facts) -> list[Contradiction]:
    """Every contradiction of the facts, in the order of the table."""
    looks: tuple[Callable[[Facts], Iterator[Contradiction]], ...] = (
        _targets, _titles, _progress, _causes, _texts, _session, _counted, _money, _voted,
    )  # fmt: skip
    order = list(rows_by_code("contradictions"))
    alerts = [alert for look in looks for alert in look(facts)]
    return sorted(alerts, key=lambda one: order.index(one.kind))


def _alert(kind: str, subject: str, place: Place, **values: Any) -> Contradiction:
    row = rows_by_code("contradictions")[kind]
    text, remedy = (in_words(row, name).format(subject=subject, **values) for name in ("text", "remedy"))
    return Contradiction(kind, subject, text, remedy, place)


def _objective(row: ObjectiveStatus) -> tuple[str, Place]:
    return row.objective.title, ("plan:objective", row.objective.pk)


def _targets(facts: Facts) -> Iterator[Contradiction]:
    """A projection of another plan; a target that the actions computed miss; a second target beside it."""
    if facts.stale:
        yield _alert("projection_stale", str(facts.stale), ("plan:effects", None))
    for row in facts.objectives:
        one = row.objective
        if row.missed:
            led_to = format_value(row.led_to, one.unit)
            yield _alert(
                "projection_target", *_objective(row), target=format_value(one.target, one.unit), led_to=led_to
            )
        reduction = facts.strategy.reduction if facts.strategy else None
        if reduction and tests_of(one.indicator, "projection") and one.target is not None:
            values = {"target": format_value(one.target, one.unit), "reduction": formatting.percent(reduction)}
            yield _alert("two_targets", one.title, ("plan:edit", None), year=facts.base_year or "–", **values)


def _titles(facts: Facts) -> Iterator[Contradiction]:
    """A title that claims another thing than its indicator measures, or another number than its target."""
    for row in facts.objectives:
        one, title = row.objective, row.objective.title.casefold()
        for claim in text_rows("claim_words"):
            if re.search(rf"\b{claim['stem']}", title) and one.indicator not in claim["indicators"].split("|"):
                indicator = row_labels("indicators").get(one.indicator, one.indicator)
                words = in_words(claim, "label")
                yield _alert("title_indicator", *_objective(row), claim=words, indicator=indicator)
                break
        numbers = [abs(number) for number in read_numbers(title)]
        if one.target is not None and numbers and abs(one.target) not in numbers:
            yield _alert("title_target", *_objective(row), target=format_value(one.target, one.unit))


def _progress(facts: Facts) -> Iterator[Contradiction]:
    """An objective that its readings alone would call ahead, against the law and against its actions."""
    for row in facts.objectives:
        if row.line not in ("ahead", "on_time", REACHED):
            continue
        if row.law:
            yield _alert("objective_law", *_objective(row), rule=row.law.label)
        if row.slipped and row.line != REACHED:
            text = _("l’action {code} est notée « {status} »")
            actions = [text.format(code=one.code, status=one.status_label.lower()) for one in row.slipped]
            yield _alert("objective_actions", *_objective(row), actions=", ".join(actions))


def _causes(facts: Facts) -> Iterator[Contradiction]:
    """A cause of the fall whose indicator goes the other way."""
    for row in facts.objectives:
        one = row.objective
        for test in tests_of(one.indicator, "cause"):
            start, last = one.start, row.reading.value if row.reading else None
            if start is None or last is None or facts.causes.get(test["code"], 0.0) >= 0:
                continue
            if row.way * (last - start) < 0:
                before, after, cause = (
                    format_value(start, one.unit),
                    format_value(last, one.unit),
                    labels.cause(test["code"]),
                )
                yield _alert("indicator_cause", *_objective(row), cause=cause, before=before, after=after)


def _texts(facts: Facts) -> Iterator[Contradiction]:
    """A number, or « all », in a text that someone wrote, beside the register."""
    for one in facts.texts:
        words = one.text.casefold()
        for row in text_rows("counted_words"):
            if not all(re.search(rf"\b{stem}", words) for stem in row["words"].split("|")):
                continue
            years = {year: pair for year, pair in facts.counts.get(row["indicator"], {}).items() if year <= one.year}
            if value := _denied(one.text, row["claim"], years):
                label = row_labels("indicators")[row["indicator"]]
                yield _alert("text_register", one.subject, one.place, text=one.text, value=value, indicator=label)
            break


def _denied(text: str, claim: str, years: Mapping[int, tuple[float | None, float | None]]) -> str:
    """What the register says instead, in words; empty when it agrees or does not know."""
    if not years:
        return ""
    if claim == "all":
        _counted, value = years[max(years)]
        claims_all = re.search(r"\b(tous|toutes|chaque|all|every)\b", text.casefold())
        return formatting.percent(value / 100) if claims_all and value is not None and value < 100 else ""
    counted = sum(number for number, _value in years.values() if number is not None)
    numbers = [number for number in read_numbers(text) if number > limit("day_numbers") and not 1990 <= number <= 2100]
    if not numbers or any(100 * abs(number - counted) <= limit("register_percent") * counted for number in numbers):
        return ""
    return formatting.count(counted)


def _session(facts: Facts) -> Iterator[Contradiction]:
    """Figures too old for the session; a decision asked again."""
    if facts.session and facts.year:
        expected = facts.session.year - (1 if facts.session.month >= limit("last_year_month") else 2)
        if facts.year < expected:
            years = {"session": facts.session.year, "year": facts.year, "expected": expected}
            yield _alert("year_session", str(facts.year), ("years:years", None), **years)
    asked = facts.strategy.asked.strip() if facts.strategy else ""
    if asked and facts.asked_before and facts.asked_before[1].strip() == asked:
        yield _alert("same_decision", facts.asked_before[0], ("plan:edit", None), text=asked)


def _counted(facts: Facts) -> Iterator[Contradiction]:
    """An action that is not in the plan, or was finished before it, and still counts in it."""
    for one in facts.actions:
        action = one.action
        before = won_before(action, facts.strategy)
        if action.status not in NOT_PROJECTED and not before:
            continue
        coming = [line for line in one.lines if line.year >= facts.this_year and line.forecast]
        why = [_("la projection lui compte un effet")] if one.projected else []
        if coming and not before:
            years = ", ".join(str(year) for year in sorted({line.year for line in coming}))
            why.append(_("des montants sont prévus en {years}").format(years=years))
        if why:
            values = {"status": action.status_label.lower(), "why": ", ".join(why)}
            yield _alert("action_counted", action.code, ("plan:action", action.pk), **values)


def _money(facts: Facts) -> Iterator[Contradiction]:
    """Costs outside the dates of an action, counted twice, or that stop while the action goes on."""
    for one in facts.actions:
        place, costs = ("plan:action", one.action.pk), [line for line in one.lines if line.nature != "savings"]
        yield from _outside(one.action, place, costs)
        for line in costs:
            again = next((other for other in costs if other.nature == line.nature and other.year > line.year
                          and other.forecast == line.forecast and line.forecast), None)  # fmt: skip
            if again and line.actual is None and line.year < facts.this_year and line.nature == "investment":
                euros = formatting.count(line.forecast or 0)
                yield _alert("cost_twice", one.action.code, place, euros=euros, first=line.year, again=again.year)
        spent = [line for line in costs if line.actual and line.nature == "running"]
        last = max(spent, key=lambda line: line.year, default=None)
        if one.action.open and last and not any(line.year > last.year for line in one.lines):
            values = {"euros": formatting.count(last.actual or 0), "year": last.year}
            yield _alert("cost_stops", one.action.code, place, **values)


def _outside(action: Action, place: Place, costs: list[Budget]) -> Iterator[Contradiction]:
    first = action.starts_on.year if action.starts_on else None
    last = action.ends_on.year if action.ends_on else None
    for nature in ("investment", "running"):
        years = [
            line.year
            for line in costs
            if line.nature == nature and (line.forecast or line.actual)
            and ((first and line.year < first) or (last and line.year > last))
        ]  # fmt: skip
        if years:
            values = {"nature": Budget(nature=nature).nature_label, "years": ", ".join(map(str, sorted(years)))}
            yield _alert("money_dates", action.code, place, **values)


def _voted(facts: Facts) -> Iterator[Contradiction]:
    """A target or a date that is no longer the one the assembly voted."""
    watched = {labels.word("voted", name) for name in ("target", "due_on", "reduction", "indicator")}
    for row in facts.voted:
        if row["field"] in watched:
            values: dict[str, object] = {name: row[name] for name in ("before", "after", "field")}
            yield _alert("voted_now", row["what"], ("plan:votes", None), **values)


# -------------------------------------------------------------------------------------------- numbers written in words

_NUMBER = re.compile(r"[-−]?\d{1,3}(?:[\u202f\u00a0 ]\d{3})+(?:,\d+)?|[-−]?\d+(?:,\d+)?")


def read_numbers(text: str) -> list[float]:
    """The numbers of a French text, in figures or in small words: « huit ans », « 1,35 », « 12 000 »."""
    small = {row["word"]: float(row["value"]) for row in text_rows("number_words") if row["value"] != "1"}
    words = [small[word] for word in re.findall(r"\w+", text.casefold()) if word in small]
    figures = [re.sub(r"[\u202f\u00a0 ]", "", one).replace(",", ".").replace("−", "-") for one in _NUMBER.findall(text)]
    return [*words, *map(float, figures)]
