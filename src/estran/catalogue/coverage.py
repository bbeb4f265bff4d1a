"""What the catalogue answers to: which source gives each figure, and what every source says of one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estran.catalogue import loading
from estran.catalogue.loading import Catalogue, arrow_table
from estran.common.shipped import table_path

if TYPE_CHECKING:
    import pyarrow as pa


def coverage_table(catalogue: Catalogue) -> pa.Table:
    """The matrix item type or activity × criterion: which source answers, through which reference, and how (M2).

    Columns item_type, family, criterion, reference, origin (type_default | proxy | activity), source; one row per
    answer, excluded types and computer rooms left out.
    """
    factors = catalogue.factors.to_pylist()
    used = {(row["flow"], row["criterion"]): row["source"] for row in factors}
    given = {(row["flow"], row["criterion"]): row["source"] for row in factors if row["stage"] == "manufacturing"}
    parameters = {(row["item_type"], row["parameter"]): row["value"] for row in catalogue.defaults.to_pylist()}
    rows = []
    for item_type in catalogue.item_types.to_pylist():
        code = item_type["code"]
        if code == "room" or (code, "excluded") in parameters:
            continue
        reference, proxy = parameters.get((code, "reference"), code), parameters.get((code, "proxy_reference"))
        for criterion in catalogue.criteria["code"].to_pylist():
            chain = (("type_default", reference), ("proxy", proxy))
            if answer := next((one for one in chain if (one[1], criterion) in given), None):
                origin, reference = answer
                rows.append((code, item_type["family"], criterion, reference, origin, given[reference, criterion]))
    kinds = {row["code"] for row in catalogue.item_types.to_pylist()}
    family = {row["flow"]: row["family"] for row in catalogue.flows.to_pylist()}
    rows += [
        (flow, family.get(flow) or family.get(f"{flow.split(':')[0]}:*"), criterion, flow, "activity", source)
        for (flow, criterion), source in sorted(used.items())
        if flow not in kinds
    ]
    columns = ("item_type", "family", "criterion", "reference", "origin", "source")
    return arrow_table([dict(zip(columns, row, strict=True)) for row in rows], columns)


def published_figures(item_type: str) -> pa.Table:
    """Every published figure of an item type or flow side by side: factors, lifetimes, electricity, masses.

    Columns what (criterion or parameter), stage, value, low, high, unit, source, edition, quality, used (sets that use
    it, `default`, or `excluded`), note.
    """
    known = loading.sources()
    variants = loading.variants_of(loading.read_table("item_types"))
    published = loading.published_factors()
    users: dict[int, list[str]] = {}
    for code, chosen in loading.factor_sets().items():
        for row in loading.choose_factors(published, chosen.lineages, variants):
            users.setdefault(id(row), []).append(code)
    rows = [
        row | {"what": row["criterion"], "used": ", ".join(users.get(id(row), ()))}
        for row in published
        if row["flow"] == item_type
    ]
    kinds = {
        "defaults": ("parameter", "default"),
        "alternatives": ("parameter", ""),
        "excluded": ("criterion", "excluded"),
    }
    for name, (what, used) in kinds.items():
        rows += [
            row | {"what": row[what], "used": used, "note": row.get("note") or row.get("reason")}
            for row in loading.read_csv(table_path(name), text=("value",))  # as written: « -56 », not « -56.0 »
            if row["item_type"] == item_type
        ]
    rank = {row["code"]: row["rank"] for row in loading.read_table("criteria")}
    rows.sort(key=lambda row: (rank.get(row["what"], 99), row["what"], row["source"]))
    columns = ("what", "stage", "value", "low", "high", "unit", "source", "edition", "quality", "used", "note")
    editions = (" | ".join(known[source]["edition"] for source in row["source"].split("|")) for row in rows)
    rows = [row | {"edition": edition} for row, edition in zip(rows, editions, strict=True)]
    return arrow_table(rows, columns, text=("value",))
