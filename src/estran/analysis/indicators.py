"""Indicators: declared ratios over named quantities, with interval, dated denominator, target, distance and trend."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from estran.analysis import drivers, legal, quantities
from estran.analysis.decided_lives import count_as_before
from estran.analysis.quantities import Quantities
from estran.catalogue.loading import read_table
from estran.common import formatting
from estran.common.files import write_csv
from estran.common.language import _, current_language, ngettext
from estran.common.problems import CannotUse, Problem
from estran.engine import runs
from estran.importing import canonical

Row = dict[str, Any]
ALL_ROOMS = "all_rooms_kwh"  # the quantity that stands beside an indicator of some rooms


@dataclass(frozen=True)
class Indicator:
    """One indicator in one year, in its own unit; `status` is ok, or missing with the reason `why` and no number.

    `target` is due in `target_year`; `distance` is the value less that target; `expected` is the waypoint of the year
    on the straight line from the start to the target. `change` is the value less that of `previous_year`; `trend` is
    better, worse, steady, within_doubt, not_comparable, or empty where two years cannot be ranked. `threshold` is the
    legal one in force, `left_out` the rows without a value. `rooms` are those that it holds; `beside` is the
    electricity of all the rooms of the run, which stands beside (I1).
    """

    code: str
    label: str
    year: int
    value: float | None
    low95: float | None
    high95: float | None
    unit: str
    numerator: float | None
    denominator: float | None
    denominator_date: str | None
    target: float | None
    target_year: int | None
    distance: float | None
    expected: float | None
    threshold: float | None
    previous_year: int | None
    change: float | None
    trend: str
    direction: str
    perimeter: str
    kind: str
    rank: int | None
    left_out: int
    status: str
    why: str
    rooms: str = ""
    beside: float | None = None


@dataclass(frozen=True)
class FollowedIndicators:
    """The indicators of every year, the legal counters of the last one, and the faults of the files read."""

    indicators: list[Indicator]
    counters: list[legal.Verdict]
    problems: list[Problem]

    @property
    def core(self) -> list[Indicator]:
        """The twelve core indicators of the last year, in order."""
        return [row for row in self.of_last_year() if row.rank is not None]

    @property
    def others(self) -> list[Indicator]:
        """The other indicators of the last year whose value is known."""
        return [row for row in self.of_last_year() if row.rank is None and row.status == "ok"]

    @property
    def waiting(self) -> dict[str, list[Indicator]]:
        """The indicators of the last year that are not known, by what they wait for, the most awaited first."""
        waiting: dict[str, list[Indicator]] = {}
        for row in self.of_last_year():
            if row.status != "ok":
                waiting.setdefault(row.why, []).append(row)
        return dict(sorted(waiting.items(), key=lambda one: -len(one[1])))

    def of_last_year(self) -> list[Indicator]:
        """The indicators of the last year, the core ones first."""
        last = max(row.year for row in self.indicators)
        rows = [row for row in self.indicators if row.year == last]
        return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0))


@cache
def declared_indicators() -> list[Row]:
    """The indicators of indicators.csv, in order."""
    return read_table("indicators")


def follow_indicators(
    folders: list[Path], registers: Path | None = None, targets: Path | None = None
) -> FollowedIndicators:
    """The indicators of one run per year, with the registers of a folder and a table of targets.

    The earliest run is the reference year. Errors: CannotUse (not a run, two runs of one year, unreadable file).
    """
    given, problems = quantities.read_registers(registers)
    aims, faults = _targets(targets)
    by_year = {runs.read_json(folder)["year"]: folder for folder in folders}
    if len(by_year) < len(folders):
        raise CannotUse(Problem(_("Deux calculs donnés sont de la même année."), _("Donner un seul calcul par année.")))
    years = sorted(by_year)
    first, last = years[0], years[-1]
    known = [
        Quantities(by_year[year], given, by_year[first] if year != first else None, latest=year == last)
        for year in years
    ]
    return FollowedIndicators(compute_indicators(known, aims), legal.legal_verdicts(known[-1]), problems + faults)


def compute_indicators(years: list[Quantities], targets: Iterable[Row] = ()) -> list[Indicator]:
    """Every declared indicator in every year, oldest first: rows of `Indicator`."""
    aims = {row["indicator"]: row for row in targets}
    indicators: list[Indicator] = []
    for declaration in declared_indicators():
        before: Indicator | None = None
        previous: Quantities | None = None
        for known in years:
            row = _one(declaration, known, aims.get(declaration["code"]))
            if before and previous and before.value is not None and row.value is not None:
                row = _trend(row, before, known, previous)
            before, previous = row, known
            indicators.append(row)
    return indicators


def _one(declaration: Row, known: Quantities, aim: Row | None) -> Indicator:
    language = current_language()
    ratio = quantities.compute_ratio(
        declaration["numerator"], declaration["denominator"] or "", float(declaration["times"]), known.__getitem__
    )
    target = aim["target"] if aim else None
    return Indicator(
        code=declaration["code"],
        label=declaration[f"label_{language}"],
        year=known.year,
        value=ratio.value,
        low95=ratio.low,
        high95=ratio.high,
        unit=declaration[f"unit_{language}"] or "",
        numerator=ratio.numerator,
        denominator=ratio.denominator,
        denominator_date=ratio.dated,
        target=target,
        target_year=aim["year"] if aim else None,
        distance=ratio.value - target if ratio.value is not None and target is not None else None,
        expected=waypoint(aim, known.year) if aim else None,
        threshold=_in_force(declaration["threshold_steps"], known.year),
        previous_year=None,
        change=None,
        trend="",
        direction=declaration["direction"],
        perimeter=declaration["perimeter"],
        kind=declaration["kind"],
        rank=declaration["rank"],
        left_out=ratio.left_out,
        status="missing" if ratio.value is None else "ok",
        why=ratio.why,
        rooms=", ".join(ratio.rooms),
        beside=known[ALL_ROOMS].value if ratio.rooms else None,
    )


def waypoint(aim: Row, year: int) -> float | None:
    """The value expected in a year on the straight line from the start of a target to its due year."""
    start, since, due = aim["start"], aim["start_year"], aim["year"]
    if start is None or since is None or not since <= year <= due or since == due:
        return None
    return start + (aim["target"] - start) * (year - since) / (due - since)


def _in_force(steps: str | None, year: int) -> float | None:
    """The last of the thresholds `year:value;…` that is due."""
    due = [step.split(":") for step in (steps or "").split(";") if step]
    return next((float(value) for since, value in reversed(due) if int(since) <= year), None)


def _trend(row: Indicator, before: Indicator, known: Quantities, previous: Quantities) -> Indicator:
    """The change since the year before; none for a footprint counted otherwise (D1), no word within the doubt (Q13)."""
    assert row.value is not None and before.value is not None
    change = row.value - before.value
    better = {"lower": change < 0, "higher": change > 0}.get(row.direction)
    trend = "steady" if change == 0 else "" if better is None else "better" if better else "worse"
    if row.kind == "footprint" and not quantities.are_comparable(known.run, previous.run):
        return replace(row, previous_year=before.year, trend="not_comparable")
    if row.kind == "footprint" and trend in ("better", "worse"):
        # Only the whole has the interval of its difference: without it, two uncertain figures are not ranked.
        whole = drivers.total_differences(previous.folder, known.folder)
        criterion = next((move.criterion for move in whole if move.after == row.numerator), None)
        # A life decided, not yet observed, makes nothing better (D6).
        observed = drivers.total_differences(previous.folder, count_as_before(previous.folder, known.folder))
        move = next((move for move in observed if move.criterion == criterion), None)
        trend = "" if move is None else _trend_of(move, row.direction)
    return replace(row, previous_year=before.year, change=change, trend=trend)


def _trend_of(move: drivers.TotalDifference, direction: str) -> str:
    """What a change of the whole is worth."""
    if move.low95 * move.high95 <= 0:
        return "within_doubt"
    return "better" if (move.delta < 0) == (direction == "lower") else "worse"


def _targets(path: Path | None) -> tuple[list[Row], list[Problem]]:
    """The rows of a table of targets, and its faults; an unknown indicator is one."""
    if path is None:
        return [], []
    table, problems = canonical.read_small_table(path, "targets")
    codes = {row["code"] for row in declared_indicators()}
    rows = table.to_pylist()
    problems += [
        Problem(
            what=_("L’indicateur « {code} » n’existe pas.").format(code=row["indicator"]),
            remedy=_("Prendre un code de la table des indicateurs."),
            file=path.name,
            value=row["indicator"],
        )
        for row in rows
        if row["indicator"] not in codes
    ]
    return [row for row in rows if row["indicator"] in codes], problems


def write_indicators(rows: list[Indicator], path: Path) -> None:
    """The indicators as CSV: one row per indicator and year, full precision, empty where unknown."""
    write_csv(path, (field.name for field in fields(Indicator)), map(asdict, rows))


# ---------------------------------------------------------------------------------------------------------- in words


def value_text(value: float, unit: str, digits: int = 3) -> str:
    """A value in the unit of its indicator."""
    language = current_language()
    written = formatting.number(value, language, digits)
    return f"{written}\u00a0{formatting.agreed(unit, formatting.rounded(value, digits), language)}" if unit else written


def measured_texts(row: Indicator) -> tuple[str, str]:
    """The value with its unit, and its interval or nothing; « – » and nothing for one that is not known."""
    if row.value is None:
        return "–", ""
    if row.low95 is None:
        return value_text(row.value, row.unit), ""
    value, _comma, between = formatting.interval(
        row.value, row.low95, row.high95, row.unit, current_language()
    ).partition(", ")
    return value, between


def date_text(row: Indicator) -> str:
    """The day the denominator is of: « au 31 décembre 2025 »; nothing when it is that of the whole year."""
    if row.value is None or not row.denominator_date or "-" not in row.denominator_date:
        return ""
    return _("au {day}").format(day=formatting.day(row.denominator_date[-10:], current_language()))


def rooms_text(row: Indicator) -> str:
    """The rooms that an indicator holds, the electricity of all those of the run beside; or nothing (I1)."""
    if not row.rooms:
        return ""
    text = _("salles comprises : {rooms}").format(rooms=row.rooms)
    if row.beside is None:
        return text
    whole = _("toutes les salles du bilan : {kwh}")
    kwh = formatting.quantity(row.beside, "kWh", current_language())
    return _(" ; ").join((text, whole.format(kwh=kwh)))


def target_text(row: Indicator) -> str:
    """The target, its year and what is left to it; nothing without a target."""
    if row.target is None:
        return ""
    words = {"target": value_text(row.target, row.unit), "year": row.target_year}
    if row.distance is None:
        return _("{target} en {year}").format(**words)
    left = row.distance if row.direction == "lower" else -row.distance
    if left <= 0:
        worst = row.high95 if row.direction == "lower" else row.low95
        in_doubt = worst is not None and (worst > row.target if row.direction == "lower" else worst < row.target)
        sentence = (
            _("{target} en {year}, atteinte, sans dépasser le doute") if in_doubt else _("{target} en {year}, atteinte")
        )
        return sentence.format(**words)
    return _("{target} en {year}, il reste {left}").format(
        **words, left=value_text(left, _unit_of_a_gap(row), digits=2)
    )


def evolution_text(row: Indicator) -> str:
    """The change since the year before and what it is worth; nothing without one."""
    trends = {
        "better": _("mieux"),
        "worse": _("moins bien"),
        "steady": _("stable"),
        "within_doubt": _("dans l’incertitude"),
        "not_comparable": _("comptés autrement"),
    }
    word = trends.get(row.trend, "")
    if row.change is None:
        return word
    change = ("+" if row.change > 0 else "") + value_text(row.change, _unit_of_a_gap(row), digits=2)
    return f"{change} ({word})" if word else change


def _unit_of_a_gap(row: Indicator) -> str:
    return _("points") if row.unit == "%" else row.unit


def trend_sentence(rows: list[Indicator]) -> str:
    """How many indicators went better or worse than the year before: « 8 progressent, 1 recule »."""
    better, worse = (sum(row.trend == trend for row in rows) for trend in ("better", "worse"))
    before = next((row.previous_year for row in rows if row.previous_year), None)
    if before is None:
        return _("Première année suivie : aucune évolution à dire.")
    parts = [
        ngettext("{n} progresse", "{n} progressent", better).format(n=better),
        ngettext("{n} recule", "{n} reculent", worse).format(n=worse),
    ]
    if rest := len(rows) - better - worse:
        parts.append(ngettext("{n} ne se classe pas", "{n} ne se classent pas", rest).format(n=rest))
    sentence = _("Depuis {year}, sur {all} indicateurs, {parts}.")
    return sentence.format(year=before, all=len(rows), parts=", ".join(parts))
