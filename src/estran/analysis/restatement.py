"""Year after year: published and restated totals, the figures of other tools (D1)."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from estran.common import files
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.engine import runs
from estran.importing import canonical

COLUMNS = (
    *("year", "criterion", "published", "published_low95", "published_high95"),
    *("restated", "restated_low95", "restated_high95", "method_and_factors"),
)
MARKS = "marks.csv"

Row = dict[str, Any]


# ------------------------------------------------------------------------------------- published and restated (D1)


def restate_runs(
    published: list[Path],
    output: Path,
    *,
    factor_set: str = "ademe",
    catalogue: Path | None = None,
    overlay: Path | None = None,
    others: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Row]:
    """Compute every published run again with today's method and catalogue; the rows of `output`/series.csv.

    Each run keeps its own inventory, perimeter, year, view and criteria: `output`/<year> is a run like any other, and
    the electricity of each year keeps its own mix. The published runs are only read. Impacts are in the unit of the
    criterion; `method_and_factors` is restated − published. `others` is a marks.csv, kept beside the series. Errors:
    CannotUse (two runs of one year, different views, no run, faults in marks.csv). (D1)

    A year of an earlier series in `output` that is not asked for any more leaves it.
    """
    if others:
        read_marks(others)
    described = {run: runs.read_json(run) for run in published}
    _check_years(described)
    rows = []
    in_order = sorted(described, key=lambda run: described[run]["year"])
    for number, run in enumerate(in_order, 1):
        old = described[run]
        choices = runs.Choices(old["year"], factor_set, catalogue, overlay, view=old["view"])
        new = runs.restate(
            run, replace(choices, criteria=_criteria_still_known(old, choices)), output / str(old["year"])
        ).run
        rows += _side_by_side(old["year"], _totals(run), _totals(new))
        if progress:
            progress(number / len(in_order))
    _clear_other_years(output, {str(old["year"]) for old in described.values()})
    files.write_csv(output / "series.csv", COLUMNS, rows)
    if others:
        shutil.copyfile(others, output / MARKS)
    return rows


def _clear_other_years(series: Path, years: set[str]) -> None:
    """Remove from this folder the runs of an earlier series that the new one no longer has; no other run.

    A report would read them with it.
    """
    if not (series / "series.csv").exists():
        return
    for year in {str(row["year"]) for row in files.read_csv(series / "series.csv")} - years:
        if year.isdigit() and (series / year / "run.json").is_file():
            shutil.rmtree(series / year)


def read_series(folder: Path) -> list[Row]:
    """The rows of a series.csv, numbers as numbers. Errors: CannotUse (no series in that folder)."""
    try:
        rows = list(files.read_csv(folder / "series.csv"))
    except OSError:
        what = _("« {folder} » ne contient pas de série.").format(folder=folder)
        raise CannotUse(
            Problem(what, _("Donner un dossier fait par « estran restate »."), file=str(folder / "series.csv"))
        ) from None
    return [
        {"year": int(row["year"]), "criterion": row["criterion"]}
        | {name: float(row[name]) if row[name] else None for name in COLUMNS[2:]}
        for row in rows
    ]


def _check_years(described: dict[Path, Row]) -> None:
    years = [old["year"] for old in described.values()]
    problems = []
    if repeated := sorted({year for year in years if years.count(year) > 1}):
        what = _("Deux calculs pour une même année : {years}.").format(years=", ".join(map(str, repeated)))
        problems.append(Problem(what, _("Garder un seul calcul publié par année.")))
    if len({old["view"] for old in described.values()}) > 1:
        problems.append(
            Problem(
                _("Ces calculs ne sont pas dans la même vue : parc et achats ne font pas une série."),
                _("Garder une seule vue, « stock » ou « flow »."),
            )
        )
    if problems:
        raise CannotUse(*problems)


def _criteria_still_known(old: Row, choices: runs.Choices) -> tuple[str, ...]:
    """The criteria of the old run that the catalogue of today still has."""
    from estran.importing.own_tables import load_catalogue

    code = choices.factor_set
    known = load_catalogue([code], choices.catalogue, overlay=choices.overlay)[code]
    weighed = {*known.factors["criterion"].to_pylist(), *known.electricity["criterion"].to_pylist()}
    return tuple(code for code in old["criteria"] if code in weighed)


def _totals(run: Path) -> dict[str, Row]:
    return {row["criterion"]: row for row in files.read_csv(run / "intervals.csv") if row["entity"] == "*"}


def _side_by_side(year: int, published: dict[str, Row], restated: dict[str, Row]) -> list[Row]:
    none = {"mean": None, "low95": None, "high95": None}
    rows = []
    for criterion in [*published, *(name for name in restated if name not in published)]:
        old, new = published.get(criterion, none), restated.get(criterion, none)
        both = old["mean"] is not None and new["mean"] is not None
        values = [row[name] for row in (old, new) for name in ("mean", "low95", "high95")]
        effect = float(new["mean"]) - float(old["mean"]) if both else None
        numbers = [None if value is None else float(value) for value in values]
        rows.append(dict(zip(COLUMNS, [year, criterion, *numbers, effect], strict=True)))
    return rows


# ------------------------------------------------------------------------------------------ figures of other tools


def read_marks(path: Path) -> list[Row]:
    """The figures of other tools, one per row of marks.csv: shown beside the series, never joined to it (D1).

    Columns: year, tool, value, unit, perimeter, denominator, document. Errors: CannotUse, with every fault.
    """
    table, problems = canonical.read_small_table(path, "marks")
    if problems:
        raise CannotUse(*problems)
    return sorted(table.to_pylist(), key=lambda row: (row["year"], row["tool"]))
