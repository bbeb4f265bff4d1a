"""What filling in missing data would do to the interval of a run, at the same total: the doubt that it would take away.

The total itself would move too, nobody knows where to; what no datum takes away is the doubt about factors.
"""

from dataclasses import dataclass
from pathlib import Path

from estran.common.files import read_csv
from estran.common.normal_law import lognormal_bounds

DATES, ELECTRICITY, QUANTITIES = "dates", "electricity", "quantities"
# What each datum makes exact: the sources of uncertainty that begin so (Q3, Q4), and the rows it is missing from.
SOURCES = {DATES: "lifetime_years ", ELECTRICITY: "kwh_per_year ", QUANTITIES: "rows"}
MISSING = {
    DATES: ("lifetime_years", "type_default"),
    ELECTRICITY: ("kwh", "type_default"),
    QUANTITIES: ("quality", "low"),
}


@dataclass(frozen=True)
class Interval:
    """A total and its 95 % bounds, in the unit of the criterion."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Filling:
    """Filling one kind of data: the rows it is missing from, its share of the doubt, the interval then."""

    code: str
    rows: int
    share: float
    interval: Interval


@dataclass(frozen=True)
class Completeness:
    """The interval as it is, what each filling would make of it, all of them together, and the doubt that stays."""

    now: Interval
    fillings: list[Filling]
    all_filled: Interval
    stays: float  # share of the doubt (variance) that no datum of the authority takes away


def measure_completeness(run: Path, criterion: str = "gwp") -> Completeness | None:
    """The completeness of a run folder, from uncertainty.csv and quality.csv; None without doubt to share (Q5, Q6)."""
    total = next(
        (row for row in read_csv(run / "intervals.csv") if (row["criterion"], row["entity"]) == (criterion, "*")), None
    )
    if total is None or float(total["mean"]) <= 0 or not float(total["sd"]):
        return None
    mean, whole = float(total["mean"]), float(total["sd"]) ** 2
    doubts = [row for row in read_csv(run / "uncertainty.csv") if row["criterion"] == criterion]
    quality = [row for row in read_csv(run / "quality.csv") if row["criterion"] == criterion]
    fillings = []
    for code, source in SOURCES.items():
        share = sum(float(row["share"]) for row in doubts if row["source"].startswith(source))
        kind, start = MISSING[code]
        rows = sum(int(row["rows"]) for row in quality if row["kind"] == kind and row["class"].startswith(start))
        fillings.append(Filling(code, rows, share, lognormal_interval(mean, whole * (1 - share))))
    stays = 1 - sum(filling.share for filling in fillings)
    return Completeness(lognormal_interval(mean, whole), fillings, lognormal_interval(mean, whole * stays), stays)


def lognormal_interval(mean: float, variance: float) -> Interval:
    """The lognormal interval of a positive mean and a variance (Q6)."""
    return Interval(mean, *lognormal_bounds(mean, max(0.0, variance) / mean**2))
