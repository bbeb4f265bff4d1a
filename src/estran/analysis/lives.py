"""How long equipment really serves, by item type: the product-limit estimate on an authority's own history (L10).

Steps: engine/methods/lives. The snapshots are runs, one per year, with the items that each counts and those retired.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any

from estran.catalogue.loading import read_table
from estran.common import formatting
from estran.common.files import whole_or_nothing, write_csv
from estran.common.language import _
from estran.common.normal_law import Z95
from estran.common.problems import CannotUse, Problem
from estran.common.sql import parquet_scan
from estran.engine import execution, runs
from estran.engine.session import Session
from estran.engine.steps import BASE_METHOD, METHODS

STEPS = METHODS / "lives"
LAST_STEP = "presence"  # of a run: the last one that its snapshot needs
WALK = ("followed", "at_risk", "curve", "lives", "ages")
FILES = ("lives", "curve", "ages", "followed")
OVERLAY_LINES = "defaults"
OLDEST = 60  # years: the last whole age that a curve is read at
EPOCH = date(1970, 1, 1)

Row = dict[str, Any]


@dataclass(frozen=True)
class Lives:
    """What the snapshots of `years` say of lives: the rows of the steps `lives`, `curve` and `ages`.

    decided: item type → its default life in force in the last year (L5), as `lifetime_years` and `lifetime_source`.
    `session` holds the tables of the steps.
    """

    years: list[int]
    lives: list[Row]
    curve: list[Row]
    ages: list[Row]
    decided: dict[str, Row]
    session: Session

    @property
    def indicators(self) -> dict[str, Row]:
        """Item type → its observed life, where enough departures make it an indicator."""
        return {row["item_type"]: row for row in self.lives if row["is_indicator"]}

    def decided_years(self, item_type: str) -> float | None:
        """The default life of a type in force in the last year."""
        return self.decided[item_type]["lifetime_years"] if item_type in self.decided else None

    def share_at(self, item_type: str, years: float) -> Row | None:
        """The step of the curve in force at an age, in years; None outside the curve."""
        steps = [row for row in self.curve if row["item_type"] == item_type]
        if not steps or not steps[0]["age_years"] <= years <= steps[-1]["age_years"]:
            return None
        return [row for row in steps if row["age_years"] <= years][-1]


def observe_lives(snapshots: Sequence[Path]) -> Lives:
    """The observed lives of the runs of one authority, one per year, in any order.

    Errors: CannotUse (no run, two of one year, another method than the RCP).
    """
    described = {run: runs.read_json(run) for run in snapshots}
    in_order = sorted(described, key=lambda run: described[run]["year"])
    years = [described[run]["year"] for run in in_order]
    _check(described, years)
    session = Session()
    with tempfile.TemporaryDirectory() as work:
        scans = []
        for run, year in zip(in_order, years, strict=True):
            path = Path(work) / f"{year}.parquet"
            decided = _read_snapshot(run, path)
            scans.append(f"SELECT {year} AS year, * FROM {parquet_scan(path)}")
        session.con.execute(f"CREATE TABLE snapshots AS {' UNION ALL '.join(scans)}")
    _walk(session, years)
    lives, curve, ages = (session.table(f"SELECT * FROM {name}").to_pylist() for name in ("lives", "curve", "ages"))
    return Lives(years, lives, curve, ages, decided, session)


def write_lives(lives: Lives, folder: Path) -> None:
    """Write the tables of the steps (no serial number) and the lines that a person may take into an overlay.

    The folder is written whole or not at all. Errors: CannotUse (it holds something else).
    """
    if folder.exists() and (folder.is_file() or {path.stem for path in folder.iterdir()} - {*FILES, OVERLAY_LINES}):
        what = _("« {name} » existe déjà et n’a pas été écrit par cette commande : il n’est pas remplacé.")
        raise CannotUse(Problem(what.format(name=folder.name), _("Donner un autre dossier avec -o."), file=str(folder)))
    with whole_or_nothing(folder) as new:
        for name in FILES:
            lives.session.write_csv(f"SELECT * FROM {name} ORDER BY ALL", new / f"{name}.csv")
        lines = [
            {"item_type": item_type, "parameter": "lifetime_years", "value": f"{row['mean_years']:.2f}"}
            | {"cv": f"{row['sd_years'] / row['mean_years']:.3f}", "source": source_text(lives, row)}
            for item_type, row in lives.indicators.items()
        ]
        columns = ("item_type", "parameter", "valid_from", "value", "cv", "source")
        write_csv(new / f"{OVERLAY_LINES}.csv", columns, lines)


def _check(described: dict[Path, Row], years: list[int]) -> None:
    problems = []
    if repeated := sorted({year for year in years if years.count(year) > 1}):
        what = _("Deux calculs pour une même année : {years}.").format(years=", ".join(map(str, repeated)))
        problems.append(Problem(what, _("Garder un seul calcul par année.")))
    for run, values in described.items():
        if values["method"] != BASE_METHOD:
            what = _("Les durées observées se lisent dans un calcul de la méthode « {name} ».").format(name=BASE_METHOD)
            problems.append(Problem(what, _("Refaire le calcul sans --method."), file=str(run)))
    if problems:
        raise CannotUse(*problems)


def _read_snapshot(run: Path, path: Path) -> dict[str, Row]:
    """Write the items of a run as the history needs them; the default lives of its year."""
    session, steps = execution.open_session(run / "inputs")
    before = list(takewhile(lambda step: step.name != LAST_STEP, steps))
    session.run([*before, steps[len(before)]])
    session.write_parquet((STEPS / "snapshot.sql").read_text(encoding="utf-8"), path)
    query = "SELECT item_type, lifetime_years, lifetime_source FROM parameters WHERE lifetime_years IS NOT NULL"
    return {row["item_type"]: row for row in session.table(query).to_pylist()}


def _walk(session: Session, years: list[int]) -> None:
    """The steps on the table `snapshots`."""
    import pyarrow as pa

    def ends(year: int) -> tuple[int, int]:
        first, end = ((date(one, 1, 1) - EPOCH).days for one in (year, year + 1))
        return first, end

    names = ("year", "first_day", "end_day", "next_year", "next_end_day")
    following = [*((year, ends(year)[1]) for year in years[1:]), (None, None)]
    rows = [
        dict(zip(names, (year, *ends(year), *after), strict=True)) for year, after in zip(years, following, strict=True)
    ]
    kinds = pa.schema([(name, pa.int64()) for name in rows[0]])
    session.register("snapshot_years", pa.Table.from_pylist(rows, kinds))
    limits = {
        row["parameter"].removeprefix("lives_"): row["value"]
        for row in read_table("method_parameters")
        if row["method"] == BASE_METHOD and row["parameter"].startswith("lives_")
    }
    named = ", ".join(f"CAST({value} AS DOUBLE) AS {name}" for name, value in limits.items())
    session.constants("lives", f"SELECT {named}")
    session.constants("setting", f"SELECT CAST({Z95} AS DOUBLE) AS z95")
    session.register("whole_years", pa.table({"age_years": [float(age) for age in range(OLDEST + 1)]}))
    for name in WALK:
        text = (STEPS / f"{name}.sql").read_text(encoding="utf-8")
        session.con.execute(f"CREATE TABLE {name} AS {text}")


# ---------------------------------------------------------------------------------------------------------- in words


def years_text(value: float | None, lang: str) -> str:
    """A length of use, to a tenth of a year: « 7,7 ans »; a dash when it is not known."""
    if value is None:
        return "–"
    tenths = round(value, 1)
    return (_("{n} an") if tenths == 1 else _("{n} ans")).format(n=_tenths(tenths, lang))


def interval_text(row: Row, lang: str) -> str:
    """The 95 % interval of an observed life in a cell: « 7,6 à 7,9 »."""
    return _("{low} à {high}").format(low=_tenths(row["low95"], lang), high=_tenths(row["high95"], lang))


def life_text(row: Row, lang: str) -> str:
    """An observed life with its interval: « au moins 7,7 ans, entre 7,6 et 7,9 »."""
    text = _("au moins {years}, entre {low} et {high}") if row["at_least"] else _("{years}, entre {low} et {high}")
    bounds = {name: _tenths(row[f"{name}95"], lang) for name in ("low", "high")}
    return text.format(years=years_text(row["mean_years"], lang), **bounds)


def source_text(lives: Lives, row: Row, lang: str = "fr") -> str:
    """An observed life as a source: what was followed, over which years, and what it gives."""
    text = _("durée observée de {first} à {last} (règle L10) : {life}, {n} départs sur {followed} suivis")
    counts = {"n": formatting.count(row["departures"], lang), "followed": formatting.count(row["followed"], lang)}
    return text.format(first=lives.years[0], last=lives.years[-1], life=life_text(row, lang), **counts)


def _tenths(value: float, lang: str) -> str:
    return formatting.number(round(value, 1), lang, 3)
