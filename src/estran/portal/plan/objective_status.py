"""The status of objectives: the last reading on its line, the projection, the law and the actions, joined."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F

from estran.analysis.legal import Verdict
from estran.catalogue.labels import word
from estran.common import formatting
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import row_labels, text_rows
from estran.portal.indicators import computation
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation
from estran.portal.plan.models import Action, Objective, Reading
from estran.portal.results import years
from estran.projection.results import ProjectionResults

INCOMPLETE, UNKNOWN, REACHED, AHEAD, ON_TIME, LATE = "incomplete", "unknown", "reached", "ahead", "on_time", "late"
HELD, ON_TRACK, NOT_LED, BEHIND, UNMEASURED = "held", "on_track", "not_led", "behind", "unmeasured"
MOST_SHOWN = 8  # objectives on the page for elected members
FROM_A_RUN = ("footprint", "inventory")  # kinds of indicators computed from a run alone
SLIPPED = ("late", "blocked")  # statuses of an action that holds its objective back


@dataclass(frozen=True)
class Evidence:
    """What objectives are judged on beside their readings: the legal counters by rule, the last projection."""

    counters: dict[str, Verdict]
    plan: ProjectionResults | None
    references: dict[int, float]  # year → total of its run, kg CO2 eq

    def law_of(self, objective: Objective) -> Verdict | None:
        """The legal minimum that its indicator is under, when it is not met."""
        verdicts = (self.counters.get(row["code"]) for row in tests_of(objective.indicator, "law"))
        return next((one for one in verdicts if one and one.verdict == "not_met"), None)

    def led_to(self, objective: Objective) -> float | None:
        """What the actions computed lead its indicator to when it is due; None when the projection does not say."""
        due, since = objective.due_on, objective.start_on
        for row in tests_of(objective.indicator, "projection"):
            if self.plan is None or self.plan.criterion != "gwp" or due is None:
                return None
            total = next((year["plan_stock"] for year in self.plan.years if year["year"] == due.year), None)
            base = self.references.get(since.year) if since else None
            if total is not None and row["code"] == "total":
                return total / 1000
            if total is not None and base:
                return (total / base - 1) * 100
        return None


@dataclass(frozen=True)
class ObjectiveStatus:
    """Where an objective stands: four tests (line, projection, law, actions) joined in one state, and why.

    `line` compares the last reading with the value `expected` that day on the way to the target; `led_to` is what the
    actions computed lead to; `law` is a legal minimum that is not met; `slipped` the actions that hold it back.
    """

    objective: Objective
    reading: Reading | None
    expected: float | None
    line: str
    led_to: float | None = None
    law: Verdict | None = None
    slipped: tuple[Action, ...] = ()

    @property
    def way(self) -> int:
        """1 when the indicator has to rise, −1 when it has to fall."""
        start, target = self.objective.start, self.objective.target
        return 1 if start is None or target is None or target >= start else -1

    @property
    def missed(self) -> bool:
        """The actions computed do not lead to the target."""
        target = self.objective.target
        return self.led_to is not None and target is not None and self.way * (self.led_to - target) < 0

    @property
    def state(self) -> str:
        """One of five states; being ahead is never enough."""
        if self.line in (INCOMPLETE, UNKNOWN):
            return UNMEASURED
        if self.line == LATE or self.law or (self.slipped and self.line != REACHED):
            return BEHIND
        if self.line == REACHED:
            return HELD
        return NOT_LED if self.missed else ON_TRACK

    @property
    def label(self) -> str:
        """The state in words."""
        return word("objective", self.state)

    @property
    def because(self) -> str:
        """Why it is behind or not measured, as a clause; empty otherwise."""
        if self.line == INCOMPLETE:
            return _("l’objectif n’a pas encore : {what}").format(what=", ".join(self.objective.missing))
        if self.line == UNKNOWN:
            return _("personne ne l’a encore relevé")
        unit, reasons = self.objective.unit, []
        if self.line == LATE and self.reading:
            text = _("la valeur est de {value}, au lieu de {expected} attendus")
            read, expected = (format_value(value, unit) for value in (self.reading.value, self.expected))
            reasons.append(text.format(value=read, expected=expected))
        if self.law:
            reasons.append(_("le minimum légal n’est pas atteint ({rule})").format(rule=self.law.label))
        reasons += [
            _("l’action {code} est notée « {status} »").format(code=one.code, status=one.status_label.lower())
            for one in self.slipped
        ]
        return _(" ; ").join(reasons) if self.state == BEHIND else ""

    @property
    def sentence(self) -> str:
        """The state and why, in one clause."""
        return _("{state}, parce que {why}").format(state=self.label, why=self.because) if self.because else self.label


def tests_of(indicator: str, test: str) -> list[dict[str, str]]:
    """The rows of objective_tests.csv of an indicator: which rule, which total, which cause stands against it."""
    return [row for row in text_rows("objective_tests") if row["indicator"] == indicator and row["test"] == test]


def read_evidence(organisation: Organisation) -> Evidence:
    """What the objectives of an organisation are judged on."""
    followed = computation.read_state(organisation).followed
    counters = {verdict.rule: verdict for verdict in followed.counters} if followed else {}
    last = organisation.projections.filter(computed_at__isnull=False).first()
    references = {run.year: run.mean for run in years.in_front(organisation) if run.mean}
    return Evidence(counters, ProjectionResults(last.folder) if last else None, references)


def status_of_objective(objective: Objective, evidence: Evidence | None = None) -> ObjectiveStatus:
    """The status of an objective at its last reading."""
    evidence = evidence or read_evidence(objective.organisation)
    readings = list(objective.readings.all())
    last = readings[-1] if readings else None
    line, expected = _line(objective, last)
    slipped = tuple(one for one in objective.actions.all() if one.status in SLIPPED or one.overdue)
    return ObjectiveStatus(
        objective, last, expected, line, evidence.led_to(objective), evidence.law_of(objective), slipped
    )


def _line(objective: Objective, last: Reading | None) -> tuple[str, float | None]:
    """The last reading against the straight line from the start to the target, flat before and after."""
    start, since, target, due = objective.start, objective.start_on, objective.target, objective.due_on
    if objective.missing or start is None or since is None or target is None or due is None:
        return INCOMPLETE, None
    if last is None:
        return UNKNOWN, None
    elapsed = min(1.0, max(0.0, (last.on - since).days / (due - since).days))
    expected = start + (target - start) * elapsed
    way = 1 if target >= start else -1
    gap = way * (last.value - expected)
    line = AHEAD if gap > 0 else LATE if gap < 0 else ON_TIME
    return REACHED if way * (last.value - target) >= 0 else line, expected


def status_of_objectives(access: Access) -> list[ObjectiveStatus]:
    """The status of every objective of the organisation, in order."""
    objectives = access.of(Objective).select_related("ambition").prefetch_related("readings", "actions")
    ordered = objectives.order_by(F("ambition__position").asc(nulls_last=True), "position", "pk")
    evidence = read_evidence(access.organisation)
    return [status_of_objective(objective, evidence) for objective in ordered]


def indicator_label(objective: Objective) -> str:
    """The indicator in words."""
    return row_labels("indicators").get(objective.indicator, objective.indicator) or "–"


def format_value(number: float | None, unit: str) -> str:
    """A value with its unit."""
    if number is None:
        return "–"
    text = formatting.number(number, "", 3)
    return f"{text}\u00a0{unit}" if unit else text


def format_reading(reading: Reading | None, unit: str) -> str:
    """A reading with its unit, and its 95 % interval where it has one: « −12 %, entre −17 et −6,8 »."""
    text = format_value(reading.value if reading else None, unit)
    return ", ".join(filter(None, (text, format_interval(reading))))


def format_interval(reading: Reading | None) -> str:
    """The 95 % interval of a reading, nothing without: « entre −17 et −6,8 »."""
    if reading is None or reading.low is None or reading.high is None:
        return ""
    low, high = (formatting.number(bound, "", 3) for bound in (reading.low, reading.high))
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
