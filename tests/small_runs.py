"""Three yearly runs of one small office with round figures, and registers written by hand: what indicators are made of.

Ten laptops and five screens of a directorate, four laptops of a middle school, a hundred agents, forty pupils.
A laptop: 100 kg made over ten years, 50 kWh at 0.1 kg. A screen: 40 kg made over ten years. So the administration is
10 × (10 + 5) + 5 × 4 = 170 kg, the school 4 × 15 = 60 kg, the whole 230 kg, of which 160 embodied; 700 kWh.
Two desktops left on 1 January of the year, six years old.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

import real_run
from estran.analysis.quantities import Quantities
from estran.common import table_schema
from estran.importing import canonical

AGENTS = 100
MODEL = {"manufacturer": "Dell", "model": "Latitude 5400"}
PERIMETER = """
id = "small"
version = "1"
valid_from = 2023-01-01
entities = ["*"]
schools = ["Collège *"]
[[headcounts]]
who = "agents"
value = 100
date = 2025-12-31
source = "test"
[[headcounts]]
who = "pupils"
value = 40
date = 2025-10-01
source = "test"
"""


def run(folder: Path, year: int, laptops: int = 10, perimeter: str = PERIMETER) -> Path:
    """The run of a year."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "perimeter.toml").write_text(perimeter, "utf-8")
    office = {"entity": "DSN", "status": "in_service", "site": "A", "zone": "FRA", "purchase_date": "2020-01-01"}
    estate = {
        "inventory": [
            {"item_id": "L", "item_type": "laptop", "quantity": laptops, **office, **MODEL},
            {"item_id": "S", "item_type": "monitor_medium", "quantity": 5, **office},
            {"item_id": "C", "item_type": "laptop", "quantity": 4, **office, "entity": "Collège Bleu"},
            {
                "item_id": "O",
                "item_type": "desktop",
                "quantity": 2,
                "entity": "DSN",
                "zone": "FRA",
                "status": "retired",
                "purchase_date": f"{year - 6}-01-01",
                "withdrawal_date": f"{year}-01-01",
            },
        ],
        "factors": [
            factor("laptop", "manufacturing", 100, 0.2),
            factor("monitor_medium", "manufacturing", 40, 0.1),
            factor("desktop", "manufacturing", 60, 0.1),
        ],
        "defaults": [
            {"item_type": name, "parameter": parameter, "value": value}
            for name in ("laptop", "monitor_medium", "desktop")
            for parameter, value in (("lifetime_years", "10"), ("kwh_per_year", "50" if name == "laptop" else "0"))
        ],
        "electricity": [{"zone": "FRA", "year": 2020, "criterion": "gwp", "value": 0.1, "cv": 0.05}],
    }
    return real_run.compute(folder, estate, year=year, perimeter=folder / "perimeter.toml").folder


def factor(flow: str, stage: str, value: float, cv: float) -> dict[str, Any]:
    return {"flow": flow, "stage": stage, "criterion": "gwp", "value": value, "cv": cv, "quality": 4}


def register(folder: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """A register of these rows as a person's file, read as Estran reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    needed = {"text": "x", "number": 0, "integer": 1, "date": "2025-06-01", "boolean": "non", "period": "2025-06"}
    filled = [
        {
            column.column: needed.get(column.type, column.choices[0] if column.choices else "")
            for column in table_schema.columns(name)
            if column.required
        }
        | row
        for row in rows
    ]
    real_run.write(folder, {name: filled})
    table, problems = canonical.read_small_table(folder / f"{name}.csv", name)
    assert problems == []
    return table


def quantities(run_folder: Path, folder: Path, **registers: Iterable[Mapping[str, Any]]) -> Quantities:
    """The quantities of a run with these registers."""
    return Quantities(run_folder, {name: register(folder, name, rows) for name, rows in registers.items()})
