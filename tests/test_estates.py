"""Two messy but valid estates, in both views, against what an independent calculator found (tests/golden/estates).

`expected_<view>/totals.csv` has the columns of impacts.csv, but for the unit. Estran never rewrites these files.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from estran.footprint import runs
from real_run import Run, rows

ESTATES = Path(__file__).parent / "golden" / "estates"
KEYS = {
    "impacts": ("entity", "item_type", "stage", "criterion", "basis"),
    "amounts": ("entity", "item_type", "flow", "stage", "zone"),
    "intervals": ("criterion", "entity"),
}


@pytest.fixture(
    scope="module", params=[(n, view) for n in ("estate-40", "estate-800") for view in ("stock", "flow")], ids="-".join
)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """The run of an estate in a view, and the folder of what is expected of it."""
    name, view = request.param
    folder, output = ESTATES / name, tmp_path_factory.mktemp("estates") / "run"
    summary = runs.compute([folder], runs.Choices(2025, catalogue=folder, view=view, detail=True), output)
    assert (summary.counts["rejected"], summary.problems) == (0, [])
    return Run(output), folder / f"expected_{view}"


def by_key(table: list[dict[str, str]], keys: tuple[str, ...], column: str) -> dict[tuple[str, ...], float]:
    """The figures of a table that are not 0, by key; each key is written once."""
    found = {tuple(row[key] for key in keys): float(row[column]) for row in table}
    assert len(found) == len(table)
    return {key: value for key, value in found.items() if value != 0}


@pytest.mark.parametrize(
    ("name", "expected_name", "columns"),
    [
        ("impacts", "totals", ("value",)),
        ("amounts", "amounts", ("amount",)),
        ("intervals", "intervals", ("mean", "sd", "low95", "high95")),
    ],
)
def test_figures(pair: tuple[Run, Path], name: str, expected_name: str, columns: tuple[str, ...]) -> None:
    run, expected = pair
    for column in columns:
        found = by_key(run.rows(name), KEYS[name], column)
        assert found == pytest.approx(by_key(rows(expected / f"{expected_name}.csv"), KEYS[name], column), rel=1e-9)


def test_gaps(pair: tuple[Run, Path]) -> None:
    """The same things are missing, in the same quantity, at the same stage."""
    run, expected = pair
    found, wanted = run.rows("gaps"), rows(expected / "gaps.csv")
    assert Counter(map(gap, found)) == Counter(map(gap, wanted))
    quantities = {(*gap(row), row["what"], row["stage"]): row["quantity"] for row in found}
    for row in wanted:
        quantity = quantities[(*gap(row), row["what"], row["stage"])]
        assert bool(quantity) == bool(row["quantity"]), row
        assert float(quantity or 0) == pytest.approx(float(row["quantity"] or 0), rel=1e-9), row


def test_guards(pair: tuple[Run, Path]) -> None:
    run, expected = pair

    def guards(table: list[dict[str, str]]) -> Counter[tuple[str, ...]]:
        return Counter((row["item_id"], row["item_type"], row["rule"].split()[0]) for row in table)

    assert guards(run.rows("guards")) == guards(rows(expected / "guards.csv"))


def test_origins(pair: tuple[Run, Path]) -> None:
    """Where the reference, the lifetime, the electricity, its zone, the PUE and the power of a room come from."""
    run, expected = pair
    found = {(row["item_id"], row["what"]): row for row in run.rows("origins")}
    wanted = {(row["item_id"], row["what"]): row for row in rows(expected / "origins.csv")}
    assert found.keys() == wanted.keys()
    for key, row in wanted.items():
        # What could not be resolved has no value and no origin: it is a gap.
        assert found[key]["origin"] == (row["origin"] if row["value"] else "none"), key
        if key[1] in ("reference", "zone"):
            assert found[key]["value"] == row["value"], key
        else:
            assert float(found[key]["value"] or "nan") == pytest.approx(
                float(row["value"] or "nan"), rel=1e-9, nan_ok=True
            )


def gap(row: dict[str, str]) -> tuple[str, str, str]:
    return row["item_id"], row["what"].split()[0], row["criterion"]
