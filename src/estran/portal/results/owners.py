"""Whose equipment weighs what: the footprint of a run by owner, whose parts add up to the whole.

The owner is that of the entity, unless the row says it: leased equipment is a lessor's, a personal device its user's.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from estran.common import formatting
from estran.common.language import _
from estran.common.shipped import row_labels
from estran.common.sql import quoted
from estran.importing import canonical
from estran.portal.common import storage
from estran.portal.estates.estimate import SCHOOLS
from estran.portal.organisations.models import Entity, Organisation
from estran.portal.results.figures import KeptSummary
from estran.portal.results.models import Run
from estran.reporting.blocks import Block, Paragraph, Table

Row = dict[str, Any]
NAME = "holdings-2.json"  # another number when what is kept changes
AUTHORITY, LESSOR, STAFF = "authority", "lessor", "staff"

# Grain: one row per entity and what its rows say of their owner. Each type counts by the share of its items.
SHARES = """
WITH items AS (
    SELECT coalesce(entity, '') AS entity, item_type, coalesce(quantity, 1) AS quantity, {holder} AS holder
    FROM read_parquet({inventory}) WHERE item_type IS NOT NULL
),
held AS (
    SELECT entity, item_type, holder,
        sum(quantity) / NULLIF(sum(sum(quantity)) OVER (PARTITION BY entity, item_type), 0) AS share
    FROM items GROUP BY entity, item_type, holder
),
weights AS (
    SELECT entity, item_type, sum(value::DOUBLE) AS value
    FROM read_csv({impacts}, header = true, all_varchar = true)
    WHERE criterion = 'gwp' AND basis = 'modelled' GROUP BY entity, item_type
),
parts AS (
    SELECT w.entity, coalesce(h.holder, '') AS holder, sum(w.value * coalesce(h.share, 1)) AS value
    FROM weights w LEFT JOIN held h ON h.entity = w.entity AND h.item_type = w.item_type
    GROUP BY 1, 2
),
whole AS (
    SELECT entity, mean::DOUBLE AS mean, low95::DOUBLE AS low, high95::DOUBLE AS high
    FROM read_csv({intervals}, header = true, all_varchar = true)
    WHERE criterion = 'gwp' AND entity <> '*'
)
SELECT w.entity, coalesce(p.holder, ''), coalesce(p.share, 1) AS share, w.mean, w.low, w.high
FROM whole w
LEFT JOIN (SELECT entity, holder, value / NULLIF(sum(value) OVER (PARTITION BY entity), 0) AS share FROM parts) p
    ON p.entity = coalesce(w.entity, '')
ORDER BY ALL
"""


def by_owner(run: Run) -> list[Row]:
    """The footprint for climate by owner, the largest first: label, mean, low, high, share.

    Low and high are sums of those of the entities: as wide as if all erred together.
    """
    owner_of, totals = _owners(run.organisation), dict[str, list[float]]()
    for entity, holder, share, *values in _holdings(run):
        owner = holder or _owner(entity or "", owner_of)
        sums = totals.setdefault(owner, [0.0, 0.0, 0.0])
        totals[owner] = [total + share * value for total, value in zip(sums, values, strict=True)]
    whole, labels = sum(mean for mean, _low, _high in totals.values()), row_labels("owners")
    rows = [
        {"label": labels[owner], "mean": mean, "low": low, "high": high, "share": mean / whole if whole else 0.0}
        for owner, (mean, low, high) in totals.items()
    ]
    return sorted(rows, key=lambda row: -row["mean"])


def owners_table(run: Run, figures: KeptSummary) -> Iterator[Block]:
    """The footprint by owner, as a table whose last row is the whole."""
    unit, write = figures.carbon["unit"], figures.figures
    every = [*by_owner(run), {**figures.carbon, "label": _("Ensemble"), "share": 1.0}]
    column, name = write.column([row["mean"] for row in every], unit)
    rows = []
    for row in every:
        amount, extent = write.cell(row["mean"], column), write.range(row["low"], row["high"], column)
        rows.append([row["label"], amount, extent, formatting.percent(row["share"])])
    heads = [_("Propriétaire du matériel"), name, _("Intervalle"), _("Part")]
    yield Table(_("À qui est ce qui pèse"), heads, rows, "lrrr", "owners", totals=[len(rows) - 1])
    text = _("Le propriétaire est celui de l’entité, sauf matériel loué ou personnel. Les parts s’ajoutent ; les "
             "intervalles, non.")  # fmt: skip
    yield Paragraph(text, "note")


def _owners(organisation: Organisation) -> dict[str, str]:
    """What inventories call entities, now or before → the owner of their equipment."""
    owners: dict[str, str] = {}
    for one in Entity.objects.filter(organisation=organisation):
        owners |= dict.fromkeys([*one.former_paths, one.path], one.owner)
    return {SCHOOLS: "school"} | owners


def _owner(entity: str, owners: dict[str, str]) -> str:
    """The owner of an entity, else of the nearest one that holds it, else the authority."""
    while entity and entity not in owners:
        entity = entity.rpartition(" > ")[0]
    return owners.get(entity, AUTHORITY)


def _holdings(run: Run) -> list[list[Any]]:
    path = run.place / NAME
    if not path.exists():
        storage.write_json(path, _read_holdings(run.folder))
        _read_json.cache_clear()
    return _read_json(path)


def _read_holdings(folder: Path) -> list[tuple[Any, ...]]:
    inventory = min((folder / "inputs").glob("inventory*.parquet"))
    with canonical.connect() as con:
        scan = f"read_parquet({quoted(str(inventory))})"
        has = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}
        cases = [
            f"WHEN {column} = '{value}' THEN '{owner}'"
            for column, value, owner in (("acquisition", "leased", LESSOR), ("ownership", "byod", STAFF))
            if column in has
        ]
        holder = f"CASE {' '.join(cases)} ELSE '' END" if cases else "''"
        files = {name: quoted(str(folder / f"{name}.csv")) for name in ("impacts", "intervals")}
        return con.execute(SHARES.format(holder=holder, inventory=quoted(str(inventory)), **files)).fetchall()


@lru_cache(maxsize=64)
def _read_json(path: Path) -> list[list[Any]]:
    return json.loads(path.read_text(encoding="utf-8"))
