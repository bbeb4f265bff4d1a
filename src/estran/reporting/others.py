"""Our figures beside those that others publish, restated on the perimeter of each (publication/published_*.csv)."""

from __future__ import annotations

from estran.catalogue.loading import read_table
from estran.reporting.figures import Row
from estran.reporting.run_summary import RunSummary

MAKING = ("manufacturing", "distribution")
WEIGHTS = """
    WITH schools AS (SELECT DISTINCT entity FROM equipment WHERE part = 'schools')
    SELECT item_type, stage, s.entity IS NOT NULL AS school, sum(value::DOUBLE) AS value
    FROM impacts i LEFT JOIN schools s USING (entity)
    WHERE criterion = 'gwp' AND basis = 'modelled' GROUP BY ALL
"""
DEVICES = "SELECT part, family, sum(quantity::DOUBLE) AS value FROM equipment GROUP BY ALL"


def published_beside(run: RunSummary) -> list[Row]:
    """Each published result of climate change, and `ours` on its perimeter, with `low` and `high`; None where we have
    none.

    A perimeter that nobody describes well enough is not restated; neither is a figure per person without a dated head
    count. The interval is that of our part of the footprint, in proportion: its families are not apart there.
    """
    measures = {row["measure"]: row for row in read_table("published_measures")}
    perimeters = {row["perimeter"]: row for row in read_table("published_perimeters")}
    weights, devices = [row | _place(run, row) for row in run.rows(WEIGHTS)], run.rows(DEVICES)
    ours = {code: _ours(run, row, weights, devices) for code, row in perimeters.items() if row["parts"]}
    return [
        row
        | {"unit": measures[row["measure"]]["unit"]}
        | {name: perimeters[row["perimeter"]][f"{name}_{run.lang}"] for name in ("label", "basis")}
        | {name: row[f"{name}_{run.lang}"] for name in ("method", "note")}
        | {"value": float(row["value"])}
        | ours.get(row["perimeter"], {}).get(row["measure"], {"ours": None, "low": None, "high": None})
        for row in read_table("published_results")
    ]


def _ours(run: RunSummary, perimeter: Row, weights: list[Row], counts: list[Row]) -> dict[str, Row]:
    """Our measures on one perimeter, of impacts and counts by part and family: those that can be computed."""
    parts, left = perimeter["parts"].split("|"), (perimeter["families_left"] or "").split("|")

    def inside(rows: list[Row], stages: tuple[str, ...] = ()) -> float:
        chosen = (row for row in rows if row["part"] in parts and row["family"] not in left)
        return sum(row["value"] for row in chosen if not stages or row["stage"] in stages)

    total, making, devices = inside(weights), inside(weights, MAKING), inside(counts)
    whole = next((row for row in run.parts if [row["code"]] == parts), run.carbon)
    agents = next((row["number"] for row in run.ratios if row["who"] == "agents" and not row["why"]), None)
    values = {
        "total": total,
        "per_person": total / agents if agents else None,
        "per_device": total / devices if devices else None,
        "making_share": making / total if total else None,
        "devices_per_person": devices / agents if agents else None,
    }
    spread = {
        bound: whole[bound] / whole["mean"] if whole["mean"] and whole[bound] is not None else None
        for bound in ("low", "high")
    }
    weighs = ("total", "per_person", "per_device")
    return {
        name: {"ours": value}
        | {bound: value * times if name in weighs and times else None for bound, times in spread.items()}
        for name, value in values.items()
        if value is not None
    }


def _place(run: RunSummary, row: Row) -> Row:
    """The part and the family of an impact (rule S2)."""
    part = "services" if run.names.is_service(row["item_type"]) else "schools" if row["school"] else "administration"
    return {"part": part, "family": run.names.family(row["item_type"])}


def everyday(run: RunSummary) -> Row | None:
    """The one everyday thing to set beside the footprint (equivalences.csv), per agent where agents are counted.

    Keys words (with `{n}`), times, source (its code), per_agent; None without a footprint.
    """
    thing = next(row for row in run.names.equivalences if row["everyday_fr"])
    agents = next((row for row in run.ratios if row["who"] == "agents" and not row["why"]), None)
    weight = agents["mean"] if agents else run.carbon["mean"]
    if not weight:
        return None
    facts = {"times": weight / thing["value"], "source": thing["source"], "per_agent": bool(agents)}
    return {"words": thing[f"everyday_{run.lang}"]} | facts
