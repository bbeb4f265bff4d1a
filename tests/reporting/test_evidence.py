"""For a verifier: the checklist filled from facts, and the evidence to keep for what weighs most."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

import small_runs
from estran.catalogue.labels import Labels
from estran.common.problems import CannotUse
from estran.reporting.chapters.conformity import lines
from estran.reporting.evidence import write_evidence
from estran.reporting.run_summary import RunSummary


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_runs.run(tmp_path_factory.mktemp("evidence") / "run", 2025)


@pytest.fixture(scope="module")
def sheets(run: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(write_evidence(run, run.parent / "preuves.xlsx"))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_sixteen_points_are_filled_from_facts(run: Path, sheets: dict[str, list[list[object]]]) -> None:
    checklist = sheets["Liste de contrôle"]
    assert [row[0] for row in checklist[1:]] == [f"F{n}" for n in range(1, 17)]
    facts = {code: (state, found) for code, _asked, state, found, _place in lines(RunSummary(run, Labels("fr")))}
    assert facts["F7"] == ("yes", "100 agents, 40 élèves")
    assert facts["F5"][0] == "partly" and facts["F6"][0] == "no"  # the small catalogue has two stages and one criterion
    assert all(found for _state, found in facts.values())


def test_what_weighs_most_comes_first_with_where_it_is_written(sheets: dict[str, list[list[object]]]) -> None:
    """A run of 230 kg: ten laptops weigh 150, four 60, five screens 20."""
    head, *rows = sheets["Preuves à garder"]
    assert head[0] == "Nature" and len({len(row) for row in rows}) == 1
    inventory = [row for row in rows if row[0] == "ligne d’inventaire"]
    assert [str(row[1]).partition(",")[0] for row in inventory] == ["L", "C", "S"]
    assert [row[3] for row in inventory] == pytest.approx([150 / 230, 60 / 230, 20 / 230])
    factors = [row for row in rows if "facteur" in str(row[0])]
    assert sum(float(str(row[3])) for row in factors) == pytest.approx(1)
    assert {row[0] for row in rows} >= {"effectif", "ligne d’inventaire"}
    assert all(row[5] and row[6] for row in rows)


def test_the_same_run_gives_the_same_bytes_and_another_format_is_refused(run: Path, tmp_path: Path) -> None:
    first, second = (write_evidence(run, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second
    with pytest.raises(CannotUse, match="ce format"):
        write_evidence(run, tmp_path / "preuves.pdf")
