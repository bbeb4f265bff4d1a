"""Models that open data knows: what is looked up, at which level, with what behind it."""

import importlib.util
import sys
from pathlib import Path

import pytest

from estran.common.shipped import CATALOGUE
from estran.importing.recognition.known_models import KnownModel, find_known_models, known_sources, model_key

MAKE = Path(__file__).parents[2] / "models" / "make.py"


def known(manufacturer: str, model: str) -> KnownModel:
    return find_known_models([(manufacturer, model)])[manufacturer, model][0]


@pytest.mark.parametrize(
    ("manufacturer", "model", "item_type", "inches"),
    [
        ("Dell Inc.", "Latitude 5400", "laptop", 14),
        ("HP", "HP EliteBook 840 G3 i5 8Go", "laptop", 14),
        ("", "OptiPlex 3080 Micro", "desktop_mini", None),
        ("DELL", "OptiPlex 3080", "desktop", None),
        ("LENOVO", "ThinkCentre M710q", "desktop_mini", None),
        ("FUJITSU", "LIFEBOOK E754", "laptop", 15.6),
        ("HP", "ZBook 15 G3", "mobile_workstation", 15.6),
        ("Dell", "Precision 5530", "mobile_workstation", 15.6),
        ("Dell", "PowerEdge R640", "server_rack", None),
        ("HP", "t630", "thin_client", None),
        ("Microsoft Corporation", "Surface Laptop 3", "laptop", None),
        ("Microsoft", "Surface Pro 7", "tablet", None),
        ("Dell", "P2419H", "monitor", 23.8),
        ("Samsung", "LS24F350FHUXEN", "monitor", 23.5),
        ("iiyama", "ProLite E2483HS-B3", "monitor", 24),
        ("Fortinet", "FortiGate 60E", "firewall", None),
        ("Brother", "MFC-L2710DW", "multifunction_a4", None),
        ("HP", "V1910-48G", "switch", None),
    ],
)
def test_a_model_as_people_or_agents_write_it_is_known(
    manufacturer: str, model: str, item_type: str, inches: float | None
) -> None:
    answer = known(manufacturer, model)
    assert answer.item_type == item_type
    assert answer.machines > 0
    if inches:
        assert answer.inches == pytest.approx(inches, abs=0.5)


@pytest.mark.parametrize("model", ["20W4S0AB00", "20W4", "ThinkPad T14 (20W4)", "portable 20w4s0ab00 salle 3"])
def test_a_machine_type_of_lenovo_is_known_wherever_it_stands(model: str) -> None:
    assert known("LENOVO", model).item_type == "laptop"
    assert known("LENOVO", model).level == "code"


def test_a_machine_type_alone_in_its_cell_may_look_like_a_year_or_a_memory() -> None:
    assert known("LENOVO", "2007").item_type == "laptop"
    assert known("LENOVO", "90GB").item_type == "desktop"
    assert ("Lenovo", "2030") not in find_known_models([("Lenovo", "2030")])


def test_a_machine_type_that_no_table_lists_follows_its_number_range() -> None:
    assert known("Lenovo", "21ZZ0000AB").item_type == "laptop"
    assert known("Lenovo", "10ZZ0000AB").item_type == "desktop"
    assert known("Lenovo", "30ZZ0000AB").item_type == "workstation"
    assert known("Lenovo", "11VA0000AB").item_type == "all_in_one"
    assert known("Lenovo", "12ZZ0000AB").several == ("desktop", "all_in_one")


def test_a_year_a_size_or_a_generation_alone_is_no_model() -> None:
    texts = [("Lenovo", "2020"), ("HP", "G3"), ("Dell", "24"), ("HP", "16 Go"), ("", "840 G3"), ("HP", "")]
    assert find_known_models(texts) == {}


def test_a_key_leaves_makers_and_fillers_out() -> None:
    assert model_key("HP EliteBook 840 G3 Notebook PC", "Hewlett-Packard") == "elitebook840g3"
    assert model_key("Écran LCD P2419H", "Dell Inc.") == "p2419h"


@pytest.mark.parametrize(
    "sources", [("boavizta_pcf_2023", "device_types_2025"), pytest.param((), marks=pytest.mark.slow, id="all")]
)
def test_the_tables_are_those_that_the_facts_make(
    sources: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("make_models", MAKE)
    assert spec and spec.loader
    make = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make_models", make)
    spec.loader.exec_module(make)
    make.main(tmp_path, sources or tuple(make.READERS))
    made = sorted(tmp_path.glob("*.csv"))
    assert len(made) == len(sources or known_sources())
    for path in made:
        assert path.read_bytes() == (CATALOGUE / "models" / path.name).read_bytes(), path.name


def test_disagreement_gives_no_answer_and_says_between_what() -> None:
    answers = find_known_models([("Dell", "Precision")])["Dell", "Precision"]
    answer = next(one for one in answers if one.level == "family")
    assert answer.item_type == ""
    assert set(answer.several) >= {"mobile_workstation", "workstation"}


def test_the_screen_of_an_all_in_one_is_no_monitor_of_its_own() -> None:
    assert known("Dell", "OptiPlex 7460 All-in-One").item_type == "all_in_one"
    assert known("Lenovo", "ThinkCentre Tiny-in-One 24").item_type == "monitor"
