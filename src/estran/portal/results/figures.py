"""What pages show of a run: read once from its folder when it is computed, kept beside it, never recomputed here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from django.db.models import F

from estran.analysis import decomposition
from estran.analysis.drivers import DRIVERS
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.language import _
from estran.engine import runs
from estran.portal.results.models import Run
from estran.reporting.run_summary import SPEAKS, RunSummary

Row = dict[str, Any]
NAME = "figures-3.json"  # another number when what is kept changes: older ones are then read again


def of(run: Run, view: str = Run.STOCK) -> Row:
    """The figures of a computed run in one of its views (see `read`)."""
    path = run.place_of(view) / NAME
    return kept(path) if path.exists() else write(run, view)


def write(run: Run, view: str = Run.STOCK) -> Row:
    """Read the figures in the run folder and keep them beside it."""
    found = read(run.folder_of(view)) | {
        "change": change(run) if view == Run.STOCK else None,
        "otherwise": view == Run.FLOW and otherwise(run),
    }
    return keep(run.place_of(view) / NAME, found)


def read(folder: Path) -> Row:
    """The figures of a run folder: totals by criterion, sub-totals by scope and criterion, ratios, gaps, quality…

    Impacts are in the unit of their criterion; a row has label, mean, low, high, share and, where known, quantity.
    """
    facts = RunSummary(folder, Labels("fr"))
    quantities = {row["code"]: row["quantity"] for row in facts.families}
    families = by_criterion(facts, "family")
    for rows in families.values():
        for row in rows:
            row["quantity"] = quantities.get(row["code"])
    parts = {code: in_order(rows) for code, rows in by_criterion(facts, "part").items()}
    return {
        "year": facts.year,
        "perimeter": facts.perimeter["label"],
        "carbon": facts.carbon,
        "criteria": facts.criteria,
        "headline": facts.headline,
        "electricity_kwh": facts.electricity_kwh,
        "parts": parts,
        "families": families,
        "stages": by_criterion(facts, "stage"),
        "item_types": by_criterion(facts, "item_type"),
        "entities": entities(facts, parts),
        "ratios": facts.ratios,
        "gaps": facts.gaps,
        "guards": facts.guards,
        "quality": quality(facts),
        "factor_sets": factor_sets(facts),
        "uncertainty": uncertainty(facts),
        "sources": facts.sources,
        "run": {name: facts.run[name] for name in ("estran", "method", "view", "factor_set", "catalogue", "counts")},
    }


def grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by criterion, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.pop("criterion"), []).append(row)
    return found


def by_criterion(facts: RunSummary, scope: str) -> dict[str, list[Row]]:
    """The sub-totals of a scope under each criterion, the largest first, with their share."""
    rows = facts.rows(
        """
        SELECT criterion, name AS code, mean::DOUBLE AS mean, low95::DOUBLE AS low, high95::DOUBLE AS high,
               mean::DOUBLE / NULLIF(sum(mean::DOUBLE) OVER (PARTITION BY criterion), 0) AS share
        FROM subtotals WHERE scope = ? ORDER BY criterion, mean::DOUBLE DESC, name""",
        scope,
    )
    for row in rows:
        row["label"] = facts.names.label(scope, row["code"])
    return grouped(rows)


def in_order(parts: Iterable[Row]) -> list[Row]:
    """Administration, middle schools, services: always apart, in this order (rule S2)."""
    order = ["administration", "schools", "services"]
    return sorted(parts, key=lambda row: order.index(row["code"]))


def entities(facts: RunSummary, parts: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The entities under each criterion, the largest first; the middle schools are one row, that opens their part."""
    rows = facts.rows("""
        SELECT i.criterion, coalesce(i.entity, '') AS code,
               i.mean::DOUBLE AS mean, i.low95::DOUBLE AS low, i.high95::DOUBLE AS high,
               i.mean::DOUBLE / NULLIF(sum(i.mean::DOUBLE) OVER (PARTITION BY i.criterion), 0) AS share,
               coalesce(e.school, false) AS school
        FROM intervals i
        LEFT JOIN (SELECT entity, bool_or(part = 'schools') AS school FROM equipment GROUP BY entity) e
            ON e.entity = i.entity
        WHERE i.entity <> '*' ORDER BY i.criterion, i.mean::DOUBLE DESC, i.entity""")
    found = grouped(rows)
    for criterion, every in found.items():
        schools = [row for row in every if row.pop("school")]
        shown = [row for row in every if row not in schools]
        top = _shared_top([row["code"] for row in shown])
        shown = [row | {"label": row["code"].removeprefix(top) or _("Entité non précisée")} for row in shown]
        label = _("Collèges ({n})").format(n=len(schools))
        whole = [row for row in parts.get(criterion, []) if row["code"] == "schools"]
        shown += [row | {"label": label, "part": row["code"]} for row in whole]
        found[criterion] = sorted(shown, key=lambda row: -row["mean"])
    return found


def _shared_top(names: list[str]) -> str:
    """The levels that entities of a hierarchy all have, not to be repeated on each row: « Département > »."""
    paths = [name.split(" > ") for name in names if name]
    levels = zip(*(path[:-1] for path in paths), strict=False) if len(paths) > 1 else ()
    shared = takewhile(lambda level: len(set(level)) == 1, levels)
    return "".join(f"{level[0]} > " for level in shared)


def factor_sets(facts: RunSummary) -> dict[str, list[Row]]:
    """The same amounts under every factor set that answers for itself, by criterion, the run's own first (rule Q7)."""
    rows = facts.rows("""
        SELECT criterion, factor_set AS code, mean::DOUBLE AS mean, low95::DOUBLE AS low, high95::DOUBLE AS high,
               gap_rows::BIGINT AS gap_rows, factor_set = ? AS own
        FROM factor_sets WHERE own OR own_share::DOUBLE >= ?
        ORDER BY own DESC, factor_set""", facts.run["factor_set"], SPEAKS)  # fmt: skip
    for row in rows:
        row["label"] = facts.names.label("factor_set", row["code"])
    return grouped(rows)


def quality(facts: RunSummary) -> dict[str, list[Row]]:
    """Quality of the inventory by criterion: share of rows and of the impact in high, medium, low (rule Q8)."""
    rows = facts.rows("""
        SELECT criterion, class, rows::BIGINT AS rows, share::DOUBLE AS share FROM quality WHERE kind = 'quality'
        ORDER BY CASE class WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END""")
    return grouped(rows)


def uncertainty(facts: RunSummary) -> dict[str, list[Row]]:
    """The five sources that make most of the uncertainty of each criterion (rule Q8)."""
    rows = facts.rows("""
        SELECT criterion, source, share::DOUBLE AS share FROM uncertainty
        QUALIFY row_number() OVER (PARTITION BY criterion ORDER BY share::DOUBLE DESC, source) <= 5
        ORDER BY criterion, share DESC, source""")
    for row in rows:
        row["label"] = facts.names.uncertainty_label(row["source"])
    return grouped(rows)


# ------------------------------------------------------------------------------------------------- what has changed


def change(run: Run) -> Row | None:
    """What moved since the run that this one corrects, else since the year before; None without one.

    `sentence` says it in one line, `said` in several.
    """
    old = run.corrects or _year_before(run)
    if old is None:
        return None
    found, known = decomposition.compare_runs(old.folder, run.folder), Labels("fr")
    said = decomposition.comparison_sentences(found, known)
    return {"number": old.pk, "year": old.year, "sentence": sentence(found, known), "said": said}


def sentence(found: decomposition.Comparison, known: Labels) -> str:
    """The change in one line: how much, and whether it is real or within the margin of doubt (rule D5)."""
    if not any(map(found.whole.moved, DRIVERS)):
        return _("rien n’a changé, à périmètre égal")
    delta, base = found.whole.delta, found.whole.comparable[0]
    share = formatting.percent(abs(delta) / base if base else None)
    amount = formatting.interval(delta, *found.interval, known.describe_criterion(found.criterion)["unit"])
    if not found.is_seen:
        said = _("{amount} ({share}) : dans la marge, le doute est plus grand que ce changement")
    elif delta < 0:
        said = _("{amount} ({share}) : baisse réelle, plus grande que le doute")
    else:
        said = _("{amount} ({share}) : hausse réelle, plus grande que le doute")
    sign = "+" if delta > 0 else "−"
    return said.format(amount="+" * (delta > 0) + amount, share=f"{sign}{share}")


def _year_before(run: Run) -> Run | None:
    """The run of the year before that stands for it, made as this one: from inventories, or from an estimate."""
    return (
        Run.objects.filter(organisation=run.organisation, year=run.year - 1, computed_at__isnull=False)
        .filter(inventory__kind=run.inventory.kind)
        .order_by(F("baseline__decided_on").desc(nulls_last=True), "-computed_at")
        .first()
    )


def otherwise(run: Run) -> bool:
    """The flow view of a run was computed from another catalogue or version than the run: they do not compare."""
    stock, flow = (runs.read_json(run.folder_of(view)) for view in (Run.STOCK, Run.FLOW))
    tables = [
        {name: found["inputs"][name] for name in found["inputs"] if name.startswith("tables/")}
        | {"version": found["method_version"]}
        for found in (stock, flow)
    ]
    return tables[0] != tables[1]


@lru_cache(maxsize=64)
def kept(path: Path) -> Row:
    """Figures kept in a file."""
    return json.loads(path.read_text(encoding="utf-8"))


def keep(path: Path, found: Row) -> Row:
    """Keep figures in a file, whole or not at all."""
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    partial.replace(path)
    return found
