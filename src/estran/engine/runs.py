"""The run folder: what a run freezes, what it writes, how it is computed again to the last byte.

A run is a function of its `inputs` folder alone: the inventory, every table of the catalogue that it read and the very
text of the steps. `compute` prepares that folder and carries it out; `rerun` carries it out again and compares.
"""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran import __version__
from estran.common import files
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.engine import estates, perimeter
from estran.engine.session import METHODS, TABLES, Session, Settings, Step, steps

if TYPE_CHECKING:
    import pyarrow as pa

    from estran.catalogue.loading import Catalogue

METHOD_VERSION = "1"
OUTPUTS = METHODS / "outputs"
DETAIL = "origins"
ENGINES = ("duckdb", "spark")
ALLOCATION = {"allocation", "allocation_findings"}
AMOUNTS = "amounts.parquet"


@dataclass(frozen=True)
class Choices:
    """What the user chose for a run; the rest comes from the estates and the catalogue."""

    year: int
    factor_set: str = "ademe"
    catalogue: Path | None = None
    overlay: Path | None = None
    method: str = "rcp_si"
    view: str = "stock"
    perimeter: Path | None = None
    criteria: tuple[str, ...] = ()
    outlived: str = "floor"
    calculation_day: str | None = None
    detail: bool = False
    engine: str = "duckdb"
    master: str = "local[*]"


@dataclass(frozen=True)
class Summary:
    """What a run did: its folder, its counts and the faults met while reading (the first ones, and their count)."""

    run: Path
    counts: dict[str, Any]
    problems: list[Problem]
    faults: int


def compute(
    sources: list[Path], choices: Choices, output: Path, progress: Callable[[float], None] | None = None
) -> Summary:
    """Compute the footprint of estates in a year and write the run folder, whole or not at all.

    `output` is replaced if it is a run. Errors: CannotUse, nothing written (unreadable estate, unknown choice).
    """

    def read(inputs: Path) -> estates.Estate:
        return estates.load_estate(sources, inputs, overlay=choices.overlay, progress=progress)

    return carry_out(read, perimeter.read_perimeter(choices.perimeter), choices, output)


def restate(run: Path, choices: Choices, output: Path) -> Summary:
    """Compute an old run again, its own inventory and perimeter under today's method and catalogue (D1).

    The old run is only read. Errors: CannotUse (not a run, inputs touched since).
    """
    old = read_json(run)
    if touched := [name for name in old["inputs"] if _digest(run / "inputs" / name) != old["inputs"][name]]:
        what = _("Des entrées du calcul « {run} » ont changé : {names}.").format(run=run, names=", ".join(touched))
        raise CannotUse(Problem(what, _("Reprendre le dossier tel que publié."), file=str(run)))
    scope = perimeter.Perimeter(**old["perimeter"])
    return carry_out(lambda inputs: estates.frozen(run, old, inputs), scope, choices, output)


def carry_out(
    read: Callable[[Path], estates.Estate],
    scope: perimeter.Perimeter,
    choices: Choices,
    output: Path,
    finish: Callable[[Path], None] | None = None,
) -> Summary:
    """Read an estate into the inputs of a run, compute it, write more files by `finish`: whole or not at all."""
    _check(choices, output)
    with whole_or_nothing(output) as folder:
        inputs = folder / "inputs"
        inputs.mkdir()
        estate = read(inputs)
        frozen = _freeze(estate, scope, choices, inputs)
        counts = execute(inputs, folder, detail=choices.detail, master=choices.master)
        counts |= {"rejected": estate.rejected, "unmatched": estate.unmatched}
        _write_json(folder / "run.json", {**frozen, "counts": counts})
        if finish:
            finish(folder)
    return Summary(output, counts, estate.problems, estate.faults)


def rerun(run: Path, master: str = "local[*]") -> list[str]:
    """Compute a run again from its own inputs: the names of the files whose bytes differ (none, if all is well).

    The engine is the one that made the run; `master` says where Spark runs this time.

    Inputs that are no longer those that the run froze are named alone: nothing can be said of what they would give.
    """
    frozen = read_json(run)["inputs"]
    touched = [f"inputs/{name}" for name, digest in frozen.items() if _digest(run / "inputs" / name) != digest]
    if touched:
        return touched
    with tempfile.TemporaryDirectory() as work:
        execute(run / "inputs", Path(work), detail=(run / f"{DETAIL}.csv").exists(), master=master)
        return [path.name for path in sorted(Path(work).iterdir()) if _digest(path) != _digest(run / path.name)]


def read_json(run: Path) -> dict[str, Any]:
    """The run.json of a run. Errors: CannotUse when the folder is not a run."""
    if described := _described(run):
        return described
    what = _("« {run} » n’est pas un dossier de calcul.").format(run=run)
    raise CannotUse(Problem(what=what, remedy=_("Donner un dossier fait par « estran compute »."), file=str(run)))


def scan_gaps(run: Path) -> str:
    """SQL scan of the gaps of a run, row by row; runs of before 2026-12 have them in gaps.csv."""
    if (run / "gaps.parquet").exists():
        return f"read_parquet({quoted(str(run / 'gaps.parquet'))})"
    return f"read_csv({quoted(str(run / 'gaps.csv'))}, header = true, quote = '\"', escape = '\"', all_varchar = true)"


def open_session(inputs: Path) -> tuple[Session, list[Step]]:
    """A DuckDB session with the inputs of a run registered, and its frozen steps, not yet carried out."""
    settings = _settings(inputs)
    session = Session()
    source = estates.quoted_scan(inputs / settings["inventory"], settings["row_id"])
    return session, _fill(session, inputs, source, settings["row_id"])


@contextlib.contextmanager
def _engine(inputs: Path, master: str) -> Iterator[tuple[Session, list[Step]]]:
    """The session of the engine that the run names; what Spark keeps for itself lies beside the inputs meanwhile."""
    settings = _settings(inputs)
    if settings.get("engine", "duckdb") == "duckdb":
        yield open_session(inputs)
        return
    from estran.engine.spark import Spark

    inventory = inputs / settings["inventory"]
    with tempfile.TemporaryDirectory(prefix=".spark-", dir=inputs.parent) as work:
        session = Spark(master, Path(work), rows=estates.rows_of(inventory))
        yield session, _fill(session, inputs, *session.scan(inventory, settings["row_id"]))


def _settings(inputs: Path) -> dict[str, Any]:
    return json.loads((inputs / "settings.json").read_text(encoding="utf-8"))


def _fill(session: Session, inputs: Path, source: str, row_id: str) -> list[Step]:
    """Register the inputs of a run in a session; its frozen steps."""
    settings = _settings(inputs)
    written = settings["zones"], settings.get("labels", {})  # runs of before 2026-11-24 have no labels
    session.inventory(source, settings["columns"], row_id, estates.inventory_types(), *written)
    for path in sorted((inputs / "tables").glob("*.parquet")):
        session.register(path.stem, read_parquet(path))
    return list(_frozen_steps(inputs / "method"))


def execute(inputs: Path, output: Path, *, detail: bool, master: str = "local[*]") -> dict[str, Any]:
    """Carry out the frozen steps on the frozen inputs and write every file of the run; the counts of the run."""
    with _engine(inputs, master) as (session, frozen):
        session.run(frozen)
        machines = session.table("SELECT COUNT(*) AS rows FROM vms").to_pylist()[0]["rows"]
        left_out = {"counts", "factor_sets"} | (set() if detail else {DETAIL}) | (set() if machines else ALLOCATION)
        for path in sorted((inputs / "outputs").glob("*.sql")):
            if path.stem.endswith(".parquet"):
                session.write_parquet(path.read_text(encoding="utf-8"), output / path.stem)
            elif path.stem not in left_out:
                session.write_csv(path.read_text(encoding="utf-8"), output / f"{path.stem}.csv")
        if not (inputs / "outputs" / f"{AMOUNTS}.sql").exists():  # runs of before 2026-12
            session.write_parquet("SELECT * FROM amounts ORDER BY ALL NULLS LAST", output / AMOUNTS)
        counts = session.table((inputs / "outputs" / "counts.sql").read_text(encoding="utf-8")).to_pylist()[0]
        _other_factor_sets(session, frozen, inputs, output)
    return counts


def _other_factor_sets(session: Session, frozen: list[Step], inputs: Path, output: Path) -> None:
    """factor_sets.csv: the same amounts under every factor set of the catalogue, side by side."""
    again = [step for step in frozen if step.needs_factors]
    query = (inputs / "outputs" / "factor_sets.sql").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = []
    sets = json.loads((inputs / "settings.json").read_text(encoding="utf-8"))["factor_sets"]
    for code, own in sets.items():
        if code != next(iter(sets)):
            session.fill("cells", "entity", "")  # only the whole is shown: one entity is enough
            session.register("factors", read_parquet(inputs / "factor_sets" / f"{code}-factors.parquet"))
            session.register("electricity", read_parquet(inputs / "factor_sets" / f"{code}-electricity.parquet"))
            session.run(again)
        names = ", ".join(f"'{source}'" for source in own) or "NULL"
        rows += [{"factor_set": code, **row} for row in session.table(query.replace("{own}", names)).to_pylist()]
    with (output / "factor_sets.csv").open("w", encoding="utf-8", newline="") as file:
        header = ["factor_set", "criterion", "mean", "sd", "low95", "high95", "gap_rows", "own_share"]
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# --------------------------------------------------------------------------------------------------- what is frozen


def _freeze(estate: estates.Estate, scope: perimeter.Perimeter, choices: Choices, inputs: Path) -> dict[str, Any]:
    """Write everything the run depends on under `inputs`; what run.json says of it."""
    from estran.catalogue.loading import DEFAULT_SET, factor_sets
    from estran.importing.own_tables import load_catalogue

    as_folder = Path(choices.factor_set) if Path(choices.factor_set).is_dir() else None
    folder = choices.catalogue or as_folder
    code = choices.factor_set if as_folder is None else DEFAULT_SET
    sets = [code] if folder else [code, *(name for name in factor_sets() if name != code)]
    by_set = load_catalogue(sets, folder, overlay=choices.overlay, estates=estate.layers, method=choices.method)
    known = by_set[code]
    entities = estates.distinct(estate, "entity")
    criteria = _criteria(known, choices, shipped=folder is None)
    zones = _zones(known, estates.distinct(estate, "zone"))
    settings = Settings(
        choices.year, choices.view, choices.method, choices.outlived, choices.calculation_day, {**scope.include}
    )
    (inputs / "factor_sets").mkdir()
    for name, other in list(by_set.items())[1:]:
        _write(_only(other.factors, criteria), inputs / "factor_sets" / f"{name}-factors.parquet")
        _write(_only(other.electricity, criteria), inputs / "factor_sets" / f"{name}-electricity.parquet")
    tables = {
        "declared_rooms": estates.with_zones(estate.rooms, zones),
        "vms": estate.vms,
        "applications": estate.applications,
        "models": known.models,
        "entities": _entities(entities, scope),
        "run_criteria": _numbered(criteria),
        "factors": _only(known.factors, criteria),
        "defaults": known.defaults,
        "electricity": _only(known.electricity, criteria),
        "method_parameters": known.method_parameters,
        "ecodiag_rules": known.ecodiag_rules if folder is None else known.ecodiag_rules.slice(0, 0),
        "uncertainty_classes": known.uncertainty,
        "allocation_weights": known.allocation_weights,
        "criteria": known.criteria,
        "item_types": known.item_types,
        "flows": known.flows,
        "guard_patterns": known.guard_patterns,
        "serial_placeholders": known.serial_placeholders,
        "ghg_categories": known.ghg_categories,
        "gap_labels": known.gaps,
        "guard_labels": known.guards,
        "sources": known.sources,
    }
    assert set(TABLES) <= set(tables)
    (inputs / "tables").mkdir()
    for name, table in tables.items():
        _write(table, inputs / "tables" / f"{name}.parquet")
    _write_steps([settings.step(), *steps(choices.method, choices.view)], inputs / "method")
    shutil.copytree(OUTPUTS, inputs / "outputs")
    frozen = {"inventory": estate.inventory.name, "row_id": estate.row_id, "columns": estate.columns}
    labels = {} if folder is None else _labels(known, estates.distinct(estate, "label"))
    sources = {name: list(other.own_sources) for name, other in by_set.items()}
    written = {"zones": zones, "labels": labels}
    _write_json(
        inputs / "settings.json",
        {**frozen, **written, "factor_sets": sources, "engine": choices.engine},
    )
    return {
        "estran": __version__,
        "method": choices.method,
        "method_version": METHOD_VERSION,
        "view": choices.view,
        "year": choices.year,
        "factor_set": code if folder is None else folder.name,
        "catalogue": {"edition": known.edition, "sha256": known.sha256},
        "perimeter": asdict(scope),
        "inventory": {"sha256": estate.sha256, "rows": estate.rows, "files": estate.files},
        "inputs": {
            path.relative_to(inputs).as_posix(): files.sha256(path)
            for path in sorted(inputs.rglob("*"))
            if path.is_file()
        },
        "criteria": criteria,
        "options": {"outlived": choices.outlived, "calculation_day": choices.calculation_day},
        "engine": choices.engine,
    }


def _criteria(known: Catalogue, choices: Choices, *, shipped: bool) -> list[str]:
    """Those asked for, else the mandatory ones of the shipped catalogue, else all that have a factor."""
    ranks = {row["code"]: (row["rank"], row["mandatory"]) for row in known.criteria.to_pylist()}
    found = {*known.factors["criterion"].to_pylist(), *known.electricity["criterion"].to_pylist()}
    in_order = sorted(found, key=lambda code: (ranks.get(code, (1000, False))[0], code))
    if choices.criteria and choices.criteria != ("all",):
        unknown = [code for code in choices.criteria if code not in found]
        if unknown:
            what = _("Critère inconnu : {names}.").format(names=", ".join(unknown))
            raise CannotUse(Problem(what=what, remedy=_("Choisir parmi : {names}.").format(names=", ".join(in_order))))
        return [code for code in in_order if code in choices.criteria]
    if shipped and choices.criteria != ("all",):
        return [code for code in in_order if ranks.get(code, (0, False))[1]]
    return in_order


def _zones(known: Catalogue, written: list[str]) -> dict[str, str]:
    """Zones as the estate writes them → codes of the electricity table, through the names and aliases of zones."""
    codes = set(known.electricity["zone"].to_pylist())
    aliases = {
        alias.strip().casefold(): row["zone"]
        for row in known.zones.to_pylist()
        for alias in (row["aliases"] or "").split("|")
    }
    return {
        zone: aliases[zone.strip().casefold()]
        for zone in written
        if zone not in codes and aliases.get(zone.strip().casefold()) in codes
    }


def _labels(known: Catalogue, written: list[str]) -> dict[str, str]:
    """Labels as the estate writes them → the type of that name, where a referential has types of its own."""
    shipped = set(known.item_types["code"].to_pylist())
    own = {name.strip().casefold(): name for name in known.defaults["item_type"].to_pylist() if name not in shipped}
    return {label: own[label.strip().casefold()] for label in written if label.strip().casefold() in own}


def _check(choices: Choices, output: Path) -> None:
    problems = []
    if not 1990 <= choices.year <= 2100:
        problems.append(
            Problem(
                _("L’année {year} n’est pas possible.").format(year=choices.year),
                _("Donner une année entre 1990 et 2100."),
            )
        )
    known = sorted(path.name for path in METHODS.iterdir() if (path / "lifetimes.stock.sql").exists())
    if choices.method not in known:
        what = _("La méthode « {name} » n’existe pas.").format(name=choices.method)
        problems.append(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(known))))
    if choices.view not in ("stock", "flow"):
        what = _("La vue « {name} » n’existe pas.").format(name=choices.view)
        problems.append(Problem(what, _("Choisir « stock » (parc) ou « flow » (achats de l’année).")))
    if choices.engine not in ENGINES:
        what = _("Le moteur « {name} » n’existe pas.").format(name=choices.engine)
        problems.append(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(ENGINES))))
    if output.exists() and not _described(output) and (output.is_file() or any(output.iterdir())):
        what = _("« {name} » existe déjà et n’est pas un calcul : il n’est pas remplacé.").format(name=output.name)
        problems.append(Problem(what, _("Donner un autre dossier avec -o."), file=str(output)))
    if problems:
        raise CannotUse(*problems)


# ------------------------------------------------------------------------------------------------------ small files


@contextlib.contextmanager
def whole_or_nothing(output: Path) -> Iterator[Path]:
    """A hidden folder beside the output, which takes its name only when everything is written."""
    output.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        yield folder
        folder.chmod(0o755)
        if output.exists():
            old = folder.with_name(folder.name + "-old")
            output.replace(old)
            folder.replace(output)
            shutil.rmtree(old)
        else:
            folder.replace(output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _described(folder: Path) -> dict[str, Any] | None:
    """The run.json of a folder if it is a run."""
    with contextlib.suppress(OSError, ValueError):
        described = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if isinstance(described, dict) and "inputs" in described:
            return described
    return None


def _digest(path: Path) -> str | None:
    return files.sha256(path) if path.is_file() else None


def _write_steps(walk: list[Step], folder: Path) -> None:
    folder.mkdir()
    with (folder / "steps.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["step", "made_as", "needs_factors"])
        writer.writerows([step.name, step.made_as, "yes" if step.needs_factors else "no"] for step in walk)
    for step in walk:
        (folder / f"{step.name}.sql").write_text(step.sql, encoding="utf-8")


def _frozen_steps(folder: Path) -> Iterator[Step]:
    with (folder / "steps.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            sql = (folder / f"{row['step']}.sql").read_text(encoding="utf-8")
            yield Step(row["step"], row["made_as"], row["needs_factors"] == "yes", sql)
            if row["step"] == "lines":  # the name of the amounts in runs of before 2026-12
                yield Step("amounts", "view", True, "SELECT * FROM lines")


def _entities(names: list[str], scope: perimeter.Perimeter) -> pa.Table:
    import pyarrow as pa

    inside, schools = [scope.holds(name) for name in names], [scope.is_school(name) for name in names]
    return pa.table(
        {
            "entity": pa.array(names, pa.string()),
            "inside": pa.array(inside, pa.bool_()),
            "school": pa.array(schools, pa.bool_()),
        }
    )


def _numbered(criteria: list[str]) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {"criterion": pa.array(criteria, pa.string()), "position": pa.array(range(len(criteria)), pa.int64())}
    )


def _only(table: pa.Table, criteria: list[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table["criterion"], value_set=pa.array(criteria, pa.string())))


def read_parquet(path: Path) -> pa.Table:
    """A Parquet file of a run as an Arrow table."""
    import pyarrow.parquet as pq

    return pq.read_table(path)


def _write(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path)


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
