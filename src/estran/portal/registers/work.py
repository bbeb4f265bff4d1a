"""The import of a file into a register, as work of the queue; done twice, it gives the same rows."""

import json
from dataclasses import asdict
from typing import Any

from django.urls import reverse

from estran.portal.common import storage
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Entity
from estran.portal.registers import registers

KIND = "register"


def import_file(job: Job) -> str:
    """Read the file of a job, write its rows, and keep what there is to say of it beside the file."""
    organisation, register = job.organisation, registers.kept_registers()[job.subject["register"]]
    place = storage.folder("uploads", organisation.pk)
    values, problems = registers.read_rows(register, place / job.subject["file"])
    entity = Entity.objects.filter(organisation=organisation, pk=job.subject["entity"]).first()
    new = [registers.new_row(organisation, job.person, register, row, entity) for row in values]
    report: dict[str, Any] = {
        "rows": len(new),
        "replaced": registers.replace_rows(organisation, register, new),
        "left": len({problem.line for problem in problems}),
        "problems": [asdict(problem) for problem in problems],
        "unknown_types": registers.unknown_types(values),
    }
    (place / f"import-{job.pk}.json").write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
    return reverse("registers:taken_in", args=(organisation.slug, register.address, job.pk))
