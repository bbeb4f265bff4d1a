"""The difference between the totals of two runs, with its interval: errors common to both almost cancel out (D5)."""

import re
from dataclasses import dataclass
from math import fsum, sqrt
from pathlib import Path

from estran.common.files import read_csv
from estran.engine.session import Z95


@dataclass(frozen=True)
class TotalDifference:
    """The totals of two runs for one criterion and their difference with its 95 % interval, in the criterion's unit."""

    criterion: str
    before: float
    after: float
    delta: float
    sd: float
    low95: float
    high95: float


def total_differences(before: Path, after: Path) -> list[TotalDifference]:
    """The difference between two runs (their folders), for each criterion that both have. (D5)

    Both are runs of one view, method and edition of the catalogue, whatever their years: an error in a factor, in a
    default or in the electricity of a zone moves both totals together and almost cancels out. The errors of rows and of
    rooms are independent from one year to the next. The difference follows a normal law.
    """
    means = [
        {row["criterion"]: float(row["mean"]) for row in read_csv(run / "intervals.csv") if row["entity"] == "*"}
        for run in (before, after)
    ]
    deviations = [_deviations(run) for run in (before, after)]
    differences = []
    for criterion in (name for name in means[1] if name in means[0]):
        old, new = (deviation.get(criterion, {}) for deviation in deviations)
        variance = fsum(
            (new.get(source, 0.0) - old.get(source, 0.0)) ** 2
            if _is_common(source)
            else new.get(source, 0.0) ** 2 + old.get(source, 0.0) ** 2
            for source in sorted({*old, *new})
        )
        delta, sd = means[1][criterion] - means[0][criterion], sqrt(variance)
        differences.append(
            TotalDifference(
                criterion, means[0][criterion], means[1][criterion], delta, sd, delta - Z95 * sd, delta + Z95 * sd
            )
        )
    return differences


def _deviations(run: Path) -> dict[str, dict[str, float]]:
    """criterion → source → what one standard deviation of the source adds to the total. A zone is one source (D5)."""
    deviations: dict[str, dict[str, float]] = {}
    for row in read_csv(run / "uncertainty.csv"):
        source = re.sub(r"^(electricity .*) \d+$", r"\1", row["source"])
        deviations.setdefault(row["criterion"], {})[source] = float(row["deviation"])
    return deviations


def _is_common(source: str) -> bool:
    return source != "rows" and not source.startswith("room ")
