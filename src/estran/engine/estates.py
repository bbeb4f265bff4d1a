"""The estates of a run: folders or files, put together into one typed inventory with its rooms and machines."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common import table_schema
from estran.common.files import read_csv, sha256
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.importing import canonical, row_corrections

if TYPE_CHECKING:
    import pyarrow as pa

    from estran.importing.estate_import import ImportReport

ENDINGS = ("parquet", "csv", "xlsx", "ods", "xls")
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Estate:
    """What a run reads: the typed inventory (Parquet, named by its hash) and the small tables.

    `layers` are the folders that may hold models and factors of their own. `problems` are the first faults met in this
    reading, `faults` counts all of them; `rejected` and `unmatched` count rows, those of earlier imports included.
    `to_settle` are the euros of extracts of accounts that nobody has settled yet, by supplier or account; `corrections`
    those of the overlay, each with the `rows` it changed."""

    inventory: Path
    row_id: str
    columns: list[str]
    rows: int
    sha256: str
    files: list[dict[str, Any]]
    rooms: pa.Table
    vms: pa.Table
    applications: pa.Table
    layers: list[Path]
    rejected: int
    unmatched: int
    problems: list[Problem]
    faults: int
    to_settle: list[dict[str, Any]] = field(default_factory=list)
    corrections: list[dict[str, Any]] = field(default_factory=list)


def load_estate(
    sources: list[Path], inputs: Path, *, year: int = 0, overlay: Path | None = None, progress: Progress | None = None
) -> Estate:
    """Read estates (folders, or single inventory files) into `inputs`; rows keep their order, estate after estate.

    The corrections of the overlay for a year go over the rows.

    A folder without a canonical inventory, or a file of another tool, is imported first with the format it looks like.
    Errors: CannotUse (no such estate, unreadable file, a room described twice).
    """
    problems: list[Problem] = []
    reads, smalls, count = [], [], 0
    for number, source in enumerate(map(Path, sources)):
        place = _canonical(source)
        if place is None:
            from estran.importing import estate_import

            report = estate_import.import_files(_files(source), estate=inputs / f"imported-{number}", overlay=overlay)
            problems, count = [*problems, *report.problems], count + report.faults
            place = _canonical(report.estate)
            if place is None:
                raise _without_inventory(source, report)
        read = canonical.read_inventory(place[1], inputs / f"inventory-{number}.parquet", progress)
        problems, count = [*problems, *read.problems], count + read.faults
        reads.append(read)
        smalls.append(place[0])
    rooms, room_faults = _small_tables(smalls, "rooms")
    vms, vm_faults = _small_tables(smalls, "vms")
    applications, application_faults = _small_tables(smalls, "applications")
    small_faults = [*room_faults, *vm_faults, *application_faults]
    _refuse_repeated_rooms(rooms)
    columns = [
        column.column
        for column in table_schema.columns("inventory")
        if any(column.column in read.columns for read in reads)
    ]
    inventory, row_id = _one_inventory(reads, columns, inputs)
    reports = [_import_report(folder) for folder in smalls]
    estate = Estate(
        inventory=inventory,
        row_id=row_id,
        columns=columns,
        rows=sum(read.rows for read in reads),
        sha256=inventory.stem.split("-")[1],
        files=[
            {"name": Path(source).name, "sha256": read.sha256, "rows": read.rows, "imported": report.get("files", [])}
            for source, read, report in zip(sources, reads, reports, strict=True)
        ],
        rooms=rooms,
        vms=vms,
        applications=applications,
        layers=[folder for folder in smalls if folder],
        rejected=sum(read.rejected for read in reads)
        + len({(fault.file, fault.line) for fault in small_faults})
        + sum(int(report.get("rejected", 0)) for report in reports),
        unmatched=sum(int(report.get("unmatched", 0)) for report in reports),
        problems=[*problems, *small_faults],
        faults=count + len(small_faults),
        to_settle=_to_settle(smalls),
    )
    estate = replace(estate, layers=_keep_layers(estate.layers, inputs))
    if corrections := row_corrections.read_corrections(overlay, year):
        estate = _correct(estate, corrections, inputs)
    for folder in inputs.glob("imported-*"):
        shutil.rmtree(folder)
    return estate


def _correct(estate: Estate, corrections: list[dict[str, Any]], inputs: Path) -> Estate:
    """The estate under corrections, which are kept beside it with the cells that changed."""
    target = inputs / "inventory.parquet"
    with canonical.connect() as con:
        con.execute(f"SET temp_directory = {quoted(str(inputs / 'tmp'))}")
        scan = quoted_scan(estate.inventory, estate.row_id)
        rows = row_corrections.CorrectedRows(con, scan, estate.row_id, estate.columns, corrections)
        rows.write(target, inputs / row_corrections.ROWS)
        columns, counts, typed = rows.columns, rows.counts, rows.typed
    shutil.rmtree(inputs / "tmp", ignore_errors=True)
    estate.inventory.unlink()
    row_corrections.write_corrections(inputs / row_corrections.FILE, corrections)
    digest = sha256(target)
    named = target.rename(inputs / f"inventory-{digest}.parquet")
    kept = [
        {name: str(value) for name, value in row.items() if value is not None and name != "line"}
        | {"number": row["number"], "matched": counts[row["number"]][0], "rows": counts[row["number"]][1]}
        for row in corrections
    ]
    lost = [row_corrections.problem_of_lost(row) for row in kept if not row["matched"]]
    given: dict[str, Any] = {
        "inventory": named,
        "row_id": "row_id",
        "columns": columns,
        "sha256": digest,
        "corrections": kept,
    }
    given |= {"problems": [*estate.problems, *lost], "faults": estate.faults + len(lost)}
    return replace(estate, **given, unmatched=max(0, estate.unmatched - typed))


def frozen(run: Path, described: dict[str, Any], inputs: Path) -> Estate:
    """The estate of a run as it froze it (`described` is its run.json), copied into the `inputs` of another run."""
    import pyarrow.parquet as pq

    old = run / "inputs"
    settings = json.loads((old / "settings.json").read_text(encoding="utf-8"))
    source = old / settings["inventory"]
    (shutil.copytree if source.is_dir() else shutil.copyfile)(source, inputs / settings["inventory"])
    for name in (row_corrections.FILE, row_corrections.ROWS):
        if (old / name).exists():
            shutil.copyfile(old / name, inputs / name)
    counts = described["counts"]
    return Estate(
        inventory=inputs / settings["inventory"],
        row_id=settings["row_id"],
        columns=settings["columns"],
        rows=described["inventory"]["rows"],
        sha256=described["inventory"]["sha256"],
        files=described["inventory"]["files"],
        rooms=pq.read_table(old / "tables" / "declared_rooms.parquet"),
        vms=pq.read_table(old / "tables" / "vms.parquet"),
        applications=pq.read_table(old / "tables" / "applications.parquet"),
        layers=_keep_layers(sorted((old / "estates").glob("*")), inputs),
        rejected=counts["rejected"],
        unmatched=counts["unmatched"],
        problems=[],
        faults=0,
        to_settle=described.get("to_settle", []),
        corrections=described.get("corrections", []),
    )


def _keep_layers(layers: list[Path], inputs: Path) -> list[Path]:
    """The models and factors that estates bring, kept with the run: a later catalogue goes under them."""
    kept = []
    for number, layer in enumerate(layers):
        own = [path for name in ("models", "factors") for path in sorted(layer.glob(f"{name}.*"))]
        if own:
            folder = inputs / "estates" / f"{number:03}"
            folder.mkdir(parents=True)
            for path in own:
                shutil.copyfile(path, folder / path.name)
            kept.append(folder)
    return kept


def inventory_types() -> dict[str, str]:
    """SQL type of each column of the inventory."""
    return {column.column: table_schema.SQL_TYPES[column.type] for column in table_schema.columns("inventory")}


def quoted_scan(path: Path, row_id: str) -> str:
    """SQL scan of an inventory in Parquet, a file or a folder of them, with the order of its rows."""
    option = ", file_row_number = true" if row_id == "file_row_number" else ""
    # DuckDB takes the first file for the size of each: a small one would make it join the wrong way round.
    files = sorted(_parquets(path), key=lambda file: (-file.stat().st_size, file))
    return f"read_parquet([{', '.join(quoted(str(file)) for file in files)}]{option})"


def rows_of(path: Path) -> int:
    """The number of rows of an inventory in Parquet, a file or a folder of them."""
    import pyarrow.parquet as pq

    return sum(int(pq.read_metadata(file).num_rows) for file in _parquets(path))


def _parquets(path: Path) -> list[Path]:
    return list(path.rglob("*.parquet")) if path.is_dir() else [path]


def distinct_values(estate: Estate, columns: Sequence[str]) -> dict[str, list[str]]:
    """Column → distinct values of this text column of the inventory and of the rooms; an empty one is an empty text."""
    values: dict[str, set[str]] = {}
    scan = quoted_scan(estate.inventory, estate.row_id)
    with canonical.connect() as con:
        for column in columns:
            rooms = estate.rooms[column].to_pylist() if column in estate.rooms.column_names else []
            values[column] = {value or "" for value in rooms}
            if column in estate.columns:
                rows = con.execute(f"SELECT DISTINCT {column} FROM {scan}").fetchall()
                values[column] |= {value or "" for (value,) in rows}
            elif estate.rows:
                values[column].add("")
    return {column: sorted(texts) for column, texts in values.items()}


def with_zones(rooms: pa.Table, zones: Mapping[str, str]) -> pa.Table:
    """The rooms with their zones named as the electricity table names them."""
    import pyarrow as pa

    named = [zones.get(zone, zone) for zone in rooms["zone"].to_pylist()]
    return rooms.set_column(rooms.schema.get_field_index("zone"), "zone", pa.array(named, pa.string()))


def _canonical(source: Path) -> tuple[Path | None, Path] | None:
    """The folder of the small tables, if any, and the inventory of an estate; None if it must be imported first."""
    if not source.exists():
        what = _("« {name} » n’existe pas.").format(name=source)
        raise CannotUse(Problem(what, _("Vérifier le chemin."), file=str(source)))
    if source.is_dir():
        names = [source / f"inventory.{ending}" for ending in ENDINGS]
        return next(((source, path) for path in names if path.exists()), None)
    return (None, source) if source.stem == "inventory" or source.suffix.lower() == ".parquet" else None


def _files(source: Path) -> list[Path]:
    """The files of an estate that must be imported first."""
    if source.is_file():
        return [source]
    endings = {f".{ending}" for ending in (*ENDINGS, "txt", "tsv")}
    files = sorted(path for path in source.iterdir() if path.is_file() and path.suffix.lower() in endings)
    if not files:
        what = _("Le dossier « {name} » ne contient pas d’inventaire.").format(name=source.name)
        remedy = _("Y mettre inventory.csv, ou passer d’abord par « estran import ».")
        raise CannotUse(Problem(what, remedy, file=str(source)))
    return files


def _without_inventory(source: Path, report: ImportReport) -> CannotUse:
    """An estate whose files are all of other tables: rooms, machines, applications, factors, labels."""
    tables = ", ".join(sorted({file.table for file in report.files}) or ["labels"])
    what = _("« {name} » ne contient pas d’inventaire, seulement : {tables}.")
    remedy = _("Le mettre avec l’inventaire : « estran import » de tous les fichiers ensemble, puis ce dossier.")
    return CannotUse(Problem(what.format(name=source.name, tables=tables), remedy, file=str(source)))


def _small_tables(folders: list[Path | None], name: str) -> tuple[pa.Table, list[Problem]]:
    """The small tables of the estates, one after the other; an empty one when no estate has it."""
    import pyarrow as pa

    tables, problems = [], []
    for folder in folders:
        for path in (folder / f"{name}.{ending}" for ending in ENDINGS) if folder else ():
            if path.exists():
                table, faults = canonical.read_small_table(path, name)
                tables.append(table)
                problems += faults
                break
    if not tables:
        tables.append(_empty(name))
    return pa.concat_tables(tables), problems


def _empty(name: str) -> pa.Table:
    import pyarrow as pa

    kinds = {"number": pa.float64(), "integer": pa.int64(), "date": pa.date32(), "boolean": pa.bool_()}
    return pa.table(
        {column.column: pa.array([], kinds.get(column.type, pa.string())) for column in table_schema.columns(name)}
    )


def _refuse_repeated_rooms(rooms: pa.Table) -> None:
    names = rooms["room"].to_pylist()
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        what = _("Salle décrite plusieurs fois : {names}.").format(names=", ".join(repeated))
        raise CannotUse(Problem(what, _("Garder une seule ligne par salle."), file="rooms"))


def _one_inventory(reads: list[canonical.InventoryRead], columns: list[str], inputs: Path) -> tuple[Path, str]:
    """One Parquet file named by its hash; a single file already typed is copied as it is."""
    target = inputs / "inventory.parquet"
    row_id, digest = reads[0].row_id, ""
    if len(reads) == 1 and reads[0].path.parent == inputs:
        reads[0].path.rename(target)
    elif len(reads) == 1:
        shutil.copyfile(reads[0].path, target)
        digest = reads[0].sha256
    else:
        row_id, start, parts = "row_id", 0, []
        for read in reads:
            chosen = ", ".join(name if name in read.columns else f"NULL AS {name}" for name in columns)
            parts.append(
                f"SELECT {start} + {read.row_id} AS row_id, {chosen} FROM {quoted_scan(read.path, read.row_id)}"
            )
            start += read.rows + read.rejected
        with canonical.connect() as con:
            canonical.write_parquet(con, " UNION ALL ".join(parts), target)
        for read in reads:
            if read.path.parent == inputs:
                read.path.unlink()
    named = inputs / f"inventory-{digest or sha256(target)}.parquet"
    target.rename(named)
    return named, row_id


def _to_settle(folders: Sequence[Path | None]) -> list[dict[str, Any]]:
    """Euros of spending.csv that are still to settle: no row of an inventory has them; the largest first."""
    euros: dict[str, float] = {}
    for folder in folders:
        path = folder / canonical.SPENDING if folder else None
        for row in read_csv(path) if path and path.exists() else ():
            if row["state"] == "to_settle":
                name = row["supplier"] or row["label"] or row["account"]
                euros[name] = euros.get(name, 0.0) + float(row["amount_eur"])
    return [{"name": name, "amount_eur": euros[name]} for name in sorted(euros, key=lambda name: (-euros[name], name))]


def _import_report(folder: Path | None) -> dict[str, Any]:
    path = folder / "import.json" if folder else None
    return json.loads(path.read_text(encoding="utf-8")) if path and path.exists() else {}
