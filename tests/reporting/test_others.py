"""What others publish beside ours: restated on their perimeter where it is described, unknown elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from estran.catalogue.labels import Labels
from estran.reporting.blocks import Paragraph, Table, plain
from estran.reporting.chapters.others import others
from estran.reporting.others import everyday, published_beside
from estran.reporting.run_summary import RunSummary
from sample_run import CENTRE, DIRECTIONS, OFFICE, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    return RunSummary(write_run(tmp_path_factory.mktemp("others") / "run"), Labels("fr"))


def test_ours_leaves_what_their_perimeter_leaves(run: RunSummary) -> None:
    """Ille-et-Vilaine counts no paper and no middle school: the administration without consumables."""
    rows = {(row["measure"], row["body"], row["perimeter"]): row for row in published_beside(run)}
    total = rows["total", "Département d’Ille-et-Vilaine", "information_system"]
    kinds = {kind for kind, *_more in (*OFFICE, *CENTRE)} | {"room"}
    weighed = run.rows("SELECT entity, item_type, value::DOUBLE AS value FROM impacts WHERE criterion = 'gwp'")
    expected = sum(row["value"] for row in weighed if row["entity"] in DIRECTIONS and row["item_type"] in kinds)
    assert total["ours"] == pytest.approx(expected)
    without_rooms = rows["per_person", "Ministère de la Transition écologique", "workstations"]
    agents = next(row["number"] for row in run.ratios if row["who"] == "agents")
    assert without_rooms["ours"] < total["ours"] / agents
    devices = sum(n for _kind, n, _life, _kwh in OFFICE) * len(DIRECTIONS) + sum(n for _kind, n, *_more in CENTRE)
    assert rows["per_device", "Département d’Ille-et-Vilaine", "information_system"]["ours"] == pytest.approx(
        expected / devices
    )


def test_a_perimeter_nobody_describes_has_no_figure_of_ours(run: RunSummary) -> None:
    assert {row["ours"] for row in published_beside(run) if row["perimeter"] in ("panel", "country")} == {None}


def test_no_figure_per_person_without_agents(tmp_path: Path) -> None:
    bare = RunSummary(write_run(tmp_path / "run", perimeter={"id": "x", "label": "Essai"}), Labels("fr"))
    assert [row for row in published_beside(bare) if row["measure"] == "per_person" and row["ours"] is not None] == []
    compared = everyday(bare)
    assert compared is not None
    assert (compared["per_agent"], compared["times"]) == (False, pytest.approx(bare.carbon["mean"] / 0.142253))


def test_the_page_links_every_organisation_and_ranks_nobody(run: RunSummary) -> None:
    table = next(block for block in others(run) if isinstance(block, Table))
    assert all(row[0][0].link.startswith("http") for row in table.rows)  # type: ignore[union-attr]
    assert len(table.rows) == 14
    texts = " ".join(plain(block.text) for block in others(run) if isinstance(block, Paragraph))
    assert "Aucun classement n’en découle." in texts
    assert "km en voiture thermique" in texts
