"""Lives decided, not yet observed: the second year of a comparison counted with the default lives of the first (D6).

A default life that changed between two years is no progress while no history supports it: it is longer than the upper
bound of the observed life (L10), or there is none.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from estran.analysis.lives import observe_lives
from estran.common.files import sha256
from estran.common.problems import CannotUse
from estran.common.sql import parquet_scan, quoted
from estran.engine import execution, runs
from estran.engine.steps import BASE_METHOD

SQL = Path(__file__).parent / "sql" / "decided_lives.sql"
DEFAULTS = Path("tables") / "defaults.parquet"


@dataclass(frozen=True)
class DecidedLife:
    """A default life (years) that changed between two years without a history that supports it.

    `observed` is the upper bound of the observed life, None where too few items left.
    """

    item_type: str
    before: float
    after: float
    source: str | None
    observed: float | None


def decided_lives(before: Path, after: Path, history: Sequence[Path] = ()) -> list[DecidedLife]:
    """The lives decided from one run to another, not yet observed on `history` (the two runs by default).

    Both runs have one catalogue. Errors: CannotUse (no run). (D6)
    """
    described = [runs.read_json(run) for run in (before, after)]
    if not (after / "inputs" / DEFAULTS).exists() or not (after / "equipment.csv").exists():  # a run of long ago
        return []
    changed = _changed_lives(after, (described[0]["year"], described[1]["year"]))
    if not changed or any(run["method"] != BASE_METHOD for run in described):
        return []
    try:
        observed = observe_lives(list(history) or [before, after]).indicators
    except CannotUse:  # two runs of one year
        observed = observe_lives([after]).indicators
    highs = {item_type: row["high95"] for item_type, row in observed.items()}
    lives = (DecidedLife(*row, highs.get(row[0])) for row in changed)
    return [life for life in lives if life.observed is None or max(life.before, life.after) > life.observed]


def count_with_lives_of(before: Path, after: Path, lives: Sequence[DecidedLife]) -> Path:
    """The folder of the second run with these lives as they were in the year of the first, all else equal (D6).

    The run itself without any. It is not kept: another process computes it again.
    """
    if not lives:
        return after
    year, item_types = runs.read_json(before)["year"], tuple(life.item_type for life in lives)
    return Path(_recount(after, sha256(after / "run.json"), item_types, year).name)


def count_as_before(before: Path, after: Path) -> Path:
    """The folder that a change since another run is read from: that of `after` without the lives only decided (D6)."""
    return count_with_lives_of(before, after, decided_lives(before, after))


@lru_cache(maxsize=8)
def _recount(run: Path, _digest: str, item_types: tuple[str, ...], year: int) -> tempfile.TemporaryDirectory[str]:
    work = tempfile.TemporaryDirectory(prefix="estran-")
    folder = Path(work.name)
    inputs = folder / "inputs"
    (inputs / "tables").mkdir(parents=True)
    for file in (run / "inputs").iterdir():
        if file.name != "tables":
            (inputs / file.name).symlink_to(file.resolve(), file.is_dir())
    for file in (run / "inputs" / "tables").iterdir():
        if file.name != DEFAULTS.name:
            (inputs / "tables" / file.name).symlink_to(file.resolve())
    _write_defaults(run / "inputs" / DEFAULTS, inputs / DEFAULTS, item_types, year)
    execution.execute_run(inputs, folder, detail=False)
    shutil.copyfile(run / "run.json", folder / "run.json")
    return work


def _write_defaults(source: Path, target: Path, item_types: Sequence[str], year: int) -> None:
    """The defaults of a run, where the life of these types stays that of a year."""
    import duckdb

    query = f"""
        SELECT * EXCLUDE (place) REPLACE (CASE WHEN place IS NULL THEN valid_from END AS valid_from)
        FROM (
            SELECT *, CASE WHEN parameter = 'lifetime_years' AND item_type IN ({", ".join(map(quoted, item_types))})
                THEN ROW_NUMBER() OVER (
                    PARTITION BY item_type, parameter, COALESCE(valid_from, -9999) <= {year}
                    ORDER BY COALESCE(valid_from, -9999) DESC, value) END AS place
            FROM {parquet_scan(source)}
        )
        WHERE place IS NULL OR place = 1 AND COALESCE(valid_from, -9999) <= {year}"""
    with duckdb.connect() as db:
        db.execute(f"COPY ({query}) TO {quoted(str(target))} (FORMAT parquet)")


def _changed_lives(after: Path, years: tuple[int, int]) -> list[tuple[str, float, float, str | None]]:
    import duckdb

    with duckdb.connect(config={"threads": 1}) as db:
        db.execute(f"CREATE VIEW defaults AS FROM {parquet_scan(after / 'inputs' / DEFAULTS)}")
        db.read_csv(str(after / "equipment.csv"), all_varchar=True).create_view("equipment")
        db.execute(f"CREATE TABLE sides AS FROM (VALUES (0, {years[0]}), (1, {years[1]})) AS sides (side, year)")
        return db.execute(SQL.read_text("utf-8")).fetchall()
