"""The tables that an authority brings: its own figures over the catalogue, or a folder that replaces its figures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from estran.catalogue import loading, numecoeval
from estran.catalogue.loading import FIGURES, INTEGERS, Catalogue, OwnTables, Row, laid_over, read_table
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.importing import canonical

ENDINGS = ("csv", "xlsx", "ods", "parquet")
OF_AN_ESTATE = ("models", "factors")


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
    Errors: CannotUse (unknown set, missing or faulty table).
    """
    over = [read_own_tables(estate, OF_AN_ESTATE) for estate in estates]
    over += [read_own_tables(overlay)] if overlay is not None else []
    replacing = read_replacing_tables(folder) if folder is not None else None
    return loading.load_sets(codes, replacing, over=over, method=method)


def read_replacing_tables(folder: Path) -> OwnTables:
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
    tables = read_own_tables(folder).tables
    missing = [name for name in ("factors", "defaults", "electricity") if name not in tables]
    if missing:
        what = _("Il manque dans le catalogue « {folder} » : {names}.")
        what = what.format(folder=folder.name, names=", ".join(missing))
        remedy = _("Ajouter ces tables (CSV, XLSX, ODS ou Parquet), même vides.")
        raise CannotUse(Problem(what=what, remedy=remedy, file=str(folder)))
    return OwnTables(name, {"models": []} | tables, files)


def read_own_tables(folder: Path, names: Iterable[str] = FIGURES) -> OwnTables:
    """The figure tables found in a folder, as people write them; every fault is told before anything is used."""
    tables, problems, files = {}, [], []
    for name in names:
        path = next((path for ending in ENDINGS if (path := folder / f"{name}.{ending}").exists()), None)
        if path is None:
            continue
        table, faults = canonical.read_small_table(path, name)
        problems += faults
        tables[name] = [_whole(row) for row in table.to_pylist()]
        files.append((path.name, path))
    if problems:
        raise CannotUse(*problems)
    return OwnTables(folder.name, tables, tuple(files))


def _whole(row: Row) -> Row:
    """Years and grades as whole numbers."""
    return {key: int(value) if key in INTEGERS and value is not None else value for key, value in row.items()}
