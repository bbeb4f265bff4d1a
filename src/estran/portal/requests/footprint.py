"""The footprint of a request, computed by the engine from its sizing: an estate whose entities are the options."""

import hashlib
import json
import shutil
from typing import Any

import duckdb
from django.utils import timezone

from estran.common import files
from estran.common.language import _
from estran.common.shipped import row_labels, rows_by_code
from estran.engine import runs
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.requests.models import Request

INVENTORY_COLUMNS = ("item_id", "entity", "item_type", "quantity", "flow", "amount", "quality")


def ask_footprint(access: Access, request: Request) -> Job | None:
    """Ask the queue for the footprint of the options that have a sizing; None when every quantity is zero or absent."""
    sizing = {option.kind: option.sizing for option in request.options.all() if option.sizing}
    year = timezone.localdate().year
    computed = hashlib.sha256(json.dumps([year, sizing], sort_keys=True).encode()).hexdigest()
    request.computed = computed
    request.save(update_fields=["computed"])
    if not any(quantity for quantities in sizing.values() for quantity in quantities.values()):
        _save_footprints(request, {}, {})
        return None
    title = _("Empreinte de la demande « {title} »").format(title=request.title[:120])
    return queue.ask_job(access, "request", f"{request.pk} {computed}", title, request=request.pk, year=year)


def compute_footprint(job: Job) -> str:
    """Write the estate, run the engine, save the total and the gaps of each option; the address of the request."""
    request = Request.objects.select_related("organisation").get(pk=job.subject["request"])
    if not (request.folder / "run.json").exists():
        estate = request.place / "inventory"
        shutil.rmtree(request.place, ignore_errors=True)
        estate.mkdir(parents=True)
        files.write_csv(estate / "inventory.csv", INVENTORY_COLUMNS, _inventory_rows(request))
        overlay = storage.folder("overlays", request.organisation_id)
        choices = runs.Choices(job.subject["year"], overlay=overlay if overlay.exists() else None)
        runs.compute([estate], choices, request.folder, job.note_progress)
    _save_footprints(request, _totals(request), _gaps(request))
    return request.organisation.url("requests:request", request.pk)


def _inventory_rows(request: Request) -> list[dict[str, Any]]:
    """The rows of the inventory, of low quality: a sizing is an estimate."""
    rows = []
    sizing = rows_by_code("request_sizing")
    for option in request.options.all():
        for code, quantity in option.sizing.items():
            row = sizing[code]
            amount = "quantity" if row["column"] == "item_type" else "amount"
            values = {row["column"]: row["value"], amount: quantity, "quality": "low"}
            if quantity:
                rows.append({"item_id": f"{option.kind}-{code}", "entity": option.label, **values})
    return rows


def _totals(request: Request) -> dict[str, dict[str, float]]:
    """Entity → climate change of the year in kg CO2 eq, with its 95 % interval."""
    names = {"mean": "mean", "low": "low95", "high": "high95"}
    return {
        row["entity"]: {name: float(row[column]) for name, column in names.items()}
        for row in files.read_csv(request.folder / "intervals.csv")
        if row["criterion"] == "gwp"
    }


def _gaps(request: Request) -> dict[str, list[str]]:
    """Entity → its gaps, in words."""
    gaps: dict[str, list[str]] = {}
    labels = row_labels("request_sizing")
    climate = f"FROM {runs.scan_gaps(request.folder)} WHERE COALESCE(criterion, '') IN ('', 'gwp')"
    with duckdb.connect() as con:
        rows = con.execute(f"SELECT item_id, entity, reason {climate}").fetchall()
    for item_id, entity, reason in rows:
        code = item_id.partition("-")[2]
        text = _("{what} : {why}").format(what=labels.get(code, code), why=reason)
        gaps.setdefault(entity, []).append(text)
    return gaps


def _save_footprints(request: Request, totals: dict[str, dict[str, float]], gaps: dict[str, list[str]]) -> None:
    """Save the total of each option: zero when every quantity is zero, unknown when it cannot be computed."""
    for option in request.options.all():
        nothing = bool(option.sizing) and not any(option.sizing.values())
        total = totals.get(option.label, dict.fromkeys(("mean", "low", "high"), 0.0 if nothing else None))
        option.mean, option.low, option.high = (total[name] for name in ("mean", "low", "high"))
        option.gaps = sorted(set(gaps.get(option.label, [])))
        option.save(update_fields=["mean", "low", "high", "gaps"])
