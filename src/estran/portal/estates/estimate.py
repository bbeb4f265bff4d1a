"""The first estimate: fourteen counts become an inventory and a perimeter, ready to compute."""

import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from estran.common.shipped import text_rows
from estran.engine.perimeter import PEOPLE
from estran.portal.common import storage
from estran.portal.estates.models import Headcount, Inventory
from estran.portal.organisations.access import Access

SCHOOLS = "Collèges"  # the entity of the schools, as first_estimate.csv writes it
COLUMNS = ("item_id", "entity", "item_type", "quantity", "quality")


@cache
def asked_counts() -> list[dict[str, str]]:
    """The counts asked for, in the order of the form: code, kind (item or who), item_type, entity, label, hint."""
    return list(text_rows("first_estimate"))


def make_inventory(access: Access, year: int, given: dict[str, int]) -> Inventory:
    """The inventory of the counts given, every row of low quality: it is an estimate. The same counts give the same."""
    rows = [
        {**count, "item_id": count["code"], "quantity": given[count["code"]], "quality": "low"}
        for count in asked_counts()
        if count["kind"] == "item" and given.get(count["code"])
    ]

    def write(folder: Path) -> None:
        with (folder / "inventory.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    sha256, _folder = storage.keep_folder(write, "inventories", access.organisation.pk)
    values = {"rows": len(rows), "made_by": access.person}
    inventory, _new = Inventory.objects.get_or_create(
        organisation=access.organisation, year=year, kind=Inventory.ESTIMATE, sha256=sha256, defaults=values
    )
    return inventory


def keep_headcounts(access: Access, on: date, given: dict[str, int], source: str) -> None:
    """Keep the people counted, at their date."""
    for who in PEOPLE:
        if value := given.get(who):
            Headcount.objects.update_or_create(
                organisation=access.organisation, who=who, date=on, defaults={"value": value, "source": source}
            )


def earlier_counts(inventory: Inventory, people: dict[str, Any]) -> dict[str, int]:
    """The counts of an earlier estimate, to fill the form again."""
    with (inventory.folder / "inventory.csv").open(encoding="utf-8", newline="") as file:
        items = {row["item_id"]: int(row["quantity"]) for row in csv.DictReader(file)}
    return items | people
