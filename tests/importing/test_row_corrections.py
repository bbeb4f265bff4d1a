"""Corrections laid over an inventory: one row or a filter, in order, kept by the run, named by explain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from estran.analysis import explain
from estran.common.problems import CannotUse
from estran.engine import runs

INVENTORY = """item_id,entity,item_type,label,serial,quantity,purchase_date,status,source
a,Dir,laptop,,,10,,in_service,parc.csv:2
b,Dir > Bureau,laptop,,,4,1999-01-01,in_service,parc.csv:3
c,Ecole,desktop,,S1,1,2020-01-01,,parc.csv:4
d,Ecole,,machin,,3,2020-01-01,,parc.csv:5
"""
HEADER = "serial,item_id,entity,label,corrected,before,value,reason,author,valid_to\n"


def computed(work: Path, corrections: str, year: int = 2025) -> runs.Summary:
    (work / "inventory.csv").write_text(INVENTORY, "utf-8")
    overlay = work / "overlay"
    overlay.mkdir()
    (overlay / "row_corrections.csv").write_text(HEADER + corrections, "utf-8")
    return runs.compute([work / "inventory.csv"], runs.Choices(year, overlay=overlay), work / "run")


def inventory(run: Path) -> dict[str, dict[str, Any]]:
    rows = duckdb.sql(f"SELECT * FROM '{run}/inputs/inventory-*.parquet'").to_arrow_table().to_pylist()
    return {row["item_id"]: row for row in rows}


def test_rows_are_corrected_in_order_and_the_run_computes_again_to_the_byte(tmp_path: Path) -> None:
    summary = computed(
        tmp_path,
        ",,Dir,,purchase_date,,03/2021,achat groupé,Ada,\n"  # where it is missing, in Dir and below
        "S1,,,,status,*,réformé,parti,Ada,\n"
        "S1,,,,status,*,En service,il est là,Bob,\n"  # two of the same row: the last one counts
        ",,,machin,item_type,,Ordinateur portable,vu sur place,Bob,\n"
        ",zz,,,quantity,*,3,fantôme,Ada,\n",  # of no row
    )
    rows = inventory(tmp_path / "run")
    assert [str(rows[name]["purchase_date"]) for name in "ab"] == ["2021-03-15", "1999-01-01"]
    assert (rows["c"]["status"], rows["d"]["item_type"]) == ("in_service", "laptop")
    assert summary.counts["unmatched"] == 0
    assert [problem.what for problem in summary.problems] == [
        "La correction n° 5 ne trouve plus de ligne (zz\u00a0: quantité = 3)."
    ]
    described = runs.read_json(tmp_path / "run")
    assert [(row["matched"], row["rows"]) for row in described["corrections"]] == [(1, 1)] * 4 + [(0, 0)]
    assert runs.rerun(tmp_path / "run") == []
    opened = explain.explain_figure(tmp_path / "run", explain.Figure("", item_type="laptop"))
    assert [(row["number"], row["reason"], row["rows"]) for row in opened.corrections] == [
        (1, "achat groupé", 1),
        (4, "vu sur place", 1),
    ]


def test_a_correction_of_another_year_does_not_count(tmp_path: Path) -> None:
    computed(tmp_path, "S1,,,,quantity,*,7,recompté,Ada,2024\n")
    assert inventory(tmp_path / "run")["c"]["quantity"] == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("S1,,,,quantité,*,7,x,,", "Cette colonne ne se corrige pas."),
        ("S1,,,,purchase_date,*,31/02/2021,x,,", "n’est pas une valeur de « Date d'achat »"),
        ("S1,,,,item_type,*,laptopp,x,,", "n’est pas une valeur de « Type de matériel »"),
    ],
)
def test_a_wrong_correction_is_refused_with_its_line(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(CannotUse) as refused:
        computed(tmp_path, row + "\n")
    (problem,) = refused.value.problems
    assert words.replace(" »", "\xa0»").replace("« ", "«\xa0") in problem.what and problem.line == 2
