"""Two messy but valid estates: every figure is the one that an independent calculator finds, in both views.

Its intervals.csv is of the first edition of the method, intervals_2.csv of the second (Q8 to Q10).
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

import reading
from estran.engine import runs

ESTATES = Path(__file__).parents[1] / "golden" / "estates"


@dataclass(frozen=True)
class Pair:
    """A run of Estran and what the independent calculator expects of it."""

    run: Path
    expected: Path


@pytest.fixture(
    scope="module",
    params=[(estate, view) for estate in ("estate-40", "estate-800") for view in ("stock", "flow")],
    ids=lambda chosen: " ".join(chosen),
)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    estate, view = request.param
    folder, run = ESTATES / estate, tmp_path_factory.mktemp("runs") / f"{estate}-{view}"
    runs.compute([folder], runs.Choices(2025, catalogue=folder, view=view, detail=True), run)
    return Pair(run, folder / f"expected_{view}")


def both(pair: Pair, name: str, expected: str = "") -> tuple[list[reading.Row], list[reading.Row]]:
    written = reading.gaps(pair.run) if name == "gaps.csv" else reading.rows(pair.run / name)
    return written, reading.rows(pair.expected / (expected or name))


def test_every_impact(pair: Pair) -> None:
    keys = ("view", "entity", "item_type", "stage", "criterion", "basis")
    found, expected = (reading.sums(table, keys) for table in both(pair, "impacts.csv", "totals.csv"))
    assert reading.differences(found, expected) == {}


def test_every_amount(pair: Pair) -> None:
    keys = ("entity", "item_type", "flow", "stage", "zone")
    found, expected = (reading.sums(table, keys, "amount") for table in both(pair, "amounts.csv"))
    assert reading.differences(found, expected) == {}


@pytest.mark.parametrize("column", ["mean", "sd", "low95", "high95"])
def test_every_interval(pair: Pair, column: str) -> None:
    tables = both(pair, "intervals.csv", "intervals_2.csv")
    found, expected = (reading.sums(table, ("criterion", "entity"), column) for table in tables)
    assert found.keys() == expected.keys()
    assert reading.differences(found, expected) == {}


@pytest.mark.parametrize("view", ["stock", "flow"])
def test_the_first_edition_still_gives_its_intervals(view: str, tmp_path: Path) -> None:
    folder = ESTATES / "estate-40"
    runs.compute([folder], runs.Choices(2025, catalogue=folder, view=view, edition="1"), tmp_path / "run")
    assert runs.read_json(tmp_path / "run")["method_version"] == "1"
    pair = Pair(tmp_path / "run", folder / f"expected_{view}")
    for column in ("mean", "sd", "low95", "high95"):
        found, expected = (
            reading.sums(table, ("criterion", "entity"), column) for table in both(pair, "intervals.csv")
        )
        assert reading.differences(found, expected) == {}


def first_word(text: str) -> str:
    return text.split()[0]


def test_every_gap(pair: Pair) -> None:
    found, expected = (
        Counter((row["item_id"], first_word(row["what"]), row["criterion"]) for row in table)
        for table in both(pair, "gaps.csv")
    )
    assert found == expected


def test_the_summary_of_gaps(pair: Pair) -> None:
    keys = ("entity", "item_type", "what", "stage", "criterion", "reason")
    rows, summary = reading.gaps(pair.run), reading.rows(pair.run / "gaps.csv")
    counted = {tuple(row[name] for name in keys): int(row["rows"]) for row in summary}
    assert counted == Counter(tuple(row[name] for name in keys) for row in rows)
    of_rows, of_summary = (
        reading.sums((row for row in table if row["quantity"]), keys, "quantity") for table in (rows, summary)
    )
    assert of_rows.keys() == of_summary.keys()
    assert reading.differences(of_summary, of_rows) == {}


def test_every_quantity_that_is_missing(pair: Pair) -> None:
    keys = ("item_id", "what", "stage", "criterion")
    found, expected = (
        reading.sums((row for row in table if row["quantity"]), keys, "quantity") for table in both(pair, "gaps.csv")
    )
    assert found.keys() == expected.keys()
    assert reading.differences(found, expected) == {}


def test_every_row_set_aside(pair: Pair) -> None:
    found, expected = (
        Counter((row["item_id"], row["item_type"], first_word(row["rule"])) for row in table)
        for table in both(pair, "guards.csv")
    )
    assert found == expected


@pytest.mark.parametrize("what", ["reference", "lifetime_years", "kwh", "zone", "pue", "it_kw"])
def test_every_parameter_and_its_origin(pair: Pair, what: str) -> None:
    """A parameter without a value has no origin either: the other calculator writes why in its place."""
    found, expected = (
        {
            (row["item_id"], row["origin"] if row["value"] else "none"): row["value"]
            for row in table
            if row["what"] == what
        }
        for table in both(pair, "origins.csv")
    )
    assert found.keys() == expected.keys()
    assert [key for key in expected if not same_value(found[key], expected[key])] == []


def same_value(found: str, expected: str) -> bool:
    return found == expected or reading.same(float(found), float(expected))
