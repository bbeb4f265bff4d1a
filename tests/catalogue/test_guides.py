"""The five guides that add something to the catalogue, done word for word on a copy of Estran, by editing text only.

The blocks of a guide that follow « dans `a table` » are written into the copy, as its reader would, and the commands
are those of another process that runs this copy. The figures are those that each guide computes by hand.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import estran

ROOT = Path(__file__).parents[2]
GUIDES = ("ajouter-un-type", "ajouter-une-source", "ajouter-un-format", "ajouter-un-indicateur", "ajouter-une-action")
FRA_2025 = 0.0461  # kg CO2 eq per kWh


class Copy:
    """A copy of Estran, its catalogue edited, and its command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = Path(estran.__file__).parent
        shutil.copytree(package, folder / "estran", ignore=shutil.ignore_patterns("__pycache__"))

    def follow(self, guide: str) -> None:
        """Write each block of a guide into the table named before it: rows to add, or a file to create."""
        text = (ROOT / "docs" / "guides" / f"{guide}.md").read_text("utf-8")
        blocks = re.findall(r"dans `(\w+/[\w/]+\.(?:csv|toml))` :\n\n((?:(?: {7}.*)?\n)+)", text)
        assert blocks
        for name, block in blocks:
            path = self.folder / "estran" / "catalogue" / name
            lines = textwrap.dedent(block).strip("\n").split("\n")
            if path.exists() and path.suffix == ".csv":
                header, *lines = lines
                assert header == path.read_text("utf-8").split("\n")[0]
            path.parent.mkdir(exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")

    def estran(self, *arguments: object) -> str:
        """What a command prints; it must be done or have left rows out."""
        done = subprocess.run(
            [sys.executable, "-m", "estran.cli", *map(str, arguments)],
            cwd=self.folder, env=os.environ | {"PYTHONPATH": str(self.folder), "LC_ALL": "fr"}, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    def computed(self, name: str, inventory: str, *options: object) -> Path:
        """The run in 2025 of a list of equipment."""
        file = self.folder / f"{name}.csv"
        file.write_text(inventory, "utf-8")
        self.estran("import", file, "-o", self.folder / f"{name}-parc")
        self.estran(
            "compute", self.folder / f"{name}-parc", "--year", 2025, "-o", self.folder / f"{name}-bilan", *options
        )
        return self.folder / f"{name}-bilan"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = Copy(tmp_path_factory.mktemp("guides"))
    for guide in GUIDES:
        copy.follow(guide)
    return copy


def climate(run: Path) -> float:
    """The whole footprint of a run, kg CO2 eq."""
    rows = csv.DictReader((run / "impacts.csv").read_text("utf-8").splitlines())
    return sum(float(row["value"]) for row in rows if row["criterion"] == "gwp")


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_what_the_guides_add_is_sound(copy: Copy) -> None:
    assert re.search(r"Catalogue\W: 0 faute", copy.estran("catalogue", "check"))


def test_a_device_type(copy: Copy) -> None:
    """3 × (310 + 10 + 5) ÷ 8 years + 3 × 300 kWh, from a label that the new rule recognises."""
    run = copy.computed("bornes", "Type,Nombre,Date d'achat\nBorne d’accueil,3,2023-03-01\n", "--factors", "bornes")
    assert climate(run) == pytest.approx(3 * 325 / 8 + 3 * 300 * FRA_2025, rel=1e-9)


def test_a_factor_source(copy: Copy) -> None:
    """10 × (150 + 10 + 2) ÷ 5 years + 10 × 30 kWh."""
    run = copy.computed(
        "portables", "Type,Nombre,Date d'achat\nOrdinateur portable,10,2023-03-01\n", "--factors", "marche"
    )
    assert climate(run) == pytest.approx(10 * 162 / 5 + 10 * 30 * FRA_2025, rel=1e-9)


def test_an_import_format(copy: Copy) -> None:
    """4 × (170 + 12.3 + 2.79) ÷ 5 years + 4 × 30 kWh; the two sold are left."""
    guide = (ROOT / "docs" / "guides" / "ajouter-un-format.md").read_text("utf-8")
    export = textwrap.dedent(guide[guide.index("    Réf. bien;") : guide.index("1. **Le format**")]).strip() + "\n"
    run = copy.computed("parcgest", export)
    (imported,) = json.loads((copy.folder / "parcgest-parc" / "import.json").read_text("utf-8"))["files"]
    assert imported["format"] == "parcgest"
    (item,) = rows(copy.folder / "parcgest-parc" / "inventory.csv")
    assert (item["entity"], item["status"]) == ("Culture", "in_service")
    assert climate(run) == pytest.approx(4 * 185.09 / 5 + 4 * 30 * FRA_2025, rel=1e-9)


def test_an_indicator(copy: Copy) -> None:
    """6 tablets for 50 staff members: 12 per hundred."""
    perimeter = copy.folder / "perimetre.toml"
    perimeter.write_text(
        'id = "essai"\nversion = "1"\nvalid_from = 2023-01-01\nentities = ["*"]\nschools = []\n'
        '[[headcounts]]\nwho = "agents"\nvalue = 50\ndate = 2025-12-31\nsource = "essai"\n',
        "utf-8",
    )
    run = copy.computed(
        "tablettes", "item_type,quantity,purchase_date\ntablet,6,2024-01-01\n", "--perimeter", perimeter
    )
    copy.estran("indicators", run, "-o", copy.folder / "indicateurs.csv")
    (row,) = [row for row in rows(copy.folder / "indicateurs.csv") if row["code"] == "EQ90"]
    assert (float(row["value"]), row["denominator_date"], row["status"]) == (12, "2025-12-31", "ok")


def test_an_action(copy: Copy) -> None:
    """10 tablets of 20 kWh that draw half: 10 × 20 × 0.5 × 0.0461 less in 2026."""
    run = copy.computed("nuit", "item_type,quantity,purchase_date,kwh_per_unit\ntablet,10,2024-01-01,20\n")
    guide = (ROOT / "docs" / "guides" / "ajouter-une-action.md").read_text("utf-8")
    action = textwrap.dedent(guide[guide.index("   [[actions]]") : guide.rindex("   ```")])
    plan = copy.folder / "plan.toml"
    plan.write_text(f'name = "Essai"\nbase_year = 2025\ntarget_year = 2027\n\n{action}', "utf-8")
    catalogue = copy.folder / "estran" / "catalogue" / "approach"
    (known,) = [row for row in rows(catalogue / "actions.csv") if row["code"] == "A90"]
    (group,) = [row for row in rows(catalogue / "lever_rows.csv") if row["code"] == "tablets"]
    assert f'title = "{known["title_fr"]}"' in action
    assert f'where = {{ {group["column"]} = "{group["values"]}" }}' in action
    copy.estran("project", run, "--plan", plan, "--to", 2027, "-o", copy.folder / "projection")
    (effect,) = [
        float(row["share"])
        for row in rows(copy.folder / "projection" / "actions.csv")
        if (row["criterion"], row["view"], row["period"]) == ("gwp", "stock", "2026")
    ]
    assert effect == pytest.approx(-10 * 20 * 0.5 * FRA_2025, rel=1e-9)
