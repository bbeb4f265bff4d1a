"""What Estran knows: factors, defaults, electricity and the words for them, read from the text tables of the catalogue.

One factor set is chosen at loading; an authority's own tables (overlay) lie over it without touching it.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.lang import _
from estran.problems import CannotUse, Problem

if TYPE_CHECKING:
    import pyarrow as pa

SHIPPED = Path(__file__).parent.parent / "catalogue"
DEFAULT_SET = "ademe"

Row = dict[str, Any]

FIGURES = {
    "factors": ("flow", "stage", "criterion", "value", "cv", "quality", "source", "unit", "low", "high", "note"),
    "defaults": ("item_type", "parameter", "valid_from", "value", "cv", "source", "unit", "low", "high", "note"),
    "electricity": ("zone", "year", "criterion", "value", "cv", "source", "unit", "note"),
    "models": ("item_type", "model", "reference", "lifetime_years", "kwh_per_year", "manufacturer", "source"),
}
KEYS = {
    "factors": ("flow", "stage", "criterion"),
    "electricity": ("zone", "year", "criterion"),
    "models": ("item_type", "model"),
}
NUMBERS = ("value", "low", "high", "cv", "weight", "half_width", "lifetime_years", "kwh_per_year")
INTEGERS = ("year", "valid_from", "quality", "rank", "position")
FLAGS = ("mandatory", "energy_using", "in_data_centre", "informative")


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
class FactorSet:
    """An ordered choice among sources: lineages for factors, the set's own first, and a list for electricity."""

    code: str
    label_fr: str
    label_en: str
    note: str
    lineages: tuple[tuple[str, ...], ...]
    electricity: tuple[str, ...]


# ------------------------------------------------------------------------------------------------------- loading


def load(
    folder: Path | None = None,
    *,
    factor_set: str = DEFAULT_SET,
    overlay: Path | None = None,
    estates: Iterable[Path] = (),
    method: str = "",
) -> Catalogue:
    """The catalogue under one factor set, with an authority's own tables over it.

    `folder` replaces the figures (factors, defaults, electricity, models): a folder of such tables, or a NumEcoEval or
    G4IT referential; words, guards and uncertainty classes stay the shipped ones. `overlay` holds tables of the same
    names whose rows win over those of the same key; a default without `valid_from` replaces every dated one. `estates`
    may bring their own models and factors, under the overlay. A compatibility `method` may bring its own defaults.
    Errors: CannotUse (unknown set, missing or faulty table).
    """
    return load_sets([factor_set], folder, overlay=overlay, estates=estates, method=method)[factor_set]


def load_sets(
    codes: Iterable[str],
    folder: Path | None = None,
    *,
    overlay: Path | None = None,
    estates: Iterable[Path] = (),
    method: str = "",
) -> dict[str, Catalogue]:
    """The catalogue under several factor sets, the files being read once; see `load`."""
    words = {name: read_table(SHIPPED / f"{name}.csv") for name in WORDS}
    known = sources()
    layers: list[tuple[Path, tuple[str, ...]]] = [(Path(estate), ("models", "factors")) for estate in estates]
    layers += [(Path(overlay), tuple(FIGURES))] if overlay is not None else []
    own_tables = [_own_tables(layer, names) for layer, names in layers]
    files = _files(folder or SHIPPED)
    if overlay is not None:
        files += [(name, path) for name, path in _files(overlay) if path.parent == overlay and path.stem in FIGURES]
    digest, found = _sha256(files), {}
    for code in codes:
        if folder is None:
            chosen = factor_sets().get(code) or _unknown_set(code)
            figures = _shipped_figures(chosen, words["item_types"])
            figures["defaults"] = _laid_over("defaults", figures["defaults"], _defaults_of(words["methods"], method))
            own, edition = chosen.lineages[0], _sets_file()["edition"]
        else:
            figures = _folder_figures(Path(folder), words["zones"])
            own, edition = (), Path(folder).resolve().name
        for tables in own_tables:
            for name, over in tables.items():
                figures[name] = _laid_over(name, figures[name], over)
        found[code] = Catalogue(
            **{name: arrow_table(rows, FIGURES[name], text=_text(name)) for name, rows in figures.items()},
            **{name: arrow_table(rows, tuple(rows[0])) for name, rows in words.items()},
            sources=arrow_table(list(known.values())),
            factor_set=code if folder is None else "",
            own_sources=own,
            edition=edition,
            sha256=digest,
        )
    return found


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
            code=code,
            label_fr=value["label_fr"],
            label_en=value["label_en"],
            note=value["note"],
            lineages=lineages(code),
            electricity=tuple(dict.fromkeys(electricity(code))),
        )
        for code, value in described.items()
    }


def sources(root: Path = SHIPPED) -> dict[str, Row]:
    """Every source of sources/<id>/source.toml by id: producer, title, edition, date, url, licence, redistributable,
    review_by (ISO date), perimeter, note."""
    found = {}
    for path in sorted((root / "sources").glob("*/source.toml")):
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        found[path.parent.name] = {"id": path.parent.name} | {key: str(value) for key, value in values.items()}
    return found


def published_factors(root: Path = SHIPPED) -> list[Row]:
    """Every factor of every source, before any choice: the rows of sources/<id>/factors.csv with their source."""
    rows = []
    for path in sorted((root / "sources").glob("*/factors.csv")):
        rows += [row | {"source": path.parent.name} for row in read_table(path)]
    return rows


def _sets_file(root: Path = SHIPPED) -> Row:
    return tomllib.loads((root / "factor_sets.toml").read_text(encoding="utf-8"))


def _unknown_set(code: str) -> FactorSet:
    what = _("Le jeu de facteurs « {code} » n’existe pas.").format(code=code)
    remedy = _("Choisir l’un de ceux-ci : {codes} ; ou donner le dossier d’un référentiel.")
    raise CannotUse(Problem(what=what, remedy=remedy.format(codes=", ".join(factor_sets())), value=code))


# ------------------------------------------------------------------------------------------------- choice of a source


def _shipped_figures(chosen: FactorSet, item_types: list[Row]) -> dict[str, list[Row]]:
    variants = {row["code"]: row["variant_of"] for row in item_types if row["variant_of"]}
    return {
        "factors": choose_factors(published_factors(), chosen.lineages, variants),
        "defaults": read_table(SHIPPED / "defaults.csv", text=("value",)),
        "electricity": choose_electricity(read_table(SHIPPED / "electricity.csv"), chosen.electricity),
        "models": [],
    }


def _defaults_of(methods: list[Row], method: str) -> list[Row]:
    """The defaults that a compatibility method brings: every one its source publishes, chosen by Estran or not."""
    source = next((row["defaults_source"] for row in methods if row["method"] == method), None)
    published = [
        row for name in ("defaults", "alternatives") for row in read_table(SHIPPED / f"{name}.csv", text=("value",))
    ]
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
            found = next((source for source in lineage if (flow, criterion, source) in answering), None)
            if found:
                chosen += by_source[found]
            if found or any((variants.get(flow), criterion, source) in answering for source in lineage):
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


# -------------------------------------------------------------------------------- tables of an authority or of a folder


def _folder_figures(folder: Path, zones: list[Row]) -> dict[str, list[Row]]:
    from estran.footprint import referential

    if not folder.is_dir():
        what = _("Le dossier de catalogue « {name} » n’existe pas.").format(name=folder.name)
        remedy = _("Donner un dossier avec factors.csv, defaults.csv et electricity.csv, ou un référentiel NumEcoEval.")
        raise CannotUse(Problem(what=what, remedy=remedy, file=str(folder)))
    if referential.is_referential(folder):
        figures = referential.read(folder, zones)
        general = [row for row in read_table(SHIPPED / "defaults.csv", text=("value",)) if row["item_type"] == "*"]
        return figures | {"defaults": _laid_over("defaults", general, figures["defaults"])}
    found = _own_tables(folder)
    missing = [name for name in ("factors", "defaults", "electricity") if name not in found]
    if missing:
        what = _("Il manque dans le catalogue « {folder} » : {names}.")
        what = what.format(folder=folder.name, names=", ".join(missing))
        remedy = _("Ajouter ces tables (CSV, XLSX, ODS ou Parquet), même vides.")
        raise CannotUse(Problem(what=what, remedy=remedy, file=str(folder)))
    return {"models": []} | found


def _own_tables(folder: Path, names: Iterable[str] = FIGURES) -> dict[str, list[Row]]:
    """The figure tables found in a folder, as people write them; every fault is told before anything is used."""
    from estran.footprint import tables

    found, problems = {}, []
    for name in names:
        for path in (folder / f"{name}.{ending}" for ending in ("csv", "xlsx", "ods", "parquet")):
            if path.exists():
                table, faults = tables.read(path, name)
                problems += faults
                found[name] = [_whole(row) for row in table.to_pylist()]
                break
    if problems:
        raise CannotUse(*problems)
    return found


def _whole(row: Row) -> Row:
    """Years and grades as whole numbers."""
    return {key: int(value) if key in INTEGERS and value is not None else value for key, value in row.items()}


def _laid_over(name: str, rows: list[Row], over: list[Row]) -> list[Row]:
    """The rows with those of an overlay over them."""
    hidden: Callable[[Row], bool]
    if name == "defaults":
        since: dict[tuple[str, str], float] = {}
        for row in over:
            key = (row["item_type"], row["parameter"])
            since[key] = min(since.get(key, float("inf")), _since(row))

        def hidden(row: Row) -> bool:
            return _since(row) >= since.get((row["item_type"], row["parameter"]), float("inf"))

    else:
        keys = {tuple(row[column] for column in KEYS[name]) for row in over}

        def hidden(row: Row) -> bool:
            return tuple(row[column] for column in KEYS[name]) in keys

    return [row for row in rows if not hidden(row)] + over


def _since(default: Row) -> float:
    return float("-inf") if default["valid_from"] is None else default["valid_from"]


# ------------------------------------------------------------------------------------------------------- text tables


def _text(name: str) -> tuple[str, ...]:
    return ("value",) if name == "defaults" else ()


def read_table(path: Path, text: tuple[str, ...] = ()) -> list[Row]:
    """The rows of a shipped table: numbers, whole numbers and flags by the name of their column, empty cells None."""
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
            for cells in reader
        ]


def arrow_table(rows: list[Row], columns: tuple[str, ...] = (), text: tuple[str, ...] = ()) -> pa.Table:
    """Rows as an Arrow table with these columns; an absent one is null."""
    import pyarrow as pa

    def kind(name: str) -> pa.DataType:
        if name in text:
            return pa.string()
        if name in NUMBERS:
            return pa.float64()
        return pa.int64() if name in INTEGERS else pa.bool_() if name in FLAGS else pa.string()

    def cell(row: Row, name: str) -> Any:
        value = row.get(name)
        return str(value) if name in text and value is not None else value

    names = columns or tuple(rows[0])
    return pa.table({name: pa.array([cell(row, name) for row in rows], kind(name)) for name in names})


def _files(folder: Path) -> list[tuple[str, Path]]:
    return [(path.relative_to(folder).as_posix(), path) for path in sorted(folder.rglob("*")) if path.is_file()]


def _sha256(files: list[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
