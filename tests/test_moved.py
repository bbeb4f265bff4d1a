"""What a new edition moves on the demonstration: the table that goes with a release (D1)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import moved  # noqa: E402

HEAD = "part,item_type,stage,criterion,unit,basis,value\n"
# Two laptops and a switch, in kilograms; the new edition has a heavier laptop and counts a virtual server.
BEFORE = HEAD + (
    "administration,laptop,manufacturing,gwp,kg CO2 eq,modelled,3000\n"
    "schools,laptop,use,gwp,kg CO2 eq,modelled,1000\n"
    "administration,switch,manufacturing,gwp,kg CO2 eq,modelled,1000\n"
)
AFTER = HEAD + (
    "administration,laptop,manufacturing,gwp,kg CO2 eq,modelled,3600\n"
    "schools,laptop,use,gwp,kg CO2 eq,modelled,1000\n"
    "administration,switch,manufacturing,gwp,kg CO2 eq,modelled,1000\n"
    "services,cloud:aws:x,use,gwp,kg CO2 eq,declared,500\n"
)


def rows(text: str) -> list[list[str]]:
    table = moved.table(moved.by_family(BEFORE), moved.by_family(text))
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.replace("\u00a0", " ").splitlines()[2:]]


def test_each_criterion_as_a_whole_then_the_families_that_moved() -> None:
    """5 t become 6.1 t (+22 %); workplace 4 t become 4.6 t (+15 %), cloud is new, the network has not moved."""
    climate = "Changement climatique (t CO₂ éq)"
    assert rows(AFTER) == [
        [climate, "**ensemble**", "5", "6,1", "+22,0 %"],
        [climate, "Poste de travail", "4", "4,6", "+15,0 %"],
        [climate, "Nuage et services en ligne", "0", "0,5", "nouveau"],
    ]


def test_an_edition_that_moves_nothing_says_so() -> None:
    assert moved.table(moved.by_family(BEFORE), moved.by_family(BEFORE)) == (
        "Aucun résultat de la démonstration ne bouge.\n"
    )


def test_the_intervals_that_moved() -> None:
    """The same mean with wider bounds for climate; the other criterion has not moved."""
    head = "criterion,entity,mean,sd,low95,high95\n"
    same = "ap,*,5,1,3,8\ngwp,DSI,1,1,1,1\n"
    text = moved.intervals(f"{head}gwp,*,2000,1,1500,2600\n{same}", f"{head}gwp,*,2000,1,1300,2900\n{same}")
    assert text.replace("\u00a0", " ").splitlines()[2:] == [
        "| Changement climatique (t CO₂ éq) | 2 [1,5 ; 2,6] | 2 [1,3 ; 2,9] |"
    ]
    assert moved.intervals(f"{head}{same}", f"{head}{same}") == ""


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the history is needed")
def test_the_command_reads_the_history_and_says_what_to_give() -> None:
    command = [sys.executable, str(ROOT / "docs" / "moved.py")]
    done = subprocess.run([*command, "HEAD"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Ce qui bouge sur la démonstration (2025) depuis HEAD")
    unknown = subprocess.run([*command, "no-such-tag"], capture_output=True, text=True)
    assert unknown.returncode == 1
    assert "une étiquette ou un commit" in unknown.stderr
