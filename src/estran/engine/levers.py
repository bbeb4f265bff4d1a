"""What a scenario changes in an inventory: levers on resolved parameters, before anything is computed (Z1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite

from estran.common import table_schema
from estran.common.language import _
from estran.common.problems import Problem
from estran.common.sql import quoted


@dataclass(frozen=True)
class Point:
    """Where a parameter is resolved: the step, the column of its table, and the column that says where it comes from.

    `reads` is the SQL of the parameter in a row of that step, and `writes` the SQL of the column once it is {value}.
    `fixed` is the SQL of what a value fixed by a lever makes on one row, `said` that of its origin. `of` is what the
    lever chooses its rows in.
    """

    step: str
    column: str
    origin: str = ""
    reads: str = ""
    writes: str = "{value}"
    fixed: str = "{value}"
    said: str = "'scenario'"
    of: str = "inventory"


# `r` is the step's own row, `v` what the lever chooses in: the inventory, the rooms, the zones of electricity. What a
# silent row means is in `reads` (L8, L9). A PUE is the one a room was found to have, meters included (R1): it moves
# the overhead, never below none.
POINTS = {
    "quantity": Point("presence", "quantity"),
    "use_share": Point("presence", "share"),
    "lifetime_years": Point("expected_lives", "internal_years", "lifetime_origin"),
    "refurbished_share": Point("items", "refurbished_share", reads="COALESCE(r.refurbished_share, 0.0)"),
    "reuse_rate": Point("items", "reuse_rate", reads="COALESCE(r.reuse_rate, 0.0)"),
    "power_w": Point("items", "power_w"),
    "hours_per_year": Point("items", "hours_per_year"),
    "kwh_per_unit": Point(
        "consumption",
        "modelled_kwh",
        "kwh_origin",
        fixed="CASE WHEN r.status = 'spare' THEN 0.0 ELSE r.quantity * r.share * r.presence * {value} END",
    ),
    "amount": Point("inventory", "amount"),
    "pue": Point(
        "rooms",
        "overhead_kwh",
        "pue_is_default",
        reads="(1 + r.overhead_kwh / NULLIF(r.room_it_kwh, 0))",
        writes="GREATEST(0.0, r.room_it_kwh * ({value} - 1))",
        said="FALSE",
        of="rooms",
    ),
    "it_kw": Point("rooms", "environment_kw", "environment_origin", of="rooms"),
    "electricity": Point("electricity_factors", "value", of="zones"),
}
# How a row of a step finds what its levers choose in.
JOINS = {
    "inventory": "inventory_resolved v ON v.row_id = r.row_id",
    "rooms": "declared_rooms v ON v.room = r.room",
    "zones": "(SELECT DISTINCT zone FROM electricity) v ON v.zone = r.zone",
}


@dataclass(frozen=True)
class Lever:
    """Part of an action: on the rows whose columns have these values, a parameter takes a value or is multiplied.

    `where` is column, value; no pair means every row. `parameter` is one of POINTS, in its own unit.
    A row whose parameter is a gap stays a gap: an action never makes up for what is not known. A lever on a room
    chooses among the rooms, one on electricity among the zones, of which it multiplies the factors.
    """

    action: str
    where: tuple[tuple[str, str], ...]
    parameter: str
    set: float | None = None
    times: float | None = None


def faults(levers: Iterable[Lever]) -> list[Problem]:
    """What makes levers unusable whatever the inventory: an unknown column or parameter, a value out of range."""
    columns = {
        name: {column.column: column for column in table_schema.columns(name)} for name in ("inventory", "rooms")
    }
    columns["zones"] = {"zone": columns["inventory"]["zone"]}
    problems = []

    def fault(what: str, remedy: str, lever: Lever, **words: str) -> None:
        problems.append(Problem(what.format(action=lever.action, **words), remedy.format(**words)))

    for lever in levers:
        if lever.parameter not in POINTS:
            what = _("L’action « {action} » agit sur « {name} », qui n’est pas un paramètre.")
            fault(what, _("Choisir parmi : {names}."), lever, name=lever.parameter, names=", ".join(POINTS))
            continue
        known = columns[POINTS[lever.parameter].of]
        for column in (column for column, _value in lever.where if column not in known):
            what = _("L’action « {action} » choisit ses lignes par « {name} », qui n’est pas une colonne connue.")
            fault(what, _("Choisir parmi : {names}."), lever, name=column, names=", ".join(known))
        given = [value for value in (lever.set, lever.times) if value is not None]
        limits = known.get(lever.parameter) if lever.set is not None else None
        lowest, highest = (limits.minimum, limits.maximum) if limits else ("", "")
        possible = len(given) == 1 and isfinite(given[0]) and float(lowest or 0) <= given[0] <= float(highest or "inf")
        wrong = {"lifetime_years": given == [0], "electricity": lever.set is not None}
        if not possible or wrong.get(lever.parameter):
            what = _("L’action « {action} » doit donner soit une valeur, soit un multiplicateur, qui soit possible.")
            fault(what, _("Écrire « set » ou « times », avec un nombre positif."), lever)
    return problems


def moves(levers: Sequence[Lever]) -> dict[str, dict[str, str]]:
    """Step → column → SQL of what the levers make of it, `r` being the step's own row and `v` what they choose in.

    All sets first, then all ratios: the order of the levers never matters.
    """
    found: dict[str, dict[str, str]] = {}
    for parameter in dict.fromkeys(lever.parameter for lever in levers):
        point = POINTS[parameter]
        columns = found.setdefault(point.step, {})
        resolved = point.reads or f"r.{point.column}"
        own = [lever for lever in levers if lever.parameter == parameter]
        sets = [
            f"WHEN {_condition(lever)} THEN {point.fixed.format(value=_number(lever.set))}"
            for lever in own
            if lever.set is not None
        ]
        value = f"CASE {' '.join(sets)} ELSE {resolved} END" if sets else resolved
        ratios = [
            f"CASE WHEN {_condition(lever)} THEN {_number(lever.times)} ELSE 1.0 END"
            for lever in own
            if lever.times is not None
        ]
        moved = point.writes.format(value=f"({' * '.join([value, *sorted(ratios)])})")
        columns[point.column] = f"CASE WHEN {resolved} IS NOT NULL THEN {moved} ELSE r.{point.column} END"
        if point.origin and sets:
            fixed = " OR ".join(_condition(lever) for lever in own if lever.set is not None)
            columns[point.origin] = (
                f"CASE WHEN r.{point.column} IS NOT NULL AND ({fixed}) THEN {point.said} ELSE r.{point.origin} END"
            )
    return found


def join(step: str) -> str:
    """The SQL of what the rows of a step are joined with for its levers to choose."""
    return JOINS[next((point.of for point in POINTS.values() if point.step == step), "inventory")]


def conflicts(levers: Sequence[Lever]) -> Iterator[tuple[Problem, str]]:
    """For each two levers that set one parameter, what to say if this SQL query finds anything (Z1)."""
    places = {"inventory": "inventory_resolved", "rooms": "declared_rooms"}
    for first, second in combinations([lever for lever in levers if lever.set is not None], 2):
        if first.parameter == second.parameter:
            what = _("Les actions « {first} » et « {second} » fixent toutes deux « {name} » des mêmes lignes.")
            words = {"first": first.action, "second": second.action, "name": first.parameter}
            problem = Problem(what.format(**words), _("Garder une seule valeur, ou choisir d’autres lignes."))
            place = places[POINTS[first.parameter].of]
            yield (
                problem,
                f"SELECT 1 AS found FROM {place} v WHERE {_condition(first)} AND {_condition(second)} LIMIT 1",
            )


def _number(value: float | None) -> str:
    return f"CAST({value!r} AS DOUBLE)"


def _condition(lever: Lever) -> str:
    pairs = [f"CAST(v.{column} AS STRING) = {quoted(value)}" for column, value in lever.where]
    return f"({' AND '.join(pairs)})" if pairs else "TRUE"
