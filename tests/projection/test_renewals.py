"""What comes up for renewal: the purchases of `project` without any action, the units of the inventory, prices, files.

Worked by hand: tests/cases/47-renouvellements.yaml.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from math import fsum
from pathlib import Path

import pytest
import python_calamine

import reading
import real_run
from estran.catalogue.labels import Labels
from estran.common.problems import CannotUse
from estran.projection import projections
from estran.projection.renewals import Renewals, read_renewals
from estran.reporting.chapters.renewals import assumptions, renewals, renewals_sentence
from estran.reporting.renewals import renewals_table, write_renewals

LAST = 2034
PLAN = f'name = "Rien"\nbase_year = 2024\ntarget_year = {LAST}\n[[actions]]\ncode = "A"\ntitle = "Rien"\n'
FACTORS = [
    {"flow": flow, "stage": stage, "criterion": "gwp", "value": value}
    for flow, made in (("laptop", 150.0), ("monitor", 60.0))
    for stage, value in (("manufacturing", made), ("distribution", 4.0), ("end_of_life", 1.5))
]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three entities with every kind of age and life: the folder that holds it, and its projection."""
    draw, folder = random.Random(3), tmp_path_factory.mktemp("renewals")
    rows = []
    for number in range(150):
        bought = date(2016, 1, 1) + timedelta(draw.randrange(3280)) if draw.random() < 0.8 else None
        kind = draw.choice(["laptop", "monitor", "projector"])
        row = {"item_id": f"i{number}", "entity": draw.choice(["A", "B > C", ""]), "item_type": kind}
        row |= {
            "quantity": draw.choice([1, 3, 12]),
            "purchase_date": bought,
            "refurbished_share": draw.choice([0, 0.5]),
        }
        row |= {"lifetime_years": draw.choice([None, None, 3, 5.5]), "use_share": draw.choice([None, 0.8])}
        rows.append(row | {"price_eur": row["quantity"] * 100.0 if kind == "laptop" else None})
    given = (
        ("laptop", "lifetime_years", 5),
        ("monitor", "lifetime_years", 7),
        ("monitor", "replacement_price_eur", 90),
    )
    lives = [{"item_type": kind, "parameter": name, "value": value} for kind, name, value in given]
    tables = {"inventory": rows, "factors": FACTORS, "defaults": lives}
    run = real_run.compute(folder, tables, year=2024).folder
    (folder / "plan.toml").write_text(PLAN, "utf-8")
    projections.project_estate(run, folder / "plan.toml", folder / "projection")
    return folder


@pytest.fixture(scope="module")
def read(estate: Path) -> Renewals:
    return read_renewals(estate / "run", LAST)


def test_units_and_tonnes_are_those_of_a_projection_without_actions(estate: Path, read: Renewals) -> None:
    for row in read.sums("year"):
        year = str(row["year"])
        bought = [
            float(one["bought"])
            for one in reading.rows(estate / "projection" / "equipment.csv")
            if (one["year"], one["scenario"]) == (year, "reference")
        ]
        assert row["units"] == pytest.approx(fsum(bought), rel=reading.EXACT)
        (flow,) = [  # nothing draws electricity here: the flow view is making, moving and discarding
            float(one["value"])
            for one in reading.rows(estate / "projection" / "years.csv")
            if (one["year"], one["scenario"], one["criterion"], one["view"]) == (year, "reference", "gwp", "flow")
        ]
        assert row["impact"] == pytest.approx(flow, rel=reading.EXACT)


def test_every_unit_of_the_inventory_is_renewed_left_or_without_a_life(estate: Path, read: Renewals) -> None:
    for part in read.fleet:
        own = [row for row in read.rows if all(row[key] == part[key] for key in ("entity", "item_type"))]
        renewed = fsum(row["units"] - row["again"] for row in own)
        assert renewed + part["left"] + part["without_life"] == pytest.approx(part["in_service"], rel=reading.EXACT)
    counted = fsum(float(row["quantity"]) for row in reading.rows(estate / "run" / "equipment.csv"))
    assert fsum(part["in_service"] for part in read.fleet) == pytest.approx(counted, rel=reading.EXACT)


def test_a_price_is_what_was_paid_else_what_the_overlay_says_else_unknown(read: Renewals) -> None:
    prices = {code: row["price_eur"] for code, row in read.prices.items()}
    assert prices == pytest.approx({"laptop": 100, "monitor": 90})
    kinds = {row["item_type"]: row for row in read.sums("item_type")}
    assert kinds["laptop"]["eur"] == pytest.approx(100 * kinds["laptop"]["units"])
    # A projector with a life of its own has neither price nor factor: counted in units, zero nowhere.
    assert (kinds["projector"]["eur"], kinds["projector"]["unpriced"]) == (
        0,
        pytest.approx(kinds["projector"]["units"]),
    )
    cells = {row[2]: row for row in renewals_table(read, Labels("fr"))[1:]}["Vidéoprojecteur"]
    assert cells[3] and (cells[5], cells[7]) == (None, None)
    texts = " ".join(assumptions(read, Labels("fr")))
    assert "absents des euros\u00a0: " in texts and "absents de l’impact\u00a0: " in texts


def test_one_more_year_puts_purchases_off(read: Renewals) -> None:
    first = read.sums("year")[0]
    assert first["units_kept"] < first["units"]
    assert fsum(row["units_kept"] for row in read.rows) < fsum(row["units"] for row in read.rows)


def test_the_spreadsheet_holds_every_row(read: Renewals, tmp_path: Path) -> None:
    path = write_renewals(read, tmp_path / "r.xlsx", Labels("fr"))
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert len(sheet) == len(read.rows) + 1
    assert path.read_bytes() == write_renewals(read, tmp_path / "again.xlsx", Labels("fr")).read_bytes()
    lines = write_renewals(read, tmp_path / "r.csv", Labels("fr")).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Année;Entité;Type;Unités à renouveler;")
    with pytest.raises(CannotUse, match="ne s’écrivent pas dans ce format"):
        write_renewals(read, tmp_path / "r.pdf", Labels("fr"))


def test_a_year_that_is_over_or_an_unknown_criterion_are_refused(estate: Path) -> None:
    with pytest.raises(CannotUse) as error:
        read_renewals(estate / "run", 2024, "noise")
    assert [problem.what for problem in error.value.problems] == [
        "L’année 2024 n’est pas possible.", "Ce calcul n’a pas le critère «\u00a0noise\u00a0».",
    ]  # fmt: skip


def test_an_empty_estate_renews_nothing(tmp_path: Path) -> None:
    run = real_run.compute(tmp_path, {"inventory": [], "factors": FACTORS}, year=2024).folder
    empty = read_renewals(run)
    assert renewals_sentence(empty, Labels("fr")) == "Rien n’arrive à sa durée d’usage d’ici 2029."
    assert len(list(renewals(empty, Labels("fr")))) == 2
