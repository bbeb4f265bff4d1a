"""Explain cache of a run: the tables that any of its figures is explained from, and its rows, in a folder.

The steps of the run are carried out again once, on its own inputs; figures and rows are then read without computing.
"""

import json
from dataclasses import replace
from pathlib import Path

from estran.common.files import whole_or_nothing
from estran.common.sql import parquet_scan, quoted
from estran.engine import estates, execution
from estran.engine.session import Session
from estran.engine.steps import METHODS, Step
from estran.importing import row_corrections

STEPS = ("profiles", "contributions", "cells", "parameters", "activities", "item_references")
INPUTS = ("factors", "sources", "criteria")
GAPS = "SELECT what, entity, item_type, stage, criterion, COUNT(*) AS rows FROM gaps GROUP BY ALL"
NO_CORRECTION = """
    (SELECT NULL::BIGINT AS row_id, NULL::BIGINT AS number, NULL::VARCHAR AS name, NULL::VARCHAR AS before,
        NULL::VARCHAR AS after WHERE false)
"""
SETS = """
    SELECT {place} AS place, {code} AS factor_set, entity, item_type, part, family, stage, criterion,
        CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value
    FROM contributions GROUP BY ALL
"""


def write_explain_cache(run: Path, folder: Path) -> None:
    """Write the explain cache of a run, whole or not at all.

    One Parquet file for `rows`, `gap_counts`, `factor_sets` (the run's own first), each table of STEPS and INPUTS.
    """
    with whole_or_nothing(folder) as new:
        session, steps = execution.open_session(run / "inputs")
        session.run(_needed(steps))
        asked = {name: f"SELECT * FROM {name}" for name in (*STEPS, *INPUTS)}
        rows = (METHODS / "explain" / "rows.sql").read_text("utf-8")
        # Rows of an entity lie together: a page of them reads a small part of the file.
        asked |= {"rows": f"SELECT * FROM ({rows}) ORDER BY profile_id, row_id", "gap_counts": GAPS}
        for name, query in asked.items():
            session.write_parquet(query, new / f"{name}.parquet")
        _compare_sets(session, steps, run / "inputs")
        session.write_parquet("SELECT * FROM factor_sets", new / "factor_sets.parquet")


def _needed(steps: list[Step]) -> list[Step]:
    """The steps that make the tables to keep; the gaps are only counted, and there may be more of them than rows."""
    last = next(place for place, step in enumerate(steps, 1) if step.name == "contributions")
    rest = {step.name: step for step in steps[last:]}
    return [*steps[:last], rest["problem_rows"], replace(rest["gaps"], made_as="view")]


def _compare_sets(session: Session, steps: list[Step], inputs: Path) -> None:
    """Make the table `factor_sets`: the same amounts under each factor set of the run; the last one stays."""
    factor_steps = [step for step in steps if step.needs_factors]
    last = next(place for place, step in enumerate(factor_steps, 1) if step.name == "contributions")
    codes = list(json.loads((inputs / "settings.json").read_text("utf-8"))["factor_sets"])
    for place, code in enumerate(codes):
        if place:
            for name in ("factors", "electricity"):
                session.read(name, inputs / "factor_sets" / f"{code}-{name}.parquet")
            session.run(factor_steps[:last])
        destination = "INSERT INTO factor_sets" if place else "CREATE TEMP TABLE factor_sets AS"
        session.con.execute(f"{destination} {SETS.format(place=place, code=quoted(code))}")


def open_explain_cache(run: Path, folder: Path) -> Session:
    """A session with the tables of an explain cache, and `inventory`: its rows as they were read."""
    session = Session()
    for path in folder.glob("*.parquet"):
        session.con.execute(f"CREATE TEMP VIEW {path.stem} AS SELECT * FROM read_parquet({quoted(str(path))})")
    settings = json.loads((run / "inputs" / "settings.json").read_text("utf-8"))
    scan = estates.quoted_scan(run / "inputs" / settings["inventory"], settings["row_id"])
    columns = ", ".join(
        name if name in settings["columns"] else f"CAST(NULL AS VARCHAR) AS {name}"
        for name in ("item_id", "source", "manufacturer", "model")
    )
    session.con.execute(f"CREATE TEMP VIEW inventory AS SELECT {settings['row_id']} AS row_id, {columns} FROM {scan}")
    changed = run / "inputs" / row_corrections.ROWS
    corrected = parquet_scan(changed) if changed.exists() else NO_CORRECTION
    session.con.execute(f"CREATE TEMP VIEW corrected AS SELECT * FROM {corrected}")
    return session
