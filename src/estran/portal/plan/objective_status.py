"""The status of objectives: the last reading against the straight line from the start to the target."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F

from estran.catalogue.labels import word
from estran.common import formatting
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import row_labels
from estran.portal.indicators import computation
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.plan.models import Objective, Reading
from estran.portal.results import years

INCOMPLETE, UNKNOWN, REACHED, AHEAD, ON_TIME, LATE = "incomplete", "unknown", "reached", "ahead", "on_time", "late"
MOST_SHOWN = 8  # objectives on the page for elected members
FROM_A_RUN = ("footprint", "inventory")  # kinds of indicators computed from a run alone


@dataclass(frozen=True)
class ObjectiveStatus:
    """The status of an objective: its last reading, the value expected that day, and the verdict."""

    objective: Objective
    reading: Reading | None
    expected: float | None
    verdict: str

    @property
    def label(self) -> str:
        """The verdict in words."""
        return word("objective", self.verdict)


def status_of_objective(objective: Objective) -> ObjectiveStatus:
    """The status of an objective at its last reading."""
    readings = list(objective.readings.all())
    last = readings[-1] if readings else None
    start, since, target, due = objective.start, objective.start_on, objective.target, objective.due_on
    if objective.missing or start is None or since is None or target is None or due is None:
        return ObjectiveStatus(objective, last, None, INCOMPLETE)
    if last is None:
        return ObjectiveStatus(objective, None, None, UNKNOWN)
    # On the straight line from the start to the target; flat before and after.
    elapsed = min(1.0, max(0.0, (last.on - since).days / (due - since).days))
    expected = start + (target - start) * elapsed
    way = 1 if target >= start else -1
    gap = way * (last.value - expected)
    verdict = AHEAD if gap > 0 else LATE if gap < 0 else ON_TIME
    return ObjectiveStatus(objective, last, expected, REACHED if way * (last.value - target) >= 0 else verdict)


def status_of_objectives(access: Access) -> list[ObjectiveStatus]:
    """The status of every objective of the organisation, in order."""
    objectives = access.of(Objective).select_related("ambition").prefetch_related("readings")
    ordered = objectives.order_by(F("ambition__position").asc(nulls_last=True), "position", "pk")
    return [status_of_objective(objective) for objective in ordered]


def indicator_label(objective: Objective) -> str:
    """The indicator in words."""
    return row_labels("indicators").get(objective.indicator, objective.indicator) or "–"


def format_value(number: float | None, unit: str) -> str:
    """A value with its unit."""
    if number is None:
        return "–"
    text = formatting.number(number, "fr", 3)
    return f"{text}\u00a0{unit}" if unit else text


def format_reading(reading: Reading | None, unit: str) -> str:
    """A reading with its unit, and its 95 % interval where it has one: « −12 %, entre −17 et −6,8 »."""
    text = format_value(reading.value if reading else None, unit)
    return ", ".join(filter(None, (text, format_interval(reading))))


def format_interval(reading: Reading | None) -> str:
    """The 95 % interval of a reading, nothing without: « entre −17 et −6,8 »."""
    if reading is None or reading.low is None or reading.high is None:
        return ""
    low, high = (formatting.number(bound, "fr", 3) for bound in (reading.low, reading.high))
    return _("entre {low} et {high}").format(low=low, high=high)


def format_start(objective: Objective) -> str:
    """The start of an objective, with the interval of the reading of that day when it gives the same figure."""
    start = objective.start
    reading = next((reading for reading in objective.readings.all() if reading.on == objective.start_on), None)
    if start is None or reading is None or formatting.number(reading.value) != formatting.number(start):
        return format_value(start, objective.unit)
    return format_reading(Reading(value=start, low=reading.low, high=reading.high), objective.unit)


def ask_readings(access: Access) -> Job:
    """Ask the queue to read the indicators of the objectives; they are computed first if something changed."""
    if not computation.read_state(access.organisation).fresh:
        computation.ask(access)
    key = f"{computation.version(access.organisation)} {access.of(Objective).count()}"
    return queue.ask_job(access, "readings", key, _("Relevé des indicateurs des objectifs"))


def read_indicators(job: Job) -> str:
    """Save a reading at the end of each year for each objective whose indicator is in the catalogue."""
    organisation = job.organisation
    computed = computation.read_state(organisation).followed
    if computed is None:
        what = _("Les indicateurs ne sont pas encore calculés.")
        raise CannotUse(Problem(what, _("Les mettre à jour sur la page des indicateurs, puis relancer.")))
    runs = {run.year: run for run in years.in_front(organisation)}
    wanted = {objective.indicator: objective for objective in organisation.objectives.exclude(indicator="")}
    for row in computed.indicators:
        if row.code in wanted and row.value is not None:
            run = runs.get(row.year) if row.kind in FROM_A_RUN else None
            source = _("bilan n° {n}").format(n=run.pk) if run else _("registres {year}").format(year=row.year)
            values = {"value": row.value, "low": row.low95, "high": row.high95, "source": source, "run": run}
            values |= {"computed": True, "made_by": job.person, "organisation": organisation}
            # In place of the one computed before; a reading that a person typed stays.
            readings = wanted[row.code].readings.filter(on=date(row.year, 12, 31))
            if not readings.filter(computed=True).update(**values) and not readings.exists():
                wanted[row.code].readings.create(on=date(row.year, 12, 31), **values)
    return organisation.url("plan:strategy")
