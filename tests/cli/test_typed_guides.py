"""Guides typed as they are written: the commands of a page, in order, in a folder that holds what it speaks of."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from estran.cli import commands
from estran.common.files import write_csv

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
BLOCK = re.compile(r"(?:^    .*\n|^\n(?=    ))+", re.M)
TOML = re.compile(r"^```toml\n(.*?)^```", re.M | re.S)
ITEMS = "item_id,entity,item_type,manufacturer,model,quantity,purchase_date,lifetime_years,zone,reference\n"
MARKS = ("year", "tool", "value", "unit", "perimeter", "denominator", "document")

# Page → its tables: file → the first words of the block that is written there.
TABLES = {
    "surcharge-locale": {
        "valeurs/defaults.csv": "item_type,parameter",
        "valeurs/models.csv": "item_type,model",
        "valeurs/factors.csv": "flow,stage",
    },
    "ouvrir-un-chiffre": {},
    "comparer-deux-annees": {},
    "ecrire-un-plan": {},
    "renouvellements": {},
    "durees-observees": {},
    "donnees-ouvertes": {},
}


def blocks(text: str) -> list[str]:
    return [re.sub("^    ", "", block, flags=re.M).strip("\n") for block in BLOCK.findall(text)]


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An estate of laptops, desktops and screens, and its footprints of three years."""
    folder = tmp_path_factory.mktemp("guides")
    for year in (2023, 2024, 2025):
        rows = [
            f"{kind}{n},Mairie,{kind},HP,,5,{bought}-03-01,5,FRA,\n"
            for kind in ("laptop", "desktop", "monitor")
            for n, bought in enumerate(range(year - 4, year + 1))
        ]
        estate = folder / f"parc-{year}"
        estate.mkdir()
        (estate / "inventory.csv").write_text(ITEMS + "".join(rows), encoding="utf-8")
        assert call("compute", estate, "--year", year, "-o", folder / f"bilan-{year}") == 0
    (folder / "parc-2025").rename(folder / "mon-parc")
    return folder


def call(*words: Any) -> int:
    command: Any = typer.main.get_command(commands.app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "ARGUMENTS", [])
        with pytest.raises(SystemExit) as left:
            command([str(word) for word in words])
    return int(left.value.code or 0)


@pytest.mark.slow
@pytest.mark.parametrize("page", TABLES)
def test_the_commands_of_a_guide_run_as_they_are_written(
    page: str, years: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (GUIDES / f"{page}.md").read_text(encoding="utf-8")
    for path in years.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    Path("valeurs").mkdir()
    mark = (2023, "WeNR", 12, "t CO2 eq", "postes", "", "rapport 2024")
    write_csv(Path("marks.csv"), MARKS, [dict(zip(MARKS, mark, strict=True))])
    if plan := TOML.search(text):
        Path("plan.toml").write_text(plan[1], encoding="utf-8")
    written = blocks(text)
    for file, beginning in TABLES[page].items():
        Path(file).write_text(next(block for block in written if block.startswith(beginning)) + "\n", encoding="utf-8")
    typed = [line for block in written for line in block.splitlines() if line.startswith("estran ")]
    assert typed
    for line in typed:
        if (output := re.search(r" -o (\S+)", line)) and Path(output[1]).is_symlink():
            Path(output[1]).unlink()
        assert call(*shlex.split(line)[1:]) == 0, line
