"""Several years of runs: the published and restated series, and why the last year differs from the first."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from estran.analysis import restatement
from estran.analysis.decomposition import Comparison, compare_runs
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.problems import CannotUse
from estran.engine import runs

CRITERION = "gwp"


@dataclass(frozen=True)
class Years:
    """The climate change of several years.

    `restated`: one row per year of series.csv, empty without a series; `marks`: figures of other tools, `mean` in the
    unit of the criterion where their unit allows it, else None. `change`: first to last year, None when the two do not
    compare, and then `why`: what is wrong and the remedy.
    """

    restated: list[dict[str, Any]] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)
    change: Comparison | None = None
    why: str = ""


def beside(mark: dict[str, Any], unit: str) -> float | None:
    """The figure of another tool in the unit of a criterion; None for a ratio, or where its unit is another one."""
    return None if mark["denominator"] else formatting.converted(mark["value"], mark["unit"], unit)


def read_years(published: list[Path], restated: Path | None, names: Labels) -> Years:
    """The years of published runs, explained on their restated runs when a folder of `estran restate` is given (D1).

    Errors: CannotUse (no series in that folder).
    """
    unit = names.describe_criterion(CRITERION)["unit"]
    rows = [row for row in restatement.read_series(restated) if row["criterion"] == CRITERION] if restated else []
    marks = restated / restatement.MARKS if restated else None
    others = (
        [mark | {"mean": beside(mark, unit)} for mark in restatement.read_marks(marks)]
        if marks and marks.exists()
        else []
    )
    folders = [restated / str(row["year"]) for row in rows] if restated else published
    in_order = sorted(folders, key=lambda run: runs.read_json(run)["year"])
    if len(in_order) < 2:
        return Years(rows, others)
    try:
        return Years(rows, others, compare_runs(in_order[0], in_order[-1], CRITERION))
    except CannotUse as error:
        return Years(rows, others, why=" ".join(f"{problem.what} {problem.remedy}" for problem in error.problems))
