"""A projection as its readers need it: trajectory, effects and costs of the actions, and the notes beside them."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from estran.common.files import read_csv
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.projection.plans import read_plan

Row = dict[str, Any]
CUMULATIVE = "cumulative"
KWH = "kwh"  # always shown beside the criteria (S6)


def is_projection(folder: Path) -> bool:
    """The folder was written by `project`."""
    return (folder / "project.json").is_file()


@dataclass(frozen=True)
class ProjectionResults:
    """The folder of a projection, read for one criterion (the target's, else the first)."""

    folder: Path

    @cached_property
    def project(self) -> Row:
        """What project.json says. Errors: CannotUse when the folder is not a projection."""
        if not is_projection(self.folder):
            what = _("« {folder} » n’est pas le dossier d’une projection.").format(folder=self.folder)
            raise CannotUse(Problem(what, _("Donner un dossier fait par « estran project »."), file=str(self.folder)))
        return json.loads((self.folder / "project.json").read_text(encoding="utf-8"))

    @cached_property
    def criterion(self) -> str:
        """The criterion shown first."""
        target = self.project["target"] or {}
        known = [row["code"] for row in self.project["criteria"] if row["code"] != KWH]
        return target["criterion"] if target.get("criterion") in known else known[0]

    @cached_property
    def years(self) -> list[Row]:
        """One row per year: reference and plan in both views, with the bounds of the plan, in the chosen criterion."""
        by_year: dict[str, Row] = {}
        for row in self._rows("years", criterion=self.criterion):
            year = by_year.setdefault(row["year"], {"year": int(row["year"])})
            name = f"{row['scenario']}_{row['view']}"
            year[name] = float(row["value"])
            year[f"{name}_low"], year[f"{name}_high"] = _number(row["low95"]), _number(row["high95"])
        return list(by_year.values())

    @cached_property
    def actions(self) -> list[Row]:
        """The actions of the plan, the largest effect first, those without effect last; sums to the target year."""
        described = {row["code"]: row for row in self.project["actions"]}
        empty: Row = {"net_cost": None, "cost_per_tonne": None, "cost_note": ""}
        by_code: dict[str, Row] = {code: {**row, **empty, "transfers": []} for code, row in described.items()}
        for row in self._rows("actions", period=CUMULATIVE):
            action = by_code[row["action"]]
            if row["criterion"] == self.criterion:
                for name in ("alone", "last_in", "share", "share_sd", "low95", "high95", "avoided"):
                    action[f"{name}_{row['view']}"] = _number(row[name])
            if row["criterion"] == "gwp" and row["view"] == "flow":
                action |= {name: _number(row[name]) for name in ("net_cost", "cost_per_tonne")}
                action["cost_note"] = row["cost_note"]
            if row["transfer"] == "yes" and row["criterion"] not in action["transfers"]:
                action["transfers"].append(row["criterion"])
        return sorted(by_code.values(), key=lambda row: (row["share_stock"] is None, row["share_stock"] or 0.0))

    @cached_property
    def by_year(self) -> dict[str, list[float]]:
        """Action → what it avoids each year in the stock view, for the actions that have an effect."""
        avoided: dict[str, list[float]] = {}
        for row in self._rows("actions", criterion=self.criterion, view="stock"):
            if row["period"] != CUMULATIVE and row["share"]:
                avoided.setdefault(row["action"], []).append(-float(row["share"]))
        return avoided

    @cached_property
    def joint(self) -> Row:
        """What all the actions avoid together until the target year, the sum of each alone, and their overlap."""
        counted = [row for row in self.actions if row["share_stock"] is not None]
        together = -sum(row["share_stock"] for row in counted)
        alone = -sum(row["alone_stock"] for row in counted)
        flow = -sum(row["share_flow"] for row in counted)
        return {"together": together, "alone": alone, "overlap": alone - together, "flow": flow}

    @cached_property
    def shared_lives(self) -> Row:
        """The actions that share an equipment with another user, and their part of what is avoided in each view."""
        shared = [row for row in self.actions if row["shares_a_life"] and row["share_stock"] is not None]
        stock, flow = (-sum(row[f"share_{view}"] for row in shared) for view in ("stock", "flow"))
        return {"codes": [row["code"] for row in shared], "stock": stock, "flow": flow}

    @cached_property
    def first_years(self) -> dict[str, int]:
        """Action → the year its first lever acts from; one after the base year is a decision that is still to apply."""
        plan = read_plan(self.folder / "plan.toml")
        return {one.code: min(lever.first for lever in one.levers) for one in plan.actions if one.levers}

    @cached_property
    def unit(self) -> str:
        """The unit of the chosen criterion."""
        return next(row["unit"] for row in self.project["criteria"] if row["code"] == self.criterion)

    @cached_property
    def equipment(self) -> list[Row]:
        """Purchases and discarded items to the target year, with and without the plan, by type."""
        by_type: dict[str, Row] = {}
        for row in self._rows("equipment"):
            if int(row["year"]) <= self.project["cumulative_to"]:
                kind = by_type.setdefault(row["item_type"], {"item_type": row["item_type"]})
                for name in ("bought", "discarded"):
                    key = f"{name}_{row['scenario']}"
                    kind[key] = kind.get(key, 0.0) + float(row[name])
        return sorted(by_type.values(), key=lambda row: row["bought_plan"] - row["bought_reference"])

    def _rows(self, name: str, **where: str) -> list[dict[str, str]]:
        rows = read_csv(self.folder / f"{name}.csv")
        return [row for row in rows if all(row[key] == value for key, value in where.items())]


def _number(text: str) -> float | None:
    return float(text) if text else None
