"""A plan of actions: one readable TOML file, checked as a whole; every fault has its line and its remedy (Z1)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from estran.catalogue.codes import code_named
from estran.common import table_schema
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.projection.plan_blocks import (
    KEYS,
    LAST_YEAR,
    Fault,
    among,
    as_float,
    as_table,
    check_keys,
    is_digits,
    is_number,
    is_year,
)

# What a lever may act on: items, then rooms, activities and the electricity of a zone.
OF_ITEMS = (
    *("quantity", "use_share", "lifetime_years", "refurbished_share", "upstream_years", "reuse_rate"),
    *("kwh_per_unit", "power_w", "hours_per_year", "pue"),
)
PARAMETERS = (*OF_ITEMS, "it_kw", "amount", "electricity")
SHARES = ("use_share", "refurbished_share", "reuse_rate")
# A life shared with another user: in the stock view he carries his part of it, which is not avoided (L8, L9).
SECOND_LIFE = ("refurbished_share", "upstream_years", "reuse_rate")
FROM_THE_INVENTORY = "inventory"
# Beside the columns of the inventory, what the run says of a row.
DERIVED_COLUMNS = ("family", "part")
Where = tuple[tuple[str, tuple[str, ...]], ...]  # columns, each with the values that choose a row


@dataclass(frozen=True)
class Before:
    """What a parameter was without the action, and who says so; no value: what the inventory says."""

    value: float | None
    source: str


@dataclass(frozen=True)
class Lever:
    """On the rows whose columns have one of these values, a parameter is fixed or multiplied from a year on (Z1).

    `last` is the last year of the effect, `ramp` the year it is complete: it grows in equal steps from `first` on.
    `as_found`: fixed to what the inventory says, for an action already there, whose before is given.
    """

    where: Where
    parameter: str
    set: float | None
    times: float | None
    first: int
    last: int | None
    ramp: int | None
    before: Before | None
    line: int | None = None
    as_found: bool = False

    @property
    def fixes(self) -> bool:
        """It fixes the parameter rather than multiplying it."""
        return self.set is not None or self.as_found

    def strength(self, year: int) -> float:
        """Share of the effect reached in a year, from 0 to 1."""
        if year < self.first or (self.last is not None and year > self.last):
            return 0.0
        steps = (self.ramp or self.first) - self.first + 1
        return min(1.0, (year - self.first + 1) / steps)

    def meets(self, other: Lever) -> bool:
        """Both act in some year."""
        ends = (LAST_YEAR if lever.last is None else lever.last for lever in (self, other))
        return max(self.first, other.first) <= min(ends)


@dataclass(frozen=True)
class Action:
    """One action: its levers, its costs by year in euros (investment, running, savings), what it saves elsewhere."""

    code: str
    title: str
    levers: tuple[Lever, ...] = ()
    indicator: str = ""
    costs: Mapping[int, Mapping[str, float]] | None = None
    beside: tuple[Mapping[str, Any], ...] = ()

    @property
    def shares_a_life(self) -> bool:
        """Its equipment has another user, before or after: the two views never meet (L8, L9)."""
        return any(lever.parameter in SECOND_LIFE for lever in self.levers)


@dataclass(frozen=True)
class Plan:
    """A plan as read: its actions and its own path of electricity, (zone, criterion) → year → impact of one kWh."""

    name: str
    base_year: int | None
    target_year: int
    target: Mapping[str, Any]
    electricity: Mapping[tuple[str, str], Mapping[int, float]]
    actions: tuple[Action, ...]
    file: str
    text: str

    def line(self, key: str) -> int | None:
        """The line of a key of the plan itself."""
        return _Lines(self.text).of(key)

    def line_of_path(self, zone: str, criterion: str) -> int | None:
        """The line of the block of an electricity path."""
        return _Lines(self.text).path(list(self.electricity).index((zone, criterion)))


def read_plan(path: Path) -> Plan:
    """The plan of a TOML file. Errors: CannotUse, with every fault of the file, its line and its remedy."""
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        what = _("Le plan ne peut pas être lu : {error}.").format(error=getattr(error, "strerror", None) or error)
        raise CannotUse(Problem(what, _("Donner un fichier TOML, en UTF-8."), file=path.name)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"line (\d+)", str(error))
        what = _("Ce n’est pas du TOML : {error}.").format(error=error)
        remedy = _("Corriger cette ligne ; les textes vont entre guillemets, les listes entre crochets.")
        raise CannotUse(Problem(what, remedy, path.name, int(place[1]) if place else None)) from None
    reader = _Reader(path.name, text)
    plan = reader.plan(values)
    if reader.problems:
        raise CannotUse(*sorted(reader.problems, key=lambda problem: problem.line or 0))
    return plan


class _Lines:
    """Where things stand in the text: the line of a key, within an action and within one of its levers."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        heads = [i for i, line in enumerate(self.lines) if re.match(r"\s*\[\[\s*actions\s*\]\]", line)]
        self.actions = list(pairwise([*heads, len(self.lines)]))

    def of(self, key: str, action: int | None = None, lever: int | None = None) -> int | None:
        """The line (from 1) of a key, else that of the block it should be in."""
        whole = (0, len(self.lines))
        start, end = self.actions[action] if action is not None and action < len(self.actions) else whole
        if lever is not None:
            blocks = [i for i in range(start, end) if re.match(r"\s*\[\[\s*actions\.levers\s*\]\]", self.lines[i])] or [
                i for i in range(start, end) if re.search(r"\bparameter\s*=", self.lines[i])
            ]
            if lever < len(blocks):
                start, end = blocks[lever], (blocks[lever + 1] if lever + 1 < len(blocks) else end)
        word = re.compile(rf'(?:^|[\s,{{\[.])"?{re.escape(key)}"?\s*(?:=|\]|\.)')
        line = next((i for i in range(start, end) if key and word.search(self.lines[i].split("#")[0])), None)
        return line + 1 if line is not None else start + 1 if action is not None else None

    def path(self, number: int) -> int | None:
        """The line (from 1) of an electricity block."""
        heads = [i for i, line in enumerate(self.lines, 1) if re.match(r"\s*\[\[\s*electricity\s*\]\]", line)]
        return heads[number] if number < len(heads) else self.of("electricity")


class _Reader:
    """Reads a plan and gathers what is wrong on the way."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text, self.lines = file, text, _Lines(text)
        self.problems: list[Problem] = []
        self.columns = (*(column.column for column in table_schema.columns("inventory")), *DERIVED_COLUMNS)

    def fault(
        self, what: str, remedy: str, key: str = "", *, at: tuple[int | None, int | None] = (None, None), **names: Any
    ) -> None:
        """Note what is wrong with a key: of the plan, or at the number of an action, or of an action and its lever."""
        self.problems.append(Problem(what.format(**names), remedy, self.file, self.lines.of(key, *at)))

    def plan(self, values: Mapping[str, Any]) -> Plan:
        fault = self.fault
        values = check_keys("plan", values, fault)
        name, base_year, target_year = (values.get(key) for key in ("name", "base_year", "target_year"))
        if not isinstance(name, str) or not name:
            fault(_("Le plan n’a pas de nom."), _("Ajouter « name », entre guillemets."), "name")
        if not is_year(target_year):
            what = _("Le plan n’a pas d’année cible possible.")
            fault(what, _("Ajouter « target_year », par exemple 2030."), "target_year")
        if base_year is not None and not is_year(base_year):
            fault(_("L’année de base n’est pas possible."), _("Écrire l’année de l’inventaire."), "base_year")
        elif base_year is not None and is_year(target_year) and base_year >= target_year:
            what = _("L’année cible n’est pas après l’année de base.")
            fault(what, _("Choisir une année cible plus tardive."), "target_year")
        rows = values.get("actions", [])
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            fault(_("Le plan n’a aucune action."), _("Ajouter au moins un bloc « [[actions]] »."))
            rows = []
        actions = tuple(self._action(i, row) for i, row in enumerate(rows))
        self._check_twice(actions)
        return Plan(
            name=str(name),
            base_year=base_year,
            target_year=target_year if isinstance(target_year, int) else LAST_YEAR,
            target=_target(values.get("target", {}), fault),
            electricity=dict(self._electricity(values.get("electricity", []))),
            actions=actions,
            file=self.file,
            text=self.text,
        )

    def _electricity(self, rows: Any) -> Iterator[tuple[tuple[str, str], dict[int, float]]]:
        met: set[tuple[Any, Any]] = set()
        for number, row in enumerate(rows):
            known = check_keys("electricity", row, self.fault)
            path, key = as_table(known.get("values")), (known.get("zone"), known.get("criterion"))
            if key in met:
                what = _("L’électricité de « {zone} » a deux trajectoires pour « {criterion} ».")
                what = what.format(zone=key[0], criterion=key[1])
                remedy = _("N’en garder qu’une, avec toutes ses années.")
                self.problems.append(Problem(what, remedy, self.file, self.lines.path(number)))
            met.add(key)
            if not all(isinstance(known.get(key), str) for key in ("zone", "criterion", "source")):
                what = _("Une trajectoire de l’électricité n’a pas sa zone, son critère ou sa source.")
                self.fault(what, _("Ajouter « zone », « criterion » et « source »."), "electricity")
            elif not path or not all(
                is_digits(year) and is_number(value) and value >= 0 for year, value in path.items()
            ):
                what = _("La trajectoire de l’électricité n’a pas de valeur positive par année.")
                self.fault(what, _("Écrire par exemple « values = { 2030 = 0.04, 2035 = 0.03 } »."), "values")
            else:
                yield (known["zone"], known["criterion"]), {int(year): float(value) for year, value in path.items()}

    def _action(self, i: int, row: Mapping[str, Any]) -> Action:
        code, title = row.get("code"), row.get("title")
        fault = partial(self.fault, at=(i, None), action=code)
        row = check_keys("action", row, fault)
        if not isinstance(code, str) or not code or not isinstance(title, str) or not title:
            what = _("Une action n’a pas de code ou pas de titre.")
            fault(what, _("Ajouter « code » et « title », entre guillemets."), "code")
        before = _before(row.get("before"), fault)
        read = [
            lever
            for j, values in enumerate(row.get("levers", []))
            if (lever := self._lever(values, (i, j), str(code), before))
        ]
        if len({lever.parameter for lever in read}) > 1 and before and before.value is not None:
            what = _("L’action « {action} » donne une seule valeur d’avant pour plusieurs paramètres.")
            fault(what, _("Écrire « before » dans chaque levier."), "before")
        return Action(
            code=str(code),
            title=str(title),
            levers=tuple(read),
            indicator=str(row.get("indicator", "")),
            costs=_costs(row.get("costs", {}), fault),
            beside=_beside(row.get("beside", []), fault),
        )

    def _lever(
        self, values: Mapping[str, Any], at: tuple[int, int], action: str, before: Before | None
    ) -> Lever | None:
        fault, faults = partial(self.fault, at=at, action=action), len(self.problems)
        values = check_keys("lever", values, fault)
        parameter, where = values.get("parameter"), values.get("where", {})
        if parameter not in PARAMETERS:
            what = _("L’action « {action} » agit sur « {name} », qui n’est pas un paramètre.")
            fault(what, among(PARAMETERS), "parameter", name=parameter)
        for column in where:
            if column not in self.columns:
                what = _("L’action « {action} » choisit ses lignes par « {name} », qui n’est pas une colonne connue.")
                fault(what, among(self.columns), column, name=column)
        _check_value(values, str(parameter), fault)
        _check_years(values, fault)
        own = _before(values["before"], fault) if "before" in values else before
        as_found = values.get("set") == FROM_THE_INVENTORY
        if as_found and own is not None and own.value is None:
            what = _("L’action « {action} » ne change rien : après comme avant, c’est ce que dit l’inventaire.")
            fault(what, _("Donner dans « before » la valeur d’avant l’action, ou dans « set » celle d’après."), "set")
        if len(self.problems) > faults:
            return None
        return Lever(
            where=tuple(
                (column, tuple(code_named(column, str(one)) for one in _as_list(wanted)))
                for column, wanted in sorted(where.items())
            ),
            parameter=str(parameter),
            set=None if as_found else as_float(values.get("set")),
            times=as_float(values.get("times")),
            first=values["from"],
            last=values.get("to"),
            ramp=values.get("ramp"),
            before=own,
            line=self.lines.of("parameter", *at),
            as_found=as_found,
        )

    def _check_twice(self, actions: tuple[Action, ...]) -> None:
        """A code written twice; two sets on one parameter of rows that are the same whatever the inventory."""
        codes = [action.code for action in actions]
        for i, code in enumerate(codes):
            if code in codes[:i]:
                what = _("Deux actions portent le code « {code} ».")
                self.fault(what, _("Donner un code différent à chaque action."), "code", at=(i, None), code=code)
        levers = [(action, lever) for action in actions for lever in action.levers]
        for (first, one), (second, other) in combinations(levers, 2):
            if in_conflict(one, other) and _nested(dict(one.where), dict(other.where)):
                self.problems.append(conflict_problem(first.code, second.code, other, self.file))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _target(values: Any, fault: Fault) -> Mapping[str, Any]:
    if not isinstance(values, dict):
        fault(_("La cible doit être un bloc."), _("Écrire « [target] » puis ses lignes."), "target")
        return {}
    values = check_keys("target", values, fault)
    given = [key for key in ("reduction", "value") if key in values]
    if values and (len(given) != 1 or not is_number(values[given[0]])):
        what = _("La cible doit donner une baisse ou une valeur, pas les deux.")
        fault(what, _("Écrire par exemple « reduction = 0.3 » pour une baisse de 30 %."), "target")
    elif "reduction" in values and not 0 <= values["reduction"] < 1:
        what = _("La baisse visée n’est pas une part entre 0 et 1.")
        fault(what, _("Écrire 0.3 pour une baisse de 30 %."), "reduction")
    return {"criterion": "gwp", **values} if values else {}


def _before(values: Any, fault: Fault) -> Before | None:
    if values is None:
        return None
    known = check_keys("before", as_table(values), fault)
    value, source = known.get("value"), known.get("source")
    if not isinstance(source, str) or not source or not (is_number(value) or value == FROM_THE_INVENTORY):
        what = _("La situation d’avant n’a pas sa valeur ou sa source.")
        fault(what, _('Écrire par exemple « before = { value = 4, source = "inventaire de 2018" } ».'), "before")
        return None
    return Before(as_float(value if is_number(value) else None), source)


def _check_value(values: Mapping[str, Any], parameter: str, fault: Fault) -> None:
    given = [key for key in ("set", "times") if key in values]
    if given == ["set"] and values["set"] == FROM_THE_INVENTORY and parameter in OF_ITEMS:
        return
    if len(given) != 1 or not is_number(values[given[0]]) or values[given[0]] < 0:
        what = _("L’action « {action} » doit donner soit une valeur, soit un multiplicateur, qui soit possible.")
        fault(what, _("Écrire « set » ou « times », avec un nombre positif."), given[0] if given else "parameter")
        return
    value = values[given[0]]
    beyond = given == ["set"] and (value > 1 if parameter in SHARES else parameter == "pue" and value < 1)
    if beyond or (parameter == "lifetime_years" and value == 0):
        what = _("L’action « {action} » donne à « {name} » la valeur {value}, qui n’est pas possible.")
        fault(what, possible_values(), given[0], name=parameter, value=value)
    if parameter == "electricity" and given == ["set"]:
        what = _("L’action « {action} » fixe l’électricité, dont chaque critère a sa valeur.")
        fault(what, _("Écrire « times », ou la trajectoire dans un bloc « [[electricity]] »."), "set")


def _check_years(values: Mapping[str, Any], fault: Fault) -> None:
    years: list[Any] = [values.get(key) for key in ("from", "to", "ramp")]
    first, last, ramp = years
    if not is_year(first):
        what = _("L’action « {action} » ne dit pas depuis quelle année elle agit.")
        fault(what, _("Ajouter « from », par exemple 2026."), "from")
        return
    for key, year in (("to", last), ("ramp", ramp)):
        if year is not None and not is_year(year):
            what = _("« {name} » n’est pas une année dans l’action « {action} ».")
            fault(what, _("Écrire une année, par exemple 2028, sans guillemets."), key, name=key)
            return
    if ramp is not None and ramp < first:
        what = _("La montée de l’action « {action} » finit en {ramp}, avant de commencer en {first}.")
        remedy = _("Écrire dans « ramp » l’année où l’effet est complet, pas avant « from ».")
        fault(what, remedy, "ramp", ramp=ramp, first=first)
    if last is not None and last < max(first, ramp or first):
        what = _("L’action « {action} » finit en {last}, avant d’avoir tout son effet.")
        remedy = _("Écrire dans « to » la dernière année de l’effet, ou enlever « to » s’il dure.")
        fault(what, remedy, "to", last=last)


def _costs(values: Any, fault: Fault) -> dict[int, dict[str, float]]:
    costs = {}
    for year, row in as_table(values).items():
        known = {key: value for key, value in as_table(row).items() if key in KEYS["cost"] and is_number(value)}
        if not is_digits(year) or not known or known != row:
            remedy = _("Écrire « [actions.costs.2026] », puis « investment », « running » ou « savings » en euros.")
            fault(_("Le coût de « {year} » n’est pas lisible."), remedy, str(year), year=year)
        else:
            costs[int(year)] = {key: float(value) for key, value in known.items()}
    return costs


def _beside(rows: Any, fault: Fault) -> tuple[Mapping[str, Any], ...]:
    rows = [check_keys("beside", row, fault) for row in rows]
    for row in rows:
        texts = [row.get(key) for key in ("what", "unit", "source")]
        if not is_number(row.get("value")) or not all(isinstance(text, str) and text for text in texts):
            what = _("Ce qui est évité à côté n’a pas sa valeur, son unité ou sa source.")
            fault(what, _("Écrire « what », « value », « unit » et « source »."), "beside")
    return tuple(rows)


def in_conflict(one: Lever, other: Lever) -> bool:
    """Both fix one parameter in some year: on a same row, the order would matter (Z1)."""
    return one.fixes and other.fixes and one.parameter == other.parameter and one.meets(other)


def conflict_problem(first: str, second: str, lever: Lever, file: str) -> Problem:
    """What to say of two levers that fix one parameter of the same rows."""
    what = _("Les actions « {first} » et « {second} » fixent toutes deux « {name} » des mêmes lignes.")
    remedy = _("Garder une seule valeur, ou choisir d’autres lignes.")
    return Problem(what.format(first=first, second=second, name=lever.parameter), remedy, file, lever.line)


def possible_values() -> str:
    """The remedy that says the values a parameter may take."""
    return _("Une part va de 0 à 1, une durée est positive, un PUE vaut au moins 1.")


def _nested(one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]) -> bool:
    """Every row that one choice takes, the other one takes too, or some value is written in both."""
    if one.keys() != other.keys():
        return one.items() <= other.items() or other.items() <= one.items()
    return all(set(one[column]) & set(other[column]) for column in one)
