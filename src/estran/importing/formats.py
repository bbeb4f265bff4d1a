"""The formats of fleet lists (catalogue/imports/*.toml): recognising one by its headers, and finding its columns.

A format has one layout per kind of list; a layout says which headers give which column of an Estran table. Names that
begin with `_` are read to compute a column (`_size`, `_battery`, `_global`, `_unit_price`) and written nowhere.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from estran.common import table_schema
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import CATALOGUE, text_rows
from estran.common.vocabulary import plain_text, text_key

CANONICAL, SCHOOL, REJECTS, UNMATCHED = "canonical", "school", "rejects", "unmatched"
INVENTORIES = "glpi_inventory"  # of the agent of GLPI: never the format of a table that a person gives
IGNORE = "ignore"
UNKNOWN_HEADERS = "headers"  # the code of a problem that a column map settles


@dataclass(frozen=True, eq=False)
class Layout:
    """One kind of list of a format.

    columns: column → headers, in order of preference (all that are there, the first filled cell wins; only the first
    for the columns of `single`). unused: headers known and left out. signature: at least one of these headers is
    there. skip: header → values of rows to leave. constants: column → value of every row. lenient: choices whose
    unknown values are left empty, with a note; those of `status` are kept for a person to settle. options: see
    imports/*.toml.
    """

    format: str
    label: str
    table: str
    columns: Mapping[str, Sequence[str]]
    unused: Sequence[str] = ()
    signature: Sequence[str] = ()
    least: int = 1
    single: Sequence[str] = ()
    skip: Mapping[str, Sequence[str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    lenient: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RecognisedFormat:
    """The layout of a list, why, and where its columns are: column → places in the header; leftovers by kind."""

    layout: Layout
    reason: str
    places: dict[str, list[int]]
    personal: list[str]
    ignored: list[str]


@cache
def formats() -> dict[str, dict[str, Any]]:
    """Every format by its code, as written in its TOML file."""
    paths = sorted((CATALOGUE / "imports").glob("*.toml"))
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in paths}


def service_tables() -> tuple[str, ...]:
    """The tables of columns.csv that a person types about services: uses of AI, statements."""
    return tuple(written["table"] for written in formats().values() if "table" in written)


@cache
def layouts(code: str) -> tuple[Layout, ...]:
    """The layouts of a format; those of the canonical format and of Estran's own rejects come from columns.csv."""
    written = formats()[code]
    if code == CANONICAL:
        return tuple(_canonical(table, written["label_fr"], code) for table in written["tables"])
    if code == REJECTS:
        return (_canonical("inventory", written["label_fr"], code, signature=written["signature"], least=3),)
    names = {"columns", "unused", "signature", "least", "single", "skip", "constants", "lenient"}
    return tuple(
        Layout(
            code,
            written["label_fr"],
            layout["table"],
            **{name: layout[name] for name in names & layout.keys()},
            options={name: value for name, value in layout.items() if name not in names},
        )
        for layout in written.get("layouts", [])
    )


def _canonical(table: str, label: str, code: str, signature: Sequence[str] = (), least: int = 1) -> Layout:
    schema = table_schema.columns(table)
    columns = {column.column: (column.column, column.label_fr, column.label_en) for column in schema}
    required = [name for column in schema if column.required for name in columns[column.column]]
    if table == "inventory" and not signature:
        required = [name for column in ("item_type", "label", "flow") for name in columns[column]]
    lenient = ("status",) if table == "inventory" else ()
    dates = [column.column for column in schema if column.type == "date"]
    options = {"strict": True, "day_first": dates}
    return Layout(
        code, label, table, columns, signature=signature or required, least=least, lenient=lenient, options=options
    )


def _keys(layout: Layout, header: str) -> list[str]:
    """A header as compared: whole, then without the name of its group (« Réseau - IP », « Account info: TAG »)."""
    separators = layout.options.get("group_separators", [])
    return header_keys(header) + [
        text_key(header.rsplit(separator, 1)[1]) for separator in separators if separator in header
    ]


def header_keys(header: str) -> list[str]:
    """A header as compared, and with its glued words apart (« DeviceType » → `device type`)."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return list(dict.fromkeys((text_key(header), text_key(apart))))


def _places(
    layout: Layout, header: Sequence[str], chosen: Mapping[int, str], fuzzy: bool = True
) -> dict[str, list[int]]:
    """Column → places in the header. A header serves one column only; `chosen` holds a person's choices.

    `fuzzy`: spellings close to a known header count too, where the layout says so.
    """
    keys = [_keys(layout, text) for text in header]
    places: dict[str, list[int]] = {}
    for place, column in chosen.items():
        if column != IGNORE:
            places.setdefault(column, []).append(place)
    taken = set(chosen)
    for exact in (True, False) if fuzzy and layout.options.get("fuzzy_headers") else (True,):
        for column, names in layout.columns.items():
            if column in places and (
                column in layout.single or not exact or any(place in chosen for place in places[column])
            ):
                continue
            for name in names:
                for i, texts in enumerate(keys):
                    if i in taken or not any(_same(text, text_key(name), exact) for text in texts):
                        continue
                    if not exact and table_schema.is_personal(header[i]):
                        continue
                    if column not in layout.single or column not in places:
                        places.setdefault(column, []).append(i)
                        taken.add(i)
    return places


def _same(text: str, name: str, exact: bool) -> bool:
    if exact:
        return text == name
    from rapidfuzz import fuzz

    words, others = text.split(), name.split()
    if len(words) == len(others) and any(fuzz.ratio(*pair) < 75 for pair in zip(words, others, strict=True)):
        return False  # « nombre de ports » is no « nombre de postes »
    return len(text) > 3 and len(name) > 3 and fuzz.ratio(text, name) >= 86


@cache
def _names(layout: Layout) -> frozenset[str]:
    """Every header a layout knows, as compared."""
    read = (name for names in layout.columns.values() for name in names)
    return frozenset(text_key(name) for name in (*read, *layout.unused, *layout.skip))


def count_headers_of(layout: Layout, header: Sequence[str], places: Mapping[str, list[int]]) -> int:
    """Headers the layout knows: those it reads, and those it knows and leaves out."""
    used = {place for listed in places.values() for place in listed}
    unused = {text_key(name) for name in (*layout.unused, *layout.skip)}
    return len(used) + sum(1 for i, text in enumerate(header) if i not in used and unused & set(_keys(layout, text)))


def _signed(layout: Layout, header: Sequence[str]) -> bool:
    texts = {text for name in header for text in _keys(layout, name)}
    wanted = [text_key(name) for name in layout.signature]
    if layout.format in (REJECTS, UNMATCHED):
        return all(name in texts for name in wanted)
    return not wanted or any(name in texts for name in wanted)


def count_known_headers(header: list[str], codes: Iterable[str]) -> int:
    """How many headers of a row the best of these formats knows: used to find the header among the first rows."""
    headers = {text_key(text) for text in header if text}
    best = 0
    for code in codes:
        written = formats()[code]
        if "reader" in written:
            best = max(best, _service_headers(written, header))
        for layout in layouts(code):
            if len(headers & _names(layout)) > best and _signed(layout, header):
                best = max(best, count_headers_of(layout, header, _places(layout, header, {}, fuzzy=False)))
    return best


def _service_headers(written: Mapping[str, Any], header: Sequence[str]) -> int:
    """Headers of a file of services, or 0 when one of its signature is missing."""
    headers = {text_key(text) for text in header}
    if "table" in written:
        names = table_schema.columns(written["table"])
        titles = [{text_key(column.column), text_key(column.label_fr), text_key(column.label_en)} for column in names]
        missing = any(column.required and not title & headers for column, title in zip(names, titles, strict=True))
        return 0 if missing else sum(1 for title in titles if title & headers)
    required = [spellings(text) for text in written.get("signature", [])]
    known = {text_key(text) for texts in written.get("columns", {}).values() for text in texts}.union(*required)
    return len(headers & known) if required and all(names & headers for names in required) else 0


def spellings(text: str) -> set[str]:
    """A header of a signature as compared, in each of the ways that tools write it: `ConsumedUnit|UsageUnit`."""
    return {text_key(name) for name in text.split("|")}


def recognise_format(
    path: Path, header: Sequence[str], wanted: str, chosen: Mapping[int, str], line: int
) -> RecognisedFormat:
    """The layout that knows most headers, and the reason in one sentence. Errors: CannotUse, with the headers read."""
    in_order = sorted(formats(), key=lambda code: int(formats()[code].get("order", 9)))
    best: tuple[int, Layout, dict[str, list[int]]] | None = None
    total = sum(1 for text in header if text)
    for code in in_order if wanted == "auto" else [wanted]:
        if best is not None and best[0] >= total:
            break  # every header is known, by a format that comes first
        written, places = formats()[code], dict[str, list[int]]()
        of_services = "reader" in written
        bill = Layout(code, written["label_fr"], "inventory", {}, options={"reader": written.get("reader")})
        for layout in (bill,) if of_services else layouts(code):
            if of_services:
                known = _service_headers(written, header)
                fits = known > 0
            else:
                places = _places(layout, header, chosen)
                known = count_headers_of(layout, header, places)
                fits = bool(places) and (wanted == code or (_signed(layout, header) and known >= layout.least))
            if fits and (best is None or known > best[0]):
                best = known, layout, places
    if best is None or (not best[1].options.get("reader") and not _enough(best[1], best[2])):
        raise _unknown(path, header, line)
    known, layout, places = best
    return _recognised(_as_kept(layout, header, places), header, places, known)


def _as_kept(layout: Layout, header: Sequence[str], places: Mapping[str, list[int]]) -> Layout:
    """A list under the labels of Estran's columns more than under their codes is kept by a person: its cells too."""
    if layout.format != CANONICAL or layout.table != "inventory":
        return layout
    read = [(name, header[i].strip()) for name, listed in places.items() for i in listed]
    if 2 * sum(name == text for name, text in read) > len(read):
        return layout
    return replace(layout, options={"exact_codes": True, "totals": True, "counted_with_words": True})


def table_layout(table: str) -> Layout:
    """The layout of a table whose headers are the codes and labels of columns.csv."""
    return _canonical(table, table, CANONICAL)


def recognise_with_choices(
    layout: Layout, header: Sequence[str], chosen: Mapping[int, str], fuzzy: bool
) -> RecognisedFormat:
    """Read a list by a layout whose headers a person chose (place → column, or `ignore`)."""
    places = _places(layout, header, chosen, fuzzy)
    return _recognised(layout, header, places, len({*chosen, *(i for listed in places.values() for i in listed)}))


def _recognised(layout: Layout, header: Sequence[str], places: dict[str, list[int]], known: int) -> RecognisedFormat:
    """What the headers of a list were read as, and those that are left."""
    total = sum(1 for text in header if text)
    used = {place for listed in places.values() for place in listed}
    known_apart = layout.options.get("reader") or layout.format == REJECTS
    skipped = {text_key(name) for name in layout.skip}  # read, to know which rows to leave
    left = [text for i, text in enumerate(header) if i not in used and text and text_key(text) not in skipped]
    left = [] if known_apart else left
    reason = _("{known} en-têtes de « {format} » sur {total}").format(known=known, format=layout.label, total=total)
    personal = [text for text in left if table_schema.is_personal(text)]
    return RecognisedFormat(layout, reason, places, personal, [text for text in left if text not in personal])


def recognise_beside(layout: Layout, header: Sequence[str]) -> RecognisedFormat | None:
    """What reads the rows of a list that its own layout leaves to another (`beside`); None when the columns are not."""
    other = next((one for one in layouts(layout.format) if "only" in one.options), None)
    places = _places(other, header, {}) if other and "beside" in layout.options and _signed(other, header) else {}
    return RecognisedFormat(other, "", places, [], []) if other and places else None


def names_equipment(header: Sequence[str]) -> bool:
    """A column of this header says what each row is, in the words of a free list or of Estran's own."""
    known = (layouts(SCHOOL)[0], layouts(CANONICAL)[0])
    places = {name for layout in known for name in _places(layout, header, {})}
    return bool({"item_type", "label", "model", "manufacturer", "serial", "flow"} & places)


def _enough(layout: Layout, places: Mapping[str, list[int]]) -> bool:
    """An inventory says what things are; another table has all its required columns."""
    if layout.table == "inventory":
        return bool({"item_type", "label", "model", "flow", "_instance"} & places.keys())
    return all(column.column in places for column in table_schema.columns(layout.table) if column.required)


def _unknown(path: Path, header: Sequence[str], line: int) -> CannotUse:
    seen = ", ".join(f"« {text} »" for text in header[:12] if text) or _("(aucun)")
    what = _("Les en-têtes ne ressemblent à aucun format connu ; en-têtes lus : {seen}.").format(seen=seen)
    remedy = _(
        "Écrire au-dessus de la liste une seule ligne d’en-têtes, comme Type, Marque, Modèle, Nombre, Date "
        'd’achat. En ligne de commande, un fichier columns.toml (« "Niver" = "quantity" ») convient aussi.'
    )
    # A number among them: they are no headers, and to name them would lose what the line holds.
    data = any(text.replace(",", "").replace(".", "").isdecimal() for text in header)
    return CannotUse(Problem(what, remedy, path.name, line, code="" if data else UNKNOWN_HEADERS))


@cache
def zones() -> dict[str, str]:
    """Name or code of a country or territory, lower case without accents → zone of the catalogue."""
    names: dict[str, str] = {}
    for row in text_rows("zones"):
        for text in (row["zone"], row["label_fr"], row["label_en"], *row["aliases"].split("|")):
            if text:
                names.setdefault(plain_text(text), row["zone"])
    return names
