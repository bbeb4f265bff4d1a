"""What a scenario changes in an inventory: levers on resolved parameters, before anything is computed (Z1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite

from estran.footprint import tables
from estran.footprint.readers import quoted
from estran.lang import _
from estran.problems import Problem

# Where each parameter is resolved: the step, its column, and the column that says where the value comes from.
POINTS = {
    "quantity": ("presence", "quantity", None),
    "use_share": ("presence", "share", None),
    "lifetime_years": ("expected_lives", "internal_years", "lifetime_origin"),
    "refurbished_share": ("items", "refurbished_share", None),
    "reuse_rate": ("items", "reuse_rate", None),
    "power_w": ("items", "power_w", None),
    "hours_per_year": ("items", "hours_per_year", None),
    "kwh_per_unit": ("consumption", "modelled_kwh", "kwh_origin"),
    "amount": ("inventory", "amount", None),
}
# In that step, what a parameter is when the row is silent (L8, L9), and what a value of one unit makes on a row.
SILENT = {"refurbished_share": "0.0", "reuse_rate": "0.0"}
OF_A_ROW = {
    "kwh_per_unit": "CASE WHEN r.status = 'spare' THEN 0.0 ELSE r.quantity * r.share * r.presence * {value} END"
}


@dataclass(frozen=True)
class Lever:
    """Part of an action: on the rows whose columns have these values, a parameter takes a value or is multiplied.

    `where` is column, value; no pair means every row. `parameter` is one of POINTS, in its own unit.
    A row whose parameter is a gap stays a gap: an action never makes up for what is not known.
    """

    action: str
    where: tuple[tuple[str, str], ...]
    parameter: str
    set: float | None = None
    times: float | None = None


def faults(levers: Iterable[Lever]) -> list[Problem]:
    """What makes levers unusable whatever the inventory: an unknown column or parameter, a value out of range."""
    known = {column.column: column for column in tables.columns("inventory")}
    problems = []

    def fault(what: str, remedy: str, lever: Lever, **words: str) -> None:
        problems.append(Problem(what.format(action=lever.action, **words), remedy.format(**words)))

    for lever in levers:
        if lever.parameter not in POINTS:
            what = _("L’action « {action} » agit sur « {name} », qui n’est pas un paramètre.")
            fault(what, _("Choisir parmi : {names}."), lever, name=lever.parameter, names=", ".join(POINTS))
        for column in (column for column, _value in lever.where if column not in known):
            what = _(
                "L’action « {action} » choisit ses lignes par « {name} », qui n’est pas une colonne de l’inventaire."
            )
            fault(what, _("Choisir parmi : {names}."), lever, name=column, names=", ".join(known))
        given = [value for value in (lever.set, lever.times) if value is not None]
        bounded = lever.set is not None and lever.parameter in known
        highest = float(known[lever.parameter].maximum) if bounded else float("inf")
        possible = len(given) == 1 and isfinite(given[0]) and 0 <= given[0] <= highest
        if not possible or (lever.parameter == "lifetime_years" and given == [0]):
            what = _("L’action « {action} » doit donner soit une valeur, soit un multiplicateur, qui soit possible.")
            fault(what, _("Écrire « set » ou « times », avec un nombre positif."), lever)
    return problems


def moves(levers: Sequence[Lever]) -> dict[str, dict[str, str]]:
    """Step → column → SQL of what the levers make of it, `r` being the step's own row and `v` the inventory's.

    All sets first, then all ratios: the order of the levers never matters.
    """
    found: dict[str, dict[str, str]] = {}
    for parameter in dict.fromkeys(lever.parameter for lever in levers):
        step, column, origin = POINTS[parameter]
        columns = found.setdefault(step, {})
        resolved = f"COALESCE(r.{column}, {SILENT[parameter]})" if parameter in SILENT else f"r.{column}"
        own = [lever for lever in levers if lever.parameter == parameter]
        sets = [
            f"WHEN {_condition(lever)} THEN {_value(parameter, lever.set)}" for lever in own if lever.set is not None
        ]
        value = f"CASE {' '.join(sets)} ELSE {resolved} END" if sets else resolved
        ratios = [
            f"CASE WHEN {_condition(lever)} THEN CAST({lever.times!r} AS DOUBLE) ELSE 1.0 END"
            for lever in own
            if lever.times is not None
        ]
        columns[column] = f"CASE WHEN {resolved} IS NOT NULL THEN {' * '.join([value, *sorted(ratios)])} END"
        if origin and sets:
            fixed = " OR ".join(_condition(lever) for lever in own if lever.set is not None)
            columns[origin] = f"CASE WHEN r.{column} IS NOT NULL AND ({fixed}) THEN 'scenario' ELSE r.{origin} END"
    return found


def conflicts(levers: Sequence[Lever]) -> Iterator[tuple[Problem, str]]:
    """For each two levers that set one parameter, what to say if a row matches this SQL condition (Z1)."""
    for first, second in combinations([lever for lever in levers if lever.set is not None], 2):
        if first.parameter == second.parameter:
            what = _("Les actions « {first} » et « {second} » fixent toutes deux « {name} » des mêmes lignes.")
            words = {"first": first.action, "second": second.action, "name": first.parameter}
            problem = Problem(what.format(**words), _("Garder une seule valeur, ou choisir d’autres lignes."))
            yield problem, f"{_condition(first)} AND {_condition(second)}"


def _value(parameter: str, value: float | None) -> str:
    return OF_A_ROW.get(parameter, "{value}").format(value=f"CAST({value!r} AS DOUBLE)")


def _condition(lever: Lever) -> str:
    pairs = [f"CAST(v.{column} AS VARCHAR) = {quoted(value)}" for column, value in lever.where]
    return f"({' AND '.join(pairs)})" if pairs else "TRUE"
