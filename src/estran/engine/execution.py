"""Carrying out a run: the frozen steps on the frozen inputs, then every file of the run folder."""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from estran.common.files import write_csv
from estran.common.sql import quoted
from estran.engine import estates
from estran.engine.session import Session
from estran.engine.steps import Step, read_steps

DETAIL = "origins"
ALLOCATION = {"allocation", "allocation_findings"}
AMOUNTS = "amounts.parquet"
LAST_OF_AMOUNTS = "cells"  # the last step that every factor set shares
OF_A_SET = ("factor_set", "criterion", "mean", "sd", "low95", "high95", "gap_rows", "own_share")

Row = dict[str, Any]


def execute_run(inputs: Path, output: Path, *, detail: bool, master: str = "local[*]") -> Row:
    """Carry out the frozen steps on the frozen inputs and write every file of the run; the counts of the run.

    The other factor sets are weighed on threads of their own, as soon as the amounts are known.
    """
    with _engine(inputs, master) as (session, walk), ThreadPoolExecutor(2) as threads:
        shared = [step.name for step in walk].index(LAST_OF_AMOUNTS) + 1
        again = [step for step in walk if step.needs_factors]
        session.run(walk[:shared])
        main, *others = _settings(inputs)["factor_sets"]
        weighed = [] if session.alone else [
            threads.submit(_weigh_set, session.beside(code), again, inputs, code) for code in others
        ]  # fmt: skip
        session.run(walk[shared:])
        counts = _write_outputs(session, inputs, output, detail=detail)
        rows = _rows_of_set(session, inputs, main)
        if session.alone:
            rows += [row for code in others for row in _weigh_set(session, again, inputs, code)]
        rows += [row for future in weighed for row in future.result()]
    write_csv(output / "factor_sets.csv", OF_A_SET, rows)
    return counts


def open_session(inputs: Path) -> tuple[Session, list[Step]]:
    """A DuckDB session with the inputs of a run registered, and its frozen steps, not yet carried out."""
    settings = _settings(inputs)
    session = Session()
    source = estates.quoted_scan(inputs / settings["inventory"], settings["row_id"])
    return session, _fill(session, inputs, source, settings["row_id"])


@contextlib.contextmanager
def _engine(inputs: Path, master: str) -> Iterator[tuple[Session, list[Step]]]:
    """The session of the engine that the run names; what Spark keeps for itself lies beside the inputs meanwhile."""
    settings = _settings(inputs)
    if settings.get("engine", "duckdb") == "duckdb":
        yield open_session(inputs)
        return
    from estran.engine.spark import Spark

    inventory = inputs / settings["inventory"]
    with tempfile.TemporaryDirectory(prefix=".spark-", dir=inputs.parent) as work:
        session = Spark(master, Path(work), rows=estates.rows_of(inventory))
        yield session, _fill(session, inputs, *session.scan(inventory, settings["row_id"]))


def _settings(inputs: Path) -> Row:
    return json.loads((inputs / "settings.json").read_text(encoding="utf-8"))


def _fill(session: Session, inputs: Path, source: str, row_id: str) -> list[Step]:
    """Register the inputs of a run in a session; its frozen steps."""
    settings = _settings(inputs)
    written = settings["zones"], settings.get("labels", {})  # runs of before 2026-11-24 have no labels
    session.inventory(
        source,
        settings["columns"],
        row_id,
        estates.inventory_types(),
        *written,
        unknown_labels_are_types=settings.get("unknown_labels_are_types", False),  # nor this before 2026-11-29
    )
    for path in sorted((inputs / "tables").glob("*.parquet")):
        session.read(path.stem, path)
    return list(read_steps(inputs / "method"))


def _write_outputs(session: Session, inputs: Path, output: Path, *, detail: bool) -> Row:
    """Write the files of the run folder, each named after the query that makes it; the counts of the run."""
    machines = session.table("SELECT 1 AS machine FROM vms LIMIT 1").num_rows
    left_out = {"counts", "factor_sets"} | (set() if detail else {DETAIL}) | (set() if machines else ALLOCATION)
    for path in sorted((inputs / "outputs").glob("*.sql")):
        if path.stem.endswith(".parquet"):
            session.write_parquet(path.read_text(encoding="utf-8"), output / path.stem)
        elif path.stem not in left_out:
            session.write_csv(path.read_text(encoding="utf-8"), output / f"{path.stem}.csv")
    if not (inputs / "outputs" / f"{AMOUNTS}.sql").exists():  # runs of before 2026-12
        session.write_parquet("SELECT * FROM amounts ORDER BY ALL NULLS LAST", output / AMOUNTS)
    (counts,) = session.table((inputs / "outputs" / "counts.sql").read_text(encoding="utf-8")).to_pylist()
    return counts


def _weigh_set(session: Session, again: list[Step], inputs: Path, code: str) -> list[Row]:
    """The rows of factor_sets.csv for the same amounts under another factor set."""
    session.fill("cells", "entity", "")  # only the whole is shown: one entity is enough
    for name in ("factors", "electricity"):
        session.read(name, inputs / "factor_sets" / f"{code}-{name}.parquet")
    session.run(again)
    return _rows_of_set(session, inputs, code)


def _rows_of_set(session: Session, inputs: Path, code: str) -> list[Row]:
    """The rows of factor_sets.csv for the factor set that a session has just weighed."""
    query = (inputs / "outputs" / "factor_sets.sql").read_text(encoding="utf-8")
    sources = ", ".join(map(quoted, _settings(inputs)["factor_sets"][code])) or "NULL"
    return [{"factor_set": code, **row} for row in session.table(query.replace("{own}", sources)).to_pylist()]
