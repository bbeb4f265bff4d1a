"""An observatory: each authority's figures are those of its own run, and a comparison tells of no fewer than five."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import reading
from estran.analysis import observatory
from estran.analysis.cell_suppression import ALL, LEAST, suppressed_cells
from estran.common.problems import CannotUse
from estran.engine import runs
from real_run import write

CATALOGUE = yaml.safe_load((Path(__file__).parents[1] / "cases" / "catalogue.yaml").read_text("utf-8"))
FIGURES = ("factors", "defaults", "electricity")
# 6 small communes, 5 large ones, 5 small departments and 2 large ones.
STRATA = {
    ("commune", "petite"): 6,
    ("commune", "grande"): 5,
    ("departement", "petite"): 5,
    ("departement", "grande"): 2,
}


def laptops(number: int) -> list[dict[str, Any]]:
    """Some laptops and a server; the names and the serial number are the same in every authority."""
    return [
        {"item_id": "1", "entity": "DSI", "item_type": "laptop", "quantity": 10 + number, "serial": "ABC-1"},
        {"item_id": "2", "entity": "DGS", "item_type": "laptop", "quantity": 1, "serial": "abc 1"},
        {"item_id": "3", "entity": "DSI", "item_type": "server", "quantity": 2, "room": "Salle", "kwh_per_unit": 1000},
    ]


def gathered(folder: Path) -> Path:
    """A folder with its authorities and their estates, made once; the catalogue beside."""
    if (folder / "gathered").exists():
        return folder / "gathered"
    strata = [stratum for stratum, count in STRATA.items() for _ in range(count)]
    rows = []
    for number, (kind, size) in enumerate(strata):
        code = f"{210000000 + number}"
        rows.append({"authority": code, "name": f"Ville {number}", "type": kind, "size": size, "agents": 100 + number})
        room = {"room": "Salle", "entity": "DSI", "facility_kwh": 5000 + number}
        write(folder / "gathered" / code, {"inventory": laptops(number), "rooms": [room]})
    write(folder / "gathered", {"authorities": rows})
    write(folder / "catalogue", {name: CATALOGUE.get(name, ()) for name in FIGURES})
    return folder / "gathered"


def observed(folder: Path, **choices: Any) -> Path:
    output = folder / f"observatory-{choices.get('engine', 'duckdb')}"
    observatory.compute_observatory(
        gathered(folder), runs.Choices(2025, catalogue=folder / "catalogue", **choices), output
    )
    return output


@pytest.fixture(scope="module")
def observed_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return observed(tmp_path_factory.mktemp("observatory"))


def test_each_authority_has_the_figures_of_its_own_run(observed_run: Path, tmp_path: Path) -> None:
    """Same names, same serial number, same room: nothing of one authority touches another."""
    for code in ("210000000", "210000011"):
        choices = runs.Choices(2025, catalogue=observed_run.parent / "catalogue")
        runs.compute([observed_run.parent / "gathered" / code], choices, tmp_path / code)
        keys = ("item_type", "stage", "criterion")
        own = reading.sums(reading.rows(tmp_path / code / "impacts.csv"), keys)
        table = pq.read_table(observed_run / "by_authority" / "impacts" / f"authority={code}")
        assert reading.sums([{**row, "value": str(row["value"])} for row in table.to_pylist()], keys) == own


def test_an_observatory_is_a_run(observed_run: Path) -> None:
    assert runs.rerun(observed_run) == []
    assert {row["entity"] for row in reading.rows(observed_run / "impacts.csv")} == {
        row["authority"] for row in reading.rows(observed_run / "authorities.csv")
    }
    assert {row["rule"].split()[0] for row in reading.rows(observed_run / "guards.csv")} == {"G3", "G4"}


def test_quartiles_by_agent_in_a_stratum(observed_run: Path) -> None:
    """Seven departments, of 111 to 117 agents: 10 + n laptops and 2 servers each, the repeated serial number aside."""
    (row,) = [row for row in comparisons(observed_run) if (row["type"], row["size"]) == ("departement", ALL)]
    ratios = sorted((12 + number) / (100 + number) for number in range(11, 18))
    assert (row["authorities"], row["hidden"]) == ("7", "")
    assert float(row["median"]) == pytest.approx(ratios[3], rel=1e-12)
    assert float(row["q1"]) == pytest.approx((ratios[1] + ratios[2]) / 2, rel=1e-12)


def test_two_authorities_are_hidden_and_so_is_what_would_give_them_back(observed_run: Path) -> None:
    cells = {(row["type"], row["size"]): row for row in comparisons(observed_run)}
    assert {cell: row["hidden"] for cell, row in cells.items() if row["hidden"]} == {
        ("departement", "grande"): "few",
        ("departement", "petite"): "deducible",
        ("commune", "grande"): "deducible",
        ("commune", "petite"): "deducible",
    }
    assert {row[column] for row in cells.values() if row["hidden"] for column in observatory.COMPARED} == {""}


def comparisons(run: Path) -> list[reading.Row]:
    return [row for row in reading.rows(run / "comparisons.csv") if row["measure"] == "items"]


counts = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("stuv")), st.integers(1, 12), min_size=1, max_size=16
)


@given(counts)
def test_no_hidden_cell_can_be_worked_out(inner: dict[tuple[str, str], int]) -> None:
    """What is shown leaves every hidden cell free: some change of the hidden ones keeps every total and moves it."""
    cells = dict(inner)
    for (kind, size), count in inner.items():
        for total in ((kind, ALL), (ALL, size), (ALL, ALL)):
            cells[total] = cells.get(total, 0) + count
    secret = suppressed_cells(cells)
    assert all(cell in secret for cell, count in cells.items() if count < LEAST)
    order = list(inner)
    # Each shown cell, written as a sum of inner ones, is what a reader knows.
    known = [[cell_holds(shown, one) for one in order] for shown in cells if shown not in secret]
    for cell in secret:
        wanted = [cell_holds(cell, one) for one in order]
        assert np.linalg.matrix_rank(np.array([*known, wanted])) > (
            np.linalg.matrix_rank(np.array(known)) if known else 0
        )


def cell_holds(cell: tuple[str, str], one: tuple[str, str]) -> float:
    return float(all(mine in (ALL, its) for mine, its in zip(cell, one, strict=True)))


def test_what_is_wrong_is_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    folder = gathered(tmp_path)
    with (folder / "authorities.csv").open("a", encoding="utf-8") as file:
        file.write("absente,,commune,petite,10\n../ailleurs,,commune,petite,10\n210000000,,commune,petite,10\n")
    with pytest.raises(CannotUse) as caught:
        observatory.compute_observatory(folder, runs.Choices(2025, catalogue=tmp_path / "catalogue"), tmp_path / "out")
    texts = " ".join(problem.what for problem in caught.value.problems)
    assert all(word in texts for word in ("absente", "../ailleurs", "plusieurs fois"))
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_job_that_stops_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(observatory, "_without_hidden_cells", stop)
    with pytest.raises(KeyboardInterrupt):
        observed(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalogue", "gathered"]
