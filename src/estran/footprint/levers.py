"""What a scenario changes in an inventory: levers on resolved parameters, before anything is computed (Z1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite

from estran.footprint import tables
from estran.lang import _
from estran.problems import Problem

# Parameters that the row alone resolves, as SQL: moved where they stand. NULL is a gap, and stays one.
OF_THE_ROW = {
    "quantity": "CASE WHEN quantity IS NOT NULL OR serial IS NOT NULL THEN COALESCE(quantity, 1.0) END",
    "refurbished_share": "COALESCE(refurbished_share, 0.0)",
    "reuse_rate": "COALESCE(reuse_rate, 0.0)",
    "power_w": "power_w",
    "hours_per_year": "hours_per_year",
    "amount": "amount",
}
# Parameters that a step resolves; the step reads the columns set_<name> and times_<name>.
OF_A_STEP = ("use_share", "lifetime_years", "kwh_per_unit")


@dataclass(frozen=True)
class Lever:
    """Part of an action: on the rows whose columns have these values, a parameter takes a value or is multiplied.

    `where` is column, value; no pair means every row. `parameter` is one of OF_THE_ROW and OF_A_STEP, in its own unit.
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
        names = ", ".join([*OF_THE_ROW, *OF_A_STEP])
        if lever.parameter not in (*OF_THE_ROW, *OF_A_STEP):
            what = _("L’action « {action} » agit sur « {name} », qui n’est pas un paramètre.")
            fault(what, _("Choisir parmi : {names}."), lever, name=lever.parameter, names=names)
        for column in (column for column, _value in lever.where if column not in known):
            what = _(
                "L’action « {action} » choisit ses lignes par « {name} », qui n’est pas une colonne de l’inventaire."
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


def moved_columns(levers: Sequence[Lever], columns: Iterable[str]) -> list[str]:
    """SQL of the columns of an inventory as the levers leave them, and of set_<name> and times_<name> of OF_A_STEP.

    All sets first, then all ratios: the order of the levers never matters. A column without lever is NULL, which costs
    nothing to the steps that read it.
    """
    beside = (f"{_set(levers, name)} AS set_{name}, {_times(levers, name)} AS times_{name}" for name in OF_A_STEP)
    return [*(_moved(levers, name) if name in OF_THE_ROW else name for name in columns), *beside]


def conflicts(levers: Sequence[Lever]) -> Iterator[tuple[Problem, str]]:
    """For each two levers that set one parameter, what to say if a row matches this SQL condition (Z1)."""
    for first, second in combinations([lever for lever in levers if lever.set is not None], 2):
        if first.parameter == second.parameter:
            what = _("Les actions « {first} » et « {second} » fixent toutes deux « {name} » des mêmes lignes.")
            words = {"first": first.action, "second": second.action, "name": first.parameter}
            problem = Problem(what.format(**words), _("Garder une seule valeur, ou choisir d’autres lignes."))
            yield problem, f"{_condition(first)} AND {_condition(second)}"


def _moved(levers: Sequence[Lever], name: str) -> str:
    if not any(lever.parameter == name for lever in levers):
        return name
    resolved = OF_THE_ROW[name]
    value = f"COALESCE({_set(levers, name)}, {resolved})"
    return f"CASE WHEN {resolved} IS NOT NULL THEN COALESCE({value} * ({_times(levers, name)}), {value}) END AS {name}"


def _set(levers: Sequence[Lever], name: str) -> str:
    whens = [
        f"WHEN {_condition(lever)} THEN CAST({lever.set!r} AS DOUBLE)"
        for lever in levers
        if lever.parameter == name and lever.set is not None
    ]
    return f"CASE {' '.join(whens)} END" if whens else "CAST(NULL AS DOUBLE)"


def _times(levers: Sequence[Lever], name: str) -> str:
    ratios = [
        f"CASE WHEN {_condition(lever)} THEN CAST({lever.times!r} AS DOUBLE) ELSE 1.0 END"
        for lever in levers
        if lever.parameter == name and lever.times is not None
    ]
    return " * ".join(sorted(ratios)) or "CAST(NULL AS DOUBLE)"


def _condition(lever: Lever) -> str:
    pairs = [f"CAST({column} AS VARCHAR) = {tables.quoted(value)}" for column, value in lever.where]
    return f"({' AND '.join(pairs)})" if pairs else "TRUE"
