"""A frozen run of the year before, its open data open to everyone, its report and a link to it, in small files."""

from __future__ import annotations

import shutil
from datetime import date
from typing import Any

from django.utils import timezone

from conftest import World
from estran.portal.common import storage
from estran.portal.publishing.models import PageLink, Publication
from estran.portal.results.figures import NAME
from estran.portal.results.models import Baseline, Run
from estran.reporting import open_data


def numbers(world: World, run: Run) -> dict[str, Any]:
    """What `<…>` stands for in the addresses of what is published."""
    now = timezone.now()
    frozen = Run.objects.create(
        organisation=world.organisation, inventory=run.inventory, year=run.year - 1, sha256=run.sha256,
        mean=run.mean, low=run.low, high=run.high, computed_at=now,
    )  # fmt: skip
    frozen.place.mkdir(parents=True)
    shutil.copyfile(run.place / NAME, frozen.place / NAME)
    Baseline.objects.create(run=frozen, decided_on=date(2025, 3, 1), decision="Référence", sha256="0" * 64)
    made = Publication.objects.create(
        organisation=world.organisation, run=frozen, year=frozen.year, licence="etalab-2.0",
        address="http://testserver/donnees/essai/2024/", prepared_at=now, opened_at=now,
    )  # fmt: skip
    made.folder.mkdir(parents=True)
    for name in open_data.columns():
        (made.folder / f"{name}.csv").write_text("entite\n", "utf-8")
    for name in (open_data.SCHEMA, open_data.METADATA):
        (made.folder / name).write_text('{"@context": {}}', "utf-8")
    page = storage.folder("reports", frozen.pk, "rapport.html")
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html>", "utf-8")
    link = PageLink.objects.create(organisation=world.organisation, run=frozen, about="Assemblée")
    return {"publication": frozen.pk, "name": "totaux.csv", "report": "rapport.html", "link": link.token}
