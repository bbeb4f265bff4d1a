"""Open data of a run: totals, results and inventory as CSV, with their table schema, a licence and DCAT metadata.

The columns are those of catalogue/publication/open_data.csv and no others: no serial, no name of a device, no room,
no site.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from estran.catalogue.labels import Labels
from estran.catalogue.loading import read_table
from estran.common import formatting
from estran.common.files import read_csv, sha256, write_csv
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.engine import execution, runs
from estran.reporting.rendering import templates

Row = dict[str, Any]
LICENCE = "etalab-2.0"
SCHEMA, METADATA = "datapackage.json", "dcat.jsonld"
LAST_STEP = "presence"  # the step of the method that gives each item its presence in the year

# What the frozen inventory gives: sums alone, of the items that no guard set aside and that were there in the year.
_INVENTORY = """
    SELECT COALESCE(v.entity, '') AS entite, COALESCE(v.item_type, '') AS type, COALESCE(v.status, '') AS etat,
        YEAR(v.purchase_date) AS annee_achat, CAST(SUM(p.quantity) AS DOUBLE) AS quantite
    FROM presence p JOIN inventory v ON v.row_id = p.row_id
    WHERE p.presence > 0
    GROUP BY ALL ORDER BY ALL"""


@dataclass(frozen=True)
class About:
    """What the files do not say of themselves: publisher, address under which they lie, ISO day, licence (its code)."""

    publisher: str
    address: str
    day: str
    licence: str = LICENCE


@cache
def columns() -> dict[str, list[Row]]:
    """The columns of each file, in order: rows of open_data.csv by resource."""
    by_resource: dict[str, list[Row]] = {}
    for row in read_table("open_data"):
        by_resource.setdefault(row["resource"], []).append(row)
    return by_resource


@cache
def licences() -> dict[str, Row]:
    """The licences of licences.csv by code."""
    return {row["licence"]: row for row in read_table("licences")}


def write_open_data(run: Path, folder: Path, about: About) -> list[Path]:
    """Write the open data of a run into a folder and return the files: the same run and `about` give the same bytes.

    Errors: CannotUse (not a run, a licence that licences.csv does not have).
    """
    if about.licence not in licences():
        what = _("La licence « {name} » n’est pas connue.").format(name=about.licence)
        raise CannotUse(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(licences()))))
    described, known = runs.read_json(run), Labels("fr")
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"totaux": _totals(run, known), "resultats": _results(run, known), "inventaire": _inventory(run, known)}
    files = [_write_table(folder / f"{name}.csv", rows) for name, rows in tables.items()]
    for name, content in _metadata(run, described, files, about).items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return [*files, folder / SCHEMA, folder / METADATA]


def _write_table(path: Path, rows: Iterable[Row]) -> Path:
    types = {row["column"]: row["type"] for row in columns()[path.stem]}
    texts = [name for name, kind in types.items() if kind == "string"]
    write_csv(path, types, (row | {name: formatting.plain(row[name]) for name in texts} for row in rows))
    return path


# ---------------------------------------------------------------------------------------------------------- the tables


def _totals(run: Path, known: Labels) -> Iterator[Row]:
    """The whole, then its parts, families and stages, under each criterion."""
    scopes = {"part": "partie", "family": "famille", "stage": "étape"}
    whole = (row | {"scope": "", "name": ""} for row in read_csv(run / "intervals.csv") if row["entity"] == "*")
    parts = (row for row in read_csv(run / "subtotals.csv") if row["scope"] in scopes)
    for row in (*whole, *parts):
        criterion = known.describe_criterion(row["criterion"])
        yield {
            "portee": scopes.get(row["scope"], "ensemble"),
            "code": row["name"],
            "libelle": known.label(row["scope"], row["name"]) if row["scope"] else _("Ensemble"),
            "critere": row["criterion"],
            "critere_libelle": criterion["label"],
            "unite": criterion["unit"],
            "valeur": row["mean"],
            "bas95": row["low95"],
            "haut95": row["high95"],
        }


def _results(run: Path, known: Labels) -> Iterator[Row]:
    for row in read_csv(run / "impacts.csv"):
        yield {
            "entite": row["entity"],
            "type": row["item_type"],
            "type_libelle": known.label("item_type", row["item_type"]),
            "etape": row["stage"],
            "critere": row["criterion"],
            "unite": row["unit"],
            "origine": row["basis"],
            "valeur": row["value"],
        }


def _inventory(run: Path, known: Labels) -> Iterator[Row]:
    session, steps = execution.open_session(run / "inputs")
    names = [step.name for step in steps]
    session.run(steps[: names.index(LAST_STEP) + 1])
    families = {row["item_type"]: row["family"] for row in read_csv(run / "equipment.csv")}
    for row in session.table(_INVENTORY).to_pylist():
        family = families.get(row["type"])
        yield row | {
            "type_libelle": known.label("item_type", row["type"]),
            "famille": known.label("family", family) if family else "",
        }


# -------------------------------------------------------------------------------------------------------- what they are


def _metadata(run: Path, described: Row, files: list[Path], about: About) -> dict[str, Row]:
    """The Data Package (Frictionless) and the DCAT dataset of the files, by name of file."""
    title = _("Empreinte environnementale du numérique, {publisher}, {year}")
    description = _(
        "Impacts du numérique sur tout son cycle de vie en {year}, et inventaire sans donnée personnelle. "
        "Périmètre : {perimeter}. Méthode {method}, catalogue {catalogue}."
    )
    values = {
        "about": about,
        "year": described["year"],
        "title": title.format(publisher=about.publisher, year=described["year"]),
        "description": description.format(
            year=described["year"],
            perimeter=described["perimeter"]["label"],
            method=f"{described['method']} {described['method_version']}",
            catalogue=described["catalogue"]["edition"],
        ),
        "keywords": [_("empreinte environnementale"), _("numérique responsable")],
        "licence": licences()[about.licence],
        "schema": SCHEMA,
        "sources": [*_sources(run, described)],
        "files": [
            {"path": path, "size": path.stat().st_size, "sha256": sha256(path), "columns": columns()[path.stem]}
            for path in files
        ],
    }
    return {name: json.loads(templates().get_template(name).render(values)) for name in (SCHEMA, METADATA)}


def _sources(run: Path, described: Row) -> Iterator[Row]:
    """Where the figures come from: the software, then each source of a factor, with its edition and address."""
    yield {"title": f"Estran {described['estran']}"}
    for row in read_csv(run / "sources.csv"):
        parts = (row["producer"], row["title"] or row["id"], row["edition"], row["licence"])
        yield {"title": ", ".join(filter(None, parts))} | ({"path": row["url"]} if row["url"] else {})


def catalogue_of(datasets: list[Row], publisher: str, address: str) -> Row:
    """The metadata of several datasets (those of `dcat.jsonld`) as one DCAT catalogue."""
    title = _("Empreinte environnementale du numérique, {publisher}").format(publisher=publisher)
    return {
        "@context": datasets[0]["@context"] if datasets else {},
        "@id": address,
        "@type": "dcat:Catalog",
        "dct:title": {"@value": title, "@language": "fr"},
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": publisher},
        "dcat:dataset": [{name: value for name, value in row.items() if name != "@context"} for row in datasets],
    }
