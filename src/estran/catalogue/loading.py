"""What Estran knows: factors, defaults, electricity and the words for them, read from the text tables of the catalogue.

One factor set is chosen at loading; an authority's own tables (overlay) lie over it without touching it.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import inf
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import CATALOGUE, table_path

if TYPE_CHECKING:
    import pyarrow as pa

SHIPPED = CATALOGUE
DEFAULT_SET = "ademe"

Row = dict[str, Any]

FIGURES = {
    "factors": (
        *("flow", "stage", "criterion", "value", "cv", "quality", "price_year", "source"),
        *("unit", "low", "high", "approximate", "note"),
    ),
    "defaults": ("item_type", "parameter", "valid_from", "value", "cv", "source", "unit", "low", "high", "note"),
    "electricity": ("zone", "year", "criterion", "value", "cv", "source", "unit", "note"),
    "models": ("item_type", "model", "reference", "lifetime_years", "kwh_per_year", "manufacturer", "source"),
}
KEYS = {
    "factors": ("flow", "stage", "criterion"),
    "defaults": ("item_type", "parameter"),
    "electricity": ("zone", "year", "criterion"),
    "models": ("item_type", "model"),
}
NUMBERS = (
    *("value", "low", "high", "cv", "weight", "half_width", "lifetime_years", "kwh_per_year"),
    *("vcpu", "memory_gb", "kwh_per_hour", "pue"),
)
INTEGERS = ("year", "price_year", "valid_from", "quality", "rank", "position")
FLAGS = ("mandatory", "flow_indicator", "energy_using", "in_data_centre", "informative", "approximate", "derived")
SOURCE_KEYS = (
    *("producer", "title", "edition", "date", "url", "page", "licence", "redistributable"),
    *("review_by", "review", "withdrawn", "perimeter", "note", "note_en"),
)
TEXT_VALUES = ("defaults", "alternatives", "request_sizing")  # values that are numbers or codes: they stay texts


@dataclass(frozen=True)
class Catalogue:
    """The tables of one catalogue under one factor set, each an Arrow table; `columns` of a figure table: see FIGURES.

    `own_sources` are the sources of the set's own lineage (the rest fills holes); `edition` names the catalogue,
    `sha256` is that of every file read, the overlay's included; the tables of an estate are no catalogue.
    """

    factors: pa.Table
    defaults: pa.Table
    electricity: pa.Table
    models: pa.Table
    item_types: pa.Table
    families: pa.Table
    criteria: pa.Table
    stages: pa.Table
    zones: pa.Table
    flows: pa.Table
    guards: pa.Table
    guard_patterns: pa.Table
    serial_placeholders: pa.Table
    uncertainty: pa.Table
    allocation_weights: pa.Table
    ghg_categories: pa.Table
    ghg_labels: pa.Table
    method_parameters: pa.Table
    ecodiag_rules: pa.Table
    price_indices: pa.Table
    cloud_instances: pa.Table
    cloud_pues: pa.Table
    methods: pa.Table
    gaps: pa.Table
    equivalences: pa.Table
    glossary: pa.Table
    sources: pa.Table
    factor_set: str
    own_sources: tuple[str, ...]
    edition: str
    sha256: str


NOT_WORDS = {*FIGURES, "sources", "factor_set", "own_sources", "edition", "sha256"}
WORDS = tuple(name for name in Catalogue.__annotations__ if name not in NOT_WORDS)


@dataclass(frozen=True)
class OwnTables:
    """Figure tables that an authority brings, by name, and the files they come from; `name` is that of their folder."""

    name: str
    tables: dict[str, list[Row]]
    files: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True)
class FactorSet:
    """An ordered choice among sources: lineages for factors, the set's own first, and a list for electricity."""

    code: str
    label_fr: str
    label_en: str
    note: str
    lineages: tuple[tuple[str, ...], ...]
    electricity: tuple[str, ...]


# ------------------------------------------------------------------------------------------------------- loading


def load(factor_set: str = DEFAULT_SET, *, method: str = "") -> Catalogue:
    """The shipped catalogue under one factor set. Errors: CannotUse (unknown set)."""
    return load_sets([factor_set], method=method)[factor_set]


def load_sets(
    codes: Iterable[str],
    replacing: OwnTables | None = None,
    *,
    over: Iterable[OwnTables] = (),
    method: str = "",
) -> dict[str, Catalogue]:
    """The catalogue under several factor sets, the files being read once.

    `replacing` takes the place of the figures (factors, defaults, electricity, models); words, guards and uncertainty
    classes stay the shipped ones. The rows of `over` (estates, then the overlay) win over those of the same key; a
    default without `valid_from` replaces every dated one, and one of a type reaches its variants. A compatibility
    `method` may bring its own defaults. Both are read by `importing.own_tables`. Errors: CannotUse (unknown set).
    """
    words = {name: read_table(name) for name in WORDS}
    variants = variants_of(words["item_types"])
    layers = list(over)
    files = replacing.files if replacing else _files(SHIPPED)
    shared: Row = {name: arrow_table(rows, tuple(rows[0])) for name, rows in words.items()}
    shared["sources"] = arrow_table(list(sources().values()))
    shared["sha256"] = _sha256([*files, *(file for layer in layers for file in layer.files)])
    published = replacing.tables if replacing else _published_figures(words["methods"], method)
    catalogues = {}
    for code in codes:
        figures = dict(published)
        if replacing is None:
            chosen = factor_sets().get(code) or _unknown_set(code)
            figures["factors"] = choose_factors(published["factors"], chosen.lineages, variants)
            figures["electricity"] = choose_electricity(published["electricity"], chosen.electricity)
            named: Row = {"factor_set": code, "own_sources": chosen.lineages[0], "edition": _sets_file()["edition"]}
        else:
            named = {"factor_set": "", "own_sources": (), "edition": replacing.name}
        for layer in layers:
            for name, rows in layer.tables.items():
                own_rows = with_variants(rows, variants) if name == "defaults" else rows
                figures[name] = laid_over(name, figures[name], own_rows)
        tables = {name: arrow_table(rows, FIGURES[name], text=texts_of(name)) for name, rows in figures.items()}
        catalogues[code] = Catalogue(**tables, **named, **shared)
    return catalogues


def factor_sets(root: Path = SHIPPED) -> dict[str, FactorSet]:
    """Every factor set of factor_sets.toml by code; a set named inside another stands for its own lists."""
    described = {code: value for code, value in _sets_file(root).items() if isinstance(value, dict)}

    def lineages(code: str) -> tuple[tuple[str, ...], ...]:
        fill = described[code]["fill"]
        return (tuple(described[code]["sources"]), *(lineages(fill) if isinstance(fill, str) else (tuple(fill),)))

    def electricity(code: str) -> Iterator[str]:
        for source in described[code]["electricity"]:
            yield from electricity(source) if source in described else [source]

    return {
        code: FactorSet(
            *(code, value["label_fr"], value["label_en"], value["note"]),
            lineages=lineages(code),
            electricity=tuple(dict.fromkeys(electricity(code))),
        )
        for code, value in described.items()
    }


def sources(root: Path = SHIPPED) -> dict[str, Row]:
    """Every source of sources/<id>/source.toml by id, with the keys of SOURCE_KEYS (texts, "" when absent)."""
    described = {}
    for path in sorted((root / "sources").glob("*/source.toml")):
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        described[path.parent.name] = {"id": path.parent.name} | {key: str(values.get(key, "")) for key in SOURCE_KEYS}
    return described


def published_factors(root: Path = SHIPPED, *, lines: bool = False) -> list[Row]:
    """Every factor of every source, before any choice: the rows of sources/<id>/factors.csv with their source."""
    paths = sorted((root / "sources").glob("*/factors.csv"))
    return [row | {"source": path.parent.name} for path in paths for row in read_csv(path, lines=lines)]


def _sets_file(root: Path = SHIPPED) -> Row:
    return tomllib.loads((root / "impacts" / "factor_sets.toml").read_text(encoding="utf-8"))


def _unknown_set(code: str) -> FactorSet:
    what = _("Le jeu de facteurs « {code} » n’existe pas.").format(code=code)
    remedy = _("Choisir l’un de ceux-ci : {codes} ; ou donner le dossier d’un référentiel.")
    raise CannotUse(Problem(what=what, remedy=remedy.format(codes=", ".join(factor_sets())), value=code))


# ------------------------------------------------------------------------------------------------- choice of a source


def variants_of(item_types: list[Row]) -> dict[str, str]:
    """Each size variant → its generic type."""
    return {row["code"]: row["variant_of"] for row in item_types if row["variant_of"]}


def _published_figures(methods: list[Row], method: str) -> dict[str, list[Row]]:
    """The figures of every source, before any choice, with the defaults that a compatibility method brings."""
    return {
        "factors": published_factors(),
        "defaults": laid_over("defaults", read_table("defaults"), _defaults_of(methods, method)),
        "electricity": read_table("electricity"),
        "models": [],
    }


def _defaults_of(methods: list[Row], method: str) -> list[Row]:
    """The defaults that a compatibility method brings: every one its source publishes, chosen by Estran or not."""
    source = next((row["defaults_source"] for row in methods if row["method"] == method), None)
    published = [row for name in ("defaults", "alternatives") for row in read_table(name)]
    return [{"valid_from": None} | row for row in published if source and row["source"] == source]


def choose_factors(rows: list[Row], lineages: Iterable[tuple[str, ...]], variants: dict[str, str]) -> list[Row]:
    """For each flow and criterion, all the stages of one source and of no other.

    It is the first source that has a manufacturing factor, or any factor for a flow that no source manufactures. Before
    going to the next lineage, a size variant stops at its generic type if that one is known (its proxy then answers).
    """
    manufactured = {row["flow"] for row in rows if row["stage"] == "manufacturing"}
    offers: dict[tuple[str, str], dict[str, list[Row]]] = {}
    answering: set[tuple[str, str, str]] = set()
    for row in rows:
        offers.setdefault((row["flow"], row["criterion"]), {}).setdefault(row["source"], []).append(row)
        if row["stage"] == "manufacturing" or row["flow"] not in manufactured:
            answering.add((row["flow"], row["criterion"], row["source"]))
    chosen = []
    for (flow, criterion), by_source in offers.items():
        for lineage in lineages:
            answer = next((source for source in lineage if (flow, criterion, source) in answering), None)
            if answer:
                chosen += by_source[answer]
            if answer or any((variants.get(flow), criterion, source) in answering for source in lineage):
                break
    return chosen


def choose_electricity(rows: list[Row], order: tuple[str, ...]) -> list[Row]:
    """For each zone and criterion, the first source from its first year on, the next one for the years before that."""
    ranked = {source: rank for rank, source in enumerate(order)}
    series: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for row in rows:
        if row["source"] in ranked:
            series.setdefault((row["zone"], row["criterion"]), {}).setdefault(row["source"], []).append(row)
    chosen = []
    for by_source in series.values():
        known_from = None
        for source in sorted(by_source, key=ranked.__getitem__):
            older = [row for row in by_source[source] if known_from is None or row["year"] < known_from]
            if older:
                chosen += older
                known_from = min(row["year"] for row in older)
    return chosen


# ---------------------------------------------------------------------------------------------- tables of an authority


def with_variants(defaults: list[Row], variants: dict[str, str]) -> list[Row]:
    """The defaults of an authority, those of a type given to its variants too.

    A variant for which it says something of the same parameter keeps what it says, whatever its date.
    """
    given = {(row["item_type"], row["parameter"]) for row in defaults}
    inherited = [
        row | {"item_type": variant}
        for row in defaults
        for variant, generic in variants.items()
        if generic == row["item_type"] and (variant, row["parameter"]) not in given
    ]
    return defaults + inherited


def laid_over(name: str, rows: list[Row], over: list[Row]) -> list[Row]:
    """The rows with those of an overlay over them: from its `valid_from` on, or always, a row hides its namesakes."""
    key = itemgetter(*KEYS[name])
    since: dict[Any, float] = {}
    for row in over:
        since[key(row)] = min(since.get(key(row), inf), _since(row))
    return [row for row in rows if _since(row) < since.get(key(row), inf)] + over


def _since(row: Row) -> float:
    return -inf if row.get("valid_from") is None else row["valid_from"]


# ------------------------------------------------------------------------------------------------------- text tables


def texts_of(name: str) -> tuple[str, ...]:
    """The columns of a table that stay texts although numbers stand in columns of their name."""
    return ("value",) if name in TEXT_VALUES else ()


def read_table(name: str, root: Path = SHIPPED, *, lines: bool = False) -> list[Row]:
    """The rows of a table of the catalogue; see `read_csv`."""
    return read_csv(table_path(name, root), texts_of(name), lines=lines)


def read_csv(path: Path, text: tuple[str, ...] = (), *, lines: bool = False) -> list[Row]:
    """The rows of a table as the catalogue writes it: numbers, whole numbers and flags by the name of their column;
    empty cells are None. `lines`: with the `line` of the file where each one ends."""
    kinds: dict[str, Callable[[str], object]] = {
        **dict.fromkeys(NUMBERS, float),
        **dict.fromkeys(INTEGERS, int),
        **dict.fromkeys(FLAGS, ("yes", "true").__contains__),
        **dict.fromkeys(text, str),
    }
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        columns = [(name, kinds.get(name, str)) for name in next(reader)]
        return [
            {name: kind(cell) if cell else None for (name, kind), cell in zip(columns, cells, strict=True)}
            | ({"line": reader.line_num} if lines else {})
            for cells in reader
        ]


def arrow_table(rows: list[Row], columns: tuple[str, ...] = (), text: tuple[str, ...] = ()) -> pa.Table:
    """Rows as an Arrow table with these columns; an absent one is null."""
    import pyarrow as pa

    types = {
        **dict.fromkeys(NUMBERS, pa.float64()),
        **dict.fromkeys(INTEGERS, pa.int64()),
        **dict.fromkeys(FLAGS, pa.bool_()),
        **dict.fromkeys(text, pa.string()),
    }
    cells = {name: [row.get(name) for row in rows] for name in columns or rows[0]}
    cells |= {name: [None if cell is None else str(cell) for cell in cells[name]] for name in text}
    return pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in cells.items()})


def _files(folder: Path) -> tuple[tuple[str, Path], ...]:
    """The tables of the shipped catalogue, each under its name."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".csv", ".toml"))
    return tuple((path.relative_to(folder).as_posix(), path) for path in paths)


def _sha256(files: list[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
