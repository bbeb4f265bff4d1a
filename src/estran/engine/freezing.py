"""What a run depends on, written once under its `inputs`: inventory, tables of the catalogue, text of the steps."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran import __version__
from estran.catalogue.codes import remedy_near
from estran.common import files
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.engine import estates
from estran.engine.choices import Choices
from estran.engine.estates import Estate
from estran.engine.perimeter import Perimeter
from estran.engine.session import TABLES
from estran.engine.steps import OUTPUTS, Settings, steps, write_steps

if TYPE_CHECKING:
    import pyarrow as pa

    from estran.catalogue.loading import Catalogue

OTHER_TABLES = ("gap_labels", "guard_labels", "sources")  # what the outputs read beside the tables of the steps


def freeze_inputs(estate: Estate, scope: Perimeter, choices: Choices, inputs: Path) -> dict[str, Any]:
    """Write everything the run depends on under `inputs`; what run.json says of it."""
    folder = _own_catalogue(choices)
    by_set = _catalogues(estate, choices, folder)
    own = estates.distinct_values(estate, ("entity", "zone", "label", "flow"))
    shipped = folder is None
    if shipped:
        by_set = _with_estimated_instances(by_set, own["flow"])
    code, known = next(iter(by_set.items()))
    criteria = _criteria(known, choices, shipped=shipped)
    zones = _zones(known, own["zone"])
    _write_tables(_factor_sets(by_set, criteria), inputs / "factor_sets")
    tables = _tables(known, estate, scope, criteria, zones, own["entity"], shipped=shipped)
    tables["known_factors"] = _known_factors(by_set, criteria)
    tables["method_parameters"] = _parameters_in_force(known.method_parameters, choices)
    _write_tables(tables, inputs / "tables")
    settings = Settings(
        choices.year, choices.view, choices.method, choices.outlived, choices.calculation_day, scope.include
    )
    write_steps([settings.step(), *steps(choices.method, choices.view)], inputs / "method")
    shutil.copytree(OUTPUTS, inputs / "outputs")
    written = {
        "inventory": estate.inventory.name,
        "row_id": estate.row_id,
        "columns": estate.columns,
        "zones": zones,
        "labels": {} if shipped else _labels(known, own["label"]),
        "unknown_labels_are_types": choices.method == "numecoeval" and not shipped,
        "factor_sets": {name: list(other.own_sources) for name, other in by_set.items()},
        "engine": choices.engine,
    }
    write_json(inputs / "settings.json", written)
    return {
        "estran": __version__,
        "method": choices.method,
        "method_version": choices.edition,
        "view": choices.view,
        "year": choices.year,
        "factor_set": folder.name if folder else code,
        "catalogue": {"edition": known.edition, "sha256": known.sha256},
        "perimeter": asdict(scope),
        "inventory": {"sha256": estate.sha256, "rows": estate.rows, "files": estate.files},
        "inputs": _digests(inputs, {estate.inventory: estate.sha256}),
        "criteria": criteria,
        "options": {"outlived": choices.outlived, "calculation_day": choices.calculation_day},
        "engine": choices.engine,
    }


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write a readable JSON file."""
    path.write_text(json.dumps(values, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


def _own_catalogue(choices: Choices) -> Path | None:
    """The folder of figures that replaces the shipped ones, if any."""
    return choices.catalogue or (Path(choices.factor_set) if Path(choices.factor_set).is_dir() else None)


def _catalogues(estate: Estate, choices: Choices, folder: Path | None) -> dict[str, Catalogue]:
    """The catalogue under the factor set of the run, then under the others that are shipped, by the name of the set."""
    from estran.catalogue.loading import DEFAULT_SET, factor_sets
    from estran.importing.own_tables import load_catalogue

    code = DEFAULT_SET if Path(choices.factor_set).is_dir() else choices.factor_set
    sets = [code] if folder else [code, *(name for name in factor_sets() if name != code)]
    return load_catalogue(sets, folder, overlay=choices.overlay, estates=estate.layers, method=choices.method)


def _with_estimated_instances(by_set: dict[str, Catalogue], flows: list[str]) -> dict[str, Catalogue]:
    """The catalogue with the instance types of a cloud that the estate names and no table lists (C7)."""
    if not any(flow.lower().startswith("cloud:") for flow in flows):
        return by_set
    import pyarrow as pa

    from estran.catalogue.cloud_types import estimated_types
    from estran.catalogue.loading import arrow_table

    def longer(table: pa.Table, rows: list[dict[str, Any]]) -> pa.Table:
        return pa.concat_tables([table, arrow_table(rows, tuple(table.column_names))])

    instances, factors = estimated_types(flows)
    given = {row["flow"] for known in by_set.values() for row in known.factors.select(["flow"]).to_pylist()}
    factors = [row for row in factors if row["flow"] not in given]  # an overlay knows better
    return {
        code: replace(
            known, factors=longer(known.factors, factors), cloud_instances=longer(known.cloud_instances, instances)
        )
        for code, known in by_set.items()
    }


def _tables(
    known: Catalogue,
    estate: Estate,
    scope: Perimeter,
    criteria: list[str],
    zones: Mapping[str, str],
    entities: list[str],
    *,
    shipped: bool,
) -> dict[str, pa.Table]:
    """The tables that the steps and the outputs read, by name."""
    tables = {
        "declared_rooms": estates.with_zones(estate.rooms, zones),
        "vms": estate.vms,
        "applications": estate.applications,
        "entities": _entities(entities, scope),
        "run_criteria": _numbered(criteria),
        "factors": _of_criteria(known.factors, criteria),
        "electricity": _of_criteria(known.electricity, criteria),
        "ecodiag_rules": known.ecodiag_rules if shipped else known.ecodiag_rules.slice(0, 0),
        "uncertainty_classes": known.uncertainty,
        "gap_labels": known.gaps,
        "guard_labels": known.guards,
    }
    return {name: tables[name] if name in tables else getattr(known, name) for name in (*TABLES, *OTHER_TABLES)}


def _known_factors(by_set: Mapping[str, Catalogue], criteria: list[str]) -> pa.Table:
    """The factors of every set, each with the code of its set: what bounds a gap may come from any of them (M6)."""
    import pyarrow as pa

    tables = []
    for code, known in by_set.items():
        table = _of_criteria(known.factors.select(["flow", "stage", "criterion", "value"]), criteria)
        tables.append(table.append_column("factor_set", pa.array([code] * table.num_rows, pa.string())))
    return pa.concat_tables(tables)


def _parameters_in_force(table: pa.Table, choices: Choices) -> pa.Table:
    """What the method of a run fixes, in its edition: the rows of all methods and of its own."""
    from estran.catalogue.loading import arrow_table

    rows = [
        row
        for row in table.to_pylist()
        if row["method"] in (None, choices.method) and row["edition"] in (None, choices.edition)
    ]
    return arrow_table(rows, tuple(table.column_names))


def _factor_sets(by_set: Mapping[str, Catalogue], criteria: list[str]) -> dict[str, pa.Table]:
    """The factors and the electricity of the other factor sets, by the name of their files."""
    return {
        f"{code}-{name}": _of_criteria(getattr(known, name), criteria)
        for code, known in list(by_set.items())[1:]
        for name in ("factors", "electricity")
    }


def _criteria(known: Catalogue, choices: Choices, *, shipped: bool) -> list[str]:
    """Those asked for, else those the shipped catalogue always shows (S6), else all that have a factor."""
    ranks = {
        row["code"]: (row["rank"], row["mandatory"] or row["flow_indicator"]) for row in known.criteria.to_pylist()
    }
    with_factor = {*known.factors["criterion"].to_pylist(), *known.electricity["criterion"].to_pylist()}
    in_order = sorted(with_factor, key=lambda code: (ranks.get(code, (1000, False))[0], code))
    if choices.criteria and choices.criteria != ("all",):
        unknown = [code for code in choices.criteria if code not in with_factor]
        if unknown:
            what = _("Critère inconnu : {names}.").format(names=", ".join(unknown))
            raise CannotUse(Problem(what=what, remedy=remedy_near("criterion", unknown[0], in_order)))
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


def _entities(names: list[str], scope: Perimeter) -> pa.Table:
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


def _of_criteria(table: pa.Table, criteria: list[str]) -> pa.Table:
    """The rows of some criteria. `Table.filter` would load every function of Arrow: a tenth of a small run."""
    import pyarrow as pa

    kept = [criterion in criteria for criterion in table["criterion"].to_pylist()]
    if all(kept):
        return table
    columns = {
        name: [value for value, keep in zip(table[name].to_pylist(), kept, strict=True) if keep]
        for name in table.column_names
    }
    return pa.table(columns, schema=table.schema)


def _write_tables(tables: Mapping[str, pa.Table], folder: Path) -> None:
    import pyarrow.parquet as pq

    folder.mkdir()
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")


def _digests(inputs: Path, known: Mapping[Path, str]) -> dict[str, str]:
    """The digest of every file under `inputs`, by its path there; `known` are those that need no second reading."""
    paths = [path for path in sorted(inputs.rglob("*")) if path.is_file()]
    return {path.relative_to(inputs).as_posix(): known.get(path) or files.sha256(path) for path in paths}
