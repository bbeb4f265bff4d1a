"""Open data of a run: totals, results and inventory as CSV, with their table schema, a licence and DCAT metadata.

The columns are those of catalogue/publication/open_data.csv and no others: no serial, no name of a device, no room,
no site.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from estran.catalogue.labels import Labels
from estran.catalogue.loading import read_table
from estran.common import formatting
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.engine import runs

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
    files = [_csv(folder / f"{name}.csv", name, rows) for name, rows in tables.items()]
    package = _package(described, files, about) | {"sources": [*_sources(run, described)]}
    for name, content in ((SCHEMA, package), (METADATA, _dataset(described, files, about))):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return [*files, folder / SCHEMA, folder / METADATA]


def _csv(path: Path, resource: str, rows: Iterable[Row]) -> Path:
    types = {row["column"]: row["type"] for row in columns()[resource]}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, types, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {name: formatting.plain(row[name]) if kind == "string" else row[name] for name, kind in types.items()}
            for row in rows
        )
    return path


# ---------------------------------------------------------------------------------------------------------- the tables


def _read(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _totals(run: Path, known: Labels) -> Iterator[Row]:
    """The whole, then its parts, families and stages, under each criterion."""
    scopes = {"part": "partie", "family": "famille", "stage": "étape"}
    whole = (row | {"scope": "", "name": ""} for row in _read(run / "intervals.csv") if row["entity"] == "*")
    parts = (row for row in _read(run / "subtotals.csv") if row["scope"] in scopes)
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
    for row in _read(run / "impacts.csv"):
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
    session, steps = runs.open_session(run / "inputs")
    names = [step.name for step in steps]
    session.run(steps[: names.index(LAST_STEP) + 1])
    families = {row["item_type"]: row["family"] for row in _read(run / "equipment.csv")}
    result = session.con.execute(_INVENTORY)
    names = [column[0] for column in result.description or []]
    for values in result.fetchall():
        row = dict(zip(names, values, strict=True))
        family = families.get(row["type"])
        yield row | {
            "type_libelle": known.label("item_type", row["type"]),
            "famille": known.label("family", family) if family else "",
        }


# -------------------------------------------------------------------------------------------------------- what they are


def _package(described: Row, files: list[Path], about: About) -> Row:
    """The Data Package (Frictionless): each file with its table schema, its size and its hash."""
    licence = licences()[about.licence]
    return {
        "profile": "tabular-data-package",
        "name": f"empreinte-numerique-{described['year']}",
        "title": _title(described, about),
        "description": _description(described),
        "homepage": about.address,
        "created": f"{about.day}T00:00:00Z",
        "licenses": [{"name": about.licence, "path": licence["url"], "title": licence["label_fr"]}],
        "contributors": [{"title": about.publisher, "role": "publisher"}],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": path.stem,
                "path": path.name,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": path.stat().st_size,
                "hash": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}",
                "schema": {
                    "fields": [
                        {
                            "name": row["column"],
                            "type": row["type"],
                            "title": row["label_fr"],
                            "description": row["meaning_fr"],
                        }
                        for row in columns()[path.stem]
                    ],
                    "missingValues": [""],
                },
            }
            for path in files
        ],
    }


def _sources(run: Path, described: Row) -> Iterator[Row]:
    """Where the figures come from: the software, then each source of a factor, with its edition and address."""
    yield {"title": f"Estran {described['estran']}"}
    for row in _read(run / "sources.csv"):
        parts = (row["producer"], row["title"] or row["id"], row["edition"], row["licence"])
        yield {"title": ", ".join(filter(None, parts))} | ({"path": row["url"]} if row["url"] else {})


def _dataset(described: Row, files: list[Path], about: About) -> Row:
    """The dataset in DCAT (JSON-LD), as data portals harvest it."""
    licence, year = licences()[about.licence]["url"], described["year"]
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": about.address,
        "@type": "dcat:Dataset",
        "dct:identifier": about.address,
        "dct:title": _french(_title(described, about)),
        "dct:description": _french(_description(described)),
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": about.publisher},
        "dct:issued": _day(about.day),
        "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/FRA"},
        "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/ANNUAL"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _day(f"{year}-01-01"),
            "dcat:endDate": _day(f"{year}-12-31"),
        },
        "dct:license": {"@id": licence},
        "dcat:theme": {"@id": "http://publications.europa.eu/resource/authority/data-theme/ENVI"},
        "dcat:keyword": [_french(word) for word in (_("empreinte environnementale"), _("numérique responsable"))],
        "dcat:landingPage": {"@id": about.address},
        "dcat:distribution": [
            {
                "@id": f"{about.address}{path.name}",
                "@type": "dcat:Distribution",
                "dct:title": _french(path.stem),
                "dcat:accessURL": {"@id": about.address},
                "dcat:downloadURL": {"@id": f"{about.address}{path.name}"},
                "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/text/csv"},
                "dcat:byteSize": {"@value": str(path.stat().st_size), "@type": "xsd:nonNegativeInteger"},
                "dct:license": {"@id": licence},
                "dct:conformsTo": {"@id": f"{about.address}{SCHEMA}"},
                "spdx:checksum": {
                    "spdx:algorithm": {"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"},
                    "spdx:checksumValue": hashlib.sha256(path.read_bytes()).hexdigest(),
                },
            }
            for path in files
        ],
    }


def _title(described: Row, about: About) -> str:
    sentence = _("Empreinte environnementale du numérique, {publisher}, {year}")
    return sentence.format(publisher=about.publisher, year=described["year"])


def _description(described: Row) -> str:
    sentence = _(
        "Impacts du numérique sur tout son cycle de vie en {year}, et inventaire sans donnée personnelle. "
        "Périmètre : {perimeter}. Méthode {method}, catalogue {catalogue}."
    )
    return sentence.format(
        year=described["year"],
        perimeter=described["perimeter"]["label"],
        method=f"{described['method']} {described['method_version']}",
        catalogue=described["catalogue"]["edition"],
    )


def _french(text: str) -> Row:
    return {"@value": text, "@language": "fr"}


def _day(text: str) -> Row:
    return {"@value": text, "@type": "xsd:date"}


def catalogue_of(datasets: list[Row], publisher: str, address: str) -> Row:
    """The metadata of several datasets (those of `dcat.jsonld`) as one DCAT catalogue."""
    context = datasets[0]["@context"] if datasets else {}
    return {
        "@context": context,
        "@id": address,
        "@type": "dcat:Catalog",
        "dct:title": _french(_("Empreinte environnementale du numérique, {publisher}").format(publisher=publisher)),
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": publisher},
        "dcat:dataset": [{name: value for name, value in row.items() if name != "@context"} for row in datasets],
    }
