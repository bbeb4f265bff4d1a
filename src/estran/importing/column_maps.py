"""Column maps: what a person said of the headers of a list that no format knows, kept under a name in the overlay.

One kind of map serves every table: the inventory and the other tables of an estate, the registers, plans. A map is a
TOML file of the folder `maps` of the overlay: `table`, `[columns]` (header = column, or `ignore`), and if need be
`dates` (the order of day, month and year) and `[constants]` (column = value of every row).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from estran.common import table_schema
from estran.common.language import _, current_language
from estran.common.problems import CannotUse, Problem, refuse_file
from estran.common.shipped import text_rows
from estran.common.toml_text import toml_text
from estran.common.vocabulary import text_key
from estran.importing import formats
from estran.importing.formats import IGNORE, UNKNOWN_HEADERS, Layout, RecognisedFormat

FOLDER, EARLIER = "maps", "columns.toml"  # of an overlay; `columns.toml`: the maps of before, header = column
INVENTORY, PLAN = "inventory", "plan"
IN_ESTATES = (INVENTORY, "rooms", "vms", "applications", "models")
ORDERS = ("dmy", "mdy", "ymd")
NAMES_A_THING = ("label", "model", "item_type", "flow")  # an inventory has at least one of them


@dataclass(frozen=True)
class Target:
    """What a header can be: a column of the table, its type, whether the table needs it, and what it is called."""

    column: str
    type: str
    required: bool
    label: str


@dataclass(frozen=True)
class ColumnMap:
    """What a person said of a list: its table, header → column (or `ignore`), date order, constants.

    whole: every header of the list was looked at. A map of before, or written by hand, may name a few headers only: the
    others are then read as in a free spreadsheet, and the map alone makes no list known.
    """

    name: str
    table: str
    columns: Mapping[str, str]
    dates: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True

    def choose(self, header: Sequence[str]) -> dict[int, str]:
        """Place in the header → the column chosen for it, or `ignore`: that of a column of people, whatever it says."""
        known = {text_key(text): column for text, column in self.columns.items()}
        people = {text for text in known if self.table != PLAN and table_schema.is_personal(text)}
        known |= dict.fromkeys(people, IGNORE)
        return {i: known[text_key(text)] for i, text in enumerate(header) if text_key(text) in known}

    def knows(self, header: Sequence[str]) -> bool:
        """Every header that the map reads is there."""
        texts = {text_key(text) for text in header}
        read = [text_key(text) for text, column in self.columns.items() if column != IGNORE]
        return bool(read) and all(text in texts for text in read)


def targets(table: str) -> dict[str, Target]:
    """The columns that a header of this table can be, those that people have most often first."""
    return _targets(table, english=current_language() == "en")


@cache
def _targets(table: str, *, english: bool) -> dict[str, Target]:
    if table == PLAN:
        rows = text_rows("plan_columns")
        return {row["field"]: Target(row["field"], row["kind"], row["field"] == "title", row["header"]) for row in rows}
    known = {
        column.column: Target(
            column.column, column.type, column.required, column.label_en if english else column.label_fr
        )
        for column in table_schema.columns(table)
    }
    if table == INVENTORY:
        known["_unit_price"] = Target("_unit_price", "number", False, _("Prix d’un exemplaire"))
        known["_size"] = Target("_size", "number", False, _("Taille d’écran"))
    first = dict.fromkeys(row["column"] for row in text_rows("header_words") if row["table"] == table)
    return {name: known[name] for name in dict.fromkeys((*first, *known)) if name in known and name != "source"}


def count_usual(table: str) -> int:
    """How many of these targets are those that people have most often."""
    usual = {row["column"] for row in text_rows("header_words") if row["table"] == table} - {IGNORE}
    return len(usual & targets(table).keys()) or len(targets(table))


def missing_columns(table: str, chosen: Iterable[str]) -> list[str]:
    """The columns that a table needs and that no header gives; of an inventory, one that says what things are."""
    given = set(chosen)
    if table == INVENTORY:
        return [] if given & set(NAMES_A_THING) else [NAMES_A_THING[0]]
    return [one.column for one in targets(table).values() if one.required and one.column not in given]


def describe_missing(table: str, chosen: Iterable[str]) -> str:
    """What is wrong with a map that lacks columns, for a reader; an empty text when nothing is."""
    known = targets(table)
    if not (missing := missing_columns(table, chosen)):
        return ""
    names = ", ".join(f"« {known[column].label} » ({column})" for column in missing)
    return _("Aucun en-tête ne donne {names}, qu’il faut à cette table.").format(names=names)


# ------------------------------------------------------------------------------------------------------ files of maps


def read_map(path: Path) -> ColumnMap:
    """A map from its file; a flat one (`"Niver" = "quantity"`) is of the inventory. Errors: CannotUse."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        what = _("La table de colonnes ne peut pas être lue : {reason}.").format(reason=error)
        raise refuse_file(path, what, _('Écrire une ligne par en-tête : "En-tête" = "colonne".')) from None
    flat = not isinstance(written.get("columns"), dict)
    if flat:
        written = {"columns": written}
    one = ColumnMap(
        path.stem,
        str(written.get("table", INVENTORY)),
        {header: str(column) for header, column in written["columns"].items()},
        str(written.get("dates", "")),
        {column: str(value) for column, value in dict(written.get("constants", {})).items()},
        whole=not flat,
    )
    if faults := list(_faults(one, path.name)):
        raise CannotUse(*faults)
    return one


def _faults(one: ColumnMap, file: str) -> Iterable[Problem]:
    if one.table != PLAN and one.table not in table_schema.table_names():
        what = _("« {value} » n’est pas une table d’Estran.").format(value=one.table)
        remedy = _("Mettre l’un de ces noms : {names}.").format(names=", ".join((*IN_ESTATES, PLAN)))
        yield Problem(what, remedy, file, column="table", value=one.table)
        return
    known = targets(one.table)
    remedy = _("Mettre l’un de ces noms : {names}.").format(names=", ".join(sorted({*known, IGNORE})))
    what = _("« {value} » n’est pas une colonne de l’inventaire.")
    if one.table != INVENTORY:
        what = _("« {value} » n’est pas une colonne de cette table.")
    for header, column in one.columns.items():
        if column not in known and column != IGNORE:
            yield Problem(what.format(value=column), remedy, file, column=header, value=column)
    for column in one.constants:
        if column not in known:
            yield Problem(what.format(value=column), remedy, file, column=column, value=column)
    if one.dates not in ("", *ORDERS):
        what = _("« {value} » n’est pas un ordre de date.").format(value=one.dates)
        remedy = _("Mettre dmy (jour, mois, année), mdy (mois, jour, année) ou ymd.")
        yield Problem(what, remedy, file, column="dates", value=one.dates)


def read_maps(overlay: Path) -> list[ColumnMap]:
    """The maps of an overlay, by name; that of before, `columns.toml`, last. Errors: CannotUse, with every fault."""
    paths = sorted((overlay / FOLDER).glob("*.toml"))
    paths += [path for path in [overlay / EARLIER] if path.exists()]
    maps: list[ColumnMap] = []
    faults: list[Problem] = []
    for path in paths:
        try:
            maps.append(read_map(path))
        except CannotUse as error:
            faults += error.problems
    if faults:
        raise CannotUse(*faults)
    return maps


def pick_map(asked: str, overlay: Path) -> ColumnMap:
    """The map of this name in the overlay, or of this file. Errors: CannotUse, with the names that are there."""
    path = Path(asked)
    if path.suffix.lower() == ".toml":
        return read_map(path)
    kept = {one.stem: one for one in sorted((overlay / FOLDER).glob("*.toml"))}
    if asked in kept:
        return read_map(kept[asked])
    what = _("La carte de colonnes « {name} » n’existe pas.").format(name=asked)
    remedy = _("Donner un fichier TOML, ou l’une de celles de la surcharge : {names}.")
    raise CannotUse(Problem(what, remedy.format(names=", ".join(kept) or _("(aucune)"))))


def map_text(one: ColumnMap) -> str:
    """A map as TOML."""
    columns, constants = dict(one.columns), dict(one.constants)
    return toml_text({"table": one.table, "dates": one.dates or None, "columns": columns, "constants": constants})


def file_stem(name: str) -> str:
    """A name of a map as its file bears it: letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text_key(name)).strip("-")[:60] or "carte"


def keep_map(one: ColumnMap, overlay: Path) -> Path:
    """Write a map into an overlay, in the place of the one of that name."""
    path = overlay / FOLDER / f"{file_stem(one.name)}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(map_text(one), encoding="utf-8")
    return path


# ----------------------------------------------------------------------------------------------- reading with a map


def find_map(header: Sequence[str], maps: Iterable[ColumnMap]) -> ColumnMap | None:
    """The map whose headers are all there; of several, the one that reads most of them."""
    known = [one for one in maps if one.whole and one.knows(header)]
    return max(known, key=lambda one: sum(column != IGNORE for column in one.columns.values()), default=None)


def apply_map(one: ColumnMap, path: Path, header: Sequence[str], line: int) -> RecognisedFormat:
    """The layout that a map gives a list: its own headers, and, where it says nothing, those of a free spreadsheet.

    Errors: CannotUse (a column that the table needs is in no header; a plan, which no estate holds).
    """
    if one.table == PLAN:
        what = _("La carte « {name} » est d’un plan d’action, qui n’entre pas dans un parc.").format(name=one.name)
        raise CannotUse(Problem(what, _("Importer ce fichier dans le portail, page Actions."), path.name))
    chosen = one.choose(header)
    base = formats.layouts(formats.SCHOOL)[0] if one.table == INVENTORY else formats.table_layout(one.table)
    options: dict[str, Any] = {**base.options, "strict": False, "map": one.name}
    if "entity" in one.constants:
        options["entity_from_file"] = False
    if one.dates:
        options["dates"] = one.dates
    if one.dates == "mdy":
        options["month_first"] = [name for name, target in targets(one.table).items() if target.type == "date"]
    label = _("carte {name}").format(name=one.name)
    layout: Layout = replace(base, label=label, constants={**base.constants, **one.constants}, options=options)
    recognised = formats.recognise_with_choices(layout, header, chosen, fuzzy=not one.whole)
    if fault := describe_missing(one.table, (*recognised.places, *one.constants)):
        seen = ", ".join(f"« {text} »" for text in header[:12] if text)
        remedy = _("Le dire dans la carte « {name} » ; en-têtes lus : {seen}.").format(name=one.name, seen=seen)
        raise CannotUse(Problem(fault, remedy, path.name, line, code=UNKNOWN_HEADERS))
    return recognised
