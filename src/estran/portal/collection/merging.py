"""The accepted answers of a campaign become the inventory of the year: one estate folder, read from what was sent.

The first estimate stands for what nobody has sent yet: family by family, and for the schools that have not answered.
"""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.models import Q

from estran.common.files import read_csv, whole_file, write_csv
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.importing import canonical
from estran.importing.estate_files import LABELS
from estran.importing.recognition import matching
from estran.portal.collection import campaigns
from estran.portal.collection.deliveries import import_summary, label_key, read_deliveries, rows_of, scan_table
from estran.portal.collection.models import Answer, Campaign, Delivery
from estran.portal.common import storage
from estran.portal.estates.estimate import COLUMNS, SCHOOLS
from estran.portal.estates.models import Inventory
from estran.portal.organisations.models import Entity, Person

IGNORED = (*LABELS, "rows", "quantity", "reason")


def merge_inventory(campaign: Campaign, person: Person | None) -> Inventory:
    """The inventory of the accepted answers of a campaign. Errors: CannotUse when nothing is accepted."""
    accepted = campaigns.counted_answers(campaign).filter(accepted_at__isnull=False)
    deliveries = _deliveries(accepted)
    if not deliveries:
        what = _("Aucune réponse n’est acceptée.")
        raise CannotUse(Problem(what, _("Accepter au moins une réponse sur le tableau de la collecte.")))
    organisation = campaign.organisation

    def write(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as work:
            write_estate(deliveries, folder, _estimated(campaign, deliveries, Path(work)))

    sha256, folder = storage.keep_folder(write, "inventories", organisation.pk)
    values = {"rows": import_summary(folder)["rows"], "made_by": person}
    inventory, _new = Inventory.objects.get_or_create(
        organisation=organisation, year=campaign.year, kind=Inventory.COLLECTED, sha256=sha256, defaults=values
    )
    return inventory


def keep_answer_estate(answer: Answer) -> tuple[str, Path]:
    """The estate folder of what one entity sent, with today's choices of labels: its hash and its place."""
    return storage.keep_folder(
        lambda folder: write_estate(_deliveries([answer]), folder), "estates", answer.organisation_id
    )


def write_estate(deliveries: list[Delivery], folder: Path, more: Iterable[Path] = ()) -> None:
    """Read deliveries into one estate folder; the rows of labels left out go to ignored.csv, with the reason."""
    read_deliveries(deliveries, folder, more)
    choices = deliveries[0].organisation.label_choices.exclude(reason="")
    _leave_out(folder, dict(choices.values_list("key", "reason")))


def _deliveries(answers: Any) -> list[Delivery]:
    """What counts of these answers, always in the same order: the same answers make the same folder."""
    related = ("organisation", "answer__entity", "answer__campaign")
    return list(campaigns.current_deliveries(answers).select_related(*related).order_by("pk"))


# ------------------------------------------------------------------------------------------------- labels left out


def _leave_out(folder: Path, left_out: dict[str, str]) -> None:
    """Take the rows of labels left out (key → reason) out of an estate folder, and out of what it says of itself."""
    path = folder / "unmatched.csv"
    rows = rows_of(path)
    gone = [row for row in rows if label_key(row["label"], row["model"]) in left_out]
    if not gone:
        return
    _remove_labels(folder, gone)
    reasons = ({**row, "reason": left_out[label_key(row["label"], row["model"])]} for row in gone)
    write_csv(folder / "ignored.csv", IGNORED, reasons)
    kept = [row for row in rows if row not in gone]
    if kept:
        write_csv(path, rows[0], kept)
    else:
        path.unlink()
    summary, number = import_summary(folder), sum(int(row["rows"]) for row in gone)
    summary["rows"] -= number
    summary["unmatched"] -= number
    summary["unmatched_labels"] = len(kept)
    (folder / "import.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _remove_labels(folder: Path, gone: list[dict[str, str]]) -> None:
    """Write the inventory again without the rows of these labels."""
    path = min(folder.glob("inventory.*"))
    scan, options = scan_table(path), "FORMAT csv, HEADER" if path.suffix == ".csv" else "FORMAT parquet"
    with whole_file(path) as partial, canonical.connect() as con:
        has = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}
        asked = [name for name in LABELS if name in has]
        con.execute(f"CREATE TABLE gone ({', '.join(f'{name} VARCHAR' for name in asked)})")
        marks = ", ".join("?" for _name in asked)
        con.executemany(f"INSERT INTO gone VALUES ({marks})", [[row[name] for name in asked] for row in gone])
        same = " AND ".join(f"coalesce(i.{name}, '') = g.{name}" for name in asked)
        kept = f"i.item_type IS NOT NULL OR NOT EXISTS (SELECT 1 FROM gone g WHERE {same})"
        con.execute(f"COPY (SELECT i.* FROM {scan} i WHERE {kept}) TO {quoted(str(partial))} ({options})")


# ------------------------------------------------------------------------------------------------ the first estimate


def _estimated(campaign: Campaign, deliveries: list[Delivery], work: Path) -> list[Path]:
    """What is left of the first estimate, as a file: families that nobody has sent, schools that have not answered."""
    estimates = campaign.organisation.inventories.filter(kind=Inventory.ESTIMATE, year__lte=campaign.year)
    estimates = estimates.filter(Q(runs=None) | Q(runs__withdrawn_at=None))  # one that was withdrawn stands for nothing
    last = estimates.order_by("-year", "-made_at").first()
    if last is None:
        return []
    in_schools = [one for one in deliveries if one.answer.entity.kind == Entity.SCHOOL]
    sent = {_family(code) for one in deliveries if one not in in_schools for code in _item_types(one.folder)}
    answered = {one.answer.entity_id for one in in_schools if one.group == Delivery.EQUIPMENT}
    schools = campaign.organisation.entities.counted_in(campaign.year).filter(kind=Entity.SCHOOL).count()
    missing = 1 - len(answered) / schools if schools else 1.0
    kept = []
    for row in read_csv(last.folder / "inventory.csv"):
        if row["entity"] == SCHOOLS:
            if quantity := float(row["quantity"]) * missing:
                kept.append({**row, "quantity": f"{quantity:.2f}"})
        elif _family(row["item_type"]) not in sent:
            kept.append(row)
    path = work / "estimation.csv"
    if kept:
        write_csv(path, COLUMNS, kept)
    return [path] if kept else []


def _item_types(folder: Path) -> set[str]:
    """The item types of the inventory of an estate folder."""
    with canonical.connect() as con:
        queries = [f"SELECT DISTINCT item_type FROM {scan_table(path)}" for path in folder.glob("inventory.*")]
        return {code for query in queries for (code,) in con.execute(query).fetchall() if code}


def _family(item_type: str) -> str:
    return matching.item_types().get(item_type, {}).get("family", "")
