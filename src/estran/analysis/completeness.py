"""What is missing from a run or doubtful in it, weighed, and the next measures worth making.

What is missing is bounded by an order of magnitude, never in a total (M6). What filling doubtful data would do is said
at the same total: the doubt that it would take away; the total itself would move too, nobody knows where to, and what
no datum takes away is the doubt about factors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from estran.common.files import read_csv
from estran.common.language import current_language
from estran.common.normal_law import lognormal_bounds
from estran.common.shipped import text_rows
from estran.common.vocabulary import limit
from estran.engine import runs

LIFETIME = "lifetime_years"  # a cause of gaps, after which no factor is looked for
ALL = "*"  # in gap_weights.csv: every type, or every cause
GROUPS_OF_BEFORE = Path(__file__).parent / "sql" / "gap_groups.sql"


@dataclass(frozen=True)
class Interval:
    """A total and its 95 % bounds, in the unit of the criterion."""

    mean: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """From one bound to the other."""
        return self.high - self.low


@dataclass(frozen=True)
class Filling:
    """Filling one kind of doubtful data: the rows it is missing from, its share of the doubt, the interval then.

    `about` are the types or flows that make most of that doubt.
    """

    code: str
    label: str
    rows: int
    share: float
    interval: Interval
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Completeness:
    """The interval as it is, what each filling would make of it, all of them together, and the doubt that stays."""

    now: Interval
    fillings: list[Filling]
    all_filled: Interval
    stays: float  # share of the doubt (variance) that no datum of the authority takes away


@dataclass(frozen=True)
class GapGroup:
    """What one item type (or flow, of one service) misses: its causes, each with its own bound, the heaviest first.

    `rows` of the inventory (each once) or `rooms`; `units` in items, or in units of the flow; `entity` has most of the
    rows among `entities`. `at_most` is in the unit of the criterion: None where nothing is known that bounds it.
    """

    item_type: str
    service: str
    causes: list[tuple[str, float | None]]
    rows: int
    rooms: int
    units: float | None
    entities: int
    entity: str
    at_most: float | None
    bounded_by: str


@dataclass(frozen=True)
class Measure:
    """A measure worth making: what to do, on what, how much doubt it takes away, how many days it takes and why so.

    `gain` is in the unit of the criterion: of a doubt, the width that the interval loses (`share` of it); of a gap, its
    bound. `group` is the gap that it fills, `about` the types that the doubt is about.
    """

    codes: tuple[str, ...]
    label: str
    gain: float
    days: float
    assumption: str
    share: float | None = None
    group: GapGroup | None = None
    about: tuple[str, ...] = ()


def measure_completeness(run: Path, criterion: str = "gwp") -> Completeness | None:
    """The completeness of a run folder, from uncertainty.csv and quality.csv; None without doubt to share (Q5, Q6)."""
    total = next(
        (row for row in read_csv(run / "intervals.csv") if (row["criterion"], row["entity"]) == (criterion, ALL)), None
    )
    if total is None or float(total["mean"]) <= 0 or not float(total["sd"]):
        return None
    mean, whole = float(total["mean"]), float(total["sd"]) ** 2
    doubts = [row for row in read_csv(run / "uncertainty.csv") if row["criterion"] == criterion]
    quality = [row for row in read_csv(run / "quality.csv") if row["criterion"] == criterion]
    fillings = []
    for measure in _measures("doubt"):
        own = [(float(row["share"]), row["source"]) for row in doubts if _answers(measure, row["source"])]
        share = sum(part for part, _source in own)
        kind, _space, start = measure["lacking"].partition(" ")
        rows = sum(int(row["rows"]) for row in quality if row["kind"] == kind and row["class"].startswith(start))
        if share or rows:
            interval = lognormal_interval(mean, whole * (1 - share))
            heaviest = sorted(own, reverse=True)[: limit("measure_types")]
            about = tuple(source.split(" ")[1] for _part, source in heaviest if " " in source)
            fillings.append(Filling(measure["measure"], _text_of(measure, "label"), rows, share, interval, about))
    stays = 1 - sum(filling.share for filling in fillings)
    return Completeness(lognormal_interval(mean, whole), fillings, lognormal_interval(mean, whole * stays), stays)


def lognormal_interval(mean: float, variance: float) -> Interval:
    """The lognormal interval of a positive mean and a variance (Q6)."""
    return Interval(mean, *lognormal_bounds(mean, max(0.0, variance) / mean**2))


def read_gap_groups(run: Path, criterion: str = "gwp") -> list[GapGroup]:
    """What a run misses for a criterion, by type or service, the heaviest first, what nobody can weigh last (M6)."""
    rows = [row for row in _gap_weights(run, criterion) if row["item_type"] != ALL]
    causes: dict[tuple[str, str], list[tuple[str, float | None]]] = {}
    for row in rows:
        if row["what"] != ALL:
            causes.setdefault((row["item_type"], row["service"]), []).append((row["what"], _number(row["at_most"])))
    groups = [
        GapGroup(
            row["item_type"],
            row["service"],
            sorted(causes[row["item_type"], row["service"]], key=lambda cause: -(cause[1] or 0)),
            int(row["rows"]),
            int(row["rooms"]),
            _number(row["units"]),
            int(row["entities"]),
            row["entity"],
            None if int(row["unknown_rows"]) else _number(row["at_most"]),
            row["bounded_by"],
        )
        for row in rows
        if row["what"] == ALL
    ]
    return sorted(groups, key=lambda group: (group.at_most is None, -(group.at_most or 0), -group.rows))


def whole_bound(run: Path, criterion: str = "gwp") -> tuple[float, int]:
    """The sum of the bounds that are known, beside the total and never in it, and the rows without any (M6)."""
    for row in _gap_weights(run, criterion):
        if (row["item_type"], row["what"]) == (ALL, ALL):
            return _number(row["at_most"]) or 0.0, int(row["unknown_rows"])
    return 0.0, 0


def next_measures(run: Path, criterion: str = "gwp") -> list[Measure]:
    """The few measures that take most doubt away for each day they take, whether data are doubtful or missing.

    How many, and the share of the interval below which a measure is not worth a line: limits.csv.
    """
    completeness = measure_completeness(run, criterion)
    possible = [*_of_doubts(completeness), *map(_of_gap, read_gap_groups(run, criterion))]
    least = limit("measure_per_mille") / 1000 * completeness.now.width if completeness else 0.0
    worth = [measure for measure in possible if measure.gain > least]
    return sorted(worth, key=lambda measure: (-measure.gain / measure.days, measure.label))[: limit("measures_shown")]


def _of_doubts(completeness: Completeness | None) -> Iterable[Measure]:
    if completeness is None:
        return
    by_code = {measure["measure"]: measure for measure in _measures("doubt")}
    width = completeness.now.width
    for filling in completeness.fillings:
        measure, gain = by_code[filling.code], width - filling.interval.width
        yield Measure(
            (filling.code,), filling.label, gain, _days(measure, filling.rows), _text_of(measure, "assumption"),
            gain / width, about=filling.about,
        )  # fmt: skip


def _of_gap(group: GapGroup) -> Measure:
    """What fills a gap: a measure for each of its causes, one after the other."""
    causes = [cause for cause, _bound in group.causes]
    if LIFETIME in causes and group.bounded_by and group.bounded_by != group.item_type:
        causes.append("factor")  # the type has none of its own: that gap shows once the lifetime is known
    chosen = [next(one for one in _measures("gap") if _answers(one, cause)) for cause in causes]
    chosen = list({one["measure"]: one for one in chosen}.values())
    days = sum(_days(one, group.rows) for one in chosen)
    label, assumption = (
        ", ".join(dict.fromkeys(_text_of(one, what) for one in chosen)) for what in ("label", "assumption")
    )
    codes = tuple(one["measure"] for one in chosen)
    return Measure(codes, label, group.at_most or 0.0, days, assumption, group=group)


def _days(measure: dict[str, str], rows: int) -> float:
    """How long a measure takes on this many rows: an assumption of measures.csv."""
    days = float(measure["days"]) + float(measure["days_per_row"]) * rows
    return min(days, float(measure["days_at_most"])) if measure["days_at_most"] else days


def _measures(evidence: str) -> list[dict[str, str]]:
    return [row for row in text_rows("measures") if row["evidence"] == evidence]


def _answers(measure: dict[str, str], name: str) -> bool:
    """Whether a measure answers a source of doubt or a cause: `kwh_per_year` answers `kwh_per_year desktop`."""
    return any(
        fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern} *") for pattern in measure["match"].split("|")
    )


def _text_of(measure: dict[str, str], what: str) -> str:
    return measure[f"{what}_{current_language()}"]


def _gap_weights(run: Path, criterion: str) -> list[dict[str, str]]:
    """The rows of gap_weights.csv for a criterion; runs of before 2026-12 are counted from their gaps, unweighed."""
    if (run / "gap_weights.csv").exists():
        return [row for row in read_csv(run / "gap_weights.csv") if row["criterion"] == criterion]
    import duckdb

    with duckdb.connect() as con:
        con.execute(f"CREATE TEMP VIEW gaps AS SELECT * FROM {runs.scan_gaps(run)}")
        result = con.execute(GROUPS_OF_BEFORE.read_text("utf-8"), [criterion])
        names = [column[0] for column in result.description or []]
        return [
            {name: "" if value is None else str(value) for name, value in zip(names, row, strict=True)}
            for row in result.fetchall()
        ]


def _number(text: str) -> float | None:
    return float(text) if text else None
