"""From a run to the inputs of the cohorts: pools renewed or not, with levers and factors (Z1, Z2).

A pool is the items that the same levers touch and the same factors weigh; a projection counts pool by pool.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estran.catalogue.codes import remedy_near
from estran.catalogue.numecoeval import UNDATED
from estran.common.language import _, ngettext
from estran.common.problems import Problem
from estran.common.sql import quoted
from estran.engine.session import Session
from estran.engine.steps import METHODS
from estran.projection.cohorts import AppliedLever, Array, CohortInputs, parameter_values
from estran.projection.errors import Errors
from estran.projection.plan_blocks import among
from estran.projection.plans import (
    OF_ITEMS,
    SHARES,
    Action,
    Plan,
    Where,
    conflict_problem,
    in_conflict,
    possible_values,
)

STEPS = METHODS / "projection"
LAST_STEP = "item_references"
# What the columns of a lever are read from: the row, its type or flow, its entity, its room.
LEVER_JOINS = (
    "FROM inventory v LEFT JOIN item_types t ON t.code = v.item_type LEFT JOIN known_flows f ON f.flow = v.flow "
    "LEFT JOIN entities e ON e.entity = COALESCE(v.entity, '') LEFT JOIN declared_rooms d ON d.room = v.room"
)
STAGES = ("manufacturing", "distribution", "end_of_life", "use")
ROUNDING = 1e-9
NOTHING_TOUCHED = "no_rows"  # code of the problem of a lever that acts on nothing
NEVER = -(10**6)  # a purchase year that is not known

Row = dict[str, Any]
# (zone, criterion) → the last year of an electricity that is held until the end of the projection (Z2). No year: there
# is no factor at all, and this electricity is not counted, as in the run.
Held = dict[tuple[str, str], int | None]


@dataclass(frozen=True)
class Weights:
    """Impacts of one unit of the amounts of pools; what may be wrong in each, by its number in `errors` of a criterion.

    factors: stages × pools × criteria; sources, the error of each factor; stand_ins, that of what it stands for (Q9).
    grid: pools × years × criteria, impact of one kWh; grid_sources alike, without years; grid_age, what the age of the
    mix adds to its doubt (Q10), and age_sources. kwh_type: the part of each pool's electricity that a default of its
    type gives, and type_sources (pools × criteria) that default.
    """

    factors: Array
    sources: NDArray[np.int64]
    stand_ins: NDArray[np.int64]
    grid: Array
    grid_sources: NDArray[np.int64]
    grid_age: Array
    age_sources: NDArray[np.int64]
    kwh_type: Array
    type_sources: NDArray[np.int64]
    errors: list[Errors]


@dataclass(frozen=True)
class Group:
    """Pools of one kind: their names (item_type, zone …), their arrays, the levers on them, their factors."""

    rows: list[Row]
    inputs: CohortInputs
    levers: list[AppliedLever]
    weights: Weights


def read_groups(
    session: Session, plan: Plan, actions: Sequence[Action], years: Sequence[int], criteria: Sequence[str]
) -> tuple[list[Group], Held, list[Problem]]:
    """The pools of a run whose steps are done, with the levers of the actions on them.

    `years` starts with the base year. Also the electricity held at its last factor, and the levers in conflict (Z1).
    """
    numbered = [(number, lever) for number, action in enumerate(actions) for lever in action.levers]
    by_power = any(lever.parameter in ("power_w", "hours_per_year") for _number, lever in numbered)
    session.constants("projection", f"SELECT {by_power} AS by_power")
    _mark_rows(session, [lever.where for _number, lever in numbered])
    cohorts = session.table((STEPS / "cohorts.sql").read_text(encoding="utf-8")).to_pylist()
    non_renewed = session.table((STEPS / "non_renewed.sql").read_text(encoding="utf-8")).to_pylist()
    factor_table = _FactorTable(session, plan, years, criteria)
    groups = []
    for rows, inputs in (read_renewed(cohorts, years[0]), _read_non_renewed(non_renewed)):
        applied = [
            AppliedLever(
                lever,
                number,
                np.array([row["signature"][i] == "1" for row in rows], bool) & _applies_to(lever.parameter, rows),
            )
            for i, (number, lever) in enumerate(numbered)
        ]
        groups.append(Group(rows, inputs, applied, factor_table.weights(rows)))
    problems = [
        conflict_problem(actions[one.action].code, actions[other.action].code, other.lever, plan.file)
        for group in groups
        for one, other in combinations(group.levers, 2)
        if in_conflict(one.lever, other.lever) and (one.touches & other.touches).any()
    ]
    problems += [problem for group in groups for problem in _impossible(group, plan, actions, years)]
    return groups, factor_table.held, [*problems, *factor_table.faults()]


def _impossible(group: Group, plan: Plan, actions: Sequence[Action], years: Sequence[int]) -> Iterator[Problem]:
    """The levers that carry a share beyond 1, or a PUE below 1: each action alone, then all together."""
    sets = np.vstack([np.eye(len(actions), dtype=bool), np.ones((1, len(actions)), bool)])
    for name in (*SHARES, "pue"):
        own = [applied for applied in group.levers if applied.lever.parameter == name and applied.touches.any()]
        if all(applied.lever.times is None for applied in own):
            continue
        values = parameter_values(group.inputs, group.levers, sets, years)(name)
        beyond = values < 1 - ROUNDING if name == "pue" else values > 1 + ROUNDING
        wrong = np.any(beyond, axis=2)
        for applied in own:
            if (wrong[[applied.action, -1]] & applied.touches).any():
                what = _("L’action « {action} » mène « {name} » à une valeur qui n’est pas possible.")
                what = what.format(action=actions[applied.action].code, name=name)
                yield Problem(what, possible_values(), plan.file, applied.lever.line)


def _applies_to(parameter: str, rows: list[Row]) -> NDArray[np.bool_]:
    """Which pools a parameter means something for."""

    def means(row: Row) -> bool:
        if parameter == "electricity":
            return row["zone"] is not None
        if row["kind"] == "item":
            return parameter in OF_ITEMS and _known(row, parameter)
        if row["kind"] == "room":
            return (parameter == "it_kw" and row["flow"] == "room_kw_year") or (
                parameter == "pue" and bool(row["kwh"]) and row["overhead_kwh"] is not None
            )
        return parameter == "amount" and (row["amount"] if row["flow"] != "electricity_kwh" else row["kwh"]) is not None

    return np.array([means(row) for row in rows], bool)


def _known(row: Row, parameter: str) -> bool:
    """What is a gap in the inventory stays one: a lever never makes up for it (Z1)."""
    needs = {"lifetime_years": "has_life", "kwh_per_unit": "has_kwh", "pue": "in_cooled_room"}
    if parameter in ("power_w", "hours_per_year"):
        return row[parameter] is not None
    if parameter == "reuse_rate":
        return row["mean_total_life_years"] is not None
    return bool(row[needs[parameter]]) if parameter in needs else True


def read_renewed(rows: list[Row], base_year: int) -> tuple[list[Row], CohortInputs]:
    """Pools of items: the rows of one pool are its cohorts."""
    measures = ("purchase_year", "rows", "quantity", "units", "units_per_year", "kwh", "overhead_kwh", "kwh_type")
    by_key: dict[tuple[Any, ...], Row] = {}
    cohorts: list[tuple[int, int, float]] = []
    for row in rows:
        key = tuple(value for name, value in row.items() if name not in measures)
        pool = by_key.setdefault(
            key,
            {name: value for name, value in row.items() if name not in measures}
            | {"kind": "item", "number": len(by_key), **dict.fromkeys(measures[1:], 0.0)},
        )
        for name in measures[1:]:
            pool[name] += row[name] or 0.0
        bought = NEVER if row["purchase_year"] is None else row["purchase_year"]
        cohorts.append((pool["number"], base_year - bought, row["quantity"] or 0.0))
    pools = list(by_key.values())
    oldest = max((age for _pool, age, _quantity in cohorts if age <= base_year), default=0)
    observed, undated = np.zeros((len(pools), oldest + 1)), np.zeros(len(pools))
    for pool_number, age, quantity in cohorts:
        if age <= oldest:
            observed[pool_number, max(0, age)] += quantity
        else:
            undated[pool_number] += quantity
    units = _column(pools, "units")
    kwh = np.where(_column(pools, "has_kwh") > 0, _column(pools, "kwh"), np.nan)
    cooled = _column(pools, "in_cooled_room") > 0
    base = {
        "quantity": _column(pools, "quantity"),
        "use_share": _over(units, _column(pools, "quantity"), empty=1.0),
        "lifetime_years": np.where(
            _column(pools, "has_life") > 0, _over(units, _column(pools, "units_per_year"), empty=np.nan), np.nan
        ),
        "refurbished_share": _column(pools, "refurbished_share"),
        "upstream_years": _column(pools, "upstream_years"),
        "reuse_rate": _column(pools, "reuse_rate"),
        "mean_total_life_years": np.nan_to_num(_column(pools, "mean_total_life_years")),  # 0: no bonus (L9)
        "kwh_per_unit": np.where(np.isnan(kwh), np.nan, _over(np.nan_to_num(kwh), units, empty=0.0)),
        "power_w": _column(pools, "power_w"),
        "hours_per_year": _column(pools, "hours_per_year"),
        "pue": np.where(cooled, 1 + _over(_column(pools, "overhead_kwh"), np.nan_to_num(kwh), empty=0.0), np.nan),
        "electricity": np.ones(len(pools)),
    }
    return pools, CohortInputs(base, _column(pools, "rows"), observed, undated)


def _read_non_renewed(rows: list[Row]) -> tuple[list[Row], CohortInputs]:
    """Pools of activities, boxes and rooms."""
    pools = [{"reference": None, "model": None, "kwh_type": 0.0, **row, "number": i} for i, row in enumerate(rows)]
    kwh, amount = _column(pools, "kwh"), _column(pools, "amount")
    own = np.array([row["flow"] == "room_kw_year" for row in pools], bool)
    drawn = np.array([row["kind"] == "activity" and row["flow"] == "electricity_kwh" for row in pools], bool)
    overhead = _column(pools, "overhead_kwh")
    alone = np.isnan(kwh) | (kwh == 0)
    base = {
        "amount": np.where(drawn, kwh, amount),
        "it_kw": np.where(own, amount, np.nan),
        "kwh": np.where(alone & ~np.isnan(overhead), overhead, kwh),
        "pue": np.where(alone | np.isnan(overhead), np.nan, 1 + _over(overhead, np.nan_to_num(kwh), empty=0.0)),
        "electricity": np.ones(len(pools)),
    }
    return pools, CohortInputs(base, _column(pools, "rows"))


def _column(rows: list[Row], name: str) -> Array:
    return np.array([np.nan if row[name] is None else float(row[name]) for row in rows], float)


def _over(values: Array, by: Array, *, empty: float) -> Array:
    return np.where(by > 0, np.divide(values, by, out=np.zeros_like(values), where=by > 0), empty)


# --------------------------------------------------------------------------------------------------- levers as marks


def read_variants_left(session: Session, actions: Sequence[Action], file: str) -> Iterator[Problem]:
    """The present rows of size variants of a type that a lever names, and that no lever on this parameter names."""
    what = _("L’action « {code} » laisse {rows} de variantes des types qu’elle nomme : {types}.")
    remedy = _("Ajouter ces types à « item_type » pour que l’action y agisse aussi.")
    levers = [(action, lever) for action in actions for lever in action.levers]
    for action, lever in levers:
        types = dict(lever.where).get("item_type", ())
        named = {
            item_type
            for _action, other in levers
            if other.parameter == lever.parameter
            for item_type in dict(other.where).get("item_type", ())
        }
        others = [(column, values) for column, values in lever.where if column != "item_type"]
        rows = session.table(
            f"SELECT v.item_type, COUNT(*) AS rows {LEVER_JOINS} JOIN consumption c ON c.row_id = v.row_id "
            f"WHERE t.variant_of IN ({_list(types)}) AND v.item_type NOT IN ({_list(sorted(named))}) "
            "AND c.stop IS NULL AND c.presence > 0 AND COALESCE(c.withdrawal_t >= setting_year() + 1, TRUE) "
            f"AND {_sign_sql(tuple(others), _row_columns(others))} = '1' GROUP BY v.item_type ORDER BY v.item_type"
        ).to_pylist()
        if n := sum(row["rows"] for row in rows):
            counted = ", ".join(f"{row['item_type']} ({row['rows']})" for row in rows)
            lines = ngettext("{n} ligne", "{n} lignes", n).format(n=n)
            yield Problem(what.format(code=action.code, rows=lines, types=counted), remedy, file, lever.line)


def read_levers_of_nothing(
    session: Session, actions: Sequence[Action], groups: list[Group], file: str
) -> list[Problem]:
    """The levers that act on no row nor room of the run, with the nearest codes that it has."""
    touching = {id(applied.lever) for group in groups for applied in group.levers if applied.touches.any()}
    what = _("L’action « {code} » n’agit sur rien : aucune ligne du bilan n’a {where}.")
    problems = []
    for action, lever in [(one, lever) for one in actions for lever in one.levers]:
        if id(lever) in touching or not lever.where:
            continue
        remedies = []
        for column, values in lever.where:
            source = _row_columns([(column, values)])[column]
            rows = session.table(f"SELECT DISTINCT CAST({source} AS VARCHAR) AS name {LEVER_JOINS}").to_pylist()
            known = sorted(row["name"] for row in rows if row["name"])
            remedies += [remedy_near(column, value, known) for value in values if value not in known]
        each = [f"{column} = " + _(" ou ").join(values) for column, values in lever.where]
        where = _(" et ").join(each)
        remedy = " ".join(remedies) or _("Ces choix ne se rencontrent sur aucune ligne : en retirer un.")
        problems.append(
            Problem(what.format(code=action.code, where=where), remedy, file, lever.line, code=NOTHING_TOUCHED)
        )
    return problems


def _list(values: Sequence[str]) -> str:
    return ", ".join(map(quoted, values)) or "NULL"


def _row_columns(where: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    """SQL of each column that a lever chooses the rows of an inventory by."""
    own = {
        "zone": "COALESCE(d.zone, v.zone, general_zone())",
        "family": "COALESCE(t.family, f.family, 'other')",
        "part": "CASE WHEN f.part = 'services' THEN 'services' WHEN e.school THEN 'schools' ELSE 'administration' END",
    }
    return {column: own.get(column, f"v.{column}") for column, _values in where}


def _mark_rows(session: Session, wheres: Sequence[Where]) -> None:
    """lever_rows and lever_rooms: for each row and each room, one sign per lever, 1 where it acts."""
    rooms = {
        "room": "d.room",
        "entity": "d.entity",
        "hosting": "d.hosting",
        "zone": "COALESCE(d.zone, general_zone())",
        "family": "'data_centre'",
        "item_type": "'room'",
        "part": "CASE WHEN e.school THEN 'schools' ELSE 'administration' END",
    }
    marks = [_sign_sql(where, _row_columns(where)) for where in wheres]
    session.con.execute(
        f"CREATE OR REPLACE TEMP TABLE lever_rows AS SELECT v.row_id, {' || '.join(marks) or repr('')} AS signature "
        f"{LEVER_JOINS}"
    )
    marks = [_sign_sql(where, rooms) for where in wheres]
    session.con.execute(
        f"CREATE OR REPLACE TEMP TABLE lever_rooms AS SELECT d.room, {' || '.join(marks) or repr('')} AS signature "
        "FROM declared_rooms d LEFT JOIN entities e ON e.entity = COALESCE(d.entity, '')"
    )


def _sign_sql(where: Where, columns: Mapping[str, str]) -> str:
    tests = [
        f"CAST({columns[column]} AS VARCHAR) IN ({', '.join(map(quoted, values))})" if column in columns else "FALSE"
        for column, values in where
    ]
    return f"CASE WHEN {' AND '.join(tests) or 'TRUE'} THEN '1' ELSE '0' END"


# ------------------------------------------------------------------------------------------------------------ factors


class _FactorTable:
    """The factors of a run by flow, stage and criterion, and the electricity of each year, after the plan's own."""

    def __init__(self, session: Session, plan: Plan, years: Sequence[int], criteria: Sequence[str]) -> None:
        self.years, self.criteria, self.plan = years, criteria, plan
        fixed = {row["parameter"]: row["value"] for row in session.table("FROM method_parameters").to_pylist()}
        # A run of the first edition fixes none of these.
        self.proxy_cv, self.age_cv, self.age_cv_most = (
            fixed.get(name, 0.0) for name in ("proxy_cv", "elec_age_cv_per_year", "elec_age_cv_most")
        )
        self.factors = {
            (row["flow"], row["stage"], row["criterion"]): row
            for row in session.table("SELECT * FROM factors_in_use ORDER BY ALL").to_pylist()
        }
        self.references = {
            (row["item_type"], row["reference"], row["model"], row["criterion"]): row
            for row in session.table("SELECT * FROM item_references").to_pylist()
        }
        self.defaults = {
            row["item_type"]: row["kwh_cv"]
            for row in session.table("SELECT item_type, kwh_cv FROM parameters ORDER BY item_type").to_pylist()
        }
        self.electricity: dict[tuple[str, str], dict[int, float]] = {}
        for row in session.table("SELECT zone, criterion, year, value FROM electricity ORDER BY ALL").to_pylist():
            self.electricity.setdefault((row["zone"], row["criterion"]), {}).setdefault(row["year"], row["value"])
        for key, path in plan.electricity.items():
            self.electricity[key] = self.electricity.get(key, {}) | dict(path)
        self.grid_cv = {
            (row["zone"], row["criterion"]): row["cv"]
            for row in session.table("SELECT zone, criterion, cv FROM electricity_factors").to_pylist()
        }
        self.held: Held = {}
        self.errors = [Errors(fixed.get("producer_share", 0.0)) for _criterion in criteria]
        self.drawn: set[str] = set()

    def weights(self, rows: list[Row]) -> Weights:
        """The weights of pools."""
        shape = (len(STAGES), len(rows), len(self.criteria))
        factors, sources, stand_ins = np.zeros(shape), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        grid, grid_age = (np.zeros((len(rows), len(self.years) - 1, shape[2])) for _side in range(2))
        grid_sources, age_sources, type_sources = (np.zeros(shape[1:], np.int64) for _kind in range(3))
        for p, row in enumerate(rows):
            for c, (criterion, errors) in enumerate(zip(self.criteria, self.errors, strict=True)):
                material = row["kind"] in ("item", "box")  # their use is electricity alone
                key = (row["item_type"], row["reference"], row["model"], criterion)
                reference = self.references.get(key, {}) if material else row
                flow = reference.get("flow")
                for s, stage in enumerate(STAGES[:-1] if material else STAGES):
                    if factor := self.factors.get((flow, stage, criterion)):
                        factors[s, p, c] = factor["value"]
                        sources[s, p, c] = errors.number(f"factor {flow} {stage}", factor["cv"], factor.get("source"))
                        if stage != "use" and (reference.get("stands_in") or factor.get("approximate")):
                            stand_ins[s, p, c] = errors.number(f"proxy {row['item_type']} {flow}", self.proxy_cv)
                if (zone := row["zone"]) is not None:
                    grid[p, :, c], grid_age[p, :, c] = np.reshape(self._path(zone, criterion), (-1, 2)).T
                    grid_sources[p, c] = errors.number(f"electricity {zone}", self.grid_cv.get((zone, criterion)))
                    age_sources[p, c] = errors.number(f"elec_age {zone}", 1.0)
                kind = row["item_type"]
                type_sources[p, c] = errors.number(f"kwh_per_year {kind}", self.defaults.get(kind))
        kwh = _column(rows, "kwh")
        return Weights(
            factors, sources, stand_ins, grid, grid_sources, grid_age, age_sources,
            _over(np.nan_to_num(_column(rows, "kwh_type")), np.nan_to_num(kwh), empty=0.0), type_sources, self.errors,
        )  # fmt: skip

    def faults(self) -> list[Problem]:
        """The paths of the plan that no pool weighed so far can use, or that leave years without a factor."""
        problems = []
        for zone, criterion in self.plan.electricity:
            what = ""
            if zone not in self.drawn:
                what = _("Le bilan n’a pas d’électricité dans la zone « {zone} ».").format(zone=zone)
                remedy = among(sorted(self.drawn))
            elif (since := min(self.electricity[zone, criterion])) > self.years[1]:
                what = _("L’électricité de {zone} n’a aucun facteur ({criterion}) de {first} à {last}.")
                what = what.format(zone=zone, criterion=criterion, first=self.years[1], last=since - 1)
                remedy = _("Ajouter une valeur de {year} ou d’avant à cette trajectoire.").format(year=self.years[1])
            if what:
                problems.append(Problem(what, remedy, self.plan.file, self.plan.line_of_path(zone, criterion)))
        return problems

    def _path(self, zone: str, criterion: str) -> list[tuple[float, float]]:
        """The factor of each year: its own, else the latest before it, else none as in the run (E9, Z2).

        Beside it, the doubt that the age of this factor adds (Q10); what bears no date (the year 1900) has no age.
        """
        self.drawn.add(zone)
        table = self.electricity.get((zone, criterion), {})
        since = sorted(table)
        path = []
        for year in self.years[1:]:
            before = [known for known in since if known <= year]
            age = year - before[-1] if before and before[-1] > UNDATED else 0
            path.append((table[before[-1]] if before else 0.0, min(self.age_cv_most, self.age_cv * age)))
        last = since[-1] if since else None
        if last is None or last < self.years[-1]:
            self.held[zone, criterion] = last
        return path
