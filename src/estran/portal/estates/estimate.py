"""The first estimate: fourteen counts become an inventory and a perimeter, ready to compute."""

from datetime import date
from functools import cache
from typing import Any

from estran.common.files import read_csv, write_csv
from estran.common.shipped import text_rows
from estran.engine.perimeter import PEOPLE
from estran.portal.common import storage
from estran.portal.estates.models import Inventory
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
    organisation = access.organisation
    sha256, _folder = storage.keep_folder(
        lambda folder: write_csv(folder / "inventory.csv", COLUMNS, rows), "inventories", organisation.pk
    )
    inventory, _new = organisation.inventories.get_or_create(
        year=year, kind=Inventory.ESTIMATE, sha256=sha256, defaults={"rows": len(rows), "made_by": access.person}
    )
    return inventory


def keep_headcounts(access: Access, on: date, given: dict[str, int], source: str) -> None:
    """Keep the people counted, at their date."""
    for who in PEOPLE:
        if value := given.get(who):
            access.organisation.headcounts.update_or_create(
                who=who, date=on, defaults={"value": value, "source": source}
            )


def earlier_counts(inventory: Inventory, people: dict[str, Any]) -> dict[str, int]:
    """The counts of an earlier estimate, to fill the form again."""
    rows = read_csv(inventory.folder / "inventory.csv")
    return {row["item_id"]: int(row["quantity"]) for row in rows} | people
