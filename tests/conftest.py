"""What all tests share: which ones run where, and the golden files, rewritten on purpose by `make golden`.

Markers: `browser` and `served` (a portal served by processes of its own) follow from the fixtures, `property` from
Hypothesis; `spark`, `postgres` (what differs between databases, run on PostgreSQL too) and `slow` (only in `make slow`)
stand in the files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from demo_year import DemoYear
from estran import demo
from estran.common.language import use_language
from estran.engine import runs
from estran.importing import estate_import
from examples import LONG

# Drawings are kept from one session to the next, apart from those of who runs the tests.
os.environ["XDG_CACHE_HOME"] = str(Path(__file__).parent.parent / "build" / "cache")
GOLDEN = Path(__file__).parent / "golden"

# The same examples in each `make check`, so that a proposal fails for what it changes; others in `make slow`.
settings.register_profile("same", derandomize=True)
settings.load_profile("default" if LONG else "same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="rewrite tests/golden from what the tests produce")
    parser.addoption("--files", type=int, default=400, help="how many damaged files are read (20000: half an hour)")
    parser.addoption("--kills", type=int, default=1, help="how many times the portal is killed (50 takes half an hour)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file share fixtures, so they stay in one process; one browser sees all pages, and starts first."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "browser" in fixtures:
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))
        elif "demo_year" in fixtures:
            item.add_marker(pytest.mark.xdist_group("demo_year"))
        elif not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        if hasattr(item, "obj") and hasattr(item.obj, "hypothesis"):
            item.add_marker("property")
        if {"portals", "served"} & {*fixtures}:
            item.add_marker("served")
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in ("browser", "spark", "served")))


@pytest.fixture(autouse=True)
def in_french() -> Iterator[None]:
    """Messages are compared in French, whatever the machine's language and the tests that ran before."""
    use_language("fr")
    yield
    use_language("fr")  # what a whole file shares is made before the next test begins


@pytest.fixture(scope="session")
def demo_year(tmp_path_factory: pytest.TempPathFactory) -> DemoYear:
    """The last year of the demonstration, imported call by call as its plan says."""
    folder, year = tmp_path_factory.mktemp("demo"), 2025
    written = folder / "departement"
    demo.write_demo(written)
    for call in demo.planned_imports(written, [year]):
        estate_import.import_files(
            call.files, call.format, call.entity, estate=folder / "parc", overlay=written / "overlay", year=year
        )
    return DemoYear(year, written, folder / "parc")


@pytest.fixture(scope="session")
def demo_run(demo_year: DemoYear, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the last year of the demonstration."""
    folder = tmp_path_factory.mktemp("demo_run") / "run"
    perimeter = demo_year.files / str(demo_year.year) / "perimeter.toml"
    runs.compute(
        [demo_year.estate],
        runs.Choices(demo_year.year, overlay=demo_year.files / "overlay", perimeter=perimeter),
        folder,
    )
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """A function (folder produced, name under tests/golden): every golden file has the same bytes in the folder."""

    def compare(produced: Path, name: str) -> None:
        expected = GOLDEN / name
        if request.config.getoption("--rewrite-golden"):
            for file in expected.iterdir():
                shutil.copyfile(produced / file.name, file)
        different = [
            file.name
            for file in sorted(expected.iterdir())
            if not (produced / file.name).exists() or (produced / file.name).read_bytes() != file.read_bytes()
        ]
        assert not different, f"{name}: {different} moved; if on purpose, run `make golden` and say so in CHANGELOG.md"

    return compare
