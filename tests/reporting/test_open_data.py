"""Open data of a run: nothing personal, the sums of the run, a schema that the files follow, DCAT metadata."""

from __future__ import annotations

import csv
import hashlib
import json
from math import fsum
from pathlib import Path
from typing import Any

import pytest
from pytest import approx
from typer.testing import CliRunner

import small_runs
from estran.cli import commands
from estran.common.problems import CannotUse
from estran.reporting import open_data

ABOUT = open_data.About("Département d’essai", "https://donnees.example/donnees/essai/2025/", "2026-03-01")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_runs.run(tmp_path_factory.mktemp("run"), 2025)


@pytest.fixture(scope="module")
def published(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("open")
    open_data.write_open_data(run, folder, ABOUT)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_inventory_holds_sums_and_nothing_that_names_a_device_or_a_place(published: Path) -> None:
    found = rows(published / "inventaire.csv")
    assert list(found[0]) == ["entite", "type", "type_libelle", "famille", "etat", "annee_achat", "quantite"]
    kept = {(row["entite"], row["type"], row["annee_achat"]): float(row["quantite"]) for row in found}
    assert kept["DSN", "laptop", "2020"] == 10 and kept["DSN", "monitor_medium", "2020"] == 5
    assert kept["Collège Bleu", "laptop", "2020"] == 4


def test_the_results_add_up_to_the_published_total(run: Path, published: Path) -> None:
    values = [float(row["valeur"]) for row in rows(published / "resultats.csv") if row["critere"] == "gwp"]
    [total] = [row for row in rows(published / "totaux.csv") if row["portee"] == "ensemble" and row["critere"] == "gwp"]
    assert fsum(values) == approx(230) and float(total["valeur"]) == approx(230)
    assert float(total["bas95"]) < 230 < float(total["haut95"])


def test_the_files_follow_their_schema(published: Path) -> None:
    package = json.loads((published / "datapackage.json").read_text("utf-8"))
    assert {resource["path"] for resource in package["resources"]} == {"totaux.csv", "resultats.csv", "inventaire.csv"}
    for resource in package["resources"]:
        path = published / resource["path"]
        assert resource["bytes"] == path.stat().st_size
        assert resource["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        fields = resource["schema"]["fields"]
        found = rows(path)
        assert [field["name"] for field in fields] == list(found[0])
        for field in fields:
            written = [row[field["name"]] for row in found if row[field["name"]]]
            if field["type"] == "number":
                assert all(float(text) == float(text) for text in written)
            if field["type"] == "year":
                assert all(1970 <= int(text) <= 2100 for text in written)


def test_the_schema_names_the_sources_of_the_factors_and_their_licences(run: Path, published: Path) -> None:
    package = json.loads((published / "datapackage.json").read_text("utf-8"))
    told = " | ".join(source["title"] for source in package["sources"])
    for row in rows(run / "sources.csv"):
        assert (row["title"] or row["id"]) in told and row["licence"] in told


def test_the_metadata_say_who_what_when_where_and_under_which_licence(published: Path) -> None:
    dataset: dict[str, Any] = json.loads((published / "dcat.jsonld").read_text("utf-8"))
    assert dataset["@type"] == "dcat:Dataset" and dataset["@id"] == ABOUT.address
    assert dataset["dct:publisher"]["foaf:name"] == "Département d’essai"
    assert dataset["dct:license"] == {"@id": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"}
    assert dataset["dct:temporal"]["dcat:startDate"]["@value"] == "2025-01-01"
    urls = [row["dcat:downloadURL"]["@id"] for row in dataset["dcat:distribution"]]
    assert urls == [ABOUT.address + name for name in ("totaux.csv", "resultats.csv", "inventaire.csv")]


def test_the_same_run_gives_the_same_bytes(run: Path, published: Path, tmp_path: Path) -> None:
    for path in open_data.write_open_data(run, tmp_path, ABOUT):
        assert path.read_bytes() == (published / path.name).read_bytes()


def test_an_entity_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    folder = small_runs.run(tmp_path / "run", 2025)
    impacts = folder / "impacts.csv"
    impacts.write_text(impacts.read_text("utf-8").replace("DSN", "=DSN()"), "utf-8")
    open_data.write_open_data(folder, tmp_path / "open", ABOUT)
    assert {row["entite"] for row in rows(tmp_path / "open" / "resultats.csv")} == {"'=DSN()", "Collège Bleu"}


def test_an_unknown_licence_or_folder_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotUse, match="n’est pas connue"):
        open_data.write_open_data(run, tmp_path / "a", open_data.About("X", "https://x.example/", "2026-03-01", "MIT"))
    with pytest.raises(CannotUse):
        open_data.write_open_data(tmp_path, tmp_path / "b", ABOUT)
    assert not (tmp_path / "a").exists() and not (tmp_path / "b").exists()


def test_the_command_line_writes_them_too(run: Path, tmp_path: Path) -> None:
    options = ["--publisher", ABOUT.publisher, "--address", ABOUT.address]
    done = CliRunner().invoke(commands.app, ["export", "open-data", str(run), "-o", str(tmp_path / "open"), *options])
    assert done.exit_code == 0
    assert {path.name for path in (tmp_path / "open").iterdir()} == {Path(line).name for line in done.stdout.split()}
