"""What pages show of a run: read once from its folder when it is computed, kept beside it, never recomputed here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import F

from estran.footprint import comparison
from estran.footprint.facts import Facts
from estran.footprint.names import Names
from estran.portal.results.models import Run

Row = dict[str, Any]
NAME = "figures.json"
SCOPES = ("part", "family", "stage", "item_type")


def of(run: Run) -> Row:
    """The figures of a computed run (see `read`)."""
    return _kept(run.place / NAME) if (run.place / NAME).exists() else write(run)


def write(run: Run) -> Row:
    """Read the figures in the run folder and keep them beside it."""
    found = read(run.folder) | {"change": change(run)}
    partial = run.place / f"{NAME}.part"
    partial.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    partial.replace(run.place / NAME)
    return found


def read(folder: Path) -> Row:
    """The figures of a run folder: totals by criterion, sub-totals by scope and criterion, ratios, gaps, quality…

    Impacts are in the unit of their criterion; a row has label, mean, low, high, share and, where known, quantity.
    """
    facts = Facts(folder, Names("fr"))
    quantities = {row["code"]: row["quantity"] for row in facts.families}
    families = by_criterion(facts, "family")
    for rows in families.values():
        for row in rows:
            row["quantity"] = quantities.get(row["code"])
    return {
        "year": facts.year,
        "perimeter": facts.perimeter["label"],
        "carbon": facts.carbon,
        "criteria": facts.criteria,
        "headline": facts.headline,
        "electricity_kwh": facts.electricity_kwh,
        "parts": {code: in_order(rows) for code, rows in by_criterion(facts, "part").items()},
        "families": families,
        "stages": by_criterion(facts, "stage"),
        "item_types": by_criterion(facts, "item_type"),
        "entities": facts.entities,
        "ratios": facts.ratios,
        "gaps": facts.gaps,
        "guards": facts.guards,
        "quality": facts.quality,
        "factor_sets": facts.factor_sets,
        "uncertainty": facts.uncertainty,
        "sources": facts.sources,
        "run": {name: facts.run[name] for name in ("estran", "method", "view", "factor_set", "catalogue", "counts")},
    }


def by_criterion(facts: Facts, scope: str) -> dict[str, list[Row]]:
    """The sub-totals of a scope under each criterion, the largest first, with their share."""
    rows = facts.rows(
        """
        SELECT criterion, name AS code, mean::DOUBLE AS mean, low95::DOUBLE AS low, high95::DOUBLE AS high,
               mean::DOUBLE / NULLIF(sum(mean::DOUBLE) OVER (PARTITION BY criterion), 0) AS share
        FROM subtotals WHERE scope = ? ORDER BY criterion, mean::DOUBLE DESC, name""",
        scope,
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        row["label"] = facts.names.label(scope, row["code"])
        found.setdefault(row.pop("criterion"), []).append(row)
    return found


def in_order(parts: Iterable[Row]) -> list[Row]:
    """Administration, middle schools, services: always apart, in this order (rule S2)."""
    order = ["administration", "schools", "services"]
    return sorted(parts, key=lambda row: order.index(row["code"]))


def change(run: Run) -> Row | None:
    """What moved since the run that this one corrects, else since the year before, in sentences; None without one."""
    old = run.corrects or _year_before(run)
    if old is None:
        return None
    found = comparison.compare(old.folder, run.folder)
    return {"number": old.pk, "year": old.year, "said": comparison.sentences(found, Names("fr"))}


def _year_before(run: Run) -> Run | None:
    """The run of the year before that stands for it, made as this one: from inventories, or from an estimate."""
    return (
        Run.objects.filter(organisation=run.organisation, year=run.year - 1, computed_at__isnull=False)
        .filter(inventory__kind=run.inventory.kind)
        .order_by(F("baseline__decided_on").desc(nulls_last=True), "-computed_at")
        .first()
    )


@lru_cache(maxsize=64)
def _kept(path: Path) -> Row:
    return json.loads(path.read_text(encoding="utf-8"))
