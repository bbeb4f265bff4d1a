"""Checks of the tables of an authority: names that the catalogue knows, values that a calculation can read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from estran.catalogue.checks.figures import REFERENCES, faults_of_default
from estran.catalogue.checks.tables import fault, remedy_of, unknown
from estran.catalogue.loading import Row, published_factors, read_table
from estran.common.language import _
from estran.common.problems import Problem

TYPES = "equipment/item_types.csv"


@dataclass(frozen=True)
class KnownNames:
    """What an authority's rows may name: the shipped types, those it gives factors itself, parameters, criteria."""

    item_types: tuple[str, ...]
    own_types: frozenset[str]
    parameters: Mapping[str, Row]
    criteria: tuple[str, ...]
    zones: Mapping[str, str] = field(default_factory=dict)  # name of a zone, lower case → its code


def known_names(layers: Iterable[Mapping[str, list[Row]]]) -> KnownNames:
    """The names of the shipped catalogue, and the types of these tables: those with a factor or a reference.

    A type of which a model alone has a reference is one too, unless it is a shipped one but for a letter.
    """
    item_types = tuple(row["code"] for row in read_table("item_types"))
    own: set[str] = set()
    for tables in layers:
        models = {row["item_type"] for row in tables.get("models", ()) if row["reference"]}
        own |= {code for code in models if not get_close_matches(code, item_types, 1, 0.9)}
        own |= {row["flow"] for row in tables.get("factors", ())}
        own |= {row["item_type"] for row in tables.get("defaults", ()) if row["parameter"] in REFERENCES}
    zones = {
        name.strip().casefold(): row["zone"]
        for row in read_table("zones")
        for name in (row["aliases"] or "").split("|")
    }
    return KnownNames(
        item_types=item_types,
        own_types=frozenset(own),
        parameters={row["parameter"]: row for row in read_table("parameters")},
        criteria=tuple(row["code"] for row in read_table("criteria")),
        zones=zones,
    )


def faults_of_own_rows(name: str, rows: list[Row], file: str, known: KnownNames) -> Iterator[Problem]:
    """The faults of the rows of one table of an authority, each with its `line`."""
    for row in rows:
        if name in ("defaults", "models", "labels"):
            yield from _item_type(name, row, file, known)
        if name in ("factors", "electricity"):
            what, place = _("Critère inconnu"), "impacts/criteria.csv"
            yield from unknown(what, file, row["criterion"], row["line"], known.criteria, place)
        if name == "defaults":
            yield from faults_of_default(row, known.parameters, file)
    if name == "defaults":
        times = Counter(_key(row) for row in rows)
        for row in rows:
            if times[_key(row)] > 1:
                remedy = _("N’en garder qu’une, ou dater l’une des deux (valid_from).")
                yield fault(_("Valeur donnée deux fois"), file, "{} {}".format(*_key(row)[:2]), row["line"], remedy)


def faults_of_zones(rows: list[Row], file: str, known: KnownNames) -> Iterator[Problem]:
    """Electricity under a name of a zone that is not its code: the rows of an inventory never reach it."""
    codes = set(known.zones.values())
    for row in rows:
        code = known.zones.get(row["zone"].strip().casefold())
        if code and row["zone"] not in codes:
            what, remedy = _("Nom de zone qui n’est pas son code"), _("Écrire « {code} ».").format(code=code)
            yield fault(what, file, row["zone"], row["line"], remedy)


def unreached_factors(tables: Mapping[str, list[Row]], file: str) -> Iterator[Problem]:
    """Factors of a flow that neither the catalogue nor these tables name: only a row of an inventory may."""
    named = {row["code"] for row in read_table("item_types")} | {row["flow"] for row in read_table("flows")}
    named |= {row["flow"] for row in published_factors()}
    named |= {row["value"] for row in tables.get("defaults", ()) if row["parameter"] in REFERENCES}
    named |= {row["item_type"] for row in tables.get("defaults", ())}
    named |= {row["reference"] for row in tables.get("models", ())}
    named.discard(None)
    for flow, line in {row["flow"]: row["line"] for row in reversed(tables.get("factors", []))}.items():
        if f"{flow.split(':')[0]}:*" not in named:
            what = _("Facteur que seule la colonne « reference » d’un inventaire peut prendre")
            yield from unknown(what, file, flow, line, named, TYPES)


def _item_type(name: str, row: Row, file: str, known: KnownNames) -> Iterator[Problem]:
    admitted = {*known.item_types, *(known.own_types if name != "labels" else ()), *("*" if name == "defaults" else "")}
    if row["item_type"] not in admitted:
        remedy = remedy_of(row["item_type"], known.item_types, TYPES)
        if name != "labels":
            remedy += " " + _("Un type à vous a aussi ses facteurs (factors.csv), ou une référence (defaults.csv).")
        yield fault(_("Type de matériel inconnu"), file, row["item_type"], row["line"], remedy)


def _key(row: Row) -> tuple[str, str, object]:
    return row["item_type"], row["parameter"], row["valid_from"]
