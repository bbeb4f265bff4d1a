"""What a lever on each parameter does to one row, under the catalogue of the worked cases (Z1).

A row of 10 laptops: 5 years, 30 kWh a year, 185 kg made, brought and disposed of, 0.046 kg a kWh. The figures are those
of 2040, when every fleet has long been renewed under its lever.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import real_run
from estran.projection import projections
from projected import ProjectionFolder, action

CATALOGUE = yaml.safe_load((Path(__file__).parents[1] / "cases" / "catalogue.yaml").read_text("utf-8"))
LAPTOPS = {"item_id": "a", "entity": "DSI", "item_type": "laptop", "quantity": 10}
UPSTREAM = {"upstream_years": 3, "upstream_proof": True}
POWERED = {"power_w": 60, "hours_per_year": 2000}

# Row, parameter, lever; units made in the year and kWh of the year, without the lever and with it.
PARAMETERS: list[tuple[dict[str, Any], str, str, tuple[float, float], tuple[float, float]]] = [
    ({}, "quantity", "set = 4", (2, 300), (4 / 5, 4 * 30)),
    ({}, "quantity", "times = 0.8", (2, 300), (8 / 5, 8 * 30)),
    ({}, "lifetime_years", "set = 8", (2, 300), (10 / 8, 300)),
    ({}, "lifetime_years", "times = 1.2", (2, 300), (10 / 6, 300)),
    ({"lifetime_years": 4}, "lifetime_years", "times = 2", (10 / 4, 300), (10 / 8, 300)),
    # Before L8 and L9: 6 + 3 × 20 % bought refurbished; 6 + 50 % of the 2 years left of 8.
    (
        {"refurbished_share": 0.2, **UPSTREAM},
        "lifetime_years",
        "set = 6",
        (10 / (5 + 3 * 0.2), 300),
        (10 / (6 + 3 * 0.2), 300),
    ),
    (
        {"reuse_rate": 0.5, "reuse_proof": True},
        "lifetime_years",
        "set = 6",
        (10 / (5 + 0.5 * 3), 300),
        (10 / (6 + 0.5 * 2), 300),
    ),
    (UPSTREAM, "refurbished_share", "set = 0.5", (2, 300), (10 / (5 + 3 * 0.5), 300)),
    ({"reuse_proof": True}, "reuse_rate", "set = 1", (2, 300), (10 / 8, 300)),
    ({}, "use_share", "set = 0.5", (2, 300), (5 / 5, 5 * 30)),
    (
        {"ownership": "byod"},
        "use_share",
        "times = 0.5",
        (10 * 0.57 / 5, 10 * 0.57 * 30),
        (10 * 0.57 / 2 / 5, 10 * 0.57 / 2 * 30),
    ),
    ({}, "kwh_per_unit", "set = 20", (2, 300), (2, 10 * 20)),
    ({}, "kwh_per_unit", "times = 0.5", (2, 300), (2, 150)),
    ({"kwh_measured": 1234}, "kwh_per_unit", "times = 0.5", (2, 1234), (2, 617)),
    (POWERED, "hours_per_year", "set = 1000", (2, 1200), (2, 10 * 60)),
    (POWERED, "power_w", "times = 0.5", (2, 1200), (2, 10 * 60)),
]


@pytest.fixture(scope="module")
def each_alone(tmp_path_factory: pytest.TempPathFactory) -> ProjectionFolder:
    """One row per case, moved by its own action alone."""
    folder = tmp_path_factory.mktemp("levers")
    inventory = [LAPTOPS | row | {"item_id": f"r{i}"} for i, (row, *_) in enumerate(PARAMETERS)]
    text = 'name = "Leviers"\nbase_year = 2025\ntarget_year = 2040\n'
    for i, (_row, parameter, change, *_figures) in enumerate(PARAMETERS):
        text += action(f"A{i}", f'where = {{ item_id = "r{i}" }}\nparameter = "{parameter}"\n{change}\nfrom = 2026')
    run = real_run.compute(folder, {**CATALOGUE, "inventory": inventory}, year=2025)
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    projections.project_estate(run.folder, folder / "plan.toml", folder / "projection")
    return ProjectionFolder(folder / "projection")


@pytest.mark.parametrize("i", range(len(PARAMETERS)), ids=lambda i: f"{PARAMETERS[i][1]}-{i}")
def test_each_parameter(each_alone: ProjectionFolder, i: int) -> None:
    *_lever, before, after = PARAMETERS[i]
    units, kwh = (after[measure] - before[measure] for measure in range(2))
    moved = each_alone.effect(f"A{i}", "alone", "2040")
    drawn = each_alone.one("actions", "alone", action=f"A{i}", criterion="kwh", view="stock", period="2040")
    assert (moved, drawn) == pytest.approx((units * 185 + kwh * 0.046, kwh), rel=1e-9, abs=1e-9)
