"""The digital part of the regulatory statement: every kilogram in one category, guarded electricity apart (B1-B5)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

import reading
from estran.analysis import ghg_statement
from estran.catalogue.labels import Labels
from estran.common.problems import CannotUse
from estran.engine import runs
from estran.reporting import reports

SMALL = Path(__file__).parents[1] / "golden" / "estates" / "estate-40"
# 185 kg a laptop over 5 years, 30 kWh at 0.0461 kg. Owned, leased, below the threshold: 50, 10 and 5 laptops.
INVENTORY = """item_id,entity,item_type,quantity,acquisition,zone,flow,service,criterion,amount
A,DSI,laptop,50,,FR,,,,
B,DSI,laptop,10,leased,FR,,,,
C,DSI,laptop,5,consumable,FR,,,,
D,DSI,,,,,declared_impact,messagerie,gwp,700
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ghg")
    (folder / "parc").mkdir()
    (folder / "parc" / "inventory.csv").write_text(INVENTORY, "utf-8")
    runs.compute([folder / "parc"], runs.Choices(2025, catalogue=SMALL), folder / "run")
    return folder / "run"


@pytest.fixture(scope="module")
def statement(run: Path) -> ghg_statement.Statement:
    return ghg_statement.read_statement(run, Labels("fr"))


def test_owned_leased_and_below_the_threshold(statement: ghg_statement.Statement) -> None:
    result = {(line.category, line.holding): line.value for line in statement.lines}
    assert result == pytest.approx(
        {
            ("4.2", "owned"): 50 / 5 * (170 + 12),
            ("4.4", "leased"): 10 / 5 * (170 + 12),
            ("4.1", "consumable"): 5 / 5 * (170 + 12),
            ("4.3", "owned"): 50 / 5 * 3,
            ("4.3", "leased"): 10 / 5 * 3,
            ("4.3", "consumable"): 5 / 5 * 3,
            ("2.1", "owned"): 50 * 30 * 0.0461,
            ("2.1", "leased"): 10 * 30 * 0.0461,
            ("2.1", "consumable"): 5 * 30 * 0.0461,
            ("4.5", ""): 700,
        },
        rel=1e-12,
    )


def test_the_guarded_electricity_is_shown_and_never_added(statement: ghg_statement.Statement) -> None:
    assert {line.category for line in statement.lines if not line.counted} == {"2.1"}
    assert statement.guarded == pytest.approx(65 * 30 * 0.0461, rel=1e-12)
    assert statement.counted == pytest.approx(65 / 5 * 185 + 700, rel=1e-12)


def test_the_messy_estate_sums_to_what_its_run_models_and_suppliers_declare(tmp_path: Path) -> None:
    runs.compute([SMALL], runs.Choices(2025, catalogue=SMALL), tmp_path / "run")
    result = ghg_statement.read_statement(tmp_path / "run", Labels("fr"))
    headline = {row["part"]: float(row["value"]) for row in reading.rows(tmp_path / "run" / "headline.csv")
                if row["criterion"] == "gwp"}  # fmt: skip
    total = headline["modelled"] + headline.get("declared", 0.0)
    assert result.counted + result.guarded == pytest.approx(total, rel=1e-12)
    compared = sum(line.value for line in result.lines if line.basis == "declared_for_comparison")
    assert compared == pytest.approx(headline.get("declared_for_comparison", 0.0), rel=1e-12)


def test_csv_and_workbook_hold_the_same_lines(statement: ghg_statement.Statement, tmp_path: Path) -> None:
    text = reading.rows(ghg_statement.write_statement(statement, tmp_path / "beges.csv"))
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(ghg_statement.write_statement(statement, tmp_path / "beges.xlsx").read_bytes())
    )
    sheet = book.get_sheet_by_name("BEGES").to_python()
    assert sheet[0] == list(text[0])
    assert [row[1] for row in sheet[1:]] == [row["intitulé"] for row in text]
    assert sum(float(row["kg CO2 eq"]) for row in text if row["poste"] and row["ajouté au bilan"] == "oui") == (
        pytest.approx(statement.counted, rel=1e-12)
    )
    assert "dont 2.1, jamais ajoutée" in [row["intitulé"] for row in text]
    assert "durées comptables n’est pas calculé" in text[-1]["intitulé"]
    assert (tmp_path / "beges.xlsx").read_bytes() == ghg_statement.write_statement(
        statement, tmp_path / "again.xlsx"
    ).read_bytes()


def test_what_is_no_statement_is_refused(statement: ghg_statement.Statement, run: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotUse):
        ghg_statement.write_statement(statement, tmp_path / "beges.docx")
    runs.compute([SMALL], runs.Choices(2025, catalogue=SMALL, criteria=("adpe",)), tmp_path / "adpe")
    runs.compute([SMALL], runs.Choices(2025, catalogue=SMALL, view="flow"), tmp_path / "flow")
    for other in ("adpe", "flow"):
        with pytest.raises(CannotUse):
            ghg_statement.read_statement(tmp_path / other, Labels("fr"))


def test_the_report_has_its_page(run: Path, tmp_path: Path) -> None:
    page = reports.report(run, tmp_path / "r.html").read_text("utf-8")
    section = page[page.index('<section id="ghg"') :]
    section = section[: section.index("</section>")]
    assert "4.4 Actifs en leasing amont" in section
    assert "déjà dans les compteurs des bâtiments" in section
    assert "durées comptables n’est pas calculé" in section
