"""A figure published years ago is computed again to the last digit by the version of today (rule D1).

Each `tests/data/bilan-du-<day>.tar.xz` is a run folder as the version of that day wrote it, the last one with --detail.
They are never made again: when the format changes, another folder is kept beside them.
"""

import tarfile
from pathlib import Path

import pytest

from estran.analysis import explain
from estran.catalogue.labels import Labels
from estran.engine import runs
from estran.reporting import reports
from estran.reporting.blocks import plain_texts
from estran.reporting.chapters.explanation import explanation

KEPT = sorted((Path(__file__).parents[1] / "data").glob("bilan-du-*.tar.xz"))


@pytest.fixture(params=KEPT, ids=lambda path: path.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The run folder of an older version: ten laptops, two servers, five monitors, and a type nobody knows."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "bilan-2024"


def test_an_old_run_is_computed_again_to_the_last_byte(old: Path) -> None:
    assert runs.rerun(old) == []


def test_an_old_run_is_still_opened_and_reported(old: Path, tmp_path: Path) -> None:
    opened = explanation(explain.explain_figure(old, explain.Figure("")), Labels("fr"))
    assert "880\u00a0kilogrammes" in " ".join(plain_texts(opened))
    page = reports.report(old, tmp_path / "rapport.html").read_text("utf-8")
    assert "880" in page


def test_an_old_run_is_restated_under_the_catalogue_of_today(old: Path, tmp_path: Path) -> None:
    runs.restate(old, runs.Choices(2024, criteria=("gwp",)), tmp_path / "restated")
    before, after = runs.read_json(old), runs.read_json(tmp_path / "restated")
    assert (after["inventory"]["sha256"], after["counts"]["quantity"]) == (before["inventory"]["sha256"], 18.0)
    assert runs.rerun(tmp_path / "restated") == []
