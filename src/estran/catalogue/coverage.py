"""What the catalogue answers to: which source gives each figure, and what every source says of one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estran.catalogue import loading
from estran.catalogue.loading import Catalogue, Row, arrow_table
from estran.common.shipped import table_path, text_rows

if TYPE_CHECKING:
    import pyarrow as pa


def coverage_table(catalogue: Catalogue) -> pa.Table:
    """The matrix item type or activity × criterion: which source answers, through which reference, and how (M2).

    Columns item_type, family, criterion, reference, origin (type_default | proxy | activity), source; one row per
    answer, and one without criterion for a type that no source answers; excluded types and computer rooms left out.
    """
    factors = catalogue.factors.to_pylist()
    used = {(row["flow"], row["criterion"]): row["source"] for row in factors}
    given = {(row["flow"], row["criterion"]): row["source"] for row in factors if row["stage"] == "manufacturing"}
    parameters = {(row["item_type"], row["parameter"]): row["value"] for row in catalogue.defaults.to_pylist()}
    rows: list[tuple[str | None, ...]] = []
    for item_type in catalogue.item_types.to_pylist():
        code = item_type["code"]
        if code == "room" or (code, "excluded") in parameters:
            continue
        reference, proxy = parameters.get((code, "reference"), code), parameters.get((code, "proxy_reference"))
        known = len(rows)
        for criterion in catalogue.criteria["code"].to_pylist():
            chain = (("type_default", reference), ("proxy", proxy))
            if answer := next((one for one in chain if (one[1], criterion) in given), None):
                origin, reference = answer
                rows.append((code, item_type["family"], criterion, reference, origin, given[reference, criterion]))
        if len(rows) == known:
            rows.append((code, item_type["family"], None, None, None, None))
    kinds = {row["code"] for row in catalogue.item_types.to_pylist()}
    family = {row["flow"]: row["family"] for row in catalogue.flows.to_pylist()}
    rows += [
        (flow, family.get(flow) or family.get(f"{flow.split(':')[0]}:*"), criterion, flow, "activity", source)
        for (flow, criterion), source in sorted(used.items())
        if flow not in kinds
    ]
    columns = ("item_type", "family", "criterion", "reference", "origin", "source")
    return arrow_table([dict(zip(columns, row, strict=True)) for row in rows], columns)


def lacking(rows: list[Row]) -> list[Row]:
    """The types with no factor, or climate alone among the mandatory criteria, of the rows of `coverage_table`.

    Rows item_type, climate (whether it has that one) and share (0 to 1, of the items of a usual estate, which
    usual_shares.csv counts, types that are never computed left out).
    """
    usual = {row["item_type"]: float(row["share"]) for row in text_rows("usual_shares")}
    mandatory = {row["code"] for row in loading.read_table("criteria") if row["mandatory"]}
    answered: dict[str, set[str]] = {}
    for row in rows:
        if row["origin"] != "activity":
            answered.setdefault(row["item_type"], set()).add(row["criterion"])
    shares = {code: usual.get(code, usual["*"]) for code in answered}
    total = sum(shares.values())
    return [
        {"item_type": code, "climate": "gwp" in criteria, "share": shares[code] / total}
        for code, criteria in sorted(answered.items(), key=lambda one: -shares[one[0]])
        if mandatory & criteria <= {"gwp"}
    ]


def published_figures(item_type: str) -> pa.Table:
    """Every published figure of an item type or flow side by side: factors, lifetimes, electricity, masses.

    Columns what (criterion or parameter), stage, value, low, high, unit, source, edition, dated (its years), quality,
    used (sets that use it, `default`, or `excluded`), note.
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
    columns = ("what", "stage", "value", "low", "high", "unit", "source", "edition", "dated", "quality", "used", "note")
    for row in rows:
        named = [known[source] for source in row["source"].split("|")]
        row["edition"] = " | ".join(source["edition"] for source in named)
        years = sorted({source["date"][:4] for source in named})
        row["dated"] = years[0] if len(years) == 1 else f"{years[0]}–{years[-1]}"
    return arrow_table(rows, columns, text=("value",))
