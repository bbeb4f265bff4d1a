"""What comes up for renewal, by year, type and entity: units, euros, impacts, and the same kept one more year (Z2).

The cohorts are those of a projection without any action, entity by entity: the sums over entities are its purchases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np

from estran.catalogue.codes import remedy_near
from estran.catalogue.loading import read_table
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.engine import execution, runs
from estran.engine.session import Session
from estran.engine.steps import BASE_METHOD, Step
from estran.projection.cohort_inputs import STEPS, Row, read_renewed
from estran.projection.cohorts import AMOUNTS, AppliedLever, Array, CohortInputs, renewed_amounts
from estran.projection.plan_blocks import LAST_YEAR
from estran.projection.plans import Lever

LAST_STEP = "unit_factors"  # of a run: the last one that its renewals need
YEARS = 5  # shown when no last year is asked for
# One more year of use, or nothing bought again: the two levers that the renewals are read with.
KEPT, NOT_REPLACED = range(2)
MEASURES = ("units", "again", "eur", "unpriced", "impact", "unweighed")  # of a row of Renewals; each also with `_kept`
OF_PARTS = ("use_share", "lifetime_years", "refurbished_share", "upstream_years", "reuse_rate", "mean_total_life_years")


@dataclass(frozen=True)
class Renewals:
    """The renewals of a run, from the year after it to `last`; `unit` is that of the impacts of `criterion`.

    rows: per year, entity and item type, `units` that reach their life, `again` those bought since the run, `eur` to
    replace them, `unpriced` units without a known price, `impact` of making, moving and discarding, `unweighed` units
    without a factor; each also as `…_kept`, everything being kept one more year. fleet: per entity and item type,
    `in_service` at the end of the run's year, `without_life` that nothing dates, `undated` bought on an unknown day,
    `overdue` older than their life, `left` not renewed yet in `last`: units less again, summed over the years, and left
    and without_life make in_service. prices: item type → the price of a unit. avoided: item type → what one more year
    of use avoids over the years shown, in the stock view.
    """

    label: str
    base_year: int
    last: int
    criterion: str
    unit: str
    rows: list[Row]
    fleet: list[Row]
    prices: dict[str, Row]
    avoided: dict[str, float]

    @property
    def years(self) -> list[int]:
        """The years shown."""
        return list(range(self.base_year + 1, self.last + 1))

    def sums(self, *columns: str) -> list[Row]:
        """The rows summed by some of year, entity and item_type, in their order."""
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.rows:
            groups.setdefault(tuple(row[column] for column in columns), []).append(row)
        names = [name + kept for kept in ("", "_kept") for name in MEASURES]
        return [
            dict(zip(columns, key, strict=True)) | {name: fsum(row[name] for row in rows) for name in names}
            for key, rows in sorted(groups.items())
        ]


def read_renewals(run: Path, last: int | None = None, criterion: str = "gwp") -> Renewals:
    """The renewals of a run until the end of a year, five years on by default.

    Errors: CannotUse (no run, too old a one, another view or method, an unknown criterion, no year to show). (Z2)
    """
    described = runs.read_json(run)
    base_year = described["year"]
    last = base_year + YEARS if last is None else last
    _check(described, run, last, criterion)
    session, frozen = execution.open_session(run / "inputs")
    session.run(_steps_needed(frozen, run))
    parts, inputs = _parts_by_entity(session, base_year)
    amounts, items = _simulate(inputs, range(base_year, last + 1))
    prices = _prices(session)
    factors = _factors(session, parts, criterion)
    (unit,) = session.table(f"SELECT unit FROM criteria WHERE code = {quoted(criterion)}")["unit"].to_pylist() or [""]
    return Renewals(
        described["perimeter"]["label"],
        base_year,
        last,
        criterion,
        unit,
        _rows(parts, factors, amounts, items, prices, base_year),
        _fleet(parts, inputs, items),
        prices,
        _avoided(parts, factors, amounts),
    )


def _check(described: Row, run: Path, last: int, criterion: str) -> None:
    problems = []
    if described["view"] != "stock" or described["method"] != BASE_METHOD:
        what = _("Les renouvellements partent d’un bilan en vue « stock » de la méthode « {name} ».")
        remedy = _("Refaire le bilan sans --view ni --method.")
        problems.append(Problem(what.format(name=BASE_METHOD), remedy, file=str(run)))
    if not described["year"] < last <= LAST_YEAR:
        what = _("L’année {year} n’est pas possible.").format(year=last)
        remedy = _("Donner une année entre {first} et {last}.")
        problems.append(Problem(what, remedy.format(first=described["year"] + 1, last=LAST_YEAR)))
    if criterion not in described["criteria"]:
        what = _("Ce calcul n’a pas le critère « {name} ».").format(name=criterion)
        problems.append(Problem(what, remedy_near("criterion", criterion, described["criteria"])))
    if problems:
        raise CannotUse(*problems)


def _steps_needed(frozen: list[Step], run: Path) -> list[Step]:
    """The frozen steps of a run until LAST_STEP; CannotUse where it is older than this step."""
    names = [step.name for step in frozen]
    if LAST_STEP not in names:
        what = _("Ce bilan est trop ancien pour que ses renouvellements se lisent.")
        raise CannotUse(Problem(what, _("Refaire le bilan avec la version d’aujourd’hui."), file=str(run)))
    return frozen[: names.index(LAST_STEP) + 1]


def _parts_by_entity(session: Session, base_year: int) -> tuple[list[Row], CohortInputs]:
    """The pools of a projection without actions, each cut by entity: a part has the parameters of its whole pool."""
    session.constants("projection", "SELECT FALSE AS by_power")
    session.con.execute(
        "CREATE OR REPLACE TEMP TABLE lever_rows AS SELECT row_id, COALESCE(entity, '') AS signature FROM inventory"
    )
    rows = session.table((STEPS / "cohorts.sql").read_text(encoding="utf-8")).to_pylist()
    pools, of_pools = read_renewed([row | {"signature": ""} for row in rows], base_year)
    parts, inputs = read_renewed(rows, base_year)
    numbers = {_key(pool): pool["number"] for pool in pools}
    places = np.array([numbers[_key(part)] for part in parts], int)
    shared = {name: of_pools.base[name][places] for name in OF_PARTS}
    return parts, CohortInputs({**inputs.base, **shared}, inputs.rows, inputs.observed, inputs.undated)


def _key(pool: Row) -> tuple[Any, ...]:
    names = ("item_type", "reference", "model", "zone", "in_cooled_room", "has_life", "has_kwh", *OF_PARTS[2:])
    return tuple(pool[name] for name in (*names, "power_w", "hours_per_year"))


def _simulate(inputs: CohortInputs, years: Sequence[int]) -> tuple[Array, Array]:
    """Amounts and items of four sets: as it is, one more year, nothing bought again, both."""
    lives = inputs.base["lifetime_years"]
    first = years[0] + 1
    levers = [
        AppliedLever(Lever((), "lifetime_years", life + 1, None, first, None, None, None), KEPT, lives == life)
        for life in np.unique(lives[~np.isnan(lives)])
    ]
    every = np.ones(inputs.size, bool)
    levers.append(AppliedLever(Lever((), "quantity", 0.0, None, first, None, None, None), NOT_REPLACED, every))
    sets = np.array([[False, False], [True, False], [False, True], [True, True]])
    return renewed_amounts(inputs, levers, sets, list(years))


def _prices(session: Session) -> dict[str, Row]:
    years = next(row["value"] for row in read_table("method_parameters") if row["parameter"] == "renewal_price_years")
    session.constants("renewal", f"SELECT CAST({years} AS DOUBLE) AS price_years")
    rows = session.table((STEPS / "prices.sql").read_text(encoding="utf-8")).to_pylist()
    return {row["item_type"]: row for row in rows}


def _factors(session: Session, parts: list[Row], criterion: str) -> tuple[Array, Array, Array]:
    """Of each part, the impact of a unit made and of one ended, and whether its factors are known."""
    query = f"SELECT * FROM unit_factors WHERE criterion = {quoted(criterion)}"
    factors = {(row["item_type"], row["reference"], row["model"]): row for row in session.table(query).to_pylist()}
    none = {"made_factor": 0.0, "ended_factor": 0.0, "is_whole": 0}
    own = [factors.get((row["item_type"], row["reference"] or "", row["model"] or ""), none) for row in parts]
    made, ended, known = (np.array([row[name] for row in own], float) for name in none)
    return made, ended, known


def _rows(
    parts: list[Row], made_ended_known: tuple[Array, Array, Array], amounts: Array, items: Array,
    prices: dict[str, Row], base_year: int,
) -> list[Row]:  # fmt: skip
    """One row per year, entity and item type where something is renewed, with or without one more year."""
    made, ended, known = made_ended_known
    bought, discarded = (amounts[:2, AMOUNTS.index(name)] for name in ("bought", "discarded"))
    impacts = bought * made[:, None] + discarded * ended[:, None]
    units, first = items[:2, 1], items[2:, 2]
    sums: dict[tuple[int, str, str], Row] = {}
    empty = {name + kept: 0.0 for kept in ("", "_kept") for name in MEASURES}
    for place, part in enumerate(parts):
        price = prices.get(part["item_type"], {}).get("price_eur")
        for t in np.flatnonzero(units[:, place].any(axis=0)):
            key = (base_year + 1 + int(t), part["signature"], part["item_type"])
            row = sums.setdefault(key, dict(zip(("year", "entity", "item_type"), key, strict=True)) | empty)
            for scenario, kept in enumerate(("", "_kept")):
                n = float(units[scenario, place, t])
                row[f"units{kept}"] += n
                row[f"again{kept}"] += n - float(first[scenario, place, t])
                row[f"impact{kept}"] += float(impacts[scenario, place, t])
                row[f"unweighed{kept}"] += 0.0 if known[place] else n
                row[f"eur{kept}" if price else f"unpriced{kept}"] += n * (price or 1.0)
    return [sums[key] for key in sorted(sums)]


def _avoided(parts: list[Row], factors: tuple[Array, Array, Array], amounts: Array) -> dict[str, float]:
    """Item type → what one more year of use avoids over the years, each unit being spread over its life (A1, Z4)."""
    made, ended, _known = factors
    units = amounts[:2, AMOUNTS.index("units")].sum(axis=-1)
    sums: dict[str, float] = {}
    for part, less in zip(parts, (units[0] - units[1]) * (made + ended), strict=True):
        sums[part["item_type"]] = sums.get(part["item_type"], 0.0) + float(less)
    return sums


def _fleet(parts: list[Row], inputs: CohortInputs, items: Array) -> list[Row]:
    """One row per entity and item type: what is in service, and what of it stands apart."""
    assert inputs.observed is not None and inputs.undated is not None
    lives, ages = inputs.base["lifetime_years"], np.arange(inputs.observed.shape[1])
    known = ~np.isnan(lives)
    older = np.where(ages >= np.where(known, lives, np.inf)[:, None], inputs.observed, 0.0).sum(axis=1)
    measures = {
        "in_service": inputs.base["quantity"],
        "without_life": np.where(known, 0.0, inputs.base["quantity"]),
        "undated": inputs.undated,
        "overdue": older,
        "left": np.where(known, items[2, 0, :, -1], 0.0),
    }
    sums: dict[tuple[str, str], Row] = {}
    for place, part in enumerate(parts):
        key = (part["signature"], part["item_type"])
        row = sums.setdefault(key, dict(zip(("entity", "item_type"), key, strict=True)) | dict.fromkeys(measures, 0.0))
        for name, values in measures.items():
            row[name] += float(values[place])
    return [sums[key] for key in sorted(sums)]
