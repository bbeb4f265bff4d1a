"""What tests of registers, years and indicators share: rows of a register, work of the queue, the weight of a page."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from django.http import HttpResponse

from conftest import World
from estran.common.files import write_whole
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Entity
from estran.portal.overlays.models import OwnValue
from estran.portal.registers import registers
from estran.portal.registers.models import RegisterRow
from estran.portal.results.models import OtherFigure

PURCHASE = {
    "line_id": "2025-01", "order_date": "02/03/2025", "invoice_date": "25/03/2025", "item_type": "Ordinateur portable",
    "agec_category": "it_and_phones_2024", "quantity": "10", "amount_excl_vat": "7 800,50", "origin": "new",
    "acquisition_mode": "purchase", "perimeter": "administration",
}  # fmt: skip


def row(world: World, entity: Entity | None = None, **values: str) -> RegisterRow:
    """A row of the purchases of the département."""
    register = registers.kept_registers()["achats"]
    rows, problems = registers.check_rows(register, [{**PURCHASE, **values}])
    assert problems == []
    purchase = registers.new_row(world.organisation, world.people["officer"], register, rows[0], entity)
    purchase.save()
    return purchase


def figure(world: World, **values: Any) -> OtherFigure:
    """The figure of another tool for 2022."""
    given = {"year": 2022, "tool": "WeNR", "value": 589.0, "unit": "t CO2 eq", "perimeter": "hors collèges"}
    given |= {"document": "Bilan 2022", "published_on": date(2023, 3, 1)}
    return OtherFigure.objects.create(organisation=world.organisation, **given | values)


def numbers(world: World) -> dict[str, Any]:
    """What `<…>` stands for in the addresses of what is followed over time."""
    job = Job.objects.create(
        organisation=world.organisation, kind="register", key="x", title="Import", state=Job.DONE,
        subject={"register": "achats", "file": "0/achats.csv"},
    )  # fmt: skip
    place = storage.folder("uploads", world.organisation.pk)
    place.mkdir(parents=True)
    report = {"rows": 1, "replaced": 0, "left": 0, "problems": [], "unknown_types": []}
    (place / f"import-{job.pk}.json").write_text(json.dumps(report), "utf-8")
    write_whole(place / "0" / "achats.csv", b"Article;Nombre\nPC;3\n")
    named = {"autres-outils": figure(world).pk, "registres": row(world, world.school).pk, "importer": job.pk}
    named["colonnes"] = job.pk
    life = {"item_type": "laptop", "parameter": "lifetime_years", "value": "7", "source": "essai"}
    value = OwnValue.objects.create(organisation=world.organisation, table="defaults", row=life)
    named |= {"valeurs": value.pk, "table": "defaults"}
    return {**named, "address": "achats", "quantity": "residents", "year": 2024, "indicator": "EQ03"}


def work_done() -> list[Job]:
    """Carry out what waits in the queue."""
    done = []
    while job := queue.take_job():
        queue.run_job(job)
        job.refresh_from_db()
        done.append(job)
    return done


def light(answer: HttpResponse) -> bool:
    """A page of at most 60 kB and 700 elements."""
    return len(answer.content) <= 60_000 and len(re.findall(rb"<[a-zA-Z]", answer.content)) <= 700


def page_text(answer: HttpResponse) -> str:
    """The words of a page."""
    import html

    text = html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " "))
