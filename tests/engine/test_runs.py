"""The run folder: whole or absent, the same bytes for the same inputs, computed again years later from itself alone.

The hand calculations use the catalogue of golden/estates/estate-40: a laptop is 170 + 12 + 3 kg over 5 years and 30 kWh
a year, a kWh is 0.0461 kg: one laptop weighs 185 / 5 + 30 × 0.0461 = 38.383 kg a year.
"""

import json
import random
import shutil
import subprocess
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

import reading
from estran.common import files, table_schema
from estran.common.problems import CannotUse
from estran.engine import execution, runs
from estran.engine.session import Session
from estran.importing import canonical

ESTATES = Path(__file__).parents[1] / "golden" / "estates"
SMALL = ESTATES / "estate-40"
LAPTOP = 185 / 5 + 30 * 0.0461
MESSY = runs.Choices(2025, catalogue=SMALL, detail=True)


def estate(folder: Path, inventory: str, **small_tables: str) -> Path:
    """An estate written by hand; spaces after commas are for the reader."""
    folder.mkdir(parents=True)
    for name, text in {"inventory": inventory, **small_tables}.items():
        lines = [",".join(cell.strip() for cell in line.split(",")) for line in text.strip().splitlines()]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def computed(run: Path, *sources: Path, **choices: Any) -> Path:
    runs.compute(list(sources), runs.Choices(2025, **{"catalogue": SMALL, **choices}), run)
    return run


def climate(run: Path, *keys: str) -> dict[tuple[str, ...], float]:
    """Impacts on the climate by some columns."""
    return reading.sums((row for row in reading.rows(run / "impacts.csv") if row["criterion"] == "gwp"), keys)


# ------------------------------------------------------------------------------------------------------ same bytes


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the small messy estate."""
    run = tmp_path_factory.mktemp("messy") / "run"
    runs.compute([SMALL], MESSY, run)
    return run


def test_the_same_inputs_give_the_same_folder(messy: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(SMALL, tmp_path / "elsewhere" / SMALL.name)
    runs.compute([copied], runs.Choices(2025, catalogue=copied, detail=True), tmp_path / "other name")
    assert reading.content(tmp_path / "other name") == reading.content(messy)


def test_a_run_is_computed_again_from_itself_alone(messy: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(SMALL, tmp_path / SMALL.name)
    runs.compute([copied], runs.Choices(2025, catalogue=copied, detail=True), tmp_path / "run")
    shutil.rmtree(copied)
    moved = shutil.move(tmp_path / "run", tmp_path / "archives" / "2025")
    assert runs.rerun(Path(moved)) == []
    assert reading.content(Path(moved)) == reading.content(messy)


@pytest.mark.parametrize("name", ["impacts.csv", "amounts.parquet", "inputs/tables/factors.parquet"])
def test_a_touched_file_is_told(messy: Path, tmp_path: Path, name: str) -> None:
    run = shutil.copytree(messy, tmp_path / "run")
    (run / name).write_bytes(b"other\n")
    assert runs.rerun(run) == [name]
    (run / name).unlink()
    assert runs.rerun(run) == [name]


@pytest.fixture(scope="module")
def many_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred times the large messy estate, in groups of rows that the threads take in any order."""
    folder = tmp_path_factory.mktemp("many") / "estate"
    shutil.copytree(ESTATES / "estate-800", folder)
    with canonical.connect() as con:
        canonical.read_inventory(folder / "inventory.csv", folder / "typed.parquet")
        con.execute(f"""
            COPY (
                SELECT * EXCLUDE (row_id) REPLACE (item_id || '-' || n AS item_id, serial || '-' || n AS serial)
                FROM '{folder}/typed.parquet' CROSS JOIN range(100) AS copies(n)
                ORDER BY n, row_id
            ) TO '{folder}/inventory.parquet' (ROW_GROUP_SIZE 4096)
        """)
    (folder / "inventory.csv").unlink()
    (folder / "typed.parquet").unlink()
    return folder


def test_the_same_bytes_whatever_the_threads(many_rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choices = runs.Choices(2025, catalogue=many_rows)
    for threads in (1, 2, 4):
        monkeypatch.setattr(execution, "Session", partial(Session, threads=threads))
        runs.compute([many_rows], choices, tmp_path / str(threads))
    one, *others = (reading.content(tmp_path / str(threads)) for threads in (1, 2, 4))
    for other in others:
        assert [name for name in one if one[name] != other[name]] == []


def test_an_inventory_already_typed_is_used_as_it_is(messy: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(SMALL, tmp_path / SMALL.name)
    with canonical.connect() as con:
        canonical.read_inventory(SMALL / "inventory.csv", tmp_path / "typed.parquet")
        rows = f"SELECT * EXCLUDE (row_id) FROM '{tmp_path}/typed.parquet' ORDER BY row_id"
        con.execute(f"COPY ({rows}) TO '{folder}/inventory.parquet'")
    (folder / "inventory.csv").unlink()
    run = computed(tmp_path / "run", folder, detail=True)
    given = folder / "inventory.parquet"
    frozen = run / "inputs" / f"inventory-{files.sha256(given)}.parquet"
    assert frozen.read_bytes() == given.read_bytes()
    for path in messy.glob("*.csv"):
        assert (run / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_run_says_neither_when_nor_where_it_was_made(messy: Path) -> None:
    said = json.dumps(json.loads((messy / "run.json").read_text("utf-8")), ensure_ascii=False)
    for hint in (str(messy.parent), str(ESTATES), str(Path.home()), date.today().isoformat(), time.strftime("%Y%m%d")):
        assert hint not in said
    for name, content in reading.content(messy).items():
        assert str(messy.parent).encode() not in content, name
        assert str(ESTATES).encode() not in content, name


# ------------------------------------------------------------------------------------------------------ whole or not


def command(*arguments: Any) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "estran.cli", *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_a_run_killed_at_any_moment_is_never_taken_for_a_run(tmp_path: Path) -> None:
    """Killed without a word at six moments drawn from the time a whole run takes, three of them over an older run."""
    compute = partial(command, "compute", SMALL, "--catalogue", SMALL, "--year", 2025, "-o")
    started = time.monotonic()
    compute(tmp_path / "whole").wait()
    lasting, draw = time.monotonic() - started, random.Random(20221117)
    expected = reading.content(tmp_path / "whole")
    for attempt in range(6):
        run = tmp_path / f"killed-{attempt}"
        if attempt % 2:
            shutil.copytree(tmp_path / "whole", run)
        process = compute(run)
        time.sleep(lasting * draw.uniform(0.3, 1.1))
        process.kill()
        process.wait()
        if run.exists():
            assert reading.content(run) == expected
        else:
            with pytest.raises(CannotUse, match="n’est pas un dossier de calcul"):
                runs.read_json(run)


def test_a_run_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = estate(tmp_path / "parc", "item_type, quantity\nlaptop, 1")
    with pytest.raises(CannotUse, match="Critère inconnu"):
        computed(tmp_path / "out" / "run", folder, criteria=("mood",))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_is_not_a_run_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "été.jpg").write_bytes(b"souvenir")
    folder = estate(tmp_path / "parc", "item_type, quantity\nlaptop, 1")
    with pytest.raises(CannotUse, match="n’est pas un calcul"):
        computed(tmp_path / "photos", folder)
    assert reading.content(tmp_path / "photos") == {"été.jpg": b"souvenir"}


def test_another_tool_may_have_its_own_run_json(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text('{"jobs": []}', encoding="utf-8")
    folder = estate(tmp_path / "parc", "item_type, quantity\nlaptop, 1")
    with pytest.raises(CannotUse, match="n’est pas un calcul"):
        computed(tmp_path / "other", folder)
    with pytest.raises(CannotUse, match="n’est pas un dossier de calcul"):
        runs.rerun(tmp_path / "other")


def test_a_run_is_replaced_whole(tmp_path: Path) -> None:
    one = estate(tmp_path / "un", "item_type, quantity\nlaptop, 1")
    two = estate(tmp_path / "deux", "item_type, quantity\nlaptop, 2")
    computed(tmp_path / "run", one, detail=True)
    computed(tmp_path / "run", two)
    computed(tmp_path / "fresh", two)
    assert reading.content(tmp_path / "run") == reading.content(tmp_path / "fresh")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deux", "fresh", "run", "un"]


# ------------------------------------------------------------------------------------------------------ what is read


def test_two_estates_make_one_run(tmp_path: Path) -> None:
    council = estate(tmp_path / "siege", "item_id, entity, item_type, quantity\na, Siège, laptop, 10")
    school = estate(
        tmp_path / "college",
        "entity, item_type, label, quantity, zone\nCollège A, laptop, portables, 5, FR\nCollège A, , tableau, 1,",
    )
    run = computed(tmp_path / "run", council, school)
    assert climate(run, "entity") == pytest.approx({("Siège",): 10 * LAPTOP, ("Collège A",): 5 * LAPTOP}, rel=1e-9)
    described = runs.read_json(run)
    assert described["inventory"]["rows"] == 3
    assert [(file["name"], file["rows"]) for file in described["inventory"]["files"]] == [("siege", 1), ("college", 2)]
    assert runs.rerun(run) == []


def test_a_room_described_in_two_estates_is_refused(tmp_path: Path) -> None:
    folders = [
        estate(tmp_path / name, "item_type, quantity\nlaptop, 1", rooms="room, pue\nSalle 1, 1.5") for name in "ab"
    ]
    with pytest.raises(CannotUse, match=r"Salle décrite plusieurs fois\s: Salle 1"):
        computed(tmp_path / "run", *folders)
    assert not (tmp_path / "run").exists()


def test_faulty_rows_are_counted_and_the_others_kept(tmp_path: Path) -> None:
    folder = estate(
        tmp_path / "parc",
        """
        item_id, item_type, quantity, purchase_date
        a,       laptop,    1,        2023-01-01
        b,       laptop,    -4,       2023-01-01
        c,       laptop,    beaucoup, 1899-12-31
        d,       laptop,    2,        2023-01-01
        """,
    )
    summary = runs.compute([folder], runs.Choices(2025, catalogue=SMALL), tmp_path / "run")
    assert (summary.counts["rows"], summary.counts["rejected"]) == (2, 2)
    labels = {column.column: column.label_fr for column in table_schema.columns("inventory")}
    assert [(problem.line, problem.column, problem.value) for problem in summary.problems] == [
        (3, labels["quantity"], "-4"),
        (4, labels["quantity"], "beaucoup"),
        (4, labels["purchase_date"], "1899-12-31"),
    ]
    assert climate(tmp_path / "run", "view") == pytest.approx({("stock",): 3 * LAPTOP}, rel=1e-9)


def test_a_faulty_room_is_a_row_left_out_too(tmp_path: Path) -> None:
    rooms = "room, pue, facility_kwh\nSalle 1, 0.5, -12\nSalle 2, 1.5, 9000"
    folder = estate(tmp_path / "parc", "item_type, quantity\nlaptop, 1", rooms=rooms)
    summary = runs.compute([folder], runs.Choices(2025, catalogue=SMALL), tmp_path / "run")
    assert (summary.counts["rejected"], summary.faults) == (1, 2)
    assert [(problem.file, problem.line, problem.value) for problem in summary.problems] == [
        ("rooms.csv", 2, "-12"),
        ("rooms.csv", 2, "0.5"),
    ]
    assert [row["room"] for row in reading.rows(tmp_path / "run" / "rooms.csv")] == ["Salle 2"]


def test_the_zone_of_france_by_any_of_its_names(tmp_path: Path) -> None:
    names = ("FRA", "FR", "France", "france métropolitaine")
    rows = "\n".join(f"{name}, laptop, 1, 100, {name}" for name in names)
    folder = estate(tmp_path / "parc", f"entity, item_type, quantity, kwh_per_unit, zone\n{rows}")
    run = computed(tmp_path / "run", folder, catalogue=None)
    by_entity = climate(run, "entity")
    assert by_entity.keys() == {(name,) for name in names}
    assert len(set(by_entity.values())) == 1
    assert {row["zone"] for row in reading.rows(run / "amounts.csv") if row["zone"]} == {"FRA"}
    assert "zone" not in {row["what"] for row in reading.rows(run / "gaps.csv")}


# ------------------------------------------------------------------------------------------------------ what is chosen


def test_values_of_ones_own_move_the_next_run_and_no_older_one(tmp_path: Path) -> None:
    folder = estate(tmp_path / "parc", "item_type, quantity\nlaptop, 10")
    own = tmp_path / "own"
    own.mkdir()

    def keep(years: int) -> None:
        rows = f"item_type,parameter,valid_from,value,cv\nlaptop,lifetime_years,2020,{years},\n"
        (own / "defaults.csv").write_text(rows, encoding="utf-8")

    keep(6)
    older = computed(tmp_path / "older", folder, overlay=own)
    keep(8)
    newer = computed(tmp_path / "newer", folder, overlay=own)
    use = 10 * 30 * 0.0461
    assert climate(older, "view") == pytest.approx({("stock",): 10 * 185 / 6 + use}, rel=1e-9)
    assert climate(newer, "view") == pytest.approx({("stock",): 10 * 185 / 8 + use}, rel=1e-9)
    shutil.rmtree(own)
    assert runs.rerun(older) == []
    assert runs.rerun(newer) == []


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = "item_type, quantity, zone\nlaptop, 100, FR\nmonitor, 120, FR\nswitch, 8, FR"
    return estate(tmp_path_factory.mktemp("office") / "parc", rows)


def test_factor_sets_side_by_side_are_those_of_the_runs_under_each(office: Path, tmp_path: Path) -> None:
    """The line of a set is the very total that a run under it gives, whatever the set of the run."""
    chosen = {code: computed(tmp_path / code, office, catalogue=None, factor_set=code) for code in ("ademe", "ecodiag")}
    lines = {
        code: {(row["factor_set"], row["criterion"]): row for row in reading.rows(run / "factor_sets.csv")}
        for code, run in chosen.items()
    }
    assert lines["ademe"].keys() == lines["ecodiag"].keys()
    assert {code for code, _criterion in lines["ademe"]} >= {"ademe", "ecodiag", "base_impacts", "resilio", "makers"}
    for code, run in chosen.items():
        own = next(
            row for row in reading.rows(run / "intervals.csv") if (row["entity"], row["criterion"]) == ("*", "gwp")
        )
        for shown in lines.values():
            assert {name: shown[code, "gwp"][name] for name in ("mean", "sd", "low95", "high95")} == {
                name: own[name] for name in ("mean", "sd", "low95", "high95")
            }


PERIMETER = """
id = "essai"
version = "2025-1"
valid_from = 2025-01-01
entities = ["Siège*", "Collège *"]
schools = ["college *"]
[include]
paper = false
"""


def test_a_perimeter_lists_what_it_leaves_outside_and_keeps_schools_apart(tmp_path: Path) -> None:
    folder = estate(
        tmp_path / "parc",
        """
        item_id, entity,        item_type, quantity, flow,                amount
        a,       Siège > DSN,   laptop,    10,       ,
        b,       Collège Anita, laptop,    4,        ,
        c,       SDIS,          laptop,    7,        ,
        d,       Siège,         ,          ,         paper_sheet_virgin,  100000
        """,
    )
    (tmp_path / "perimeter.toml").write_text(PERIMETER, encoding="utf-8")
    run = computed(tmp_path / "run", folder, perimeter=tmp_path / "perimeter.toml")
    outside = [(row["item_id"], row["rule"].split()[0]) for row in reading.rows(run / "guards.csv")]
    assert outside == [("c", "S2"), ("d", "S2")]
    parts = {
        row["name"]: float(row["mean"])
        for row in reading.rows(run / "subtotals.csv")
        if (row["scope"], row["criterion"]) == ("part", "gwp")
    }
    assert parts == pytest.approx({"administration": 10 * LAPTOP, "schools": 4 * LAPTOP}, rel=1e-9)
    assert runs.read_json(run)["perimeter"]["version"] == "2025-1"

    without = PERIMETER.replace("paper = false", "schools = false")
    (tmp_path / "perimeter.toml").write_text(without, encoding="utf-8")
    run = computed(tmp_path / "without", folder, perimeter=tmp_path / "perimeter.toml")
    outside = [(row["item_id"], row["rule"].split()[0]) for row in reading.rows(run / "guards.csv")]
    assert outside == [("b", "S2"), ("c", "S2")]
    assert climate(run, "item_type")[("laptop",)] == pytest.approx(10 * LAPTOP, rel=1e-9)


def test_machines_and_applications_share_the_impacts_of_their_hosts(tmp_path: Path) -> None:
    """One host with two machines, one with none: views of the same total, by host, stage and criterion (K)."""
    folder = estate(
        tmp_path / "parc",
        """
        item_id, entity, item_type, quantity, room
        h1,      DSN,    server,    1,        Salle 1
        h2,      DSN,    server,    1,        Salle 1
        l1,      DSN,    laptop,    3,
        """,
        rooms="room, entity, zone, pue\nSalle 1, DSN, FR, 1.5",
        vms="vm, host, vcpu, ram_gb, storage_gb\nv1, h1, 2, 8, 100\nv2, h1, 6, 24, 300\nv3, h2, 1, 1, 1",
        applications="application, vm, share\nRH, v1, 0.5\nFinances, v1, 0.25\nRH, v2,",
    )
    run = computed(tmp_path / "run", folder)
    rows = reading.rows(run / "allocation.csv")
    carried = {
        level: reading.sums((row for row in rows if row["level"] == level), ("stage", "criterion"))
        for level in ("vm", "application")
    }
    server = (row for row in reading.rows(run / "impacts.csv") if row["item_type"] == "server")
    hosts = reading.sums(server, ("stage", "criterion"))
    assert reading.differences(carried["vm"], hosts) == {}
    assert reading.differences(carried["application"], carried["vm"]) == {}
    shares = {
        (row["name"], row["stage"]): float(row["value"])
        for row in rows
        if row["level"] == "vm" and row["host"] == "h1" and row["criterion"] == "gwp"
    }
    # v1 has a quarter of every dimension: a quarter of the host, whatever the weights.
    for stage in ("manufacturing", "distribution", "use", "end_of_life"):
        assert shares["v1", stage] == pytest.approx(shares["v2", stage] / 3, rel=1e-9)
    # 1,300 kg of manufacturing over 5 years: 260 kg a year for the host, 65 kg for v1; a quarter of v1 is nobody's.
    assert shares["v1", "manufacturing"] == pytest.approx(65, rel=1e-9)
    applications = reading.sums(
        (
            row
            for row in rows
            if (row["level"], row["stage"], row["criterion"]) == ("application", "manufacturing", "gwp")
        ),
        ("name",),
    )
    assert applications == pytest.approx(
        {("RH",): 32.5 + 195, ("Finances",): 16.25, ("(unallocated)",): 16.25 + 260}, rel=1e-9
    )


def test_without_machines_there_is_no_allocation_file(messy: Path) -> None:
    assert not (messy / "allocation.csv").exists()


def test_a_choice_that_does_not_exist_is_refused_with_the_others(tmp_path: Path) -> None:
    wrong = runs.Choices(1750, catalogue=SMALL, method="wenr", view="both")
    with pytest.raises(CannotUse) as refused:
        runs.compute([SMALL], wrong, tmp_path / "run")
    assert [problem.what for problem in refused.value.problems] == [
        "L’année 1750 n’est pas possible.",
        "La méthode «\u00a0wenr\u00a0» n’existe pas.",
        "La vue «\u00a0both\u00a0» n’existe pas.",
    ]


def test_every_table_of_a_run_can_be_read_by_anyone(messy: Path) -> None:
    """A header, as many cells on each line, dots in numbers."""
    for path in sorted(messy.glob("*.csv")):
        assert len(duckdb.sql(f"FROM read_csv('{path}', header = true, strict_mode = true)").columns) > 1, path.name
    described = duckdb.execute(f"DESCRIBE FROM read_csv('{messy}/impacts.csv')").fetchall()
    assert {row[0]: row[1] for row in described}["value"] == "DOUBLE"
