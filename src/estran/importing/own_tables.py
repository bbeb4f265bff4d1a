"""The tables that an authority brings: its own figures over the catalogue, or a folder that replaces its figures."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from estran.catalogue import loading, numecoeval
from estran.catalogue.checks.own_tables import (
    KnownNames,
    faults_of_own_rows,
    faults_of_zones,
    known_names,
    unreached_factors,
)
from estran.catalogue.loading import FIGURES, INTEGERS, Catalogue, OwnTables, Row, laid_over, read_table
from estran.common import table_schema
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.importing import canonical, column_maps, row_corrections

ENDINGS = ("csv", "xlsx", "ods", "parquet")
OF_AN_ESTATE = ("models", "factors")
OF_AN_OVERLAY = (*FIGURES, "labels", "statuses", row_corrections.TABLE)
# What an import reads, learns and writes in an overlay.
LEARNED = (
    "labels.csv",
    "statuses.csv",
    row_corrections.FILE,
    "columns.toml",
    "account_flows.csv",
    "vat.toml",
    "exchange_rates.csv",
)
OF_TABLES = (*ENDINGS, "xls", "tsv")  # files that people take for tables
OF_IMPORTS = ("rejects", "unmatched", "matches")  # what an import writes beside the tables of an estate


def load_catalogue(
    codes: Iterable[str],
    folder: Path | None = None,
    *,
    overlay: Path | None = None,
    estates: Iterable[Path] = (),
    method: str = "",
) -> dict[str, Catalogue]:
    """The catalogue under several factor sets, with an authority's own tables over it; see `loading.load_sets`.

    `folder` replaces the figures: a folder of such tables, or a NumEcoEval or G4IT referential. `overlay` holds tables
    of the same names whose rows win. `estates` may bring their own models and factors, under the overlay.
    Errors: CannotUse (unknown set, missing or misnamed table), with every fault of every table.
    """
    replacing = _replacing_tables(folder) if folder is not None else None
    of_estates = [_Folder(estate, OF_AN_ESTATE) for estate in estates]
    over = [_Folder(overlay, OF_AN_OVERLAY)] if overlay is not None else []
    tables = [folder.tables for folder in (*of_estates, *over)]
    known = known_names([*tables, replacing.tables] if replacing else tables)
    problems = [one for folder in over for one in folder.faults_of_an_overlay(known, own_zones=replacing is not None)]
    problems += [one for folder in of_estates for one in folder.faults(known)]
    if problems:
        raise CannotUse(*problems)
    # The tables of an estate are no catalogue: they do not count in its fingerprint.
    own = [OwnTables(estate.folder.name, estate.figures()) for estate in of_estates]
    own += [OwnTables(folder.folder.name, folder.figures(), folder.files) for folder in over]
    return loading.load_sets(codes, replacing, over=own, method=method)


def faults_of_overlay(folder: Path) -> list[Problem]:
    """What is wrong with an overlay: a table that nothing reads, an unknown name, a value out of its bounds."""
    overlay = _Folder(folder, OF_AN_OVERLAY)
    return list(overlay.faults_of_an_overlay(known_names([overlay.tables])))


def unreached_by_types(folder: Path) -> list[Problem]:
    """The factors of an overlay that only the column `reference` of an inventory can take."""
    overlay = _Folder(folder, OF_AN_OVERLAY)
    return list(unreached_factors(overlay.tables, overlay.places.get("factors", "")))


def _replacing_tables(folder: Path) -> OwnTables:
    """The figures of a folder that replaces those of the catalogue. Errors: CannotUse (absent, missing, faulty)."""
    if not folder.is_dir():
        what = _("Le dossier de catalogue « {name} » n’existe pas.").format(name=folder.name)
        remedy = _("Donner un dossier avec factors.csv, defaults.csv et electricity.csv, ou un référentiel NumEcoEval.")
        raise CannotUse(Problem(what=what, remedy=remedy, file=str(folder)))
    name = folder.resolve().name
    files = tuple((path.relative_to(folder).as_posix(), path) for path in sorted(folder.rglob("*")) if path.is_file())
    if numecoeval.is_referential(folder):
        figures = numecoeval.read_referential(folder, read_table("zones"))
        general = [row for row in read_table("defaults") if row["item_type"] == "*"]
        return OwnTables(name, figures | {"defaults": laid_over("defaults", general, figures["defaults"])}, files)
    own = _Folder(folder, FIGURES)
    problems = [*own.faults_of_files(), *own.faults(known_names([own.tables]))]
    if missing := [table for table in ("factors", "defaults", "electricity") if table not in own.places]:
        what = _("Il manque dans le catalogue « {folder} » : {names}.")
        what = what.format(folder=folder.name, names=", ".join(missing))
        remedy = _("Ajouter ces tables (CSV, XLSX, ODS ou Parquet), même vides.")
        problems.append(Problem(what=what, remedy=remedy, file=str(folder)))
    if problems:
        raise CannotUse(*problems)
    return OwnTables(name, {"models": []} | own.figures(), files)


class _Folder:
    """The tables found in a folder, as people write them, each row with its line; and the faults met in reading."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self.tables: dict[str, list[Row]] = {}
        self.places: dict[str, str] = {}
        self.problems: list[Problem] = []
        for name in names:
            endings = ENDINGS if name in FIGURES else ("csv",)
            path = next((path for ending in endings if (path := folder / f"{name}.{ending}").exists()), None)
            if path is not None:
                self.places[name] = path.name
                self._read(path, name)

    def _read(self, path: Path, name: str) -> None:
        try:
            table, faults = canonical.read_small_table(path, name, lines=True)
        except CannotUse as error:
            self.problems += error.problems
            return
        self.problems += faults
        whole = {name for name in INTEGERS if name in table.column_names}
        self.tables[name] = [
            row | {name: int(row[name]) for name in whole if row[name] is not None} for row in table.to_pylist()
        ]

    @property
    def files(self) -> tuple[tuple[str, Path], ...]:
        """The files of the tables of figures."""
        return tuple((place, self.folder / place) for name, place in self.places.items() if name in FIGURES)

    def figures(self) -> dict[str, list[Row]]:
        """The rows of the tables of figures, without their lines."""
        return {
            name: [{column: value for column, value in row.items() if column != "line"} for row in rows]
            for name, rows in self.tables.items()
            if name in FIGURES
        }

    def faults(self, known: KnownNames) -> Iterator[Problem]:
        """Cells that cannot be read, unknown names, values out of bounds."""
        yield from self.problems
        for name, rows in self.tables.items():
            yield from faults_of_own_rows(name, rows, self.places[name], known)
        if corrections := self.tables.get(row_corrections.TABLE):
            yield from row_corrections.faults_of_corrections(corrections, self.places[row_corrections.TABLE])

    def faults_of_an_overlay(self, known: KnownNames, *, own_zones: bool = False) -> Iterator[Problem]:
        """Those of its files and rows, and zones that are no code of the catalogue, unless it is replaced."""
        yield from self.faults_of_files(LEARNED)
        yield from self.faults(known)
        if not own_zones:
            yield from faults_of_zones(self.tables.get("electricity", []), self.places.get("electricity", ""), known)

    def faults_of_files(self, beside: Iterable[str] = ()) -> Iterator[Problem]:
        """A folder that does not exist; a table that nothing reads, with the nearest name that would be."""
        read = [*beside, *(f"{name}.{ending}" for name in FIGURES for ending in ENDINGS)]
        try:
            column_maps.read_maps(self.folder)
        except CannotUse as error:
            yield from error.problems
        if not self.folder.is_dir():
            what = _("Le dossier de surcharge « {name} » n’existe pas.").format(name=self.folder.name)
            remedy = _("Vérifier ce nom, ou créer le dossier et y mettre vos tables : {names}.")
            names = ", ".join([*(f"{name}.csv" for name in FIGURES), *beside])
            yield Problem(what, remedy.format(names=names), file=str(self.folder), value=self.folder.name)
            return
        elsewhere = {*table_schema.table_names(), *OF_IMPORTS} - {*OF_AN_OVERLAY}
        for path in sorted(self.folder.iterdir()):
            is_table = path.suffix.lower().lstrip(".") in OF_TABLES and not path.name.startswith((".", "~"))
            is_table |= bool(path.suffix == ".toml" and get_close_matches(path.name, LEARNED, 1, 0.7))
            known = {*beside, *self.places.values()}
            if not path.is_file() or not is_table or path.name in known or path.stem in elsewhere:
                continue
            what = _("Rien ne lit ce fichier de la surcharge.")
            if path.name in read:
                remedy = _("N’en garder qu’un : « {name} » est lu à sa place.").format(name=self.places[path.stem])
            elif near := get_close_matches(path.name, read, 1, 0.7):
                remedy = _("Le nommer « {name} », ou l’ôter de ce dossier.").format(name=near[0])
            else:
                names = ", ".join([*(f"{name}.csv" for name in FIGURES), *beside])
                remedy = _("L’ôter de ce dossier, où l’on lit : {names}.").format(names=names)
            yield Problem(what, remedy, file=path.name, value=path.name)
