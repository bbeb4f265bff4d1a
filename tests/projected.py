"""A small fleet and a plan projected on it: what the tests of plans are made of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import reading
import real_run
from estran.projection import projections

HEAD = 'name = "Essai"\nbase_year = 2024\ntarget_year = 2030\n'
FACTORS = [
    {"flow": "laptop", "stage": "manufacturing", "criterion": "gwp", "value": 185, "cv": 0.2},
    {"flow": "laptop", "stage": "manufacturing", "criterion": "adpe", "value": 0.01},
    {"flow": "monitor", "stage": "manufacturing", "criterion": "gwp", "value": 80},
    {"flow": "monitor", "stage": "manufacturing", "criterion": "adpe", "value": 0.5},
    {"flow": "paper_sheet_virgin", "stage": "use", "criterion": "gwp", "value": 0.005},
]
MIX = {"zone": "FRA", "criterion": "gwp"}
ELECTRICITY = [{**MIX, "year": 2024, "value": 0.046}, {**MIX, "year": 2028, "value": 0.040}]
DEFAULTS = [{"item_type": "*", "parameter": "zone", "value": "FRA"}]


def laptops(life: float = 4, years: Iterable[int] = (2021, 2022, 2023, 2024), **more: Any) -> list[dict[str, Any]]:
    return [
        {"item_id": f"L{year}", "entity": "DSI", "item_type": "laptop", "quantity": 25, "kwh_per_unit": 30,
         "lifetime_years": life, "purchase_date": f"{year}-07-01", **more}
        for year in years
    ]  # fmt: skip


def action(code: str, *levers: str, before: str = '{ value = "inventory", source = "bilan" }', more: str = "") -> str:
    text = f'[[actions]]\ncode = "{code}"\ntitle = "Action {code}"\n' + (f"before = {before}\n" if before else "")
    return text + "".join(f"[[actions.levers]]\n{lever}\n" for lever in levers) + more


LAPTOPS = 'where = { item_type = "laptop" }\n'
KEEP_SIX_YEARS = f'{LAPTOPS}parameter = "lifetime_years"\nset = 6\nfrom = 2025'
A_FIFTH_LESS = f'{LAPTOPS}parameter = "quantity"\ntimes = 0.8\nfrom = 2025'


class ProjectionFolder:
    """The folder of a projection, read back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def year(self, year: int, scenario: str = "reference", view: str = "stock", criterion: str = "gwp") -> float:
        return self.one("years", "value", year=str(year), scenario=scenario, view=view, criterion=criterion)

    def effect(self, action: str, what: str, period: str = "cumulative", view: str = "stock") -> float:
        return self.one("actions", what, action=action, criterion="gwp", view=view, period=period)

    def bought(self, scenario: str, item_type: str = "laptop") -> list[float]:
        rows = self.rows("equipment", scenario=scenario, item_type=item_type)
        return [float(row["bought"]) for row in rows]

    def one(self, name: str, column: str, **where: str) -> float:
        (row,) = self.rows(name, **where)
        return float(row[column])

    def rows(self, name: str, **where: str) -> list[reading.Row]:
        table = reading.rows(self.folder / f"{name}.csv")
        return [row for row in table if all(row[key] == value for key, value in where.items())]


# ---------------------------------------------------------------------------------------------------- the projection


class Projected(ProjectionFolder):
    """A small fleet computed in 2024 and projected under a plan."""

    def __init__(self, folder: Path, rows: list[dict[str, Any]], text: str, **tables: Any) -> None:
        given = {"inventory": rows, "factors": FACTORS, "electricity": ELECTRICITY, "defaults": DEFAULTS, **tables}
        self.run = real_run.compute(folder, given, year=2024)
        plan = folder / "plan.toml"
        plan.write_text(HEAD + text, encoding="utf-8")
        super().__init__(folder / "projection")
        self.problems = projections.project_estate(self.run.folder, plan, self.folder)
