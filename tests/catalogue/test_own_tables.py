"""The tables of an authority are checked as the catalogue is: nothing in them is ignored in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from estran.cli.commands import app
from estran.common.problems import CannotUse, Problem
from estran.importing import estate_import
from estran.importing.own_tables import faults_of_overlay, load_catalogue


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refused(**folders: Path) -> list[Problem]:
    with pytest.raises(CannotUse) as error:
        load_catalogue(["ademe"], folders.get("catalogue"), overlay=folders.get("overlay"))
    return list(error.value.problems)


DEFAULTS = "item_type,parameter,valid_from,value"


def test_a_missing_overlay_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(overlay=tmp_path / "valeurz")
    assert (problem.value, "defaults.csv" in problem.remedy) == ("valeurz", True)


def test_the_tables_of_an_estate_leave_the_fingerprint_of_the_catalogue(tmp_path: Path) -> None:
    """Two years whose estates bring other factors still compare; an overlay makes another catalogue."""
    write(tmp_path / "parc" / "factors.csv", "flow,stage,criterion,value", "cloud:essai,use,gwp,2")
    write(tmp_path / "overlay" / "defaults.csv", DEFAULTS, "laptop,lifetime_years,,7")
    shipped = load_catalogue(["ademe"])["ademe"]
    with_estate = load_catalogue(["ademe"], estates=[tmp_path / "parc"])["ademe"]
    assert ("cloud:essai" in with_estate.factors["flow"].to_pylist(), with_estate.sha256) == (True, shipped.sha256)
    assert load_catalogue(["ademe"], overlay=tmp_path / "overlay")["ademe"].sha256 != shipped.sha256


def test_a_misnamed_table_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    write(tmp_path / "default.csv", DEFAULTS, "laptop,lifetime_years,,7")
    write(tmp_path / "column.toml", '"Niver" = "quantity"')
    named = {problem.value: problem.remedy for problem in refused(overlay=tmp_path)}
    assert named.keys() == {"default.csv", "column.toml"}
    assert "defaults.csv" in named["default.csv"]
    assert "columns.toml" in named["column.toml"]


def test_a_second_file_of_a_table_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "defaults.csv", DEFAULTS, "laptop,lifetime_years,,7")
    write(tmp_path / "defaults.xlsx", "not read")
    (problem,) = refused(overlay=tmp_path)
    assert (problem.value, "defaults.csv" in problem.remedy) == ("defaults.xlsx", True)


def test_what_is_read_elsewhere_or_no_table_may_lie_there(tmp_path: Path) -> None:
    write(tmp_path / "defaults.csv", DEFAULTS, "laptop,lifetime_years,,7")
    write(tmp_path / "labels.csv", "label,item_type", "Gwaregezh,laptop")
    write(tmp_path / "columns.toml", '"Niver" = "quantity"')
    write(tmp_path / "targets.csv", "indicator,target,year", "FP01,10,2030")
    write(tmp_path / "perimeter.toml", 'id = "x"')
    write(tmp_path / "LISEZMOI.md", "Nos durées.")
    assert faults_of_overlay(tmp_path) == []


def test_every_fault_of_every_table_at_once_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path / "defaults.csv",
        DEFAULTS,
        "laptopp,lifetime_years,,7",
        "laptop,lifetime_year,,7",
        "laptop,pue,,1.4",
        "*,lifetime_years,,7",
        "laptop,mass_kg,,2",
        "laptop,lifetime_years,,sept ans",
        "monitor,lifetime_years,,8",
        "monitor,lifetime_years,,9",
    )
    write(tmp_path / "models.csv", "item_type,model,lifetime_years", "lapto,Latitude 5440,6")
    write(tmp_path / "factors.csv", "flow,stage,criterion,value", "laptop,manufacturing,gpw,100")
    write(tmp_path / "electricity.csv", "zone,year,criterion,value", "FRA,2025,gpw,0.05", "France,2025,gwp,0.05")
    write(tmp_path / "labels.csv", "label,item_type", "PC prof,laptopp")
    named = {(problem.file, problem.line, problem.value): problem.remedy for problem in refused(overlay=tmp_path)}
    assert named.keys() == {
        ("defaults.csv", 2, "laptopp"),
        ("defaults.csv", 3, "laptop lifetime_year"),
        ("defaults.csv", 4, "laptop pue"),
        ("defaults.csv", 5, "* lifetime_years"),
        ("defaults.csv", 6, "laptop mass_kg"),
        ("defaults.csv", 7, "laptop lifetime_years"),
        ("defaults.csv", 8, "monitor lifetime_years"),
        ("defaults.csv", 9, "monitor lifetime_years"),
        ("models.csv", 2, "lapto"),
        ("factors.csv", 2, "gpw"),
        ("electricity.csv", 2, "gpw"),
        ("electricity.csv", 3, "France"),
        ("labels.csv", 2, "laptopp"),
    }
    assert "« laptop »" in named["defaults.csv", 2, "laptopp"].replace("\u00a0", " ")
    assert "lifetime_years" in named["defaults.csv", 3, "laptop lifetime_year"]
    assert "FRA" in named["electricity.csv", 3, "France"]


def test_a_type_of_ones_own_has_factors_or_a_reference(tmp_path: Path) -> None:
    write(
        tmp_path / "defaults.csv",
        DEFAULTS,
        "borne,lifetime_years,,8",
        "totem,reference,,tv",
        "totem,lifetime_years,,9",
        "pupitre,lifetime_years,,9",
    )
    write(tmp_path / "factors.csv", "flow,stage,criterion,value", "borne,manufacturing,gwp,310")
    (problem,) = refused(overlay=tmp_path)
    assert problem.value == "pupitre"


def test_a_folder_that_replaces_the_catalogue_is_checked_too(tmp_path: Path) -> None:
    write(tmp_path / "factors.csv", "flow,stage,criterion,value", "laptop,manufacturing,gwp,100")
    write(tmp_path / "defaults.csv", "item_type,parameter,value", "laptopp,lifetime_years,4")
    write(tmp_path / "electricty.csv", "zone,year,criterion,value", "FR,2025,gwp,0.05")
    problems = refused(catalogue=tmp_path)
    assert {problem.value for problem in problems} == {"laptopp", "electricty.csv", ""}
    assert "electricity.csv" in next(problem.remedy for problem in problems if problem.value == "electricty.csv")


def test_the_models_of_an_estate_are_checked(tmp_path: Path) -> None:
    write(tmp_path / "models.csv", "item_type,model,lifetime_years", "laptopp,Latitude 5440,6")
    with pytest.raises(CannotUse) as error:
        load_catalogue(["ademe"], estates=[tmp_path])
    assert [(problem.line, problem.value) for problem in error.value.problems] == [(2, "laptopp")]


def test_an_import_refuses_a_faulty_overlay_and_creates_an_absent_one(tmp_path: Path) -> None:
    file = write(tmp_path / "parc.csv", "Type,Nombre", "Bidule,3")
    overlay = write(tmp_path / "valeurs" / "labels.csv", "label,item_type", "Bidule,laptopp").parent
    with pytest.raises(CannotUse) as error:
        estate_import.import_files([file], estate=tmp_path / "parc", overlay=overlay)
    assert [problem.value for problem in error.value.problems] == ["laptopp"]
    assert not (tmp_path / "parc").exists()
    settled = write(tmp_path / "unmatched.csv", "label,candidate_1,item_type", "Bidule,,laptop")
    estate_import.import_files([file, settled], estate=tmp_path / "parc", overlay=tmp_path / "apprises")
    assert (tmp_path / "apprises" / "labels.csv").exists()


def test_the_command_checks_an_overlay_beside_the_catalogue(tmp_path: Path) -> None:
    write(tmp_path / "defaults.csv", DEFAULTS, "laptop,lifetime_years,,7")
    write(tmp_path / "factors.csv", "flow,stage,criterion,value", "laptop:x,manufacturing,gwp,100")
    sound = CliRunner().invoke(app, ["catalogue", "check", "--overlay", str(tmp_path)])
    assert (sound.exit_code, "laptop:x" in sound.stderr) == (0, True)
    write(tmp_path / "default.csv", DEFAULTS)
    faulty = CliRunner().invoke(app, ["catalogue", "check", "--overlay", str(tmp_path)])
    assert (faulty.exit_code, "default.csv" in faulty.stderr) == (1, True)


# ------------------------------------------------------------------------------------------------ types and variants


def lifetimes(overlay: Path) -> dict[tuple[str, int | None], str]:
    rows = load_catalogue(["ademe"], overlay=overlay)["ademe"].defaults.to_pylist()
    return {(row["item_type"], row["valid_from"]): row["value"] for row in rows if row["parameter"] == "lifetime_years"}


def test_a_default_of_a_type_reaches_its_variants(tmp_path: Path) -> None:
    write(tmp_path / "defaults.csv", DEFAULTS, "laptop,lifetime_years,2023,7", "monitor,lifetime_years,,9")
    known = lifetimes(tmp_path)
    assert known["laptop", 2023] == known["laptop_ultraportable", 2023] == known["laptop_large", 2023] == "7"
    assert known["laptop_ultraportable", None] == "5"  # the catalogue's, before 2023
    assert {known[name, None] for name in ("monitor", "monitor_small", "monitor_medium", "monitor_large")} == {"9"}


def test_a_variant_keeps_what_is_said_of_it(tmp_path: Path) -> None:
    write(
        tmp_path / "defaults.csv",
        DEFAULTS,
        "laptop,lifetime_years,,7",
        "laptop_ultraportable,lifetime_years,2024,4",
    )
    known = lifetimes(tmp_path)
    assert (known["laptop_large", None], known["laptop_ultraportable", 2024]) == ("7", "4")
    assert known["laptop_ultraportable", None] == "5"  # before 2024, what the catalogue says
