"""Where each objective stands: today against the straight line from its start to its target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F
from django.urls import reverse

from estran.common import formatting
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.portal.common import catalogue_rows
from estran.portal.indicators import computation
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.plan.models import Objective, Reading
from estran.portal.results import years

INCOMPLETE, UNKNOWN, REACHED, AHEAD, ON_TIME, LATE = "incomplete", "unknown", "reached", "ahead", "on_time", "late"
MOST_SHOWN = 8  # what an assembly takes in
FROM_A_RUN = ("footprint", "inventory")  # kinds of indicators that a run alone gives


@dataclass(frozen=True)
class Standing:
    """An objective, its last reading, the value expected that day, and the verdict."""

    objective: Objective
    reading: Reading | None
    expected: float | None
    verdict: str

    @property
    def said(self) -> str:
        """The verdict in words."""
        return {
            INCOMPLETE: _("incomplet"), UNKNOWN: _("pas encore mesuré"), REACHED: _("atteint"),
            AHEAD: _("en avance"), ON_TIME: _("dans les temps"), LATE: _("en retard"),
        }[self.verdict]  # fmt: skip


def standing(objective: Objective) -> Standing:
    """Where an objective stands at its last reading."""
    readings = list(objective.readings.all())
    last = readings[-1] if readings else None
    if objective.missing:
        return Standing(objective, last, None, INCOMPLETE)
    if last is None:
        return Standing(objective, None, None, UNKNOWN)
    start, target = objective.start, objective.target
    assert start is not None and target is not None
    due = expected(objective, last.on)
    way = 1 if target >= start else -1
    if way * (last.value - target) >= 0:
        return Standing(objective, last, due, REACHED)
    gap = way * (last.value - due)
    return Standing(objective, last, due, AHEAD if gap > 0 else LATE if gap < 0 else ON_TIME)


def expected(objective: Objective, on: date) -> float:
    """The value on the straight line from the start to the target, on a day; flat before and after."""
    start, since, target, due = objective.start, objective.start_on, objective.target, objective.due_on
    assert start is not None and since and target is not None and due
    done = min(1.0, max(0.0, (on - since).days / (due - since).days))
    return start + (target - start) * done


def all_of(access: Access) -> list[Standing]:
    """Every objective of the organisation, in order, with where it stands."""
    found = access.of(Objective).select_related("ambition").prefetch_related("readings")
    return [standing(one) for one in found.order_by(F("ambition__position").asc(nulls_last=True), "position", "pk")]


def shown(rows: list[Standing]) -> list[Standing]:
    """The objectives of the page for elected members: the first eight."""
    return rows[:MOST_SHOWN]


def indicator_said(objective: Objective) -> str:
    """The indicator in words."""
    rows = {row["code"]: row["label_fr"] for row in catalogue_rows.table_rows("indicators")}
    return rows.get(objective.indicator, objective.indicator) or "–"


def value(number: float | None, unit: str) -> str:
    """A value with its unit."""
    if number is None:
        return "–"
    written = formatting.number(number, "fr", 3)
    return f"{written}\u00a0{unit}" if unit else written


def read(reading: Reading | None, unit: str) -> str:
    """A reading with its unit, and its 95 % interval where it has one: « −12 %, entre −17 et −6,8 »."""
    said = value(reading.value if reading else None, unit)
    return ", ".join(filter(None, (said, between(reading))))


def between(reading: Reading | None) -> str:
    """The 95 % interval of a reading, nothing without: « entre −17 et −6,8 »."""
    if reading is None or reading.low is None or reading.high is None:
        return ""
    low, high = (formatting.number(bound, "fr", 3) for bound in (reading.low, reading.high))
    return _("entre {low} et {high}").format(low=low, high=high)


def start(objective: Objective) -> str:
    """The start of an objective, with the interval of the reading of that day when it gives the same figure."""
    found = objective.start
    kept = next((one for one in objective.readings.all() if one.on == objective.start_on), None)
    if found is None or kept is None or formatting.number(kept.value) != formatting.number(found):
        return value(found, objective.unit)
    return read(Reading(value=found, low=kept.low, high=kept.high), objective.unit)


def ask_readings(access: Access) -> Job:
    """Read the indicators of the objectives, in the queue; they are computed first when something changed."""
    if not computation.state(access.organisation).fresh:
        computation.ask(access)
    key = f"{computation.version(access.organisation)} {access.of(Objective).count()}"
    return queue.ask_job(access, "readings", key, _("Relevé des indicateurs des objectifs"))


def read_indicators(job: Job) -> str:
    """Work: a reading at the end of each year followed, for each objective whose indicator is of the catalogue."""
    organisation = job.organisation
    known = computation.last(organisation)
    if known is None:
        what = _("Les indicateurs ne sont pas encore calculés.")
        raise CannotUse(Problem(what, _("Les mettre à jour sur la page des indicateurs, puis relancer.")))
    runs = {run.year: run for run in years.in_front(organisation)}
    wanted = {one.indicator: one for one in organisation.objectives.exclude(indicator="")}
    for row in known.indicators:
        if row.code in wanted and row.value is not None:
            run = runs.get(row.year) if row.kind in FROM_A_RUN else None
            source = _("bilan n° {n}").format(n=run.pk) if run else _("registres {year}").format(year=row.year)
            read = {"value": row.value, "low": row.low95, "high": row.high95, "source": source, "run": run}
            _keep(wanted[row.code], date(row.year, 12, 31), read | {"computed": True, "made_by": job.person})
    return reverse("plan:strategy", args=(organisation.slug,))


def _keep(objective: Objective, on: date, read: dict[str, Any]) -> None:
    """Write what was read on a day in place of what was read before; what a person typed stays."""
    found = Reading.objects.filter(objective=objective, on=on)
    if not found.filter(computed=True).update(**read) and not found.exists():
        Reading.objects.create(organisation=objective.organisation, objective=objective, on=on, **read)
