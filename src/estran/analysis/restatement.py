"""Year after year: published and restated totals, the frozen baseline, the figures of other tools (D1)."""

import json
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date as dates
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
FROZEN = ("run.json", "impacts.csv")

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
    files.write_csv(output / "series.csv", COLUMNS, rows)
    if others:
        shutil.copyfile(others, output / MARKS)
    return rows


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


# ------------------------------------------------------------------------------------------------------- baseline


@dataclass(frozen=True)
class Baseline:
    """The run that later years are measured against, as it was when the decision was taken."""

    run: Path
    year: int
    sha256: dict[str, str]
    perimeter: Row
    headcounts: list[Row]
    method: str
    method_version: str
    factor_set: str
    catalogue: str
    decision: Row


def freeze_baseline(run: Path, path: Path, *, decision: str, date: str, number: str = "") -> Baseline:
    """Declare a run as the reference: a TOML file with the hashes of the run and the text of the decision (D1).

    `date` is an ISO date. A baseline is never written over. Errors: CannotUse (no run, no text, no date, file there).
    """
    described = runs.read_json(run)
    problems = []
    try:
        day = dates.fromisoformat(date)
    except ValueError:
        what = _("« {date} » n’est pas une date.").format(date=date)
        problems.append(Problem(what, _("L’écrire comme 2026-03-15."), column="--date", value=date))
    if not decision.strip():
        problems.append(Problem(_("La décision n’a pas de texte."), _("Donner son objet avec --decision.")))
    if path.exists():
        what = _("« {name} » existe déjà : une référence ne se remplace pas.").format(name=path.name)
        problems.append(Problem(what, _("Donner un autre fichier avec -o."), file=str(path)))
    if problems:
        raise CannotUse(*problems)
    scope = described["perimeter"]
    names = ("method", "method_version", "factor_set")
    tables: list[tuple[str, Row]] = [
        ("[decision]", {"text": decision.strip(), "date": day} | ({"number": number} if number else {})),
        ("[sha256]", {_value(name): files.sha256(run / name) for name in FROZEN}),
        ("[perimeter]", {name: scope[name] for name in ("id", "version", "valid_from", "label")}),
        *(("[[headcounts]]", head) for head in scope["headcounts"]),
    ]
    first = {"run": run.name, "year": described["year"]} | {name: described[name] for name in names}
    lines = _lines(first | {"catalogue": described["catalogue"]["edition"]})
    for title, values in tables:
        lines += ["", title, *_lines(values)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_baseline(path, run)


def read_baseline(path: Path, run: Path | None = None) -> Baseline:
    """Read a baseline and check that its run has not moved; `run` is where it is, else beside the file.

    Errors: CannotUse (unreadable file, no such run, files of the run that changed since).
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        names = {field.name for field in fields(Baseline)} - {"run", "headcounts"}
        place, heads = run or path.parent / values["run"], values.get("headcounts", [])
        reference = Baseline(run=place, headcounts=heads, **{name: values[name] for name in names})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        what = _("Le fichier de référence ne peut pas être lu : {error}.").format(error=error)
        raise CannotUse(Problem(what, _("En donner un fait par « estran baseline »."), file=str(path))) from None
    moved = [
        name
        for name, digest in reference.sha256.items()
        if not (place / name).is_file() or files.sha256(place / name) != digest
    ]
    if moved:
        what = _("Le calcul de référence « {run} » n’est plus celui de la décision : {names}.")
        remedy = _("Remettre à côté du fichier le dossier tel qu’il a été gelé.")
        raise CannotUse(Problem(what.format(run=place, names=", ".join(moved)), remedy, file=str(path)))
    return reference


def _lines(values: Row) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in values.items()]


def _value(value: Any) -> str:
    # A TOML basic string is written like a JSON one.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


# ------------------------------------------------------------------------------------------ figures of other tools


def read_marks(path: Path) -> list[Row]:
    """The figures of other tools, one per row of marks.csv: shown beside the series, never joined to it (D1).

    Columns: year, tool, value, unit, perimeter, denominator, document. Errors: CannotUse, with every fault.
    """
    table, problems = canonical.read_small_table(path, "marks")
    if problems:
        raise CannotUse(*problems)
    return sorted(table.to_pylist(), key=lambda row: (row["year"], row["tool"]))
