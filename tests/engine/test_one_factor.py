"""One factor changed: every result that rests on it moves alike, and nothing that was published moves at all.

The catalogue is that of golden/estates/estate-40: making a laptop is 170 kg, spread over 5 years. The authority's own
factor says 270 kg: ten laptops weigh 10 × 100 / 5 = 200 kg more a year.
"""

import shutil
from pathlib import Path

import pytest

import reading
from estran.analysis import decomposition, explain, restatement
from estran.analysis.explain import Figure
from estran.engine import runs
from estran.projection import projections
from estran.reporting import reports

SMALL = Path(__file__).parents[1] / "golden" / "estates" / "estate-40"
MORE = 10 * (270 - 170) / 5
INVENTORY = "item_type,quantity,purchase_date,zone\nlaptop,10,2023-01-01,FRA\nmonitor,10,2023-01-01,FRA\n"
OWN_FACTOR = "flow,stage,criterion,value,cv,quality\nlaptop,manufacturing,gwp,270,,3\n"
PLAN = """
name = "Essai"
base_year = 2025
target_year = 2030
[[actions]]
code = "A"
title = "Un dixième de portables en moins"
before = { value = "inventory", source = "bilan" }
levers = [{ where = { item_type = "laptop" }, parameter = "quantity", times = 0.9, from = 2026 }]
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Computed:
    """A run and everything that is told of it."""

    def __init__(self, folder: Path, overlay: Path | None, catalogue: Path = SMALL) -> None:
        estate = folder / "estate"
        estate.mkdir(parents=True)
        (estate / "inventory.csv").write_text(INVENTORY, encoding="utf-8")
        self.run = folder / "run"
        runs.compute([estate], runs.Choices(2025, catalogue=catalogue, overlay=overlay), self.run)
        self.page = reports.report(self.run, folder / "report.html")
        plan = folder / "plan.toml"
        plan.write_text(PLAN, encoding="utf-8")
        self.projection = folder / "projection"
        projections.project_estate(self.run, plan, self.projection)

    def impact(self, item_type: str) -> float:
        rows = reading.rows(self.run / "impacts.csv")
        return reading.sums((row for row in rows if row["criterion"] == "gwp"), ["item_type"])[(item_type,)]

    def explained(self, item_type: str) -> explain.Explanation:
        return explain.explain_figure(self.run, Figure("gwp", item_type=item_type))

    def projected(self, scenario: str, year: str = "2026") -> float:
        (row,) = [
            row
            for row in reading.rows(self.projection / "years.csv")
            if (row["scenario"], row["criterion"], row["view"], row["year"]) == (scenario, "gwp", "stock", year)
        ]
        return float(row["value"])

    def effect(self) -> float:
        """In 2028, when the laptops of 2023 have left and nine are bought instead of ten."""
        (row,) = [
            row
            for row in reading.rows(self.projection / "actions.csv")
            if (row["criterion"], row["view"], row["period"]) == ("gwp", "stock", "2028")
        ]
        return float(row["share"])


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Computed:
    return Computed(tmp_path_factory.mktemp("before"), None)


@pytest.fixture(scope="module")
def published(before: Computed) -> dict[str, bytes]:
    """What stood in the folder of the first run before anything else was computed."""
    return contents(before.run.parent)


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory, published: dict[str, bytes]) -> Computed:
    own = tmp_path_factory.mktemp("own")
    (own / "factors.csv").write_text(OWN_FACTOR, encoding="utf-8")
    return Computed(tmp_path_factory.mktemp("after"), own)


def test_the_impact_moves_by_amount_times_factor_and_the_others_do_not(before: Computed, after: Computed) -> None:
    assert after.impact("laptop") - before.impact("laptop") == pytest.approx(MORE, rel=1e-12)
    assert after.impact("monitor") == before.impact("monitor")


def test_what_explains_it_holds_the_new_factor_and_the_same_total(before: Computed, after: Computed) -> None:
    def manufacturing(run: Computed) -> float:
        (product,) = [row for row in run.explained("laptop").products if row["stage"] == "manufacturing"]
        return float(product["factor"])

    assert (manufacturing(before), manufacturing(after)) == (170, 270)
    assert after.explained("laptop").value == pytest.approx(after.impact("laptop"), rel=1e-12)


def test_the_report_says_the_new_total(before: Computed, after: Computed) -> None:
    def total(run: Computed) -> str:
        kg = run.impact("laptop") + run.impact("monitor")
        return f"{kg:.0f}\u00a0kilogrammes d’équivalent CO₂"

    assert total(before) != total(after)
    for run, other in ((before, after), (after, before)):
        page = run.page.read_text("utf-8")
        assert f'<strong class="big">{total(run)}</strong>' in page
        assert f'<strong class="big">{total(other)}</strong>' not in page


def test_the_scenario_and_the_effect_of_its_action_move_alike(before: Computed, after: Computed) -> None:
    assert after.projected("reference") - before.projected("reference") == pytest.approx(MORE, rel=1e-9)
    assert after.effect() - before.effect() == pytest.approx(-MORE / 10, rel=1e-9)


def test_nothing_published_has_moved(before: Computed, after: Computed, published: dict[str, bytes]) -> None:
    assert contents(before.run.parent) == published
    assert runs.rerun(before.run) == []


@pytest.mark.slow
def test_a_new_edition_of_the_catalogue_leaves_published_bytes_alone(tmp_path: Path) -> None:
    """Every factor and every kWh doubled where the catalogue stands: the run, its report, its rerun are the same."""
    catalogue = tmp_path / "catalogue"
    shutil.copytree(
        SMALL, catalogue, ignore=shutil.ignore_patterns("expected_*", "inventory.csv", "models.csv", "rooms.csv")
    )
    old = Computed(tmp_path / "old", None, catalogue)
    bytes_then = contents(old.run.parent)
    for name in ("factors", "electricity"):
        _double(catalogue / f"{name}.csv")
    assert runs.rerun(old.run) == []
    assert reports.report(old.run, tmp_path / "again.html").read_bytes() == bytes_then["report.html"]
    assert old.explained("laptop").value == pytest.approx(old.impact("laptop"), rel=1e-12)
    rows = restatement.restate_runs([old.run], tmp_path / "series", catalogue=catalogue)
    assert contents(old.run.parent) == bytes_then
    (climate,) = [row for row in rows if row["criterion"] == "gwp"]
    assert climate["restated"] == pytest.approx(2 * climate["published"], rel=1e-9)
    assert climate["method_and_factors"] == pytest.approx(climate["published"], rel=1e-9)
    new = Computed(tmp_path / "new", None, catalogue)
    assert new.impact("laptop") == pytest.approx(2 * old.impact("laptop"), rel=1e-12)
    found = decomposition.compare_runs(tmp_path / "series" / "2025", new.run)
    assert (found.whole.after - found.whole.before, set(found.whole.effects.values())) == (0, {0})


def _double(path: Path) -> None:
    header, *lines = path.read_text("utf-8").splitlines()
    place = header.split(",").index("value")
    cells = [line.split(",") for line in lines]
    doubled = [[str(2 * float(cell)) if i == place else cell for i, cell in enumerate(row)] for row in cells]
    path.write_text("\n".join([header, *map(",".join, doubled)]) + "\n", encoding="utf-8")
