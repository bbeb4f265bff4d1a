"""The accepted answers of a campaign become the inventory of the year: one estate folder, read from what was sent.

The first estimate stands for what nobody has sent yet: family by family, and for the schools that have not answered.
"""

import csv
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from estran.common.files import read_csv, write_csv
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.importing import canonical, matching
from estran.portal.collection import campaigns, settling
from estran.portal.collection.deliveries import copy_overlay, label_key, read_deliveries
from estran.portal.collection.models import Answer, Campaign, Delivery
from estran.portal.common import storage
from estran.portal.estates.estimate import COLUMNS, SCHOOLS
from estran.portal.estates.models import Inventory
from estran.portal.organisations.models import Entity, Organisation, Person

IGNORED = ("label", "manufacturer", "model", "rows", "quantity", "reason")


def merge_inventory(campaign: Campaign, person: Person | None) -> Inventory:
    """The inventory of the accepted answers of a campaign. Errors: CannotUse when nothing is accepted."""
    accepted = campaign.answers.filter(accepted_at__isnull=False)
    deliveries = _deliveries(accepted)
    if not deliveries:
        what = _("Aucune réponse n’est acceptée.")
        raise CannotUse(Problem(what, _("Accepter au moins une réponse sur le tableau de la collecte.")))
    organisation = campaign.organisation

    def write(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as work:
            rest = _estimated(campaign, deliveries, Path(work))
            write_estate(deliveries, folder, rest)

    sha256, folder = storage.keep_folder(write, "inventories", organisation.pk)
    rows = json.loads((folder / "import.json").read_text("utf-8"))["rows"]
    inventory, _new = Inventory.objects.get_or_create(
        organisation=organisation,
        year=campaign.year,
        kind=Inventory.COLLECTED,
        sha256=sha256,
        defaults={"rows": rows, "made_by": person},
    )
    return inventory


def keep_answer_estate(answer: Answer) -> tuple[str, Path]:
    """The estate folder of what one entity sent, with today's choices of labels: its hash and its place."""
    return storage.keep_folder(
        lambda folder: write_estate(_deliveries([answer]), folder), "estates", answer.organisation_id
    )


def write_estate(deliveries: list[Delivery], folder: Path, more: Iterable[Path] = ()) -> None:
    """Read deliveries into one estate folder; the rows of labels left out go to ignored.csv, with the reason."""
    organisation = deliveries[0].organisation
    with tempfile.TemporaryDirectory() as work:
        read_deliveries(deliveries, folder, copy_overlay(organisation.pk, Path(work)), more)
    _leave_out(folder, settling.labels_left_out(organisation))


def _deliveries(answers: Any) -> list[Delivery]:
    """What counts of these answers, always in the same order: the same answers make the same folder."""
    deliveries = campaigns.current_deliveries(answers).select_related(
        "organisation", "answer__entity", "answer__campaign"
    )
    return list(deliveries.order_by("pk"))


# ------------------------------------------------------------------------------------------------- labels left out


def _leave_out(folder: Path, left_out: dict[str, str]) -> None:
    path = folder / "unmatched.csv"
    rows = list(read_csv(path)) if path.exists() else []
    gone = [row for row in rows if label_key(row["label"], row["model"]) in left_out]
    if not gone:
        return
    _without(folder, gone)
    reasons = ({**row, "reason": left_out[label_key(row["label"], row["model"])]} for row in gone)
    write_csv(folder / "ignored.csv", list(IGNORED), reasons)
    kept = [row for row in rows if row not in gone]
    if kept:
        write_csv(path, list(rows[0]), kept)
    else:
        path.unlink()
    summary = json.loads((folder / "import.json").read_text("utf-8"))
    number = sum(int(row["rows"]) for row in gone)
    summary["rows"] -= number
    summary["unmatched"] -= number
    summary["unmatched_labels"] = len(kept)
    (folder / "import.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _without(folder: Path, gone: list[dict[str, str]]) -> None:
    """Write the inventory again without the rows of these labels."""
    path = next(iter(sorted(folder.glob("inventory.*"))))
    scan = (
        f"""read_csv({quoted(str(path))}, header = true, delim = ',', quote = '"', escape = '"', all_varchar = true)"""
    )
    if path.suffix == ".parquet":
        scan = f"read_parquet({quoted(str(path))})"
    partial = path.with_suffix(".part")
    with canonical.connect() as con:
        names = [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()]
        asked = [name for name in ("label", "manufacturer", "model") if name in names]
        con.execute(f"CREATE TABLE gone ({', '.join(f'{name} VARCHAR' for name in asked)})")
        con.executemany(
            f"INSERT INTO gone VALUES ({', '.join('?' for _name in asked)})",
            [[row[name] for name in asked] for row in gone],
        )
        same = " AND ".join(f"coalesce(i.{name}, '') = g.{name}" for name in asked)
        query = (
            f"SELECT i.* FROM {scan} i WHERE i.item_type IS NOT NULL OR NOT EXISTS (SELECT 1 FROM gone g WHERE {same})"
        )
        options = "HEADER" if path.suffix == ".csv" else "FORMAT parquet"
        con.execute(
            f"COPY ({query}) TO {quoted(str(partial))} ({'FORMAT csv, ' if options == 'HEADER' else ''}{options})"
        )
    partial.replace(path)


# ------------------------------------------------------------------------------------------------ the first estimate


def _estimated(campaign: Campaign, deliveries: list[Delivery], work: Path) -> list[Path]:
    """What is left of the first estimate, as a file: families that nobody has sent, schools that have not answered."""
    last = (
        Inventory.objects.filter(organisation=campaign.organisation, kind=Inventory.ESTIMATE, year__lte=campaign.year)
        .order_by("-year", "-made_at")
        .first()
    )
    if last is None:
        return []
    with (last.folder / "inventory.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sent = _families(deliveries)
    missing = _schools_missing(campaign.organisation, deliveries)
    kept = []
    for row in rows:
        if row["entity"] == SCHOOLS:
            quantity = float(row["quantity"]) * missing
            if quantity:
                kept.append({**row, "quantity": f"{quantity:.2f}"})
        elif _family(row["item_type"]) not in sent:
            kept.append(row)
    if not kept:
        return []
    path = work / "estimation.csv"
    write_csv(path, list(COLUMNS), kept)
    return [path]


def _families(deliveries: list[Delivery]) -> set[str]:
    """The families of equipment that the administration sent."""
    families: set[str] = set()
    for one in deliveries:
        if one.answer.entity.kind == Entity.SCHOOL:
            continue
        for path in sorted(one.folder.glob("inventory.*")):
            types = canonical.read_small_table(path, "inventory")[0]["item_type"].unique().to_pylist()
            families |= {_family(code) for code in types if code}
    return families


def _family(item_type: str) -> str:
    return matching.item_types().get(item_type, {}).get("family", "")


def _schools_missing(organisation: Organisation, deliveries: list[Delivery]) -> float:
    """The share of the schools that sent no equipment."""
    schools = organisation.entities.filter(kind=Entity.SCHOOL).count()
    there = {
        one.answer.entity_id
        for one in deliveries
        if one.answer.entity.kind == Entity.SCHOOL and one.group == Delivery.EQUIPMENT
    }
    return 1 - len(there) / schools if schools else 1.0
