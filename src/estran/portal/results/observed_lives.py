"""How long equipment serves, from the inventories of the years: kept once for the runs that stand for them.

Large inventories are read by the queue. The plan takes these lives as what was before an action.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.analysis.lives import observe_lives, source_text, years_text
from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Organisation
from estran.portal.results import years
from estran.portal.results.models import Run
from estran.reporting.blocks import Block, Document, Heading
from estran.reporting.chapters.lives import lives

Row = dict[str, Any]


@access_required(write=None)
def show_lives(request: HttpRequest, access: Access) -> HttpResponse:
    """Decided and observed lives, by item type."""
    runs = _inventoried(access.organisation)
    if runs and not (path := _place(access.organisation, runs)).exists():
        if any(run.large for run in runs):
            title = _("Combien de temps le matériel sert")
            return redirect(queue.ask_job(access, "lives", path.stem, title, runs=[run.pk for run in runs]).address)
        _keep(access.organisation, runs)
    kept = read_lives(access.organisation)
    shown = Document.of_values(kept["document"]).blocks if kept else []
    return render(request, "results/lives.html", {"shown": shown, "runs": runs})


def read_lives(organisation: Organisation) -> Row | None:
    """What was kept of the runs of today: `document`, and `lives`, item type → label, value, life, source; or None."""
    runs = _inventoried(organisation)
    path = _place(organisation, runs)
    return json.loads(path.read_text("utf-8")) if runs and path.exists() else None


def keep_lives(job: Job) -> str:
    """Observe the lives of a job's runs, and keep them."""
    runs = list(Run.objects.filter(organisation=job.organisation, pk__in=job.subject["runs"]).order_by("year"))
    _keep(job.organisation, runs)
    return job.organisation.url("years:lives")


def _inventoried(organisation: Organisation) -> list[Run]:
    """The runs that stand for the years, estimates left out: they have no items to follow."""
    return [run for run in years.in_front(organisation) if not run.estimate]


def _place(organisation: Organisation, runs: list[Run]) -> Any:
    return storage.folder("lives", organisation.pk, f"{years.place(organisation, runs).name}.json")


def _keep(organisation: Organisation, runs: list[Run]) -> None:
    names, observed = Labels(), observe_lives([run.folder for run in runs])
    blocks: list[Block] = [block for block in lives(observed, names) if not isinstance(block, Heading)]
    by_type = {
        code: {
            "label": names.label("item_type", code),
            "value": round(row["mean_years"], 1),
            "life": years_text(row["mean_years"], names.lang),
            "source": source_text(observed, row),
        }
        for code, row in observed.indicators.items()
    }
    path = _place(organisation, runs)
    path.parent.mkdir(parents=True, exist_ok=True)
    storage.write_json(path, {"document": Document("", blocks=blocks).as_values(), "lives": by_type})
